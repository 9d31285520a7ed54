//! One connected trace for each request of the shop: the demo's client span, the front end's server
//! span with the gin route in its name, the client span of the child goroutine that was given no
//! context, the back end's server span.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common;
use crate::common::collector::{CLIENT, Collector, SERVER, Span, attribute};
use crate::common::console;
use crate::common::go::Go;
use crate::common::process::{Output, run};
use crate::common::telemetry::Sends;

/// The demo's requests, in its order: the chain of kinds and names from the root down, and the
/// status.
const EXPECTED: [(&[(&str, &str)], &str); 5] = [
    (&[("client", "GET"), ("server", "GET /order/:id"), ("client", "GET"), ("server", "GET /stock/")], "200"),
    (
        &[("client", "POST"), ("server", "POST /order"), ("client", "POST"), ("server", "POST /reserve")],
        "200",
    ),
    (
        &[("client", "POST"), ("server", "POST /order"), ("client", "POST"), ("server", "POST /reserve")],
        "409",
    ),
    (&[("client", "GET"), ("server", "GET /order/:id"), ("client", "GET"), ("server", "GET /stock/")], "502"),
    (&[("client", "GET"), ("server", "GET")], "404"),
];

/// Builds the shop, plain and woven.
fn shop(go: &Go) -> (PathBuf, PathBuf) {
    let folder = common::kept(&format!("shop-{}", go.name));
    let source = common::repository().join("examples/shop");
    // Not below a folder that another test checks for changes, and a separate one for each test:
    // they run at once.
    let unique = format!("{:?}", std::thread::current().id()).replace(|c: char| !c.is_ascii_digit(), "");
    let plain = go.build_plain(&source, &["."], &folder.join(format!("plain{unique}")));
    let woven = go.build_woven(&source, &["."], &folder.join(format!("woven{unique}")));
    (plain, woven)
}

fn demo(binary: &Path, environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binary);
    let output = run(command.as_usual().arg("--demo").envs(environment.iter().copied()));
    output.expect_success(&format!("{} --demo", binary.display()));
    output
}

#[test]
fn on_the_console() {
    for go in Go::all() {
        let (plain, woven) = shop(&go);
        let plain = demo(&plain, &[]);
        assert_eq!(plain.stdout.lines().count(), EXPECTED.len());
        let spans =
            [("OTEL_TRACES_EXPORTER", "console"), ("OTEL_METRICS_EXPORTER", "none"), ("NO_COLOR", "1")];
        let output = demo(&woven, &spans);
        assert_eq!(output.stdout, plain.stdout, "{}", go.name);
        let (spans, rest) = console::take(&output.stderr);
        assert_eq!(rest, plain.stderr, "{}", go.name);

        let mut traces: Vec<Vec<console::Span>> = Vec::new();
        for span in spans {
            match traces.last_mut() {
                Some(trace) if trace[0].trace == span.trace => trace.push(span),
                _ => traces.push(vec![span]),
            }
        }
        assert_eq!(traces.len(), EXPECTED.len(), "{}: {}", go.name, output.stderr);
        for (trace, (chain, _)) in traces.iter().zip(EXPECTED) {
            let names: Vec<_> = trace.iter().map(|span| (span.kind.as_str(), span.name.as_str())).collect();
            assert_eq!(names, chain, "{}", go.name);
            let depths: Vec<_> = trace.iter().map(|span| span.depth).collect();
            assert_eq!(depths, (1..=chain.len()).collect::<Vec<_>>(), "{}", go.name);
            for (span, above) in trace.iter().zip([None].into_iter().chain(trace.iter().map(Some))) {
                assert_eq!(span.parent.as_ref(), above.map(|above| &above.id), "{}", go.name);
            }
        }
    }
}

#[test]
fn over_otlp() {
    for go in Go::all() {
        let (plain, woven) = shop(&go);
        let plain = demo(&plain, &[]);
        let collector = Collector::start();
        let endpoint = collector.endpoint();
        // OTEL_TRACES_EXPORTER is not set: then it is otlp.
        let environment =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_SERVICE_NAME", "the shop")];
        let output = demo(&woven, &environment);
        assert_eq!((&output.stdout, &output.stderr), (&plain.stdout, &plain.stderr), "{}", go.name);
        for request in collector.requests() {
            for resource in request.resources {
                let resource = resource.resource.unwrap();
                assert_eq!(
                    attribute(&resource.attributes, "service.name").as_deref(),
                    Some("the shop"),
                    "{}",
                    go.name
                );
            }
        }
        for metric in ["http.server.request.duration", "http.client.request.duration", "go.goroutine.count"] {
            assert!(collector.measured(metric), "{}: no {metric}", go.name);
        }
        check_traces(&go, collector.spans());
    }
}

