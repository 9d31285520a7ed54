//! The compiled form of plugins: what `gorulec` writes and all that weaving reads.
//!
//! On disk: the magic `GOBUNDLE`, a schema number (u32, little endian), the blake3 digest of the payload (32 bytes), the
//! payload (postcard). Bytes depend on the plugins alone: no path, no time, no order of files.

use serde::{Deserialize, Serialize};

use crate::platform::Platform;
use crate::version::{Version, VersionSet};

const MAGIC: &[u8; 8] = b"GOBUNDLE";
/// Raised whenever a type in this file changes its shape.
pub const SCHEMA: u32 = 8;
const HEADER: usize = MAGIC.len() + 4 + 32;
/// The largest bundle that is read, in bytes. A byte of the payload can become a hundred in memory (an interval without ends
/// has two), so that this bounds what a bundle made for the purpose may take; real ones are below one megabyte.
const MAX_BYTES: usize = 8 << 20;

/// Plugins, in the order in which they take part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bundle {
    /// Sorted by name.
    pub plugins: Vec<Plugin>,
}

/// One plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// What it is for, in the author's words.
    pub doc: String,
    /// Its targets, in the order written.
    pub targets: Vec<Target>,
}

/// A package and the rules for a range of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The import path, a pattern of import paths, or the word `own`.
    pub package: String,
    /// Which of the three.
    pub reach: Reach,
    /// The versions of its module (of Go, for the standard library).
    pub versions: VersionSet,
    /// Declarations to add.
    pub decls: Vec<Template>,
    /// Fields to add to struct types.
    pub structs: Vec<StructExt>,
    /// Functions of the package whose bodies stand above the agent.
    pub ports: Vec<Port>,
    /// Its rules, in the order written.
    pub rules: Vec<Rule>,
}

/// Which packages a target is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// The one of its import path.
    Package,
    /// All of a build that fit a pattern, but for the standard library.
    Wide,
    /// Those of the main modules of a build.
    Own,
}

/// Fields for a struct type of the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StructExt {
    /// The type's name.
    pub type_name: String,
    /// The line of the `.gorule` file at which it starts.
    pub line: u32,
    /// The fields, in the order written.
    pub fields: Vec<Field>,
}

/// A field to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type, qualifiers already private.
    pub ty: Fragment,
}

/// A function that the package may call, and that package main has: the linker brings the two together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// The line of the `.gorule` file at which it starts.
    pub line: u32,
    /// Whether the author has written it. One that is not takes the faults that the guards of `decl`s tell of.
    pub written: bool,
    /// `func(n int) bool`, qualifiers already private.
    pub signature: Fragment,
    /// Its body, which stands in package main.
    pub body: Fragment,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools)] // each is an item of the language, or a setting
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What it is for, in the author's words.
    pub doc: String,
    /// The line of the `.gorule` file at which it starts.
    pub line: u32,
    /// Whether it goes without guard and agent.
    pub bare: bool,
    /// Narrows the target's versions.
    pub versions: Option<VersionSet>,
    /// The toolchain's versions.
    pub go: Option<VersionSet>,
    /// The platforms; none: all.
    pub platforms: Vec<Platform>,
    /// The receiver of a method.
    pub receiver: Option<Receiver>,
    /// The functions that it applies to.
    pub functions: Functions,
    /// What the parameters are called; `None`: nothing is bound.
    pub params: Option<Vec<Param>>,
    /// What the results are called; `None`: nothing is bound.
    pub results: Option<Vec<Param>>,
    /// What is bound by its type, in rules that select functions by pattern or mark.
    pub binds: Vec<Bind>,
    /// Higher enters first and exits last.
    pub priority: i32,
    /// Variables that live from enter to exit.
    pub state: Vec<StateVar>,
    /// Whether enter may return from the function.
    pub may_skip: bool,
    /// Whether builds may leave out the file of the function.
    pub may_be_absent: bool,
    /// Runs before the body.
    pub enter: Option<Template>,
    /// Runs after the body.
    pub exit: Option<Template>,
    /// Edits inside the body.
    pub anchors: Vec<Anchor>,
    /// Whether a user has switched it off. Only rules for package runtime are kept then: others
    /// depend on them.
    #[serde(skip)]
    pub off: bool,
}

