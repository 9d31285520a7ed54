//! Rules + the Go files of one package → the files that are compiled instead.
//!
//! In: a [`Unit`] (rules from bundles, chosen by the plan) and the text of every Go file of the package. Out: [`Woven`]:
//! new texts, one generated file, the imports they need, and an outcome for every rule. Pure functions over text: no
//! file is opened here, no process is run. `book/src/how-it-works.md` says why woven code has this shape.

mod absent;
mod added_methods;
mod anchor_text;
mod bound;
mod call_code;
mod calls;
mod constants;
mod depends;
mod edits;
mod fields;
mod generated;
mod hooks;
mod imported;
mod locate;
mod outcome;
mod ports;
mod positions;
mod signature;
mod sites;
mod state;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::bundle::{Fragment, Import, Port, Rule, StructExt, Template};
use crate::codegen::{AGENT, RUNTIME};
use crate::source::{Callee, GoFile, is_module_path};
use crate::version::Version;

pub use absent::without_absent;
pub use added_methods::{AddedMethod, added_methods};
pub use generated::GENERATED_FILE;
pub use locate::selectors;
pub use outcome::{Outcome, Place, Skip, SkipCode};
pub use ports::{PortBody, Text, bodies};
pub use positions::Positions;

/// Raised whenever the same unit and sources would give other texts: it is part of every digest.
pub const REVISION: u32 = 11;

/// The folder in which line directives say that templates are. The linked-in module looks for it in stack traces.
pub const TEMPLATE_FOLDER: &str = "goagent/plugins/";

/// What line directives call the file of a plugin.
fn template_file(plugin: &str) -> String {
    format!("{TEMPLATE_FOLDER}{plugin}.gorule")
}

/// What is to be woven into one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The import path.
    pub package: String,
    /// The version of its module; Go's, for the standard library; `None` where a folder replaces it.
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
    /// Import paths that look like Go's own and are not: of modules, or of packages that this Go does not have.
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

    /// Takes plugins out.
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

    /// The same for people: long enough to tell two apart.
    pub fn short_digest(&self) -> String {
        self.digest().chars().take(16).collect()
    }

    /// The import paths that its templates may need and that goagent's own module can give: Go's packages and its own.
    /// Those of other modules come from the package itself, which imports them.
    pub fn imports(&self) -> BTreeSet<String> {
        let mut imports = self.paths();
        if !self.bodies.is_empty() || self.rules.iter().any(|placed| !placed.rule.bare) {
            imports.insert(AGENT.to_owned());
        }
        imports.remove("unsafe");
        imports.retain(|path| !self.is_foreign(path));
        imports
    }

    /// Tells which paths goagent cannot give though they look like Go's own: a module's name need not have a dot.
    pub fn leave_to_others(&mut self, is_of_others: impl Fn(&str) -> bool) {
        let mut paths = self.paths();
        paths.retain(|path| !is_module_path(path) && is_of_others(path));
        self.others = paths;
    }

    /// Whether a path can come only from the package itself, which imports it.
    fn is_foreign(&self, path: &str) -> bool {
        is_module_path(path) || self.others.contains(path)
    }

    /// Everything that its templates may import.
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
    /// Which of the plugin's target blocks it stands in.
    pub block: u32,
    /// Whether its target is for many packages: then it need not find a function in each.
    pub wide: bool,
    /// The functions around whose calls it is, by name; or why nothing can be put around these.
    pub callees: BTreeMap<String, Result<Callee, String>>,
    /// Whether it is woven at all.
    pub state: State,
    /// The rule.
    pub rule: Rule,
}

/// Whether a rule of a unit is woven. One that is not stays in its unit where others depend on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// It is.
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
    /// Which of the plugin's target blocks it stands in: it is added where a rule of that block is woven.
    pub block: u32,
    /// The declaration.
    pub template: Template,
}

/// What else a target says, and the plugin it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed<T> {
    /// The plugin's name.
    pub plugin: String,
    /// It.
    pub item: T,
}

/// One Go file of the package, as the compiler was to see it.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path that the compiler was given.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Reads the Go files of a package from a folder.
pub fn read_sources(dir: &str, files: &[String]) -> std::io::Result<Vec<SourceFile>> {
    let read = |name: &String| {
        let path = camino::Utf8Path::new(dir).join(name);
        Ok(SourceFile { text: fs_err::read_to_string(&path)?, path: path.into_string() })
    };
    files.iter().map(read).collect()
}

