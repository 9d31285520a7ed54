//! Messages to an author about mistakes: values, not text on a screen.
//!
//! In: a code of the registry, the data that its message names, and places in source files. Out:
//! [`Diagnostic`] values, which [`render`], [`json`], [`sarif`] and [`short`] turn into text.
//! Nothing here looks for mistakes, and only these four know the look of a finding.

pub mod codes;
mod entry;
pub mod json;
mod position;
pub mod render;
pub mod sarif;
mod screen;
pub mod short;
mod words;

use std::ops::Range;
use std::sync::Arc;

pub use codes::{entries, lookup};
pub use entry::{Entry, Severity};
pub use screen::{Screen, visible};
pub use words::{counted, diff};

/// A source file that a diagnostic may point into: a `.gorule` file or a Go file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// The name shown to the author.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// Makes a file of that name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }
}

/// A place in a file, and a text for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Byte offsets in its text.
    pub span: Range<usize>,
    /// A few words, or none.
    pub text: String,
    /// True if this is the place of the mistake, rather than of something that it conflicts with.
    pub primary: bool,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind of finding.
    pub code: &'static Entry,
    /// The values of the names that the code's message mentions.
    pub data: Vec<(&'static str, String)>,
    /// The places, the primary one first.
    pub labels: Vec<Label>,
    /// Further facts.
    pub notes: Vec<String>,
    /// The remedy, in words.
    pub help: Option<String>,
    /// Text to write in place of the first label, if that is the whole remedy.
    pub fix: Option<Box<str>>,
}

/// A remedy: in words and, if a replacement is all of it, as the text itself.
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
    /// Suggests the name that was probably meant.
    pub fn did_you_mean(name: &str) -> Self {
        Self { text: format!("did you mean `{name}`?"), fix: Some(name.into()) }
    }

    /// Suggests a text to write in place of the marked one, with the words for it.
    pub fn write(fix: impl Into<Box<str>>, text: &str) -> Self {
        Self { text: text.to_owned(), fix: Some(fix.into()) }
    }

    /// Suggests the import path that was probably meant.
    pub fn did_you_mean_path(path: &str) -> Self {
        let quoted = format!("\"{path}\"");
        Self { text: format!("did you mean {quoted}?"), fix: Some(quoted.into()) }
    }
}

impl Diagnostic {
    /// Makes a finding of this kind, without a place yet.
    pub fn new(code: &'static Entry) -> Self {
        Self { code, data: Vec::new(), labels: Vec::new(), notes: Vec::new(), help: None, fix: None }
    }

    /// Gives a name of the message its value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.data.push((name, value.into()));
        self
    }

    /// Adds the place of the mistake.
    #[must_use]
    pub fn at(mut self, file: &Arc<SourceFile>, span: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.insert(0, Self::label(file, span, text, true));
        self
    }

    /// Adds the place of something that it conflicts with, or another place that matters.
    #[must_use]
    pub fn and(mut self, file: &Arc<SourceFile>, span: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.push(Self::label(file, span, text, false));
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds the remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<Help>) -> Self {
        let Help { text, fix } = help.into();
        self.help = Some(text);
        self.fix = fix;
        self
    }

    /// Adds the remedy, if it is known.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help = text.or(self.help);
        self
    }

    /// Returns true if it stops the compilation.
    pub fn is_error(&self) -> bool {
        self.code.severity == Severity::Error
    }

    /// Returns the code's message with the values in it.
    pub fn message(&self) -> String {
        entry::fill(self.code.message, &self.data)
    }

    fn label(file: &Arc<SourceFile>, span: Range<usize>, text: impl Into<String>, primary: bool) -> Label {
        let end = span.end.min(file.text.len());
        Label { file: Arc::clone(file), span: span.start.min(end)..end, text: text.into(), primary }
    }

    /// Returns the key by which findings are sorted: file, offset, code and message.
    fn sort_key(&self) -> (&str, usize, usize, &'static str, String) {
        let (name, start, end) =
            self.labels.first().map_or(("", 0, 0), |l| (l.file.name.as_str(), l.span.start, l.span.end));
        (name, start, end, self.code.code, self.message())
    }
}

/// Sorts findings by file and place, and drops duplicates.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    diagnostics.dedup();
}

/// Returns the name among `known` that `wanted` was probably meant to be.
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
