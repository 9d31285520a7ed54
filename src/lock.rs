//! `gorule.lock`: the state of Go packages when their rules were last checked against every
//! release.
//!
//! In and out: a text file beside the plugins, which belongs in version control. With it, a plugin
//! that has not changed is compiled without any Go source, and `gorulec update` can report what
//! upstream has changed since.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::item::Item;
use crate::version::Version;

/// The name of the file.
pub const NAME: &str = "gorule.lock";
/// The version of the file's format.
const SCHEMA: u32 = 1;
const HEAD: &str =
    "# Made by `gorulec update`, read by `gorulec compile` and `check`. It belongs in version control.\n\n";

/// The content of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    schema: u32,
    /// The packages, by import path.
    #[serde(default, rename = "package", skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<LockedPackage>,
    /// The rules, by plugin and in the order of their files.
    #[serde(default, rename = "rule", skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

/// A package that rules apply to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedPackage {
    /// Its import path.
    pub path: String,
    /// The module that contains it; `std` for Go itself.
    pub module: String,
    /// The releases that were compared, lowest first, each with a digest of the package's source:
    /// `v1.7.0 0123456789abcdef`.
    pub releases: Vec<String>,
    /// The functions that rules name.
    #[serde(default, rename = "function", skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<LockedFunction>,
}

/// A function that rules name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedFunction {
    /// `F`, `T.F` or `(*T).F`.
    pub name: String,
    /// Its signatures and files by release, lowest first.
    pub seen: Vec<FunctionSpan>,
}

/// A function in consecutive releases in which it is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionSpan {
    /// The first of them.
    pub from: String,
    /// The last of them.
    pub to: String,
    /// Parameters and results as written; several, if platforms differ.
    pub signature: String,
    /// Its file; several, if each platform has its own.
    pub file: String,
}

/// A rule, or the declarations of a target, that holds in every release of its range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its plugin.
    pub plugin: String,
    /// The package.
    pub package: String,
    /// The rule by its name, or the declarations of the target, which have none.
    #[serde(rename = "name", default = "declared", skip_serializing_if = "is_declared", with = "rule_name")]
    pub item: Item,
    /// A digest of the text that the verdict is about.
    pub digest: String,
    /// Number of releases that it was compared with.
    pub releases: usize,
    /// The lowest of them; empty if it applies to many packages and so was compared with none.
    pub from: String,
    /// The highest of them; empty like `from`.
    pub to: String,
}

fn declared() -> Item {
    Item::Decl
}

fn is_declared(item: &Item) -> bool {
    *item == Item::Decl
}

/// Serialization of a rule as its name.
mod rule_name {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::item::Item;

    pub(super) fn serialize<S: Serializer>(item: &Item, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(item.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Item, D::Error> {
        String::deserialize(deserializer).map(Item::Rule)
    }
}

/// The reason for which a lock cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The file system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It is not a lock.
    #[error(
        "{path} cannot be read ({reason}); take it from version control again, or make it anew with `gorulec update`"
    )]
    Damaged {
        /// The file.
        path: Utf8PathBuf,
        /// A description of the mistake, with its place.
        reason: String,
    },
    /// It is a lock of another schema.
    #[error("{path} has schema {schema}, this gorulec reads {SCHEMA}; make it anew with `gorulec update`")]
    Schema {
        /// The file.
        path: Utf8PathBuf,
        /// The schema of the file.
        schema: u32,
    },
}

impl Default for Lock {
    fn default() -> Self {
        Self { schema: SCHEMA, packages: Vec::new(), rules: Vec::new() }
    }
}

impl Lock {
    /// A lock with these packages and rules.
    pub fn new(packages: Vec<LockedPackage>, rules: Vec<Rule>) -> Self {
        Self { packages, rules, ..Self::default() }
    }

    /// Reads a lock.
    pub fn read(path: &Utf8Path) -> Result<Self, LockError> {
        #[derive(Deserialize)]
        struct Head {
            schema: u32,
        }
        let text = fs_err::read_to_string(path)?;
        let damaged = |error: toml::de::Error| LockError::Damaged {
            path: path.to_owned(),
            reason: error.to_string().trim().replace('\n', " "),
        };
        let Head { schema } = toml::from_str(&text).map_err(damaged)?;
        if schema != SCHEMA {
            return Err(LockError::Schema { path: path.to_owned(), schema });
        }
        toml::from_str(&text).map_err(damaged)
    }

    /// The text of the file; equal locks have equal bytes.
    pub fn text(&self) -> Result<String, toml::ser::Error> {
        Ok(format!("{HEAD}{}", toml::to_string_pretty(self)?))
    }

    /// The entry of a package.
    pub fn package(&self, path: &str) -> Option<&LockedPackage> {
        self.packages.iter().find(|package| package.path == path)
    }

    /// Returns true if a text with this digest was found to hold.
    pub fn holds(&self, digest: &str) -> bool {
        self.rules.iter().any(|rule| rule.digest == digest)
    }
}

impl LockedPackage {
    /// Its releases: their names in Go's tools, their versions, their digests.
    pub fn releases(&self) -> impl Iterator<Item = (&str, Version, &str)> {
        self.releases.iter().filter_map(|text| {
            let (name, digest) = text.split_once(' ')?;
            Some((name, Version::parse(name)?, digest))
        })
    }
}

