//! Releases of modules and of Go, and why one cannot be had.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::answers::is_of_release;
use crate::version::{Version, VersionSet};

/// What stands before the name of a Go release in the versions of Go's toolchain module.
pub(super) const GO_TAG: &str = "v0.0.1-";

/// What holds a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// Go itself; versions are Go's.
    Std,
    /// A module.
    Module(String),
}

/// One version of a module, or of Go. It is the same one before and after it was downloaded.
#[derive(Debug, Clone)]
pub struct Release {
    /// Its version.
    pub version: Version,
    /// What Go's tools call it.
    pub tag: String,
    /// Whether its source is on this machine.
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
    pub fn of(text: &str) -> Self {
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

/// The releases that are known.
#[derive(Debug, Clone, Default)]
pub struct KnownReleases {
    /// Lowest first.
    pub releases: Vec<Release>,
    /// The tags of those that only this machine's module cache has: no list names them, and nobody
    /// asked for them.
    pub unlisted: BTreeSet<String>,
    /// Whether published releases are known. Then those of this machine alone count only if there
    /// are no others.
    pub listed: bool,
    /// Why the published ones could not be asked for, where they could not.
    pub incomplete: Option<String>,
}

impl KnownReleases {
    /// The releases of a range. Pre-releases only if it holds nothing else, and the same with those
    /// that no list names: two machines get the same ones, whatever their module caches hold.
    pub fn within(&self, sets: &[&VersionSet]) -> Vec<&Release> {
        let inside = |r: &&Release| sets.iter().all(|set| set.contains(&r.version));
        let all: Vec<&Release> = self.releases.iter().filter(inside).collect();
        let rank = |r: &Release| (r.version.is_pre_release(), !self.is_for_all(r));
        let best = all.iter().map(|r| rank(r)).min();
        all.into_iter().filter(|r| Some(rank(r)) == best).collect()
    }

    /// Whether a release counts beside published ones: it is one, or was asked for, or none is
    /// known.
    pub fn is_for_all(&self, release: &Release) -> bool {
        !(self.listed && self.unlisted.contains(&release.tag))
    }
}

/// Why a fact cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// There is no such thing.
    #[error("there is no such package")]
    Absent,
    /// It is not known whether there is.
    #[error("{0}")]
    Unavailable(String),
    /// The module calls itself by another path, so that no build can require it by this one.
    #[error("its module declares its path as {module}")]
    Renamed {
        /// The path in its go.mod.
        module: String,
        /// The package's import path below that.
        package: String,
    },
}

impl LookupError {
    /// Whether it is this one release that cannot be had, rather than anything that this machine
    /// asks for.
    pub fn is_of_release(&self) -> bool {
        matches!(self, Self::Unavailable(why) if is_of_release(why))
    }
}
