//! `goagent build|run|test|install`: list, plan, resolve, run go, report.
//!
//! In: the arguments of the command. Out: go's exit code. Any failure on goagent's own side is
//! reported, and the user's build continues without goagent (with `--strict` it does not).

mod archives;
mod config;
mod cost;
pub mod doctor;
mod document;
mod environment;
mod functions;
mod inspect;
mod invocation;
mod known;
mod listing;
pub mod options;
mod outcomes;
mod progress;
mod reasons;
mod report;
mod resolve;
mod settings;
pub mod show;
mod types_only;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::Context as _;
use camino::Utf8PathBuf;

use crate::embedded;
use crate::gotool::list::ListedPackage;
use crate::gotool::{Go, child, flags};
use crate::plan::{Plan, StartupTargets, tested};
use crate::report::Ending;
use crate::store::Store;
use crate::toolexec::protocol::{self, Session};
use crate::toolexec::transient::TransientFailures;

use cost::{Clock, Cost, Graph};
use document::BuildDocument;
use invocation::Invocation;
use listing::PackageListing;
use options::{BuildOptions, ReportTo};
use outcomes::Record;
use progress::Progress;
use report::{Detail, Summary};
use resolve::Main;
use settings::{Settings, SettingsError};
use types_only::TypesOnly;

/// The variable that takes goagent out of a build.
pub const SWITCH: &str = "GOAGENT";

/// Runs one of go's commands with the rules applied.
pub fn run(command: &str, words: &[String]) -> ExitCode {
    let clock = Clock::start();
    let invocation = Invocation::parse(command, words);
    if invocation.options.help {
        print!("{}", options::help(Some(command)));
        return ExitCode::SUCCESS;
    }
    if invocation.asks_go_for_help() {
        eprint_prefixed(&format!("its own flags are shown by `goagent {command} --help`"));
        return Go::from_path().exec([command, "-h"]);
    }
    if invocation.is_below_goagent() {
        return Go::from_path().exec(invocation.for_go(&[]));
    }
    child::watch();
    match environment::is_off(std::env::var(SWITCH).ok().as_deref()) {
        Ok(false) => {}
        Ok(true) => return switched_off(&invocation),
        Err(mistake) => return refused(&format!("goagent: {mistake}\n")),
    }
    if let Err(error) = Go::from_path().found() {
        eprint_prefixed(&child::not_run("go", &error));
        return ExitCode::from(127);
    }
    let settings = match Settings::load(&invocation) {
        Ok(settings) => settings,
        Err(SettingsError::Mistake(text)) => return refused(&text),
        Err(SettingsError::Trouble(reason)) => {
            let BuildOptions { strict, report, .. } = &invocation.options;
            let settings = Settings { strict: *strict, report: report.clone(), ..Settings::default() };
            return without_us(&invocation, &settings, &reason, ExitCode::from(1));
        }
    };
    match PreparedBuild::new(&invocation, &settings, clock) {
        Ok(mut prepared) => {
            let code = prepared.run(&invocation);
            prepared.store.sweep();
            code
        }
        Err(error) => without_us(&invocation, &settings, &format!("{error:#}"), ExitCode::from(1)),
    }
}

/// Rejects a request that is not understood: nothing is built.
fn refused(text: &str) -> ExitCode {
    eprint!("{text}");
    ExitCode::from(2)
}

/// Runs go's own command because of `GOAGENT=off`, and prints a line that says so.
fn switched_off(invocation: &Invocation) -> ExitCode {
    let options = &invocation.options;
    if options.strict {
        return refused("goagent: GOAGENT=off and --strict contradict each other; unset one of them\n");
    }
    if options.report != ReportTo::Json {
        eprint_prefixed("nothing is woven, by GOAGENT=off");
    }
    let settings = Settings { report: options.report.clone(), ..Settings::default() };
    write_report(invocation, &settings, (Ending::Off, None), None, &Summary::default());
    run_go(&invocation.for_go(&[]))
}

/// Prints lines on standard error, each marked as goagent's, so that they are distinct from go's
/// own.
fn eprint_prefixed(text: &str) {
    for line in text.lines() {
        eprintln!("goagent: {line}");
    }
}

