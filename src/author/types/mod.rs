//! Compiles templates with the real Go compiler: packages are built with the rules woven in, and
//! the compiler's messages are shown at the place in the `.gorule` file.
//!
//! In: checked plugins as a bundle, and the releases they were compared with. Out: findings. Each
//! build is made by goagent, that is by this very program, in a folder of its own with a module
//! that requires nothing else. Builds are for the platform of this machine, and for one platform of
//! each rule that names only others with `platforms`. `attempts` chooses the builds. What a
//! build has said is remembered by the digests of rules and package, the release and Go.

mod attempts;
mod building;
mod compilation;
mod findings;
mod kept;
mod key;
mod no_build;
mod once;
mod subjects;
mod unnamed;

use std::collections::{BTreeMap, BTreeSet};

use attempts::attempts;
use findings::{mistake, not_checked, not_in_build};
use once::{BuildFindings, once};

pub(super) use attempts::{Attempt, BETWEEN};
pub use compilation::Compilation;
pub use subjects::Subjects;

use crate::diagnostic::Diagnostic;

/// Builds, and reports the templates that do not compile.
pub fn check(subjects: &Subjects<'_>) -> Compilation {
    let attempts = attempts(subjects);
    let mut built: Vec<BuildFindings> = Vec::new();
    let mut failed: BTreeMap<(String, &str), Vec<String>> = BTreeMap::new();
    let host = subjects.modules.host();
    for Attempt { build, result } in &attempts {
        match result {
            Ok(entries) => {
                let (of, shown) = (build.packages.join(" "), build.describe(&host));
                built.push(BuildFindings { of, shown, missing: entries.iter().cloned().collect() });
            }
            Err(why) if why.of_release => {}
            Err(why) => {
                failed
                    .entry((build.packages.join(", "), &why.reason))
                    .or_default()
                    .push(build.describe(&host));
            }
        }
    }
    let mistakes = once(&built);
    let mistakes = mistakes.iter().map(|one| {
        if one.missing.is_missed() {
            mistake(subjects, one)
        } else {
            not_in_build(subjects, &one.missing, &one.at)
        }
    });
    let silent = failed.iter().map(|((package, reason), at)| not_checked(subjects, package, reason, at));
    let mut findings: Vec<Diagnostic> = mistakes.chain(silent).collect();
    findings.extend(never_built(subjects, &attempts));
    let mut out = Compilation { findings, attempts, programs: Vec::new() };
    unnamed::check(subjects, &mut out);
    out
}

/// Reports the packages of which no release can be built.
fn never_built(subjects: &Subjects<'_>, attempts: &[Attempt]) -> Vec<Diagnostic> {
    let host = subjects.modules.host();
    let rules = subjects.examined.iter().filter(|one| one.home.is_some() && !one.verdicts.is_empty());
    let packages: BTreeSet<&str> = rules.map(|one| one.package.as_str()).collect();
    let word = |package: &str| {
        let has = |attempt: &&Attempt| attempt.build.packages.iter().any(|built| built == package);
        let of_it: Vec<&Attempt> = attempts.iter().filter(has).collect();
        if of_it.is_empty() || !of_it.iter().all(|attempt| attempt.is_unbuildable()) {
            return None;
        }
        let reason = of_it.iter().find_map(|attempt| attempt.result.as_ref().err());
        let at: Vec<String> = of_it.iter().map(|attempt| attempt.build.describe(&host)).collect();
        Some(not_checked(subjects, package, reason.map_or("", |why| &why.reason), &at))
    };
    packages.into_iter().filter_map(word).collect()
}
