//! Questions that the `go` command answers over the network: published versions, downloads.
//!
//! In: module paths and versions. Out: tags and folders, or what `go` said. It runs outside of any module, so that no
//! user's go.mod is read or written.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Modules, Release, Trouble, cache};
use crate::version::Version;

/// Outside of any module or workspace.
const OUTSIDE: [(&str, &str); 2] = [("GOWORK", "off"), ("GOFLAGS", "-mod=mod")];

/// What `go` says of a module whose go.mod asks for a newer Go.
const FOR_NEWER_GO: &str = "requires go >= ";

/// The published versions of a path.
#[derive(Debug, Clone)]
pub(super) enum Listing {
    /// It is a module; these are its tags.
    Versions(Vec<String>),
    /// What `go` said instead.
    Refused(String),
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Answer {
    versions: Vec<String>,
    dir: String,
    error: Option<serde_json::Value>,
}

impl Modules<'_> {
    /// The tags of a module, asked for once.
    pub(super) fn list(&self, path: &str) -> Listing {
        if let Some(known) = self.lists.borrow().get(path) {
            return known.clone();
        }
        let listing = match self.ask(&["list", "-m", "-versions", "-json", path]) {
            Ok(answer) => Listing::Versions(answer.versions),
            Err(why) => Listing::Refused(why),
        };
        self.lists.borrow_mut().insert(path.to_owned(), listing.clone());
        listing
    }

    /// Why a version cannot be read offline.
    pub(super) fn not_here(&self, path: &str, tag: &str) -> String {
        let state = if cache::is_partial(&self.env.modcache, path, tag) {
            "is not completely extracted in the module cache (its download is under way, or was interrupted)"
        } else {
            "is not in the module cache"
        };
        format!("{path}@{tag} {state}, and --offline forbids to download it")
    }

    /// Unpacks a version into the module cache. Go waits there for another process that does the same.
    pub(super) fn download(&self, path: &str, tag: &str) -> Result<PathBuf, Trouble> {
        if self.offline {
            return Err(Trouble::Unavailable(self.not_here(path, tag)));
        }
        let wanted = format!("{path}@{tag}");
        let answer = match self.ask(&["mod", "download", "-json", &wanted]) {
            Ok(answer) => answer,
            Err(why) => {
                // What is for a newer Go is refused, but extracted all the same: its source can be
                // read.
                let extracted = cache::complete(&self.env.modcache, path, tag);
                let extracted = extracted.filter(|_| why.contains(FOR_NEWER_GO));
                return extracted.ok_or(Trouble::Unavailable(why));
            }
        };
        if answer.dir.is_empty() {
            return Err(Trouble::Unavailable(format!("go mod download {wanted} named no folder")));
        }
        Ok(answer.dir.into())
    }

    /// Whether this version can be had, though no list names it.
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

/// The path that a module has for itself, where `go` or the proxy refuses it by another one.
pub(super) fn declared_path(why: &str) -> Option<&str> {
    let after = |sign: &str| why.split_once(sign).map(|(_, rest)| rest);
    let rest = after("declares its path as:").or_else(|| {
        // `go.mod has post-v9 module path "…" at revision v9.0.0`
        after("go.mod has ").and_then(|rest| rest.split_once(" module path \"").map(|(_, rest)| rest))
    })?;
    let path =
        rest.trim_start().split(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | ';' | ')')).next()?;
    (!path.is_empty()).then_some(path)
}

/// Whether the answer is about one version: the proxy does not have it, what it has is no module,
/// or it is for a newer Go.
pub(super) fn is_of_release(why: &str) -> bool {
    const SIGNS: [&str; 10] = [
        "404 Not Found",
        "410 Gone",
        ": not found",
        "reading file:", // of a proxy that is a folder
        "unknown revision",
        "invalid version",
        "not a valid zip file",
        "errors parsing go.mod",
        FOR_NEWER_GO,
        "toolchain not available",
    ];
    !is_passing(why) && SIGNS.iter().any(|sign| why.contains(sign))
}

/// Whether the answer may be another one tomorrow: no connection rather than no module.
pub(super) fn is_passing(why: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "dial tcp",
        "no such host",
        "timeout",
        "connection refused",
        "connection reset",
        "GOPROXY=off",
        "cannot run `go`",
        "502 Bad Gateway",
    ];
    SIGNS.iter().any(|sign| why.contains(sign))
}
