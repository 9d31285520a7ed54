//! Edits of one file: collected as values, checked for overlap, applied once.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use super::{Options, Positions, SourceFile};
use crate::bundle::Import;
use crate::source::GoFile;

/// The compiler keeps columns in 8 bits of the physical line; beyond this a fresh line is begun.
const SAFE_COLUMN: usize = 200;

/// A replacement of a range; an insertion has an empty one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// The bytes that go.
    pub range: Range<usize>,
    /// The text that comes.
    pub text: String,
    /// Whether the original position is restored behind it.
    pub restore: bool,
}

/// The new text of one file in the making.
pub(super) struct FileWriter<'a> {
    path: &'a str,
    text: &'a str,
    positions: Positions<'a>,
    directives: bool,
    clause_end: usize,
    edits: Vec<Edit>,
    imports: BTreeSet<Import>,
    appended: String,
}

impl<'a> FileWriter<'a> {
    pub fn new(source: &'a SourceFile, go: &GoFile, options: &Options<'_>) -> Self {
        Self {
            path: &source.path,
            text: &source.text,
            positions: Positions::new(&source.text),
            directives: options.directives,
            clause_end: go.package_clause_end,
            edits: Vec::new(),
            imports: BTreeSet::new(),
            appended: String::new(),
        }
    }

    /// Adds edits of one function, all or none: an overlap with earlier ones is refused. The same edit asked for twice
    /// (two rules that name one parameter) is made once.
    pub fn add(&mut self, edits: Vec<Edit>) -> Result<(), &'static str> {
        let new: Vec<Edit> = edits.into_iter().filter(|edit| !self.edits.contains(edit)).collect();
        if new.iter().any(|edit| self.edits.iter().any(|earlier| overlap(&earlier.range, &edit.range))) {
            return Err("another rule edits the same place");
        }
        self.edits.extend(new);
        Ok(())
    }

    /// Imports that appended or inserted text needs.
    pub fn import(&mut self, imports: impl IntoIterator<Item = Import>) {
        self.imports.extend(imports);
    }

    /// Text at the end of the file, on lines of its own.
    pub fn append(&mut self, text: &str) {
        self.appended.push_str(text);
    }

    /// Whether the file has its positions kept by directives.
    pub fn directives(&self) -> bool {
        self.directives
    }

    /// The new text and its new imports; `None` where nothing was added.
    pub fn finish(mut self) -> Option<(String, BTreeSet<Import>)> {
        if self.edits.is_empty() && self.appended.is_empty() {
            return None;
        }
        if !self.imports.is_empty() {
            let mut text = String::new();
            for import in &self.imports {
                let _ = write!(text, "; import {} {:?}", import.alias, import.path);
            }
            self.edits.push(Edit { range: self.clause_end..self.clause_end, text, restore: true });
        }
        // A stable sort: insertions at one place stay in the order in which rules enter.
        self.edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let mut out = String::with_capacity(self.text.len() + self.appended.len() + 1024);
        if self.directives {
            let _ = writeln!(out, "//line {}:1:1", self.path);
        }
        let mut done = 0;
        for (i, edit) in self.edits.iter().enumerate() {
            out.push_str(self.text.get(done..edit.range.start).unwrap_or_default());
            out.push_str(&edit.text);
            done = edit.range.end;
            let more = self.edits.get(i + 1).is_some_and(|next| next.range.start == done);
            if edit.restore && self.directives && !more {
                self.restore(&mut out, done);
            }
        }
        out.push_str(self.text.get(done..).unwrap_or_default());
        if !self.appended.is_empty() {
            if !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&self.appended);
        }
        Some((out, self.imports))
    }

    /// Brings the compiler back to the original position of an offset.
    fn restore(&self, out: &mut String, offset: usize) {
        let (line, column) = self.positions.at(offset);
        let physical = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
        let rest_of_line = self.text.get(offset..).and_then(|t| t.find('\n')).unwrap_or(0);
        // A line may be begun only where Go would put no semicolon: behind `;`.
        if physical + rest_of_line > SAFE_COLUMN && out.ends_with("; ") {
            out.push('\n');
        }
        let _ = write!(out, "/*line :{line}:{column}*/");
    }
}

/// Whether two edits touch the same bytes; insertions at one place do not.
fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    let strictly_inside = |at: usize, range: &Range<usize>| range.start < at && at < range.end;
    match (a.is_empty(), b.is_empty()) {
        (true, true) => false,
        (true, false) => strictly_inside(a.start, b),
        (false, true) => strictly_inside(b.start, a),
        (false, false) => a.start < b.end && b.start < a.end,
    }
}
