//! Rules for calls beside the package whose functions are called.
//!
//! In: a rule with `call`. Out: diagnostics for the newest release whose source can be had. The
//! release that a build has is known only in the build, which reads the real source.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::modules::{Home, Package, Release};
use crate::syntax::Parsed;
use crate::syntax::ast::{Reach, Rule, Spanned, Target};

use super::super::context::CheckContext;
use super::super::findings::Findings;
use super::super::text::names::{Packages, bad_path};
use super::super::text::template::Readings;
use super::chosen::INSTEAD;
use super::subject::Comparison;
use super::{compare, digest, packages};

/// Checks the rules for calls of one target.
pub(super) fn check(
    parsed: &Parsed,
    target: &Target,
    names: &Packages,
    context: &CheckContext<'_>,
    findings: &mut Findings,
) {
    let around = digest::decls(&parsed.source, &parsed.file.plugin, target);
    for rule in &target.rules {
        let Some(path) = rule.func.call.as_ref().filter(|path| bad_path(&path.node).is_none()) else {
            continue;
        };
        let digest = digest::rule(&parsed.source, &around, rule);
        let known = context.cache.recall(&digest);
        let call_rule = CallRule { target, rule, path, names, context, known: &known };
        if let Some(release) = call_rule.check(findings) {
            context.cache.keep(&digest, &BTreeSet::from([release]));
        }
    }
}

/// A rule for calls of functions of another package.
struct CallRule<'a> {
    target: &'a Target,
    rule: &'a Rule,
    /// The package whose functions are called.
    path: &'a Spanned<String>,
    names: &'a Packages,
    context: &'a CheckContext<'a>,
    /// The releases that the rule is known to fit.
    known: &'a BTreeSet<String>,
}

impl CallRule<'_> {
    /// Compares the rule with one release. Returns the release if nothing is wrong in it and it
    /// was not known.
    fn check(&self, findings: &mut Findings) -> Option<String> {
        let (path, modules) = (self.path, self.context.modules);
        let home = match modules.home(&path.node) {
            Ok(home) => home,
            Err(why) => {
                let nowhere = Home::Module(String::new());
                let near = || modules.cached_modules();
                findings.push(packages::trouble(&why, (&nowhere, path), findings.file(), near));
                return None;
            }
        };
        let Some(release) = self.release(&home) else {
            let why = "none of its releases is on this machine; --offline leaves others out";
            findings.push(packages::cannot_check(&path.node, why, path, findings.file()));
            return None;
        };
        if !self.context.every && self.known.contains(release.name()) {
            return None;
        }
        match modules.package(&home, &path.node, &release) {
            Ok(package) => {
                let found = self.compare(&package, &release, findings);
                let is_clean = found.is_empty();
                let place = match home {
                    Home::Std => format!("Go {}", release.version),
                    Home::Module(_) => release.version.to_string(),
                };
                let noted = found.into_iter().map(|problem| problem.note(format!("compared with {place}")));
                findings.extend(noted);
                is_clean.then(|| release.name().to_owned())
            }
            Err(why) => {
                let near = || modules.siblings(&home, &path.node, &release);
                findings.push(packages::trouble(&why, (&home, path), findings.file(), near));
                None
            }
        }
    }

    /// The newest release whose source can be had, or the newest one if there is none.
    fn release(&self, home: &Home) -> Option<Release> {
        let modules = self.context.modules;
        let releases = modules.newest_first(home);
        let is_had = |release: &&Release| {
            let read = || modules.package(home, &self.path.node, release);
            self.known.contains(release.name()) || !read().is_err_and(|trouble| trouble.is_of_release())
        };
        releases.iter().take(INSTEAD).find(is_had).or(releases.first()).cloned()
    }

    /// The problems of the rule in one release.
    fn compare(&self, package: &Package, release: &Release, findings: &Findings) -> Vec<Diagnostic> {
        let target = Target { reach: Reach::Package, package: self.path.clone(), ..self.target.clone() };
        let comparison = Comparison {
            source: findings.file(),
            target: &target,
            decls: &[],
            ports: &[],
            rule: self.rule,
            names: self.names,
            readings: &Readings::default(),
            package,
            version: &release.version,
        };
        let mut found = compare::declared(&comparison);
        if found.is_empty() {
            found.extend(compare::unwritable(&comparison));
        }
        found
    }
}
