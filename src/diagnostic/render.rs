//! Renders findings for people on a terminal: the only file that knows codespan-reporting.
//!
//! In: [`Diagnostic`] values. Out: text, with or without colour. It changes nothing about them.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use codespan_reporting::diagnostic as codespan;
use codespan_reporting::files::SimpleFiles;
use codespan_reporting::term::{self, Config, termcolor};

use super::position::region;
use super::screen::{Screen, visible, visible_range};
use super::{Diagnostic, Label, Severity, SourceFile};

/// The most findings that are shown: nobody reads more.
const MAX_SHOWN: usize = 200;
/// The longest line that is shown with a mark below it.
const MAX_LINE: usize = 1000;

/// Returns the text of the findings with or without colour, and without wrapped lines.
pub fn to_text(diagnostics: &[Diagnostic], color: bool) -> String {
    to_screen(diagnostics, Screen { color, width: None })
}

/// Returns the text of the findings, one below the other; of very many only the first.
pub fn to_screen(diagnostics: &[Diagnostic], screen: Screen) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(MAX_SHOWN) {
        out.push_str(&render_one(diagnostic, screen));
    }
    if let Some(more) = diagnostics.len().checked_sub(MAX_SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(out, "… and {more} more");
    }
    out
}

/// Returns the place of a label in words if its line is too long to read.
fn overlong(label: &Label) -> Option<String> {
    let text = label.file.text.as_str();
    let start = text.get(..label.span.start)?.rfind('\n').map_or(0, |at| at + 1);
    let end = text.get(label.span.start..)?.find('\n').map_or(text.len(), |at| label.span.start + at);
    if end - start <= MAX_LINE {
        return None;
    }
    let line = text.get(..start)?.matches('\n').count() + 1;
    Some(
        format!("{}:{line}:{} {}", label.file.name, label.span.start - start + 1, label.text)
            .trim_end()
            .to_owned(),
    )
}

/// Returns the text of one finding, or the bare message if the renderer refuses (it does not for
/// spans within their files).
fn render_one(diagnostic: &Diagnostic, screen: Screen) -> String {
    let (files, report) = convert(diagnostic, screen);
    let config = Config { start_context_lines: 1, end_context_lines: 1, ..Config::default() };
    let rendered = if screen.color {
        let mut buffer = termcolor::Buffer::ansi();
        term::emit_to_write_style(&mut buffer, &config, &files, &report)
            .map(|()| String::from_utf8_lossy(buffer.as_slice()).into_owned())
    } else {
        term::emit_into_string(&config, &files, &report)
    };
    rendered.unwrap_or_else(|_| format!("{}: {}\n", diagnostic.code.code, visible(&diagnostic.message())))
}

/// Returns the finding and the files that it names in codespan's terms.
fn convert(
    diagnostic: &Diagnostic,
    screen: Screen,
) -> (SimpleFiles<Cow<'_, str>, Cow<'_, str>>, codespan::Diagnostic<usize>) {
    let mut files = SimpleFiles::new();
    let mut known: Vec<(&Arc<SourceFile>, usize)> = Vec::new();
    let mut labels = Vec::new();
    let mut notes: Vec<String> = Vec::new();
    for label in &diagnostic.labels {
        if let Some(place) = overlong(label) {
            notes.push(format!("at {place}"));
            continue;
        }
        let same_file = known.iter().find(|(file, _)| file.name == label.file.name);
        let id = if let Some((_, id)) = same_file {
            *id
        } else {
            let id = files.add(visible(&label.file.name), visible(&label.file.text));
            known.push((&label.file, id));
            id
        };
        let style =
            if label.primary { codespan::LabelStyle::Primary } else { codespan::LabelStyle::Secondary };
        let span = visible_range(&label.file.text, &label.span);
        labels.push(codespan::Label::new(style, id, span).with_message(visible(&label.text)));
    }
    let severity = match diagnostic.code.severity {
        Severity::Error => codespan::Severity::Error,
        Severity::Warning => codespan::Severity::Warning,
    };
    notes.extend(diagnostic.notes.iter().map(|note| format!("note: {note}")));
    notes.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
    let margin = margin(diagnostic);
    for note in &mut notes {
        *note = screen.wrap(&visible(note), (margin, INDENT));
    }
    let report = codespan::Diagnostic::new(severity)
        .with_code(diagnostic.code.code)
        .with_message(visible(&diagnostic.message()))
        .with_labels(labels)
        .with_notes(notes);
    (files, report)
}

/// The width of ` = ` before a note, after the line numbers.
const BEFORE_NOTES: usize = 4;
/// The indent of the lines of a note that follow its first.
const INDENT: usize = 6;

/// Returns the column at which notes begin.
fn margin(diagnostic: &Diagnostic) -> usize {
    let lines = diagnostic.labels.iter().map(|label| region(&label.file, &label.span).end.line + 1);
    lines.max().unwrap_or_default().to_string().len() + BEFORE_NOTES
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

    #[test]
    fn a_terminal_gets_no_control_character_and_short_lines() {
        let file = SourceFile::new("a\x1b.gorule", "rule \x1b[31mNext\u{9b}\n");
        let found = Diagnostic::new(&codes::syntax::NO_FUNC)
            .with("rule", "\x1b[31m")
            .at(&file, 10..14, "\x07")
            .note("\x1b and many words more, so that the line is longer than the screen")
            .help("\x1b");
        let screen = Screen { color: false, width: Some(40) };
        let text = to_screen(&[found], screen);
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        assert!(text.contains("a\u{241b}.gorule:1:11") && text.contains("rule \u{241b}[31mNext"), "{text}");
        assert!(
            text.lines().filter(|line| line.contains("screen")).all(|line| !line.contains("note:")),
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 40 || line.starts_with("error")), "{text}");
    }

    #[test]
    fn long_lines_and_many_findings_are_cut() {
        let file = SourceFile::new("a.gorule", format!("\n{}", "x".repeat(5000)));
        let found = Diagnostic::new(&codes::syntax::NUL_BYTE).at(&file, 11..12, "here");
        let text = to_text(&vec![found; MAX_SHOWN + 3], false);
        assert!(text.contains("at a.gorule:2:11 here"), "{text}");
        assert!(text.ends_with("… and 3 more\n") && text.len() < 100 * MAX_SHOWN, "{}", text.len());
    }
}
