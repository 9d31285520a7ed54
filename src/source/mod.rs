//! What a Go source file declares, read with tree-sitter.
//!
//! In: the text of one Go file. Out: byte ranges of its package clause, imports, functions and types, each with a flag
//! that says whether *this declaration* was understood. Pure: no file is opened here and no type is checked.

mod anchor;
mod callee;
mod comments;
mod extract;
mod gotype;
mod imports;
mod names;
mod outline;
pub mod pattern;
mod repair;
mod select;
pub mod structs;

use std::ops::Range;

use tree_sitter::{Node, Parser, Point, Tree};

pub use anchor::{AnchorError, AnchorShape, find_anchor};
pub use callee::{Callee, callee, foreign_name, is_predeclared_type};
pub use comments::{Comment, Place, comments};
pub use gotype::{Names, TypeError, canonical, is_keyword};
pub use imports::imports;
pub use names::{FileNames, by_place, default_name, is_module_path};
pub use outline::{Outline, outline};
pub(crate) use repair::parse_repaired;
pub use select::{FunctionSelector, Insertion, Mismatch, ReceiverType, SelectedBy, forbidding_calls};

/// One parsed Go file. Every range is an offset into the text that was given.
#[derive(Debug, Clone)]
pub struct GoFile {
    text: String,
    tree: Tree,
    /// The name in the package clause.
    pub package_name: String,
    /// Where the package clause's name ends: the one place at which an import can be added without moving a line.
    pub package_clause_end: usize,
    /// Its imports, in the order written.
    pub imports: Vec<Import>,
    /// Its functions and methods, in the order written.
    pub functions: Vec<Function>,
    /// Its type declarations (aliases among them), in the order written.
    pub types: Vec<TypeDecl>,
    /// Names of its package-level variables and constants.
    pub values: Vec<String>,
}

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The name written before the path (`.` and `_` included).
    pub alias: Option<String>,
    /// The import path.
    pub path: String,
    /// Where it stands.
    pub range: Range<usize>,
}

/// A function or method with or without a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_range: Range<usize>,
    /// Its receiver, for a method.
    pub receiver: Option<Receiver>,
    /// `[T any, …]` with its brackets.
    pub type_params: Option<Range<usize>>,
    /// The names of its own type parameters.
    pub type_param_names: Vec<String>,
    /// Where those of them stand that are named `_`.
    pub blank_type_params: Vec<Range<usize>>,
    /// Its parameters.
    pub params: Vec<Param>,
    /// `(…)` of the parameters.
    pub params_range: Range<usize>,
    /// Its results.
    pub results: Vec<Param>,
    /// Its results as written: with parentheses, or the lone type.
    pub results_range: Option<Range<usize>>,
    /// `{…}`.
    pub body: Option<Range<usize>>,
    /// The directives above it, without their slashes: `go:nosplit`, `export F`, `goagent:span name`.
    pub directives: Vec<String>,
    /// The whole declaration.
    pub range: Range<usize>,
    /// Whether the parser understood all of it.
    pub clean: bool,
}

impl Function {
    /// `F`, `T.F` or `(*T).F`.
    pub fn display(&self) -> String {
        match &self.receiver {
            Some(receiver) if receiver.pointer => format!("(*{}).{}", receiver.type_name, self.name),
            Some(receiver) => format!("{}.{}", receiver.type_name, self.name),
            None => self.name.clone(),
        }
    }

    /// The words that its directive comment has behind a mark, `goagent:span` or `//goagent:span`; `None`: it is not marked so.
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
pub struct Receiver {
    /// `(r *T[K])`.
    pub range: Range<usize>,
    /// The parameter itself: its name and its type.
    pub param: Param,
    /// Whether its type is a pointer.
    pub pointer: bool,
    /// The name of its type.
    pub type_name: String,
    /// The names of the type's parameters.
    pub type_params: Vec<String>,
    /// Where those of them stand that are named `_`.
    pub blank_type_params: Vec<Range<usize>>,
}

/// One parameter or result; `a, b int` gives two that share a type range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Its name and where it stands; `None`: none is written. A blank one is named `_`.
    pub name: Option<(String, Range<usize>)>,
    /// Its type as written, without the dots of a variadic one.
    pub ty: Range<usize>,
    /// Whether it is `...T`.
    pub variadic: bool,
}

impl Param {
    /// Its name, where it has one that code can use.
    pub fn usable_name(&self) -> Option<&str> {
        self.name.as_ref().map(|(name, _)| name.as_str()).filter(|name| *name != "_")
    }
}

/// One type declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDecl {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_range: Range<usize>,
    /// The names of its type parameters.
    pub type_params: Vec<String>,
    /// Whether it is `type A = B`.
    pub alias: bool,
    /// The fields, where it is a struct: names (embedded ones by their type's name) and types.
    pub fields: Option<Vec<Param>>,
    /// `{…}` of a struct type.
    pub struct_body: Option<Range<usize>>,
    /// The whole specification.
    pub range: Range<usize>,
}

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The parser gave nothing.
    #[error("the Go parser gave up on this file")]
    NoTree,
    /// There is no package clause.
    #[error("the file has no package clause")]
    NoPackage,
}

impl GoFile {
    /// Parses one file. Errors inside declarations are no error here: they clear the flag of that declaration.
    pub fn parse(text: String) -> Result<Self, SourceError> {
        let tree = repair::parse_repaired(&text).ok_or(SourceError::NoTree)?;
        extract::extract(text, &tree)
    }

    /// Parses only these parts of a file, the first of which has the package clause and the imports. All ranges are offsets into
    /// the whole text. `None` where the parts have errors when they are read alone.
    pub fn parse_parts(text: &str, parts: &[Range<usize>]) -> Option<Self> {
        let tree = parse_parts(text, parts).filter(|tree| !tree.root_node().has_error())?;
        extract::extract(text.to_owned(), &tree).ok()
    }

    /// The text that was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A part of the text; empty where the range is not one of this file.
    pub fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// Functions of that name with that receiver type (`None`: plain functions).
    pub fn find<'a>(
        &'a self,
        receiver: Option<&'a str>,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Function> {
        self.functions
            .iter()
            .filter(move |f| f.name == name && f.receiver.as_ref().map(|r| r.type_name.as_str()) == receiver)
    }

    /// 1-based line and byte column of an offset.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        line_column(&self.text, offset)
    }

    /// The root of the syntax tree (over the repaired text, whose offsets are the same).
    pub(crate) fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }
}

/// 1-based line and byte column of an offset in a text.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let line = before.split(|b| *b == b'\n').count();
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    (line, before.len() - start + 1)
}

/// Parses Go text as it is, without repairs.
pub(crate) fn parse_tree(bytes: &[u8]) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_go::LANGUAGE.into()).ok()?;
    parser.parse(bytes, None)
}

/// Parses some parts of a text.
fn parse_parts(text: &str, parts: &[Range<usize>]) -> Option<Tree> {
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

/// The first place in a Go text at which the syntax is wrong, if any: for templates.
pub fn first_syntax_error(text: &str) -> Option<(Range<usize>, bool)> {
    let tree = repair::parse_repaired(text)?;
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

/// Visits a node and all below it, parents first and in the order of the text; `false`: what is
/// below this one is left out.
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

#[cfg(test)]
mod tests;