/// The lock for these paths: in the folder of the first one, or in the nearest folder above it.
pub fn find(paths: &[Utf8PathBuf]) -> Option<Utf8PathBuf> {
    let first = paths.first()?;
    let absolute = camino::absolute_utf8(first).ok()?;
    absolute.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file())
}

/// Describes the differences between two locks, in sentences, package by package.
pub fn changes(old: &Lock, new: &Lock) -> Vec<String> {
    let mut out = Vec::new();
    for package in &new.packages {
        match old.package(&package.path) {
            None => out.push(format!("{}: new, {} releases", package.path, package.releases.len())),
            Some(before) => package_changes(before, package, &mut out),
        }
    }
    let gone = old.packages.iter().filter(|package| new.package(&package.path).is_none());
    out.extend(gone.map(|package| format!("{}: no rule is for it any more", package.path)));
    out
}

fn package_changes(old: &LockedPackage, new: &LockedPackage, out: &mut Vec<String>) {
    let path = &new.path;
    let known: BTreeMap<&str, &str> = old.releases().map(|(name, _, digest)| (name, digest)).collect();
    let added: Vec<&str> =
        new.releases().map(|(name, _, _)| name).filter(|name| !known.contains_key(name)).collect();
    if !added.is_empty() {
        out.push(format!("{path}: {} more: {}", counted(added.len()), added.join(", ")));
    }
    let altered = new.releases().filter(|(name, _, digest)| known.get(name).is_some_and(|d| d != digest));
    for (name, _, _) in altered {
        out.push(format!(
            "{path}: the source of {name} is not what it was; releases do not change, so look at why"
        ));
    }
    let present: Vec<&str> = new.releases().map(|(name, _, _)| name).collect();
    let gone: Vec<&str> = known.keys().copied().filter(|name| !present.contains(name)).collect();
    if !gone.is_empty() {
        out.push(format!("{path}: {} fewer: {}", counted(gone.len()), gone.join(", ")));
    }
    for function in &new.functions {
        let before = old.functions.iter().find(|f| f.name == function.name).and_then(|f| f.seen.last());
        let (Some(before), Some(now)) = (before, function.seen.last()) else { continue };
        if before.signature != now.signature {
            out.push(format!(
                "{path}: {} changed in {}: {} is now {}",
                function.name, now.from, before.signature, now.signature
            ));
        } else if before.file != now.file {
            out.push(format!("{path}: {} is in {} from {} on", function.name, now.file, now.from));
        }
    }
}

fn counted(n: usize) -> String {
    if n == 1 { "1 release".to_owned() } else { format!("{n} releases") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(releases: &[&str], signatures: &[(&str, &str)]) -> LockedPackage {
        let seen = signatures
            .iter()
            .map(|(from, signature)| FunctionSpan {
                from: (*from).to_owned(),
                to: (*from).to_owned(),
                signature: (*signature).to_owned(),
                file: "a.go".to_owned(),
            })
            .collect();
        LockedPackage {
            path: "x.org/p".to_owned(),
            module: "x.org/p".to_owned(),
            releases: releases.iter().map(|r| (*r).to_owned()).collect(),
            functions: vec![LockedFunction { name: "F".to_owned(), seen }],
        }
    }

    fn lock(package: LockedPackage) -> Lock {
        Lock { packages: vec![package], ..Lock::default() }
    }

    #[test]
    fn the_text_can_be_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().join(NAME)).unwrap();
        let mut written = lock(package(&["v1.0.0 aa", "v1.1.0 bb"], &[("v1.0.0", "(a int)")]));
        written.rules.push(Rule {
            plugin: "p".into(),
            package: "x.org/p".into(),
            item: Item::Rule("decl".into()),
            digest: "d".into(),
            releases: 2,
            from: "v1.0.0".into(),
            to: "v1.1.0".into(),
        });
        let declared = Rule { item: Item::Decl, ..written.rules[0].clone() };
        written.rules.push(declared);
        std::fs::write(&path, written.text().unwrap()).unwrap();
        let read = Lock::read(&path).unwrap();
        assert_eq!(read, written, "a rule that is called decl is not what the target declares");
        assert!(read.holds("d") && !read.holds("e"));
        assert_eq!(find(&[path.parent().unwrap().join("sub")]), Some(path.clone()));
        std::fs::write(&path, "schema = 7\nother = 1\n").unwrap();
        assert!(Lock::read(&path).unwrap_err().to_string().contains("has schema 7"));
        std::fs::write(&path, "schema = 1\n[[package]]\npath = 3\n").unwrap();
        let message = Lock::read(&path).unwrap_err().to_string();
        assert!(message.contains("line 3") && message.contains("gorulec update"), "{message}");
    }

    #[test]
    fn what_upstream_changed_is_said() {
        let old = lock(package(&["v1.0.0 aa", "v1.1.0 bb"], &[("v1.0.0", "(a int)")]));
        let new = lock(package(
            &["v1.0.0 aa", "v1.1.0 cc", "v1.2.0 dd"],
            &[("v1.0.0", "(a int)"), ("v1.2.0", "(a int, b int)")],
        ));
        let said = changes(&old, &new).join("\n");
        assert!(said.contains("1 release more: v1.2.0"), "{said}");
        assert!(said.contains("the source of v1.1.0 is not what it was"), "{said}");
        assert!(said.contains("F changed in v1.2.0: (a int) is now (a int, b int)"), "{said}");
        assert_eq!(changes(&old, &old), Vec::<String>::new());
        assert_eq!(changes(&old, &Lock::default()), ["x.org/p: no rule is for it any more"]);
    }
}
