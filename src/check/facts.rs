//! Every rule of a plugin against the packages it names.
//!
//! In: one parsed file and the sources that [`Modules`] finds. Out: findings, and what was compared. Which function is
//! meant, and whether it fits, is looked at in `functions`.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile, codes, nearest};
use crate::item::Item;
use crate::modules::{Home, Release, Trouble};
use crate::syntax::Parsed;
use crate::syntax::ast::{Plugin, Rule, Target, Template};

use super::chosen::FOR_CHANGES;
use super::cycles::Imports;
use super::functions::{self, Subject};
use super::names::{Packages, bad_path};
use super::obtained::{Obtained, unavailable};
use super::omitted::notes;
use super::packages::{self, Versions};
use super::rule::MAX_FUNCTIONS;
use super::template::Readings;
use super::{Examined, Omitted, Scope, Verdict, called, digest, fields, ranges};
use crate::version::VersionSet;

/// Checks one file.
pub(super) fn check(
    parsed: &Parsed,
    scope: &Scope<'_>,
    out: &mut Vec<Diagnostic>,
    examined: &mut Vec<Examined>,
) {
    let (source, plugin) = (&parsed.source, &parsed.file.plugin);
    let names = Packages::of(plugin, source, &mut Vec::new());
    let readings = Readings::default();
    packages::imports(plugin, scope.modules, source, out);
    let targets = plugin.targets.iter().filter(|target| bad_path(&target.package.node).is_none());
    for target in targets {
        if !target.is_known() {
            // Which packages it is for shows in a build: what the rules say in themselves is all that can be known.
            examined.extend(unseen(parsed, target));
            called::check(parsed, target, &names, scope, out);
            continue;
        }
        let Some(home) = packages::home(target, scope, source, out) else { continue };
        let same_package =
            plugin.targets.iter().filter(|t| t.is_known() && t.package.node == target.package.node);
        let decls = same_package.clone().flat_map(|t| &t.decls).collect();
        let ports = same_package.flat_map(|t| t.ports.iter().map(|port| port.name.node.as_str())).collect();
        Checker {
            scope,
            source,
            plugin,
            target,
            decls,
            ports,
            names: &names,
            readings: &readings,
            home: &home,
        }
        .target(out, examined);
    }
}

/// The rules of a target for many packages, and what it declares.
fn unseen(parsed: &Parsed, target: &Target) -> Vec<Examined> {
    let (source, plugin) = (&parsed.source, &parsed.file.plugin);
    let one = |item: Item, digest| Examined {
        plugin: plugin.name.node.clone(),
        package: target.package.node.clone(),
        home: None,
        item,
        digest,
        verdicts: Vec::new(),
        omitted: Vec::new(),
        incomplete: None,
        newest: false,
    };
    let decls = one(Item::Decl, digest::decls(source, plugin, target));
    let rules = target
        .rules
        .iter()
        .map(|rule| one(Item::Rule(rule.name.node.clone()), digest::rule(source, plugin, target, rule)));
    std::iter::once(decls).chain(rules).collect()
}

struct Checker<'a> {
    scope: &'a Scope<'a>,
    source: &'a Arc<SourceFile>,
    plugin: &'a Plugin,
    target: &'a Target,
    /// The `decl`s of all targets with this package.
    decls: Vec<&'a Template>,
    /// The names of their ports.
    ports: Vec<&'a str>,
    names: &'a Packages,
    readings: &'a Readings,
    home: &'a Home,
}

