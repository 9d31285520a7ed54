//! The Go file as a part of which a template is parsed.

use std::ops::Range;

use tree_sitter::{Node, Tree};

use crate::source::{parse_repaired, walk};
use crate::syntax::ast::AnchorKind;

/// The part of a Go file that a template is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FragmentKind {
    /// The body of a function.
    Statements,
    /// Statements among those of a function of the target.
    Inline,
    /// An expression.
    Expression,
    /// Declarations at the top of a file.
    Declarations,
    /// A type.
    Type,
}

impl FragmentKind {
    /// Returns the kind of an anchor's text.
    pub fn of_anchor(kind: AnchorKind) -> Self {
        match kind {
            AnchorKind::Replace => Self::Expression,
            AnchorKind::Before => Self::Inline,
        }
    }

    /// Returns the text before and after a template that make it a Go file.
    pub fn frame(self) -> (&'static str, &'static str) {
        match self {
            Self::Statements | Self::Inline => ("package p\nfunc _() {\n", "\n}\n"),
            Self::Expression => ("package p\nfunc _() {\n_ = ", "\n}\n"),
            Self::Declarations => ("package p\n", "\n"),
            Self::Type => ("package p\nvar _ ", "\n"),
        }
    }
}

/// Returns true if a node declares a function or a method.
pub(super) fn is_function(node: Node<'_>) -> bool {
    matches!(node.kind(), "function_declaration" | "method_declaration")
}

/// A template as a part of a Go file, parsed once for all questions about it. Places are offsets
/// into the template.
pub struct Framed {
    file: String,
    /// The tree; `None` if the parser gave up, and then nothing is found.
    tree: Option<Tree>,
    /// The template in the file.
    range: Range<usize>,
}

impl Framed {
    /// Parses a text.
    pub fn parse(text: &str, kind: FragmentKind) -> Self {
        let (before, after) = kind.frame();
        let file = format!("{before}{text}{after}");
        let tree = parse_repaired(&file);
        Self { file, tree, range: before.len()..before.len() + text.len() }
    }

    /// Takes a Go file that is parsed already, with the place of the template in it.
    pub fn from_tree(file: String, tree: Tree, range: Range<usize>) -> Self {
        Self { file, tree: Some(tree), range }
    }

    /// Returns the template.
    pub fn text(&self) -> &str {
        self.file.get(self.range.clone()).unwrap_or_default()
    }

    pub(super) fn root(&self) -> Option<Node<'_>> {
        self.tree.as_ref().map(Tree::root_node)
    }

    /// Returns the template with its frame.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    pub(super) fn text_of(&self, node: Node<'_>) -> &str {
        self.file.get(node.byte_range()).unwrap_or_default()
    }

    pub(super) fn offset(&self, at: usize) -> usize {
        at.saturating_sub(self.range.start)
    }

    pub(super) fn place(&self, node: Node<'_>) -> Range<usize> {
        self.offset(node.start_byte())..self.offset(node.end_byte())
    }

    /// Visits each node that has a part in the template, the frame's own too.
    pub(super) fn each<'t>(&'t self, mut visit: impl FnMut(Node<'t>)) {
        let Some(root) = self.root() else { return };
        walk(root, |node| {
            let is_inside = self.touches(node);
            if is_inside {
                visit(node);
            }
            is_inside
        });
    }

    /// Returns true if a part of a node is in the template.
    fn touches(&self, node: Node<'_>) -> bool {
        node.end_byte() > self.range.start && node.start_byte() < self.range.end
    }

    /// Returns true if a place in the file is in the template.
    pub(super) fn holds(&self, place: &Range<usize>) -> bool {
        place.start >= self.range.start && place.end <= self.range.end
    }
}
