//! The diagnostics of one rule file.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile};

/// The diagnostics of one rule file, in the order in which they are found.
pub(super) struct Findings {
    file: Arc<SourceFile>,
    list: Vec<Diagnostic>,
}

impl Findings {
    /// No diagnostics of a file.
    pub(super) fn new(file: &Arc<SourceFile>) -> Self {
        Self { file: Arc::clone(file), list: Vec::new() }
    }

    /// The file that the diagnostics are about.
    pub(super) fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// Adds a diagnostic.
    pub(super) fn push(&mut self, found: Diagnostic) {
        self.list.push(found);
    }

    /// Adds a diagnostic unless it is there already.
    pub(super) fn push_once(&mut self, found: Diagnostic) {
        if !self.list.contains(&found) {
            self.push(found);
        }
    }

    /// The number of diagnostics so far.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The diagnostics so far.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// All diagnostics.
    pub(super) fn into_list(self) -> Vec<Diagnostic> {
        self.list
    }
}

impl Extend<Diagnostic> for Findings {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, found: I) {
        self.list.extend(found);
    }
}