impl Checker<'_> {
    /// Checks what the target declares, and all rules.
    fn target(&self, out: &mut Vec<Diagnostic>, examined: &mut Vec<Examined>) {
        let Some(versions) = Versions::of(self.scope, self.home, self.target, self.source, out) else {
            return;
        };
        let range = [&self.target.versions.node];
        let digest = digest::decls(self.source, self.plugin, self.target);
        let mut known = self.scope.memory.recall(&digest);
        let recalled = if self.scope.every { BTreeSet::new() } else { known.clone() };
        let obtained = versions.obtain(&range, &versions.to_check(&range), &recalled);
        self.not_had(&obtained, out);
        let releases = &obtained.releases;
        if !releases.is_empty() && !releases.iter().all(|release| recalled.contains(release.name())) {
            if !self.package_exists(releases, out) {
                return;
            }
            if self.decls(releases, out) {
                known.extend(releases.iter().map(|release| release.name().to_owned()));
                self.scope.memory.keep(&digest, &known);
            }
        }
        self.imports(releases, out);
        let holds = |release: &Release| Verdict {
            release: release.clone(),
            problems: Vec::new(),
            warnings: Vec::new(),
            functions: Vec::new(),
        };
        let verdicts = releases.iter().map(holds).collect();
        examined.push(self.examined(
            (Item::Decl, digest),
            &versions,
            (&range, verdicts),
            &obtained.unavailable,
        ));
        let rules = self.target.rules.iter().filter(|rule| rule.func.names.len() <= MAX_FUNCTIONS);
        for rule in rules {
            let Some(releases) = versions.for_rule(rule, self.source, out) else { continue };
            examined.push(self.rule(rule, &versions, &releases, out));
        }
    }

    /// Reports a release that this machine cannot ask for.
    fn not_had(&self, obtained: &Obtained, out: &mut Vec<Diagnostic>) {
        let Some((release, why)) = &obtained.failed else { return };
        let what = format!("{} {}", self.target.package.node, release.version);
        let found = packages::cannot_check(&what, why, &self.target.package, self.source)
            .note(format!("it would come from {}", self.scope.modules.origin()));
        if !out.iter().any(|other| same(other, &found) && other.message() == found.message()) {
            out.push(found);
        }
    }

    /// Imports that cannot be.
    fn imports(&self, releases: &[Release], out: &mut Vec<Diagnostic>) {
        let Self { scope, source, plugin, target, home, .. } = *self;
        let imports = Imports { scope, source, plugin, target, home };
        let digest = imports.digest();
        let mut known = scope.memory.recall(&digest);
        if !scope.every && releases.iter().all(|release| known.contains(release.name())) {
            return;
        }
        if imports.check(releases, out) {
            known.extend(releases.iter().map(|release| release.name().to_owned()));
            scope.memory.keep(&digest, &known);
        }
    }

    fn examined(
        &self,
        (item, digest): (Item, String),
        versions: &Versions<'_>,
        (range, verdicts): (&[&VersionSet], Vec<Verdict>),
        unavailable: &[Omitted],
    ) -> Examined {
        let compared: Vec<Release> = verdicts.iter().map(|verdict| verdict.release.clone()).collect();
        Examined {
            plugin: self.plugin.name.node.clone(),
            package: self.target.package.node.clone(),
            home: Some(self.home.clone()),
            item,
            digest,
            omitted: versions.omitted(range, &compared, unavailable),
            incomplete: versions.known.incomplete.clone(),
            newest: compared.last().is_some_and(|last| versions.is_newest(last)),
            verdicts,
        }
    }

    /// Whether the package is there in any of the releases. Where it is missing in some, each rule says so.
    fn package_exists(&self, releases: &[Release], out: &mut Vec<Diagnostic>) -> bool {
        let package = &self.target.package;
        let mut reason = None;
        for release in releases {
            match self.scope.modules.package(self.home, &package.node, release) {
                Ok(_) => return true,
                Err(trouble) => reason = Some((trouble, release)),
            }
        }
        if let Some((why, release)) = reason {
            let near = || self.scope.modules.siblings(self.home, &package.node, release);
            out.push(packages::trouble(&why, (self.home, package), self.source, near));
        }
        false
    }

    fn rule(
        &self,
        rule: &Rule,
        versions: &Versions<'_>,
        releases: &[Release],
        out: &mut Vec<Diagnostic>,
    ) -> Examined {
        let digest = digest::rule(self.source, self.plugin, self.target, rule);
        let mut range = vec![&self.target.versions.node];
        range.extend(rule.versions.iter().map(|own| &own.node));
        let mut known = self.scope.memory.recall(&digest);
        let before = known.len();
        let recalled = if self.scope.every { BTreeSet::new() } else { known.clone() };
        let mut obtained = versions.obtain(&range, releases, &recalled);
        self.not_had(&obtained, out);
        let mut verdicts: Vec<Verdict> = Vec::new();
        for release in &obtained.releases {
            let name = release.name();
            if recalled.contains(name) {
                let (problems, warnings, functions) = (Vec::new(), Vec::new(), Vec::new());
                verdicts.push(Verdict { release: release.clone(), problems, warnings, functions });
                continue;
            }
            // The source is there: it was obtained.
            let Ok(verdict) = self.verdict(rule, release) else { continue };
            if verdict.problems.is_empty() && verdict.warnings.is_empty() {
                known.insert(name.to_owned());
            }
            verdicts.push(verdict);
        }
        if known.len() > before {
            self.scope.memory.keep(&digest, &known);
        }
        let failed = verdicts.iter().filter(|v| !v.problems.is_empty()).count();
        if failed > 0 && failed < verdicts.len() {
            self.narrow(rule, versions, &mut verdicts, &mut obtained.unavailable);
        }
        if failed < verdicts.len() {
            each_once(&verdicts, |verdict| &verdict.warnings, out);
        }
        let item = Item::Rule(rule.name.node.clone());
        let examined = self.examined((item, digest), versions, (&range, verdicts), &obtained.unavailable);
        if failed == examined.verdicts.len() {
            each_once(&examined.verdicts, |verdict| &verdict.problems, out);
        } else if failed > 0 {
            partly(rule, &examined, out);
        }
        examined
    }

    /// What keeps the rule from holding at one release; `Err`: it cannot be known.
    fn verdict(&self, rule: &Rule, release: &Release) -> Result<Verdict, String> {
        let package = &self.target.package;
        let verdict = |found: Vec<Diagnostic>, functions| {
            let (problems, warnings) = found.into_iter().partition(Diagnostic::is_error);
            Verdict { release: release.clone(), problems, warnings, functions }
        };
        match self.scope.modules.package(self.home, &package.node, release) {
            Ok(found) => {
                let subject = Subject {
                    source: self.source,
                    target: self.target,
                    decls: &self.decls,
                    ports: &self.ports,
                    rule,
                    names: self.names,
                    readings: self.readings,
                    package: &found,
                    version: &release.version,
                };
                let problems = functions::check(&subject);
                let seen = if self.scope.every { functions::signatures(&subject) } else { Vec::new() };
                Ok(verdict(problems, seen))
            }
            Err(Trouble::Absent) => {
                let near = self.scope.modules.siblings(self.home, &package.node, release);
                Ok(verdict(vec![packages::no_package(self.home, package, self.source, &near)], Vec::new()))
            }
            Err(Trouble::Renamed { module, package: instead }) => {
                Ok(verdict(vec![packages::renamed(package, (&module, &instead), self.source)], Vec::new()))
            }
            Err(Trouble::Unavailable(why)) => Err(why),
        }
    }

    /// Looks at releases between one that holds and one that does not, so that the place of the
    /// change is known.
    fn narrow(
        &self,
        rule: &Rule,
        versions: &Versions<'_>,
        verdicts: &mut Vec<Verdict>,
        unavailable_ones: &mut Vec<Omitted>,
    ) {
        let mut left = if self.scope.every { usize::MAX } else { FOR_CHANGES };
        let mut at = 0;
        while let (Some(a), Some(b)) = (verdicts.get(at), verdicts.get(at + 1)) {
            let middle = versions.between(&a.release, &b.release, unavailable_ones).filter(|_| left > 0);
            let Some(middle) = middle.filter(|_| a.problems.is_empty() != b.problems.is_empty()) else {
                at += 1;
                continue;
            };
            left -= 1;
            match self.verdict(rule, &middle) {
                Ok(verdict) => verdicts.insert(at + 1, verdict),
                Err(why) => unavailable_ones.push(unavailable(&middle, &why, None)),
            }
        }
    }

    /// Names of `decl` that the package has already, fields that it cannot have; whether there are none.
    fn decls(&self, releases: &[Release], out: &mut Vec<Diagnostic>) -> bool {
        let mut found: Vec<(Diagnostic, Vec<String>)> = Vec::new();
        for release in releases {
            if let Ok(package) = self.scope.modules.package(self.home, &self.target.package.node, release) {
                let mut clashes =
                    functions::clashes(self.source, self.target, &package, &release.version, self.readings);
                clashes.extend(fields::check(self.target, &package, self.source));
                for clash in clashes {
                    let version = release.version.to_string();
                    match found.iter_mut().find(|(known, _)| same(known, &clash)) {
                        Some((_, versions)) => versions.push(version),
                        None => found.push((clash, vec![version])),
                    }
                }
            }
        }
        let clean = found.is_empty();
        out.extend(
            found
                .into_iter()
                .map(|(clash, versions)| clash.note(format!("compared with {}", shown(&versions)))),
        );
        clean
    }
}

