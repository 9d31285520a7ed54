//! A woven program behaves as the plain one does: its standard output, its exit code and, masked,
//! its standard error.
//!
//! The programs are in tests/programs. Each holds scenarios, which it lists itself; every scenario
//! runs plain, and woven with no exporter, with the console exporter and with an OTLP endpoint that
//! refuses. With the console exporter the spans have to be there as well: a comparison of two plain
//! programs would prove nothing.
use std::time::Duration;

use crate::common;
use crate::common::collector::Collector;
use crate::common::go::Go;
use crate::common::lineage::{Seen, lineages};
use crate::common::process::{Output, run, run_within};
use crate::common::telemetry::Sends;
use crate::common::{compare, console};
use crate::programs::{EXPORTERS, Kind, Programs};

#[test]
fn server() {
    compare_everywhere("server", 180);
}

#[test]
fn client() {
    compare_everywhere("client", 35);
}

#[test]
fn ends() {
    compare_everywhere("ends", 45);
}

#[test]
fn ends_after_a_request() {
    compare_everywhere("endshttp", 45);
}

#[test]
fn goroutines() {
    compare_everywhere("goroutines", 17);
}

/// Each span of a scenario with all its ancestors, in whatever order they ended, as the book
/// describes goroutines.
const PARENTS: &[(&str, &[&str])] = &[
    ("go", &[WORK, CLIENT, CALL]),
    ("go_in_go", &[WORK, CLIENT, CALL]),
    ("outlives", &[WORK, "GET", "GET > GET /late"]),
    ("outlives_and_takes_nothing", &[WORK, CLIENT, FIRST, CLIENT, "GET /work > GET > GET /second"]),
    ("errgroup", &[WORK, CLIENT, FIRST, CLIENT, "GET /work > GET > GET /second"]),
    ("pool", &[WORK, "GET", "GET > GET /call"]),
    ("pool_with_context", &[WORK, CLIENT, CALL]),
    ("lazy_pool", LAZY),
    ("lazy_pool_with_context", &[WORK, CLIENT, FIRST, WORK, CLIENT, "GET /work > GET > GET /second"]),
    ("lazy_crew", LAZY),
    (
        "lazy_consumer",
        &[WORK, CLIENT, FIRST, WORK, "GET", "GET > GET /second", WORK, "GET", "GET > GET /call"],
    ),
    ("lazy_pool_that_is_busy", LAZY),
    ("lazy_pool_much_later", &[WORK, CLIENT, FIRST, "GET", "GET > GET /second"]),
    ("after_func", &[WORK, "GET", "GET > GET /call"]),
    ("after_func_with_context", &[WORK, CLIENT, CALL]),
    ("context_wins", &[WORK, WORK, CLIENT, CALL]),
    ("millions", &[WORK]),
];
const WORK: &str = "GET /work";
const CLIENT: &str = "GET /work > GET";
const CALL: &str = "GET /work > GET > GET /call";
const FIRST: &str = "GET /work > GET > GET /first";
/// A worker that the first of two requests has started, and that has a job from each: the second
/// job does not belong to the first request.
const LAZY: &[&str] = &[WORK, CLIENT, FIRST, WORK, "GET", "GET > GET /second"];

/// The request to which the work of a goroutine belongs.
#[test]
fn parents() {
    for go in Go::oldest_and_newest() {
        let built = Programs::build(&go, &Kind { name: "usual", ..Kind::default() });
        let scenarios = built.scenarios("goroutines", false);
        assert_eq!(scenarios.len(), PARENTS.len());
        for (scenario, (name, expected)) in scenarios.iter().zip(PARENTS) {
            assert_eq!(scenario.name, *name);
            let output = scenario.run(&built.woven("goroutines"), EXPORTERS[1].1);
            let (spans, rest) = console::take(&output.stderr);
            assert_eq!((output.end.as_str(), rest.as_str()), ("exit 0", ""), "{}: {name}", go.name);
            let found = lineages(&spans.iter().map(Seen::from).collect::<Vec<_>>());
            let mut expected: Vec<&str> = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(found, expected, "{}: {name}: {}", go.name, output.stderr);
            if *name == "lazy_pool_with_context" {
                let clients = spans.iter().filter(|span| span.kind == "client");
                let parents: std::collections::BTreeSet<_> = clients.map(|span| &span.parent).collect();
                assert_eq!(parents.len(), 2, "{}: each job is that of its own request", go.name);
            }
        }
    }
}

