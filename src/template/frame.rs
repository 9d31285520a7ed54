//! The Go file that a template is read in.

use crate::syntax::ast::AnchorKind;

/// Which part of a Go file a template is.
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
    /// The kind of an anchor's text.
    pub fn of_anchor(kind: AnchorKind) -> Self {
        match kind {
            AnchorKind::Replace => Self::Expression,
            AnchorKind::Before => Self::Inline,
        }
    }

    /// The text before and after a template that make it a Go file.
    pub fn frame(self) -> (&'static str, &'static str) {
        match self {
            Self::Statements | Self::Inline => ("package p\nfunc _() {\n", "\n}\n"),
            Self::Expression => ("package p\nfunc _() {\n_ = ", "\n}\n"),
            Self::Declarations => ("package p\n", "\n"),
            Self::Type => ("package p\nvar _ ", "\n"),
        }
    }
}