/// The rule holds in some releases: where not, why, and the widest range that would hold.
fn partly(rule: &Rule, examined: &Examined, out: &mut Vec<Diagnostic>) {
    let verdicts = &examined.verdicts;
    let failing: Vec<String> =
        verdicts.iter().filter(|v| !v.problems.is_empty()).map(|v| v.release.version.to_string()).collect();
    let flat: Vec<_> =
        verdicts.iter().map(|v| (v.release.version.clone(), Some(v.problems.is_empty()))).collect();
    let widest = ranges::widest(&flat, &examined.unseen(), examined.newest);
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
        found = notes(examined.omitted.iter()).into_iter().fold(found, Diagnostic::note);
        let also = problem.help.as_ref().map(|help| format!("; or mend the rule: {help}"));
        out.push(found.help(format!("write `versions {widest}` in the rule{}", also.unwrap_or_default())));
    }
}

/// What is said of releases: of the newest, and what is of another kind of others.
fn each_once(verdicts: &[Verdict], said: impl Fn(&Verdict) -> &Vec<Diagnostic>, out: &mut Vec<Diagnostic>) {
    let mut all: Vec<Diagnostic> = Vec::new();
    for found in verdicts.iter().rev().flat_map(&said) {
        if all.iter().any(|known| same(known, found)) {
            continue;
        }
        let has = |verdict: &&Verdict| said(verdict).iter().any(|other| same(other, found));
        let versions: Vec<String> =
            verdicts.iter().filter(has).map(|verdict| verdict.release.version.to_string()).collect();
        all.push(found.clone().note(format!("compared with {}", shown(&versions))));
    }
    out.extend(all);
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

/// How many letters a path may differ in from one that is suggested.
const MAX_EDITS: usize = 2;

/// The import path that was probably meant: one that `wanted` is the end of, or that differs in few letters. None is better than one
/// that only looks a little like it.
pub(super) fn nearest_path<'a>(wanted: &str, known: &'a [String]) -> Option<&'a str> {
    let near = known.iter().filter_map(|path| Some((path_distance(wanted, path)?, path.as_str())));
    near.min().map(|(_, path)| path)
}

