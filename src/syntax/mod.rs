//! Parses the text of a `.gorule` file into a syntax tree with spans.
//!
//! In: bytes and a name to show. Out: [`ast::File`], or every syntax mistake of the file at once.
//! It knows nothing of Go packages; Go text between braces is kept as it is.

pub mod ast;
mod build;
mod build_rule;
mod explain;
mod format;
mod format_go;
mod grammar;
mod habits;
mod intervals;
mod scan;

use std::sync::Arc;

pub use format::format;

use crate::diagnostic::{Diagnostic, SourceFile, codes};

/// The size of the largest file that is read, in bytes.
pub const MAX_BYTES: usize = 256 << 10;

/// A file that was read and its tree.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The file, for diagnostics.
    pub source: Arc<SourceFile>,
    /// The tree.
    pub file: ast::File,
}

/// Reads a file's bytes as text.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<Arc<SourceFile>, Diagnostic> {
    if bytes.len() > MAX_BYTES {
        return Err(Diagnostic::new(&codes::syntax::TOO_LARGE)
            .with("limit", "256 KiB")
            .at(&SourceFile::new(name, ""), 0..0, "")
            .help("split it: each plugin has a file of its own"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile::new(name, text)),
        Err(error) => {
            let start = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let end = start + char::REPLACEMENT_CHARACTER.len_utf8();
            Err(Diagnostic::new(&codes::syntax::NOT_UTF8)
                .at(&SourceFile::new(name, text), start..end, "the first byte that is not")
                .help("save the file as UTF-8"))
        }
    }
}

/// Reads the plugin that the file declares.
pub fn parse(source: &Arc<SourceFile>) -> Result<Parsed, Vec<Diagnostic>> {
    let text = without_mark(&source.text);
    if let Some(at) = text.find('\0') {
        let found = Diagnostic::new(&codes::syntax::NUL_BYTE);
        return Err(vec![found.at(source, at..at + 1, "").help("remove it; in a Go string write `\\x00`")]);
    }
    scan::scan(&text)
        .map_err(|problems| problems.iter().map(|p| p.diagnostic(source)).collect::<Vec<_>>())?;
    match grammar::file(&text) {
        Ok(pairs) => build::file(source, pairs).map(|file| Parsed { source: Arc::clone(source), file }),
        Err(error) => Err(vec![explain::header(source, &error)]),
    }
}

/// Replaces a byte order mark by spaces, so that offsets stay those of the file.
fn without_mark(text: &str) -> std::borrow::Cow<'_, str> {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => format!("   {rest}").into(),
        None => text.into(),
    }
}
