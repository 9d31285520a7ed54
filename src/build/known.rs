//! Commonly instrumented libraries, and those of them in a build that no plugin covers.
//!
//! In: the packages of a build, the bundles. Out: libraries without a plugin, for `plan`,
//! `inspect`, the report and `--verbose`. The table only lists the libraries that are worth a note;
//! the bundles tell whether a plugin covers one.

use std::collections::BTreeSet;

use super::listing::subject;
use super::settings::Settings;
use crate::bundle::{Reach, Target};
use crate::gotool::flags;
use crate::gotool::list::ListedPackage;
pub use crate::report::UncoveredLibrary;

/// A library that is commonly instrumented.
struct KnownLibrary {
    /// Its module, or its package of the standard library.
    module: &'static str,
    /// The paths below the module of the packages that do the work; a build that has none of them
    /// uses types at most.
    packages: &'static [&'static str],
    /// Its usual name.
    system: &'static str,
}

const fn known(
    module: &'static str,
    packages: &'static [&'static str],
    system: &'static str,
) -> KnownLibrary {
    KnownLibrary { module, packages, system }
}

/// The package of the module's own name.
const ROOT: &[&str] = &[""];

const TABLE: [KnownLibrary; 53] = [
    // Servers and their routers.
    known("net/http", ROOT, "net/http"),
    known("github.com/gin-gonic/gin", ROOT, "gin"),
    known("github.com/labstack/echo/v4", ROOT, "echo"),
    known("github.com/gorilla/mux", ROOT, "gorilla/mux"),
    known("github.com/go-chi/chi/v5", ROOT, "chi"),
    known("github.com/gofiber/fiber/v2", ROOT, "fiber"),
    known("github.com/kataras/iris/v12", ROOT, "iris"),
    known("github.com/emicklei/go-restful/v3", ROOT, "go-restful"),
    known("github.com/valyala/fasthttp", ROOT, "fasthttp"),
    known("github.com/cloudwego/hertz", &["/pkg/app/server", "/pkg/app/client"], "Hertz"),
    known("github.com/go-kratos/kratos/v2", &["/transport/http", "/transport/grpc"], "Kratos"),
    known("github.com/zeromicro/go-zero", &["/rest", "/zrpc"], "go-zero"),
    // Calls between programs.
    known("google.golang.org/grpc", ROOT, "gRPC"),
    known("dubbo.apache.org/dubbo-go/v3", &["/protocol", "/client", "/server"], "Dubbo"),
    known("go-micro.dev/v4", &["", "/client", "/server"], "go-micro"),
    known("github.com/cloudwego/kitex", &["/client", "/server"], "Kitex"),
    known("github.com/apache/thrift", &["/lib/go/thrift"], "Thrift"),
    // Messages.
    known("github.com/apache/rocketmq-client-go/v2", &["/producer", "/consumer"], "RocketMQ"),
    known("github.com/rabbitmq/amqp091-go", ROOT, "RabbitMQ"),
    known("github.com/segmentio/kafka-go", ROOT, "Kafka"),
    known("github.com/IBM/sarama", ROOT, "Kafka"),
    known("github.com/Shopify/sarama", ROOT, "Kafka"),
    known("github.com/twmb/franz-go", &["/pkg/kgo"], "Kafka"),
    known("github.com/confluentinc/confluent-kafka-go/v2", &["/kafka"], "Kafka"),
    known("github.com/nats-io/nats.go", ROOT, "NATS"),
    known("github.com/eclipse/paho.mqtt.golang", ROOT, "MQTT"),
    // Data.
    known("database/sql", ROOT, "database/sql"),
    known("github.com/go-sql-driver/mysql", ROOT, "MySQL"),
    known("github.com/jackc/pgx/v5", ROOT, "PostgreSQL"),
    known("github.com/jackc/pgx/v4", ROOT, "PostgreSQL"),
    known("github.com/lib/pq", ROOT, "PostgreSQL"),
    known("github.com/jmoiron/sqlx", ROOT, "sqlx"),
    known("gorm.io/gorm", ROOT, "GORM"),
    known("go.mongodb.org/mongo-driver", &["/mongo"], "MongoDB"),
    known("go.mongodb.org/mongo-driver/v2", &["/mongo"], "MongoDB"),
    known("github.com/redis/go-redis/v9", ROOT, "Redis"),
    known("github.com/go-redis/redis/v8", ROOT, "Redis"),
    known("github.com/gomodule/redigo", &["/redis"], "Redis"),
    known("github.com/redis/rueidis", ROOT, "Redis"),
    known("github.com/valkey-io/valkey-go", ROOT, "Valkey"),
    known("github.com/elastic/go-elasticsearch/v8", ROOT, "Elasticsearch"),
    known("github.com/aws/aws-sdk-go-v2", &["/aws"], "AWS"),
    known("k8s.io/client-go", &["/kubernetes", "/rest"], "Kubernetes"),
    // Language models.
    known("github.com/openai/openai-go", ROOT, "OpenAI"),
    known("github.com/anthropics/anthropic-sdk-go", ROOT, "Anthropic"),
    known("github.com/ollama/ollama", &["/api"], "Ollama"),
    // Telemetry of the program's own.
    known("go.opentelemetry.io/otel", &["/trace"], "OpenTelemetry"),
    known("go.opentelemetry.io/otel/sdk", &["/trace"], "OpenTelemetry SDK"),
    known("log/slog", ROOT, "logs"),
    known("go.uber.org/zap", ROOT, "logs"),
    known("github.com/rs/zerolog", ROOT, "logs"),
    known("github.com/sirupsen/logrus", ROOT, "logs"),
    known("github.com/robfig/cron/v3", ROOT, "cron"),
];

