//! Go text of a template → the same text with private package aliases, and what it mentions.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tree_sitter::Node;

use super::Imports;
use crate::bundle::{Fragment, Import};
use crate::source::{children, line_column, parse_tree};
use crate::syntax::ast::AnchorKind;

/// Where a fragment stands in a Go file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FragmentKind {
    /// In a function's body.
    Statements,
    /// Among the statements of a function that is there already.
    Inline,
    /// Where a value stands.
    Expression,
    /// At the top of a file.
    Declarations,
    /// Where a type stands.
    Type,
}

impl FragmentKind {
    /// That of an anchor's text.
    pub fn of_anchor(kind: AnchorKind) -> Self {
        match kind {
            AnchorKind::Replace => Self::Expression,
            AnchorKind::Before => Self::Inline,
        }
    }

    /// What goes before and after the text so that it is a Go file.
    pub fn frame(self) -> (&'static str, &'static str) {
        match self {
            Self::Statements | Self::Inline => ("package p\nfunc _() {\n", "\n}\n"),
            Self::Expression => ("package p\nfunc _() {\n_ = ", "\n}\n"),
            Self::Declarations => ("package p\n", "\n"),
            Self::Type => ("package p\nvar _ ", "\n"),
        }
    }
}

/// The place of a text in the `.gorule` file.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// 1-based line of its first byte.
    pub line: u32,
    /// 1-based byte column of its first byte.
    pub column: u32,
    /// Whether `/*line*/` comments restore positions: not in text that is put inside a function's body, nor in runtime.
    pub restore: bool,
}

/// How a comment that restores a position begins.
const MARK: &str = "/*line :";

/// The alias under which generated code imports a path.
fn alias(name: &str) -> String {
    format!("goagent_{name}")
}

#[derive(Default)]
struct Found {
    /// Start and end of each package qualifier in the framed text.
    qualifiers: Vec<(usize, usize)>,
    names: BTreeSet<String>,
    returns: bool,
    skips: Vec<(usize, usize)>,
}

/// Reads a text that stands at a place of the `.gorule` file. Text that is not Go is left as it is: `check` says so.
pub fn fragment(text: &str, kind: FragmentKind, imports: &Imports, at: Place) -> Fragment {
    let (before, after) = kind.frame();
    let framed = format!("{before}{text}{after}");
    let mut found = Found::default();
    if let Some(tree) = parse_tree(framed.as_bytes()) {
        visit(tree.root_node(), &framed, imports, &mut found);
    }
    let mut used = BTreeSet::new();
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for (start, end) in found.qualifiers {
        let name = framed.get(start..end).unwrap_or_default();
        if let Some(path) = imports.path(name) {
            used.insert(Import { alias: alias(name), path: path.to_owned() });
            edits.push((start, end, alias(name)));
        }
    }
    let skips = !found.skips.is_empty();
    edits.extend(
        found
            .skips
            .into_iter()
            .map(|(start, end)| (start, end, "{ goagent_skip = true; return }".to_owned())),
    );
    edits.sort();
    let restore = at.restore && kind != FragmentKind::Type;
    let mut out = String::with_capacity(text.len());
    let mut done = before.len();
    for (start, end, new) in edits {
        if start < done || end > before.len() + text.len() {
            continue;
        }
        out.push_str(framed.get(done..start).unwrap_or_default());
        out.push_str(&new);
        if restore {
            let (l, c) = original(text, end - before.len(), at);
            let _ = write!(out, "/*line :{l}:{c}*/");
        }
        done = end;
    }
    out.push_str(framed.get(done..before.len() + text.len()).unwrap_or_default());
    Fragment {
        text: out,
        line: at.line,
        column: at.column,
        imports: used.into_iter().collect(),
        names: found.names.into_iter().collect(),
        returns: found.returns,
        skips,
    }
}

/// Line and column in the `.gorule` file of an offset in a text, which may have been marked before it was rendered.
fn original(text: &str, offset: usize, at: Place) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let mark = before.rfind(MARK).and_then(|start| {
        let (place, behind) = before.get(start + MARK.len()..)?.split_once("*/")?;
        let (line, column) = place.split_once(':')?;
        Some((line.parse().ok()?, column.parse().ok()?, behind))
    });
    let (line, column, behind): (usize, usize, &str) =
        mark.unwrap_or((at.line as usize, at.column as usize, before));
    match line_column(behind, behind.len()) {
        (1, c) => (line, column + c - 1),
        (l, c) => (line + l - 1, c),
    }
}

fn visit(node: Node<'_>, text: &str, imports: &Imports, found: &mut Found) {
    let mut stack = vec![(node, false)];
    while let Some((node, in_literal)) = stack.pop() {
        let in_literal = in_literal || node.kind() == "func_literal";
        match node.kind() {
            "return_statement" if !in_literal => found.returns = true,
            "expression_statement" if text.get(node.byte_range()).is_some_and(|t| t == "skip") => {
                found.skips.push((node.start_byte(), node.end_byte()));
                continue;
            }
            "identifier" | "package_identifier" | "type_identifier" => {
                let name = text.get(node.byte_range()).unwrap_or_default();
                if is_qualifier(node) && imports.path(name).is_some() {
                    found.qualifiers.push((node.start_byte(), node.end_byte()));
                } else {
                    found.names.insert(name.to_owned());
                }
            }
            _ => {}
        }
        stack.extend(children(node).into_iter().map(|child| (child, in_literal)));
    }
}

/// Whether an identifier is the `x` of `x.Y`.
fn is_qualifier(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    let field = match parent.kind() {
        "selector_expression" => "operand",
        "qualified_type" => "package",
        _ => return false,
    };
    parent.child_by_field_name(field).is_some_and(|child| child == node)
}
