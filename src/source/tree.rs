//! Parses Go text into syntax trees.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use tree_sitter::{Node, Parser, Point, Tree};

/// The longest text, in bytes, whose tree is kept.
const MAX_KEPT: usize = 1 << 14;
/// At most this many trees are kept.
const MAX_TREES: usize = 1 << 10;

thread_local! {
    /// The trees of short texts: templates are parsed by each check that asks about them, and once
    /// more by codegen.
    static KEPT: RefCell<HashMap<Vec<u8>, Tree>> = RefCell::default();
}

/// The 1-based line and byte column of an offset in a text.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let line = before.split(|b| *b == b'\n').count();
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    (line, before.len() - start + 1)
}

/// Parses Go text as it is, without repairs. A short text is parsed once.
pub(crate) fn parse_tree(bytes: &[u8]) -> Option<Tree> {
    if bytes.len() > MAX_KEPT {
        return parsed(bytes);
    }
    if let Some(tree) = KEPT.with_borrow(|kept| kept.get(bytes).cloned()) {
        return Some(tree);
    }
    let tree = parsed(bytes)?;
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= MAX_TREES {
            kept.clear();
        }
        kept.insert(bytes.to_vec(), tree.clone());
    });
    Some(tree)
}

fn parsed(bytes: &[u8]) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_go::LANGUAGE.into()).ok()?;
    parser.parse(bytes, None)
}

/// Parses some parts of a text.
pub(super) fn parse_parts(text: &str, parts: &[Range<usize>]) -> Option<Tree> {
    let mut ranges = Vec::new();
    let (mut row, mut at) = (0, 0);
    for part in parts {
        // Every part begins at the start of a line and ends at one, or at the end of the text.
        row += text.get(at..part.start)?.matches('\n').count();
        let start_point = Point::new(row, 0);
        let own = text.get(part.clone())?;
        row += own.matches('\n').count();
        let column = own.rfind('\n').map_or(own.len(), |newline| own.len() - newline - 1);
        let end_point = Point::new(row, column);
        at = part.end;
        ranges.push(tree_sitter::Range {
            start_byte: part.start,
            end_byte: part.end,
            start_point,
            end_point,
        });
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_go::LANGUAGE.into()).ok()?;
    parser.set_included_ranges(&ranges).ok()?;
    parser.parse(text, None)
}

/// Visits a node and all nodes below it, parents first and in the order of the text. The nodes
/// below one for which `visit` returns false are left out.
pub(crate) fn walk<'t>(root: Node<'t>, mut visit: impl FnMut(Node<'t>) -> bool) {
    let mut cursor = root.walk();
    loop {
        if visit(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// All children of a node.
pub(crate) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}
