//! `goagent build|run|test|install`: list, plan, resolve, run go, report.
//!
//! In: the words behind the command. Out: the exit code of go. Whatever goes wrong on goagent's own side is said, and the
//! user's build goes on without it (with `--strict` it does not).

mod report;
mod resolve;

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};

use crate::bundle::Bundle;
use crate::embedded;
use crate::gotool::flags::{self, Flag, Words};
use crate::gotool::list::{Package, list};
use crate::gotool::{Go, GoEnv};
use crate::plan::{Boots, Plan, plan};
use crate::toolexec::protocol::{Session, Store};
use crate::version::Version;

use report::Summary;

/// goagent's own flags.
#[derive(Debug, Default)]
struct Options {
    bundles: Vec<String>,
    no_std: bool,
    strict: bool,
    verbose: bool,
}

/// A command line, taken apart.
struct Invocation {
    command: String,
    words: Words,
    options: Options,
}

impl Invocation {
    fn parse(command: &str, words: &[String]) -> Self {
        let mut words = flags::parse(words, command);
        let mut options = Options::default();
        words.flags.retain(|flag| !options.take(flag));
        Self { command: command.to_owned(), words, options }
    }

    /// GOFLAGS count first, as for go.
    fn all_flags(&self, env: &GoEnv) -> Vec<Flag> {
        let mut all = flags::parse_goflags(env.get("GOFLAGS"));
        all.extend(self.words.flags.iter().cloned());
        all
    }

    /// The words for go: its flags, then ours, then packages and the program's arguments.
    fn for_go(&self, ours: &[String]) -> Vec<String> {
        let (first, others): (Vec<&Flag>, Vec<&Flag>) =
            self.words.flags.iter().partition(|flag| flag.name == "C");
        let mut out = vec![self.command.clone()];
        out.extend(first.into_iter().chain(others).map(Flag::word));
        out.extend(ours.iter().cloned());
        out.extend(self.words.packages.iter().cloned());
        out.extend(self.words.rest.iter().cloned());
        out
    }

    fn dir(&self) -> Utf8PathBuf {
        let cwd = std::env::current_dir()
            .ok()
            .and_then(|dir| Utf8PathBuf::from_path_buf(dir).ok())
            .unwrap_or_default();
        cwd.join(flags::last(&self.words.flags, "C").unwrap_or_default())
    }
}

impl Options {
    /// Takes a flag that is ours.
    fn take(&mut self, flag: &Flag) -> bool {
        match (flag.name.as_str(), &flag.value) {
            ("bundle", Some(file)) => self.bundles.push(file.clone()),
            ("no-std", None) => self.no_std = true,
            ("strict", None) => self.strict = true,
            ("verbose", None) => self.verbose = true,
            _ => return false,
        }
        true
    }
}

/// Runs one of go's commands with the rules applied.
pub fn run(command: &str, words: &[String]) -> ExitCode {
    let invocation = Invocation::parse(command, words);
    match Prepared::new(&invocation) {
        Ok(prepared) => prepared.run(&invocation),
        Err(Trouble::Refused(error)) => {
            eprintln!("goagent: {error:#}");
            ExitCode::from(2)
        }
        Err(Trouble::Passing(error)) => {
            eprintln!("goagent: {error:#}");
            if invocation.options.strict {
                return ExitCode::from(1);
            }
            eprintln!("goagent: the program is built without instrumentation; --strict makes this an error");
            run_go(&invocation.for_go(&[]))
        }
    }
}

/// Why a build is not prepared.
enum Trouble {
    /// The command line asks for something that cannot be: nothing is built.
    Refused(anyhow::Error),
    /// goagent's own trouble: the build goes on without it.
    Passing(anyhow::Error),
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        Self::Passing(error)
    }
}

/// A build that is ready to run.
struct Prepared {
    store: Store,
    plan: Plan,
    session: Session,
    session_path: Utf8PathBuf,
    packages: Vec<Package>,
    gcflags: BTreeMap<String, String>,
    program: Utf8PathBuf,
}

