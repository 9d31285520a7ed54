//! `gorulec fmt`: files laid out the one way.
//!
//! In: paths, or text. Out: the text of each file as it should be, and what keeps others from being read. Writing is a step of
//! its own: a file with a mistake in its syntax is never touched.

use camino::Utf8PathBuf;

use crate::diagnostic::{self, Diagnostic};
use crate::syntax;

use super::files;

/// A file whose layout is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub path: Utf8PathBuf,
    /// Its text as it is.
    pub before: String,
    /// Its text as it should be.
    pub after: String,
}

/// What was found in files.
#[derive(Debug, Default)]
pub struct FormatReport {
    /// How many files were read.
    pub files: usize,
    /// Those that would change.
    pub changes: Vec<Change>,
    /// What keeps others from being laid out.
    pub findings: Vec<Diagnostic>,
}

/// Looks through files and folders.
pub fn look(paths: &[Utf8PathBuf]) -> FormatReport {
    let mut report = FormatReport::default();
    for path in files::find(paths, &mut report.findings) {
        let bytes = match files::bytes(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                report.findings.push(files::cannot_read(&path, &error));
                continue;
            }
        };
        report.files += 1;
        match text(path.as_str(), bytes) {
            Ok((before, after)) if before != after => report.changes.push(Change { path, before, after }),
            Ok(_) => {}
            Err(problems) => report.findings.extend(problems),
        }
    }
    diagnostic::sort(&mut report.findings);
    report
}

/// One text as it is and as it should be.
pub fn text(name: &str, bytes: Vec<u8>) -> Result<(String, String), Vec<Diagnostic>> {
    let source = syntax::decode(name, bytes).map_err(|problem| vec![problem])?;
    let after = syntax::format(&source)?;
    Ok((source.text.clone(), after))
}

impl Change {
    /// Writes the file.
    pub fn write(&self) -> std::io::Result<()> {
        fs_err::write(&self.path, &self.after)
    }

    /// What changes, as a unified diff.
    pub fn diff(&self) -> String {
        let name = self.path.as_str();
        diagnostic::diff((name, &self.before), (name, &self.after))
    }
}
