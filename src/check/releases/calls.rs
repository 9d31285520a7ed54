//! Rules for calls against the package whose functions are called.
//!
//! In: a rule with `call`. Out: what keeps it from holding in the newest release that can be looked at. Which release a build
//! has is not known before it: there the real source counts.

use std::collections::BTreeSet;

use crate::modules::{Home, LookupError, Release};
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
    for rule in &target.rules {
        let Some(path) = rule.func.call.as_ref().filter(|path| bad_path(&path.node).is_none()) else {
            continue;
        };
        let digest = digest::rule(&parsed.source, &parsed.file.plugin, target, rule);
        let known = context.cache.recall(&digest);
        if let Some(release) = check_call_rule(parsed, (target, rule, path), names, context, &known, findings)
        {
            context.cache.keep(&digest, &BTreeSet::from([release]));
        }
    }
}

/// The release in which nothing is wrong, where it is not one that is known.
fn check_call_rule(
    parsed: &Parsed,
    (target, rule, path): (&Target, &Rule, &Spanned<String>),
    names: &Packages,
    context: &CheckContext<'_>,
    known: &BTreeSet<String>,
    findings: &mut Findings,
) -> Option<String> {
    let (source, modules) = (&parsed.source, context.modules);
    let unknown = |why: &str| packages::cannot_check(&path.node, why, path, source);
    let refused = |why: &LookupError, home: &Home, near: &dyn Fn() -> Vec<String>| {
        packages::trouble(why, (home, path), source, near)
    };
    let home = match modules.home(&path.node) {
        Ok(home) => home,
        Err(why) => {
            findings.push(refused(&why, &Home::Module(String::new()), &|| modules.cached_modules()));
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
        findings.push(unknown("none of its releases is on this machine; --offline leaves others findings"));
        return None;
    };
    if !context.every && known.contains(release.name()) {
        return None;
    }
    match modules.package(&home, &path.node, release) {
        Ok(package) => {
            let target = Target { reach: Reach::Package, package: path.clone(), ..target.clone() };
            let subject = Comparison {
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
            let mut found = compare::declared(&subject);
            if found.is_empty() {
                found.extend(compare::unwritable(&subject));
            }
            let good = found.is_empty();
            let place = match home {
                Home::Std => format!("Go {}", release.version),
                Home::Module(_) => release.version.to_string(),
            };
            findings.extend(found.into_iter().map(|problem| problem.note(format!("compared with {place}"))));
            good.then(|| release.name().to_owned())
        }
        Err(why) => {
            findings.push(refused(&why, &home, &|| modules.siblings(&home, &path.node, release)));
            None
        }
    }
}
