//! Repairs for valid Go that tree-sitter-go does not parse, made in the parse buffer only.
//!
//! In: Go text. Out: a tree whose offsets are those of the text. The text that is woven is never changed.

use tree_sitter::{Node, Tree};

use super::{children, parse_tree};

/// How many single-byte repairs are tried in one file.
const MAX_TRIES: usize = 64;

/// Parses a text; where errors are found, tries the known repairs and keeps those that lessen them.
pub(super) fn parse_repaired(text: &str) -> Option<Tree> {
    let mut buffer = text.as_bytes().to_vec();
    buffer.push(b'\n'); // a file that ends in `)` without a newline gives an error at the root
    let mut tree = parse_tree(&buffer)?;
    if !tree.root_node().has_error() {
        return Some(tree);
    }
    blank_method_type_params(&mut buffer);
    if let Some(next) = parse_tree(&buffer) {
        tree = next;
    }
    let mut errors = error_count(tree.root_node());
    for at in builtin_calls(&buffer).into_iter().take(MAX_TRIES) {
        if errors == 0 {
            break;
        }
        let Some(byte) = buffer.get_mut(at) else { continue };
        let old = std::mem::replace(byte, b'x');
        match parse_tree(&buffer) {
            Some(next) if error_count(next.root_node()) < errors => {
                errors = error_count(next.root_node());
                tree = next;
            }
            _ => {
                if let Some(byte) = buffer.get_mut(at) {
                    *byte = old;
                }
            }
        }
    }
    Some(tree)
}

/// Error and missing nodes below a node.
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

/// The last byte of each `new` and `make` before a parenthesis: `new(expr)` is Go 1.26, and packages may declare their own.
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

/// Methods with type parameters are Go 1.27: `func (r R) M[T any](…)` becomes `func (r R) M       (…)`.
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

/// The offset of the bracket that closes the one at `open`.
fn matching(buffer: &[u8], open: usize, opening: u8, closing: u8) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in buffer.iter().enumerate().skip(open) {
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
