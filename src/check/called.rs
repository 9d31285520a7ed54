//! Rules for calls against the package whose functions are called.
//!
//! In: a rule with `call`. Out: what keeps it from holding in the newest release that can be looked at. Which release a build
//! has is not known before it: there the real source counts.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::modules::{Home, Release, Trouble};
use crate::syntax::Parsed;
use crate::syntax::ast::{Reach, Rule, Spanned, Target};

use super::chosen::INSTEAD;
use super::functions::{self, Subject};
use super::names::{Packages, bad_path};
use super::template::Readings;
use super::{Scope, digest, packages};

/// Checks the rules for calls of one target.
pub(super) fn check(
    parsed: &Parsed,
    target: &Target,
    names: &Packages,
    scope: &Scope<'_>,
    out: &mut Vec<Diagnostic>,
) {
    for rule in &target.rules {
        let Some(path) = rule.func.call.as_ref().filter(|path| bad_path(&path.node).is_none()) else {
            continue;
        };
        let digest = digest::rule(&parsed.source, &parsed.file.plugin, target, rule);
        let known = scope.memory.recall(&digest);
        if let Some(release) = one(parsed, (target, rule, path), names, scope, &known, out) {
            scope.memory.keep(&digest, &BTreeSet::from([release]));
        }
    }
}

/// The release in which nothing is wrong, where it is not one that is known.
fn one(
    parsed: &Parsed,
    (target, rule, path): (&Target, &Rule, &Spanned<String>),
    names: &Packages,
    scope: &Scope<'_>,
    known: &BTreeSet<String>,
    out: &mut Vec<Diagnostic>,
) -> Option<String> {
    let (source, modules) = (&parsed.source, scope.modules);
    let unknown = |why: &str| packages::cannot_check(&path.node, why, path, source);
    let refused = |why: &Trouble, home: &Home, near: &dyn Fn() -> Vec<String>| {
        packages::trouble(why, (home, path), source, near)
    };
    let home = match modules.home(&path.node) {
        Ok(home) => home,
        Err(why) => {
            out.push(refused(&why, &Home::Module(String::new()), &|| modules.cached_modules()));
            return None;
        }
    };
    // One that cannot be had gives its place to the one below it.
    let releases = modules.newest_first(&home);
    let is_had = |release: &&Release| {
        known.contains(release.name())
            || !modules.package(&home, &path.node, release).is_err_and(|trouble| trouble.is_of_release())
    };
    let tried = || releases.iter().take(INSTEAD);
    let Some(release) = tried().find(is_had).or(releases.first()) else {
        out.push(unknown("none of its releases is on this machine; --offline leaves others out"));
        return None;
    };
    if !scope.every && known.contains(release.name()) {
        return None;
    }
    match modules.package(&home, &path.node, release) {
        Ok(package) => {
            let target = Target { reach: Reach::Package, package: path.clone(), ..target.clone() };
            let subject = Subject {
                source,
                target: &target,
                decls: &[],
                ports: &[],
                rule,
                names,
                readings: &Readings::default(),
                package: &package,
                version: &release.version,
            };
            let mut found = functions::declared(&subject);
            if found.is_empty() {
                found.extend(functions::unwritable(&subject));
            }
            let good = found.is_empty();
            let place = match home {
                Home::Std => format!("Go {}", release.version),
                Home::Module(_) => release.version.to_string(),
            };
            out.extend(found.into_iter().map(|problem| problem.note(format!("compared with {place}"))));
            good.then(|| release.name().to_owned())
        }
        Err(why) => {
            out.push(refused(&why, &home, &|| modules.siblings(&home, &path.node, release)));
            None
        }
    }
}
