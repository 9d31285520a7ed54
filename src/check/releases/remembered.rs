//! The verdicts on one rule, or on what a target declares: those that are remembered, and new ones.
//!
//! In: a digest, and a comparison with one release. Out: verdicts, whose places are in the rule
//! file as it is now. Only what a comparison has said is remembered, never that a source could not
//! be had; and only if it can be said again in the same words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::context::CheckContext;
use super::super::landmarks::{Landmark, Landmarks};
use super::super::outcome::Verdict;
use crate::diagnostic::{Diagnostic, Label, SourceFile, lookup};
use crate::modules::{Package, Release};

/// Diagnostics of one release as they are stored: errors and warnings.
type KeptVerdict = Vec<KeptDiagnostic>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptDiagnostic {
    code: String,
    data: Vec<(String, String)>,
    labels: Vec<KeptLabel>,
    notes: Vec<String>,
    help: Option<String>,
    fix: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptLabel {
    place: KeptPlace,
    text: String,
    primary: bool,
}

/// A place in the rule file, with its first and its last byte, or in a Go file of the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum KeptPlace {
    Rule(Landmark, Option<Landmark>),
    Go(String, usize, usize),
}

/// The files that the places of a diagnostic are in.
pub(super) struct Files<'a> {
    pub(super) source: &'a Arc<SourceFile>,
    pub(super) landmarks: &'a Landmarks,
    pub(super) package: &'a Package,
}

impl Files<'_> {
    fn keep(&self, found: &Diagnostic) -> Option<KeptDiagnostic> {
        let label = |label: &Label| {
            let span = &label.span;
            let place = if Arc::ptr_eq(&label.file, self.source) {
                let last = span.end.checked_sub(1).filter(|last| *last >= span.start);
                let last = last.map(|last| self.landmarks.of(last).ok_or(())).transpose().ok()?;
                KeptPlace::Rule(self.landmarks.of(span.start)?, last)
            } else {
                KeptPlace::Go(label.file.name.clone(), span.start, span.end)
            };
            Some(KeptLabel { place, text: label.text.clone(), primary: label.primary })
        };
        let kept = KeptDiagnostic {
            code: found.code.code.to_owned(),
            data: found.data.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            labels: found.labels.iter().map(label).collect::<Option<_>>()?,
            notes: found.notes.clone(),
            help: found.help.clone(),
            fix: found.fix.as_ref().map(ToString::to_string),
        };
        (self.recall(&kept).as_ref() == Some(found)).then_some(kept)
    }

    /// The diagnostic with its places as they are now; `None` if there is no such place.
    fn recall(&self, kept: &KeptDiagnostic) -> Option<Diagnostic> {
        let code = lookup(&kept.code)?;
        let label = |label: &KeptLabel| {
            let (file, span) = match &label.place {
                KeptPlace::Rule(start, last) => {
                    let start = self.landmarks.find(start)?;
                    let end = match last {
                        Some(last) => self.landmarks.find(last)? + 1,
                        None => start,
                    };
                    (self.source, start..end)
                }
                KeptPlace::Go(name, start, end) => {
                    let file = self.package.files.iter().find(|file| file.source.name == *name)?;
                    (&*file.source, *start..*end)
                }
            };
            file.text.get(span.clone())?;
            Some(Label { file: Arc::clone(file), span, text: label.text.clone(), primary: label.primary })
        };
        // The names are those that the message mentions.
        let name = |name: &str| {
            let at = code.message.find(&format!("{{{name}}}"))?;
            code.message.get(at + 1..at + 1 + name.len())
        };
        let data = kept.data.iter().map(|(key, value)| Some((name(key)?, value.clone())));
        Some(Diagnostic {
            code,
            data: data.collect::<Option<_>>()?,
            labels: kept.labels.iter().map(label).collect::<Option<_>>()?,
            notes: kept.notes.clone(),
            help: kept.help.clone(),
            fix: kept.fix.as_deref().map(Into::into),
        })
    }
}

/// The remembered verdicts of one digest, by the names of releases.
pub(super) struct Remembered<'a> {
    context: &'a CheckContext<'a>,
    digest: String,
    known: BTreeMap<String, KeptVerdict>,
    is_changed: bool,
}

impl<'a> Remembered<'a> {
    /// Reads what is remembered.
    pub(super) fn new(context: &'a CheckContext<'a>, digest: String) -> Self {
        let known = context.cache.recall(&digest);
        Self { context, digest, known, is_changed: false }
    }

    /// The releases in which nothing was found; none if every release is to be compared again.
    pub(super) fn clean(&self) -> BTreeSet<String> {
        let clean = self.known.iter().filter(|(_, found)| found.is_empty() && !self.context.every);
        clean.map(|(name, _)| name.clone()).collect()
    }

    /// The remembered verdict on a release; `None` if there is none. `files` returns the files that
    /// its diagnostics point into.
    pub(super) fn recall(&self, release: &Release, files: Option<&Files<'_>>) -> Option<Verdict> {
        let found = self.known.get(release.name()).filter(|_| !self.context.every)?;
        let mut all = Vec::new();
        for one in found {
            all.push(files?.recall(one)?);
        }
        Some(verdict(release, all))
    }

    /// Remembers what was found in a release.
    pub(super) fn keep(&mut self, release: &Release, found: &[Diagnostic], files: &Files<'_>) {
        let kept: Option<KeptVerdict> = found.iter().map(|one| files.keep(one)).collect();
        if let Some(kept) = kept {
            let before = self.known.insert(release.name().to_owned(), kept.clone());
            self.is_changed |= before != Some(kept);
        }
    }

    /// Writes what is new, and returns the digest.
    pub(super) fn save(self) -> String {
        if self.is_changed {
            self.context.cache.keep(&self.digest, &self.known);
        }
        self.digest
    }
}

/// A verdict on a release, of the errors and warnings that were found.
pub(super) fn verdict(release: &Release, found: Vec<Diagnostic>) -> Verdict {
    let (problems, warnings) = found.into_iter().partition(Diagnostic::is_error);
    Verdict { release: release.clone(), problems, warnings, functions: Vec::new() }
}