fn path_distance(wanted: &str, path: &str) -> Option<usize> {
    if path.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('/')) {
        return Some(0);
    }
    let (mut a, mut b): (Vec<&str>, Vec<&str>) = (wanted.split('/').collect(), path.split('/').collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    (a, b) = (a.split_off(same), b.split_off(same));
    while a.last().is_some() && a.last() == b.last() {
        a.pop();
        b.pop();
    }
    let is_major = |part: &str| part.strip_prefix('v').is_some_and(|n| n.parse::<u64>().is_ok());
    match (a.as_slice(), b.as_slice()) {
        ([], [major]) if is_major(major) => return Some(1),
        _ if a.len() != b.len() => return None,
        _ => {}
    }
    let pairs = a.iter().zip(&b).filter(|(x, y)| x != y);
    let edits = pairs.map(|(x, y)| nearest(x, [*y]).map(|_| strsim::damerau_levenshtein(x, y)));
    edits.sum::<Option<usize>>().filter(|edits| (1..=MAX_EDITS).contains(edits))
}

#[cfg(test)]
mod tests {
    use super::nearest_path;

    #[test]
    fn a_path_is_suggested_only_if_it_is_near() {
        let known =
            ["github.com/gin-gonic/gin", "github.com/redis/go-redis/v9", "net/http", "golang.org/x/oauth2"];
        let known = known.map(str::to_owned);
        let near = |wanted| nearest_path(wanted, &known);
        assert_eq!(near("github.com/gin-gonc/gin"), Some("github.com/gin-gonic/gin"));
        assert_eq!(near("gin-gonic/gin"), Some("github.com/gin-gonic/gin"));
        assert_eq!(near("github.com/redis/go-redis"), Some("github.com/redis/go-redis/v9"));
        assert_eq!(near("net/htttp"), Some("net/http"));
        for far in ["github.com/other/gin", "github.com/gin-gonic/jin2go", "gopkg.in/oauth2", "net/http/x"] {
            assert_eq!(near(far), None, "{far}");
        }
    }
}