/// Returns the known libraries in these packages that no plugin covers. A plugin that is switched
/// off, or is not for the version, still covers its library: it is reported elsewhere.
pub fn uncovered<'a>(
    packages: impl Iterator<Item = &'a ListedPackage>,
    settings: &Settings,
) -> Vec<UncoveredLibrary> {
    let plugins = settings.bundles.iter().flat_map(|loaded| &loaded.bundle.plugins);
    let targets: Vec<&Target> = plugins.flat_map(|plugin| &plugin.targets).collect();
    let off: BTreeSet<&String> = settings.disabled.iter().flat_map(|one| &one.packages).collect();
    let is_covered = |known: &KnownLibrary, package: &ListedPackage| {
        let within = |path: &str| {
            let rest = path.strip_prefix(known.module);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let covers = |target: &&Target| match target.reach {
            Reach::Package => within(&target.package),
            Reach::Pattern => flags::matches(&target.package, subject(package), ""),
            Reach::Own => false,
        };
        targets.iter().any(covers) || off.iter().any(|path| within(path))
    };
    let mut found = BTreeSet::new();
    for package in packages {
        let is_in = |known: &&KnownLibrary| {
            let rest = package.path.strip_prefix(known.module);
            rest.is_some_and(|rest| known.packages.contains(&rest))
        };
        let known = TABLE.iter().filter(is_in).filter(|known| !is_covered(known, package));
        found.extend(known.map(|known| UncoveredLibrary {
            module: known.module.to_owned(),
            version: Some(package.version.trim_start_matches('v').to_owned()).filter(|v| !v.is_empty()),
            system: known.system.to_owned(),
        }));
    }
    found.into_iter().collect()
}

/// Returns a line for people; `None` if no library is uncovered.
pub fn line(uncovered: &[UncoveredLibrary]) -> Option<String> {
    let all: Vec<String> = uncovered.iter().map(ToString::to_string).collect();
    (!all.is_empty()).then(|| format!("no plugin is for {}", all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Bundle, Plugin};
    use crate::toolexec::bundles::LoadedBundle;
    use crate::version::VersionSet;

    fn package(path: &str, version: &str) -> ListedPackage {
        ListedPackage { path: path.to_owned(), version: version.to_owned(), ..ListedPackage::default() }
    }

    fn settings(targets: &[(&str, Reach)]) -> Settings {
        let target = |(package, reach): &(&str, Reach)| Target {
            package: (*package).to_owned(),
            reach: *reach,
            versions: VersionSet { intervals: Vec::new() },
            decls: Vec::new(),
            structs: Vec::new(),
            ports: Vec::new(),
            rules: Vec::new(),
        };
        let targets = targets.iter().map(target).collect();
        let bundle = Bundle { plugins: vec![Plugin { name: "p".into(), doc: String::new(), targets }] };
        let loaded = LoadedBundle { name: "b".into(), digest: String::new(), bundle };
        Settings { bundles: vec![loaded], ..Settings::default() }
    }

    fn found(targets: &[(&str, Reach)]) -> Vec<String> {
        let packages = [
            package("google.golang.org/grpc", "v1.60.0"),
            package("google.golang.org/grpc/codes", "v1.60.0"),
            package("go.uber.org/zap/zapcore", "v1.27.0"),
            package("github.com/zeromicro/go-zero/rest", "v1.6.0"),
            package("go.mongodb.org/mongo-driver/v2/mongo", "v2.0.0"),
            package("database/sql", ""),
            package("gorm.io/gormx", "v1.0.0"),
        ];
        uncovered(packages.iter(), &settings(targets)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_no_target_is_for() {
        let all = [
            "database/sql",
            "github.com/zeromicro/go-zero 1.6.0",
            "go.mongodb.org/mongo-driver/v2 2.0.0 (MongoDB)",
            "google.golang.org/grpc 1.60.0 (gRPC)",
        ];
        assert_eq!(found(&[]), all);
        let below =
            [("github.com/zeromicro/go-zero/rest/router", Reach::Package), ("database/sql", Reach::Package)];
        assert_eq!(found(&below), all[2..]);
        assert_eq!(found(&[("google.golang.org/grpcx", Reach::Package)]), all);
        assert_eq!(found(&[("google.golang.org/...", Reach::Pattern)]), all[..3]);
        let mut settings = settings(&[]);
        settings.disabled.push(crate::report::Disabled {
            plugin: "p".into(),
            rule: None,
            packages: BTreeSet::from(["database/sql".to_owned()]),
            by: "--disable".into(),
        });
        assert_eq!(uncovered([package("database/sql", "")].iter(), &settings), [], "off is not uncovered");
    }

    #[test]
    fn each_is_named_once() {
        let modules: BTreeSet<&str> = TABLE.iter().map(|known| known.module).collect();
        assert_eq!(modules.len(), TABLE.len());
    }
}
