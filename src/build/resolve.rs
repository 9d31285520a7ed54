//! Turns a plan into a session: the digest of every marked package, the woven runtime, and an
//! archive for everything that woven code imports.
//!
//! Archives come from `go list -export` in goagent's own module, with the user's flags: nothing
//! enters the user's module graph. They are made in layers, since a package that is woven itself
//! (net/http) has to be marked before anything that imports it (the exporter) is made.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::reasons::{cycle_note, runtime_note};
use crate::codegen::RUNTIME;
use crate::embedded;
use crate::gotool::flags::OwnFlags;
use crate::gotool::list::{DependencyScope, ListedPackage, list};
use crate::gotool::{Go, archive, flags};
use crate::plan::{Plan, UnwovenTarget};
use crate::report::UncoveredLibrary;
use crate::store::{Store, load, save, use_file, write_whole};
use crate::toolexec::BOOTS;
use crate::toolexec::protocol::{
    Job, LAYOUT, MARK, Note, PackageReport, ProgramRemarks, SESSION, Session, SessionNote, Swap, THEN,
};
use crate::toolexec::transient::TROUBLE;
use crate::toolexec::types_only::TYPES_ONLY;
use crate::weave::{REVISION, Unit};

/// Everything that a session depends on.
pub struct Inputs<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The content of each main besides the woven code.
    pub mains: BTreeMap<String, Main>,
    /// The toolchain, in the folder of the runtime module, with an environment of its own.
    pub go: Go,
    /// The folder of the runtime module.
    pub runtime_dir: Utf8PathBuf,
    /// The user's flags that matter to archives.
    pub flags: Vec<String>,
    /// The user's own compiler flags for the packages that may be marked.
    pub gcflags: &'a BTreeMap<String, String>,
    /// The store of goagent's files.
    pub store: &'a Store,
    /// True if the program itself has one of the packages that use cgo if they can. If it has none,
    /// the linked-in code does without cgo as well: Go detects no deadlock in a program that has
    /// cgo.
    pub uses_cgo_packages: bool,
    /// The environment that compiles depend on, with the digest of the runtime module.
    pub environment: String,
    /// The path of this program.
    pub program: Utf8PathBuf,
    /// The user's own `-toolexec`.
    pub then: Option<String>,
}

/// The report of a main on its program, which does not depend on what else is built.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Main {
    /// The plugins that are left out of packages below it.
    pub left_out: Vec<UnwovenTarget>,
    /// The libraries below it that no plugin covers.
    pub uncovered: Vec<UncoveredLibrary>,
    /// The packages below it that are woven.
    pub units: BTreeSet<String>,
}

/// Returns the session of these inputs: the stored one, or a new one.
pub fn session(inputs: &Inputs<'_>) -> anyhow::Result<(Utf8PathBuf, Session)> {
    let path = inputs.store.session(&key(inputs)?);
    if use_file(&path)
        && let Ok(session) = load::<Session>(&path)
        && is_whole(&session, inputs.store)
    {
        return Ok((path, session));
    }
    let mut resolver = Resolver {
        inputs,
        session: Session::default(),
        path: path.clone(),
        archives: BTreeMap::new(),
        below: BTreeMap::new(),
        runtime: String::new(),
    };
    resolver.resolve()?;
    save(&path, &resolver.session)?;
    Ok((path, resolver.session))
}

fn key(inputs: &Inputs<'_>) -> anyhow::Result<String> {
    let units: Vec<&Unit> = inputs.plan.units.values().collect();
    let mut hasher = blake3::Hasher::new();
    let build = (&inputs.flags, inputs.gcflags, &inputs.environment, &inputs.then, inputs.uses_cgo_packages);
    let boots = (&inputs.plan.boots, &inputs.plan.bodies);
    let parts = (REVISION, LAYOUT, units, boots, &inputs.mains, build);
    hasher.update(&postcard::to_stdvec(&parts)?);
    Ok(short(&hasher))
}

fn short(hasher: &blake3::Hasher) -> String {
    hasher.finalize().to_hex().chars().take(32).collect()
}

