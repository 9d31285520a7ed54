//! Bundles that the user names: `FILE`, or `FILE@blake3:DIGEST`, which is refused unless the file
//! has that digest.
//!
//! In: an argument of the command line, or a path and a digest of `goagent.toml`. Out: the bundle
//! and the digest of its file. The digest is of the whole file, so that `b3sum` prints the same.

use camino::{Utf8Path, Utf8PathBuf};

use crate::bundle::{Bundle, BundleError};

/// The separator of a file and its digest.
const PIN: &str = "@blake3:";

/// A file and the digest that it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedBundle {
    /// The file.
    pub path: Utf8PathBuf,
    /// 64 hexadecimal digits.
    pub digest: Option<String>,
}

/// A bundle that was read.
#[derive(Debug, Clone)]
pub struct LoadedBundle {
    /// Its name in reports: the path as written, or `standard`.
    pub name: String,
    /// The digest of the file.
    pub digest: String,
    /// The content.
    pub bundle: Bundle,
}

/// The reason for which a bundle that was named cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The file cannot be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// It is not a bundle of this release.
    #[error("{0}")]
    Bundle(#[from] BundleError),
    /// It has another digest than the required one.
    #[error("the file has the digest {found}, and not {wanted}, which was asked for")]
    Digest {
        /// The digest of the file.
        found: String,
        /// The digest that was required.
        wanted: String,
    },
    /// The required digest is not a digest.
    #[error(
        "{0:?} is not a digest: it has 64 hexadecimal digits, as `gorulec compile` and `b3sum` print them"
    )]
    NoDigest(String),
}

impl NamedBundle {
    /// Takes `FILE` or `FILE@blake3:DIGEST` apart.
    pub fn parse(word: &str) -> Self {
        match word.rsplit_once(PIN) {
            Some((path, digest)) => Self { path: path.into(), digest: Some(digest.to_owned()) },
            None => Self { path: word.into(), digest: None },
        }
    }

    /// Reads the file and compares it with its digest.
    pub fn read(&self) -> Result<LoadedBundle, PinError> {
        let (bytes, digest) = read(&self.path)?;
        if let Some(wanted) = &self.digest {
            if wanted.len() != 64 || !wanted.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(PinError::NoDigest(wanted.clone()));
            }
            if !wanted.eq_ignore_ascii_case(&digest) {
                return Err(PinError::Digest { found: digest, wanted: wanted.clone() });
            }
        }
        Ok(LoadedBundle { name: self.path.to_string(), digest, bundle: Bundle::decode(&bytes)? })
    }
}

/// Returns the bytes of a file and their digest.
fn read(path: &Utf8Path) -> std::io::Result<(Vec<u8>, String)> {
    let bytes = fs_err::read(path)?;
    let digest = blake3::hash(&bytes).to_hex().to_string();
    Ok((bytes, digest))
}

/// Returns the digest of a file.
pub fn digest_of(path: &Utf8Path) -> std::io::Result<String> {
    read(path).map(|(_, digest)| digest)
}