/// Writes the report for programs.
fn write_report(
    invocation: &Invocation,
    settings: &Settings,
    (outcome, error): (Ending, Option<&str>),
    go: Option<&str>,
    summary: &Summary,
) {
    BuildDocument { command: &invocation.command, outcome, error, go, settings, summary }.write();
}

/// Continues the build without goagent, which failed on its own side.
fn without_us(invocation: &Invocation, settings: &Settings, reason: &str, strict: ExitCode) -> ExitCode {
    if settings.report != ReportTo::Json {
        eprint_prefixed(reason);
    }
    write_report(invocation, settings, (Ending::Uninstrumented, Some(reason)), None, &Summary::default());
    if settings.strict {
        return strict;
    }
    eprint_prefixed("the program is built without instrumentation; --strict makes this an error");
    run_go(&invocation.for_go(&[]))
}

/// A build that is ready to run.
struct PreparedBuild<'a> {
    settings: &'a Settings,
    store: Store,
    plan: Plan,
    packages: Vec<ListedPackage>,
    /// Go's version.
    go: String,
    session: Session,
    /// The file in which tools report transient failures.
    trouble: Option<TransientFailures>,
    /// The record in which the outcomes of the packages are stored.
    record: Option<Record>,
    /// The flags that bring goagent into go's build.
    ours: Vec<String>,
    /// The packages of which only the types are checked.
    types_only: Option<TypesOnly>,
    /// The file to which go writes its steps.
    graph: Option<Graph>,
    clock: Clock,
}

impl<'a> PreparedBuild<'a> {
    fn new(invocation: &Invocation, settings: &'a Settings, clock: Clock) -> anyhow::Result<Self> {
        let store = Store::open().context("no folder for goagent's files")?;
        let _held = store.hold();
        let listing = {
            let _progress = Progress::new("listing the packages");
            PackageListing::new(invocation)?
        };
        let boots = if invocation.command == "test" { StartupTargets::Named } else { StartupTargets::Mains };
        let plan = listing.plan(settings.rules(), boots)?;
        let go = listing.env.get("GOVERSION").trim_start_matches("go").to_owned();
        let mut prepared = Self {
            settings,
            store,
            plan,
            packages: Vec::new(),
            go,
            session: Session::default(),
            trouble: None,
            record: None,
            ours: Vec::new(),
            types_only: None,
            graph: Graph::new(&listing.flags, &listing.dir),
            clock,
        };
        if prepared.plan.is_idle() {
            let Plan { left_out, directives, .. } = std::mem::take(&mut prepared.plan);
            prepared.plan = Plan { left_out, directives, ..Plan::default() };
        } else {
            let _progress = Progress::new("preparing what is linked in");
            let session = prepared.resolve(&listing, invocation.options.types_only)?;
            prepared.record = Record::new(invocation, &listing, &session);
        }
        prepared.packages = listing.packages;
        Ok(prepared)
    }

    /// Returns the path of the session.
    fn resolve(&mut self, listing: &PackageListing, types_only: bool) -> anyhow::Result<Utf8PathBuf> {
        let (runtime_dir, runtime_digest) = embedded::runtime_module(&self.store)?;
        let mut environment = listing.env.compile_inputs();
        environment.push(runtime_digest);
        let inputs = resolve::Inputs {
            plan: &self.plan,
            mains: mains(&self.plan, &listing.packages, self.settings),
            go: Go::of_goroot(std::path::Path::new(listing.env.get("GOROOT"))).for_resolve(&runtime_dir),
            runtime_dir,
            flags: listing.resolve_flags()?,
            gcflags: &user_gcflags(&self.plan, listing),
            store: &self.store,
            uses_cgo_packages: listing
                .packages
                .iter()
                .any(|p| matches!(p.path.as_str(), "net" | "os/user" | "runtime/cgo")),
            environment: environment.join("\n"),
            program: this_program()?,
            then: flags::last(&listing.flags, "toolexec").map(str::to_owned),
        };
        let (session_path, session) = resolve::session(&inputs)?;
        self.session = session;
        self.ours = resolve::marks(self.session.named_marks(), inputs.gcflags);
        let users = flags::last(&listing.flags, "gcflags").map(|value| format!(",{value}"));
        self.ours.push(format!("-gcflags={}{}", protocol::LAST, users.unwrap_or_default()));
        let trouble = TransientFailures::none().context("no temporary file")?;
        let told_in = Some(trouble.path()?);
        self.trouble = Some(trouble);
        let toolexec = |types_only: &[String]| {
            let (told_in, then) = (told_in.as_deref(), inputs.then.as_deref());
            resolve::toolexec_flag(&inputs.program, &session_path, told_in, types_only, then)
        };
        if types_only {
            let packages = types_only::packages(&listing.packages, &self.session);
            let flags = self.ours.iter().cloned().chain([toolexec(&packages)]).collect();
            self.types_only = (!packages.is_empty()).then_some(TypesOnly { packages, flags });
        }
        self.ours.push(toolexec(&[]));
        Ok(session_path)
    }

