//! `gorulec update`: compares every rule with every release.
//!
//! In: paths, and a way to run `go`. Out: the new lock, and the changes since the old one. There is
//! a new lock only if nothing is wrong: every rule holds in all of its range.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::compile::{self, CompileOptions, facts_folder, folder, lower, no_folder, no_go, not_compiling};
use super::coverage::{Coverage, TemplateCompilation};
use super::{linked_in, types};
use crate::check::{self, CheckContext, CheckOutcome, Examined, VerdictCache};
use crate::diagnostic::{self, Diagnostic};
use crate::gotool::question::GoCommand;
use crate::lock::{self, Lock};
use crate::modules::{Home, Modules, Release};

/// The result of a comparison with every release.
#[derive(Debug, Default)]
pub struct Update {
    /// All findings, sorted.
    pub findings: Vec<Diagnostic>,
    /// The new lock, if nothing is wrong.
    pub lock: Option<Lock>,
    /// The changes since the old lock.
    pub changes: Vec<String>,
    /// The path of the lock, whether or not it exists.
    pub path: Utf8PathBuf,
    /// The rules, release by release.
    pub examined: Vec<Examined>,
    /// The parts that were compared and compiled, and those that were not.
    pub coverage: Coverage,
}

impl Update {
    /// Returns true if something that should be checked could not be.
    pub fn is_incomplete(&self) -> bool {
        compile::is_incomplete(&self.findings)
    }
}

/// Compares all files with every release that exists.
pub fn update(paths: &[Utf8PathBuf], go: &dyn GoCommand, options: CompileOptions) -> Update {
    let compile::ReadFiles { parsed, lock, findings } = compile::read(paths);
    let mut update = Update { path: path_of(paths), findings, ..Update::default() };
    let Some(old) = lock.filter(|_| !parsed.is_empty()) else {
        diagnostic::sort(&mut update.findings);
        return update;
    };
    let modules = match Modules::new(go, options.offline) {
        Ok(modules) => modules.keeping(facts_folder()),
        Err(error) => {
            update.findings.push(no_go(&error.to_string()));
            return update;
        }
    };
    let (cache, carried, agent) = (VerdictCache::default(), linked_in::carried(), linked_in::agent_names());
    let context = CheckContext {
        modules: &modules,
        lock: &old,
        cache: &cache,
        carried: &carried,
        agent: &agent,
        every: true,
    };
    let CheckOutcome { checked, findings, examined } = check::against(parsed, &context);
    update.findings.extend(findings);
    let sound = !update.findings.iter().any(Diagnostic::is_error);
    let bundle = if sound { lower(&checked, &mut update.findings) } else { None };
    update.findings.extend(no_folder(options));
    let mut compilation = None;
    if let (true, Some(bundle), Some(folder)) = (options.types, &bundle, folder()) {
        let (checked, examined, modules) = (&checked, &examined, &modules);
        let subjects = types::Subjects { checked, bundle, examined, modules, folder, every: true };
        let mut done = types::check(&subjects);
        update.findings.append(&mut done.findings);
        compilation = Some(done);
    }
    let compiling = match &compilation {
        Some(done) => TemplateCompilation::Done(done, true),
        None => TemplateCompilation::Left(not_compiling(options)),
    };
    update.coverage = Coverage::new(&examined, compiling, &modules);
    diagnostic::sort(&mut update.findings);
    if !update.findings.iter().any(Diagnostic::is_error) {
        let new = lock_of(&examined, &modules);
        update.changes = lock::changes(&old, &new);
        update.lock = Some(new);
    }
    update.examined = examined;
    update
}

/// The path of the existing lock, or of one beside the named files.
fn path_of(paths: &[Utf8PathBuf]) -> Utf8PathBuf {
    lock::find(paths).unwrap_or_else(|| {
        let first = paths.first().cloned().unwrap_or_default();
        let folder = if first.is_file() { first.parent().map(Into::into).unwrap_or_default() } else { first };
        folder.join(lock::NAME)
    })
}

fn lock_of(examined: &[Examined], modules: &Modules<'_>) -> Lock {
    let mut packages: BTreeMap<&str, Vec<&Examined>> = BTreeMap::new();
    for one in examined {
        packages.entry(&one.package).or_default().push(one);
    }
    let packages = packages.into_iter().filter_map(|(path, all)| package_of(path, &all, modules)).collect();
    let rules = examined.iter().filter_map(rule_of).collect();
    Lock::new(packages, rules)
}

fn package_of(path: &str, examined: &[&Examined], modules: &Modules<'_>) -> Option<lock::LockedPackage> {
    let home: &Home = examined.iter().find_map(|one| one.home.as_ref())?;
    let releases: BTreeSet<_> =
        examined.iter().flat_map(|one| &one.verdicts).map(|verdict| &verdict.release).collect();
    let digest = |release| modules.package(home, path, release).map(|package| package.digest().to_owned());
    let texts = releases.iter().filter_map(|r| Some(format!("{} {}", r.name(), digest(*r).ok()?)));
    Some(lock::LockedPackage {
        path: path.to_owned(),
        module: home.to_string(),
        releases: texts.collect(),
        functions: functions_of(examined),
    })
}

/// The files and signatures of one function in one release.
type FilesAndSignatures<'a> = BTreeSet<(&'a str, &'a str)>;

/// The functions of a package, with consecutive releases merged in which a function is the same.
fn functions_of(examined: &[&Examined]) -> Vec<lock::LockedFunction> {
    let mut all: BTreeMap<&str, BTreeMap<&Release, FilesAndSignatures<'_>>> = BTreeMap::new();
    for verdict in examined.iter().flat_map(|one| &one.verdicts) {
        for function in &verdict.functions {
            let releases = all.entry(&function.name).or_default();
            releases.entry(&verdict.release).or_default().insert((&function.file, &function.text));
        }
    }
    let function = |(name, releases): (&str, BTreeMap<&Release, FilesAndSignatures<'_>>)| {
        let mut seen: Vec<lock::FunctionSpan> = Vec::new();
        for (release, declared) in releases {
            let files: Vec<&str> = declared.iter().map(|(file, _)| *file).collect();
            let texts: BTreeSet<&str> = declared.iter().map(|(_, text)| *text).collect();
            let (file, signature) = (files.join(", "), texts.into_iter().collect::<Vec<_>>().join(" | "));
            let name = release.name().to_owned();
            match seen.last_mut().filter(|last| last.file == file && last.signature == signature) {
                Some(last) => last.to = name,
                None => seen.push(lock::FunctionSpan { from: name.clone(), to: name, signature, file }),
            }
        }
        lock::LockedFunction { name: name.to_owned(), seen }
    };
    all.into_iter().map(function).collect()
}

fn rule_of(one: &Examined) -> Option<lock::Rule> {
    let name = |verdict: Option<&check::Verdict>| match verdict {
        Some(verdict) => Some(verdict.release.name().to_owned()),
        // A rule for many packages is compared with no release.
        None => one.home.is_none().then(String::new),
    };
    Some(lock::Rule {
        plugin: one.plugin.clone(),
        package: one.package.clone(),
        item: one.item.clone(),
        digest: one.digest.clone(),
        releases: one.verdicts.len(),
        from: name(one.verdicts.first())?,
        to: name(one.verdicts.last())?,
    })
}
