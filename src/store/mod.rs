//! goagent's own folder: where its files are and how they are written.
//!
//! Everything in it is addressed by digest or by a session's key, so that two builds at once never write different content
//! to one path. Files are written under another name and renamed. Nothing in it is needed for good: what nobody has used
//! for some days is swept away, and made again when it is asked for.

mod sweep;
mod temporary;

use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Serialize, de::DeserializeOwned};

pub use sweep::{Held, use_file};

/// The folder that goagent keeps its own files in.
#[derive(Debug, Clone, Default)]
pub struct Store {
    root: Utf8PathBuf,
}

impl Store {
    /// A store in a folder.
    pub fn new(root: impl Into<Utf8PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The store of this user: in the folder that `GOAGENT_CACHE` names, or one in the user's cache directory; where that
    /// cannot be written, a temporary one of the user's own.
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

    /// The folder.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// Where the job of a digest is.
    pub fn job(&self, digest: &str) -> Utf8PathBuf {
        self.root.join("jobs").join(digest)
    }

    /// Where the report of a digest is.
    pub fn report(&self, digest: &str) -> Utf8PathBuf {
        self.root.join("reports").join(digest)
    }

    /// Where the session of a key is.
    pub fn session(&self, key: &str) -> Utf8PathBuf {
        self.root.join("sessions").join(key)
    }

    /// Where the answer to a question about what is linked in is.
    pub fn layer(&self, key: &str) -> Utf8PathBuf {
        self.root.join("layers").join(key)
    }

    /// Where a copy of an archive with this content is.
    pub fn archive(&self, content_digest: &str) -> Utf8PathBuf {
        self.root.join("archives").join(format!("{content_digest}.a"))
    }

    /// The store that a session's file is in.
    pub fn of_session(session: &Utf8Path) -> Option<Self> {
        Some(Self::new(session.parent()?.parent()?))
    }
}

/// Whether files can be made in a folder, which is made if it is not there.
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
