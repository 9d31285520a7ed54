//! A woven program behaves as the plain one does: its standard output, its exit code and, masked, its standard error.
//!
//! The programs are in tests/programs. Each holds scenarios, which it lists itself; every scenario runs plain, and woven
//! with no exporter, with the console exporter and with an OTLP endpoint that refuses. With the console exporter the
//! spans have to be there as well: a comparison of two plain programs would prove nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::go::Go;
use common::process::{Output, run, run_within};
use common::{compare, console};

/// A scenario that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The environments that a woven program runs in.
const EXPORTERS: [(&str, &[(&str, &str)]); 3] = [
    ("none", &[("OTEL_TRACES_EXPORTER", "none")]),
    ("console", &[("OTEL_TRACES_EXPORTER", "console"), ("NO_COLOR", "1")]),
    ("otlp", &[("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")]),
];

/// A scenario as its program lists it.
struct Scenario {
    name: String,
    spans: bool,
    environment: Option<(String, String)>,
}

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
    compare_everywhere("ends", 35);
}

#[test]
fn ends_after_a_request() {
    compare_everywhere("endshttp", 30);
}

/// Races are found, if there are any, while everything is exported.
#[test]
fn no_races() {
    let go = Go::newest();
    let built = Programs::build(&go, "race", &["-race"]);
    for program in ["server", "client"] {
        built.compare(program, 35, &EXPORTERS[1..2], &[("GORACE", "atexit_sleep_ms=0")]);
    }
}

/// Templates that dereference nil, on entry and on exit, in a server and in a client: the program does not notice,
/// and each is said once.
#[test]
fn faulty_templates() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("faulty.gobundle");
    let rules = common::repository().join("tests/programs/faulty.gorule");
    let mut gorulec = go.program(env!("CARGO_BIN_EXE_gorulec"), folder.path());
    run(gorulec.arg("compile").arg(rules).arg("-o").arg(&bundle)).expect_success("gorulec compile");
    let built = Programs::build(&go, "faulty", &["--bundle", bundle.to_str().unwrap()]);

    for scenario in ["h1/implicit", "h2/panic", "h1/returns_error", "proxy_upgrade", "keep_alive"] {
        let scenario =
            find(&built.plain("server"), if scenario == "proxy_upgrade" { "h1/proxy" } else { scenario });
        let plain = scenario.run(&built.plain("server"), &[]);
        let mut woven = scenario.run(&built.woven("server"), EXPORTERS[0].1);
        let (said, rest): (Vec<&str>, Vec<&str>) =
            woven.stderr.split_inclusive('\n').partition(|line| line.starts_with("goagent: rule "));
        for rule in ["serve_enter", "serve_exit"] {
            let times =
                said.iter().filter(|line| line.contains(&format!("rule {rule} of plugin faulty"))).count();
            assert_eq!(times, 1, "{}: {rule} was said {times} times:\n{}", scenario.name, woven.stderr);
        }
        let rest = rest.concat();
        woven.stderr = rest;
        assert_eq!(compare::difference(&plain, &woven), None, "{}", scenario.name);
    }
}

/// Builds a program plain and woven with each toolchain, and compares all its scenarios.
fn compare_everywhere(program: &str, at_least: usize) {
    for go in Go::all() {
        Programs::build(&go, "usual", &[]).compare(program, at_least, &EXPORTERS, &[]);
    }
}

/// All programs, built plain and woven with one toolchain.
struct Programs {
    go: Go,
    folder: PathBuf,
}

impl Programs {
    /// Builds them, once for all tests of this process that name the same kind. The woven ones get the flags; those
    /// that are go's own go to the plain ones too.
    fn build(go: &Go, kind: &str, flags: &[&str]) -> Self {
        static BUILDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
        let folder = common::kept(&format!("behaviour-{}-{kind}", go.name));
        let programs = Self { go: go.clone(), folder };
        let mut done = BUILDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !done.contains(&programs.folder) {
            programs.build_all(flags);
            done.push(programs.folder.clone());
        }
        programs
    }

