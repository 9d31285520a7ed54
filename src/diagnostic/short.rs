//! Renders findings one to a line, for editors and for `grep`: `file:line:column: severity[GR0123]:
//! message`.
//!
//! In: [`Diagnostic`] values. Out: text without colour. Notes and help are left out; a message has
//! no line end.

use super::Diagnostic;
use super::position::region;
use super::screen::visible;

/// Returns one line for each finding; a finding without a place begins with the program's name.
pub fn to_text(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(line).collect()
}

fn line(found: &Diagnostic) -> String {
    let place = found.labels.first().map_or_else(
        || "gorulec".to_owned(),
        |label| {
            let start = region(&label.file, &label.span).start;
            format!("{}:{}:{}", visible(&label.file.name), start.line, start.column)
        },
    );
    let message = found.message().replace(['\n', '\r'], " ");
    let message = visible(&message);
    format!("{place}: {}[{}]: {message}\n", found.code.severity.word(), found.code.code)
}
