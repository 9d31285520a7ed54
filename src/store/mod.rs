//! goagent's own folder: the paths of its files, and writing them.
//!
//! Everything in it is addressed by digest or by a session's key, so that two builds at once never
//! write different content to one path. Files are written under another name and renamed. Nothing
//! in it is needed permanently: files that nobody has used for some days are removed, and made
//! again when they are needed.

mod sweep;
mod temporary;

use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Serialize, de::DeserializeOwned};

pub use sweep::{StoreHold, use_file};

/// The folder in which goagent stores its own files.
#[derive(Debug, Clone, Default)]
pub struct Store {
    root: Utf8PathBuf,
}

impl Store {
    /// Makes a store in a folder.
    pub fn new(root: impl Into<Utf8PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Opens the store of this user: in the folder that `GOAGENT_CACHE` names, or one in the user's
    /// cache directory; if that cannot be written, in a temporary folder of the user's own.
    pub fn open() -> std::io::Result<Self> {
        let chosen = std::env::var("GOAGENT_CACHE").ok().filter(|dir| !dir.is_empty()).map(Utf8PathBuf::from);
        if let Some(dir) = chosen {
            writable(&dir).map_err(|error| {
                let text = format!(
                    "GOAGENT_CACHE names {dir}, where nothing can be written ({error}): name another folder"
                );
                std::io::Error::new(error.kind(), text)
            })?;
            return Ok(Self::new(dir.canonicalize_utf8()?));
        }
        let usual = dirs::cache_dir().and_then(|dir| Utf8PathBuf::from_path_buf(dir.join("goagent")).ok());
        if let Some(dir) = usual.filter(|dir| writable(dir).is_ok()) {
            return Ok(Self::new(dir));
        }
        Ok(Self::new(temporary::folder()?))
    }

    /// Returns the folder.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// Returns the path of the job of a digest.
    pub fn job(&self, digest: &str) -> Utf8PathBuf {
        self.root.join("jobs").join(digest)
    }

    /// Returns the path of the report of a digest.
    pub fn report(&self, digest: &str) -> Utf8PathBuf {
        self.root.join("reports").join(digest)
    }

    /// Returns the path of the session of a key.
    pub fn session(&self, key: &str) -> Utf8PathBuf {
        self.root.join("sessions").join(key)
    }

    /// Returns the path of the answer to a question about the linked-in packages.
    pub fn layer(&self, key: &str) -> Utf8PathBuf {
        self.root.join("layers").join(key)
    }

    /// Returns the path of the copy of an archive with this content.
    pub fn archive(&self, content_digest: &str) -> Utf8PathBuf {
        self.root.join("archives").join(format!("{content_digest}.a"))
    }

    /// Returns the store that a session's file is in.
    pub fn of_session(session: &Utf8Path) -> Option<Self> {
        Some(Self::new(session.parent()?.parent()?))
    }
}

/// Checks that files can be created in a folder, which is made if it does not exist.
fn writable(dir: &Utf8Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    tempfile::NamedTempFile::new_in(dir).map(drop)
}

/// Reads a file that [`save`] wrote.
pub fn load<T: DeserializeOwned>(path: &Utf8Path) -> std::io::Result<T> {
    let bytes = fs_err::read(path)?;
    postcard::from_bytes(&bytes).map_err(std::io::Error::other)
}

/// Writes a value so that readers see all of it or nothing.
pub fn save<T: Serialize>(path: &Utf8Path, value: &T) -> std::io::Result<()> {
    let bytes = postcard::to_stdvec(value).map_err(std::io::Error::other)?;
    write_whole(path, &bytes)
}

/// Writes a file under another name and renames it.
pub fn write_whole(path: &Utf8Path, bytes: &[u8]) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Utf8Path::new("."));
    fs_err::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}