/// The functions of a package that a rule applies to. Those of `_test.go` files never count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Functions {
    /// These names, with the rule's receiver.
    Named(Vec<String>),
    /// Calls of the plain functions of these names, which another package declares.
    Called {
        /// The import path of that package.
        package: String,
        /// The functions.
        names: Vec<String>,
    },
    /// All whose displayed name (`F`, `T.F`, `(*T).F`) fits a pattern: `*` is any run of characters, `?` is one, `\`
    /// takes the next one as it is. The rule's receiver, parameters and results say nothing, its binds do.
    Matching(String),
    /// All that have this directive comment above them, `goagent:span` or `//goagent:span`; arguments may follow it. The
    /// rule's receiver, parameters and results say nothing, its binds do.
    Marked(String),
}

/// The receiver as the rule writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// The name in the templates.
    pub name: Option<String>,
    /// `*T` rather than `T`.
    pub pointer: bool,
    /// The type's name.
    pub type_name: String,
}

/// A parameter or result as the rule writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// The name in the templates.
    pub name: Option<String>,
    /// Whether a template may assign it.
    pub assignable: bool,
}

/// A parameter or result that is bound by its type. Where a function has none, the name is the type's zero value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    /// The name in the templates.
    pub name: String,
    /// Whether a template may assign it.
    pub assignable: bool,
    /// Whether it is the last result of the type rather than the first parameter.
    pub result: bool,
    /// The type, qualifiers already private.
    pub ty: Fragment,
    /// The type as `source::canonical` spells it.
    pub canonical: String,
}

/// One `state` variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateVar {
    /// Its name.
    pub name: String,
    /// Its type, qualifiers already private.
    pub ty: Fragment,
}

/// An edit inside a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// `replace` an expression rather than `before` a statement.
    pub replace: bool,
    /// The Go text to look for.
    pub pattern: String,
    /// What to put there.
    pub template: Template,
}

/// Go text in one or more variants by version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Lowest version first; the first has no lower end.
    pub variants: Vec<Variant>,
}

/// The text from a version on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The first version that it is for.
    pub since: Option<Version>,
    /// The text.
    pub code: Fragment,
}

/// Go text that is ready to be put into a package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// The text: package qualifiers replaced by private aliases, columns restored by `/*line*/` comments.
    pub text: String,
    /// 1-based line and byte column of its first byte in the `.gorule` file.
    pub line: u32,
    /// See `line`.
    pub column: u32,
    /// Import paths it needs, each by its alias.
    pub imports: Vec<Import>,
    /// The names that it mentions freely (no fields, no labels).
    pub names: Vec<String>,
    /// Whether it has a `return` of its own.
    pub returns: bool,
    /// Whether it says `skip`.
    pub skips: bool,
    /// The guards that it calls, in a `decl`.
    pub guards: Vec<Guard>,
}

/// A guard of a function that bare rules call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// What tells it from the others of a package, as a part of its name.
    pub key: String,
    /// The function as the author has written it: `F`, `(*T).F`.
    pub function: String,
}

/// An import under a private alias.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Import {
    /// The alias.
    pub alias: String,
    /// The import path.
    pub path: String,
}

impl Template {
    /// The variant for a version (`None`: not known, the newest).
    pub fn at(&self, version: Option<&Version>) -> Option<&Fragment> {
        let fits = |variant: &&Variant| match (&variant.since, version) {
            (Some(since), Some(version)) => version >= since,
            _ => true,
        };
        self.variants.iter().rev().find(fits).map(|variant| &variant.code)
    }
}

impl Bundle {
    /// Takes out what is for other platforms than this GOOS and GOARCH.
    pub fn keep_platform(&mut self, system: &str, processor: &str) {
        let holds = |rule: &Rule| {
            rule.platforms.is_empty() || rule.platforms.iter().any(|one| one.holds(system, processor))
        };
        for plugin in &mut self.plugins {
            let is_for_others = |target: &Target| !target.rules.is_empty() && !target.rules.iter().any(holds);
            // Declarations are for rules; fields and ports are for those of other blocks as well.
            plugin.targets.retain(|target| {
                !is_for_others(target)
                    || !target.structs.is_empty()
                    || target.ports.iter().any(|port| port.written)
            });
            for target in &mut plugin.targets {
                target.rules.retain(holds);
            }
        }
    }
}

