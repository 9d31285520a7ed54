//! Finds the position of a byte of a Go file by the compiler's rules for `//line` and `/*line*/`.
//!
//! In: the text of a file that may have such directives (cgo and cover write them). Out: for an
//! offset, the line and column that a directive after an insertion must restore.

/// The directives of one file.
#[derive(Debug)]
pub struct Positions<'a> {
    text: &'a str,
    /// The offset at which each line starts.
    lines: Vec<usize>,
    directives: Vec<Directive>,
}

#[derive(Debug)]
struct Directive {
    /// The offset of the first byte that it applies to.
    from: usize,
    line: usize,
    column: Option<usize>,
}

impl<'a> Positions<'a> {
    /// Reads the directives of a text.
    pub fn new(text: &'a str) -> Self {
        let mut directives = Vec::new();
        if text.contains("//line ") || text.contains("/*line ") {
            for_each_comment(text, |at, comment| directive(text, at, comment, &mut directives));
        }
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Self { text, lines, directives }
    }

    /// The physical line and byte column of an offset, from 1.
    fn physical(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|i| self.lines.get(i)).copied().unwrap_or_default();
        (line, offset - start + 1)
    }

    /// The line and column of an offset as the compiler sees them. A directive without a column
    /// makes columns unknown until the next one; then the physical column is returned.
    pub fn at(&self, offset: usize) -> (usize, usize) {
        let (line, column) = self.physical(offset);
        let Some(last) = self
            .directives
            .get(..self.directives.partition_point(|d| d.from <= offset))
            .and_then(<[_]>::last)
        else {
            return (line, column);
        };
        let (base_line, base_column) = self.physical(last.from);
        let mapped_line = last.line + line - base_line;
        match last.column {
            Some(start) if line == base_line => (mapped_line, start + column - base_column),
            _ => (mapped_line, column),
        }
    }
}

/// Reads one comment as a directive, if it is one.
fn directive(text: &str, at: usize, comment: &str, directives: &mut Vec<Directive>) {
    if let Some(argument) = comment.strip_prefix("//line ") {
        let starts_line = at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
        if starts_line {
            push(directives, at + comment.len() + 1, argument.trim_end_matches('\r'));
        }
    } else if let Some(argument) = comment.strip_prefix("/*line ").and_then(|c| c.strip_suffix("*/")) {
        push(directives, at + comment.len(), argument);
    }
}

/// Calls `visit` with every comment (without the line end) and its offset; literals are skipped.
fn for_each_comment(text: &str, mut visit: impl FnMut(usize, &str)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['/', '"', '`', '\''])) {
        let from = at + found;
        let end = match (bytes.get(from), bytes.get(from + 1)) {
            (Some(b'/'), Some(b'/')) => end_of_line(text, from),
            (Some(b'/'), Some(b'*')) => behind(text, from + 2, "*/"),
            (Some(b'/'), _) => from + 1,
            (Some(b'`'), _) => behind(text, from + 1, "`"),
            (Some(quote), _) => behind_quoted(bytes, from, *quote),
            (None, _) => return,
        };
        if bytes.get(from) == Some(&b'/') && end > from + 1 {
            visit(from, text.get(from..end).unwrap_or_default());
        }
        at = end;
    }
}

fn end_of_line(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| from + at)
}

fn behind(text: &str, from: usize, closing: &str) -> usize {
    text.get(from..).and_then(|rest| rest.find(closing)).map_or(text.len(), |at| from + at + closing.len())
}

/// A string or rune ends with its quote or, if that is missing, with its line.
fn behind_quoted(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' => return at,
            _ if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Reads `file:line:column`, `file:line` or `:line:column`.
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

#[cfg(test)]
mod tests {
    use super::Positions;

    #[test]
    fn directives_count_where_the_compiler_reads_them() {
        let text = "package p\n//line a.go:10\nx\n\t/*line b.go:5:7*/y z\n //line no.go:1\n";
        let at = |what: &str| Positions::new(text).at(text.find(what).unwrap());
        assert_eq!(at("x\n"), (10, 1));
        assert_eq!(at("y z"), (5, 7));
        assert_eq!(at("z\n"), (5, 9));
        assert_eq!(Positions::new(text).at(text.len()), (7, 1));
    }

    #[test]
    fn what_looks_like_one_in_a_literal_or_another_comment_is_none() {
        for before in [
            "var s = \"/*line :9:9*/\"",
            "var s = `\n//line x:9:9\n/*line :9:9*/`",
            "var r = '\"'; var s = `/*line :9:9*/`; var t = '\\''",
            "// see /*line :9:9*/",
            "/* //line x:9:9 */",
            "/*\n//line x:9:9\n*/",
            "var s = \"\\\"/*line :9:9*/\"",
        ] {
            let text = format!("{before}\nx");
            let line = text.matches('\n').count() + 1;
            assert_eq!(Positions::new(&text).at(text.len() - 1), (line, 1), "{before}");
        }
    }
}
