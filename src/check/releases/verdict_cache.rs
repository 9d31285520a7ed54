//! Verdicts that were found before on this machine.
//!
//! In: digests of rules. Out: names of releases that they fit. Only releases that fit are stored:
//! the others are compared again each time, so that the message is whole. A file that cannot be
//! read or written costs time and nothing else.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use crate::store::{load, save, use_file};

/// Verdicts in a folder; without one nothing is remembered.
#[derive(Debug, Default)]
pub struct VerdictCache {
    folder: Option<Utf8PathBuf>,
}

impl VerdictCache {
    /// The verdicts in this folder.
    pub fn new(folder: Utf8PathBuf) -> Self {
        Self { folder: Some(folder) }
    }

    /// The releases of the package in which the rule with this digest holds.
    pub(in crate::check) fn recall(&self, digest: &str) -> BTreeSet<String> {
        let path = self.folder.as_ref().map(|folder| folder.join(digest));
        path.filter(|path| use_file(path)).and_then(|path| load(&path).ok()).unwrap_or_default()
    }

    /// Keeps them.
    pub(in crate::check) fn keep(&self, digest: &str, releases: &BTreeSet<String>) {
        if let Some(folder) = &self.folder {
            let _ = save(&folder.join(digest), releases);
        }
    }
}