/// What weaving a package gave.
#[derive(Debug, Clone, Default)]
pub struct Woven {
    /// New texts, by the index of the file.
    pub files: Vec<(usize, String)>,
    /// One more file, called [`GENERATED_FILE`].
    pub generated: Option<String>,
    /// Import paths that the new texts need.
    pub imports: BTreeSet<String>,
    /// What became of every rule.
    pub outcomes: Vec<Outcome>,
    /// The functions that the added declarations declare; only for package runtime, where the agent
    /// calls them by name.
    pub declares: BTreeSet<String>,
}

impl Woven {
    /// Whether an outcome says this of a rule.
    fn says(&self, placed: &PlacedRule, skip: &Skip) -> bool {
        self.outcomes.iter().any(|outcome| outcome.is_of(placed) && outcome.skipped.as_ref() == Some(skip))
    }

    /// Whether any rule was woven.
    pub fn changed(&self) -> bool {
        self.generated.is_some() || !self.files.is_empty()
    }
}

/// Weaves a package. Never fails as a whole: what cannot be woven is an outcome with its reason.
/// Where rules depend on one that cannot, all are woven once more without these.
pub fn weave(unit: &Unit, files: &[SourceFile]) -> Woven {
    let mut left_out = depends::LeftOut::of(unit);
    loop {
        let rest = left_out.rest(unit);
        let mut woven = weave_all(rest.as_ref().unwrap_or(unit), files);
        if !left_out.grow(unit, &woven.outcomes) {
            woven.outcomes.append(&mut left_out.outcomes);
            return woven;
        }
    }
}

/// Weaves all rules of a unit that can be.
fn weave_all(unit: &Unit, files: &[SourceFile]) -> Woven {
    let mut woven = Woven::default();
    let located = locate::locate(unit, files, &mut woven.outcomes);
    if located.is_empty() {
        return woven;
    }
    let options = Options {
        imported: imported::Imported::of(unit, files),
        types: types::Types::of(&unit.package, files),
        recovers: !locate::declares(files, "recover"),
        guarded: unit
            .ports
            .iter()
            .filter(|port| !port.item.written)
            .map(|port| port.plugin.as_str())
            .collect(),
        directives: unit.package != RUNTIME,
        package: &unit.package,
        version: unit.version.as_ref(),
    };
    let fields = fields::Fields::of(unit, files, &options.imported);
    let mut weaver = Weaver { unit, files, options: &options, fields: &fields, writers: BTreeMap::new() };
    let mut names = Names::default();
    for (index, file) in located {
        weaver.file(index, &file, &mut names, &mut woven);
    }
    if names.woven.is_empty() {
        return woven; // what is not woven needs no field
    }
    fields.add(&names.plugins(), &mut weaver, &mut woven.outcomes);
    let Weaver { writers, .. } = weaver;
    for (index, (package, writer)) in writers {
        if let Some((text, imports)) = writer.finish() {
            woven.imports.extend(imports.into_iter().map(|import| import.path));
            woven.files.push((index, text));
            names.package.get_or_insert(package);
        }
    }
    let mut decls: Vec<&PlacedDecl> = unit.decls.iter().collect();
    decls.retain(|decl| names.woven.contains(&(decl.plugin.as_str(), decl.block)));
    if unit.package == RUNTIME {
        let texts = decls.iter().filter_map(|decl| decl.template.at(unit.version.as_ref()));
        woven.declares = texts.flat_map(depends::names).collect();
    }
    let plugins = names.plugins();
    let ports: Vec<&Placed<Port>> =
        unit.ports.iter().filter(|port| plugins.contains(port.plugin.as_str())).collect();
    woven.outcomes.extend(ports.iter().filter_map(|port| ports::outcome(port)));
    let ports = ports::callers(&options, ports.into_iter());
    let Names { package, points, .. } = names;
    let Some(package) = package else { return woven };
    if !points.is_empty() || !decls.is_empty() || !ports.text.is_empty() {
        let (text, imports) = generated::render(&package, &decls, &points, &ports, &options);
        woven.imports.extend(imports.into_iter().map(|import: Import| import.path));
        woven.generated = Some(text);
    }
    woven
}

