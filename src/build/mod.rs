//! `goagent build|run|test|install`: list, plan, resolve, run go, report.
//!
//! In: the words behind the command. Out: the exit code of go. Whatever goes wrong on goagent's own side is said, and the
//! user's build goes on without it (with `--strict` it does not).

mod archives;
mod invocation;
mod listing;
mod report;
mod resolve;
pub mod show;

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Context as _;
use camino::Utf8PathBuf;

use crate::bundle::Bundle;
use crate::embedded;
use crate::gotool::list::Package;
use crate::gotool::{Go, child, flags};
use crate::plan::{Boots, Plan, plan};
use crate::store::Store;
use crate::toolexec::protocol::{self, Session};
use crate::toolexec::trouble::Trouble;

use invocation::{Invocation, Options};
use listing::Listing;
use report::Summary;

/// Runs one of go's commands with the rules applied.
pub fn run(command: &str, words: &[String]) -> ExitCode {
    child::watch();
    let invocation = Invocation::parse(command, words);
    let bundles = match load_bundles(&invocation.options) {
        Ok(bundles) => bundles,
        Err(error) => {
            eprintln!("goagent: {error:#}");
            return ExitCode::from(2);
        }
    };
    match Prepared::new(&invocation, &bundles) {
        Ok(prepared) => {
            let code = prepared.run(&invocation);
            prepared.store.sweep();
            code
        }
        Err(error) => {
            eprintln!("goagent: {error:#}");
            without_us(&invocation, ExitCode::from(1))
        }
    }
}

/// goagent has trouble of its own: the build goes on without it.
fn without_us(invocation: &Invocation, strict: ExitCode) -> ExitCode {
    if invocation.options.strict {
        return strict;
    }
    eprintln!("goagent: the program is built without instrumentation; --strict makes this an error");
    run_go(&invocation.for_go(&[]))
}

/// A build that is ready to run.
#[derive(Default)]
struct Prepared {
    store: Store,
    plan: Plan,
    packages: Vec<Package>,
    session: Session,
    /// Where tools tell of trouble that passes.
    trouble: Option<Trouble>,
    /// The flags that bring goagent into go's build.
    ours: Vec<String>,
}

impl Prepared {
    fn new(invocation: &Invocation, bundles: &[Bundle]) -> anyhow::Result<Self> {
        let store = Store::open().context("no folder for goagent's files")?;
        let _held = store.hold();
        let listing = Listing::of(invocation)?;
        let boots = if invocation.command == "test" { Boots::Named } else { Boots::Mains };
        let plan = plan(bundles, &listing.packages, &listing.go_version()?, boots);
        if plan.is_idle() {
            let plan = Plan { left_out: plan.left_out, ..Plan::default() };
            return Ok(Self { packages: listing.packages, plan, store, ..Self::default() });
        }
        let (runtime_dir, runtime_digest) = embedded::runtime_module(&store)?;
        let mut environment = listing.env.compile_inputs();
        environment.push(runtime_digest);
        let inputs = resolve::Inputs {
            plan: &plan,
            manifest: manifest(&plan),
            go: Go::of_goroot(std::path::Path::new(listing.env.get("GOROOT"))).for_resolve(&runtime_dir),
            runtime_dir,
            flags: listing.resolve_flags()?,
            gcflags: &user_gcflags(&plan, &listing),
            store: &store,
            uses_cgo_packages: listing
                .packages
                .iter()
                .any(|p| matches!(p.path.as_str(), "net" | "os/user" | "runtime/cgo")),
            environment: environment.join("\n"),
            program: this_program()?,
            then: flags::last(&listing.flags, "toolexec").map(str::to_owned),
        };
        let (session_path, session) = resolve::session(&inputs)?;
        let mut ours = resolve::marks(&session, inputs.gcflags);
        let trouble = Trouble::none().context("no temporary file")?;
        let told_in = Some(trouble.path()?);
        ours.push(resolve::toolexec_flag(
            &inputs.program,
            &session_path,
            told_in.as_deref(),
            inputs.then.as_deref(),
        ));
        Ok(Self { packages: listing.packages, plan, session, trouble: Some(trouble), ours, store })
    }

