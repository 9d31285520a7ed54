//! The shop's telemetry, received by a real OpenTelemetry Collector and a real Jaeger, both built
//! from their Go modules: the traces are there, and connected, as in this repository's own
//! collector.
//!
//! Building them takes minutes and the network: this runs only if `GOAGENT_TEST_COLLECTORS` is set.
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common;
use crate::common::collector::Collector;
use crate::common::go::Go;
use crate::common::lineage::{Seen, lineages};
use crate::common::process::run;
use crate::common::telemetry::Sends;

/// Time to wait for work that a collector does in its own time.
const PATIENCE: Duration = Duration::from_mins(2);

/// The last one that has an all-in-one and whose modules the checksum database knows.
const JAEGER: &str = "github.com/jaegertracing/jaeger/cmd/all-in-one";
const JAEGER_VERSION: &str = "v1.65.0";

/// The service name of the shop.
const SERVICE: &str = "shop";

fn wanted() -> bool {
    let wanted = std::env::var_os("GOAGENT_TEST_COLLECTORS").is_some_and(|value| !value.is_empty());
    if !wanted {
        println!("left out: GOAGENT_TEST_COLLECTORS is not set");
    }
    wanted
}

/// A process that is killed when the test is over, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts a collector, which writes to the file, and waits until it listens.
fn start(command: &mut Command, log: &Path, port: u16) -> Running {
    let file = std::fs::File::create(log).unwrap();
    let child = command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
    let running = Running(child);
    until(|| TcpStream::connect(("127.0.0.1", port)).ok(), log);
    running
}

/// Repeats a question until there is an answer.
fn until<T>(mut ask: impl FnMut() -> Option<T>, log: &Path) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        let said = || std::fs::read_to_string(log).unwrap_or_default();
        assert!(begun.elapsed() < PATIENCE, "no answer after {PATIENCE:?}; it said:\n{}", said());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Builds a program that has to find out its own dependencies.
fn build(go: &Go, folder: &Path, arguments: &[&str]) {
    run(go.go(folder, arguments).env("GOFLAGS", "-mod=mod")).expect_success(&format!("go {arguments:?}"));
}

fn shop(go: &Go) -> PathBuf {
    let folder = common::kept("collectors");
    go.build_woven(&common::repository().join("examples/shop"), &["."], &folder.join("shop"))
}

fn demo(shop: &Path, endpoint: &str) {
    let mut command = Command::new(shop);
    command.as_usual().env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).env("OTEL_SERVICE_NAME", SERVICE);
    command.env("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
    run(command.env("OTEL_LOG_LEVEL", "warn").arg("--demo")).expect_success("shop --demo");
}

/// The spans that this repository's own collector receives.
fn expected(shop: &Path) -> Vec<String> {
    let collector = Collector::start();
    let mut command = Command::new(shop);
    command.as_usual().env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint());
    run(command.arg("--demo")).expect_success("shop --demo");
    let hex = |bytes: &[u8]| -> String {
        bytes
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .collect()
    };
    let seen = |span: common::collector::Span| Seen {
        trace: hex(&span.trace_id),
        id: hex(&span.id),
        parent: hex(&span.parent_id),
        name: span.name,
    };
    let spans: Vec<Seen> = collector.spans().into_iter().map(seen).collect();
    let all = lineages(&spans);
    assert!(all.len() > 15 && !all.iter().any(|line| line.contains("(lost)")), "{all:#?}");
    all
}

#[test]
fn opentelemetry_collector() {
    if !wanted() {
        return;
    }
    let go = Go::newest();
    let folder = common::kept("collectors");
    common::copy_folder(&common::repository().join("tests/fixtures/otelcol"), &folder.join("otelcol-source"));
    build(&go, &folder.join("otelcol-source"), &["build", "-o", "../otelcol", "."]);
    let shop = shop(&go);
    let port = free_port();
    let config = format!(
        "yaml:{{receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{port}'}}}}}}}}, exporters: {{debug: {{verbosity: detailed}}}}, \
         service: {{pipelines: {{traces: {{receivers: [otlp], exporters: [debug]}}}}, telemetry: {{metrics: {{level: none}}}}}}}}"
    );
    let log = folder.join("otelcol.log");
    let mut command = Command::new(folder.join("otelcol"));
    let _running = start(command.arg("--config").arg(config), &log, port);
    demo(&shop, &format!("http://127.0.0.1:{port}"));
    let expected = expected(&shop);
    let found = until(
        || {
            let spans = printed(&std::fs::read_to_string(&log).unwrap());
            (spans.len() >= expected.len()).then_some(spans)
        },
        &log,
    );
    assert_eq!(lineages(&found), expected);
}

