//! Plugins that are hard to write, on real libraries: book/src/hard-plugins.md describes the
//! problems. Each is a rule file in tests/fixtures/hard and a program beside it that is built plain
//! and woven; both have to print the same.
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common;
use crate::common::collector::{Collector, Span, attribute};
use crate::common::go::Go;
use crate::common::process::run;

/// A plugin and its program.
struct Hard {
    name: &'static str,
    folder: tempfile::TempDir,
}

impl Hard {
    /// Compiles the plugin, every rule compared with the sources that are here.
    fn of(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        common::copy_folder(&fixtures().join(name), &folder.path().join("program"));
        let hard = Self { name, folder };
        let mut command = Command::new(env!("CARGO_BIN_EXE_gorulec"));
        command.arg("compile").arg("--no-types").arg(fixtures().join(format!("{name}.gorule")));
        command.arg("-o").arg(hard.bundle()).env("GOAGENT_CACHE", common::kept("goagent-cache"));
        run(&mut command).expect_success(&format!("gorulec compile {name}.gorule"));
        hard
    }

    fn bundle(&self) -> PathBuf {
        self.folder.path().join("hard.gobundle")
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    /// Chooses the version of a module.
    fn require(&self, go: &Go, module: &str) {
        let mut command = go.go(&self.program(), &["get", module]);
        run(command.env("GOFLAGS", "-mod=mod")).expect_success(&format!("go get {module}"));
        let mut command = go.go(&self.program(), &["mod", "tidy"]);
        run(&mut command).expect_success(&format!("go mod tidy, with {module}"));
    }

    /// Builds and runs the program, plain and woven, and returns the spans of the latter. A rule
    /// that is not woven is a failure, as is any difference in the output.
    fn spans(&self, go: &Go, flags: &[&str]) -> Vec<Span> {
        let bundle = format!("--bundle={}", self.bundle().display());
        let arguments = [flags, &["."]].concat();
        let folder = self.program();
        let plain = go.build_plain(&folder, &arguments, &self.folder.path().join("plain"));
        let arguments = [flags, &["--strict", &bundle, "."]].concat();
        let woven = go.build_woven(&folder, &arguments, &self.folder.path().join("woven"));
        let expected = play(&plain, &[("OTEL_SDK_DISABLED", "true")]);
        let collector = Collector::start();
        let endpoint = collector.endpoint();
        let said = play(&woven, &[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())]);
        assert_eq!(said, expected, "{} with {}", self.name, go.name);
        let mut spans = collector.spans();
        spans.sort_by_key(|span| span.start);
        spans
    }
}

fn fixtures() -> PathBuf {
    common::repository().join("tests/fixtures/hard")
}

fn play(binary: &Path, environment: &[(&str, &str)]) -> (String, String) {
    let output = run(Command::new(binary).envs(environment.iter().copied()));
    output.expect_success(&binary.display().to_string());
    (output.stdout, output.stderr)
}

/// Names and types of errors, in the order in which the spans began.
fn told(spans: &[Span]) -> Vec<(&str, Option<String>)> {
    spans.iter().map(|span| (span.name.as_str(), attribute(&span.attributes, "error.type"))).collect()
}

/// Rows carry their span in a field: it ends once, whoever closes them and how often.
#[test]
fn rows_of_database_sql() {
    let hard = Hard::of("rows");
    let cancelled = Some("context.Canceled".to_owned());
    let broken = Some("*errors.errorString".to_owned());
    for go in Go::oldest_and_newest() {
        let spans = hard.spans(&go, &[]);
        let expected = [None, None, cancelled.clone(), broken.clone(), None].map(|error| ("rows", error));
        assert_eq!(told(&spans), expected, "{}", go.name);
    }
}

/// The same under the race detector: the field is written before the goroutine starts that reads
/// it.
#[test]
fn rows_have_no_race() {
    let hard = Hard::of("rows");
    assert_eq!(hard.spans(&Go::newest(), &["-race"]).len(), 5);
}

/// Package context, which the agent imports, reports cancellations through a port.
#[test]
fn a_port_below_the_agent() {
    let hard = Hard::of("count");
    for go in Go::oldest_and_newest() {
        let spans = hard.spans(&go, &[]);
        let reasons: Vec<Option<String>> =
            spans.iter().map(|span| attribute(&span.attributes, "reason")).collect();
        let of = |reason: &str| Some(format!("context {reason}"));
        let expected = [of("canceled"), of("canceled"), of("deadline exceeded"), of("canceled")];
        assert_eq!(reasons, expected, "{}", go.name);
    }
}

/// One body at two functions, from the first release to the newest: a span for each pipeline, and
/// no value of a command in any telemetry.
#[test]
fn pipelines_of_go_redis() {
    let newest = Go::newest();
    let oldest = Go::oldest_and_newest().remove(0);
    for (version, go) in [("v9.0.3", &oldest), ("v9.7.3", &newest), ("v9.23.0", &newest)] {
        let hard = Hard::of("pipelines");
        hard.require(go, &format!("github.com/redis/go-redis/v9@{version}"));
        let spans = hard.spans(go, &[]);
        let broken = Some("proto.RedisError".to_owned());
        let expected = [
            ("PIPELINE SET", None),
            ("PIPELINE", None),
            ("PIPELINE SET", None),
            ("PIPELINE GET", None),
            ("PIPELINE NOSUCH", broken),
        ];
        assert_eq!(told(&spans), expected, "{version} with {}", go.name);
        let sizes: Vec<Option<String>> =
            spans.iter().map(|span| attribute(&span.attributes, "db.operation.batch.size")).collect();
        assert_eq!(sizes, ["2", "2", "1", "1", "1"].map(|size| Some(size.to_owned())), "{version}");
        let all = format!("{spans:?}");
        assert!(!all.contains("secret"), "{version}: {all}");
    }
}

/// A call begins in one function and ends in another, whatever ends it, and in whichever goroutine.
#[test]
fn streams_of_grpc() {
    let goes = Go::oldest_and_newest();
    for (version, go) in [("v1.55.0", &goes[0]), ("v1.85.0", goes.last().unwrap())] {
        let hard = Hard::of("streams");
        hard.require(go, &format!("google.golang.org/grpc@{version}"));
        let spans = hard.spans(go, &[]);
        let (talk, ask) = ("own.Service/Talk", "own.Service/Ask");
        let expected = [
            (talk, None),
            (talk, Some("ResourceExhausted")),
            (talk, Some("Canceled")),
            (ask, Some("ResourceExhausted")),
            (talk, Some("Canceled")),
        ];
        let expected = expected.map(|(name, error)| (name, error.map(str::to_owned)));
        let told = told(&spans);
        // The error at the end of a connection differs from run to run; that the stream has ended
        // does not.
        let (last, others) = told.split_last().unwrap();
        assert_eq!(others, expected, "{version} with {}", go.name);
        assert!(last.0 == talk && last.1.is_some(), "{version} with {}: {last:?}", go.name);
    }
}
