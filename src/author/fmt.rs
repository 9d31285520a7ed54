//! `gorulec fmt`: formats files in the one standard layout.
//!
//! In: paths, or text. Out: the formatted text of each file, and the mistakes that keep others from
//! being read. Writing is a separate step: a file with a syntax error is never changed.

use camino::Utf8PathBuf;

use crate::diagnostic::{self, Diagnostic};
use crate::syntax;

use super::files;

/// A file whose layout differs from the standard one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub path: Utf8PathBuf,
    /// Its text at present.
    pub before: String,
    /// Its text in the standard layout.
    pub after: String,
}

/// The outcome of formatting files.
#[derive(Debug, Default)]
pub struct FormatReport {
    /// Number of files that were read.
    pub files: usize,
    /// The files that would change.
    pub changes: Vec<Change>,
    /// The mistakes that keep others from being formatted.
    pub findings: Vec<Diagnostic>,
}

/// Formats files and the files in folders; writes nothing.
pub fn format_files(paths: &[Utf8PathBuf]) -> FormatReport {
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

/// A text as it is and as it should be.
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

    /// The change as a unified diff.
    pub fn diff(&self) -> String {
        let name = self.path.as_str();
        diagnostic::diff((name, &self.before), (name, &self.after))
    }
}
