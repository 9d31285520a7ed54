//! Go text of a template → the same text with private package aliases, and what it mentions.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Imports;
use crate::bundle::{Fragment, Import};
use crate::source::line_column;
use crate::template::{FragmentKind, How, Use, uses_in};

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

/// Reads the Go text at a place of the `.gorule` file. `bound` are the names that its rule binds. Text that is not Go is
/// left as it is: `check` reports it.
pub fn fragment(
    text: &str,
    kind: FragmentKind,
    imports: &Imports,
    bound: &BTreeSet<String>,
    at: Place,
) -> Fragment {
    let mut fragment = Fragment { line: at.line, column: at.column, ..Fragment::default() };
    let (mut names, mut used) = (BTreeSet::new(), BTreeSet::new());
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for Use { name, range, how } in uses_in(text, kind, bound) {
        let replacement = match how {
            How::Qualifier { .. } if let Some(path) = imports.path(&name) => {
                used.insert(Import { alias: alias(&name), path: path.to_owned() });
                alias(&name)
            }
            How::Skip { .. } => {
                fragment.skips = true;
                "{ goagent_skip = true; return }".to_owned()
            }
            How::Return { .. } => {
                fragment.returns = true;
                continue;
            }
            _ => {
                names.insert(name);
                continue;
            }
        };
        out.push_str(text.get(done..range.start).unwrap_or_default());
        out.push_str(&replacement);
        done = range.end;
        if at.restore && kind != FragmentKind::Type {
            let (line, column) = original(text, done, at);
            let _ = write!(out, "/*line :{line}:{column}*/");
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    fragment.text = out;
    fragment.imports = used.into_iter().collect();
    fragment.names = names.into_iter().collect();
    fragment
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
