//! Formats findings for people and tools.
//!
//! In: findings, and the extent of the check. Out: text. `src/bin` chooses the stream.

use super::coverage::Coverage;
use crate::diagnostic::{Diagnostic, Screen, json, render, sarif, short};

/// The format of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With the source, for people.
    Human,
    /// One line for each finding.
    Short,
    /// One document, described in the book.
    Json,
    /// SARIF, for code scanning.
    Sarif,
}

impl Format {
    /// Returns findings as text. Only JSON contains the extent of the check.
    pub fn show(self, findings: &[Diagnostic], coverage: &Coverage, screen: Screen) -> String {
        match self {
            Self::Human => render::to_screen(findings, screen),
            Self::Short => short::to_text(findings),
            Self::Json => json::to_text(findings, &coverage.packages, (&coverage.programs, &coverage.locked)),
            Self::Sarif => sarif::to_text(findings, &current_folder()),
        }
    }
}

/// The current folder with `/` between its parts; empty if it is not known.
fn current_folder() -> String {
    let folder = std::env::current_dir().unwrap_or_default();
    folder.to_string_lossy().replace('\\', "/")
}
