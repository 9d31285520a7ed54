//! Edits of one file: collected as values, checked for overlap, applied once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

use super::options::WeaveOptions;
use super::{FunctionPlace, GoSourceFile, Positions};
use crate::bundle::Import;
use crate::source::GoFile;

/// The compiler keeps columns in 8 bits of the physical line; beyond this column a new line is
/// begun.
const SAFE_COLUMN: usize = 250;
/// The length that a restoring directive has at most.
const DIRECTIVE: usize = "/*line :1000000:250*/".len();

/// A replacement of a range; an insertion has an empty one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// The bytes to remove.
    pub range: Range<usize>,
    /// The text to put in their place.
    pub text: String,
    /// True if the original position is restored after the text.
    pub restore: bool,
}

/// The edits of one file, and what is known of its text.
pub(super) struct FileWriter<'a> {
    path: &'a str,
    text: &'a str,
    positions: Positions<'a>,
    directives: bool,
    clause_end: usize,
    edits: Vec<Edit>,
    taken: TakenRanges,
    imports: BTreeSet<Import>,
    appended: String,
}

impl<'a> FileWriter<'a> {
    pub fn new(source: &'a GoSourceFile, go: &GoFile, options: &WeaveOptions<'_>) -> Self {
        Self {
            path: &source.path,
            text: &source.text,
            positions: Positions::new(&source.text),
            directives: options.directives,
            clause_end: go.package_clause_end,
            edits: Vec::new(),
            taken: TakenRanges::default(),
            imports: BTreeSet::new(),
            appended: String::new(),
        }
    }

    /// Adds the edits of one function, all or none: an overlap with earlier ones is refused. If the
    /// same edit is asked for twice (two rules that name one parameter), it is made once.
    pub fn add(&mut self, edits: Vec<Edit>) -> Result<(), &'static str> {
        let mut added: Vec<Edit> = Vec::new();
        for edit in edits {
            if self.taken.has(&edit) {
                continue;
            }
            if !self.taken.is_free(&edit.range) {
                for edit in &added {
                    self.taken.remove(edit);
                }
                return Err("another edit is at the same place");
            }
            self.taken.insert(&edit);
            added.push(edit);
        }
        self.edits.append(&mut added);
        Ok(())
    }

    /// Returns true if no other edit touches the bytes of these edits.
    pub fn fits(&self, edits: &[Edit]) -> bool {
        edits.iter().all(|edit| self.taken.is_free(&edit.range))
    }

    /// Adds edits that fit, duplicates included.
    pub fn insert(&mut self, mut edits: Vec<Edit>) {
        for edit in &edits {
            self.taken.insert(edit);
        }
        self.edits.append(&mut edits);
    }

    /// Adds imports that appended or inserted text needs.
    pub fn import(&mut self, imports: impl IntoIterator<Item = Import>) {
        self.imports.extend(imports);
    }

    /// Adds text at the end of the file, on lines of its own.
    pub fn append(&mut self, text: &str) {
        self.appended.push_str(text);
    }

    /// Returns true if directives keep the file's positions.
    pub fn directives(&self) -> bool {
        self.directives
    }

    /// The place of a range of the file, as the compiler reports it.
    pub fn place(&self, range: &Range<usize>) -> FunctionPlace {
        let line = |offset| u32::try_from(self.positions.at(offset).0).unwrap_or(u32::MAX);
        let name = self.path.rsplit(['/', '\\']).next().unwrap_or_default();
        // Files written by cgo have directives to the lines of the user's file.
        let file = name.strip_suffix(".cgo1.go").map_or_else(|| name.to_owned(), |stem| format!("{stem}.go"));
        FunctionPlace { file, line: line(range.start), end: line(range.end) }
    }

    /// Returns the new text and its new imports; `None` if nothing was added.
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
            let more = self.edits.get(i + 1).is_some_and(|next| next.range.start == edit.range.end);
            let restore = edit.restore && self.directives && !more;
            if restore && self.is_far(&out, edit) && may_break_behind(&out) {
                self.new_line(&mut out, edit.range.start);
            }
            out.push_str(&edit.text);
            done = edit.range.end;
            if restore {
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

    /// Returns true if the text that follows an edit on its line would be too far to the right, and
    /// no line may be begun in between.
    fn is_far(&self, out: &str, edit: &Edit) -> bool {
        !may_break_behind(&edit.text)
            && column(out) + edit.text.len() + DIRECTIVE + self.rest_of_line(edit.range.end) > SAFE_COLUMN
    }

    fn rest_of_line(&self, offset: usize) -> usize {
        let rest = self.text.get(offset..).unwrap_or_default();
        rest.find('\n').unwrap_or(rest.len())
    }

    /// Brings the compiler back to the original position of an offset.
    fn restore(&self, out: &mut String, offset: usize) {
        if column(out) + DIRECTIVE + self.rest_of_line(offset) > SAFE_COLUMN && may_break_behind(out) {
            self.new_line(out, offset);
        } else {
            self.directive(out, offset);
        }
    }

    fn new_line(&self, out: &mut String, offset: usize) {
        out.push('\n');
        self.directive(out, offset);
    }

    fn directive(&self, out: &mut String, offset: usize) {
        let (line, column) = self.positions.at(offset);
        let _ = write!(out, "/*line :{line}:{column}*/");
    }
}

