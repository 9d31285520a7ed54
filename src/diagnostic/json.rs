//! Renders findings as one JSON document, for tools.
//!
//! In: [`Diagnostic`] values and the versions that they were compared with. Out: text. The shape is
//! described in the book, page `gorulec.md`; [`SCHEMA`] is raised when a field is removed or
//! changes its meaning, not when one is added.

use serde::Serialize;

use super::position::{Region, region};
use super::{Diagnostic, Label};

/// The version of the document's shape.
pub const SCHEMA: u32 = 1;

/// A package, the versions that rules were compared with, and those in which their templates were
/// compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Its import path.
    pub package: String,
    /// The compared versions, lowest first.
    pub versions: Vec<String>,
    /// The other versions of the ranges.
    pub not_compared: Vec<Uncovered>,
    /// The builds.
    pub compiled: Vec<Compiled>,
    /// The versions that rules fit, and that were not built.
    pub not_compiled: Vec<Uncovered>,
}

/// Versions for which something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Uncovered {
    /// The versions, lowest first; empty if they are not known.
    pub versions: Vec<String>,
    /// The reason.
    pub reason: String,
}

/// A build with the rules woven in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compiled {
    /// The package's version.
    pub version: String,
    /// The version of Go that built it.
    pub go: String,
    /// The platform that it was built for.
    pub platform: String,
    /// True if all rules were woven and compiled.
    pub clean: bool,
}

#[derive(Serialize)]
struct DiagnosticsDocument<'a> {
    schema: u32,
    tool: ToolDocument,
    errors: usize,
    warnings: usize,
    findings: Vec<Finding<'a>>,
    compared: &'a [Compared],
    /// The programs for rules for many packages.
    programs: &'a [String],
    /// The plugins that were taken as the lock has them.
    locked: &'a [String],
}

#[derive(Serialize)]
struct ToolDocument {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    severity: &'static str,
    message: String,
    url: String,
    /// The place in the author's own text; `null` if the finding is about no file.
    place: Option<PlaceDocument<'a>>,
    related: Vec<PlaceDocument<'a>>,
    notes: &'a [String],
    help: Option<&'a str>,
    /// Text to write at `place`, if that is the whole remedy.
    fix: Option<&'a str>,
}

#[derive(Serialize)]
struct PlaceDocument<'a> {
    file: &'a str,
    #[serde(flatten)]
    region: Region,
    text: &'a str,
}

/// Returns the whole document, with a line end. `programs` and `locked` belong to `compared`.
pub fn to_text(
    diagnostics: &[Diagnostic],
    compared: &[Compared],
    (programs, locked): (&[String], &[String]),
) -> String {
    let errors = diagnostics.iter().filter(|found| found.is_error()).count();
    let document = DiagnosticsDocument {
        schema: SCHEMA,
        tool: ToolDocument { name: "gorulec", version: env!("CARGO_PKG_VERSION") },
        errors,
        warnings: diagnostics.len() - errors,
        findings: diagnostics.iter().map(finding).collect(),
        compared,
        programs,
        locked,
    };
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    format!("{text}\n")
}

fn finding(found: &Diagnostic) -> Finding<'_> {
    let mut places = found.labels.iter().map(place);
    Finding {
        code: found.code.code,
        severity: found.code.severity.word(),
        message: found.message(),
        url: found.code.page(),
        place: places.next(),
        related: places.collect(),
        notes: &found.notes,
        help: found.help.as_deref(),
        fix: found.fix.as_deref(),
    }
}

fn place(label: &Label) -> PlaceDocument<'_> {
    PlaceDocument { file: &label.file.name, region: region(&label.file, &label.span), text: &label.text }
}
