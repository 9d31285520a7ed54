//! Messages from the tool processes of a build to the `goagent build` that waits for it: the
//! transient failures for which a tool has failed, and the outcomes of the packages that were
//! compiled or linked.
//!
//! The channel is a folder that `goagent build` makes before it starts go, among the temporary
//! files. It has an empty file, into which a tool writes its failure; if nothing can be written
//! (the disk is full) the tool removes the file, which is always possible. Outcomes of packages are
//! in files of their own, and may be missing: then the archives are read.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::protocol::PackageReport;
use crate::store::write_whole;

/// The option that names the file. It is not in the environment, where the user's own programs
/// would see it.
pub const TROUBLE: &str = "--trouble=";

/// The folder, as `goagent build` holds it.
#[derive(Debug)]
pub struct TransientFailures {
    folder: tempfile::TempDir,
}

impl TransientFailures {
    /// Makes the folder, with no failure so far.
    pub fn none() -> std::io::Result<Self> {
        let trouble = Self { folder: tempfile::Builder::new().prefix("goagent-trouble-").tempdir()? };
        fs_err::write(trouble.path()?, "")?;
        Ok(trouble)
    }

    /// Returns the path of the file.
    pub fn path(&self) -> std::io::Result<Utf8PathBuf> {
        Utf8PathBuf::from_path_buf(self.folder.path().join("trouble"))
            .map_err(|path| std::io::Error::other(format!("{} is not UTF-8", path.display())))
    }

    /// Returns the failure that a tool has reported; `None` if there is none.
    pub fn reason(&self) -> Option<String> {
        match fs_err::read_to_string(self.folder.path().join("trouble")) {
            Ok(reason) => Some(reason).filter(|reason| !reason.is_empty()),
            Err(_) => Some("a file of this build could not be written".to_owned()),
        }
    }

    /// Returns the outcomes of the packages that this build has compiled, and of everything that it
    /// has linked.
    pub fn reports(&self) -> Vec<SeenReports> {
        let entries = std::fs::read_dir(self.folder.path()).into_iter().flatten().flatten();
        let files = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some());
        let mut files: Vec<_> = files.collect();
        files.sort();
        let read = |path| serde_json::from_slice::<SeenReports>(&std::fs::read(path).ok()?).ok();
        files.into_iter().filter_map(read).collect()
    }
}

/// The reports of one tool process.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SeenReports {
    /// The marked packages. A package of which no rule is woven or skipped has no report.
    pub packages: Vec<String>,
    /// Their outcomes.
    pub reports: Vec<PackageReport>,
}

/// Hands over the outcomes of packages. Nothing depends on this: missing ones are looked up in the
/// archives.
pub fn hand_over(file: Option<&Utf8Path>, seen: &SeenReports) {
    let Some(folder) = file.and_then(Utf8Path::parent) else { return };
    if let Ok(bytes) = serde_json::to_vec(seen) {
        let _ = write_whole(&folder.join(format!("{}.json", blake3::hash(&bytes).to_hex())), &bytes);
    }
}

/// Reports a transient failure. Without a file no `goagent build` waits for it.
pub fn record_reason(file: Option<&Utf8Path>, reason: &str) {
    if let Some(file) = file
        && std::fs::write(file, reason).is_err()
    {
        let _ = std::fs::remove_file(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_even_where_nothing_can_be_written() {
        let trouble = TransientFailures::none().unwrap();
        assert_eq!(trouble.reason(), None);
        record_reason(Some(&trouble.path().unwrap()), "no space left");
        assert_eq!(trouble.reason().as_deref(), Some("no space left"));
        std::fs::remove_file(trouble.path().unwrap()).unwrap();
        assert!(trouble.reason().is_some());
        record_reason(None, "nobody waits");
    }
}
