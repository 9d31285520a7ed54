//! The data that `goagent build` leaves for the tool processes that the go command starts, and the
//! data that they leave for it.
//!
//! Both sides share this file, and with it [`super::transient`], which carries failures and reports
//! while a build runs. Everything is addressed by digest or by a session's key, so that two builds
//! at once never write different content to one path. Files are written under another name and
//! renamed.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::absent::without_absent;
use super::archive_note;
use crate::plan::UnwovenTarget;
use crate::report::UncoveredLibrary;
use crate::weave::{GoSourceFile, Outcome, Unit, Woven};

/// The flag that marks a package, followed by its digest. It is removed before the compiler sees
/// it.
pub const MARK: &str = "-goagent=";

/// The value of the last `-gcflags`: for no package, and with the user's own last value after a
/// comma. Go writes the last one into the module info, which is part of main's key: without it the
/// key would depend on the other marked packages.
pub const LAST: &str = "goagent/mark=-goagent=";

/// The variable that the linker sets to the manifest.
pub const MANIFEST_VARIABLE: &str = "goagent/boot.manifest";

/// Raised whenever a type in this file changes its shape: it is part of every key under which such
/// a value is stored.
pub const LAYOUT: u32 = 2;

/// The text before the manifest in a binary.
pub const MANIFEST: &str = "goagent-manifest:";

/// The text before a long manifest, which is its bytes as hexadecimal digits, and a full stop.
pub const LONG_MANIFEST: &str = "goagent-manifest-hex:";

/// The option that names the session's file.
pub const SESSION: &str = "--session=";

/// The option with the user's own `-toolexec`, which runs the tool in turn.
pub const THEN: &str = "--then=";

/// Everything that a tool process needs for one marked package.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// The rules to weave, with everything that belongs to them.
    pub unit: Unit,
    /// Archives that may be added to the compile's importcfg, by import path.
    pub archives: BTreeMap<String, Utf8PathBuf>,
    /// Remarks on the program, if the package may be a main: then it gets the start-up file.
    pub remarks: Option<ProgramRemarks>,
}

/// Everything that the link step needs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Session {
    /// The digest of each marked package.
    pub marks: BTreeMap<String, String>,
    /// The woven runtime that takes the place of the plain one.
    pub runtime: Option<Swap>,
    /// The report on runtime, if all its rules depend on rules that the user has switched off.
    pub without_runtime: Option<PackageReport>,
    /// Archives of the linked-in packages and of everything that they import.
    pub link: BTreeMap<String, Utf8PathBuf>,
    /// A digest of the content of everything that the linker adds; it becomes part of the linker's
    /// id.
    pub content: String,
    /// The parts that could not be done, with their reasons.
    pub notes: Vec<SessionNote>,
}

/// A part that could not be done for a package, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionNote {
    /// The package.
    pub package: String,
    /// The reason, which names the package.
    pub text: String,
}

impl Session {
    /// Returns the packages with their digests.
    pub fn named_marks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.marks.iter().map(|(package, digest)| (package.as_str(), digest.as_str()))
    }
}

/// An archive that is put in at link time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Swap {
    /// The digest of the woven rules.
    pub digest: String,
    /// The archive.
    pub archive: Utf8PathBuf,
}

/// The outcomes of a marked package.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PackageReport {
    /// The package.
    pub package: String,
    /// The version of its module, or of Go.
    pub version: Option<String>,
    /// Identifies its rules.
    pub digest: String,
    /// Its rules, one by one.
    pub outcomes: Vec<Outcome>,
    /// Mistakes in templates. The plugins that made them were left out, the others are woven.
    pub faults: Vec<Fault>,
    /// The reason for which the package was compiled without any rule after all.
    pub fallback: Option<String>,
    /// The functions that were added to package runtime.
    pub declares: BTreeSet<String>,
}

/// The remarks of a main on its program besides the woven rules: packages in it that a rule exists
/// for, or could, and that were not marked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramRemarks {
    /// Plugins that are not for the version in the build.
    pub left_out: Vec<UnwovenTarget>,
    /// Commonly instrumented libraries that no plugin covers.
    pub uncovered: Vec<UncoveredLibrary>,
    /// Other parts that could not be done.
    pub notes: Vec<String>,
}

/// The note that a compile leaves in its archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// See `NOTE_REVISION`.
    pub revision: u32,
    /// The report on its package; none in the main that `go test` writes.
    pub report: Option<PackageReport>,
    /// The remarks of a main.
    pub remarks: Option<ProgramRemarks>,
}

/// Raised whenever a note changes its shape.
const NOTE_REVISION: u32 = 2;

/// A mistake in a template: the woven code did not compile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fault {
    /// The plugin.
    pub plugin: String,
    /// The rule; `None` if it is a declaration of the plugin, or the rule is not known.
    pub rule: Option<String>,
    /// Line and column in the plugin's `.gorule` file, if they are known.
    pub place: Option<(u32, u32)>,
    /// The compiler's message.
    pub message: String,
}

impl Fault {
    /// Returns the mistake with its place: `gin.gorule:14:20: undefined: x`.
    pub fn location_and_message(&self) -> String {
        let place = self.place.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        format!("{}.gorule{place}: {}", self.plugin, self.message)
    }
}

impl PackageReport {
    /// Returns the outcomes of a unit, as far as its sources tell.
    pub fn from_woven(unit: &Unit, woven: Woven, files: &[GoSourceFile]) -> Self {
        Self {
            package: unit.package.clone(),
            version: unit.version.as_ref().map(ToString::to_string),
            digest: unit.short_digest(),
            outcomes: without_absent(unit, files, woven.outcomes),
            declares: woven.declares,
            ..Self::default()
        }
    }

    /// Returns true if there is nothing to report.
    pub fn says_nothing(&self) -> bool {
        self.outcomes.is_empty() && self.faults.is_empty() && self.fallback.is_none()
    }
}

impl Note {
    /// Writes the note into an archive. A package without outcomes has the archive that it would
    /// have without its mark.
    pub fn write(
        report: Option<&PackageReport>,
        remarks: Option<&ProgramRemarks>,
        archive: &Utf8Path,
    ) -> std::io::Result<()> {
        let report = report.filter(|report| !report.says_nothing());
        if report.is_none() && remarks.is_none() {
            return Ok(());
        }
        let (report, remarks) = (report.cloned(), remarks.cloned());
        archive_note::write_note(
            archive,
            &serde_json::to_string(&Self { revision: NOTE_REVISION, report, remarks })?,
        )
    }

    /// Reads the note of an archive; `None` if it has none.
    pub fn read(archive: &Utf8Path) -> std::io::Result<Option<Self>> {
        let Some(text) = archive_note::read_note(archive)? else { return Ok(None) };
        match serde_json::from_str::<Self>(&text) {
            Ok(note) if note.revision == NOTE_REVISION => Ok(Some(note)),
            _ => Err(std::io::Error::other(format!("{archive} was made by another release of goagent"))),
        }
    }
}