/// What is known of a package while its files are woven.
#[derive(Default)]
struct Names<'a> {
    /// The name in its package clause.
    package: Option<String>,
    /// The plugins, and their blocks, of which a rule was woven.
    woven: BTreeSet<(&'a str, u32)>,
    points: Vec<generated::Point>,
    number: usize,
}

impl<'a> Names<'a> {
    fn plugins(&self) -> BTreeSet<&'a str> {
        self.woven.iter().map(|(plugin, _)| *plugin).collect()
    }
}

/// Files in the making.
struct Weaver<'a> {
    unit: &'a Unit,
    files: &'a [SourceFile],
    options: &'a Options<'a>,
    fields: &'a fields::Fields<'a>,
    /// By the index of the file, with the name of its package.
    writers: BTreeMap<usize, (String, edits::FileWriter<'a>)>,
}

impl<'a> Weaver<'a> {
    /// The new text of a file; `None`: there is no such file.
    fn writer(&mut self, index: usize, go: &GoFile) -> Option<&mut edits::FileWriter<'a>> {
        let source = self.files.get(index)?;
        let new = || (go.package_name.clone(), edits::FileWriter::new(source, go, self.options));
        Some(&mut self.writers.entry(index).or_insert_with(new).1)
    }

    /// Weaves all rules that are for functions of one file.
    fn file(
        &mut self,
        index: usize,
        file: &locate::LocatedFile<'a>,
        names: &mut Names<'a>,
        woven: &mut Woven,
    ) {
        let (unit, options, fields) = (self.unit, self.options, self.fields);
        let Some(writer) = self.writer(index, &file.go) else { return };
        for (placed, at) in &file.chosen {
            let Some(function) = file.go.functions.get(*at) else { continue };
            let target = locate::Target { placed, function, package: unit.package.as_str() };
            names.number += 1;
            let number = names.number;
            let barred = barred(placed, fields, options);
            if barred.as_ref().is_some_and(|skip| placed.wide && woven.says(placed, skip)) {
                continue; // it is the same for all functions of the package
            }
            let skipped = barred.or_else(|| {
                let result = hooks::weave_function(writer, &file.go, &target, number, options);
                result.err().map(|refusal| refusal.skip())
            });
            if skipped.is_none() {
                names.woven.insert((placed.plugin.as_str(), placed.block));
                if !placed.rule.bare && hooks::has_hooks(&placed.rule) {
                    names.points.push(generated::Point::of(&target, number));
                }
            }
            woven.outcomes.push(target.outcome(skipped, writer.place(&function.range)));
        }
        let inside = calls::File { go: &file.go, options, fields };
        let done = calls::weave_calls(writer, &inside, &file.calls, &mut names.number);
        names.woven.extend(done.woven.iter().map(|placed| (placed.plugin.as_str(), placed.block)));
        names.points.extend(done.points);
        woven.outcomes.extend(done.outcomes);
    }
}

/// Why a rule cannot be woven anywhere in the package.
fn barred(placed: &PlacedRule, fields: &fields::Fields<'_>, options: &Options<'_>) -> Option<Skip> {
    let has_guard = !placed.rule.bare || options.guarded.contains(placed.plugin.as_str());
    let own_recover = || (!options.recovers && has_guard).then(|| hooks::Refusal::OwnRecover.skip());
    fields.missing(&placed.plugin).cloned().or_else(own_recover).or_else(|| options.imported.barred(placed))
}

/// What is the same for all files of a package.
struct Options<'a> {
    /// What can be imported there.
    imported: imported::Imported<'a>,
    /// What the names of its types mean.
    types: types::Types<'a>,
    /// Whether the package has Go's own `recover`.
    recovers: bool,
    /// The plugins whose `decl`s have guards, since bare rules call them.
    guarded: BTreeSet<&'a str>,
    /// Whether `//line` directives are written.
    directives: bool,
    /// The import path of the package.
    package: &'a str,
    /// The version of the target.
    version: Option<&'a Version>,
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_added;
#[cfg(test)]
mod tests_depends;
#[cfg(test)]
mod tests_refused;