/// Builds a program plain and woven with each toolchain, and compares all its scenarios.
fn compare_everywhere(program: &str, at_least: usize) {
    for go in Go::all() {
        let built = Programs::build(&go, &Kind { name: "usual", ..Kind::default() });
        let scenarios = built.scenarios(program, false);
        assert!(scenarios.len() >= at_least, "{program} lists {} scenarios only", scenarios.len());
        built.compare(program, &scenarios, &EXPORTERS, &[]);
    }
}

/// A signal that nobody handles ends the program after its spans are sent, or after the endpoint
/// had its second; if no goroutine can run any more, without them.
#[test]
fn signals() {
    for go in Go::oldest_and_newest() {
        let built = Programs::build(&go, &Kind { name: "usual", ..Kind::default() });
        let all = built.scenarios("endshttp", false);
        let end = |name: &str, which: &std::path::Path, environment: &[(&str, &str)]| {
            let scenario = all.iter().find(|scenario| scenario.name == name).unwrap();
            scenario.run(which, environment).end
        };
        let (plain, woven) = (built.plain("endshttp"), built.woven("endshttp"));

        let collector = Collector::start();
        let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())];
        let endpoint = endpoint.each_ref().map(|(name, value)| (*name, value.as_str()));
        for name in ["sigterm", "signals_together"] {
            let before = collector.spans().len();
            // On a machine that is busy with other things a second may be too short.
            let arrived = (0..10).any(|_| {
                assert_eq!(end(name, &woven, &endpoint), "signal 15", "{}: {name}", go.name);
                collector.spans().len() >= before + 2
            });
            assert!(arrived, "{}: {name}: no span has arrived", go.name);
        }

        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = format!("http://{}", silent.local_addr().unwrap());
        let silent = [("OTEL_EXPORTER_OTLP_ENDPOINT", silent.as_str())];
        assert_eq!(end("sigterm", &woven, &silent), "signal 15", "{}", go.name);

        let alone = [("GOMAXPROCS", "1"), silent[0]];
        assert_eq!(end("sigterm_while_stuck", &plain, &alone), "signal 15", "{}", go.name);
        assert_eq!(end("sigterm_while_stuck", &woven, &alone), "exit 143", "{}", go.name);
    }
}

/// The runtime sees a deadlock only if cgo is not linked in, and even then not each time once the
/// network was used, in plain programs too: woven ones have to show that they still can. With otlp
/// the exporter is still trying to send the spans: a deadlock is seen when it has given up. Metrics
/// are sent at intervals, until one in which nothing was measured.
#[test]
fn deadlocks() {
    let kind = Kind { name: "nocgo", environment: &[("CGO_ENABLED", "0")], ..Kind::default() };
    let go = Go::newest();
    let built = Programs::build(&go, &kind);
    let scenarios = built.scenarios("endshttp", true);
    assert!(scenarios.len() >= 3);
    let seen = |binary: &std::path::Path, scenario: &str, exporter: &str| {
        let mut command = std::process::Command::new(binary);
        command.as_usual().arg(scenario).env("OTEL_TRACES_EXPORTER", exporter);
        command.env("OTEL_METRICS_EXPORTER", "console").env("OTEL_METRIC_EXPORT_INTERVAL", "300");
        (0..15).any(|_| run_within(&mut command, Duration::from_secs(8)).end == "exit 2")
    };
    let mut compared = 0;
    for scenario in scenarios {
        // Go 1.19 and 1.20 see none of them once the network was used, in plain programs either.
        if !seen(&built.plain("endshttp"), &scenario.name, "none") {
            println!("{}: a plain program does not see it", scenario.name);
            continue;
        }
        compared += 1;
        for exporter in ["none", "console"] {
            let woven = built.woven("endshttp");
            assert!(
                seen(&woven, &scenario.name, exporter),
                "{}: the woven program sees no deadlock, exporter {exporter}",
                scenario.name
            );
        }
    }
    let least = if go.version() < (21, 0) { 0 } else { 3 };
    assert!(compared >= least, "plain programs see {compared} deadlocks only");
}

/// Races are found, if there are any, while everything is exported.
#[test]
fn no_races() {
    let built = Programs::build(&Go::newest(), &Kind { name: "race", flags: &["-race"], ..Kind::default() });
    for program in ["server", "client"] {
        let scenarios = built.scenarios(program, false);
        built.compare(program, &scenarios, &EXPORTERS[1..2], &[("GORACE", "atexit_sleep_ms=0")]);
    }
}

