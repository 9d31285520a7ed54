//! What is said to an author about a mistake: values, not text on a screen.
//!
//! In: a code of the registry, the data its message names, and places in source files. Out: [`Diagnostic`] values that
//! [`render`] shows. Nothing here looks for mistakes, and only `render` knows how they look.

pub mod codes;
mod entry;
pub mod json;
mod position;
pub mod render;
pub mod sarif;
pub mod short;
mod words;

use std::ops::Range;
use std::sync::Arc;

pub use codes::{entries, lookup};
pub use entry::{Entry, Severity};
pub use words::{counted, diff};

/// One source file that a diagnostic may point into: a `.gorule` file or a Go file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// The name shown to the author.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// A file of that name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }
}

/// A place in a file, and what is to be said at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Byte offsets in its text.
    pub span: Range<usize>,
    /// A few words, or none.
    pub text: String,
    /// Whether this is where the mistake was made, rather than what it clashes with.
    pub primary: bool,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding it is.
    pub code: &'static Entry,
    /// The values of the names that the code's message mentions.
    pub data: Vec<(&'static str, String)>,
    /// The places, the primary one first.
    pub labels: Vec<Label>,
    /// What else is known.
    pub notes: Vec<String>,
    /// What to write instead, in words.
    pub help: Option<String>,
    /// What would stand in the place of the first label, where that is the whole remedy.
    pub fix: Option<Box<str>>,
}

/// What to write instead: in words and, where the words come to that, as the text itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    text: String,
    fix: Option<Box<str>>,
}

impl<T: Into<String>> From<T> for Help {
    fn from(text: T) -> Self {
        Self { text: text.into(), fix: None }
    }
}

impl Help {
    /// The name that was probably meant.
    pub fn did_you_mean(name: &str) -> Self {
        Self { text: format!("did you mean `{name}`?"), fix: Some(name.into()) }
    }

    /// Text that belongs in the place of what is marked, and how that is said.
    pub fn write(fix: impl Into<Box<str>>, text: &str) -> Self {
        Self { text: text.to_owned(), fix: Some(fix.into()) }
    }

    /// The import path that was probably meant.
    pub fn did_you_mean_path(path: &str) -> Self {
        let quoted = format!("\"{path}\"");
        Self { text: format!("did you mean {quoted}?"), fix: Some(quoted.into()) }
    }
}

impl Diagnostic {
    /// A finding of this kind, without a place yet.
    pub fn new(code: &'static Entry) -> Self {
        Self { code, data: Vec::new(), labels: Vec::new(), notes: Vec::new(), help: None, fix: None }
    }

    /// Gives a name of the message its value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.data.push((name, value.into()));
        self
    }

    /// Where the mistake is.
    #[must_use]
    pub fn at(mut self, file: &Arc<SourceFile>, span: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.insert(0, Self::label(file, span, text, true));
        self
    }

    /// What it clashes with, or another place that matters.
    #[must_use]
    pub fn and(mut self, file: &Arc<SourceFile>, span: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.push(Self::label(file, span, text, false));
        self
    }

    /// Adds something that is known.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<Help>) -> Self {
        let Help { text, fix } = help.into();
        self.help = Some(text);
        self.fix = fix;
        self
    }

    /// Says what to write instead, where that is known.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help = text.or(self.help);
        self
    }

    /// Whether it stops the compilation.
    pub fn is_error(&self) -> bool {
        self.code.severity == Severity::Error
    }

    /// The code's message with the values in it.
    pub fn message(&self) -> String {
        entry::fill(self.code.message, &self.data)
    }

    fn label(file: &Arc<SourceFile>, span: Range<usize>, text: impl Into<String>, primary: bool) -> Label {
        let end = span.end.min(file.text.len());
        Label { file: Arc::clone(file), span: span.start.min(end)..end, text: text.into(), primary }
    }

    /// File, offset and code: the order in which findings are shown.
    fn sort_key(&self) -> (&str, usize, usize, &'static str, String) {
        let (name, start, end) =
            self.labels.first().map_or(("", 0, 0), |l| (l.file.name.as_str(), l.span.start, l.span.end));
        (name, start, end, self.code.code, self.message())
    }
}

/// Sorts findings by file and place, and drops those said twice.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    diagnostics.dedup();
}

/// The name among `known` that `wanted` was probably meant to be.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted_lower = wanted.to_lowercase();
    known
        .into_iter()
        .filter(|name| *name != wanted)
        .map(|name| (strsim::damerau_levenshtein(&wanted_lower, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= (wanted.len().max(name.len()) / 3).max(1))
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("enetr", ["exit", "enter", "recv"]), Some("enter"));
        assert_eq!(nearest("ServeHttp", ["ServeHTTP", "Serve"]), Some("ServeHTTP"));
        assert_eq!(nearest("banana", ["exit", "enter", "recv"]), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn findings_come_in_the_order_of_the_file_and_once() {
        let file = SourceFile::new("a.gorule", "0123456789");
        let at = |start: usize| Diagnostic::new(&codes::syntax::NUL_BYTE).at(&file, start..start + 1, "");
        let mut all = vec![at(5), at(2), at(5)];
        sort(&mut all);
        assert_eq!(all, vec![at(2), at(5)]);
    }

    #[test]
    fn a_label_stays_inside_of_its_file() {
        let file = SourceFile::new("a.gorule", "0123");
        let found = Diagnostic::new(&codes::syntax::NUL_BYTE).at(&file, 7..9, "");
        assert_eq!(found.labels[0].span, 4..4);
    }
}
