//! A first pass over a file, before the grammar: checks that text is closed, braces are balanced
//! and nesting is bounded.
//!
//! In: the text. Out: nothing, or the mistakes. It follows Go's lexical rules for strings, runes
//! and comments, as the grammar does, in one pass and without recursion: after it the grammar may
//! recurse, and braces mark the ends of items.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile, codes};

use super::ast::Span;

/// The deepest nesting of brackets of all kinds.
const MAX_DEPTH: usize = 150;

/// A mistake that the scanner found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// A string, rune or comment that does not end.
    Unclosed { what: &'static str, at: Span },
    /// An extra closing brace; the second place is the first brace that closes a block to which it
    /// does not seem to belong.
    Unopened { at: Span, suspect: Option<Span> },
    /// A brace that is not closed; the second place is the opening brace whose closing brace is
    /// probably missing.
    Open { at: Span, suspect: Option<Span> },
    /// Nesting that is too deep.
    Deep { at: Span },
}

impl Problem {
    /// Returns the mistake as a finding in the file.
    pub(super) fn diagnostic(&self, file: &Arc<SourceFile>) -> Diagnostic {
        match self {
            Self::Unclosed { what, at } => Diagnostic::new(&codes::syntax::UNCLOSED_TEXT)
                .with("what", *what)
                .at(file, at.clone(), "it begins here")
                .help(closing_help(what)),
            Self::Unopened { at, suspect } => {
                let found = Diagnostic::new(&codes::syntax::UNOPENED_BRACE)
                    .at(file, at.clone(), "")
                    .help("remove the one too many, or open the block that it is to close");
                let why = "the one too many comes before this: it closes a block that begins further left";
                match suspect {
                    Some(suspect) => found.and(file, suspect.clone(), why),
                    None => found,
                }
            }
            Self::Open { at, suspect } => {
                let found = Diagnostic::new(&codes::syntax::UNCLOSED_BRACE)
                    .at(file, at.clone(), "opened here")
                    .help("write the `}` that is missing");
                match suspect {
                    Some(suspect) => found.and(
                        file,
                        suspect.clone(),
                        "perhaps this one: the `}` that now closes it is further left",
                    ),
                    None => found,
                }
            }
            Self::Deep { at } => Diagnostic::new(&codes::syntax::TOO_DEEP)
                .with("limit", MAX_DEPTH.to_string())
                .at(file, at.clone(), "")
                .help("move inner parts to functions in `decl`"),
        }
    }
}

/// Returns advice for text that does not end.
fn closing_help(what: &str) -> &'static str {
    match what {
        "a string" => "write the closing `\"` on the same line",
        "a rune" => {
            "write the closing `'` on the same line; an apostrophe in prose belongs in a comment or a string"
        }
        "a raw string" => "write the closing back quote",
        _ => "write the closing `*/`",
    }
}

/// An open brace.
struct Brace {
    at: usize,
    /// Round and square brackets that were open before it, within the enclosing brace.
    others: usize,
    /// Number of spaces and tabs that its line begins with.
    indent: usize,
}

/// The scanner's place, and the brackets that are open there.
struct BalanceScanner<'a> {
    bytes: &'a [u8],
    at: usize,
    braces: Vec<Brace>,
    others: usize,
    /// Number of open brackets of all kinds.
    depth: usize,
    line_start: usize,
    /// Number of spaces and tabs that the current line begins with.
    indent: usize,
    suspect: Option<Span>,
    early: Option<Span>,
    problems: Vec<Problem>,
}

/// Scans the whole text.
pub(super) fn scan(text: &str) -> Result<(), Vec<Problem>> {
    let mut scanner = BalanceScanner {
        bytes: text.as_bytes(),
        at: 0,
        braces: Vec::new(),
        others: 0,
        depth: 0,
        line_start: 0,
        indent: 0,
        suspect: None,
        early: None,
        problems: Vec::new(),
    };
    scanner.begin_line(0);
    scanner.run();
    if scanner.problems.is_empty() { Ok(()) } else { Err(scanner.problems) }
}

