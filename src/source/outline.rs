//! Finds the declarations of a Go file by lexical rules alone.
//!
//! In: Go text. Out: a range for each declaration at the top level, with the comment above it.
//! Nothing is parsed: this makes it possible to parse a single declaration of a large file. In a
//! text that is not Go the ranges mean nothing.

use std::ops::Range;

const KEYWORDS: [&str; 4] = ["func", "type", "var", "const"];

/// The package clause with the imports, and the declarations after them, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Everything before the first declaration.
    pub head: Range<usize>,
    /// The declarations. The range begins at the comment above, and ends where the next one's
    /// begins.
    pub declarations: Vec<Range<usize>>,
}

/// Finds the declarations.
pub fn outline(text: &str) -> Outline {
    let mut starts = Vec::new();
    let mut scanner = OutlineScanner { bytes: text.as_bytes(), at: 0, depth: 0 };
    // The start of the line comments directly above the current line.
    let mut comment = None;
    while scanner.at < text.len() {
        let line = scanner.at;
        // Files not formatted by gofmt may begin a declaration with spaces.
        let rest = text.get(line..).unwrap_or_default().trim_start_matches([' ', '\t']);
        if scanner.depth == 0 && rest.starts_with("//") {
            comment.get_or_insert(line);
        } else {
            if scanner.depth == 0 && KEYWORDS.iter().any(|word| is_word(rest, word)) {
                starts.push(comment.unwrap_or(line));
            }
            comment = None;
        }
        scanner.line();
    }
    let end = text.len();
    let ends = starts.iter().skip(1).copied().chain([end]);
    Outline {
        head: 0..starts.first().copied().unwrap_or(end),
        declarations: starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect(),
    }
}

/// Returns true if a text begins with this word.
fn is_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '\t', '(', '\n', '\r']))
}

struct OutlineScanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The number of open brackets, of any kind.
    depth: usize,
}

impl OutlineScanner<'_> {
    /// Advances to the first line that begins outside of strings and comments.
    fn line(&mut self) {
        while let Some(byte) = self.next() {
            match byte {
                b'\n' => return,
                b'{' | b'(' | b'[' => self.depth += 1,
                b'}' | b')' | b']' => self.depth = self.depth.saturating_sub(1),
                b'"' | b'\'' => self.quoted(byte),
                b'`' => self.until(b"`"),
                b'/' => match self.bytes.get(self.at) {
                    Some(b'/') => {
                        self.until(b"\n");
                        return;
                    }
                    Some(b'*') => {
                        self.at += 1;
                        self.until(b"*/");
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += usize::from(byte.is_some());
        byte
    }

    /// Skips a string or a rune, which ends at the end of its line at the latest.
    fn quoted(&mut self, quote: u8) {
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => self.at += 1,
                b'\n' => {
                    self.at -= 1;
                    return;
                }
                byte if byte == quote => return,
                _ => {}
            }
        }
    }

    /// Advances past the next occurrence of these bytes.
    fn until(&mut self, end: &[u8]) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = rest.windows(end.len()).position(|window| window == end);
        self.at += found.map_or(rest.len(), |at| at + end.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_found_outside_of_strings_and_comments_only() {
        let text = "// doc\npackage p\n\nimport \"fmt\"\n\n//go:noinline\n// F is.\nfunc F(\n\ta int,\n) {\n\tx := `\nfunc no() {}\n`\n\t_ = '{'\n\t_ = \"}\\\"{\"\n}\n\n/*\nfunc neither() {}\n*/\n\ntype (\n\tT int\n)\n// last\nvar v = []int{\n\t1,\n}\nconst c = 1";
        let found = outline(text);
        let texts: Vec<&str> = found.declarations.iter().map(|range| &text[range.clone()]).collect();
        assert_eq!(&text[found.head], "// doc\npackage p\n\nimport \"fmt\"\n\n");
        let firsts: Vec<&str> = texts.iter().map(|text| text.lines().next().unwrap()).collect();
        assert_eq!(firsts, ["//go:noinline", "type (", "// last", "const c = 1"]);
        assert!(texts[0].contains("func neither") && texts[2].ends_with("}\n"));
    }
}
