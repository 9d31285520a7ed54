//! Where a byte of a Go file is, by the compiler's rules for `//line` and `/*line*/`.
//!
//! In: the text of a file that may have such directives (cgo and cover write them). Out: for an offset the directive that
//! brings the compiler back to the same file, line and column after an insertion.

use crate::source::line_column;

/// The directives of one file.
#[derive(Debug)]
pub struct Positions<'a> {
    text: &'a str,
    directives: Vec<Directive>,
}

#[derive(Debug)]
struct Directive {
    /// The offset of the first byte that it speaks of.
    from: usize,
    line: usize,
    column: Option<usize>,
}

impl<'a> Positions<'a> {
    /// Reads the directives of a text.
    pub fn new(text: &'a str) -> Self {
        let mut directives = Vec::new();
        for (at, _) in text.match_indices("//line ") {
            let starts_line = at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
            let rest = text.get(at + "//line ".len()..).unwrap_or_default();
            let end = rest.find('\n').unwrap_or(rest.len());
            let argument = rest.get(..end).unwrap_or_default().trim_end_matches('\r');
            if starts_line {
                push(&mut directives, at + "//line ".len() + end + 1, argument);
            }
        }
        for (at, _) in text.match_indices("/*line ") {
            let rest = text.get(at + "/*line ".len()..).unwrap_or_default();
            if let Some(end) = rest.find("*/") {
                push(&mut directives, at + "/*line ".len() + end + 2, rest.get(..end).unwrap_or_default());
            }
        }
        directives.sort_by_key(|d| d.from);
        Self { text, directives }
    }

    /// Line and column of an offset as the compiler sees them. A directive without a column makes columns unknown until
    /// the next; the physical one is given then.
    pub fn at(&self, offset: usize) -> (usize, usize) {
        let (line, column) = line_column(self.text, offset);
        let Some(last) = self.directives.iter().rev().find(|d| d.from <= offset) else {
            return (line, column);
        };
        let (base_line, base_column) = line_column(self.text, last.from);
        let mapped_line = last.line + line - base_line;
        match last.column {
            Some(start) if line == base_line => (mapped_line, start + column - base_column),
            _ => (mapped_line, column),
        }
    }
}

/// `file:line:column`, `file:line`, `:line:column`.
fn push(directives: &mut Vec<Directive>, from: usize, argument: &str) {
    let number = |text: &str| text.parse::<usize>().ok().filter(|n| *n > 0);
    let mut parts = argument.rsplitn(3, ':');
    let (last, middle) = (parts.next().unwrap_or_default(), parts.next());
    let with_column = middle.and_then(number).filter(|_| parts.next().is_some());
    match (with_column, number(last)) {
        (Some(line), Some(column)) => directives.push(Directive { from, line, column: Some(column) }),
        (None, Some(line)) if middle.is_some() => directives.push(Directive { from, line, column: None }),
        _ => {}
    }
}