impl Prepared {
    fn new(invocation: &Invocation) -> Result<Self, Trouble> {
        let store = Store::open().context("no folder for goagent's files")?;
        let bundles = load_bundles(&invocation.options, &store)?;
        let dir = invocation.dir();
        let env = Go::from_path().in_dir(&dir).env().context("`go env` tells nothing")?;
        let all_flags = invocation.all_flags(&env);
        if let Some(other) = flags::last(&all_flags, "toolexec") {
            let error =
                anyhow::anyhow!("-toolexec={other} is given already, and go takes only one: leave it out");
            return Err(Trouble::Refused(error));
        }
        let packages = list_build(invocation, &all_flags)?;
        let version = Version::parse(env.get("GOVERSION"))
            .with_context(|| format!("Go's version {:?} is not understood", env.get("GOVERSION")))?;
        let boots = if invocation.command == "test" { Boots::Named } else { Boots::Mains };
        let plan = plan(&bundles, &packages, &version, boots);
        let program = this_program()?;
        let gcflags = user_gcflags(&plan, &packages, &all_flags, &dir);
        let flags = resolve_flags(&all_flags, &packages);
        let (session_path, session) = resolve_session(&plan, &env, flags, &gcflags, &store, &program)?;
        Ok(Self { store, plan, session, session_path, packages, gcflags, program })
    }

    fn run(&self, invocation: &Invocation) -> ExitCode {
        let mut ours = resolve::marks(&self.session, &self.gcflags);
        ours.push(resolve::toolexec_flag(&self.program, &self.session_path));
        if invocation.command == "run" {
            // The program starts as soon as go has linked it: what was woven is said before.
            let compiled = self.compile_only(invocation, &ours);
            if !compiled {
                return run_go(&invocation.for_go(&ours));
            }
            return match self.summarise(invocation) {
                Some(code) => code,
                None => run_go(&invocation.for_go(&ours)),
            };
        }
        let code = run_go(&invocation.for_go(&ours));
        if code != ExitCode::SUCCESS {
            return self.after_failure(invocation, code);
        }
        self.summarise(invocation).unwrap_or(code)
    }

    /// Compiles everything and links nothing; quiet, since a failure is shown by the real run.
    fn compile_only(&self, invocation: &Invocation, ours: &[String]) -> bool {
        let mut words = vec!["build".to_owned()];
        let skipped = ["exec", "o", "x", "n", "v", "work"];
        let flags = invocation.words.flags.iter().filter(|f| !skipped.contains(&f.name.as_str()));
        words.extend(flags.map(Flag::word));
        words.extend(ours.iter().cloned());
        words.push(format!("-o={}", if cfg!(windows) { "NUL" } else { "/dev/null" }));
        words.extend(invocation.words.packages.iter().cloned());
        Go::from_path().command(&words).output().is_ok_and(|output| output.status.success())
    }

    /// A tool process that met trouble of a passing kind has said so: the build is repeated without marks.
    fn after_failure(&self, invocation: &Invocation, code: ExitCode) -> ExitCode {
        let failed = format!("{}.failed", self.session_path);
        let Ok(reason) = fs_err::read_to_string(&failed) else { return code };
        let _ = fs_err::remove_file(&failed);
        eprintln!("goagent: {reason}");
        if invocation.options.strict {
            return code;
        }
        eprintln!("goagent: the program is built without instrumentation; --strict makes this an error");
        run_go(&invocation.for_go(&[]))
    }

    /// Prints the summary; an exit code where `--strict` asks for one.
    fn summarise(&self, invocation: &Invocation) -> Option<ExitCode> {
        let summary = Summary::of(&self.plan, &self.session, &self.store, &self.packages);
        eprint!("{}", summary.text(invocation.options.verbose));
        if invocation.options.strict && !summary.is_complete() {
            eprintln!("goagent: not everything was woven, which --strict makes an error");
            return Some(ExitCode::from(1));
        }
        None
    }
}