/// The length of the last line of a text, in bytes.
fn column(out: &str) -> usize {
    out.len() - out.rfind('\n').map_or(0, |at| at + 1)
}

/// Returns true if Go inserts no semicolon at a line's end after this text.
fn may_break_behind(out: &str) -> bool {
    out.trim_end_matches([' ', '\t']).ends_with(['{', '(', '[', ',', ';'])
}

/// The places of all edits: a new edit is checked without a look at each of them.
#[derive(Default)]
struct TakenRanges {
    /// Start → end of replacements, which never overlap.
    ranges: BTreeMap<usize, usize>,
    /// Offset → texts inserted there.
    points: BTreeMap<usize, Vec<String>>,
    /// Start → text of replacements.
    texts: BTreeMap<usize, String>,
}

impl TakenRanges {
    fn has(&self, edit: &Edit) -> bool {
        let Range { start, end } = edit.range;
        if edit.range.is_empty() {
            return self.points.get(&start).is_some_and(|texts| texts.contains(&edit.text));
        }
        self.ranges.get(&start) == Some(&end) && self.texts.get(&start) == Some(&edit.text)
    }

    /// Returns true if no other edit touches these bytes; insertions at one place do not touch each
    /// other.
    fn is_free(&self, range: &Range<usize>) -> bool {
        if range.is_empty() {
            let before = self.ranges.range(..range.start).next_back();
            return before.is_none_or(|(_, end)| *end <= range.start);
        }
        let before = self.ranges.range(..range.end).next_back();
        before.is_none_or(|(_, end)| *end <= range.start)
            && self.points.range(range.start + 1..range.end).next().is_none()
    }

    fn insert(&mut self, edit: &Edit) {
        let Range { start, end } = edit.range;
        if edit.range.is_empty() {
            self.points.entry(start).or_default().push(edit.text.clone());
        } else {
            self.ranges.insert(start, end);
            self.texts.insert(start, edit.text.clone());
        }
    }

    fn remove(&mut self, edit: &Edit) {
        let start = edit.range.start;
        if !edit.range.is_empty() {
            self.ranges.remove(&start);
            self.texts.remove(&start);
        } else if let Some(texts) = self.points.get_mut(&start) {
            texts.retain(|text| *text != edit.text);
            if texts.is_empty() {
                self.points.remove(&start);
            }
        }
    }
}

/// The writers of a package's files.
pub(super) struct Writers<'a> {
    files: &'a [GoSourceFile],
    options: &'a WeaveOptions<'a>,
    /// By the index of the file, with the name of its package.
    by_file: BTreeMap<usize, (String, FileWriter<'a>)>,
}

impl<'a> Writers<'a> {
    pub fn new(files: &'a [GoSourceFile], options: &'a WeaveOptions<'a>) -> Self {
        Self { files, options, by_file: BTreeMap::new() }
    }

    /// The writer of a file; `None` if there is no such file.
    pub fn writer(&mut self, index: usize, go: &GoFile) -> Option<&mut FileWriter<'a>> {
        let source = self.files.get(index)?;
        let new = || (go.package_name.clone(), FileWriter::new(source, go, self.options));
        Some(&mut self.by_file.entry(index).or_insert_with(new).1)
    }

    /// Every writer with the index of its file and the name of its package.
    pub fn into_iter(self) -> impl Iterator<Item = (usize, (String, FileWriter<'a>))> {
        self.by_file.into_iter()
    }
}
