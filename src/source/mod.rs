//! Reads the declarations of Go source files with tree-sitter.
//!
//! In: the text of one Go file. Out: byte ranges of its package clause, imports, functions and
//! types; each function has a flag that says if *this declaration* was understood. Pure: no file is
//! opened here and no type is checked.

mod anchor;
mod callee;
mod comments;
mod extract;
mod file;
mod gotype;
mod imports;
mod lexemes;
mod names;
mod outline;
pub mod pattern;
mod repair;
mod select;
pub mod structs;
mod tree;

pub use anchor::{AnchorError, AnchorShape, find_anchor};
pub use callee::{Callee, callee, foreign_name, is_predeclared_type};
pub use comments::{Comment, CommentPlace, comments};
pub use file::{Function, GoFile, GoImport, GoParam, GoReceiver, SourceError, TypeDecl};
pub use gotype::{NameResolver, TypeError, canonical, is_keyword};
pub use imports::imports;
pub use lexemes::{lexeme_ranges, normal};
pub use names::{FileNames, by_place, default_name, is_module_path};
pub use outline::{Outline, outline};
pub(crate) use pattern::fits;
pub use repair::first_syntax_error;
pub(crate) use repair::parse_repaired;
pub use select::{FunctionSelector, Insertion, Mismatch, ReceiverType, SelectedBy, forbidding_calls};
pub use tree::line_column;
pub(crate) use tree::{children, parse_tree, walk};

#[cfg(test)]
mod tests;
