//! Go text in a rule file, moved to where it belongs.
//!
//! In: a template with its braces, or a comment. Out: the same words with other spaces at the
//! starts and ends of lines. Lines keep their places relative to each other; lines of raw strings
//! are not touched.

use std::fmt::Write as _;

/// Spaces for one level of nesting.
pub(super) const INDENT: usize = 4;

/// The lexical state at the start of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineState {
    Code,
    Raw,
    Comment,
}

/// A line and the state at its start.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    state: LineState,
    /// True if its end is in a raw string.
    open: bool,
}

impl<'a> Line<'a> {
    /// Returns the line without the spaces that have no meaning.
    fn content(&self) -> &'a str {
        match (self.state, self.open) {
            (LineState::Raw, true) => self.text,
            (LineState::Raw, false) => self.text.trim_end(),
            (_, true) => self.text.trim_start(),
            (_, false) => self.text.trim(),
        }
    }

    fn blank(&self) -> bool {
        self.state != LineState::Raw && self.text.trim().is_empty()
    }

    fn leading(&self) -> usize {
        width(self.text.get(..self.text.len() - self.text.trim_start().len()).unwrap_or_default())
    }
}

/// Returns the width of spaces; a tab is one level.
pub(super) fn width(blanks: &str) -> usize {
    blanks.chars().map(|c| if c == '\t' { INDENT } else { 1 }).sum()
}

/// Lays out a template at a level. A single line stays one. `glued`: no line end is added next to
/// the braces, since the text goes into the middle of a statement.
pub(super) fn template(text: &str, depth: usize, glued: bool) -> String {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let lines = lines(inner);
    if lines.iter().skip(1).all(|line| line.state == LineState::Raw) {
        let inner = inner.trim();
        return if inner.is_empty() { "{ }".to_owned() } else { format!("{{ {inner} }}") };
    }
    block(&lines, depth, glued)
}

/// Lays out a template of several lines.
fn block(lines: &[Line<'_>], depth: usize, glued: bool) -> String {
    let base = (depth + 1) * INDENT;
    let mut out = "{".to_owned();
    let (first, rest) = lines.split_first().map_or(("", lines), |(first, rest)| (first.content(), rest));
    if !first.is_empty() {
        let beside = glued || first.starts_with("//");
        let _ = if beside { write!(out, " {first}") } else { write!(out, "\n{:base$}{first}", "") };
    }
    let from = if first.is_empty() { rest.iter().take_while(|line| line.blank()).count() } else { 0 };
    let to = rest.len() - rest.iter().rev().take_while(|line| line.blank()).count();
    let body = rest.get(from..to.max(from)).unwrap_or_default();
    let own = body.iter().filter(|line| line.state == LineState::Code && !line.blank());
    let least = own.map(Line::leading).min().unwrap_or(base);
    for line in body {
        out.push('\n');
        let indent = if line.state == LineState::Raw || line.blank() {
            0
        } else {
            (base + line.leading()).saturating_sub(least)
        };
        let _ = write!(out, "{:indent$}{}", "", line.content());
    }
    if body.is_empty() && first.is_empty() {
        return "{ }".to_owned();
    }
    if glued && to == rest.len() {
        out.push_str(" }");
    } else {
        let _ = write!(out, "\n{:1$}}}", "", depth * INDENT);
    }
    out
}

/// Moves a comment from one column to another with all its lines.
pub(super) fn comment(text: &str, from: usize, to: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.lines().enumerate() {
        if at == 0 {
            out.push_str(line.trim_end());
            continue;
        }
        let content = line.trim();
        let leading = width(line.get(..line.len() - line.trim_start().len()).unwrap_or_default());
        let indent = if content.is_empty() { 0 } else { (leading + to).saturating_sub(from) };
        let _ = write!(out, "\n{:indent$}{content}", "");
    }
    out
}

/// Returns the lines of Go text, by Go's lexical rules.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut out = Vec::new();
    let (mut start, mut state) = (0, LineState::Code);
    let mut now = LineState::Code;
    let mut quote = None;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, byte)| *byte);
        match (now, quote, byte) {
            (_, _, b'\n') => {
                out.push(Line {
                    text: text.get(start..at).unwrap_or_default(),
                    state,
                    open: now == LineState::Raw,
                });
                (start, state, quote) = (at + 1, now, None);
            }
            (LineState::Raw, _, b'`') => now = LineState::Code,
            (LineState::Comment, _, b'*') if next == Some(b'/') => {
                bytes.next();
                now = LineState::Code;
            }
            (LineState::Raw | LineState::Comment, ..) | (LineState::Code, Some(b'/'), _) => {}
            (LineState::Code, Some(_), b'\\') if next != Some(b'\n') => {
                bytes.next();
            }
            (LineState::Code, Some(open), _) => quote = Some(open).filter(|open| *open != byte),
            (LineState::Code, None, b'`') => now = LineState::Raw,
            (LineState::Code, None, b'"' | b'\'') => quote = Some(byte),
            (LineState::Code, None, b'/') if next == Some(b'/') => quote = Some(b'/'),
            (LineState::Code, None, b'/') if next == Some(b'*') => {
                bytes.next();
                now = LineState::Comment;
            }
            (LineState::Code, None, _) => (),
        }
    }
    out.push(Line { text: text.get(start..).unwrap_or_default(), state, open: false });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_moves_as_a_block() {
        let text = "{\n\tif x {\n\t\ty()\n\n\t}   \n}";
        assert_eq!(template(text, 1, false), "{\n        if x {\n            y()\n\n        }\n    }");
        assert_eq!(template("{x()}", 1, false), "{ x() }");
        assert_eq!(template("{\n \n}", 1, false), "{ }");
        assert_eq!(template("{ x()\n y() }", 0, false), "{\n    x()\n    y()\n}");
        assert_eq!(template("{ x +\n y }", 0, true), "{ x +\n    y }");
        assert_eq!(template("{ // why\n y() }", 0, false), "{ // why\n    y()\n}");
    }

    #[test]
    fn raw_strings_are_not_touched_and_comments_move_along() {
        let text = "{\n  x := `a  \n b`  \n  /* c\n     d */\n}";
        assert_eq!(template(text, 0, false), "{\n    x := `a  \n b`\n    /* c\n       d */\n}");
        assert_eq!(template("{ x := `a\n  b` }", 0, false), "{ x := `a\n  b` }");
        let quoted = "{\n  x := \"`\" // `\n  y := '`'\n}";
        assert_eq!(template(quoted, 0, false), "{\n    x := \"`\" // `\n    y := '`'\n}");
    }
}
