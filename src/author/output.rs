//! What findings look like in each of the formats.
//!
//! In: findings, and what rules were compared with. Out: text. Which stream it goes to is for `src/bin`.

use crate::check;
use crate::diagnostic::json::{self, Compared};
use crate::diagnostic::{Diagnostic, render, sarif, short};

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
    /// Findings, and what rules were compared with, as text.
    pub fn show(self, findings: &[Diagnostic], compared: &check::Compared, color: bool) -> String {
        match self {
            Self::Human => render::to_text(findings, color),
            Self::Short => short::to_text(findings),
            Self::Json => json::to_text(findings, &packages(compared)),
            Self::Sarif => sarif::to_text(findings, &current_folder()),
        }
    }
}

fn packages(compared: &check::Compared) -> Vec<Compared> {
    let known = compared.iter().filter(|(_, versions)| !versions.is_empty());
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
