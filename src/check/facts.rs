//! Every rule of a plugin against the packages it names.
//!
//! In: one parsed file and the sources that [`Modules`] finds. Out: findings, and what was compared. Which function is
//! meant, and whether it fits, is looked at in `functions`.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile, codes, nearest};
use crate::modules::{Home, Modules, Release, Trouble};
use crate::syntax::Parsed;
use crate::syntax::ast::{Rule, Target, Template};

use super::Compared;
use super::functions::{self, Subject};
use super::names::{Packages, bad_path};
use super::packages::{self, Versions};
use super::ranges;
use super::rule::MAX_FUNCTIONS;

/// Checks one file.
pub(super) fn check(
    parsed: &Parsed,
    modules: &Modules<'_>,
    out: &mut Vec<Diagnostic>,
    compared: &mut Compared,
) {
    let (source, plugin) = (&parsed.source, &parsed.file.plugin);
    let names = Packages::of(plugin, source, &mut Vec::new());
    packages::imports(plugin, modules, source, out);
    let targets = plugin.targets.iter().filter(|target| bad_path(&target.package.node).is_none());
    for target in targets {
        let mut versions = Vec::new();
        if let Some(home) = packages::home(target, modules, source, out) {
            let same_package = plugin.targets.iter().filter(|t| t.package.node == target.package.node);
            let decls = same_package.flat_map(|t| &t.decls).collect();
            let checker = Checker { modules, source, target, decls, names: &names, home: &home };
            versions = checker.target(out);
        }
        let list = compared.entry(target.package.node.clone()).or_default();
        list.extend(versions.into_iter().map(|release| release.version));
    }
}

struct Checker<'a> {
    modules: &'a Modules<'a>,
    source: &'a Arc<SourceFile>,
    target: &'a Target,
    /// The `decl`s of all targets with this package.
    decls: Vec<&'a Template>,
    names: &'a Packages,
    home: &'a Home,
}

/// What became of a rule at one release.
struct Verdict {
    release: Release,
    problems: Vec<Diagnostic>,
}