/// The user's own compiler flags for each package that may be marked.
fn user_gcflags(
    plan: &Plan,
    packages: &[Package],
    all_flags: &[Flag],
    dir: &Utf8Path,
) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for package in packages {
        if plan.units.contains_key(&package.path) || plan.boots.contains(&package.path) {
            let Package { path, dir: folder, standard, named, .. } = package;
            let subject = flags::Subject { path, dir: folder, standard: *standard, named: *named };
            out.insert(path.clone(), flags::user_gcflags(all_flags, subject, dir.as_str()).to_owned());
        }
    }
    out
}

fn run_go(words: &[String]) -> ExitCode {
    match Go::from_path().command(words).status() {
        Ok(status) => ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
        Err(error) => {
            eprintln!("goagent: `go` could not be run: {error}; install Go, or put it on PATH");
            ExitCode::from(127)
        }
    }
}

fn load_bundles(options: &Options, store: &Store) -> Result<Vec<Bundle>, Trouble> {
    let mut bundles = Vec::new();
    if !options.no_std {
        bundles.push(embedded::standard_bundle(store)?);
    }
    for file in &options.bundles {
        let read = || anyhow::Ok(Bundle::decode(&fs_err::read(file)?)?);
        bundles.push(read().with_context(|| format!("--bundle {file}")).map_err(Trouble::Refused)?);
    }
    Ok(bundles)
}

/// What is in the user's build.
fn list_build(invocation: &Invocation, all_flags: &[Flag]) -> anyhow::Result<Vec<Package>> {
    let mut words = vec!["-deps".to_owned()];
    if invocation.command == "test" {
        words.push("-test".to_owned());
    }
    words.extend(flags::for_plan(all_flags));
    let mut packages = invocation.words.packages.clone();
    if packages.is_empty() {
        packages.push(".".to_owned());
    }
    list(&Go::from_path(), &words, &packages, false).context("the packages of this build cannot be listed")
}

fn resolve_session(
    plan: &Plan,
    env: &GoEnv,
    flags: Vec<String>,
    gcflags: &BTreeMap<String, String>,
    store: &Store,
    program: &Utf8Path,
) -> anyhow::Result<(Utf8PathBuf, Session)> {
    let (runtime_dir, runtime_digest) = embedded::runtime_module(store)?;
    let mut environment = env.compile_inputs();
    environment.push(runtime_digest);
    let go = Go::of_goroot(std::path::Path::new(env.get("GOROOT"))).for_resolve(runtime_dir);
    let inputs = resolve::Inputs {
        plan,
        manifest: manifest(plan),
        go,
        flags,
        gcflags,
        store,
        environment: environment.join("\n"),
        program: program.to_owned(),
    };
    resolve::session(&inputs)
}

/// The user's flags that matter to archives. `-pgo=auto`, the default, is the profile in main's folder.
fn resolve_flags(all_flags: &[Flag], packages: &[Package]) -> Vec<String> {
    let mut words = flags::for_resolve(all_flags);
    if flags::last(all_flags, "pgo").is_none_or(|pgo| pgo == "auto") {
        words.retain(|word| !word.starts_with("-pgo="));
        let profile = packages
            .iter()
            .filter(|p| p.named && p.name == "main")
            .map(|p| Utf8Path::new(&p.dir).join("default.pgo"))
            .find(|profile| profile.exists());
        words.extend(profile.map(|profile| format!("-pgo={profile}")));
    }
    words
}

/// What main is told: which plugins were applied to which packages.
fn manifest(plan: &Plan) -> String {
    let mut woven = BTreeMap::new();
    for unit in plan.units.values() {
        let plugins: std::collections::BTreeSet<&str> =
            unit.rules.iter().map(|r| r.plugin.as_str()).collect();
        let version = unit.version.as_ref().map(ToString::to_string).unwrap_or_default();
        woven.insert(unit.package.as_str(), serde_json::json!({ "version": version, "plugins": plugins }));
    }
    serde_json::json!({ "goagent": env!("CARGO_PKG_VERSION"), "woven": woven }).to_string()
}

fn this_program() -> anyhow::Result<Utf8PathBuf> {
    let program = std::env::current_exe().context("goagent does not know where it is")?;
    Utf8PathBuf::from_path_buf(program).map_err(|p| anyhow::anyhow!("{} is not UTF-8", p.display()))
}
