//! goagent's own folder: where its files are and how they are written.
//!
//! Everything in it is addressed by digest or by a session's key, so that two builds at once never write different content
//! to one path. Files are written under another name and renamed.

use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Serialize, de::DeserializeOwned};

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

    /// The store of this user: in the folder that `GOAGENT_CACHE` names, or one in the user's cache directory; where none
    /// can be written, a temporary one.
    pub fn open() -> std::io::Result<Self> {
        let chosen = std::env::var("GOAGENT_CACHE").ok().filter(|dir| !dir.is_empty()).map(Utf8PathBuf::from);
        if let Some(dir) = chosen {
            fs_err::create_dir_all(&dir)?;
            return Ok(Self::new(dir.canonicalize_utf8()?));
        }
        let usual = dirs::cache_dir().and_then(|dir| Utf8PathBuf::from_path_buf(dir.join("goagent")).ok());
        let usable = |dir: &Utf8PathBuf| {
            fs_err::create_dir_all(dir).is_ok() && tempfile::NamedTempFile::new_in(dir).is_ok()
        };
        if let Some(dir) = usual.filter(usable) {
            return Ok(Self::new(dir));
        }
        let dir = std::env::temp_dir().join("goagent-cache");
        fs_err::create_dir_all(&dir)?;
        let dir =
            Utf8PathBuf::from_path_buf(dir).map_err(|_| std::io::Error::other("the path is not UTF-8"))?;
        Ok(Self::new(dir))
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

    /// Where a copy of an archive with this content is.
    pub fn archive(&self, content_digest: &str) -> Utf8PathBuf {
        self.root.join("archives").join(format!("{content_digest}.a"))
    }

    /// The store that a session's file is in.
    pub fn of_session(session: &Utf8Path) -> Option<Self> {
        Some(Self::new(session.parent()?.parent()?))
    }
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