/// Returns true if every file that a session names still exists; from now on they count as used.
fn is_whole(session: &Session, store: &Store) -> bool {
    let runtime = session.runtime.iter().map(|swap| &swap.archive);
    session.link.values().chain(runtime).all(|path| use_file(path))
        && session.marks.values().all(|digest| use_file(&store.job(digest)))
}

/// Returns the second half of a build id. The first half identifies the input, in which the
/// archive's folder may be.
fn content_of(build_id: &str) -> &str {
    build_id.rsplit('/').next().unwrap_or(build_id)
}

struct Resolver<'a> {
    inputs: &'a Inputs<'a>,
    session: Session,
    path: Utf8PathBuf,
    /// Import path → copy of the archive and the id of its content.
    archives: BTreeMap<String, (Utf8PathBuf, String)>,
    /// The packages below each package that woven code imports.
    below: BTreeMap<String, BTreeSet<String>>,
    /// The id of the woven runtime's content.
    runtime: String,
}

impl Resolver<'_> {
    fn resolve(&mut self) -> anyhow::Result<()> {
        let mut tags = Vec::new();
        if !self.inputs.uses_cgo_packages {
            tags.extend(["netgo".to_owned(), "osusergo".to_owned()]);
        }
        tags.extend(embedded::tags_without(&self.weave_runtime()?));
        let mut pending: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for unit in self.inputs.plan.units.values().filter(|unit| unit.package != RUNTIME) {
            pending.insert(unit.package.as_str(), unit.imports());
        }
        let plan = self.inputs.plan;
        let bodies = plan.bodies.values().map(|all| Unit { bodies: all.clone(), ..Unit::empty("") });
        let bodies: BTreeSet<String> = bodies.flat_map(|unit| unit.imports()).collect();
        let wanted =
            pending.values().flatten().chain(&bodies).cloned().chain(BOOTS.map(str::to_owned)).collect();
        self.below = self.dependencies(&wanted, &tags)?;
        self.mark_in_layers(pending, &tags)?;
        self.boot(bodies, &tags)
    }

    /// Marks packages as soon as everything below their imports is settled. Packages that never
    /// settle are reported as a cycle.
    fn mark_in_layers(
        &mut self,
        mut pending: BTreeMap<&str, BTreeSet<String>>,
        tags: &[String],
    ) -> anyhow::Result<()> {
        while !pending.is_empty() {
            let unsettled: BTreeSet<&str> = pending.keys().copied().collect();
            let is_settled = |import: &String| {
                let closure = self.below.get(import);
                closure.is_some_and(|c| !c.iter().any(|dep| unsettled.contains(dep.as_str())))
                    && !unsettled.contains(import.as_str())
            };
            let ready: Vec<&str> = pending
                .iter()
                .filter(|(_, imports)| imports.iter().all(is_settled))
                .map(|(path, _)| *path)
                .collect();
            if ready.is_empty() {
                for (package, imports) in &pending {
                    self.session.notes.push(cycle_note(package, imports, &self.below));
                }
                return Ok(());
            }
            let imports: BTreeSet<String> =
                ready.iter().filter_map(|path| pending.get(path)).flatten().cloned().collect();
            self.export(&imports, tags)?;
            for package in ready {
                let imports = pending.remove(package).unwrap_or_default();
                self.mark(package, imports, None)?;
            }
        }
        Ok(())
    }

    /// Exports the start-up package, which needs everything else to be marked; then marks the
    /// mains. The packages of which the start-up package itself is made (net/http) get no mark for
    /// their own tests: there they are compiled with their test files, and the two do not link.
    fn boot(&mut self, bodies: BTreeSet<String>, tags: &[String]) -> anyhow::Result<()> {
        let mut wanted = bodies;
        wanted.extend(BOOTS.map(str::to_owned));
        self.export(&wanted, tags)?;
        let below = self.below.get(BOOTS[0]).cloned();
        let is_part = |package: &String| {
            let tested = package.strip_suffix(".test").or_else(|| package.strip_suffix("_test"));
            below.as_ref().is_some_and(|below| below.contains(tested.unwrap_or(package)))
        };
        for package in self.inputs.plan.boots.iter().filter(|package| !is_part(package)) {
            let mut imports = self.inputs.plan.boot_unit(package).imports();
            imports.extend(BOOTS.map(str::to_owned));
            let main = self.inputs.mains.get(package).cloned().unwrap_or_default();
            let notes = self.session.notes.iter();
            let notes = notes.filter(|note| note.package == RUNTIME || main.units.contains(&note.package));
            let notes = notes.map(|note| note.text.clone()).collect();
            self.mark(
                package,
                imports,
                Some(ProgramRemarks { left_out: main.left_out, uncovered: main.uncovered, notes }),
            )?;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.runtime.as_bytes());
        for (path, (file, content)) in &self.archives {
            hasher.update(&[0]).update(path.as_bytes()).update(&[0]).update(content.as_bytes());
            self.session.link.insert(path.clone(), file.clone());
        }
        self.session.content = short(&hasher);
        Ok(())
    }

    /// Writes the job of a package and gives it its mark.
    fn mark(
        &mut self,
        package: &str,
        imports: BTreeSet<String>,
        remarks: Option<ProgramRemarks>,
    ) -> anyhow::Result<()> {
        let plan = self.inputs.plan;
        let unit = if remarks.is_some() { plan.boot_unit(package) } else { plan.unit(package) };
        let mut hasher = blake3::Hasher::new();
        hasher.update(&postcard::to_stdvec(&(REVISION, LAYOUT, &unit, &remarks))?);
        let mut archives = BTreeMap::new();
        for import in imports {
            if let Some((file, content)) = self.archives.get(&import) {
                hasher.update(import.as_bytes()).update(&[0]).update(content.as_bytes()).update(&[0]);
                archives.insert(import, file.clone());
            }
        }
        let digest = short(&hasher);
        save(&self.inputs.store.job(&digest), &Job { unit, archives, remarks })?;
        self.session.marks.insert(package.to_owned(), digest);
        Ok(())
    }

    /// Builds the woven runtime separately. It takes the plain one's place at link time if
    /// importers cannot tell them apart; otherwise the package is marked like any other. Returns
    /// the functions that it has for the agent: none if it is not woven.
    fn weave_runtime(&mut self) -> anyhow::Result<BTreeSet<String>> {
        if !self.inputs.plan.units.contains_key(RUNTIME) {
            return Ok(BTreeSet::new());
        }
        self.mark(RUNTIME, BTreeSet::new(), None)?;
        let digest = self.session.marks.remove(RUNTIME).unwrap_or_default();
        let words =
            self.go_arguments(&[], &marks([(RUNTIME, digest.as_str())].into_iter(), self.inputs.gcflags));
        let question = self.question("runtime", &words, &BTreeSet::from([RUNTIME.to_owned()]))?;
        if let Some((archive, content)) = known::<(Utf8PathBuf, String)>(&question)
            && use_file(&archive)
        {
            let report = report_in(&archive)?;
            self.session.runtime = Some(Swap { digest, archive });
            self.runtime = content;
            return Ok(report.declares);
        }
        let declares = self.compile_runtime(&digest)?;
        if let Some(swap) = &self.session.runtime {
            save(&question, &(&swap.archive, &self.runtime))?;
        }
        Ok(declares)
    }

    /// Compiles both runtimes, the plain one for comparison.
    fn compile_runtime(&mut self, digest: &str) -> anyhow::Result<BTreeSet<String>> {
        let only = BTreeSet::from([RUNTIME.to_owned()]);
        let plain = self.list_exports(&only, &self.go_arguments(&[], &[]), false)?;
        let mark = marks([(RUNTIME, digest)].into_iter(), self.inputs.gcflags);
        self.session.marks.insert(RUNTIME.to_owned(), digest.to_owned());
        let woven = self.list_exports(&only, &self.go_arguments(&[], &mark), false)?;
        let (Some(plain), Some(woven)) = (plain.first(), woven.first()) else {
            anyhow::bail!("`go list -export runtime` gave no archive");
        };
        let report = report_in(Utf8Path::new(&woven.export))?;
        if report.fallback.is_some() || report.outcomes.iter().all(|outcome| outcome.skipped.is_some()) {
            self.session.marks.remove(RUNTIME);
            match runtime_note(&report) {
                Some(note) => self.session.notes.push(note),
                None => self.session.without_runtime = Some(report),
            }
            return Ok(BTreeSet::new());
        }
        content_of(&woven.build_id).clone_into(&mut self.runtime);
        let (plain, bytes) = (fs_err::read(&plain.export)?, fs_err::read(&woven.export)?);
        let same =
            archive::export_data(&plain).is_some_and(|data| Some(data) == archive::export_data(&bytes));
        if same {
            self.session.marks.remove(RUNTIME);
            let archive = self.keep(&bytes)?;
            self.session.runtime = Some(Swap { digest: digest.to_owned(), archive });
        } else {
            self.session.notes.push(SessionNote {
                package: RUNTIME.to_owned(),
                text: "the woven runtime looks different to its importers with this Go: all packages are compiled again"
                    .to_owned(),
            });
        }
        Ok(report.declares)
    }

    /// Returns the path of the stored answer to a question. The question is about goagent's own
    /// module and Go's packages, which do not change under one version, so the same arguments have
    /// the same answer.
    fn question(
        &self,
        what: &str,
        words: &[String],
        packages: &BTreeSet<String>,
    ) -> anyhow::Result<Utf8PathBuf> {
        let inputs = self.inputs;
        let mut hasher = blake3::Hasher::new();
        let parts = (REVISION, what, &inputs.environment, &inputs.then, words, packages);
        hasher.update(&postcard::to_stdvec(&parts)?);
        Ok(inputs.store.layer(&short(&hasher)))
    }

    /// Stores a copy of an archive under its content's digest.
    fn keep(&self, bytes: &[u8]) -> anyhow::Result<Utf8PathBuf> {
        let path = self.inputs.store.archive(&blake3::hash(bytes).to_hex());
        let same_size = path.metadata().is_ok_and(|found| found.len() == bytes.len() as u64);
        if !same_size || !use_file(&path) {
            write_whole(&path, bytes)?;
        }
        Ok(path)
    }

    /// Adds the archives of packages and of everything below them.
    fn export(&mut self, packages: &BTreeSet<String>, tags: &[String]) -> anyhow::Result<()> {
        if packages.is_empty() {
            return Ok(()); // go would list the package of the folder
        }
        // Marks of other packages change nothing here.
        let counts = |package: &str| {
            package == RUNTIME
                || packages.contains(package)
                || packages
                    .iter()
                    .any(|named| self.below.get(named).is_some_and(|below| below.contains(package)))
        };
        let relevant = self.session.named_marks().filter(|(package, _)| counts(package));
        let words = self.go_arguments(tags, &marks(relevant, self.inputs.gcflags));
        let question = self.question("export", &words, packages)?;
        let kept = known::<BTreeMap<String, (Utf8PathBuf, String)>>(&question);
        let kept = kept.filter(|kept| kept.values().all(|(file, _)| use_file(file)));
        let archives = if let Some(kept) = kept {
            kept
        } else {
            let mut archives = BTreeMap::new();
            for package in self.list_exports(packages, &words, true)? {
                if !package.export.is_empty() {
                    let file = self.keep(&fs_err::read(&package.export)?)?;
                    archives.insert(package.path, (file, content_of(&package.build_id).to_owned()));
                }
            }
            save(&question, &archives)?;
            archives
        };
        for (package, archive) in archives {
            self.archives.entry(package).or_insert(archive);
        }
        Ok(())
    }

    /// Returns the arguments of a `go list -export` that decide its answer.
    fn go_arguments(&self, tags: &[String], marks: &[String]) -> Vec<String> {
        let mut words = self.flags_with(tags);
        words.extend(self.without_folders());
        words.extend_from_slice(marks);
        words
    }

    fn list_exports(
        &self,
        packages: &BTreeSet<String>,
        decisive: &[String],
        deps: bool,
    ) -> anyhow::Result<Vec<ListedPackage>> {
        let mut words = vec!["-export".to_owned()];
        if deps {
            words.push("-deps".to_owned());
        }
        words.extend_from_slice(decisive);
        words.push(toolexec_flag(&self.inputs.program, &self.path, None, &[], self.inputs.then.as_deref()));
        let packages: Vec<String> = packages.iter().cloned().collect();
        Ok(list(&self.inputs.go, &words, &packages, DependencyScope::None)?)
    }

    /// Returns the compiler flag that removes the folder of goagent's module from its archives. The
    /// folder is of no concern to the program that the module is linked into, and would make the
    /// marks differ from machine to machine. `-trimpath`, if the user gives it, does the same.
    fn without_folders(&self) -> Option<String> {
        let parsed = flags::parse(&self.inputs.flags, "build", &OwnFlags::default()).flags;
        if flags::is_on(&parsed, "trimpath") {
            return None;
        }
        let subject = flags::GcflagsTarget { path: BOOTS[0], dir: "", standard: false, named: false };
        let own = flags::user_gcflags(&parsed, subject, "");
        let separator = if own.is_empty() { "" } else { " " };
        let rewrite = flags::quoted(&format!("-trimpath={}=>goagent", self.inputs.runtime_dir));
        Some(format!("-gcflags=goagent/...={own}{separator}{rewrite}"))
    }

    /// Returns the packages below each package.
    fn dependencies(
        &self,
        packages: &BTreeSet<String>,
        tags: &[String],
    ) -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
        let words = self.flags_with(tags);
        let question = self.question("dependencies", &words, packages)?;
        if let Some(known) = known(&question) {
            return Ok(known);
        }
        let packages: Vec<String> = packages.iter().cloned().collect();
        let listed = list(&self.inputs.go, &words, &packages, DependencyScope::All)?;
        let below =
            listed.into_iter().map(|package| (package.path, package.deps.into_iter().collect())).collect();
        save(&question, &below)?;
        Ok(below)
    }

    /// Returns the user's flags with our tags among theirs.
    fn flags_with(&self, tags: &[String]) -> Vec<String> {
        let parsed = flags::parse(&self.inputs.flags, "build", &OwnFlags::default()).flags;
        let mut all: Vec<&str> =
            flags::last(&parsed, "tags").map(|t| t.split(',').collect()).unwrap_or_default();
        all.extend(tags.iter().map(String::as_str));
        let mut words: Vec<String> =
            self.inputs.flags.iter().filter(|f| !f.starts_with("-tags=")).cloned().collect();
        if !all.is_empty() {
            words.push(format!("-tags={}", all.join(",")));
        }
        words
    }
}

