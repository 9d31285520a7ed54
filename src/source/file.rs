//! The declarations of one Go file.

use std::ops::Range;

use tree_sitter::{Node, Tree};

use super::line_column;

/// A parsed Go file. Every range is an offset into the text that was given.
#[derive(Debug, Clone)]
pub struct GoFile {
    pub(super) text: String,
    pub(super) tree: Tree,
    /// The name in the package clause.
    pub package_name: String,
    /// The end of the package clause's name: the only place at which an import can be added without
    /// moving a line.
    pub package_clause_end: usize,
    /// Its imports, in the order written.
    pub imports: Vec<GoImport>,
    /// Its functions and methods, in the order written.
    pub functions: Vec<Function>,
    /// Its type declarations (aliases among them), in the order written.
    pub types: Vec<TypeDecl>,
    /// Names of its package-level variables and constants.
    pub values: Vec<String>,
}

impl GoFile {
    /// The text that was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True if the parser did not understand all of it.
    pub fn has_gaps(&self) -> bool {
        self.tree.root_node().has_error()
    }

    /// A part of the text; empty if the range is not one of this file.
    pub fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// Functions of that name with that receiver type (`None` for plain functions).
    pub fn find<'a>(
        &'a self,
        receiver: Option<&'a str>,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Function> {
        self.functions
            .iter()
            .filter(move |f| f.name == name && f.receiver.as_ref().map(|r| r.type_name.as_str()) == receiver)
    }

    /// The 1-based line and byte column of an offset.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        line_column(&self.text, offset)
    }

    /// The root of the syntax tree (over the repaired text, whose offsets are the same).
    pub(crate) fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoImport {
    /// The name written before the path (`.` and `_` included).
    pub alias: Option<String>,
    /// The import path.
    pub path: String,
    /// Its range.
    pub range: Range<usize>,
}

/// A function or method with or without a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The range of the name.
    pub name_range: Range<usize>,
    /// Its receiver, for a method.
    pub receiver: Option<GoReceiver>,
    /// `[T any, …]` with its brackets.
    pub type_params: Option<Range<usize>>,
    /// The names of its own type parameters.
    pub type_param_names: Vec<String>,
    /// The ranges of those that are named `_`.
    pub blank_type_params: Vec<Range<usize>>,
    /// Its parameters.
    pub params: Vec<GoParam>,
    /// `(…)` of the parameters.
    pub params_range: Range<usize>,
    /// Its results.
    pub results: Vec<GoParam>,
    /// Its results as written: with parentheses, or the single type.
    pub results_range: Option<Range<usize>>,
    /// `{…}`.
    pub body: Option<Range<usize>>,
    /// The directives above it, without their slashes: `go:nosplit`, `export F`,
    /// `goagent:span name`.
    pub directives: Vec<String>,
    /// The whole declaration.
    pub range: Range<usize>,
    /// True if the parser understood all of it.
    pub clean: bool,
}

impl Function {
    /// Returns `F`, `T.F` or `(*T).F`.
    pub fn display(&self) -> String {
        match &self.receiver {
            Some(receiver) if receiver.pointer => format!("(*{}).{}", receiver.type_name, self.name),
            Some(receiver) => format!("{}.{}", receiver.type_name, self.name),
            None => self.name.clone(),
        }
    }

    /// The words after a mark, `goagent:span` or `//goagent:span`, in its directive comment; `None`
    /// if it does not have this mark.
    pub fn mark(&self, mark: &str) -> Option<&str> {
        let mark = mark.strip_prefix("//").unwrap_or(mark);
        self.directives.iter().find_map(|directive| {
            let rest = directive.strip_prefix(mark)?;
            (rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| rest.trim())
        })
    }
}

/// The receiver of a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoReceiver {
    /// `(r *T[K])`.
    pub range: Range<usize>,
    /// The parameter itself: its name and its type.
    pub param: GoParam,
    /// True if its type is a pointer.
    pub pointer: bool,
    /// The name of its type.
    pub type_name: String,
    /// The names of the type's parameters.
    pub type_params: Vec<String>,
    /// The ranges of those that are named `_`.
    pub blank_type_params: Vec<Range<usize>>,
}

/// A parameter or result; `a, b int` yields two that share a type range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoParam {
    /// Its name and the range of that; `None` if none is written. The blank identifier is a name,
    /// `_`.
    pub name: Option<(String, Range<usize>)>,
    /// Its type as written, without the dots of a variadic one.
    pub ty: Range<usize>,
    /// True if it is `...T`.
    pub variadic: bool,
}

impl GoParam {
    /// Its name, if it has one that code can use.
    pub fn usable_name(&self) -> Option<&str> {
        self.name.as_ref().map(|(name, _)| name.as_str()).filter(|name| *name != "_")
    }
}

/// A type declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDecl {
    /// Its name.
    pub name: String,
    /// The range of the name.
    pub name_range: Range<usize>,
    /// The names of its type parameters.
    pub type_params: Vec<String>,
    /// True if it is `type A = B`.
    pub alias: bool,
    /// The fields, if it is a struct: names (embedded ones by their type's name) and types.
    pub fields: Option<Vec<GoParam>>,
    /// `{…}` of a struct type.
    pub struct_body: Option<Range<usize>>,
    /// The whole specification.
    pub range: Range<usize>,
}

/// The reason for which a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The parser returned no tree.
    #[error("the Go parser gave up on this file")]
    NoTree,
    /// There is no package clause.
    #[error("the file has no package clause")]
    NoPackage,
}
