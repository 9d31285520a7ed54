//! One subject: its folder, its packages, and runs of its tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use camino::Utf8Path;
use gorule::store::load;
use gorule::toolexec::protocol::PackageReport;
use gorule::weave::SkipCode;

use super::compare::Results;
use super::subjects::Subject;
use crate::common::collector::Collector;
use crate::common::go::Go;
use crate::common::process::{Output, run};
use crate::common::{copy_folder, kept, repository};
use crate::every_function::{self, Kind};

/// The reports that a build has kept of its packages.
type Record = BTreeMap<String, BTreeSet<PackageReport>>;

/// A package that is tested and woven.
struct Package {
    path: String,
    /// Its Go files without tests.
    files: Vec<PathBuf>,
}

/// A subject, ready to be tested.
pub struct Suite {
    subject: &'static Subject,
    go: Go,
    folder: PathBuf,
    packages: Vec<Package>,
    /// The packages that the agent consists of and depends on: rules for them have to be bare.
    below_agent: BTreeSet<String>,
    /// Deleted with the suite.
    scratch: tempfile::TempDir,
}

/// A woven run.
pub struct Woven {
    /// The results of the tests.
    pub results: Results,
    /// The share that was woven.
    pub share: Share,
    /// The end of the process.
    pub end: String,
    /// The least number of spans that have ended.
    pub spans: u64,
    /// Other faults.
    pub mistakes: Vec<String>,
}

/// A run with the standard plugins alone, whose agent exports.
pub struct Awake {
    /// The results of the tests.
    pub results: Results,
    /// The end of the process.
    pub end: String,
    /// Number of spans that were received.
    pub spans: u64,
}

/// Number of functions that were woven, and the reasons for which the others were not.
pub struct Share {
    functions: usize,
    woven: usize,
    reasons: BTreeMap<String, usize>,
    fallbacks: Vec<String>,
}

impl Share {
    /// Reports less than 98 percent, a package compiled as it was, or a function without any
    /// outcome.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = self.fallbacks.clone();
        if self.woven * 100 < self.functions * 98 {
            mistakes.push(format!("only {} of {} functions are woven", self.woven, self.functions));
        }
        let told = self.woven + self.reasons.values().sum::<usize>();
        if told != self.functions {
            mistakes.push(format!("{told} functions are told of, go/ast sees {}", self.functions));
        }
        mistakes
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} functions woven", self.woven, self.functions)?;
        self.reasons.iter().try_for_each(|(reason, count)| write!(f, "\n  {count} not: {reason}"))
    }
}

fn toolchain() -> Go {
    let chosen = std::env::var("GOAGENT_TEST_AT_LARGE_GO").unwrap_or_default();
    if !chosen.is_empty() {
        return Go { name: chosen };
    }
    let output = run(Command::new("go").args(["env", "GOVERSION"]).env("GOTOOLCHAIN", "local"));
    Go { name: output.expect_success("go env GOVERSION").stdout.trim().to_owned() }
}

impl Suite {
    /// Lays out the subject.
    pub fn prepare(subject: &'static Subject) -> Self {
        let go = toolchain();
        let scratch = tempfile::tempdir().unwrap();
        let folder = match subject.module {
            None => Path::new(line(&go, scratch.path(), &["env", "GOROOT"]).as_str()).join("src"),
            Some((module, version)) => copied(&go, scratch.path(), module, version),
        };
        let deps = line(&go, &repository().join("runtime"), &["list", "-deps", "goagent/agent"]);
        let below_agent = deps.lines().map(str::to_owned).collect();
        let mut suite = Self { subject, go, folder, packages: Vec::new(), below_agent, scratch };
        suite.packages = suite.list();
        suite
    }

