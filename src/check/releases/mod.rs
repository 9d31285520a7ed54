//! Every rule of a plugin beside the packages that it names, release by release.
//!
//! In: one parsed file and the sources that [`Modules`] finds. Out: diagnostics, and what was
//! compared. `packages` finds the releases, `chosen` and `obtained` say which of them are looked
//! at, `compare` says whether a rule fits one, `imports` whether its imports are possible.
//!
//! [`Modules`]: crate::modules::Modules

mod added_fields;
mod calls;
mod chosen;
mod compare;
pub(super) mod digest;
mod ends;
mod imports;
mod mismatches;
mod namesakes;
mod new_in_go;
mod obtained;
pub(super) mod omitted;
mod packages;
pub(super) mod promoted;
pub(super) mod ranges;
mod remembered;
mod signature;
mod subject;
mod unknown_names;
pub(super) mod verdict_cache;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::item::Item;
use crate::modules::{Home, LookupError, Package, Release};
use crate::syntax::Parsed;
use crate::syntax::ast::{Plugin, Rule, Target, Template};

use chosen::FOR_CHANGES;
use imports::ImportCheck;
use new_in_go::NewNames;
use obtained::{Obtained, unavailable};
use omitted::{Omitted, notes};
use packages::Versions;
use remembered::{Files, Remembered};
use subject::Comparison;

use super::context::CheckContext;
use super::findings::Findings;
use super::landmarks::Landmarks;
use super::outcome::{Examined, Verdict};
use super::text::names::{Packages, bad_path};
use super::text::rule::MAX_FUNCTIONS;
use super::text::template::Readings;
use super::wording::describe_versions;
use crate::version::VersionSet;

/// Checks one file.
pub(super) fn check(
    parsed: &Parsed,
    context: &CheckContext<'_>,
    findings: &mut Findings,
    examined: &mut Vec<Examined>,
) {
    let (source, plugin) = (&parsed.source, &parsed.file.plugin);
    let names = Packages::new(plugin, &mut Findings::new(source));
    let (readings, landmarks) = (Readings::default(), Landmarks::new(&parsed.file, &source.text));
    packages::imports(plugin, context.modules, findings);
    let targets = plugin.targets.iter().filter(|target| bad_path(&target.package.node).is_none());
    for target in targets {
        if !target.is_known() {
            // Its packages are known only in a build: only the text of its rules can be checked.
            examined.extend(unseen(parsed, target));
            calls::check(parsed, target, &names, context, findings);
            packages::pattern_of_go(target, context.modules, findings);
            let new_names = NewNames { modules: context.modules, target, names: &names, readings: &readings };
            target.rules.iter().for_each(|rule| new_names.rule(rule, None, findings));
            new_names.decls(None, findings);
            continue;
        }
        let Some(home) = packages::home(target, context, findings) else { continue };
        let same_package =
            plugin.targets.iter().filter(|t| t.is_known() && t.package.node == target.package.node);
        let decls = same_package.clone().flat_map(|t| &t.decls).collect();
        let ports = same_package.flat_map(|t| t.ports.iter().map(|port| port.name.node.as_str())).collect();
        TargetChecker {
            context,
            source,
            plugin,
            target,
            decls,
            ports,
            names: &names,
            readings: &readings,
            landmarks: &landmarks,
            home: &home,
        }
        .target(findings, examined);
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
    let around = digest::decls(source, plugin, target);
    let decls = one(Item::Decl, around.clone());
    let rules = target
        .rules
        .iter()
        .map(|rule| one(Item::Rule(rule.name.node.clone()), digest::rule(source, &around, rule)));
    std::iter::once(decls).chain(rules).collect()
}

struct TargetChecker<'a> {
    context: &'a CheckContext<'a>,
    source: &'a Arc<SourceFile>,
    plugin: &'a Plugin,
    target: &'a Target,
    /// The `decl`s of all targets with this package.
    decls: Vec<&'a Template>,
    /// The names of their ports.
    ports: Vec<&'a str>,
    names: &'a Packages,
    readings: &'a Readings,
    landmarks: &'a Landmarks,
    home: &'a Home,
}

