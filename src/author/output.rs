//! What findings look like in each of the formats.
//!
//! In: findings, and what was looked at. Out: text. Which stream it goes to is for `src/bin`.

use super::coverage::Coverage;
use crate::diagnostic::{Diagnostic, json, render, sarif, short};

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With the source, for people.
    Human,
    /// One line for each.
    Short,
    /// One document, described in the book.
    Json,
    /// For code scanning.
    Sarif,
}

impl Format {
    /// Findings, and what was looked at, as text.
    pub fn show(self, findings: &[Diagnostic], coverage: &Coverage, color: bool) -> String {
        match self {
            Self::Human => render::to_text(findings, color),
            Self::Short => short::to_text(findings),
            Self::Json => json::to_text(findings, &coverage.packages, (&coverage.programs, &coverage.locked)),
            Self::Sarif => sarif::to_text(findings, &current_folder()),
        }
    }
}

/// With `/` between its parts; empty where there is none.
fn current_folder() -> String {
    let folder = std::env::current_dir().unwrap_or_default();
    folder.to_string_lossy().replace('\\', "/")
}