    fn run(&self, invocation: &Invocation) -> ExitCode {
        if invocation.command == "run" {
            // The program starts as soon as go has linked it: what was woven is said before. What does not compile is
            // shown by the real run.
            let compiled = child::output(&mut Go::from_path().command(invocation.compile_only(&self.ours)));
            let done = compiled.is_ok_and(|output| output.status.success());
            if let Some(code) = done.then(|| self.summarise(invocation)).flatten() {
                return code;
            }
            return run_go(&invocation.for_go(&self.ours));
        }
        let code = run_go(&invocation.for_go(&self.ours));
        if code == ExitCode::SUCCESS {
            return self.summarise(invocation).unwrap_or(code);
        }
        // A tool process that met trouble of a passing kind has said so: the build is repeated without marks.
        let told = self.trouble.as_ref().and_then(Trouble::told).filter(|_| !child::interrupted());
        let Some(reason) = told else {
            if invocation.command == "test" {
                // Tests that fail were woven all the same.
                self.summarise(invocation);
            }
            return code;
        };
        eprintln!("goagent: {reason}");
        without_us(invocation, code)
    }

    /// Prints the summary; an exit code where `--strict` asks for one.
    fn summarise(&self, invocation: &Invocation) -> Option<ExitCode> {
        let archives = |packages: &[&str]| archives::of(invocation, &self.ours, packages);
        let summary = Summary::of(&self.plan, &self.session, &self.store, &self.packages, archives);
        eprint!("{}", summary.text(invocation.options.verbose));
        if invocation.options.strict && !summary.is_complete() {
            eprintln!("goagent: not everything was woven, which --strict makes an error");
            return Some(ExitCode::from(1));
        }
        None
    }
}

fn run_go(words: &[String]) -> ExitCode {
    match child::status(&mut Go::from_path().command(words)) {
        Ok(status) => child::exit_code(status),
        Err(error) => {
            eprintln!("goagent: `go` could not be run: {error}; install Go, or put it on PATH");
            ExitCode::from(127)
        }
    }
}

fn load_bundles(options: &Options) -> anyhow::Result<Vec<Bundle>> {
    let mut bundles = Vec::new();
    if !options.no_std {
        bundles.push(embedded::standard_bundle(&Store::open()?)?);
    }
    for file in &options.bundles {
        let read = || anyhow::Ok(Bundle::decode(&fs_err::read(file)?)?);
        bundles.push(read().with_context(|| format!("--bundle {file}"))?);
    }
    Ok(bundles)
}

/// The user's own compiler flags for each package that may be marked.
fn user_gcflags(plan: &Plan, listing: &Listing) -> BTreeMap<String, String> {
    let marked = |p: &&Package| plan.units.contains_key(&p.path) || plan.boots.contains(&p.path);
    let own = |package: &Package| {
        let Package { path, dir, standard, named, .. } = package;
        let subject = flags::Subject { path, dir, standard: *standard, named: *named };
        (path.clone(), flags::user_gcflags(&listing.flags, subject, listing.dir.as_str()).to_owned())
    };
    listing.packages.iter().filter(marked).map(own).collect()
}

/// What main is told, and `goagent inspect` reads: which rules of which plugins are for which packages.
fn manifest(plan: &Plan) -> String {
    let mut woven = BTreeMap::new();
    for unit in plan.units.values() {
        let mut plugins: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for placed in &unit.rules {
            plugins.entry(&placed.plugin).or_default().push(&placed.rule.name);
        }
        let version = unit.version.as_ref().map(ToString::to_string).unwrap_or_default();
        let digest: String = unit.digest().chars().take(16).collect();
        let value = serde_json::json!({ "version": version, "digest": digest, "rules": plugins });
        woven.insert(unit.package.as_str(), value);
    }
    let manifest = serde_json::json!({ "goagent": env!("CARGO_PKG_VERSION"), "woven": woven });
    format!("{}{manifest}", protocol::MANIFEST)
}

fn this_program() -> anyhow::Result<Utf8PathBuf> {
    let program = std::env::current_exe().context("goagent does not know where it is")?;
    Utf8PathBuf::from_path_buf(program).map_err(|p| anyhow::anyhow!("{} is not UTF-8", p.display()))
}
