//! The report of a command for programs, as `--report json` writes it: one set of types for its
//! writers and its readers.
//!
//! In: the results of a build. Out: the shape of the JSON. The book's page on trust describes it.
//! Nothing is decided here.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::item::Item;
use crate::plan::directives;
use crate::weave::SkipCode;

/// Raised when a field changes its meaning or is removed; new fields may be added without that.
pub const SCHEMA: u32 = 1;

/// The report of one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildReport {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The version of goagent.
    pub goagent: String,
    /// Go's version, if it is known.
    pub go: Option<String>,
    /// `build` and so on.
    pub command: String,
    /// The way the command ended.
    pub outcome: Ending,
    /// The reason for which goagent could not do its part.
    pub error: Option<String>,
    /// True if nothing that was asked for is missing; `None` if that is not known.
    pub complete: Option<bool>,
    /// True if `--strict` was asked for.
    pub strict: bool,
    /// The settings file.
    pub config: Option<String>,
    /// The bundles.
    pub bundles: Vec<BundleDigest>,
    /// Packages in which something was woven.
    pub woven: Vec<WovenPackage>,
    /// Rules and fields that were not woven at a function, each with its reason.
    pub skipped: Vec<Skipped>,
    /// Plugins that were left out of a package because their templates do not compile there.
    pub faults: Vec<Faulty>,
    /// Packages that were compiled without any rule because the woven code does not compile.
    pub fallbacks: Vec<Fallback>,
    /// Plugins that were left out because of the version.
    pub left_out: Vec<OtherVersion>,
    /// Plugins and rules that are switched off and apply to a package of this build.
    pub disabled: Vec<Disabled>,
    /// Rules for many packages that match nothing in the whole build.
    pub idle: Vec<IdleRule>,
    /// Directive comments that have no effect.
    pub directives: Vec<directives::IdleDirective>,
    /// Other parts that could not be done.
    pub notes: Vec<String>,
    /// Commonly instrumented libraries of this build that no plugin covers.
    pub uncovered: Vec<UncoveredLibrary>,
    /// The cost of the build, once it is done.
    pub cost: Option<BuildCost>,
}

/// The way a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Something was woven.
    Woven,
    /// No rule applied to any package, or none of those that did was woven.
    Nothing,
    /// goagent could not do its part; the program is built without it.
    Uninstrumented,
    /// The go command failed; the reported rules may be those of an earlier build.
    GoFailed,
    /// `goagent plan`: nothing was built.
    Planned,
    /// `GOAGENT=off`.
    Off,
}

/// A bundle that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleDigest {
    /// Its name.
    pub name: String,
    /// The digest of its bytes.
    pub blake3: String,
}

/// A package and its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PackageVersion {
    /// The import path.
    pub package: String,
    /// The version of its module, or of Go.
    pub version: Option<String>,
}

impl std::fmt::Display for PackageVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.package)?;
        self.version.iter().try_for_each(|version| write!(f, " {version}"))
    }
}

/// A package and everything that was woven into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WovenPackage {
    /// The package.
    #[serde(flatten)]
    pub package: PackageVersion,
    /// Rules, fields and ports.
    pub rules: Vec<WovenItem>,
}

/// A rule that was woven, fields that were added, or a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WovenItem {
    /// The plugin.
    pub plugin: String,
    /// The rule, the struct of the fields, or the port.
    #[serde(flatten, with = "named_item")]
    pub item: Item,
    /// Its place in the `.gorule` file: `gin.gorule:9`.
    pub place: String,
    /// The functions, or the fields.
    pub functions: Vec<WovenFunction>,
}

/// A function that something was woven into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WovenFunction {
    /// `(*T).F`.
    pub name: String,
    /// Its place in the package's folder: `context.go:180`.
    pub place: Option<String>,
}

