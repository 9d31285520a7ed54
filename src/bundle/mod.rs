//! The compiled form of plugins: `gorulec` writes it, and weaving reads nothing else.
//!
//! On disk: the magic `GOBUNDLE`, a schema number (u32, little endian), the blake3 digest of the
//! payload (32 bytes), the payload (postcard). The bytes depend on the plugins alone: no path, no
//! time, no order of files.

use serde::{Deserialize, Serialize};

use crate::platform::Platform;
use crate::version::{Version, VersionSet};

const MAGIC: &[u8; 8] = b"GOBUNDLE";
/// The version of the format, raised whenever a type in this file changes its shape.
pub const SCHEMA: u32 = 9;
const HEADER: usize = MAGIC.len() + 4 + 32;
/// The largest bundle that is read, in bytes. A byte of the payload can become a hundred in memory
/// (an interval without ends has two bytes), so this limits the memory that a malicious bundle can
/// take; real ones are below one megabyte.
const MAX_BYTES: usize = 8 << 20;

/// Plugins, in the order in which they take part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bundle {
    /// The plugins, sorted by name.
    pub plugins: Vec<Plugin>,
}

/// A plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its purpose, in the author's words.
    pub doc: String,
    /// Its targets, in the order written.
    pub targets: Vec<Target>,
}

/// A package and the rules for a range of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The import path, a pattern of import paths, or the keyword `own`.
    pub package: String,
    /// The form of `package`: which of the three it is.
    pub reach: Reach,
    /// The versions of its module (of Go, for the standard library).
    pub versions: VersionSet,
    /// Declarations to add.
    pub decls: Vec<Template>,
    /// Fields to add to struct types.
    pub structs: Vec<StructExt>,
    /// Functions of the package whose bodies are in package main, which can import the agent.
    pub ports: Vec<Port>,
    /// Its rules, in the order written.
    pub rules: Vec<Rule>,
}

/// The packages that a target applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// The package of its import path.
    Package,
    /// All packages of a build that match a pattern, except for the standard library.
    Pattern,
    /// The packages of the main modules of a build.
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
    /// Its type, with private qualifiers.
    pub ty: Fragment,
}

/// A function that the package may call and whose body is in package main: the linker connects the
/// two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// The line of the `.gorule` file at which it starts.
    pub line: u32,
    /// True if the author wrote it. One that the author did not write receives the faults that the
    /// guards of `decl`s report.
    pub written: bool,
    /// `func(n int) bool`, with private qualifiers.
    pub signature: Fragment,
    /// Its body, which is put into package main.
    pub body: Fragment,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools)] // each is an item of the language or a setting
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its purpose, in the author's words.
    pub doc: String,
    /// The line of the `.gorule` file at which it starts.
    pub line: u32,
    /// True if it runs without guard and agent.
    pub bare: bool,
    /// Versions of the target to which it is limited.
    pub versions: Option<VersionSet>,
    /// The versions of the toolchain to which it is limited.
    pub go: Option<VersionSet>,
    /// The platforms to which it is limited; empty: all.
    pub platforms: Vec<Platform>,
    /// The receiver of a method.
    pub receiver: Option<Receiver>,
    /// The functions that it applies to.
    pub functions: Functions,
    /// The parameters, with their names; `None`: none is bound.
    pub params: Option<Vec<Param>>,
    /// The results, with their names; `None`: none is bound.
    pub results: Option<Vec<Param>>,
    /// The parameters and results that are bound by type, in rules that select functions by pattern
    /// or mark.
    pub binds: Vec<Bind>,
    /// The position among the rules of a function: a higher one enters first and exits last.
    pub priority: i32,
    /// Variables that live from enter to exit.
    pub state: Vec<StateVar>,
    /// True if enter may return from the function.
    pub may_skip: bool,
    /// True if builds may leave out the file of the function.
    pub may_be_absent: bool,
    /// The code that runs before the body.
    pub enter: Option<Template>,
    /// The code that runs after the body.
    pub exit: Option<Template>,
    /// Edits inside the body.
    pub anchors: Vec<Anchor>,
    /// True if a user has switched it off. Only rules for package runtime are kept then: other
    /// rules depend on them.
    #[serde(skip)]
    pub off: bool,
}

/// The functions of a package that a rule applies to. Functions of `_test.go` files never count.
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
    /// All functions whose displayed name (`F`, `T.F`, `(*T).F`) matches a pattern: `*` matches any
    /// run of characters, `?` matches one, `\` takes the next one literally. The rule's receiver,
    /// parameters and results have no meaning here; its binds have.
    Matching(String),
    /// All functions that have this directive comment above them, `goagent:span` or
    /// `//goagent:span`; arguments may follow it. The rule's receiver, parameters and results have
    /// no meaning here; its binds have.
    Marked(String),
}

/// The receiver as the rule writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// The name in the templates.
    pub name: Option<String>,
    /// True for `*T`, false for `T`.
    pub pointer: bool,
    /// The type's name.
    pub type_name: String,
}

/// A parameter or result as the rule writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// The name in the templates.
    pub name: Option<String>,
    /// True if a template may assign it.
    pub assignable: bool,
}

