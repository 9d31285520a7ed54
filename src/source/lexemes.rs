//! Splits Go text, and the text of rules, into lexemes.
//!
//! In: a text. Out: the ranges of its words, literals, operators and directive comments, in order.
//! Other comments and blank space are left out. The text need not be valid.

use std::ops::Range;

use super::extract::is_directive;

/// Operators of more than one character, the longest first.
const OPERATORS: [&str; 25] = [
    "<<=", ">>=", "&^=", "...", "&&", "||", "<-", "++", "--", "==", "!=", "<=", ">=", ":=", "+=", "-=", "*=",
    "/=", "%=", "&=", "|=", "^=", "<<", ">>", "&^",
];

/// The second characters of these operators.
const SECOND: &[u8] = b"<>^.&|-+=";

/// The lexemes of a text, each with true if a line ends between it and the one before.
fn lexemes(text: &str) -> Vec<(Range<usize>, bool)> {
    let mut out = Vec::new();
    let (mut at, mut line, mut helper) = (0, false, false);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        let (len, blank) = if first.is_whitespace() {
            (first.len_utf8(), true)
        } else if let Some(comment) = rest.strip_prefix("//") {
            let end = comment.find('\n').map_or(rest.len(), |end| end + 2);
            (end, !is_instruction(comment.get(..end - 2).unwrap_or_default()))
        } else if rest.starts_with("/*") {
            (rest.get(2..).and_then(|rest| rest.find("*/")).map_or(rest.len(), |end| end + 4), true)
        } else {
            (token(rest, first, &mut helper), false)
        };
        let end = at + len.max(1);
        if blank {
            line |= text.get(at..end).is_some_and(|blank| blank.contains('\n'));
        } else {
            // Go obeys a directive only at the beginning of its line: its indentation counts.
            let start = if rest.starts_with("//") { indentation(text, at) } else { at };
            out.push((start..end, line));
            line = false;
        }
        at = end;
    }
    out
}

/// The places of the lexemes of a text.
pub fn lexeme_ranges(text: &str) -> Vec<Range<usize>> {
    lexemes(text).into_iter().map(|(range, _)| range).collect()
}

/// A text without comments and with as little blank space as Go's grammar needs: two texts with the
/// same result mean the same. Directive comments are kept.
pub fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (range, line) in lexemes(text) {
        if !out.is_empty() {
            out.push(if line && ends_statement(&out) { '\n' } else { ' ' });
        }
        out.push_str(text.get(range).unwrap_or_default());
    }
    out
}

/// Returns true if the end of a line after this text ends a statement, by the last lexeme.
fn ends_statement(text: &str) -> bool {
    let is_last = |c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']' | '}' | '"' | '`' | '\'');
    text.ends_with(is_last) || text.ends_with("++") || text.ends_with("--") || text.ends_with('.')
}

/// Returns true for the text of a `//` comment that tools obey.
fn is_instruction(comment: &str) -> bool {
    is_directive(comment) || comment.starts_with("line ") || comment.starts_with("extern ")
}

/// The start of the line if there is only blank space before an offset, else the offset.
fn indentation(text: &str, at: usize) -> usize {
    let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let blank = text.get(line..at).is_some_and(|before| before.trim().is_empty());
    if blank { line } else { at }
}

/// The length of the token at the beginning of a text. `helper` is true between double braces.
fn token(rest: &str, first: char, helper: &mut bool) -> usize {
    if first.is_ascii_digit() || first == '.' && rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
        return number(rest);
    }
    if first.is_alphanumeric() || first == '_' {
        return rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    }
    if matches!(first, '"' | '\'' | '`') {
        return literal(rest, first);
    }
    if rest.starts_with("{{") && !*helper || rest.starts_with("}}") && *helper {
        *helper = !*helper;
        return 2;
    }
    if !rest.as_bytes().get(1).is_some_and(|second| SECOND.contains(second)) {
        return first.len_utf8();
    }
    let operator = OPERATORS.iter().find(|operator| rest.starts_with(**operator));
    operator.map_or(first.len_utf8(), |operator| operator.len())
}

/// The length of a number, with its exponent.
fn number(rest: &str) -> usize {
    let mut before = ' ';
    for (at, c) in rest.char_indices() {
        let sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E' | 'p' | 'P');
        if !(c.is_alphanumeric() || matches!(c, '_' | '.') || sign) {
            return at;
        }
        before = c;
    }
    rest.len()
}

/// The length of a string or rune. One that does not end goes to the end of its line, or of the
/// text.
fn literal(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            '\n' if quote != '`' => return at,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::{OPERATORS, SECOND, lexeme_ranges, normal};

    #[test]
    fn second_characters_are_those_of_the_operators() {
        assert!(OPERATORS.iter().all(|operator| SECOND.contains(&operator.as_bytes()[1])));
    }

    #[test]
    fn comments_and_blank_space_do_not_count() {
        for (a, b) in [
            ("x := f(a,b) // why", "x:=f( a, b )"),
            ("if x {\n\n\ty()\n}", "if x { // so\n    y() /* and */\n}"),
            ("a +\n\tb", "a+b"),
            ("\"//\" + `/* */`", "\"//\"+/* a string */`/* */`"),
            ("{{#since \"1.9.0\"}}a{{/since}}", "{{ #since \"1.9.0\" }} a {{/since}}"),
            ("if a { b() }}", "if a { b() } }"),
            ("x = 'a'\n// one\n// two\ny", "x = 'a' /*\n*/ y"),
        ] {
            assert_eq!(normal(a), normal(b));
        }
    }

    #[test]
    fn what_means_something_else_is_different() {
        for (a, b) in [
            ("a\nb", "a b"),
            ("return\nx", "return x"),
            ("x = 1 .a", "x = 1.a"),
            ("a - -b", "a --b"),
            ("T{{1}}", "T{ {1} }"),
            ("\"a b\"", "\"a  b\""),
            ("`a //b`", "`a`"),
            ("x.\ny", "x\n.y"),
            ("//go:noinline\nfunc f()", "func f()"),
            ("//go:noinline\nfunc f()", "\t//go:noinline\nfunc f()"),
            ("//line a.go:3\nx", "//line a.go:4\nx"),
            ("// go:noinline\nfunc f()", "//go:noinline\nfunc f()"),
        ] {
            assert_ne!(normal(a), normal(b));
        }
    }

    #[test]
    fn a_text_that_is_not_closed_ends() {
        for text in ["\"a", "'", "`a\n", "/* a", "//", "/*", "{{", "é", "\"\\", "1e+", "/*/"] {
            assert!(lexeme_ranges(text).iter().all(|range| text.get(range.clone()).is_some()), "{text}");
        }
    }
}
