//! Releases of modules and of Go, and the reasons for which one cannot be had.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::answers::is_of_release;
use crate::version::{Version, VersionSet};

/// The text before the name of a Go release in the versions of Go's toolchain module.
pub(super) const GO_TAG: &str = "v0.0.1-";

/// The module, or the standard library, that contains a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// The standard library; its versions are Go's.
    Std,
    /// A module.
    Module(String),
}

/// One version of a module or of Go. It is equal to itself before and after a download.
#[derive(Debug, Clone)]
pub struct Release {
    /// Its version.
    pub version: Version,
    /// Its name in Go's tools.
    pub tag: String,
    /// True if its source is on this machine.
    pub on_disk: bool,
}

impl Ord for Release {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.version, &self.tag).cmp(&(&other.version, &other.tag))
    }
}

impl PartialOrd for Release {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Release {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Release {}

impl Home {
    /// The reverse of its display: `std`, or a module's path.
    pub fn from_text(text: &str) -> Self {
        if text == "std" { Self::Std } else { Self::Module(text.to_owned()) }
    }
}

impl std::fmt::Display for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Std => f.write_str("std"),
            Self::Module(path) => f.write_str(path),
        }
    }
}

impl Release {
    /// Its name on every platform: `v1.9.0`, `go1.22.0`.
    pub fn name(&self) -> &str {
        let toolchain = self.tag.strip_prefix(GO_TAG).filter(|rest| rest.starts_with("go"));
        toolchain.and_then(|rest| rest.rsplit_once('.')).map_or(&self.tag, |(name, _)| name)
    }
}

/// Releases that are known.
#[derive(Debug, Clone, Default)]
pub struct KnownReleases {
    /// The releases, lowest first.
    pub releases: Vec<Release>,
    /// The tags of those that are only in this machine's module cache: no list names them, and they
    /// were not asked for.
    pub unlisted: BTreeSet<String>,
    /// True if published releases are known. Then those that are only on this machine count only if
    /// there are no others.
    pub listed: bool,
    /// The reason for which published releases could not be asked for, if they could not.
    pub incomplete: Option<String>,
}

impl KnownReleases {
    /// The releases of a range. Pre-releases only if it has nothing else, and the same for those
    /// that no list names: two machines get the same releases, whatever is in their module caches.
    pub fn within(&self, sets: &[&VersionSet]) -> Vec<&Release> {
        let inside = |r: &&Release| sets.iter().all(|set| set.contains(&r.version));
        let all: Vec<&Release> = self.releases.iter().filter(inside).collect();
        let rank = |r: &Release| (r.version.is_pre_release(), !self.is_for_all(r));
        let best = all.iter().map(|r| rank(r)).min();
        all.into_iter().filter(|r| Some(rank(r)) == best).collect()
    }

    /// Returns true if a release counts beside published ones: it is one of them, or was asked for,
    /// or none is known.
    pub fn is_for_all(&self, release: &Release) -> bool {
        !(self.listed && self.unlisted.contains(&release.tag))
    }
}

/// The reason for which a fact cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// There is no such thing.
    #[error("there is no such package")]
    Absent,
    /// It is not known whether it exists.
    #[error("{0}")]
    Unavailable(String),
    /// The module declares another path, so that no build can require it by this one.
    #[error("its module declares its path as {module}")]
    Renamed {
        /// The path in its go.mod.
        module: String,
        /// The import path of the package in that module.
        package: String,
    },
}

impl LookupError {
    /// Returns true if only this release cannot be had, rather than anything that this machine asks
    /// for.
    pub fn is_of_release(&self) -> bool {
        matches!(self, Self::Unavailable(why) if is_of_release(why))
    }
}