    fn list(&self) -> Vec<Package> {
        let format = "{{$d := .Dir}}{{.ImportPath}}{{range .GoFiles}}\t{{$d}}/{{.}}{{end}}{{range .CgoFiles}}\t{{$d}}/{{.}}{{end}}";
        let mut arguments = vec!["list", "-f", format];
        arguments.extend(self.subject.packages);
        let mut command = self.go.go(&self.folder, &arguments);
        let listed = run(self.environment(&mut command)).expect_success("go list").stdout.clone();
        let package = |line: &str| {
            let mut words = line.split('\t');
            Package { path: words.next().unwrap().to_owned(), files: words.map(PathBuf::from).collect() }
        };
        listed.lines().map(package).filter(|package| !package.files.is_empty()).collect()
    }

    /// The results that two plain runs agree on.
    pub fn plain(&self) -> Results {
        let one = Results::parse(&self.tests(&mut self.go.go(&self.folder, &["test"])).stdout);
        let two = Results::parse(&self.tests(&mut self.go.go(&self.folder, &["test"])).stdout);
        one.stable(&two)
    }

    fn tests(&self, command: &mut Command) -> Output {
        run(self.environment(self.words(command)))
    }

    fn words<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.args(["-json", "-count=1"]).args(self.subject.arguments);
        // For a closer look at one test: it may run many times.
        if let Ok(words) = std::env::var("GOAGENT_TEST_AT_LARGE_ARGUMENTS") {
            command.args(words.split(' '));
        }
        command.args(self.subject.packages)
    }

    /// No exporter: its goroutines and connections would be no test's business.
    fn environment<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        if self.subject.module.is_some() {
            command.env("GOFLAGS", "-mod=mod");
        }
        let command = command.env("OTEL_TRACES_EXPORTER", "none").env("OTEL_METRICS_EXPORTER", "none");
        command.env("GOAGENT_IN_TESTS", "true")
    }

    /// The same with every function woven; with the standard plugins, which make spans then, or
    /// without.
    pub fn woven(&self, plugins: bool) -> Woven {
        let folder = tempfile::tempdir_in(self.scratch.path()).unwrap();
        let counters = folder.path().join("counters");
        std::fs::create_dir(&counters).unwrap();
        let kind = |path: &str| match (self.below_agent.contains(path), plugins) {
            (true, _) => Kind::Bare,
            (false, false) => Kind::Guarded,
            (false, true) => Kind::Recording,
        };
        let bundle = every_function::bundle(self.packages.iter().map(|p| (p.path.as_str(), kind(&p.path))));
        let file = folder.path().join("every.gobundle");
        std::fs::write(&file, bundle.encode().unwrap()).unwrap();
        let mut arguments = vec!["test", "--bundle", file.to_str().unwrap()];
        if !plugins {
            arguments.push("--no-std");
        }
        // Its own store, so that its reports are those of this run.
        let store = kept("at-large").join(self.subject.name.replace('/', "_"));
        let _ = std::fs::remove_dir_all(store.join("reports"));
        let mut command = self.go.goagent(&self.folder, &arguments);
        command.env("GOAGENT_CACHE", &store).env(every_function::FOLDER, &counters);
        let output = self.tests(&mut command);
        let mut results = Results::parse(&output.stdout);
        results.output.push_str(&output.stderr);
        let share = self.share(&store.join("reports"));
        let mut mistakes = self.uncounted(&results, &counters);
        if results.passed() == 0 {
            mistakes.push(format!("no test has passed:\n{}", results.output));
        }
        Woven { results, share, mistakes, end: output.end, spans: spans(&counters) }
    }

    /// Packages whose tests ran and whose woven code did not.
    fn uncounted(&self, results: &Results, counters: &Path) -> Vec<String> {
        let ran = results.packages().into_iter().filter(|package| {
            let woven = self.packages.iter().find(|p| p.path == *package);
            woven.is_some_and(|p| self.functions(std::slice::from_ref(p)) > 0)
        });
        let counted = |package: &str| {
            let text = std::fs::read_to_string(counters.join(every_function::counter_file(package)));
            text.is_ok_and(|text| text.parse::<u64>().unwrap() > 0)
        };
        let silent = ran.filter(|package| !counted(package));
        silent.map(|package| format!("tests of {package} ran, its woven code did not")).collect()
    }

    /// The same with the standard plugins alone, while the agent exports to a collector as it does
    /// by default.
    pub fn awake(&self) -> Awake {
        let collector = Collector::start();
        let mut command = self.go.goagent(&self.folder, &["test"]);
        if self.subject.module.is_some() {
            command.env("GOFLAGS", "-mod=mod");
        }
        command.env("OTEL_PROPAGATORS", self.subject.propagators);
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()).env("GOAGENT_IN_TESTS", "true");
        let output = run(self.words(&mut command));
        let mut results = Results::parse(&output.stdout);
        results.output.push_str(&output.stderr);
        Awake { results, end: output.end, spans: collector.spans_among_others().len() as u64 }
    }

    /// The share of this bundle's rules, from the reports.
    fn share(&self, reports: &Path) -> Share {
        let mut share = Share {
            functions: self.functions(&self.packages),
            woven: 0,
            reasons: BTreeMap::new(),
            fallbacks: Vec::new(),
        };
        // Variants of a package have reports of their own: the fullest one counts.
        let mut fullest: BTreeMap<String, PackageReport> = BTreeMap::new();
        for entry in std::fs::read_dir(reports).into_iter().flatten() {
            let path = entry.unwrap().path();
            let record: Record = load(Utf8Path::from_path(&path).unwrap()).unwrap();
            for report in record.into_values().flatten() {
                let known = fullest.get(&report.package).map(|known| known.outcomes.len());
                if known.is_none_or(|known| known < report.outcomes.len()) {
                    fullest.insert(report.package.clone(), report);
                }
            }
        }
        for report in fullest.into_values() {
            let wanted = self.packages.iter().any(|package| package.path == report.package);
            let ours = report.outcomes.iter().filter(|o| o.plugin == every_function::PLUGIN);
            if !wanted || ours.clone().next().is_none() {
                continue;
            }
            if let Some(reason) = &report.fallback {
                share.fallbacks.push(format!("{} was compiled as it was: {reason}", report.package));
                continue;
            }
            for outcome in ours {
                match &outcome.skipped {
                    None => share.woven += 1,
                    // The package has no function at all.
                    Some(why) if why.code == SkipCode::NotFound => {}
                    Some(why) => *share.reasons.entry(why.reason.clone()).or_default() += 1,
                }
            }
        }
        share
    }

    /// Functions with a body, as go/ast sees them.
    fn functions(&self, packages: &[Package]) -> usize {
        let mut command = self.go.go(&repository().join("tests/fixtures/at_large/functions"), &["run", "."]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        for file in packages.iter().flat_map(|package| &package.files) {
            writeln!(stdin, "{}", file.display()).unwrap();
        }
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "the oracle of functions failed");
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    }
}

/// The sum of the span counters in the files.
fn spans(counters: &Path) -> u64 {
    let files = std::fs::read_dir(counters).unwrap().map(|entry| entry.unwrap().path());
    let of_spans = files.filter(|file| file.to_str().unwrap().ends_with(every_function::SPANS));
    of_spans.map(|file| std::fs::read_to_string(file).unwrap().parse::<u64>().unwrap()).sum()
}

/// The output of a go command.
fn line(go: &Go, folder: &Path, arguments: &[&str]) -> String {
    let output = run(&mut go.go(folder, arguments));
    output.expect_success(&format!("go {arguments:?}")).stdout.trim_end().to_owned()
}

/// A copy of a module's source that can be written to.
fn copied(go: &Go, scratch: &Path, module: &str, version: &str) -> PathBuf {
    let json = line(go, scratch, &["mod", "download", "-json", &format!("{module}@{version}")]);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let folder = scratch.join("module");
    copy_folder(Path::new(value["Dir"].as_str().unwrap()), &folder);
    run(Command::new("chmod").args(["-R", "u+w"]).arg(&folder)).expect_success("chmod");
    folder
}