impl Rule {
    /// Whether it has an enter or an exit.
    pub fn has_hooks(&self) -> bool {
        self.enter.is_some() || self.exit.is_some()
    }

    /// Whether the rule is for this version of the target and this Go (`None`: the module has no version).
    pub fn admits(&self, target: &VersionSet, version: Option<&Version>, go: &Version) -> bool {
        let by_version = version.is_none_or(|v| {
            target.contains(v) && self.versions.as_ref().is_none_or(|narrowed| narrowed.contains(v))
        });
        by_version && self.go.as_ref().is_none_or(|range| range.contains(go))
    }
}

/// Why bytes are not a bundle that this program can use.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Wrong magic.
    #[error("this is not a bundle: it does not begin with GOBUNDLE; make one with `gorulec compile`")]
    NotABundle,
    /// Another schema.
    #[error(
        "the bundle has schema {found}, this program reads {SCHEMA}; compile the plugins again with the gorulec of this release"
    )]
    Schema {
        /// What the file says.
        found: u32,
    },
    /// Cut off or altered.
    #[error(
        "the bundle is damaged: its content does not have the digest that it names; compile or copy it again"
    )]
    Digest,
    /// Too large.
    #[error("the bundle has {0} bytes, more than a bundle may have ({MAX_BYTES})")]
    TooLarge(usize),
    /// The digest is right and the content is not.
    #[error("the bundle's content cannot be read: {0}")]
    Content(#[from] postcard::Error),
}

impl Bundle {
    /// The bytes on disk.
    pub fn encode(&self) -> Result<Vec<u8>, BundleError> {
        let payload = postcard::to_stdvec(self)?;
        let mut out = Vec::with_capacity(HEADER + payload.len());
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&SCHEMA.to_le_bytes());
        out.extend_from_slice(blake3::hash(&payload).as_bytes());
        out.extend_from_slice(&payload);
        Ok(out)
    }

    /// Reads what [`Bundle::encode`] wrote; anything else is refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > MAX_BYTES {
            return Err(BundleError::TooLarge(bytes.len()));
        }
        let rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or(BundleError::NotABundle)?;
        let (schema, rest) = rest.split_first_chunk::<4>().ok_or(BundleError::Digest)?;
        let schema = u32::from_le_bytes(*schema);
        if schema != SCHEMA {
            return Err(BundleError::Schema { found: schema });
        }
        let (digest, payload) = rest.split_first_chunk::<32>().ok_or(BundleError::Digest)?;
        if blake3::hash(payload).as_bytes() != digest {
            return Err(BundleError::Digest);
        }
        let (bundle, left) = postcard::take_from_bytes::<Self>(payload)?;
        if left.is_empty() { Ok(bundle) } else { Err(BundleError::Digest) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Bundle {
        let plugin = Plugin { name: "p".into(), doc: "d".into(), targets: Vec::new() };
        Bundle { plugins: vec![plugin] }
    }

    #[test]
    fn what_was_cut_off_altered_or_of_another_schema_is_refused() {
        let bytes = sample().encode().unwrap();
        assert_eq!(Bundle::decode(&bytes).unwrap(), sample());
        for cut in 0..bytes.len() {
            assert!(Bundle::decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert!(Bundle::decode(&altered).is_err(), "altered at {at}");
        }
        let mut other = bytes.clone();
        other[8] = 99;
        assert!(matches!(Bundle::decode(&other), Err(BundleError::Schema { found: 99 })));
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_without_a_panic(payload in proptest::collection::vec(any::<u8>(), 0..512)) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend_from_slice(&SCHEMA.to_le_bytes());
            bytes.extend_from_slice(blake3::hash(&payload).as_bytes());
            bytes.extend_from_slice(&payload);
            let _ = Bundle::decode(&bytes); // the digest is right: postcard itself has to hold
            prop_assert!(Bundle::decode(&payload).is_err());
        }
    }
}
