//! Converts the text of an anchor to a form that fits into a function.
//!
//! In: Go text, and the code that it replaces or precedes. Out: one line that means the same, so
//! that no line of the function moves: comments are removed, line ends become the semicolons that
//! Go reads there, raw strings become quoted ones.

use std::ops::Range;

use tree_sitter::Node;

use super::constants;
use super::edits::Edit;
use super::locate::FunctionMatch;
use super::options::{WeaveOptions, variant};
use super::refusal::Refusal;
use crate::bundle::{Anchor, Fragment, Import};
use crate::codegen::written_name;
use crate::source::{AnchorShape, GoFile, find_anchor, is_keyword, parse_tree};
use crate::template::FragmentKind;

/// The edit for an anchor.
pub(super) fn anchor_edit(
    go: &GoFile,
    target: &FunctionMatch<'_>,
    anchor: &Anchor,
    options: &WeaveOptions<'_>,
    imports: &mut Vec<Import>,
) -> Result<Edit, Refusal> {
    let shape = if anchor.replace { AnchorShape::Expression } else { AnchorShape::Statement };
    let range = find_anchor(go, target.function, shape, &anchor.pattern)
        .map_err(|e| Refusal::Anchor { pattern: anchor.pattern.clone(), reason: e.to_string() })?;
    let code = variant(&anchor.template, options)?;
    if let Some(name) = shadowed(go, target, code) {
        return Err(Refusal::Shadowed(name));
    }
    imports.extend(code.imports.iter().cloned());
    let text = constants::of_function(&code.text, &target.placed.rule, target.function, options);
    let text = one_line(&text);
    Ok(if anchor.replace {
        Edit { text: enclosed(go, &range, text), range, restore: true }
    } else {
        Edit { range: range.start..range.start, text: format!("{text}; "), restore: true }
    })
}

/// A name of the plugin's own that the text uses and that occurs in the function too: there a
/// template would mean that one.
fn shadowed(go: &GoFile, target: &FunctionMatch<'_>, code: &Fragment) -> Option<String> {
    let plugin = &target.placed.plugin;
    let own = code.names.iter().map(|name| (name, written_name(plugin, name)));
    let own: Vec<&str> = own.filter(|(name, written)| name != written).map(|(_, written)| written).collect();
    let function = go.slice(&target.function.range);
    let mut words =
        function.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| own.contains(word));
    if own.is_empty() { None } else { words.next().map(str::to_owned) }
}

/// Puts parentheses around an operator expression that becomes a part of another expression.
pub(super) fn enclosed(go: &GoFile, range: &Range<usize>, text: String) -> String {
    const PARTS: [&str; 7] = [
        "binary_expression",
        "unary_expression",
        "selector_expression",
        "index_expression",
        "slice_expression",
        "type_assertion_expression",
        "call_expression",
    ];
    let replaced = go.root().descendant_for_byte_range(range.start, range.end);
    let outer = replaced.and_then(|node| outermost(node, range).parent());
    let (before, after) = FragmentKind::Expression.frame();
    let is_part = outer.is_some_and(|outer| PARTS.contains(&outer.kind()));
    let has_operator = || {
        let framed = format!("{before}{text}{after}");
        let tree = parse_tree(framed.as_bytes());
        let at = before.len();
        tree.is_some_and(|tree| {
            let node = tree.root_node().descendant_for_byte_range(at, at + text.len());
            node.is_some_and(|node| matches!(node.kind(), "binary_expression" | "unary_expression"))
        })
    };
    if is_part && has_operator() { format!("({text})") } else { text }
}

/// The largest node with exactly these bytes.
fn outermost<'t>(mut node: Node<'t>, range: &Range<usize>) -> Node<'t> {
    while let Some(parent) = node.parent().filter(|parent| parent.byte_range() == *range) {
        node = parent;
    }
    node
}

/// Joins the lines of a text.
pub(super) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // `ends`: the last token can end a statement. `blank`, `line`: there is space, or a line end,
    // before the next token.
    let (mut ends, mut blank, mut line) = (false, false, false);
    while !rest.is_empty() {
        let (kind, len) = token(rest);
        let (token, behind) = rest.split_at_checked(len).unwrap_or((rest, ""));
        rest = behind;
        match kind {
            LexemeKind::Blank => {
                blank = true;
                line |= token.contains('\n');
                continue;
            }
            LexemeKind::Raw if token.contains(['\n', '\r']) => {
                push(&mut out, &quoted(token), (ends, blank, line));
            }
            _ => push(&mut out, token, (ends, blank, line)),
        }
        ends = ends_statement(&kind, token);
        (blank, line) = (false, false);
    }
    out
}

