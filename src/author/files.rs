//! Finds and reads `.gorule` files.
//!
//! In: files and folders. Out: parsed files, and the mistakes of those that cannot be read.

use std::collections::BTreeSet;
use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::syntax::{self, Parsed};

/// The depth to which folders are searched.
const MAX_DEPTH: usize = 32;

/// The name of standard input on the command line.
const STDIN: &str = "-";

/// The name of a file in messages.
fn shown(file: &Utf8Path) -> &str {
    if file == STDIN { "<stdin>" } else { file.as_str() }
}

/// Reads all files that are named or are below a named folder.
pub(super) fn read_all(paths: &[Utf8PathBuf], findings: &mut Vec<Diagnostic>) -> Vec<Parsed> {
    let mut parsed = Vec::new();
    for file in find(paths, findings) {
        match bytes(&file) {
            Ok(bytes) => match read(shown(&file), bytes) {
                Ok(one) => parsed.push(one),
                Err(problems) => findings.extend(problems),
            },
            Err(error) => findings.push(cannot_read(&file, &error)),
        }
    }
    parsed
}

/// The named files and those below named folders, each once, in order.
pub(super) fn find(paths: &[Utf8PathBuf], findings: &mut Vec<Diagnostic>) -> Vec<Utf8PathBuf> {
    let mut files: Vec<Utf8PathBuf> = Vec::new();
    for path in paths {
        let before = (files.len(), findings.len());
        collect(path, MAX_DEPTH, &mut files, findings);
        if (files.len(), findings.len()) == before {
            findings.push(
                Diagnostic::new(&codes::syntax::NO_FILES)
                    .with("path", path.as_str())
                    .help("name a .gorule file, or a folder that holds some"),
            );
        }
    }
    files.sort();
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(file.canonicalize_utf8().unwrap_or_else(|_| file.clone())));
    files
}

/// The bytes of a file; if it is larger than a rule file may be, or endless, one byte more than the
/// limit.
pub(super) fn bytes(path: &Utf8Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = syntax::MAX_BYTES as u64 + 1;
    if path == STDIN {
        std::io::stdin().take(limit).read_to_end(&mut bytes)?;
    } else {
        fs_err::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
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

/// Adds a file itself, or the `.gorule` files below a folder. Files that cannot be read are
/// reported, and the search goes on.
fn collect(path: &Utf8Path, depth: usize, out: &mut Vec<Utf8PathBuf>, findings: &mut Vec<Diagnostic>) {
    if path == STDIN {
        return out.push(path.to_owned());
    }
    let names = match below(path) {
        Ok(Some(names)) => names,
        Ok(None) => return out.push(path.to_owned()),
        Err(error) => return findings.push(cannot_read(path, &error)),
    };
    for name in names.into_iter().filter(|_| depth > 0) {
        let below = path.join(&name);
        let kind = std::fs::symlink_metadata(&below).map(|found| found.file_type());
        let is_dir = kind.is_ok_and(|kind| kind.is_dir());
        if !(is_dir && !name.starts_with('.') || below.extension() == Some("gorule")) {
            continue;
        }
        match std::fs::metadata(&below) {
            // Reading a pipe in a folder would wait for its writer.
            Ok(found) if !found.is_dir() && !found.is_file() => {
                let error = std::io::Error::other("it is no regular file");
                findings.push(cannot_read(&below, &error));
            }
            _ => collect(&below, depth - 1, out, findings),
        }
    }
}

/// The names in a folder; `None` if it is not a folder.
fn below(path: &Utf8Path) -> std::io::Result<Option<Vec<String>>> {
    if !fs_err::metadata(path)?.is_dir() {
        return Ok(None);
    }
    let mut names = Vec::new();
    for entry in fs_err::read_dir(path)? {
        names.extend(entry?.file_name().into_string().ok());
    }
    Ok(Some(names))
}