impl Checker<'_> {
    /// Checks all rules; returns the releases that were looked at.
    fn target(&self, out: &mut Vec<Diagnostic>) -> Vec<Release> {
        let Some(versions) = Versions::of(self.modules, self.home, self.target, self.source, out) else {
            return Vec::new();
        };
        let releases = versions.to_check(&[&self.target.versions.node]);
        if !self.package_exists(&releases, out) {
            return Vec::new();
        }
        self.decls(&releases, out);
        let mut seen = releases;
        let rules = self.target.rules.iter().filter(|rule| rule.func.names.len() <= MAX_FUNCTIONS);
        for rule in rules {
            let Some(releases) = versions.for_rule(rule, self.source, out) else { continue };
            self.rule(rule, &versions, &releases, out);
            seen.extend(releases);
        }
        seen.sort();
        seen.dedup();
        seen
    }

    /// Whether the package is there in any of the releases. Where it is missing in some, each rule says so.
    fn package_exists(&self, releases: &[Release], out: &mut Vec<Diagnostic>) -> bool {
        let package = &self.target.package;
        let mut reason = None;
        for release in releases {
            match self.modules.package(self.home, &package.node, release) {
                Ok(_) => return true,
                Err(trouble) => reason = Some((trouble, release)),
            }
        }
        match reason {
            Some((Trouble::Absent, release)) => {
                let near = self.modules.siblings(self.home, &package.node, release);
                out.push(packages::no_package(self.home, package, self.source, &near));
            }
            Some((Trouble::Unavailable(why), _)) => {
                out.push(packages::cannot_check(&package.node, &why, package, self.source));
            }
            None => {}
        }
        false
    }

    fn rule(&self, rule: &Rule, versions: &Versions<'_>, releases: &[Release], out: &mut Vec<Diagnostic>) {
        let mut verdicts: Vec<Verdict> = Vec::new();
        for release in releases {
            match self.problems(rule, release) {
                Ok(problems) => verdicts.push(Verdict { release: release.clone(), problems }),
                Err(why) => {
                    let what = format!("{} {}", self.target.package.node, release.version);
                    out.push(packages::cannot_check(&what, &why, &self.target.package, self.source));
                    return;
                }
            }
        }
        let failed = verdicts.iter().filter(|v| !v.problems.is_empty()).count();
        if failed == 0 {
            return;
        }
        if failed == verdicts.len() {
            everywhere(&verdicts, out);
        } else {
            self.partly(rule, versions, verdicts, out);
        }
    }

    /// What keeps the rule from holding at one release; `Err`: it cannot be known.
    fn problems(&self, rule: &Rule, release: &Release) -> Result<Vec<Diagnostic>, String> {
        let package = &self.target.package;
        match self.modules.package(self.home, &package.node, release) {
            Ok(found) => {
                let subject = Subject {
                    source: self.source,
                    target: self.target,
                    decls: &self.decls,
                    rule,
                    names: self.names,
                    package: &found,
                    version: &release.version,
                };
                Ok(functions::check(&subject))
            }
            Err(Trouble::Absent) => {
                let near = self.modules.siblings(self.home, &package.node, release);
                Ok(vec![packages::no_package(self.home, package, self.source, &near)])
            }
            Err(Trouble::Unavailable(why)) => Err(why),
        }
    }

    /// The rule holds in some releases: where not, why, and the widest range that would hold.
    fn partly(
        &self,
        rule: &Rule,
        versions: &Versions<'_>,
        mut verdicts: Vec<Verdict>,
        out: &mut Vec<Diagnostic>,
    ) {
        self.narrow(rule, versions, &mut verdicts);
        let failing: Vec<String> = verdicts
            .iter()
            .filter(|v| !v.problems.is_empty())
            .map(|v| v.release.version.to_string())
            .collect();
        let flat: Vec<_> =
            verdicts.iter().map(|v| (v.release.version.clone(), v.problems.is_empty())).collect();
        let open = verdicts.last().is_some_and(|v| versions.is_newest(&v.release));
        let widest = ranges::widest(&flat, open);
        let mut said: Vec<&Diagnostic> = Vec::new();
        for problem in verdicts.iter().rev().flat_map(|v| &v.problems) {
            if said.iter().any(|known| same(known, problem)) {
                continue;
            }
            said.push(problem);
            let mut found = Diagnostic::new(&codes::functions::PARTLY)
                .with("rule", &rule.name.node)
                .with("versions", shown(&failing))
                .with("reason", problem.message());
            found.labels.clone_from(&problem.labels);
            found.notes.clone_from(&problem.notes);
            found = found.note(format!("of the versions compared, it holds in {widest}"));
            let also = problem.help.as_ref().map(|help| format!("; or mend the rule: {help}"));
            out.push(
                found.help(format!("write `versions {widest}` in the rule{}", also.unwrap_or_default())),
            );
        }
    }

    /// Looks at releases between one that holds and one that does not, so that the place of the change is known.
    fn narrow(&self, rule: &Rule, versions: &Versions<'_>, verdicts: &mut Vec<Verdict>) {
        let mut at = 0;
        while let (Some(a), Some(b)) = (verdicts.get(at), verdicts.get(at + 1)) {
            if a.problems.is_empty() == b.problems.is_empty() {
                at += 1;
                continue;
            }
            let middle = versions.between(&a.release, &b.release);
            match middle.map(|release| (self.problems(rule, &release), release)) {
                Some((Ok(problems), release)) => verdicts.insert(at + 1, Verdict { release, problems }),
                _ => at += 1,
            }
        }
    }

    /// Names of `decl` that the package has already.
    fn decls(&self, releases: &[Release], out: &mut Vec<Diagnostic>) {
        for release in releases {
            if let Ok(package) = self.modules.package(self.home, &self.target.package.node, release) {
                let clashes = functions::clashes(self.source, self.target, &package, &release.version);
                for clash in clashes {
                    if !out.iter().any(|known| same(known, &clash)) {
                        out.push(clash.note(format!("compared with {}", release.version)));
                    }
                }
            }
        }
    }
}

/// The rule holds nowhere: the problems of the newest release, and those of others that are of another kind.
fn everywhere(verdicts: &[Verdict], out: &mut Vec<Diagnostic>) {
    let mut said: Vec<Diagnostic> = Vec::new();
    for verdict in verdicts.iter().rev() {
        for problem in &verdict.problems {
            if said.iter().any(|known| same(known, problem)) {
                continue;
            }
            let versions: Vec<String> = verdicts
                .iter()
                .filter(|v| v.problems.iter().any(|other| same(other, problem)))
                .map(|v| v.release.version.to_string())
                .collect();
            said.push(problem.clone().note(format!("compared with {}", shown(&versions))));
        }
    }
    out.extend(said);
}

/// Whether two findings say the same of the same place of the rule.
fn same(a: &Diagnostic, b: &Diagnostic) -> bool {
    let place = |d: &Diagnostic| d.labels.first().map(|label| label.span.clone());
    a.code == b.code && place(a) == place(b)
}

/// `1.0.0`, `1.0.0 and 1.1.0`, or the ends of many.
pub(super) fn shown(versions: &[String]) -> String {
    match versions {
        [] => "no version".to_owned(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, second, third] => format!("{first}, {second} and {third}"),
        [first, .., last] => format!("{first} … {last} ({} versions)", versions.len()),
    }
}

/// The nearest of some import paths: by the whole, or by the last element.
pub(super) fn nearest_path<'a>(wanted: &str, known: &'a [String]) -> Option<&'a str> {
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    nearest(wanted, known.iter().map(String::as_str)).or_else(|| {
        let lasts: Vec<String> = known.iter().map(|path| last(path)).collect();
        let near = nearest(&last(wanted), lasts.iter().map(String::as_str))?.to_owned();
        known.iter().map(String::as_str).find(|path| last(path) == near)
    })
}