impl TargetChecker<'_> {
    /// Checks what the target declares, and all rules.
    fn target(&self, findings: &mut Findings, examined: &mut Vec<Examined>) {
        let Some(versions) = Versions::find(self.context, self.home, self.target, findings) else {
            return;
        };
        ends::check(&versions, findings);
        let range = [&self.target.versions.node];
        let mut remembered =
            Remembered::new(self.context, digest::decls(self.source, self.plugin, self.target));
        let recalled = remembered.clean();
        let obtained = versions.obtain(&range, &versions.to_check(&range), &recalled);
        self.not_had(&obtained, findings);
        let releases = &obtained.releases;
        if !releases.is_empty() && !releases.iter().all(|release| recalled.contains(release.name())) {
            if !self.package_exists(releases, findings) {
                return;
            }
            self.decls(releases, &mut remembered, findings);
        }
        let digest = remembered.save();
        self.imports(releases, findings);
        self.new_names().decls(Some((self.home, releases)), findings);
        let verdicts = releases.iter().map(|release| remembered::verdict(release, Vec::new())).collect();
        examined.push(self.examined(
            (Item::Decl, digest.clone()),
            &versions,
            (&range, verdicts),
            &obtained.unavailable,
        ));
        let rules = self.target.rules.iter().filter(|rule| rule.func.names.len() <= MAX_FUNCTIONS);
        for rule in rules {
            let Some(releases) = versions.for_rule(rule, findings) else { continue };
            examined.push(self.rule((rule, &digest), &versions, &releases, findings));
        }
    }

    fn new_names(&self) -> NewNames<'_> {
        let Self { context, target, names, readings, .. } = *self;
        NewNames { modules: context.modules, target, names, readings }
    }

    /// Reports a release that this machine cannot ask for.
    fn not_had(&self, obtained: &Obtained, findings: &mut Findings) {
        let Some((release, why)) = &obtained.failed else { return };
        let what = format!("{} {}", self.target.package.node, release.version);
        let found = packages::cannot_check(&what, why, &self.target.package, self.source)
            .note(format!("it would come from {}", self.context.modules.origin()));
        if !findings.iter().any(|other| is_same_finding(other, &found) && other.message() == found.message())
        {
            findings.push(found);
        }
    }

    /// Imports that cannot be.
    fn imports(&self, releases: &[Release], findings: &mut Findings) {
        let Self { context, source, plugin, target, home, .. } = *self;
        let imports = ImportCheck { context, source, plugin, target, home };
        let digest = imports.digest();
        let mut known: BTreeSet<String> = context.cache.recall(&digest);
        if !context.every && releases.iter().all(|release| known.contains(release.name())) {
            return;
        }
        if imports.check(releases, findings) {
            known.extend(releases.iter().map(|release| release.name().to_owned()));
            context.cache.keep(&digest, &known);
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

    /// Returns true if any of the releases has the package. If only some lack it, each rule reports
    /// that.
    fn package_exists(&self, releases: &[Release], findings: &mut Findings) -> bool {
        let package = &self.target.package;
        let mut reason = None;
        for release in releases {
            match self.context.modules.package(self.home, &package.node, release) {
                Ok(_) => return true,
                Err(trouble) => reason = Some((trouble, release)),
            }
        }
        if let Some((why, release)) = reason {
            let near = || self.context.modules.siblings(self.home, &package.node, release);
            findings.push(packages::trouble(&why, (self.home, package), self.source, near));
        }
        false
    }

    /// Compares a rule with releases; `around` is the digest of what the target declares.
    fn rule(
        &self,
        (rule, around): (&Rule, &str),
        versions: &Versions<'_>,
        releases: &[Release],
        findings: &mut Findings,
    ) -> Examined {
        let mut range = vec![&self.target.versions.node];
        range.extend(rule.versions.iter().map(|own| &own.node));
        let mut remembered = Remembered::new(self.context, digest::rule(self.source, around, rule));
        let mut obtained = versions.obtain(&range, releases, &remembered.clean());
        self.not_had(&obtained, findings);
        self.new_names().rule(rule, Some((self.home, &obtained.releases)), findings);
        // The source is there: it was obtained.
        let compared =
            obtained.releases.iter().filter_map(|one| self.verdict(rule, one, &mut remembered).ok());
        let mut verdicts: Vec<Verdict> = compared.collect();
        let failed = verdicts.iter().filter(|v| !v.problems.is_empty()).count();
        if failed > 0 && failed < verdicts.len() {
            self.narrow((rule, &mut remembered), versions, &mut verdicts, &mut obtained.unavailable);
        }
        if failed < verdicts.len() {
            each_once(&verdicts, |verdict| &verdict.warnings, findings);
        }
        let item = Item::Rule(rule.name.node.clone());
        let examined =
            self.examined((item, remembered.save()), versions, (&range, verdicts), &obtained.unavailable);
        if failed == examined.verdicts.len() {
            each_once(&examined.verdicts, |verdict| &verdict.problems, findings);
        } else if failed > 0 {
            partly(rule, &examined, findings);
        }
        examined
    }

    /// The outcome of a rule in one release; `Err` if the source cannot be had.
    fn verdict(
        &self,
        rule: &Rule,
        release: &Release,
        remembered: &mut Remembered<'_>,
    ) -> Result<Verdict, String> {
        if let Some(verdict) = remembered.recall(release, None) {
            return Ok(verdict);
        }
        let (package, modules) = (&self.target.package, self.context.modules);
        match modules.package(self.home, &package.node, release) {
            Ok(found) => {
                let files = self.files(&found);
                if let Some(verdict) = remembered.recall(release, Some(&files)) {
                    return Ok(verdict);
                }
                let subject = Comparison {
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
                let problems = compare::check(&subject);
                remembered.keep(release, &problems, &files);
                let functions = if self.context.every { compare::signatures(&subject) } else { Vec::new() };
                Ok(Verdict { functions, ..remembered::verdict(release, problems) })
            }
            Err(LookupError::Absent) => {
                let near = modules.siblings(self.home, &package.node, release);
                let found = packages::no_package(self.home, package, self.source, &near);
                Ok(remembered::verdict(release, vec![found]))
            }
            Err(LookupError::Renamed { module, package: instead }) => {
                let found = packages::renamed(package, (&module, &instead), self.source);
                Ok(remembered::verdict(release, vec![found]))
            }
            Err(LookupError::Unavailable(why)) => Err(why),
        }
    }

    /// The files that diagnostics about a package point into.
    fn files<'f>(&'f self, package: &'f Package) -> Files<'f> {
        Files { source: self.source, landmarks: self.landmarks, package }
    }

    /// Looks at releases between one that holds and one that does not, so that the place of the
    /// change is known.
    fn narrow(
        &self,
        (rule, remembered): (&Rule, &mut Remembered<'_>),
        versions: &Versions<'_>,
        verdicts: &mut Vec<Verdict>,
        unavailable_ones: &mut Vec<Omitted>,
    ) {
        let mut left = if self.context.every { usize::MAX } else { FOR_CHANGES };
        let mut at = 0;
        while let (Some(a), Some(b)) = (verdicts.get(at), verdicts.get(at + 1)) {
            let middle = versions.between(&a.release, &b.release, unavailable_ones).filter(|_| left > 0);
            let Some(middle) = middle.filter(|_| a.problems.is_empty() != b.problems.is_empty()) else {
                at += 1;
                continue;
            };
            left -= 1;
            match self.verdict(rule, &middle, remembered) {
                Ok(verdict) => verdicts.insert(at + 1, verdict),
                Err(why) => unavailable_ones.push(unavailable(&middle, &why, None)),
            }
        }
    }

    /// Reports names of `decl` that the package has already, and fields that it cannot have.
    fn decls(&self, releases: &[Release], remembered: &mut Remembered<'_>, findings: &mut Findings) {
        let mut found: Vec<(Diagnostic, Vec<String>)> = Vec::new();
        for release in releases {
            for clash in self.clashes(release, remembered) {
                let version = release.version.to_string();
                match found.iter_mut().find(|(known, _)| is_same_finding(known, &clash)) {
                    Some((_, versions)) => versions.push(version),
                    None => found.push((clash, vec![version])),
                }
            }
        }
        findings.extend(
            found.into_iter().map(|(clash, versions)| {
                clash.note(format!("compared with {}", describe_versions(&versions)))
            }),
        );
    }

    /// The declarations and fields that the package cannot have in one release.
    fn clashes(&self, release: &Release, remembered: &mut Remembered<'_>) -> Vec<Diagnostic> {
        let package = self.context.modules.package(self.home, &self.target.package.node, release);
        let Ok(package) = package else { return Vec::new() };
        let files = self.files(&package);
        if let Some(known) = remembered.recall(release, Some(&files)) {
            return known.problems.into_iter().chain(known.warnings).collect();
        }
        let mut clashes =
            compare::clashes(self.source, self.target, &package, &release.version, self.readings);
        clashes.extend(added_fields::check(self.target, &package, self.source));
        remembered.keep(release, &clashes, &files);
        clashes
    }
}

/// Reports a rule that fits only some releases: those that it does not fit, the reason, and the
/// widest range that it fits.
fn partly(rule: &Rule, examined: &Examined, findings: &mut Findings) {
    let verdicts = &examined.verdicts;
    let failing: Vec<String> =
        verdicts.iter().filter(|v| !v.problems.is_empty()).map(|v| v.release.version.to_string()).collect();
    let flat: Vec<_> =
        verdicts.iter().map(|v| (v.release.version.clone(), Some(v.problems.is_empty()))).collect();
    let widest = ranges::widest(&flat, &examined.unseen(), examined.newest);
    let mut said: Vec<&Diagnostic> = Vec::new();
    for problem in verdicts.iter().rev().flat_map(|v| &v.problems) {
        if said.iter().any(|known| is_same_finding(known, problem)) {
            continue;
        }
        said.push(problem);
        let mut found = Diagnostic::new(&codes::functions::PARTLY)
            .with("rule", &rule.name.node)
            .with("versions", describe_versions(&failing))
            .with("reason", problem.message());
        found.labels.clone_from(&problem.labels);
        found.notes.clone_from(&problem.notes);
        found = found.note(format!("of the versions compared, it holds in {widest}"));
        found = notes(examined.omitted.iter()).into_iter().fold(found, Diagnostic::note);
        let also = problem.help.as_ref().map(|help| format!("; or fix the rule: {help}"));
        findings
            .push(found.help(format!("write `versions {widest}` in the rule{}", also.unwrap_or_default())));
    }
}

/// Reports the diagnostics of the newest release, and those of older releases that differ.
fn each_once(verdicts: &[Verdict], said: impl Fn(&Verdict) -> &Vec<Diagnostic>, findings: &mut Findings) {
    let mut all: Vec<Diagnostic> = Vec::new();
    for found in verdicts.iter().rev().flat_map(&said) {
        if all.iter().any(|known| is_same_finding(known, found)) {
            continue;
        }
        let has = |verdict: &&Verdict| said(verdict).iter().any(|other| is_same_finding(other, found));
        let versions: Vec<String> =
            verdicts.iter().filter(has).map(|verdict| verdict.release.version.to_string()).collect();
        all.push(found.clone().note(format!("compared with {}", describe_versions(&versions))));
    }
    findings.extend(all);
}

/// Returns true if two diagnostics have the same code and the same place in the rule.
fn is_same_finding(a: &Diagnostic, b: &Diagnostic) -> bool {
    let place = |d: &Diagnostic| d.labels.first().map(|label| label.span.clone());
    a.code == b.code && place(a) == place(b)
}
