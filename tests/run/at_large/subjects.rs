//! The suites to test: packages of the standard library in their place, and modules from copies of
//! their sources.

/// A suite of tests.
pub struct Subject {
    /// Its name on the command line.
    pub name: &'static str,
    /// The module and its version; `None` for the standard library.
    pub module: Option<(&'static str, &'static str)>,
    /// The packages to test and to weave, as `go list` takes them.
    pub packages: &'static [&'static str],
    /// More words for `go test`.
    pub arguments: &'static [&'static str],
    /// The least number of tests that pass plain: a suite that runs nothing proves nothing.
    pub least: usize,
    /// True if every function is woven, too; otherwise the standard plugins alone.
    pub every: bool,
    /// The least number of spans that the standard plugins make.
    pub spans: u64,
    /// True if it runs with an awake agent that exports them.
    pub exports: bool,
    /// The propagators of that run: `none` for suites that compare all headers of what they send.
    pub propagators: &'static str,
}

impl Subject {
    const fn making_spans(self, spans: u64) -> Self {
        Self { spans, ..self }
    }

    const fn exporting(self, spans: u64) -> Self {
        Self { spans, exports: true, ..self }
    }

    const fn sending_no_headers(self) -> Self {
        Self { propagators: "none", ..self }
    }
}

const fn standard(name: &'static str, packages: &'static [&'static str], least: usize) -> Subject {
    Subject { module: None, ..library(name, ("", ""), packages, &[], least) }
}

const fn library(
    name: &'static str,
    module: (&'static str, &'static str),
    packages: &'static [&'static str],
    arguments: &'static [&'static str],
    least: usize,
) -> Subject {
    Subject {
        name,
        module: Some(module),
        packages,
        arguments,
        least,
        every: true,
        spans: 0,
        exports: false,
        propagators: W3C,
    }
}

/// A real program: its own tests, which start servers and clients, while the agent exports what
/// they make.
const fn program(
    name: &'static str,
    module: (&'static str, &'static str),
    packages: &'static [&'static str],
    arguments: &'static [&'static str],
    least: usize,
) -> Subject {
    Subject { every: false, ..library(name, module, packages, arguments, least) }
}

/// The agent's default.
const W3C: &str = "tracecontext,baggage";

/// All of them.
pub const SUBJECTS: [Subject; 16] = [
    standard("encoding/json", &["encoding/json"], 400),
    standard("text/template", &["text/template", "text/template/parse"], 50),
    standard("database/sql", &["database/sql"], 100),
    // The exporter uses the net/http that is not tested.
    standard("net/http", &["net/http"], 1000).making_spans(1000),
    standard("go/types", &["go/types"], 500),
    library(
        "gin",
        ("github.com/gin-gonic/gin", "v1.10.1"),
        &["./..."],
        // Each of these starts a server in a goroutine, waits 5 ms and expects that its own attempt
        // to take the same port fails. If the goroutine is late the test itself serves for ever.
        &["-skip=^(TestRunEmpty|TestRunEmptyWithEnv|TestRunWithPort|TestRunTLS|TestPusher)$"],
        400,
    )
    .exporting(10),
    library(
        "grpc",
        ("google.golang.org/grpc", "v1.67.3"),
        &[
            ".",
            "./codes",
            "./metadata",
            "./status",
            "./credentials/...",
            "./encoding/...",
            "./internal/transport",
            "./internal/resolver/...",
        ],
        &["-short"],
        300,
    ),
    // The last release that has its own implementation with every Go: the next ones wrap net/http.
    library("x/net/http2", ("golang.org/x/net", "v0.53.0"), &["./http2", "./http2/h2c"], &[], 300)
        .exporting(100),
    // Its other tests need a server.
    library(
        "go-redis",
        ("github.com/redis/go-redis/v9", "v9.7.3"),
        &[".", "./internal/..."],
        &["-skip=^(TestGinkgoSuite|Example.*)$"],
        30,
    ),
    // Its tests against databases are a separate module and need drivers.
    library("gorm", ("gorm.io/gorm", "v1.25.12"), &["./..."], &[], 100),
    program(
        "alertmanager",
        ("github.com/prometheus/alertmanager", "v0.26.0"),
        &["./..."],
        &["-skip=^TestClusterJoinAndReconnect$"],
        200,
    )
    .exporting(50),
    program("blackbox_exporter", ("github.com/prometheus/blackbox_exporter", "v0.19.0"), &["./..."], &[], 50)
        .exporting(50),
    program(
        "caddy",
        ("github.com/caddyserver/caddy/v2", "v2.8.4"),
        &[".", "./modules/caddyhttp/...", "./caddytest/..."],
        &[],
        200,
    )
    .exporting(50),
    program(
        "nats-server",
        ("github.com/nats-io/nats-server/v2", "v2.10.12"),
        &["./server"],
        &["-run=^(TestMonitor|TestWS|TestHTTP|TestMQTTWS)"],
        100,
    )
    .exporting(100),
    program("oauth2-proxy", ("github.com/oauth2-proxy/oauth2-proxy/v7", "v7.6.0"), &["./..."], &[], 200)
        .sending_no_headers()
        .exporting(50),
    program(
        "prometheus",
        ("github.com/prometheus/prometheus", "v0.54.1"),
        &["./scrape", "./web/...", "./notifier", "./storage/remote/...", "./rules"],
        &["-short"],
        300,
    )
    .exporting(100),
];
