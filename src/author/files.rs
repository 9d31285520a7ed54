//! Finds and reads `.gorule` files.
//!
//! In: files and folders. Out: parsed files, and what is wrong with those that cannot be read.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::syntax::{self, Parsed};

/// How deep folders are searched.
const MAX_DEPTH: usize = 32;

/// Reads every file that is named, or that lies below a folder that is named.
pub(super) fn read_all(paths: &[Utf8PathBuf], findings: &mut Vec<Diagnostic>) -> Vec<Parsed> {
    let mut parsed = Vec::new();
    for file in find(paths, findings) {
        match fs_err::read(&file) {
            Ok(bytes) => match read(file.as_str(), bytes) {
                Ok(one) => parsed.push(one),
                Err(problems) => findings.extend(problems),
            },
            Err(error) => findings.push(cannot_read(&file, &error)),
        }
    }
    parsed
}

/// The files that are named, and those below folders that are named; each once, in order.
pub(super) fn find(paths: &[Utf8PathBuf], findings: &mut Vec<Diagnostic>) -> Vec<Utf8PathBuf> {
    let mut files: Vec<Utf8PathBuf> = Vec::new();
    for path in paths {
        let before = files.len();
        match collect(path, MAX_DEPTH, &mut files) {
            Ok(()) if files.len() == before => findings.push(
                Diagnostic::new(&codes::syntax::NO_FILES)
                    .with("path", path.as_str())
                    .help("name a .gorule file, or a folder that holds some"),
            ),
            Ok(()) => {}
            Err(error) => findings.push(cannot_read(path, &error)),
        }
    }
    files.sort();
    files.dedup();
    files
}

/// Reads the bytes of one file.
pub(super) fn read(name: &str, bytes: Vec<u8>) -> Result<Parsed, Vec<Diagnostic>> {
    let source = syntax::decode(name, bytes).map_err(|problem| vec![problem])?;
    syntax::parse(&source)
}

pub(super) fn cannot_read(path: &Utf8Path, error: &std::io::Error) -> Diagnostic {
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    Diagnostic::new(&codes::syntax::CANNOT_READ)
        .with("path", path.as_str())
        .with("reason", cause)
        .at(&SourceFile::new(path.as_str(), ""), 0..0, "")
        .help("see that it is there and may be read")
}

/// A file itself; the `.gorule` files below a folder.
fn collect(path: &Utf8Path, depth: usize, out: &mut Vec<Utf8PathBuf>) -> std::io::Result<()> {
    if !fs_err::metadata(path)?.is_dir() {
        out.push(path.to_owned());
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    for entry in fs_err::read_dir(path)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let below = path.join(&name);
        let is_dir = fs_err::symlink_metadata(&below)?.is_dir();
        if is_dir && !name.starts_with('.') || below.extension() == Some("gorule") {
            collect(&below, depth - 1, out)?;
        }
    }
    Ok(())
}