    /// Checks the types of packages, if that is asked for. Returns `None` if it is not enough: then
    /// go shows what is wrong.
    fn check_types(&mut self, invocation: &Invocation) -> Option<ExitCode> {
        let TypesOnly { packages, flags } = self.types_only.as_ref()?;
        let go = Go::from_path().command(invocation.for_go(flags));
        let output = self.clock.time_go(|| go.and_then(|mut command| child::output(&mut command))).ok()?;
        let reports = self.trouble.iter().flat_map(TransientFailures::reports);
        let known: BTreeSet<String> = reports.flat_map(|seen| seen.packages).collect();
        let is_enough = output.status.success() || packages.iter().all(|package| known.contains(package));
        is_enough.then(|| self.summarise(invocation, None).unwrap_or(ExitCode::SUCCESS))
    }

    fn run(&mut self, invocation: &Invocation) -> ExitCode {
        if let Some(code) = self.check_types(invocation) {
            return code;
        }
        let ours = self.with_graph();
        if invocation.command == "run" {
            // The program starts as soon as go has linked it, so the summary of the woven rules is
            // printed before. The real run shows compile errors.
            let compile = Go::from_path().command(invocation.compile_only(&ours));
            let compiled = {
                let _progress = Progress::new("building");
                self.clock.time_go(|| compile.and_then(|mut command| child::output(&mut command)))
            };
            let done = compiled.is_ok_and(|output| output.status.success());
            if let Some(code) = done.then(|| self.summarise(invocation, None)).flatten() {
                return code;
            }
            if !done {
                self.failed(invocation);
            }
            return run_go(&invocation.for_go(&self.ours));
        }
        let code = self.clock.time_go(|| run_go(&invocation.for_go(&ours)));
        if code == ExitCode::SUCCESS {
            return self.summarise(invocation, None).unwrap_or(code);
        }
        // A tool process that met a transient failure has reported it: the build is repeated
        // without marks.
        let told =
            self.trouble.as_ref().and_then(TransientFailures::reason).filter(|_| !child::interrupted());
        let Some(reason) = told else {
            if invocation.command == "test" {
                // Tests that fail are woven nevertheless.
                self.summarise(invocation, Some(Ending::GoFailed));
            } else {
                self.failed(invocation);
            }
            return code;
        };
        without_us(invocation, self.settings, &reason, code)
    }

    /// Returns the flags for a build whose steps go writes to a file. `go list` takes the flags
    /// without that file's.
    fn with_graph(&self) -> Vec<String> {
        let flag = self.graph.iter().flat_map(Graph::flag);
        self.ours.iter().chain(flag).cloned().collect()
    }

    /// Reports to programs that go failed; go itself has printed the error.
    fn failed(&self, invocation: &Invocation) {
        let summary = Summary::planned(&self.plan, &self.packages, self.settings);
        write_report(invocation, self.settings, (Ending::GoFailed, None), Some(&self.go), &summary);
    }

