//! Asks the `go` command questions that it answers over the network: published versions, downloads.
//!
//! In: module paths and versions. Out: tags and folders, or `go`'s reason for a refusal. `go` runs
//! outside of any module, so that no go.mod of a user is read or written.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::answers::FOR_NEWER_GO;
use super::cache;
use super::release::{LookupError, Release};
use crate::gotool::question::GoCommand;
use crate::version::Version;

/// Variables that keep `go` outside of any module or workspace.
const OUTSIDE: [(&str, &str); 2] = [("GOWORK", "off"), ("GOFLAGS", "-mod=mod")];

/// The published versions of a path.
#[derive(Debug, Clone)]
pub(super) enum VersionList {
    /// The path is a module's; these are its tags.
    Versions(Vec<String>),
    /// `go` refused the list, with this message.
    Refused(String),
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Answer {
    versions: Vec<String>,
    dir: String,
    error: Option<serde_json::Value>,
}

/// The `go` command, for questions about published modules.
pub(super) struct Questions<'a> {
    go: &'a dyn GoCommand,
    /// True if only what is on this machine may be used.
    pub(super) offline: bool,
    modcache: PathBuf,
    scratch: OnceCell<Option<tempfile::TempDir>>,
    lists: RefCell<BTreeMap<String, VersionList>>,
}

impl<'a> Questions<'a> {
    pub(super) fn new(go: &'a dyn GoCommand, offline: bool, modcache: PathBuf) -> Self {
        Self { go, offline, modcache, scratch: OnceCell::new(), lists: RefCell::default() }
    }

    /// The tags of a module; asked for only once.
    pub(super) fn list(&self, path: &str) -> VersionList {
        if let Some(known) = self.lists.borrow().get(path) {
            return known.clone();
        }
        let listing = match self.ask(&["list", "-m", "-versions", "-json", path]) {
            Ok(answer) => VersionList::Versions(answer.versions),
            Err(why) => VersionList::Refused(why),
        };
        self.lists.borrow_mut().insert(path.to_owned(), listing.clone());
        listing
    }

    /// The reason for which a version cannot be read offline.
    pub(super) fn not_here(&self, path: &str, tag: &str) -> String {
        let state = if cache::is_partial(&self.modcache, path, tag) {
            "is not completely extracted in the module cache (its download is under way, or was interrupted)"
        } else {
            "is not in the module cache"
        };
        format!("{path}@{tag} {state}, and --offline forbids to download it")
    }

    /// Unpacks a version into the module cache. `go` waits if another process is doing the same.
    pub(super) fn download(&self, path: &str, tag: &str) -> Result<PathBuf, LookupError> {
        if self.offline {
            return Err(LookupError::Unavailable(self.not_here(path, tag)));
        }
        let wanted = format!("{path}@{tag}");
        let answer = match self.ask(&["mod", "download", "-json", &wanted]) {
            Ok(answer) => answer,
            Err(why) => {
                // A version for a newer Go is refused but extracted all the same: its source can be
                // read.
                let extracted = cache::complete(&self.modcache, path, tag);
                let extracted = extracted.filter(|_| why.contains(FOR_NEWER_GO));
                return extracted.ok_or(LookupError::Unavailable(why));
            }
        };
        if answer.dir.is_empty() {
            return Err(LookupError::Unavailable(format!("go mod download {wanted} named no folder")));
        }
        Ok(answer.dir.into())
    }

    /// Downloads a version that no list names; `None` if it cannot be had.
    pub(super) fn try_version(&self, path: &str, version: &Version) -> Option<Release> {
        let plain = format!("v{version}");
        let incompatible = format!("v{version}+incompatible");
        [plain, incompatible].into_iter().find_map(|tag| {
            self.download(path, &tag).ok()?;
            Some(Release { version: version.clone(), tag, on_disk: true })
        })
    }

    /// Runs `go` in an empty folder and reads its JSON.
    fn ask(&self, args: &[&str]) -> Result<Answer, String> {
        let dir = self.scratch()?;
        let output = self.go.run(args, Some(dir), &OUTSIDE).map_err(|error| error.to_string())?;
        let answer: Answer = serde_json::from_str(&output.stdout).unwrap_or_default();
        match answer.error {
            None if output.success => Ok(answer),
            Some(serde_json::Value::String(text)) => Err(text),
            Some(other) => Err(other.get("Err").and_then(|e| e.as_str()).unwrap_or("it failed").to_owned()),
            None => Err(output.stderr.trim().to_owned()),
        }
    }

    fn scratch(&self) -> Result<&Path, String> {
        let made = self.scratch.get_or_init(|| tempfile::tempdir().ok());
        made.as_ref().map(tempfile::TempDir::path).ok_or_else(|| "no temporary folder can be made".to_owned())
    }
}
