//! The key of a verdict: a digest of all that the comparison of one rule with a Go package reads.
//!
//! In: a parsed file. Out: digests. A change of what the files of this room report must raise
//! [`REVISION`].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::diagnostic::SourceFile;
use crate::syntax::ast::{Plugin, Rule, Target};

/// Raised whenever the same rule and the same package could be judged in another way.
const REVISION: u32 = 5;

/// A digest of a rule with all that stands around it and counts.
pub(in crate::check) fn rule(source: &SourceFile, plugin: &Plugin, target: &Target, rule: &Rule) -> String {
    let mut parts = around(plugin, target);
    parts.push(rule.span.clone());
    digest(source, &parts)
}

/// A digest of what a target declares.
pub(in crate::check) fn decls(source: &SourceFile, plugin: &Plugin, target: &Target) -> String {
    digest(source, &around(plugin, target))
}

/// A digest of the packages that a target needs to import, each with a flag for those of modules,
/// and of the imports in the module that is linked in.
pub(in crate::check) fn imports(package: &str, wanted: &BTreeSet<(&str, bool)>, carried: &Carried) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"imports").update(&REVISION.to_le_bytes());
    hasher.update(format!("{package:?} {wanted:?} {carried:?}").as_bytes());
    hasher.finalize().to_hex().chars().take(32).collect()
}

/// Imports, the package and its versions, and what is declared for the package.
fn around(plugin: &Plugin, target: &Target) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = plugin.imports.iter().map(|import| import.span.clone()).collect();
    parts.extend([target.package.span.clone(), target.versions.span.clone()]);
    for same in plugin.targets.iter().filter(|t| t.package.node == target.package.node) {
        parts.extend(same.decls.iter().map(|decl| decl.span.clone()));
        parts.extend(same.structs.iter().map(|item| item.span.clone()));
        parts.extend(same.ports.iter().map(|item| item.span.clone()));
    }
    parts
}

fn digest(source: &SourceFile, parts: &[Range<usize>]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&REVISION.to_le_bytes());
    for part in parts {
        let text = source.text.get(part.clone()).unwrap_or_default();
        hasher.update(&text.len().to_le_bytes()).update(text.as_bytes());
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

/// The packages that are linked in, and what each imports.
pub type Carried = BTreeMap<String, BTreeSet<String>>;