/// A rule that was not woven at a function, or fields that were not added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The package.
    #[serde(flatten)]
    pub package: PackageVersion,
    /// The plugin.
    pub plugin: String,
    /// The rule, the struct of the fields, or the port.
    #[serde(flatten, with = "named_item")]
    pub item: Item,
    /// Its place in the `.gorule` file.
    pub place: String,
    /// The function.
    pub function: String,
    /// The kind of reason.
    pub code: SkipCode,
    /// The reason.
    pub reason: String,
}

/// A mistake in a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faulty {
    /// The package in which it shows.
    #[serde(flatten)]
    pub package: PackageVersion,
    /// The plugin, which was left out of the package.
    pub plugin: String,
    /// The rule, if it is known.
    pub rule: Option<String>,
    /// The place of the mistake: `gin.gorule:14:20`.
    pub place: String,
    /// The compiler's message.
    pub message: String,
}

/// A package that was compiled without any rule because the woven code does not compile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    /// The package.
    #[serde(flatten)]
    pub package: PackageVersion,
    /// The reason.
    pub reason: String,
}

/// A plugin that is not for the version in the build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherVersion {
    /// The plugin.
    pub plugin: String,
    /// The package.
    pub package: String,
    /// The kind of reason.
    pub code: OtherVersionCode,
    /// The reason.
    pub reason: String,
}

/// The only kind of reason for a plugin that is not for the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherVersionCode {
    /// A version is outside a range.
    Version,
}

/// A plugin or a rule that was switched off.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Disabled {
    /// The plugin.
    pub plugin: String,
    /// The rule; `None` if the whole plugin is off.
    pub rule: Option<String>,
    /// The packages that it is for.
    pub packages: BTreeSet<String>,
    /// The flag, the line of the settings file, or the dependency that switched it off.
    pub by: String,
}

/// A rule that matches nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IdleRule {
    /// The plugin.
    pub plugin: String,
    /// The rule.
    pub rule: String,
    /// The packages that it is for: `own`, or a pattern.
    pub packages: String,
}

/// A known library in a build that no plugin covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UncoveredLibrary {
    /// Its module, or its package of the standard library.
    pub module: String,
    /// The version in the build; that of its replacement, if it has one.
    pub version: Option<String>,
    /// Its usual name.
    pub system: String,
}

impl std::fmt::Display for UncoveredLibrary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.module)?;
        self.version.iter().try_for_each(|version| write!(f, " {version}"))?;
        if self.module.ends_with(&self.system) { Ok(()) } else { write!(f, " ({})", self.system) }
    }
}

/// The cost of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildCost {
    /// Number of packages that were compiled in this build, if go reports it.
    pub compiled: Option<usize>,
    /// Number of all its packages.
    pub packages: Option<usize>,
    /// The time that goagent itself took, in milliseconds.
    pub own_ms: u64,
}

impl BuildReport {
    /// Returns the number of rules that were woven, counted for each package. Fields and ports are
    /// not rules.
    pub fn rules(&self) -> usize {
        count_rules(self.woven.iter().flat_map(|package| &package.rules))
    }
}

/// Returns the number of rules among these items.
pub fn count_rules<'a>(items: impl Iterator<Item = &'a WovenItem>) -> usize {
    items.filter(|one| one.item.rule().is_some()).count()
}

/// An item in the report: `kind` and `name` identify it, `rule` is its text for people.
pub mod named_item {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::item::{Item, ItemKind};

    #[derive(Serialize, Deserialize)]
    struct NamedItem {
        rule: String,
        kind: ItemKind,
        name: String,
    }

    /// Writes an item as fields of the value that it belongs to.
    pub fn serialize<S: Serializer>(item: &Item, serializer: S) -> Result<S::Ok, S::Error> {
        let named = NamedItem { rule: item.to_string(), kind: item.kind(), name: item.name().to_owned() };
        named.serialize(serializer)
    }

    /// Reads an item.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Item, D::Error> {
        NamedItem::deserialize(deserializer).map(|named| Item::new(named.kind, named.name))
    }
}
