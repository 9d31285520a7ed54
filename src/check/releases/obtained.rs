//! The releases of a range whose source can be had: one that cannot is replaced by the next that
//! can.
//!
//! In: releases that are to be compared with. Out: those to compare with, and the others with the
//! reason. What keeps this machine from having any release is given back as an error: no other
//! release may stand for it.

use std::collections::BTreeSet;

use super::chosen::{INSTEAD, in_place_of};
use super::omitted::{Omission, Omitted};
use super::packages::Versions;
use crate::modules::{Home, LookupError, Release};
use crate::version::VersionSet;

/// The releases whose source was had, and those whose source could not be.
#[derive(Default)]
pub(super) struct Obtained {
    /// Those whose source can be read, lowest first.
    pub(super) releases: Vec<Release>,
    /// Those that cannot be had.
    pub(super) unavailable: Vec<Omitted>,
    /// The first that this machine cannot ask for, and why.
    pub(super) failed: Option<(Release, String)>,
}

impl Versions<'_> {
    /// The source of these releases, or of others in their place. `known` are names of releases
    /// that need no look.
    pub(super) fn obtain(
        &self,
        sets: &[&VersionSet],
        wanted: &[Release],
        known: &BTreeSet<String>,
    ) -> Obtained {
        let all: Vec<Release> = self.range(sets).into_iter().cloned().collect();
        let mut out = Obtained::default();
        for release in wanted {
            if let (Some((_, reason)), false) = (&out.failed, release.on_disk) {
                out.unavailable.push(unavailable(release, &reason.clone(), None));
                continue;
            }
            let Some(trouble) = self.trouble(release, known) else {
                out.releases.push(release.clone());
                continue;
            };
            let reason = trouble.to_string();
            if !trouble.is_of_release() {
                out.unavailable.push(unavailable(release, &reason, None));
                out.failed.get_or_insert((release.clone(), reason));
                continue;
            }
            let mut others = in_place_of(release, &all);
            others.retain(|one| !self.every && !wanted.contains(one) && !out.releases.contains(one));
            let (refused, instead) = self.first(&others, known);
            let refused = std::iter::once((release, reason)).chain(refused);
            out.unavailable.extend(refused.map(|(one, reason)| unavailable(one, &reason, instead)));
            out.releases.extend(instead.cloned());
        }
        if out.releases.is_empty() && out.failed.is_none() {
            let first = out.unavailable.first();
            out.failed = first.map(|one| (one.release.clone(), one.reason().to_owned()));
        }
        out.releases.sort();
        out
    }

    /// The first of a few releases whose source can be had, and why those before it cannot.
    fn first<'r>(
        &self,
        releases: &[&'r Release],
        known: &BTreeSet<String>,
    ) -> (Vec<(&'r Release, String)>, Option<&'r Release>) {
        let mut refused = Vec::new();
        for release in releases.iter().take(INSTEAD) {
            let Some(trouble) = self.trouble(release, known) else { return (refused, Some(release)) };
            refused.push((*release, trouble.to_string()));
        }
        (refused, None)
    }

    /// The reason for which the package cannot be read in a release; `None` if it can, or if the
    /// release is known to lack it.
    fn trouble(&self, release: &Release, known: &BTreeSet<String>) -> Option<LookupError> {
        if known.contains(release.name()) {
            return None;
        }
        let read = self.modules.package(self.home, &self.target.package.node, release);
        read.err().filter(|trouble| matches!(trouble, LookupError::Unavailable(_)))
    }

    /// The releases of ranges that are neither compared with nor said to be unavailable.
    pub(super) fn omitted(
        &self,
        sets: &[&VersionSet],
        compared: &[Release],
        unavailable: &[Omitted],
    ) -> Vec<Omitted> {
        let inside = |release: &&Release| sets.iter().all(|set| set.contains(&release.version));
        let unlisted = self.known.releases.iter().filter(inside).filter(|r| !self.known.is_for_all(r));
        let mut rest: Vec<&Release> = self.range(sets).into_iter().chain(unlisted).collect();
        rest.retain(|release| !compared.contains(release));
        rest.retain(|release| unavailable.iter().all(|one| one.release != **release));
        let rest =
            rest.into_iter().map(|release| Omitted { release: release.clone(), why: self.why(release) });
        let mut all: Vec<Omitted> = rest.chain(unavailable.iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }

    fn why(&self, release: &Release) -> Omission {
        match (self.home, &self.known.incomplete) {
            _ if !self.known.is_for_all(release) => Omission::Unlisted,
            (Home::Std, _) if self.every => Omission::Patch,
            (Home::Std, _) if !release.on_disk => Omission::NotHere(self.modules.origin()),
            (_, Some(reason)) if !release.on_disk => {
                Omission::Unavailable { reason: first_line(reason), instead: None }
            }
            _ => Omission::Budget,
        }
    }
}

impl Omitted {
    fn reason(&self) -> &str {
        if let Omission::Unavailable { reason, .. } = &self.why { reason } else { "" }
    }
}

/// A release that cannot be had.
pub(super) fn unavailable(release: &Release, reason: &str, instead: Option<&Release>) -> Omitted {
    let instead = instead.map(|one| one.name().to_owned());
    Omitted { release: release.clone(), why: Omission::Unavailable { reason: first_line(reason), instead } }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