/// Groups the spans to traces, in the order in which they began, and compares each with what is
/// expected.
fn check_traces(go: &Go, spans: Vec<Span>) {
    let mut traces: BTreeMap<Vec<u8>, Vec<Span>> = BTreeMap::new();
    for span in spans {
        assert_eq!((span.trace_id.len(), span.id.len()), (16, 8));
        assert!(span.start <= span.end && span.start > 0);
        traces.entry(span.trace_id.clone()).or_default().push(span);
    }
    let mut traces: Vec<_> = traces.into_values().collect();
    traces.sort_by_key(|trace| trace.iter().map(|span| span.start).min());
    assert_eq!(traces.len(), EXPECTED.len(), "{}: {traces:#?}", go.name);
    for (trace, (chain, status)) in traces.iter().zip(EXPECTED) {
        assert_eq!(trace.len(), chain.len(), "{}: {trace:#?}", go.name);
        let mut parent = Vec::new();
        for (at, (kind, name)) in chain.iter().enumerate() {
            let span = trace.iter().find(|span| span.parent_id == parent);
            let span = span.unwrap_or_else(|| panic!("{}: nothing below {parent:?}: {trace:#?}", go.name));
            assert_eq!(span.name, *name, "{}", go.name);
            assert_eq!(span.kind, if *kind == "server" { SERVER } else { CLIENT }, "{}", go.name);
            if at < 2 {
                check_attributes(span, status);
            }
            parent.clone_from(&span.id);
        }
    }
}

/// The attributes of the two spans of the request that the demo has sent.
fn check_attributes(span: &Span, status: &str) {
    let of = |key| attribute(&span.attributes, key);
    let (method, route) = span.name.split_once(' ').unwrap_or((&span.name, ""));
    assert_eq!(of("http.request.method").as_deref(), Some(method));
    assert_eq!(of("http.response.status_code").as_deref(), Some(status));
    let failed = span.status.as_ref().is_some_and(|status| status.code == 2);
    if span.kind == SERVER {
        assert_eq!(of("http.route").unwrap_or_default(), route);
        assert!(of("url.path").is_some_and(|path| path.starts_with('/')), "{span:?}");
        assert_eq!(failed, status >= "500");
    } else {
        assert!(of("url.full").is_some_and(|url| url.starts_with("http://127.0.0.1:")), "{span:?}");
        assert_eq!(failed, status >= "400");
    }
}

/// Nobody listens: the program does the same as ever, and prints nothing about it.
#[test]
fn without_a_collector() {
    let go = Go::newest();
    let (plain, woven) = shop(&go);
    let plain = demo(&plain, &[]);
    for environment in [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_SDK_DISABLED", "true")]
    {
        let output = demo(&woven, &[environment]);
        assert_eq!((&output.stdout, &output.stderr), (&plain.stdout, &plain.stderr), "{environment:?}");
    }
}

/// A program that is its own collector comes to rest: the requests of exporters, its agent's and
/// its own, make no spans and are not measured.
#[test]
fn own_collector() {
    for go in Go::oldest_and_newest() {
        let source = common::repository().join("tests/fixtures/owncollector");
        let folder = common::kept(&format!("owncollector-{}", go.name));
        let binary = go.build_woven(&source, &["."], &folder.join("owncollector"));
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let next = Collector::start();
        let mut command = Command::new(binary);
        command.as_usual().args([&address, &next.endpoint()]);
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
        command.env("OTEL_BSP_SCHEDULE_DELAY", "20").env("OTEL_METRIC_EXPORT_INTERVAL", "20");
        let output = run(&mut command);
        output.expect_success("owncollector");
        let received: Vec<u32> = output.stdout.split_whitespace().map(|n| n.parse().unwrap()).collect();
        // Two spans in as many batches, and two intervals at most in which anything was measured,
        // and the one at rest.
        assert!(received.len() == 2 && received[0] <= 2 && received[1] <= 4, "{}: {received:?}", go.name);
        let mut spans: Vec<(i32, String)> =
            next.spans().into_iter().map(|span| (span.kind, span.name)).collect();
        spans.sort();
        let expected = [(SERVER, "GET /work".to_owned()), (CLIENT, "GET".to_owned())];
        assert_eq!(spans, expected, "{}", go.name);
    }
}