    /// Prints the summary. Returns an exit code if `--strict` requires one.
    fn summarise(&self, invocation: &Invocation, outcome: Option<Ending>) -> Option<ExitCode> {
        if flags::is_on(&invocation.words.flags, "n") {
            return None; // go has only printed its commands
        }
        let settings = self.settings;
        let archives = |packages: &[&str]| archives::find(invocation, &self.ours, packages);
        let (session, record) = (&self.session, self.record.as_ref());
        let seen = self.trouble.iter().flat_map(TransientFailures::reports).collect();
        // A mistake in the body of a port shows in a main, to which no rule may apply.
        let bodies = self.plan.mains_with_bodies();
        let is_wanted =
            |package: &&str| self.plan.units.contains_key(*package) || bodies.contains_key(package);
        let wanted = session.marks.keys().map(String::as_str).filter(is_wanted).collect();
        let sources = outcomes::ReportSources { session, seen, store: &self.store, record, wanted };
        let (reports, notes) = outcomes::collect(sources, archives);
        let mut summary = Summary::new(&self.plan, &self.packages, session, settings, (&reports, notes));
        let compiled = self.graph.as_ref().and_then(Graph::compiled);
        summary.cost = Some(Cost { compiled, own: self.clock.own_time() });
        if settings.report != ReportTo::Json {
            let detail = if settings.verbose { Detail::Rules } else { Detail::Packages };
            eprint!("{}", summary.text(detail, "wove"));
        }
        let found = if summary.woven.is_empty() { Ending::Nothing } else { Ending::Woven };
        write_report(invocation, settings, (outcome.unwrap_or(found), None), Some(&self.go), &summary);
        if settings.strict && !summary.is_complete() {
            eprint_prefixed(&not_all(&summary));
            return Some(ExitCode::from(1));
        }
        None
    }
}

/// Returns the message of `--strict`.
fn not_all(summary: &Summary) -> String {
    format!("not everything was woven ({} skipped), which --strict makes an error", summary.missing())
}

fn run_go(words: &[String]) -> ExitCode {
    match Go::from_path().command(words).and_then(|mut command| child::status(&mut command)) {
        Ok(status) => child::exit_code(status),
        Err(error) => {
            eprint_prefixed(&child::not_run("go", &error));
            ExitCode::from(127)
        }
    }
}

/// Returns the user's own compiler flags for each package that may be marked.
fn user_gcflags(plan: &Plan, listing: &PackageListing) -> BTreeMap<String, String> {
    let marked = |p: &&ListedPackage| plan.units.contains_key(&p.path) || plan.boots.contains(&p.path);
    let own = |package: &ListedPackage| {
        let list = flags::user_gcflags(&listing.flags, listing::subject(package), listing.dir.as_str());
        (package.path.clone(), list.to_owned())
    };
    listing.packages.iter().filter(marked).map(own).collect()
}

/// Returns the content of each main's report on its program. Each covers its own packages only, so
/// that it is the same program whatever else is built with it.
fn mains(plan: &Plan, packages: &[ListedPackage], settings: &Settings) -> BTreeMap<String, Main> {
    let of = |main: &String| {
        let below: BTreeSet<&str> = packages
            .iter()
            .filter(|package| tested(&package.path) == main)
            .flat_map(|package| package.deps.iter().chain([&package.path]))
            .map(|path| path.split(' ').next().unwrap_or_default())
            .collect();
        let left_out = plan.left_out.iter().filter(|one| below.contains(one.package.as_str()));
        let units = plan.units.keys().filter(|package| below.contains(package.as_str()));
        let present = packages.iter().filter(|package| below.contains(package.path.as_str()));
        let main_says = Main {
            left_out: left_out.cloned().collect(),
            uncovered: known::uncovered(present, settings),
            units: units.cloned().collect(),
        };
        (main.clone(), main_says)
    };
    plan.boots.iter().map(of).collect()
}

fn this_program() -> anyhow::Result<Utf8PathBuf> {
    let program = std::env::current_exe().context("goagent does not know where it is")?;
    Utf8PathBuf::from_path_buf(program).map_err(|p| anyhow::anyhow!("{} is not UTF-8", p.display()))
}
