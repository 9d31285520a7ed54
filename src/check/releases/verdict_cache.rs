//! Verdicts that were found before on this machine.
//!
//! In: digests of rules. Out: what was stored for them, by the names of releases. A file that
//! cannot be read or written costs time and nothing else.

use camino::Utf8PathBuf;
use serde::{Serialize, de::DeserializeOwned};

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

    /// The stored value of a digest, or an empty one.
    pub(in crate::check) fn recall<T: DeserializeOwned + Default>(&self, digest: &str) -> T {
        let path = self.folder.as_ref().map(|folder| folder.join(digest));
        path.filter(|path| use_file(path)).and_then(|path| load(&path).ok()).unwrap_or_default()
    }

    /// Stores the value of a digest.
    pub(in crate::check) fn keep<T: Serialize>(&self, digest: &str, value: &T) {
        if let Some(folder) = &self.folder {
            let _ = save(&folder.join(digest), value);
        }
    }
}
