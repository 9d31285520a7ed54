//! What a report looks like in each of the formats.
//!
//! In: a [`Report`]. Out: text. Which stream it goes to is for `src/bin`.

use crate::diagnostic::json::{self, Compared};
use crate::diagnostic::{render, sarif, short};

use super::compile::Report;

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
    /// The findings as text.
    pub fn show(self, report: &Report, color: bool) -> String {
        match self {
            Self::Human => render::to_text(&report.findings, color),
            Self::Short => short::to_text(&report.findings),
            Self::Json => json::to_text(&report.findings, &compared(report)),
            Self::Sarif => sarif::to_text(&report.findings, &current_folder()),
        }
    }
}

fn compared(report: &Report) -> Vec<Compared> {
    let known = report.compared.iter().filter(|(_, versions)| !versions.is_empty());
    known
        .map(|(package, versions)| Compared {
            package: package.clone(),
            versions: versions.iter().map(ToString::to_string).collect(),
        })
        .collect()
}

/// With `/` between its parts; empty where there is none.
fn current_folder() -> String {
    let folder = std::env::current_dir().unwrap_or_default();
    folder.to_string_lossy().replace('\\', "/")
}
