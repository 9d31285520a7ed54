//! Records what was compared and compiled, and what was not, so that nobody takes silence for a
//! verdict.
//!
//! In: rules with their releases, and the builds that were tried. Out: lines for people, and the
//! same as values for tools.

use std::collections::{BTreeMap, BTreeSet};

use super::types::{Attempt, BETWEEN, Compilation};
use crate::check::{Examined, Omitted, describe_versions, omissions};
use crate::diagnostic::counted;
use crate::diagnostic::json::{Compared, Compiled, Uncovered};
use crate::modules::Modules;
use crate::version::Version;

/// At most this many versions that were compared or compiled are named; more are counted.
const NAMED: usize = 24;
/// The same limit for versions that were not.
const LEFT_NAMED: usize = 6;

/// The extent of a check.
#[derive(Debug, Default, Clone)]
pub struct Coverage {
    /// The packages whose rules were checked now.
    pub packages: Vec<Compared>,
    /// The compiled programs for rules that apply to many packages.
    pub programs: Vec<String>,
    /// The plugins whose verdicts come from the lock.
    pub locked: Vec<String>,
}

/// The compilation of templates, or the reason why there was none.
#[derive(Clone, Copy)]
pub(super) enum TemplateCompilation<'a> {
    /// They were compiled, with this result; the flag is true if every release was to be built.
    Done(&'a Compilation, bool),
    /// They were not compiled, for this reason.
    Left(&'a str),
}

impl Coverage {
    /// The extent of a check of these rules, with the results of their builds.
    pub(super) fn new(
        examined: &[Examined],
        compiling: TemplateCompilation<'_>,
        modules: &Modules<'_>,
    ) -> Self {
        let mut packages: BTreeMap<&str, Vec<&Examined>> = BTreeMap::new();
        for one in examined.iter().filter(|one| one.home.is_some()) {
            packages.entry(&one.package).or_default().push(one);
        }
        let packages =
            packages.into_iter().map(|(package, all)| of_package(package, &all, compiling, modules));
        let programs = match compiling {
            TemplateCompilation::Done(compilation, _) => compilation.programs.clone(),
            TemplateCompilation::Left(_) => Vec::new(),
        };
        Self { packages: packages.collect(), programs, locked: Vec::new() }
    }

    /// The numbers of versions that were not compared or not compiled, in a few words; `None` if
    /// there are none.
    pub fn left(&self) -> Option<String> {
        let count = |lists: fn(&Compared) -> &Vec<Uncovered>| -> usize {
            self.packages.iter().flat_map(lists).map(|left| left.versions.len()).sum()
        };
        let (not_compared, not_compiled) = (count(|one| &one.not_compared), count(|one| &one.not_compiled));
        let any = not_compared + not_compiled > 0;
        any.then(|| format!("{} not compared, {not_compiled} not compiled", counted(not_compared, "version")))
    }

    /// The lines for everything that was done, and for everything that was not.
    pub fn lines(&self) -> Vec<String> {
        let mut out: Vec<String> = self.packages.iter().flat_map(lines_of).collect();
        let program =
            |by: &String| format!("compiled rules for many packages in a program written for them: {by}");
        out.extend(self.programs.iter().map(program));
        if !self.locked.is_empty() {
            let plugins = self.locked.join(", ");
            out.push(format!("neither compared nor compiled now, as gorule.lock has them: {plugins}"));
        }
        out
    }
}

fn of_package(
    package: &str,
    examined: &[&Examined],
    compiling: TemplateCompilation<'_>,
    modules: &Modules<'_>,
) -> Compared {
    let verdicts = || examined.iter().flat_map(|one| &one.verdicts);
    let compared: BTreeSet<&Version> = verdicts().map(|verdict| &verdict.release.version).collect();
    let omitted: BTreeSet<&Omitted> = examined.iter().flat_map(|one| &one.omitted).collect();
    let omitted = omitted.into_iter().filter(|one| !compared.contains(&one.release.version));
    let uncovered = |(versions, reason)| Uncovered { versions, reason };
    let mut not_compared: Vec<Uncovered> = omissions(omitted).into_iter().map(uncovered).collect();
    if let Some(why) = examined.iter().find_map(|one| one.incomplete.as_ref()) {
        let why = why.lines().next().unwrap_or_default();
        let reason = format!("which other versions there are is not known: {why} ({})", modules.origin());
        not_compared.push(Uncovered { versions: Vec::new(), reason });
    }
    let fits = verdicts().filter(|verdict| verdict.problems.is_empty());
    let fits: BTreeSet<&Version> = fits.map(|verdict| &verdict.release.version).collect();
    let (compiled, not_compiled) = match compiling {
        TemplateCompilation::Done(compilation, every) => {
            let has = |attempt: &&Attempt| attempt.build.packages.iter().any(|built| built == package);
            let attempts: Vec<&Attempt> = compilation.attempts.iter().filter(has).collect();
            (compiled(&attempts, modules), not_compiled(&fits, &attempts, every))
        }
        TemplateCompilation::Left(_) if fits.is_empty() => (Vec::new(), Vec::new()),
        TemplateCompilation::Left(reason) => {
            let versions = fits.iter().map(ToString::to_string).collect();
            (Vec::new(), vec![Uncovered { versions, reason: reason.to_owned() }])
        }
    };
    let versions = compared.iter().map(ToString::to_string).collect();
    Compared { package: package.to_owned(), versions, not_compared, compiled, not_compiled }
}

fn compiled(attempts: &[&Attempt], modules: &Modules<'_>) -> Vec<Compiled> {
    let done = attempts.iter().filter(|attempt| attempt.result.is_ok());
    let compiled = |attempt: &&Attempt| Compiled {
        version: attempt.build.release.version.to_string(),
        go: attempt.build.go.clone().unwrap_or_else(|| format!("go{}", modules.go_version())),
        platform: attempt.build.platform.to_string(),
        clean: attempt.is_clean(),
    };
    done.map(compiled).collect()
}

/// The versions that rules fit and that were not compiled, or not in each way that was tried.
fn not_compiled(fits: &BTreeSet<&Version>, attempts: &[&Attempt], every: bool) -> Vec<Uncovered> {
    let built = |attempt: &&&Attempt| attempt.result.is_ok();
    let done: BTreeSet<&Version> =
        attempts.iter().filter(built).map(|one| &one.build.release.version).collect();
    let mut reasons: BTreeMap<String, BTreeSet<&Version>> = BTreeMap::new();
    let mut tried: BTreeSet<&Version> = BTreeSet::new();
    for attempt in attempts {
        let version = &attempt.build.release.version;
        tried.insert(version);
        let Err(refusal) = &attempt.result else { continue };
        let by = attempt.build.go.as_ref().map(|go| format!("by {go}: ")).unwrap_or_default();
        let below = done.iter().rfind(|other| **other < version);
        let instead = below.or_else(|| done.iter().find(|other| **other > version));
        let instead = instead.filter(|_| !every && refusal.of_release);
        let instead = instead.map(|other| format!("; {other} was compiled in its place")).unwrap_or_default();
        reasons.entry(format!("{by}{}{instead}", refusal.reason)).or_default().insert(version);
    }
    let rest: BTreeSet<&Version> = fits.difference(&tried).copied().collect();
    if !rest.is_empty() {
        let reason = format!(
            "a rule that gorule.lock does not record is compiled at the ends of what was compared and in at most {BETWEEN} versions \
             between, of Go with the one on this machine; `gorulec update` compiles all"
        );
        reasons.insert(reason, rest);
    }
    let uncovered = |(reason, versions): (String, BTreeSet<&Version>)| Uncovered {
        versions: versions.iter().map(ToString::to_string).collect(),
        reason,
    };
    reasons.into_iter().map(uncovered).collect()
}

fn lines_of(one: &Compared) -> Vec<String> {
    let package = &one.package;
    let mut out = Vec::new();
    if !one.versions.is_empty() {
        out.push(format!("compared {package} with {}", list(&one.versions, NAMED)));
    }
    let line = |what: &str, left: &Uncovered| match left.versions.as_slice() {
        [] => format!("{what}: {package}: {}", left.reason),
        versions => format!("{what}: {package} {}: {}", list(versions, LEFT_NAMED), left.reason),
    };
    out.extend(one.not_compared.iter().map(|left| line("not compared", left)));
    let mut ways: BTreeMap<(bool, &str, &str), Vec<String>> = BTreeMap::new();
    for build in &one.compiled {
        let way = (!build.clean, build.go.as_str(), build.platform.as_str());
        ways.entry(way).or_default().push(build.version.clone());
    }
    for ((lacks_rules, go, platform), versions) in ways {
        let what = if lacks_rules { "compiled, not with all rules," } else { "compiled" };
        out.push(format!("{what} {package} {} by {go} for {platform}", list(&versions, NAMED)));
    }
    out.extend(one.not_compiled.iter().map(|left| line("not compiled", left)));
    out
}

/// Lists all versions, or only the ends if there are more than `named`.
fn list(versions: &[String], named: usize) -> String {
    match versions.split_last() {
        Some((last, rest)) if !rest.is_empty() && versions.len() <= named => {
            format!("{} and {last}", rest.join(", "))
        }
        _ => describe_versions(versions),
    }
}
