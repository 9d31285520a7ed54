//! Chooses the releases with which a target's rules are tried outside of the check: those in the
//! lock, or, without a lock, those that are known.
//!
//! In: an import path and ranges. Out: the module that contains it and its releases in the ranges,
//! lowest first. Missing releases are reported only in the text of the error.

use crate::lock::Lock;
use crate::modules::{Home, KnownReleases, Modules, Release};
use crate::version::{OLDEST_GO, Version, VersionSet};

/// The module of a package and its releases in all of these ranges; of Go only those on this
/// machine, if there are any.
pub(super) fn within(
    modules: &Modules<'_>,
    lock: &Lock,
    package: &str,
    sets: &[&VersionSet],
) -> Result<(Home, Vec<Release>), String> {
    let (home, known) = known(modules, lock, package)?;
    let releases: Vec<Release> = known.within(sets).into_iter().cloned().collect();
    Ok((home, usable(modules, releases)))
}

/// All known releases of a package.
pub(super) fn all(modules: &Modules<'_>, lock: &Lock, package: &str) -> Result<Vec<Release>, String> {
    Ok(known(modules, lock, package)?.1.releases)
}

fn known(modules: &Modules<'_>, lock: &Lock, package: &str) -> Result<(Home, KnownReleases), String> {
    if let Some(locked) = lock.package(package) {
        let home = Home::from_text(&locked.module);
        let mut known = modules.named(&home, locked.releases().map(|(name, _, _)| name));
        if home == Home::Std {
            known.releases.extend(modules.local_go());
            known.releases.sort_by(|a, b| (&a.version, !a.on_disk).cmp(&(&b.version, !b.on_disk)));
            known.releases.dedup_by(|b, a| a.version == b.version);
        }
        return Ok((home, known));
    }
    let home = modules.home(package).map_err(|trouble| format!("{package}: {trouble}"))?;
    let known = modules.releases(&home, &[]);
    Ok((home, known))
}

/// Keeps the releases on this machine if no others may be used, or if others are large (Go's) and
/// there are some here.
fn usable(modules: &Modules<'_>, releases: Vec<Release>) -> Vec<Release> {
    let local: Vec<Release> = releases.iter().filter(|release| release.on_disk).cloned().collect();
    let is_go = releases.iter().any(|release| release.name().starts_with("go"));
    if modules.offline() || (is_go && !local.is_empty()) { local } else { releases }
}

/// The Go toolchains on this machine, lowest first; if a release is given, those that admit it.
pub(super) fn admitted(modules: &Modules<'_>, release: Option<(&Home, &Release)>) -> Vec<Release> {
    let line = release.and_then(|(home, release)| modules.go_line(home, release));
    let mut all = modules.local_go();
    all.retain(|go| {
        go.version.minor() >= OLDEST_GO && line.as_ref().is_none_or(|line| admits(line, &go.version))
    });
    all
}

/// Returns true if a Go builds a module whose go.mod has this line. `go 1.28` admits the
/// pre-releases of 1.28 too.
fn admits(line: &Version, go: &Version) -> bool {
    let first = (line.minor(), line.to_string().ends_with(".0"));
    go >= line || first == (go.minor(), true)
}

/// The names of the oldest and the newest of them.
pub(super) fn ends_of_go(modules: &Modules<'_>, release: Option<(&Home, &Release)>) -> Vec<String> {
    let admitted = admitted(modules, release);
    let admitted: Vec<&Release> = admitted.iter().collect();
    ends(&admitted).into_iter().map(|go| go.name().to_owned()).collect()
}

/// The last patch of the lowest minor version, and the highest version of all.
pub(super) fn ends<'r>(releases: &[&'r Release]) -> Vec<&'r Release> {
    let lowest = releases.first().map(|first| first.version.minor());
    let lowest = releases.iter().rev().find(|release| Some(release.version.minor()) == lowest);
    let mut ends: Vec<&Release> = lowest.into_iter().chain(releases.last()).copied().collect();
    ends.dedup();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_patch_keeps_older_patches_out() {
        let holds = |line, go| admits(&Version::parse(line).unwrap(), &Version::parse(go).unwrap());
        assert!(holds("1.21.5", "go1.21.5") && holds("1.21.5", "go1.22.0") && !holds("1.21.5", "go1.21.4"));
        assert!(holds("1.28", "go1.28rc1") && !holds("1.28", "go1.27.9") && !holds("1.28.1", "go1.28rc1"));
    }
}
