//! What the tool processes of a build tell the `goagent build` that waits for it: trouble of a
//! passing kind, for which alone a tool has failed, and what became of the packages that were
//! compiled or linked.
//!
//! The channel is a folder that `goagent build` makes before it starts go, among the temporary
//! files. It has an empty file, into which a tool writes its trouble; where nothing can be written
//! (the disk is full) it removes the file, which always can be done. What became of packages is in
//! files of their own, and may be missing: then the archives are asked.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::protocol::PackageReport;
use crate::store::write_whole;

/// The option that names the file. It is not in the environment, where the user's own programs would see it.
pub const TROUBLE: &str = "--trouble=";

/// The folder, as `goagent build` holds it.
#[derive(Debug)]
pub struct TransientFailures {
    folder: tempfile::TempDir,
}

impl TransientFailures {
    /// No trouble so far.
    pub fn none() -> std::io::Result<Self> {
        let trouble = Self { folder: tempfile::Builder::new().prefix("goagent-trouble-").tempdir()? };
        fs_err::write(trouble.path()?, "")?;
        Ok(trouble)
    }

    /// The path of the file.
    pub fn path(&self) -> std::io::Result<Utf8PathBuf> {
        Utf8PathBuf::from_path_buf(self.folder.path().join("trouble"))
            .map_err(|path| std::io::Error::other(format!("{} is not UTF-8", path.display())))
    }

    /// What a tool has told.
    pub fn told(&self) -> Option<String> {
        match fs_err::read_to_string(self.folder.path().join("trouble")) {
            Ok(reason) => Some(reason).filter(|reason| !reason.is_empty()),
            Err(_) => Some("a file of this build could not be written".to_owned()),
        }
    }

    /// What became of the packages that this build has compiled, and of all that it has linked.
    pub fn seen(&self) -> Vec<SeenReports> {
        let entries = std::fs::read_dir(self.folder.path()).into_iter().flatten().flatten();
        let files = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some());
        let mut files: Vec<_> = files.collect();
        files.sort();
        let read = |path| serde_json::from_slice::<SeenReports>(&std::fs::read(path).ok()?).ok();
        files.into_iter().filter_map(read).collect()
    }
}

/// What one tool process has seen.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SeenReports {
    /// The marked packages. One of which no rule is woven or skipped has no report.
    pub packages: Vec<String>,
    /// What became of them.
    pub reports: Vec<PackageReport>,
}

/// Tells what became of packages. Nobody depends on it: what is missing is looked up.
pub fn hand_over(file: Option<&Utf8Path>, seen: &SeenReports) {
    let Some(folder) = file.and_then(Utf8Path::parent) else { return };
    if let Ok(bytes) = serde_json::to_vec(seen) {
        let _ = write_whole(&folder.join(format!("{}.json", blake3::hash(&bytes).to_hex())), &bytes);
    }
}

/// Tells it. Without a file nobody is waiting for it.
pub fn tell(file: Option<&Utf8Path>, reason: &str) {
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
        assert_eq!(trouble.told(), None);
        tell(Some(&trouble.path().unwrap()), "no space left");
        assert_eq!(trouble.told().as_deref(), Some("no space left"));
        std::fs::remove_file(trouble.path().unwrap()).unwrap();
        assert!(trouble.told().is_some());
        tell(None, "nobody waits");
    }
}
