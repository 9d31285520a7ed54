//! What `goagent build` leaves for the tool processes that the go command starts, and what they leave for it.
//!
//! The only file that both sides share. Everything is addressed by digest or by a session's key, so that two builds at
//! once never write different content to one path. Files are written under another name and renamed.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::kept;
use crate::store::{Store, load, save, use_file};
use crate::weave::{self, Outcome, SourceFile, Unit};

/// The flag that marks a package, with its digest behind it. Stripped before the compiler sees it.
pub const MARK: &str = "-goagent=";

/// The value of the last `-gcflags`: for no package, and with the user's own last value behind a comma. Go writes the last one
/// into the module info, which is part of main's key: without it the key would hang on whatever else is marked.
pub const LAST: &str = "goagent/mark=-goagent=";

/// What stands before the manifest in a binary.
pub const MANIFEST: &str = "goagent-manifest:";

/// The option that names the session's file.
pub const SESSION: &str = "--session=";

/// The option with the user's own `-toolexec`, which runs the tool in its turn.
pub const THEN: &str = "--then=";

/// Everything a tool process needs for one marked package.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// What is woven.
    pub unit: Unit,
    /// Archives that may be added to the compile's importcfg, by import path.
    pub archives: BTreeMap<String, Utf8PathBuf>,
    /// The text for `boot.Start` where the package may be a main.
    pub manifest: Option<String>,
}

/// What the link step needs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Session {
    /// The digest of each marked package.
    pub marks: BTreeMap<String, String>,
    /// The woven runtime that takes the place of the plain one.
    pub runtime: Option<Swap>,
    /// Archives of the linked-in packages and of what they import.
    pub link: BTreeMap<String, Utf8PathBuf>,
    /// A digest of the content of all that the linker adds; it becomes part of the linker's id.
    pub content: String,
    /// What could not be done, and why.
    pub notes: Vec<String>,
}

impl Session {
    /// Packages with their digests.
    pub fn named_marks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.marks.iter().map(|(package, digest)| (package.as_str(), digest.as_str()))
    }
}

/// An archive that is put in at link time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Swap {
    /// The digest of what was woven.
    pub digest: String,
    /// The archive.
    pub archive: Utf8PathBuf,
}

/// What became of a marked package.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Report {
    /// The package.
    pub package: String,
    /// Its rules, one by one.
    pub outcomes: Vec<Outcome>,
    /// Mistakes in templates. The plugins that have made them were left out, the others are woven.
    pub faults: Vec<Fault>,
    /// Why the package was compiled as it was after all.
    pub fallback: Option<String>,
}

/// What the archive of a package tells of its compile, because the sources do not.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Note {
    faults: Vec<Fault>,
    fallback: Option<String>,
}

/// A mistake in a template: woven, it did not compile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The plugin.
    pub plugin: String,
    /// The rule; `None`: a declaration of the plugin, or it is not known which.
    pub rule: Option<String>,
    /// Line and column in the plugin's `.gorule` file, where they are known.
    pub place: Option<(u32, u32)>,
    /// What the compiler says.
    pub message: String,
}

impl Fault {
    /// `gin.gorule:14:20: undefined: x`.
    pub fn said(&self) -> String {
        let place = self.place.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        format!("{}.gorule{place}: {}", self.plugin, self.message)
    }
}

impl Report {
    /// The report that the compile of this digest has left here.
    pub fn kept(
        store: &Store,
        digest: &str,
        unit: &Unit,
        dir: &str,
        files: &[String],
    ) -> std::io::Result<Option<Self>> {
        let path = Self::path(store, digest, unit, || weave::read_sources(dir, files))?;
        if !use_file(&path) {
            return Ok(None);
        }
        Ok(load(&path).ok())
    }

    /// The report of a digest whose compile came out of a cache that this machine does not share, or so long ago that its report is
    /// gone. Weaving is a pure function of the sources; whether the compiler took what it gave is said by the archive.
    pub fn again(
        store: &Store,
        digest: &str,
        unit: &Unit,
        dir: &str,
        files: &[String],
        archives: &[Utf8PathBuf],
    ) -> std::io::Result<Self> {
        if archives.is_empty() {
            // Go lists no archives of tests with coverage.
            return load(&store.report(digest))
                .map_err(|_| std::io::Error::other("its archive cannot be looked at"));
        }
        let mut note = None;
        for archive in archives {
            note = note.or(kept::noted(archive)?);
        }
        let note: Note = note.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default();
        let sources = weave::read_sources(dir, files)?;
        let mut rest = unit.clone();
        rest.leave_out(|plugin| note.faults.iter().any(|fault| fault.plugin == plugin));
        let outcomes = weave::weave(&rest, &sources).outcomes;
        let report =
            Self { package: unit.package.clone(), outcomes, faults: note.faults, fallback: note.fallback };
        // It could be made once more.
        let _ = save(&Self::path(store, digest, unit, || Ok(sources))?, &report);
        Ok(report)
    }

    /// What of a report cannot be made again.
    pub fn note(&self) -> Option<String> {
        let note = Note { faults: self.faults.clone(), fallback: self.fallback.clone() };
        let is_needed = !note.faults.is_empty() || note.fallback.is_some();
        is_needed.then(|| serde_json::to_string(&note).unwrap_or_default())
    }

    fn path(
        store: &Store,
        digest: &str,
        unit: &Unit,
        sources: impl FnOnce() -> std::io::Result<Vec<SourceFile>>,
    ) -> std::io::Result<Utf8PathBuf> {
        let versioned = unit.version.is_some();
        let sources = if versioned { Vec::new() } else { sources()? };
        Ok(store.report(&kept::name(digest, versioned, &sources)))
    }
}
