//! What `goagent build` leaves for the tool processes that the go command starts, and what they leave for it.
//!
//! The only file that both sides share. Everything is addressed by digest or by a session's key, so that two builds at
//! once never write different content to one path. Files are written under another name and renamed.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::store::{Store, load, save};
use crate::weave::{self, Outcome, Unit};

/// The flag that marks a package, with its digest behind it. Stripped before the compiler sees it.
pub const MARK: &str = "-goagent=";

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
    /// What could not be done, and why.
    pub notes: Vec<String>,
}

/// An archive that is put in at link time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Swap {
    /// The digest of what was woven; it becomes part of the linker's id.
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
    /// The report of a digest. Where the compile came out of a cache that this machine does not share, none was kept:
    /// weaving is a pure function of the sources, so it is made again from them.
    pub fn of(
        store: &Store,
        digest: &str,
        unit: &Unit,
        dir: &str,
        files: &[String],
    ) -> std::io::Result<Self> {
        let path = store.report(digest);
        if let Ok(report) = load::<Self>(&path) {
            return Ok(report);
        }
        let sources = weave::read_sources(dir, files)?;
        let outcomes = weave::weave(unit, &sources).outcomes;
        let report = Self { package: unit.package.clone(), outcomes, ..Self::default() };
        save(&path, &report)?;
        Ok(report)
    }
}