/// Returns the stored answer to a question.
fn known<T: DeserializeOwned>(question: &Utf8Path) -> Option<T> {
    if use_file(question) { load(question).ok() } else { None }
}

/// Returns the report on a package from its archive.
fn report_in(archive: &Utf8Path) -> std::io::Result<PackageReport> {
    Ok(Note::read(archive)?.and_then(|note| note.report).unwrap_or_default())
}

/// Returns `-gcflags=<package>=<the user's list> -goagent=<digest>` for each marked package,
/// sorted.
pub fn marks<'a>(
    marks: impl Iterator<Item = (&'a str, &'a str)>,
    user: &BTreeMap<String, String>,
) -> Vec<String> {
    let word = |(package, digest): (&str, &str)| {
        let own = user.get(package).map_or("", String::as_str);
        let separator = if own.is_empty() { "" } else { " " };
        format!("-gcflags={package}={own}{separator}{MARK}{digest}")
    };
    marks.map(word).collect()
}

/// Returns `-toolexec=…` for a session.
pub fn toolexec_flag(
    program: &Utf8Path,
    session: &Utf8Path,
    trouble: Option<&Utf8Path>,
    types_only: &[String],
    then: Option<&str>,
) -> String {
    let option = format!("{SESSION}{session}");
    let mut words =
        format!("-toolexec={} toolexec {}", flags::quoted(program.as_str()), flags::quoted(&option));
    if let Some(trouble) = trouble {
        words.push(' ');
        words.push_str(&flags::quoted(&format!("{TROUBLE}{trouble}")));
    }
    if !types_only.is_empty() {
        words.push(' ');
        words.push_str(&flags::quoted(&format!("{TYPES_ONLY}{}", types_only.join(","))));
    }
    if let Some(then) = then {
        words.push(' ');
        words.push_str(&flags::quoted(&format!("{THEN}{then}")));
    }
    words
}