/// A parameter or result that is bound by its type. If a function has none, the name has the type's
/// zero value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    /// The name in the templates.
    pub name: String,
    /// True if a template may assign it.
    pub assignable: bool,
    /// True if it is the last result of the type rather than the first parameter.
    pub result: bool,
    /// The type, with private qualifiers.
    pub ty: Fragment,
    /// The type as `source::canonical` spells it.
    pub canonical: String,
}

/// One `state` variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateVar {
    /// Its name.
    pub name: String,
    /// Its type, with private qualifiers.
    pub ty: Fragment,
    /// True if it is a span to which a panic that passes through the function is handed before exit
    /// runs: exit does not look at the panic itself.
    pub takes_panic: bool,
}

/// An edit inside a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// True for `replace` of an expression, false for `before` a statement.
    pub replace: bool,
    /// The Go text to look for.
    pub pattern: String,
    /// The text to put there.
    pub template: Template,
}

/// Go text in one or more variants by version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The variants, lowest version first; the first has no lower end.
    pub variants: Vec<Variant>,
}

/// The text for the versions from one on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The first version that it applies to; `None`: all below the next variant's.
    pub since: Option<Version>,
    /// The text.
    pub code: Fragment,
}

/// Go text that is ready to be put into a package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// The text: package qualifiers replaced by private aliases, columns restored by `/*line*/`
    /// comments.
    pub text: String,
    /// The 1-based line of its first byte in the `.gorule` file.
    pub line: u32,
    /// The 1-based byte column; see `line`.
    pub column: u32,
    /// The import paths that it needs, each with its alias.
    pub imports: Vec<Import>,
    /// The names that it mentions freely (no fields, no labels), in their private form.
    pub names: Vec<String>,
    /// True if it has a `return` of its own.
    pub returns: bool,
    /// True if it contains `skip`.
    pub skips: bool,
    /// The guards that it calls; only in a `decl`.
    pub guards: Vec<Guard>,
}

/// A guard of a function that bare rules call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The part of its name that distinguishes it from the other guards of a package.
    pub key: String,
    /// The function as the author wrote it: `F`, `(*T).F`.
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
    /// The variant for a version (`None`: not known, so the newest).
    pub fn at(&self, version: Option<&Version>) -> Option<&Fragment> {
        let fits = |variant: &&Variant| match (&variant.since, version) {
            (Some(since), Some(version)) => version >= since,
            _ => true,
        };
        self.variants.iter().rev().find(fits).map(|variant| &variant.code)
    }
}

impl Bundle {
    /// Removes what applies to other platforms than this GOOS and GOARCH.
    pub fn keep_platform(&mut self, system: &str, processor: &str) {
        let holds = |rule: &Rule| {
            rule.platforms.is_empty() || rule.platforms.iter().any(|one| one.holds(system, processor))
        };
        for plugin in &mut self.plugins {
            let is_for_others = |target: &Target| !target.rules.is_empty() && !target.rules.iter().any(holds);
            // Declarations serve the rules of the target; fields and ports serve those of other
            // targets too.
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
    /// Returns true if it has an enter or an exit.
    pub fn has_hooks(&self) -> bool {
        self.enter.is_some() || self.exit.is_some()
    }

    /// Returns true if the rule applies to this version of the target (`None`: the module has no
    /// version) and this Go.
    pub fn admits(&self, target: &VersionSet, version: Option<&Version>, go: &Version) -> bool {
        let by_version = version.is_none_or(|v| {
            target.contains(v) && self.versions.as_ref().is_none_or(|narrowed| narrowed.contains(v))
        });
        by_version && self.go.as_ref().is_none_or(|range| range.contains(go))
    }
}

/// The reason for which bytes are not a bundle that this program can use.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The magic is wrong.
    #[error("this is not a bundle: it does not begin with GOBUNDLE; make one with `gorulec compile`")]
    NotABundle,
    /// The schema is another one.
    #[error(
        "the bundle has schema {found}, this program reads {SCHEMA}; compile the plugins again with the gorulec of this release"
    )]
    Schema {
        /// The schema number of the file.
        found: u32,
    },
    /// The bundle is cut off or altered.
    #[error(
        "the bundle is damaged: its content does not have the digest that it names; compile or copy it again"
    )]
    Digest,
    /// The bundle is too large.
    #[error("the bundle has {0} bytes, more than a bundle may have ({MAX_BYTES})")]
    TooLarge(usize),
    /// The digest is right but the content cannot be read.
    #[error("the bundle's content cannot be read: {0}")]
    Content(#[from] postcard::Error),
}

impl Bundle {
    /// Encodes the bundle as the bytes of its file.
    pub fn encode(&self) -> Result<Vec<u8>, BundleError> {
        let payload = postcard::to_stdvec(self)?;
        let mut out = Vec::with_capacity(HEADER + payload.len());
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&SCHEMA.to_le_bytes());
        out.extend_from_slice(blake3::hash(&payload).as_bytes());
        out.extend_from_slice(&payload);
        Ok(out)
    }

    /// Reads bytes that [`Bundle::encode`] wrote; refuses all others.
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
            let _ = Bundle::decode(&bytes); // the digest is right: postcard itself must not panic
            prop_assert!(Bundle::decode(&payload).is_err());
        }
    }
}
