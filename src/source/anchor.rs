//! Finds a statement or an expression in a function's body by comparing tokens of the syntax tree.

use std::ops::Range;

use tree_sitter::Node;

use super::{Function, GoFile, children, parse_tree};

/// The syntax of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorShape {
    /// A whole statement.
    Statement,
    /// An expression.
    Expression,
}

/// The reason for which a pattern does not lead to one place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// The pattern is not Go.
    #[error("the pattern is not a Go {0}")]
    NotGo(&'static str),
    /// No place has these tokens.
    #[error("the pattern does not occur in the function")]
    Absent,
    /// Several places have them.
    #[error("the pattern occurs {0} times in the function")]
    Several(usize),
}

/// Returns the only place in a function's body that has the pattern's tokens.
pub fn find_anchor(
    file: &GoFile,
    function: &Function,
    shape: AnchorShape,
    pattern: &str,
) -> Result<Range<usize>, AnchorError> {
    let wanted = pattern_tokens(shape, pattern)?;
    let Some(body) = &function.body else {
        return Err(AnchorError::Absent);
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut stack = vec![file.root()];
    while let Some(node) = stack.pop() {
        if node.end_byte() <= body.start || node.start_byte() >= body.end {
            continue;
        }
        let inside = node.start_byte() > body.start && node.end_byte() < body.end;
        if inside && node.is_named() && fits(node, shape) && tokens(node, file.text()) == wanted {
            if !found.contains(&node.byte_range()) {
                found.push(node.byte_range());
            }
            continue;
        }
        stack.extend(children(node));
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(AnchorError::Absent),
        several => Err(AnchorError::Several(several.len())),
    }
}

/// Returns true if a node has this shape: a statement is a child of a list of statements; any node
/// may be an expression.
fn fits(node: Node<'_>, shape: AnchorShape) -> bool {
    shape == AnchorShape::Expression || node.parent().is_some_and(|parent| parent.kind() == "statement_list")
}

/// The tokens of a pattern, after parsing it in a place where its shape is allowed.
fn pattern_tokens(shape: AnchorShape, pattern: &str) -> Result<Vec<String>, AnchorError> {
    let (before, what) = match shape {
        AnchorShape::Statement => ("package p\nfunc _() {\n", "statement"),
        AnchorShape::Expression => ("package p\nfunc _() {\n_ = ", "expression"),
    };
    let text = format!("{before}{pattern}\n}}\n");
    let tree = parse_tree(text.as_bytes()).ok_or(AnchorError::NotGo(what))?;
    if tree.root_node().has_error() || pattern.trim().is_empty() {
        return Err(AnchorError::NotGo(what));
    }
    let end = before.len() + pattern.len();
    let mut out = Vec::new();
    leaves(tree.root_node(), &mut |leaf| {
        if leaf.start_byte() >= before.len() && leaf.end_byte() <= end {
            push_token(leaf, &text, &mut out);
        }
    });
    if out.last().is_some_and(|t| t == ";") {
        out.pop();
    }
    Ok(out)
}

fn tokens(node: Node<'_>, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    leaves(node, &mut |leaf| push_token(leaf, text, &mut out));
    out
}

fn push_token(leaf: Node<'_>, text: &str, out: &mut Vec<String>) {
    let token = text.get(leaf.byte_range()).unwrap_or_default().trim();
    if leaf.kind() != "comment" && !token.is_empty() {
        out.push(token.to_owned());
    }
}

/// Visits the leaves from left to right; literals count as leaves, so that white space in them is
/// compared.
fn leaves<'t>(node: Node<'t>, visit: &mut impl FnMut(Node<'t>)) {
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        let literal =
            matches!(node.kind(), "interpreted_string_literal" | "raw_string_literal" | "rune_literal");
        if node.child_count() == 0 || literal {
            visit(node);
        } else {
            stack.extend(children(node).into_iter().rev());
        }
    }
}
