//! `/*line*/` comments in a template before handlebars renders it, so that what handlebars puts in or leaves out moves
//! nothing.
//!
//! In: the raw text of a template and its place. Out: the same with a comment at each line's beginning and behind each
//! double brace. None stands in a string, a rune or another comment: where double braces do, it comes behind the end of these.

use std::fmt::Write as _;

use super::Place;

/// Puts the comments in.
pub(super) fn mark(text: &str, at: Place) -> String {
    let mut marker =
        Marker { text, at: 0, line: at.line as usize, column: at.column as usize, out: String::new() };
    marker.out.reserve(text.len() * 2);
    marker.run();
    marker.out
}

struct Marker<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    column: usize,
    out: String,
}

impl Marker<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes some bytes over.
    fn take(&mut self, len: usize) {
        let end = (self.at + len).min(self.text.len());
        let taken = self.text.get(self.at..end).unwrap_or_default();
        match taken.rfind('\n') {
            Some(last) => {
                self.line += taken.matches('\n').count();
                self.column = taken.len() - last;
            }
            None => self.column += taken.len(),
        }
        self.out.push_str(taken);
        self.at = end.max(self.at + 1);
    }

    fn comment(&mut self) {
        let _ = write!(self.out, "/*line :{}:{}*/", self.line, self.column);
    }

    fn run(&mut self) {
        self.comment();
        while self.at < self.text.len() {
            let rest = self.rest();
            let len = token(rest);
            let token = rest.get(..len).unwrap_or_default();
            let marked = token.ends_with('\n') || token.contains("{{") && !token.starts_with("//");
            self.take(len);
            if marked && self.at < self.text.len() {
                self.comment();
            }
        }
    }
}

/// The length of what comes next: a literal, a comment, double braces, or one character.
fn token(rest: &str) -> usize {
    let until = |from: usize, end: &str| {
        rest.get(from..).and_then(|r| r.find(end)).map_or(rest.len(), |found| from + found + end.len())
    };
    match rest.as_bytes() {
        [b'{', b'{', ..] => until(2, "}}"),
        [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => until(2, "*/"),
        [b'`', ..] => until(1, "`"),
        [quote @ (b'"' | b'\''), ..] => quoted(rest, *quote),
        _ => rest.chars().next().map_or(1, char::len_utf8),
    }
}

/// A string or rune ends with its quote, or, where that is missing, before the end of its line. What stands in double braces
/// is not Go: its quotes do not count.
fn quoted(rest: &str, quote: u8) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' if bytes.get(at + 1) == Some(&b'{') => {
                at = rest.get(at..).and_then(|r| r.find("}}")).map_or(bytes.len(), |end| at + end + 2);
            }
            b'\\' => at += 2,
            b'\n' => return at,
            _ if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str) -> String {
        mark(text, Place { line: 7, column: 3, restore: true })
    }

    #[test]
    fn each_line_and_each_pair_of_braces_is_followed_by_its_place() {
        assert_eq!(marked("a {{b}} c"), "/*line :7:3*/a {{b}}/*line :7:10*/ c");
        assert_eq!(
            marked("f(\"{{b}}\", c)\nd"),
            "/*line :7:3*/f(\"{{b}}\"/*line :7:12*/, c)\n/*line :8:1*/d"
        );
        assert_eq!(marked("`{{b}}\n` + c"), "/*line :7:3*/`{{b}}\n`/*line :8:2*/ + c");
    }

    #[test]
    fn none_stands_where_it_would_be_text() {
        assert_eq!(marked("// {{b}} '\nc"), "/*line :7:3*/// {{b}} '\n/*line :8:1*/c");
        assert_eq!(marked("/* {{b}} */c"), "/*line :7:3*//* {{b}} *//*line :7:14*/c");
        assert_eq!(marked("`a\n\"`\n'\\''"), "/*line :7:3*/`a\n\"`\n/*line :9:1*/'\\''");
        assert_eq!(marked("{{#since \"1.2.0\"}}x"), "/*line :7:3*/{{#since \"1.2.0\"}}/*line :7:21*/x");
    }
}
