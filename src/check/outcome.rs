//! The result of checking: plugins, diagnostics, and what every rule was compared with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::releases::omitted::Omitted;
use crate::diagnostic::{Diagnostic, SourceFile};
use crate::item::Item;
use crate::modules::{Home, Release};
use crate::syntax::{Parsed, ast};
use crate::version::Version;

/// A plugin that has passed. There is no other way to get one than the functions of this module.
#[derive(Debug, Clone)]
pub struct Checked {
    pub(super) parsed: Parsed,
}

impl Checked {
    /// The syntax tree of the file.
    pub fn file(&self) -> &ast::File {
        &self.parsed.file
    }

    /// The file it was read from.
    pub fn source(&self) -> &Arc<SourceFile> {
        &self.parsed.source
    }
}

/// For each package, the versions that its rules were compared with.
pub type ComparedVersions = BTreeMap<String, BTreeSet<Version>>;

/// A rule, or what a target declares, and what became of it release by release.
#[derive(Debug, Clone)]
pub struct Examined {
    /// The plugin.
    pub plugin: String,
    /// The package.
    pub package: String,
    /// The module that holds it.
    pub home: Option<Home>,
    /// The rule, or what the target declares.
    pub item: Item,
    /// A digest of the text that the verdicts are about.
    pub digest: String,
    /// Lowest release first.
    pub verdicts: Vec<Verdict>,
    /// The other releases of its range that are known, lowest first.
    pub omitted: Vec<Omitted>,
    /// The reason for which not all published releases are known, if they are not.
    pub incomplete: Option<String>,
    /// True if no release above the last compared one is known.
    pub newest: bool,
}

impl Examined {
    /// The versions of its range that were not compared.
    pub(super) fn unseen(&self) -> Vec<&Version> {
        self.omitted.iter().map(|one| &one.release.version).collect()
    }
}

/// The outcome of comparing a rule with one release.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The release.
    pub release: Release,
    /// Errors: the rule does not fit the release.
    pub problems: Vec<Diagnostic>,
    /// Warnings; the rule fits all the same.
    pub warnings: Vec<Diagnostic>,
    /// The functions that it is for, where they were looked at.
    pub functions: Vec<FunctionSignature>,
}

/// A function of a package as it is declared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionSignature {
    /// `F`, `T.F` or `(*T).F`.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Parameters and results as written.
    pub text: String,
}

/// The result of checking.
#[derive(Debug, Default)]
pub struct CheckOutcome {
    /// The plugins without an error, in the order of their names.
    pub checked: Vec<Checked>,
    /// Everything that was found, sorted.
    pub findings: Vec<Diagnostic>,
    /// Every rule with the releases that it was compared with.
    pub examined: Vec<Examined>,
}

impl CheckOutcome {
    /// Returns true if any diagnostic is an error, so that nothing is compiled.
    pub fn failed(&self) -> bool {
        self.findings.iter().any(Diagnostic::is_error)
    }

    /// For each package, what its rules were compared with.
    pub fn compared(&self) -> ComparedVersions {
        let mut compared = ComparedVersions::new();
        for one in &self.examined {
            let versions = one.verdicts.iter().map(|verdict| verdict.release.version.clone());
            compared.entry(one.package.clone()).or_default().extend(versions);
        }
        compared
    }
}
