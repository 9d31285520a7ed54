//! The behaviour programs of tests/programs: built plain and woven, run scenario by scenario,
//! compared.

use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common;
use crate::common::go::Go;
use crate::common::process::{Output, run, run_within};
use crate::common::{compare, console};

/// A scenario that takes longer hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// Number of times that a scenario that differed is played again, plain and woven.
const AGAIN: usize = 5;

/// Variables of an environment.
pub type Variables<'a> = &'a [(&'a str, &'a str)];

/// An exporter's name and the environment that chooses it.
pub type Exporter<'a> = (&'a str, Variables<'a>);

/// No exporter, spans to read, and an endpoint that refuses.
pub const EXPORTERS: [Exporter; 3] = [
    ("none", &[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")]),
    ("console", &[("OTEL_TRACES_EXPORTER", "console"), ("OTEL_METRICS_EXPORTER", "none"), ("NO_COLOR", "1")]),
    ("otlp", &[("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")]),
];

/// A way to build the programs.
#[derive(Default)]
pub struct Kind<'a> {
    /// For the folder's name.
    pub name: &'a str,
    /// Flags for go and goagent.
    pub flags: &'a [&'a str],
    /// Flags for goagent only.
    pub own: &'a [&'a str],
    /// The environment of both.
    pub environment: Variables<'a>,
}

/// The programs, built plain and woven with one toolchain in one way.
pub struct Programs {
    go: Go,
    folder: PathBuf,
}

/// A scenario as its program lists it.
pub struct Scenario {
    /// The argument that chooses it.
    pub name: String,
    spans: bool,
    environment: Option<(String, String)>,
}

impl Programs {
    /// Builds them, once for all tests of this process that name the same kind.
    pub fn build(go: &Go, kind: &Kind) -> Self {
        static DONE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
        let folder = common::kept(&format!("behaviour-{}-{}", go.name, kind.name));
        let programs = Self { go: go.clone(), folder };
        let mut done = DONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !done.contains(&programs.folder) {
            std::fs::remove_dir_all(&programs.folder).unwrap();
            programs.build_all("plain", kind);
            programs.build_all("woven", kind);
            done.push(programs.folder.clone());
        }
        programs
    }

    fn build_all(&self, which: &str, kind: &Kind) {
        let out = self.folder.join(which);
        std::fs::create_dir_all(&out).unwrap();
        let out = format!("{}/", out.display());
        let source = common::repository().join("tests/programs");
        let arguments = [&["build", "-o", &out], kind.flags].concat();
        let mut command = if which == "plain" {
            self.go.go(&source, &arguments)
        } else {
            self.go.goagent(&source, &[&arguments, kind.own].concat())
        };
        command
            .args(["./server", "./client", "./ends", "./endshttp", "./goroutines"])
            .envs(kind.environment.iter().copied());
        run(&mut command).expect_success(&format!("{}: building the programs, {which}", self.go.name));
    }

    /// The plain binary.
    pub fn plain(&self, program: &str) -> PathBuf {
        self.folder.join("plain").join(program)
    }

    /// The woven binary.
    pub fn woven(&self, program: &str) -> PathBuf {
        self.folder.join("woven").join(program)
    }

    /// The scenarios that the program lists. Those that a program with cgo cannot play are apart.
    pub fn scenarios(&self, program: &str, without_cgo: bool) -> Vec<Scenario> {
        let output = run(std::process::Command::new(self.plain(program)).arg("list"));
        let all = output.expect_success("list").stdout.lines().map(Scenario::read);
        all.filter(|scenario| scenario.name.starts_with("nocgo/") == without_cgo).collect()
    }

    /// Compares scenarios, several at a time, and fails with all that differ.
    pub fn compare(
        &self,
        program: &str,
        scenarios: &[Scenario],
        exporters: &[Exporter],
        environment: Variables,
    ) {
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

    /// The difference, if it differs again: one that a single run in many shows on a busy machine
    /// is printed, and is not a failure.
    fn compare_one(
        &self,
        program: &str,
        scenario: &Scenario,
        exporters: &[Exporter],
        environment: Variables,
    ) -> Vec<String> {
        let once = |exporter: &Exporter| {
            let plain = scenario.run(&self.plain(program), environment);
            self.against(&plain, program, scenario, exporter, environment)
        };
        let plain = scenario.run(&self.plain(program), environment);
        let mut failures = Vec::new();
        for exporter in exporters {
            let Some(first) = self.against(&plain, program, scenario, exporter, environment) else {
                continue;
            };
            if let Some(second) = (0..AGAIN).find_map(|_| once(exporter)) {
                failures.extend([first, second]);
                continue;
            }
            // Not by eprintln!, whose output is not shown if the test passes.
            let told = format!("{}: differed once, not in {AGAIN} more runs: {first}\n", self.go.name);
            stderr().write_all(told.as_bytes()).unwrap();
        }
        failures
    }

    /// The lines that one woven run has and the plain one has not.
    fn against(
        &self,
        plain: &Output,
        program: &str,
        scenario: &Scenario,
        (exporter, variables): &Exporter,
        environment: Variables,
    ) -> Option<String> {
        let mut woven = scenario.run(&self.woven(program), &[variables, environment].concat());
        let (spans, rest) = console::take(&woven.stderr);
        if *exporter == "console" {
            if scenario.spans && spans.is_empty() {
                return Some(format!("{}: no span was made\n{}\n", scenario.name, woven.stderr));
            }
            woven.stderr = rest;
        }
        let difference = compare::difference(plain, &woven)?;
        Some(format!("{} with exporter {exporter}:\n{difference}", scenario.name))
    }
}

impl Scenario {
    fn read(line: &str) -> Self {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap().to_owned();
        Self {
            name: field(),
            spans: field() == "spans",
            environment: field().split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())),
        }
    }

    /// Plays the scenario.
    pub fn run(&self, binary: &Path, environment: Variables) -> Output {
        let mut command = std::process::Command::new(binary);
        command.arg(&self.name);
        gorule::gotool::child::without(&mut command, &["OTEL_", "GO"]);
        command.envs(environment.iter().copied());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        run_within(&mut command, PATIENCE)
    }
}