    fn build_all(&self, flags: &[&str]) {
        let source = common::repository().join("tests/programs");
        std::fs::remove_dir_all(&self.folder).unwrap();
        let packages = ["./server", "./client", "./ends", "./endshttp"];
        for (kind, folder) in [("plain", self.folder.join("plain")), ("woven", self.folder.join("woven"))] {
            std::fs::create_dir_all(&folder).unwrap();
            let out = format!("{}/", folder.display());
            let mut command = if kind == "plain" {
                let own: Vec<&str> = flags.iter().copied().filter(|&flag| flag == "-race").collect();
                self.go.go(&source, &[&["build", "-o", &out], own.as_slice()].concat())
            } else {
                self.go.goagent(&source, &[&["build", "-o", &out], flags].concat())
            };
            let output = run(command.args(packages));
            output.expect_success(&format!("{}: building the programs, {kind}", self.go.name));
        }
    }

    fn plain(&self, program: &str) -> PathBuf {
        self.folder.join("plain").join(program)
    }

    fn woven(&self, program: &str) -> PathBuf {
        self.folder.join("woven").join(program)
    }

    /// Compares all scenarios of a program, several at a time, and fails with all that differ.
    fn compare(
        &self,
        program: &str,
        at_least: usize,
        exporters: &[(&str, &[(&str, &str)])],
        environment: &[(&str, &str)],
    ) {
        let scenarios = listed(&self.plain(program));
        assert!(scenarios.len() >= at_least, "{program} lists {} scenarios only", scenarios.len());
        let next = AtomicUsize::new(0);
        let failures = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let found = self.compare_one(program, scenario, exporters, environment);
                        failures.lock().unwrap().extend(found);
                    }
                });
            }
        });
        let failures = failures.into_inner().unwrap();
        assert!(
            failures.is_empty(),
            "{}: {program}: {} differences in {} scenarios:\n{}",
            self.go.name,
            failures.len(),
            scenarios.len(),
            failures.concat()
        );
    }

    fn compare_one(
        &self,
        program: &str,
        scenario: &Scenario,
        exporters: &[(&str, &[(&str, &str)])],
        environment: &[(&str, &str)],
    ) -> Vec<String> {
        let plain = scenario.run(&self.plain(program), environment);
        let mut failures = Vec::new();
        for (exporter, variables) in exporters {
            let mut woven = scenario.run(&self.woven(program), &[variables, environment].concat());
            let (spans, rest) = console::take(&woven.stderr);
            if *exporter == "console" {
                if scenario.spans && spans.is_empty() {
                    failures.push(format!("{}: no span was made\n{}\n", scenario.name, woven.stderr));
                }
                woven.stderr = rest;
            }
            if let Some(difference) = compare::difference(&plain, &woven) {
                failures.push(format!("{} with exporter {exporter}:\n{difference}", scenario.name));
            }
        }
        failures
    }
}

impl Scenario {
    fn run(&self, binary: &Path, environment: &[(&str, &str)]) -> Output {
        let mut command = std::process::Command::new(binary);
        command.arg(&self.name);
        for (name, _) in std::env::vars() {
            if name.starts_with("OTEL_") || name.starts_with("GO") {
                command.env_remove(name);
            }
        }
        command.envs(environment.iter().copied());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        run_within(&mut command, PATIENCE)
    }
}

/// What the program says it can do.
fn listed(binary: &Path) -> Vec<Scenario> {
    let output = run(std::process::Command::new(binary).arg("list"));
    output.expect_success("list").stdout.lines().map(scenario).collect()
}

fn scenario(line: &str) -> Scenario {
    let mut fields = line.split('\t');
    let mut field = || fields.next().unwrap().to_owned();
    Scenario {
        name: field(),
        spans: field() == "spans",
        environment: field().split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())),
    }
}

fn find(binary: &Path, name: &str) -> Scenario {
    listed(binary).into_iter().find(|scenario| scenario.name == name).unwrap()
}

/// The comparison itself: what it has to tell apart, and what not.
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
        let expected = ["fatal error: all asleep", "goroutine N [select]:", "main.f(...)", "\t/x/main.go:10"];
        assert_eq!(compare::masked(fatal), expected);
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
