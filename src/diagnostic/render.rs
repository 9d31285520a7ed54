//! Findings as a person reads them on a terminal: the one file that knows codespan-reporting.
//!
//! In: [`Diagnostic`] values. Out: text, with or without colour. It changes nothing about them.

use codespan_reporting::diagnostic as codespan;
use codespan_reporting::files::SimpleFiles;
use codespan_reporting::term::{self, Config, termcolor};

use super::{Diagnostic, Severity, SourceFile};
use std::sync::Arc;

/// Shows all findings, one below the other.
pub fn to_text(diagnostics: &[Diagnostic], color: bool) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&one(diagnostic, color));
    }
    out
}

/// Shows one finding. Where the renderer refuses (it does not for spans inside of their files), the bare message.
fn one(diagnostic: &Diagnostic, color: bool) -> String {
    let (files, report) = convert(diagnostic);
    let config = Config { start_context_lines: 1, end_context_lines: 1, ..Config::default() };
    let rendered = if color {
        let mut buffer = termcolor::Buffer::ansi();
        term::emit_to_write_style(&mut buffer, &config, &files, &report)
            .map(|()| String::from_utf8_lossy(buffer.as_slice()).into_owned())
    } else {
        term::emit_into_string(&config, &files, &report)
    };
    rendered.unwrap_or_else(|_| format!("{}: {}\n", diagnostic.code.code, diagnostic.message()))
}

/// The finding and the files it names, in codespan's terms.
fn convert(diagnostic: &Diagnostic) -> (SimpleFiles<&str, &str>, codespan::Diagnostic<usize>) {
    let mut files = SimpleFiles::new();
    let mut known: Vec<(&Arc<SourceFile>, usize)> = Vec::new();
    let mut labels = Vec::new();
    for label in &diagnostic.labels {
        let id = if let Some((_, id)) = known.iter().find(|(file, _)| Arc::ptr_eq(file, &label.file)) {
            *id
        } else {
            let id = files.add(label.file.name.as_str(), label.file.text.as_str());
            known.push((&label.file, id));
            id
        };
        let style =
            if label.primary { codespan::LabelStyle::Primary } else { codespan::LabelStyle::Secondary };
        labels.push(codespan::Label::new(style, id, label.span.clone()).with_message(&label.text));
    }
    let severity = match diagnostic.code.severity {
        Severity::Error => codespan::Severity::Error,
        Severity::Warning => codespan::Severity::Warning,
    };
    let mut notes: Vec<String> = diagnostic.notes.iter().map(|note| format!("note: {note}")).collect();
    notes.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
    let report = codespan::Diagnostic::new(severity)
        .with_code(diagnostic.code.code)
        .with_message(diagnostic.message())
        .with_labels(labels)
        .with_notes(notes);
    (files, report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn a_finding_shows_its_places_in_both_files() {
        let rule = SourceFile::new("a.gorule", "plugin a {\n    rule x {}\n}\n");
        let go = SourceFile::new("a.go", "package a\n\nfunc x() {}\n");
        let found = Diagnostic::new(&codes::syntax::NO_FUNC)
            .with("rule", "x")
            .at(&rule, 20..21, "this rule")
            .and(&go, 11..17, "declared here")
            .note("a note")
            .help("write more");
        let text = to_text(std::slice::from_ref(&found), false);
        for part in ["error[", "a.gorule:2:10", "a.go:3:1", "this rule", "note: a note", "help: write more"] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
        let colored = to_text(&[found], true);
        assert!(colored.contains("\u{1b}["), "{colored}");
    }
}
