//! Repairs valid Go that tree-sitter-go does not parse, in the parse buffer only.
//!
//! In: Go text. Out: a tree whose offsets are those of the text. The text that is woven is never
//! changed.

use std::ops::Range;

use tree_sitter::{InputEdit, Node, Parser, Point, Tree};

use super::{children, parse_tree};

/// At most this many single-byte repairs are tried in one file.
const MAX_TRIES: usize = 64;
/// The largest declaration that is repaired.
const MAX_DECLARATION: usize = 1 << 19;
/// At most this many bytes are searched for a bracket's partner.
const MAX_LIST: usize = 1024;

/// Parses a text; if there are errors, tries the known repairs and keeps those that reduce them.
pub(crate) fn parse_repaired(text: &str) -> Option<Tree> {
    let mut buffer = text.as_bytes().to_vec();
    if !text.ends_with('\n') {
        buffer.push(b'\n'); // a file that ends in `)` without a newline causes an error at the root
    }
    let mut tree = parse_tree(&buffer)?;
    if !tree.root_node().has_error() {
        return Some(tree);
    }
    blank_method_type_params(&mut buffer);
    if let Some(next) = parse_tree(&buffer) {
        tree = next;
    }
    let mut broken = broken(tree.root_node());
    let mut tries = MAX_TRIES;
    for at in builtin_calls(&buffer) {
        if tries == 0 || broken.is_empty() {
            break;
        }
        let Some(range) = broken.iter().find(|range| range.contains(&at)).cloned() else { continue };
        // A huge declaration with errors would take long to be parsed again and again.
        if range.len() > MAX_DECLARATION {
            continue;
        }
        tries -= 1;
        if let Some(next) = with_byte(&mut buffer, &tree, at) {
            tree = next;
            broken = self::broken(tree.root_node());
        }
    }
    Some(tree)
}

/// The range of the first syntax error in a Go text, if any, and true if a token is missing there:
/// for templates.
pub fn first_syntax_error(text: &str) -> Option<(Range<usize>, bool)> {
    let tree = parse_repaired(text)?;
    let mut stack = vec![tree.root_node()];
    let mut first: Option<(Range<usize>, bool)> = None;
    while let Some(node) = stack.pop() {
        if (node.is_error() || node.is_missing())
            && first.as_ref().is_none_or(|(range, _)| node.start_byte() < range.start)
        {
            first = Some((node.byte_range(), node.is_missing()));
        }
        if node.has_error() {
            stack.extend(children(node));
        }
    }
    first
}

/// The tree with one byte changed, if that reduces the errors; otherwise the byte is put back.
fn with_byte(buffer: &mut [u8], tree: &Tree, at: usize) -> Option<Tree> {
    let old = std::mem::replace(buffer.get_mut(at)?, b'x');
    let next = parse_edited(buffer, tree, at);
    let better = next.filter(|next| error_count(next.root_node()) < error_count(tree.root_node()));
    if better.is_none()
        && let Some(byte) = buffer.get_mut(at)
    {
        *byte = old;
    }
    better
}

/// Parses again after one byte has changed: most of the old tree is reused.
fn parse_edited(buffer: &[u8], tree: &Tree, at: usize) -> Option<Tree> {
    let point = |offset: usize| {
        let before = buffer.get(..offset).unwrap_or_default();
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        Point::new(before.split(|byte| *byte == b'\n').count() - 1, offset - start)
    };
    let mut old = tree.clone();
    old.edit(&InputEdit {
        start_byte: at,
        old_end_byte: at + 1,
        new_end_byte: at + 1,
        start_position: point(at),
        old_end_position: point(at + 1),
        new_end_position: point(at + 1),
    });
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_go::LANGUAGE.into()).ok()?;
    parser.parse(buffer, Some(&old))
}

/// The top-level nodes that have errors.
fn broken(root: Node<'_>) -> Vec<Range<usize>> {
    children(root).into_iter().filter(Node::has_error).map(|node| node.byte_range()).collect()
}

/// The number of error and missing nodes at and below a node.
fn error_count(root: Node<'_>) -> usize {
    let mut count = 0;
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        if node.is_error() || node.is_missing() {
            count += 1;
        }
        if node.has_error() {
            stack.extend(children(node));
        }
    }
    count
}

/// The last byte of each `new` and `make` before a parenthesis: `new(expr)` is new in Go 1.26, and
/// packages may declare their own.
fn builtin_calls(buffer: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    for word in [b"new(".as_slice(), b"make(".as_slice()] {
        for (at, window) in buffer.windows(word.len()).enumerate() {
            let before = at.checked_sub(1).and_then(|i| buffer.get(i));
            let is_word = before.is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_');
            if window == word && is_word {
                found.push(at + word.len() - 2);
            }
        }
    }
    found.sort_unstable();
    found
}

/// Replaces the type parameters of methods by spaces, since they are new in Go 1.27:
/// `func (r R) M[T any](…)` becomes `func (r R) M (…)`.
fn blank_method_type_params(buffer: &mut [u8]) {
    let starts: Vec<usize> = buffer
        .windows(7)
        .enumerate()
        .filter(|(_, window)| *window == b"\nfunc (")
        .map(|(at, _)| at + 6)
        .collect();
    for open in starts {
        let Some(close) = matching(buffer, open, b'(', b')') else {
            continue;
        };
        let name_end = buffer
            .iter()
            .enumerate()
            .skip(close + 1)
            .find(|(_, b)| !(b.is_ascii_alphanumeric() || **b == b'_' || **b == b' '))
            .map(|(at, _)| at);
        let Some(bracket) = name_end.filter(|at| buffer.get(*at) == Some(&b'[')) else {
            continue;
        };
        let Some(end) = matching(buffer, bracket, b'[', b']') else {
            continue;
        };
        if let Some(list) = buffer.get_mut(bracket..=end) {
            for byte in list.iter_mut().filter(|b| **b != b'\n') {
                *byte = b' ';
            }
        }
    }
}

/// The offset of the bracket that closes the one at `open`, if it is near.
fn matching(buffer: &[u8], open: usize, opening: u8, closing: u8) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in buffer.iter().enumerate().skip(open).take(MAX_LIST) {
        if *byte == opening {
            depth += 1;
        } else if *byte == closing {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}
