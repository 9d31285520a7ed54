//! The rules, declarations, fields and ports to weave into one package.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::bundle::{Fragment, Port, Rule, StructExt, Template};
use crate::codegen::AGENT;
use crate::source::{Callee, is_module_path};
use crate::version::Version;

/// Raised whenever the same unit and sources would give other texts: it is part of every digest.
pub const REVISION: u32 = 13;

/// The folder of all templates, as line directives name it. The linked-in module looks for it in
/// stack traces.
pub const TEMPLATE_FOLDER: &str = "goagent/plugins/";

/// The file name of a plugin in line directives.
pub(super) fn template_file(plugin: &str) -> String {
    format!("{TEMPLATE_FOLDER}{plugin}.gorule")
}

/// The things to weave into one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The import path.
    pub package: String,
    /// The version of its module; Go's, for the standard library; `None` if a folder replaces the
    /// module.
    pub version: Option<Version>,
    /// The version of Go.
    pub go: Version,
    /// The rules, in the order in which they enter.
    pub rules: Vec<PlacedRule>,
    /// The declarations to add.
    pub decls: Vec<PlacedDecl>,
    /// The fields to add.
    pub structs: Vec<Placed<StructExt>>,
    /// The functions whose bodies are in package main.
    pub ports: Vec<Placed<Port>>,
    /// For a main: the bodies of the ports of the packages below it.
    pub bodies: Vec<PortBody>,
    /// Import paths that look like Go's own and are not: of modules, or of packages that this Go
    /// does not have.
    pub others: BTreeSet<String>,
}

impl Unit {
    /// A unit without rules, for a main that only gets the start-up file.
    pub fn empty(package: &str) -> Self {
        let go = Version::default();
        Self {
            package: package.to_owned(),
            version: None,
            go,
            rules: Vec::new(),
            decls: Vec::new(),
            structs: Vec::new(),
            ports: Vec::new(),
            bodies: Vec::new(),
            others: BTreeSet::new(),
        }
    }

    /// Removes everything that belongs to certain plugins.
    pub fn leave_out(&mut self, is_out: impl Fn(&str) -> bool) {
        self.rules.retain(|placed| !is_out(&placed.plugin));
        self.decls.retain(|placed| !is_out(&placed.plugin));
        self.structs.retain(|placed| !is_out(&placed.plugin));
        self.ports.retain(|placed| !is_out(&placed.plugin));
        self.bodies.retain(|body| !is_out(&body.port.plugin));
    }

    /// A digest of the rules and of the revision of the weaver.
    pub fn digest(&self) -> String {
        let bytes = postcard::to_stdvec(&(REVISION, self)).unwrap_or_default();
        blake3::hash(&bytes).to_hex().to_string()
    }

    /// The digest for people: short, but long enough to tell two units apart.
    pub fn short_digest(&self) -> String {
        self.digest().chars().take(16).collect()
    }

    /// The import paths that the templates may need and that goagent's own module can provide: Go's
    /// packages and its own. Those of other modules come from the package itself, which imports
    /// them.
    pub fn imports(&self) -> BTreeSet<String> {
        let mut imports = self.paths();
        if !self.bodies.is_empty() || self.rules.iter().any(|placed| !placed.rule.bare) {
            imports.insert(AGENT.to_owned());
        }
        imports.remove("unsafe");
        imports.retain(|path| !self.is_foreign(path));
        imports
    }

    /// Records the paths that goagent cannot provide though they look like Go's own: a module's
    /// name need not have a dot.
    pub fn leave_to_others(&mut self, is_of_others: impl Fn(&str) -> bool) {
        let mut paths = self.paths();
        paths.retain(|path| !is_module_path(path) && is_of_others(path));
        self.others = paths;
    }

    /// Returns true if a path can come only from the package itself, which imports it.
    pub(super) fn is_foreign(&self, path: &str) -> bool {
        is_module_path(path) || self.others.contains(path)
    }

    /// Every import path that the templates may use.
    fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        let mut add = |code: &Fragment| paths.extend(code.imports.iter().map(|import| import.path.clone()));
        for PlacedRule { rule, .. } in &self.rules {
            let anchors = rule.anchors.iter().map(|anchor| &anchor.template);
            for template in rule.enter.iter().chain(&rule.exit).chain(anchors) {
                template.variants.iter().for_each(|variant| add(&variant.code));
            }
            rule.state.iter().for_each(|var| add(&var.ty));
            rule.binds.iter().for_each(|bind| add(&bind.ty));
        }
        for placed in &self.decls {
            placed.template.variants.iter().for_each(|variant| add(&variant.code));
        }
        self.structs.iter().flat_map(|placed| &placed.item.fields).for_each(|field| add(&field.ty));
        self.ports.iter().for_each(|placed| add(&placed.item.signature));
        for PortBody { port, .. } in &self.bodies {
            add(&port.item.signature);
            add(&port.item.body);
        }
        let callees = self.rules.iter().flat_map(|placed| placed.callees.values().flatten());
        paths.extend(callees.flat_map(|callee| callee.imports.values()).cloned());
        paths
    }
}

/// A rule and the plugin it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedRule {
    /// The plugin's name.
    pub plugin: String,
    /// The number of its target block in the plugin.
    pub block: u32,
    /// True if its target has many packages: then the rule need not find a function in each.
    pub wide: bool,
    /// The functions whose calls it wraps, by name; or the reason for which their calls cannot be
    /// wrapped.
    pub callees: BTreeMap<String, Result<Callee, String>>,
    /// The state that decides if the rule is woven.
    pub state: RuleState,
    /// The rule.
    pub rule: Rule,
}

/// The states of a rule of a unit. A rule that is not woven stays in its unit because others may
/// depend on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuleState {
    /// It is woven.
    #[default]
    On,
    /// The user has switched it off.
    Disabled,
    /// Its text does not compile.
    Faulty,
}

/// A declaration and the plugin it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedDecl {
    /// The plugin's name.
    pub plugin: String,
    /// The number of its target block in the plugin: the declaration is added if a rule of that
    /// block is woven.
    pub block: u32,
    /// The declaration.
    pub template: Template,
}

/// Another item of a target (fields or a port), and the plugin it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed<T> {
    /// The plugin's name.
    pub plugin: String,
    /// The item.
    pub item: T,
}

/// A port of a package, as package main implements it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortBody {
    /// The package that calls it.
    pub package: String,
    /// The plugin and the port.
    pub port: Placed<Port>,
}