/// Templates that dereference nil, on entry and on exit: the program does not notice, and each is
/// reported once.
#[test]
fn faulty_templates() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("faulty.gobundle");
    let rules = common::repository().join("tests/programs/faulty.gorule");
    let mut gorulec = go.program(env!("CARGO_BIN_EXE_gorulec"), folder.path());
    run(gorulec.arg("compile").arg(rules).arg("-o").arg(&bundle)).expect_success("gorulec compile");
    let own = ["--bundle", bundle.to_str().unwrap()];
    let built = Programs::build(&go, &Kind { name: "faulty", own: &own, ..Kind::default() });

    let names = ["h1/implicit", "h2/panic", "h1/returns_error", "h1/proxy", "keep_alive"];
    let all = built.scenarios("server", false);
    for scenario in names.map(|name| all.iter().find(|scenario| scenario.name == name).unwrap()) {
        let plain = scenario.run(&built.plain("server"), &[]);
        let mut woven = scenario.run(&built.woven("server"), EXPORTERS[0].1);
        let (said, rest): (Vec<&str>, Vec<&str>) =
            woven.stderr.split_inclusive('\n').partition(|line| line.starts_with("goagent: rule "));
        for rule in ["serve_enter", "serve_exit"] {
            let of_rule = format!("rule {rule} of plugin faulty");
            let times = said.iter().filter(|line| line.contains(&of_rule)).count();
            assert_eq!(times, 1, "{}: {rule} was said {times} times:\n{}", scenario.name, woven.stderr);
        }
        woven.stderr = rest.concat();
        assert_eq!(compare::difference(&plain, &woven), None, "{}", scenario.name);
    }
}

/// The comparison itself: the differences that it must find, and those that it must not.
mod comparison {
    use super::*;

    fn output(stderr: &str) -> Output {
        Output { end: "exit 2".to_owned(), stdout: String::new(), stderr: stderr.to_owned() }
    }

    const TRACE: &str = "panic: at the bottom\n\ngoroutine 7 [running]:\nmain.f({0xc000, 0x1}, 0x2)\n\t/x/main.go:10 +0x1d\n\
        main.(*t).g(...)\n\t/x/main.go:20\ncreated by main.h in goroutine 1\n\t/x/main.go:30 +0x2\n";

    #[test]
    fn masks_what_may_differ() {
        let other = "panic: at the bottom\n\ngoroutine 99 [running]:\nmain.f(...)\n\t/x/main.go:10\n\
            main.(*t).g(0x55)\n\t/x/main.go:20 +0x99\ncreated by main.h in goroutine 2\n\t/x/main.go:30 +0x3\n";
        assert_eq!(compare::difference(&output(TRACE), &output(other)), None);
    }

    #[test]
    fn sees_the_rest() {
        for (from, to) in [
            ("main.f", "main.e"),
            ("main.go:10", "main.go:11"),
            ("main.(*t).g(...)\n\t/x/main.go:20\n", ""),
            ("[running]", "[select]"),
            ("at the bottom", "at the top"),
            ("panic:", "goagent: something\npanic:"),
        ] {
            assert!(
                compare::difference(&output(TRACE), &output(&TRACE.replace(from, to))).is_some(),
                "{from} → {to}"
            );
        }
        let mut other = output(TRACE);
        other.end = "exit 0".to_owned();
        assert!(compare::difference(&output(TRACE), &other).is_some());
        other = output(TRACE);
        other.stdout = "x".to_owned();
        assert!(compare::difference(&output(TRACE), &other).is_some());
    }

    #[test]
    fn keeps_the_goroutine_that_failed() {
        let fatal = "fatal error: all asleep\n\nruntime stack:\nruntime.throw(0x1)\n\t/r/panic.go:1 +0x1\n\n\
            goroutine 1 [select]:\nmain.f(...)\n\t/x/main.go:10\n\ngoroutine 2 [chan receive]:\nmain.g()\n\t/x/main.go:3\n";
        let other = fatal.replace("[chan receive]", "[sleep]").replace("main.g()", "main.other()");
        assert_eq!(compare::difference(&output(fatal), &output(&other)), None);
        let other = fatal.replace("[select]", "[sleep]");
        assert!(compare::difference(&output(fatal), &output(&other)).is_some());
    }

    #[test]
    fn takes_traces_out() {
        let text = "one\ntrace 0af7651916cd43dd8448eb211c80319c  2 spans  1ms  service=x\n  \
            server GET /a  1ms  unset  url.path=/a  span=b7ad6b7169203331\n    \
            client GET  1ms  error  span=b7ad6b7169203332 parent=b7ad6b7169203331\ntwo\n  server not a span\n";
        let (spans, rest) = console::take(text);
        assert_eq!(rest, "one\ntwo\n  server not a span\n");
        assert_eq!(spans.len(), 2);
        assert_eq!((spans[1].depth, spans[1].parent.as_deref()), (2, Some("b7ad6b7169203331")));
        assert_eq!((spans[0].kind.as_str(), spans[0].name.as_str()), ("server", "GET /a"));
    }
}
