//! The key of a verdict: a digest of all that the comparison of one rule with a Go package reads.
//!
//! In: a parsed file. Out: digests, which comments, blank space and the order of independent items
//! do not change. A change of what the files of this room report must raise
//! [`REVISION`].

use std::collections::{BTreeMap, BTreeSet};

use super::super::parts::{self, Part};
use crate::diagnostic::SourceFile;
use crate::syntax::ast::{Plugin, Rule, Target};

/// Raised whenever the same rule and the same package could be judged in another way.
const REVISION: u32 = 5;

/// A digest of a rule with all that stands around it and counts; `around` is [`decls`] of its
/// target.
pub(in crate::check) fn rule(source: &SourceFile, around: &str, rule: &Rule) -> String {
    digest(around, &parts::of_rule(rule, &source.text))
}

/// A digest of what a target declares: imports, the package and its versions, and what is declared
/// for the package.
pub(in crate::check) fn decls(source: &SourceFile, plugin: &Plugin, target: &Target) -> String {
    let mut around = parts::of_target(target, &source.text);
    around.extend(parts::of_package(plugin, &target.package.node, &source.text));
    digest("", &around)
}

/// A digest of the packages that a target needs to import, each with a flag for those of modules,
/// and of the imports in the module that is linked in.
pub(in crate::check) fn imports(package: &str, wanted: &BTreeSet<(&str, bool)>, carried: &Carried) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"imports").update(&REVISION.to_le_bytes());
    hasher.update(format!("{package:?} {wanted:?} {carried:?}").as_bytes());
    hasher.finalize().to_hex().chars().take(32).collect()
}

fn digest(around: &str, parts: &[Part]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&REVISION.to_le_bytes()).update(around.as_bytes());
    for Part { name, text, place: _ } in parts {
        for part in [name, text] {
            hasher.update(&part.len().to_le_bytes()).update(part.as_bytes());
        }
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

/// The packages that are linked in, and what each imports.
pub type Carried = BTreeMap<String, BTreeSet<String>>;
