//! What `goagent build` leaves for the tool processes that the go command starts, and what they leave for it.
//!
//! The only file that both sides share. Everything is addressed by digest or by a session's key, so that two builds at
//! once never write different content to one path. Files are written under another name and renamed.

use std::collections::BTreeMap;
use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::weave::{self, Outcome, SourceFile, Unit};

/// The flag that marks a package, with its digest behind it. Stripped before the compiler sees it.
pub const MARK: &str = "-goagent=";

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
    /// Why the package was compiled as it was after all.
    pub fallback: Option<String>,
}

/// The folder that goagent keeps its own files in.
#[derive(Debug, Clone, Default)]
pub struct Store {
    root: Utf8PathBuf,
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
        let mut sources = Vec::new();
        for file in files {
            let path = Utf8Path::new(dir).join(file);
            sources.push(SourceFile { text: fs_err::read_to_string(&path)?, path: path.into_string() });
        }
        let outcomes = weave::weave(unit, &sources).outcomes;
        let report = Self { package: unit.package.clone(), outcomes, fallback: None };
        save(&path, &report)?;
        Ok(report)
    }
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