fn push(out: &mut String, token: &str, (ends, blank, line): (bool, bool, bool)) {
    if !out.is_empty() && line && ends {
        out.push_str("; ");
    } else if !out.is_empty() && blank {
        out.push(' ');
    }
    out.push_str(token);
}

enum LexemeKind {
    /// Spaces and comments.
    Blank,
    Word,
    Raw,
    /// Strings, runes and numbers.
    Literal,
    Other,
}

/// The kind and the length of a text's first token.
fn token(text: &str) -> (LexemeKind, usize) {
    let until = |from: usize, end: &str| {
        text.get(from..).and_then(|rest| rest.find(end)).map_or(text.len(), |at| from + at + end.len())
    };
    let span = |good: &dyn Fn(char) -> bool| text.find(|c: char| !good(c)).unwrap_or(text.len());
    match text.as_bytes() {
        [b'/', b'/', ..] => (LexemeKind::Blank, text.find('\n').unwrap_or(text.len())),
        [b'/', b'*', ..] => (LexemeKind::Blank, until(2, "*/")),
        [b'`', ..] => (LexemeKind::Raw, until(1, "`")),
        [quote @ (b'"' | b'\''), ..] => (LexemeKind::Literal, closed(text, *quote)),
        [b'0'..=b'9', ..] => (LexemeKind::Literal, span(&|c| c.is_alphanumeric() || c == '_' || c == '.')),
        [b'+', b'+', ..] | [b'-', b'-', ..] => (LexemeKind::Other, 2),
        _ => match text.chars().next() {
            Some(c) if c.is_whitespace() => (LexemeKind::Blank, span(&char::is_whitespace)),
            Some(c) if c.is_alphabetic() || c == '_' => {
                (LexemeKind::Word, span(&|c| c.is_alphanumeric() || c == '_'))
            }
            first => (LexemeKind::Other, first.map_or(1, char::len_utf8)),
        },
    }
}

/// The offset at which a string or a rune ends.
fn closed(text: &str, quote: u8) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if byte == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns true if Go inserts a semicolon at the end of a line after a token.
fn ends_statement(kind: &LexemeKind, token: &str) -> bool {
    match kind {
        LexemeKind::Word => {
            !is_keyword(token) || matches!(token, "break" | "continue" | "fallthrough" | "return")
        }
        LexemeKind::Other => matches!(token, ")" | "]" | "}" | "++" | "--"),
        LexemeKind::Raw | LexemeKind::Literal => true,
        LexemeKind::Blank => false,
    }
}

/// Converts a raw string to a quoted one; Go drops carriage returns in raw strings.
fn quoted(raw: &str) -> String {
    let inside = raw.strip_prefix('`').and_then(|raw| raw.strip_suffix('`')).unwrap_or(raw);
    let escaped = inside.replace('\r', "").replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn lines_become_what_go_reads_in_them() {
        for (text, expected) in [
            ("a()\nb()", "a(); b()"),
            ("\n\n  if x {\n\ta()\n\treturn\n}\n", "if x { a(); return; }"),
            ("f(\n  1,\n  2,\n)", "f( 1, 2, )"),
            ("x +\n y", "x + y"),
            ("i++\nj--\nreturn", "i++; j--; return"),
            ("x.\n  y()", "x. y()"),
            ("switch x {\ncase 1.:\n\tgo f()\ndefault:\n}", "switch x { case 1.: go f(); default: }"),
            ("new(g)", "new(g)"),
        ] {
            assert_eq!(one_line(text), expected, "{text}");
        }
    }

    #[test]
    fn comments_take_nothing_with_them() {
        for (text, expected) in [
            ("a() // one\n", "a()"),
            ("a() // one\nb() // two", "a(); b()"),
            ("a() /* one\ntwo */ b()", "a(); b()"),
            ("a(/* one */ b)", "a( b)"),
            ("a(\"// no\", '\\'', \"\\\" // no\")", "a(\"// no\", '\\'', \"\\\" // no\")"),
        ] {
            assert_eq!(one_line(text), expected, "{text}");
        }
    }

    #[test]
    fn raw_strings_stay_what_they_are() {
        assert_eq!(one_line("f(`a\n  \"b\\n`)\ng(`\\d`)"), "f(\"a\\n  \\\"b\\\\n\"); g(`\\d`)");
        assert_eq!(one_line("f(`a\r\nb`)"), "f(\"a\\nb\")");
    }
}