/// A Collector that is woven itself, sends its own spans to itself, and passes all on: it comes to
/// rest.
#[test]
fn opentelemetry_collector_of_itself() {
    if !wanted() {
        return;
    }
    let go = Go::newest();
    let folder = common::kept("collectors");
    let source = folder.join("otelcol-woven-source");
    common::copy_folder(&common::repository().join("tests/fixtures/otelcol"), &source);
    build(&go, &source, &["mod", "tidy"]);
    let binary = go.build_woven(&source, &["."], &folder.join("otelcol-woven"));
    let (port, next) = (free_port(), Collector::start());
    let config = format!(
        "yaml:{{receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{port}'}}}}}}}}, \
         exporters: {{debug: {{verbosity: detailed}}, otlphttp: {{endpoint: '{}', compression: none}}}}, \
         service: {{pipelines: {{traces: {{receivers: [otlp], exporters: [debug, otlphttp]}}}}, telemetry: {{metrics: {{level: none}}}}}}}}",
        next.endpoint()
    );
    let log = folder.join("otelcol-woven.log");
    let mut command = Command::new(binary);
    command.as_usual().env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{port}"));
    command.env("OTEL_BSP_SCHEDULE_DELAY", "50").env("OTEL_METRICS_EXPORTER", "none");
    let _running = start(command.arg("--config").arg(config), &log, port);
    // A request of its own: it is awake.
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET /own HTTP/1.0\r\nHost: x\r\n\r\n").unwrap();
    stream.read_to_string(&mut String::new()).unwrap();
    let printed_now = || printed(&std::fs::read_to_string(&log).unwrap());
    until(|| (!printed_now().is_empty() && !next.spans().is_empty()).then_some(()), &log);
    std::thread::sleep(Duration::from_secs(3)); // many delays of its exporter
    let names: Vec<String> = printed_now().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["GET"]);
    assert_eq!(next.spans().len(), 1);
}

/// The output of the collector's debug exporter.
fn printed(log: &str) -> Vec<Seen> {
    let mut spans = Vec::new();
    let value = |line: &str| line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    for part in lines.split(|line| line.starts_with("Span #")).skip(1) {
        if part.len() < 5 {
            continue; // it is still writing
        }
        let [trace, parent, id, name] = [0, 1, 2, 3].map(|at| value(part[at]));
        spans.push(Seen { trace, id, parent, name });
    }
    spans
}

#[test]
fn jaeger() {
    if !wanted() {
        return;
    }
    let go = Go::newest();
    let folder = common::kept("collectors");
    let source = folder.join("jaeger-source");
    std::fs::create_dir_all(&source).unwrap();
    std::fs::write(source.join("go.mod"), "module jaeger\n\ngo 1.24\n").unwrap();
    build(&go, &source, &["get", "-tool", &format!("{JAEGER}@{JAEGER_VERSION}")]);
    build(&go, &source, &["build", "-o", "../jaeger", JAEGER]);
    let shop = shop(&go);
    let (otlp, query) = (free_port(), free_port());
    let mut command = Command::new(folder.join("jaeger"));
    command.env("SPAN_STORAGE_TYPE", "memory");
    command.arg(format!("--collector.otlp.http.host-port=127.0.0.1:{otlp}"));
    command.arg(format!("--query.http-server.host-port=127.0.0.1:{query}"));
    for other in [
        "collector.otlp.grpc.host-port",
        "query.grpc-server.host-port",
        "admin.http.host-port",
        "collector.http-server.host-port",
        "collector.grpc-server.host-port",
    ] {
        command.arg(format!("--{other}=127.0.0.1:{}", free_port()));
    }
    let log = folder.join("jaeger.log");
    let _running = start(&mut command, &log, otlp);
    demo(&shop, &format!("http://127.0.0.1:{otlp}"));
    let expected = expected(&shop);
    let found = until(|| asked(query).filter(|spans| spans.len() >= expected.len()), &log);
    assert_eq!(lineages(&found), expected);
}

/// All spans of the shop that Jaeger knows.
fn asked(port: u16) -> Option<Vec<Seen>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let request = format!("GET /api/traces?service={SERVICE}&limit=100 HTTP/1.0\r\nHost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut spans = Vec::new();
    for span in body["data"].as_array()?.iter().filter_map(|trace| trace["spans"].as_array()).flatten() {
        let parent =
            span["references"].as_array()?.iter().find(|reference| reference["refType"] == "CHILD_OF");
        spans.push(Seen {
            trace: text(&span["traceID"]),
            id: text(&span["spanID"]),
            parent: parent.map(|reference| text(&reference["spanID"])).unwrap_or_default(),
            name: text(&span["operationName"]),
        });
    }
    Some(spans)
}