impl BalanceScanner<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn run(&mut self) {
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'\n', _) => {
                    self.at += 1;
                    self.begin_line(self.at);
                }
                (b'/', Some(b'/')) => self.skip_line(),
                (b'/', Some(b'*')) => self.skip_until(b"*/", "a comment"),
                (b'`', _) => self.skip_until(b"`", "a raw string"),
                (b'"', _) => self.skip_quoted(b'"', "a string"),
                (b'\'', _) => self.skip_quoted(b'\'', "a rune"),
                _ => {
                    if self.bracket(byte).is_err() {
                        return;
                    }
                    self.at += 1;
                }
            }
        }
        if !self.problems.is_empty() {
            return; // after text that does not end, braces have no meaning
        }
        if let Some(brace) = self.braces.first() {
            let at = brace.at..brace.at + 1;
            let suspect = self.suspect.take().filter(|s| *s != at);
            self.problems.push(Problem::Open { at, suspect });
        }
    }

    /// Counts a bracket; an error ends the scan.
    fn bracket(&mut self, byte: u8) -> Result<(), ()> {
        match byte {
            b'{' => {
                let others = std::mem::take(&mut self.others);
                self.braces.push(Brace { at: self.at, others, indent: self.indent });
                self.depth += 1;
            }
            b'(' | b'[' => {
                self.others += 1;
                self.depth += 1;
            }
            b')' | b']' if self.others > 0 => {
                self.others -= 1;
                self.depth -= 1;
            }
            b'}' => return self.close(),
            _ => {}
        }
        if self.depth > MAX_DEPTH {
            self.problems.push(Problem::Deep { at: self.at..self.at + 1 });
            return Err(());
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), ()> {
        let Some(brace) = self.braces.pop() else {
            if self.problems.is_empty() {
                let suspect = self.early.take();
                self.problems.push(Problem::Unopened { at: self.at..self.at + 1, suspect });
            }
            return Err(());
        };
        self.depth -= 1 + self.others;
        self.others = brace.others;
        let first_on_line = self.at == self.line_start + self.indent;
        if first_on_line && self.suspect.is_none() && brace.indent > self.indent {
            self.suspect = Some(brace.at..brace.at + 1);
        }
        if first_on_line && self.early.is_none() && brace.indent < self.indent {
            self.early = Some(self.at..self.at + 1);
        }
        Ok(())
    }

    fn begin_line(&mut self, start: usize) {
        let line = self.bytes.get(start..).unwrap_or_default();
        self.line_start = start;
        self.indent = line.iter().take_while(|b| **b == b' ' || **b == b'\t').count();
    }

    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|b| b != b'\n') {
            self.at += 1;
        }
    }

    /// Skips text that may contain line ends; the opening mark is as long as the closing one.
    fn skip_until(&mut self, close: &[u8], what: &'static str) {
        let start = self.at;
        let body = start + close.len();
        let rest = self.bytes.get(body..).unwrap_or_default();
        if let Some(found) = rest.windows(close.len()).position(|w| w == close) {
            self.at = body + found + close.len();
            let skipped = self.bytes.get(start..self.at).unwrap_or_default();
            if let Some(last) = skipped.iter().rposition(|b| *b == b'\n') {
                self.begin_line(start + last + 1);
            }
        } else {
            let at = start..body;
            self.problems.push(Problem::Unclosed { what, at });
            self.at = self.bytes.len();
            self.braces.clear();
        }
    }

    /// Skips text that ends on its own line.
    fn skip_quoted(&mut self, quote: u8, what: &'static str) {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek(0) {
                Some(b'\\') if self.peek(1).is_some_and(|b| b != b'\n') => self.at += 2,
                Some(b) if b == quote => {
                    self.at += 1;
                    return;
                }
                None | Some(b'\n') => break,
                Some(_) => self.at += 1,
            }
        }
        let at = start..start + 1;
        self.problems.push(Problem::Unclosed { what, at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_in_go_text_count_by_gos_lexical_rules() {
        let text = "plugin p { a { s := \"}\" + `}` + string('}') + \"\\\"}\" // }\n /* } */ } }";
        assert_eq!(scan(text), Ok(()));
    }

    #[test]
    fn several_unclosed_strings_are_found_at_once() {
        let problems = scan("a \"x\nb 'y\n").unwrap_err();
        assert_eq!(problems.len(), 2);
    }

    #[test]
    fn the_brace_that_lacks_its_partner_is_guessed_by_indentation() {
        let text = "plugin p {\n  rule r {\n    enter {\n      if x {\n    }\n  }\n}\n";
        let at = text.find("if x {").unwrap() + 5;
        assert_eq!(scan(text), Err(vec![Problem::Open { at: 9..10, suspect: Some(at..at + 1) }]));
    }

    #[test]
    fn depth_is_bounded_whatever_the_brackets() {
        for bracket in ["{", "(", "[", "{(["] {
            let problems = scan(&bracket.repeat(1_000_000)).unwrap_err();
            assert!(matches!(problems.as_slice(), [Problem::Deep { .. }]), "{bracket}");
        }
        assert_eq!(scan(&"{}".repeat(100_000)), Ok(()));
    }
}
