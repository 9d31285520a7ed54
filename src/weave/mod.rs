//! Rules + the Go files of one package → the files that are compiled instead.
//!
//! In: a [`Unit`] (rules from bundles, chosen by the plan) and the text of every Go file of the package. Out: [`Woven`]:
//! new texts, one generated file, the imports they need, and an outcome for every rule. Pure functions over text: no
//! file is opened here, no process is run. `book/src/how-it-works.md` says why woven code has this shape.

mod edits;
mod generated;
mod hooks;
mod locate;
mod outcome;
mod pattern;
mod positions;
mod signature;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::bundle::{Fragment, Import, Rule, Template};
use crate::codegen::{AGENT, RUNTIME};
use crate::version::Version;

pub use generated::GENERATED_FILE;
pub use outcome::{Outcome, Place, Skip, SkipCode};
pub use positions::Positions;

/// Raised whenever the same unit and sources would give other texts: it is part of every digest.
pub const REVISION: u32 = 4;

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
}

impl Unit {
    /// A unit without rules, for a main that only gets the start-up file.
    pub fn empty(package: &str) -> Self {
        let go = Version::default();
        Self { package: package.to_owned(), version: None, go, rules: Vec::new(), decls: Vec::new() }
    }

    /// Takes plugins out.
    pub fn leave_out(&mut self, is_out: impl Fn(&str) -> bool) {
        self.rules.retain(|placed| !is_out(&placed.plugin));
        self.decls.retain(|placed| !is_out(&placed.plugin));
    }

    /// A digest of the rules and of the revision of the weaver.
    pub fn digest(&self) -> String {
        let bytes = postcard::to_stdvec(&(REVISION, self)).unwrap_or_default();
        blake3::hash(&bytes).to_hex().to_string()
    }

    /// The import paths that its templates may need.
    pub fn imports(&self) -> BTreeSet<String> {
        let mut imports = BTreeSet::new();
        let mut add = |code: &Fragment| imports.extend(code.imports.iter().map(|import| import.path.clone()));
        for PlacedRule { rule, .. } in &self.rules {
            let anchors = rule.anchors.iter().map(|anchor| &anchor.template);
            for template in rule.enter.iter().chain(&rule.exit).chain(anchors) {
                template.variants.iter().for_each(|variant| add(&variant.code));
            }
            rule.state.iter().for_each(|var| add(&var.ty));
        }
        for placed in &self.decls {
            placed.template.variants.iter().for_each(|variant| add(&variant.code));
        }
        if self.rules.iter().any(|placed| !placed.rule.bare) {
            imports.insert(AGENT.to_owned());
        }
        imports.remove("unsafe");
        imports
    }
}

/// A rule and the plugin it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedRule {
    /// The plugin's name.
    pub plugin: String,
    /// Which of the plugin's target blocks it stands in.
    pub block: u32,
    /// The rule.
    pub rule: Rule,
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
}

impl Woven {
    /// Whether any rule was woven.
    pub fn changed(&self) -> bool {
        self.generated.is_some() || !self.files.is_empty()
    }
}

/// Weaves a package. Never fails as a whole: what cannot be woven is an outcome with its reason.
pub fn weave(unit: &Unit, files: &[SourceFile]) -> Woven {
    let mut woven = Woven::default();
    let located = locate::locate(unit, files, &mut woven.outcomes);
    let options = Options { directives: unit.package != RUNTIME, version: unit.version.as_ref() };
    let mut points = Vec::new();
    let mut blocks = BTreeSet::new();
    let mut number = 0;
    let mut name = None;
    let recovers = !locate::declares(files, "recover");
    for (index, file) in located {
        let Some(source) = files.get(index) else { continue };
        let mut writer = edits::FileWriter::new(source, &file.go, &options);
        for (placed, at) in file.chosen {
            let Some(function) = file.go.functions.get(at) else { continue };
            let target = locate::Target { placed, function, package: unit.package.as_str() };
            number += 1;
            let result = if recovers || placed.rule.bare {
                hooks::weave_function(&mut writer, &file.go, &target, number, &options)
            } else {
                Err(hooks::Refusal::OwnRecover)
            };
            let skipped = result.err().map(|refusal| refusal.skip());
            if skipped.is_none() {
                blocks.insert((placed.plugin.as_str(), placed.block));
                if !placed.rule.bare && hooks::has_hooks(&placed.rule) {
                    points.push(generated::Point::of(&target, number));
                }
            }
            woven.outcomes.push(target.outcome(skipped, writer.place(&function.range)));
        }
        if let Some((text, imports)) = writer.finish() {
            woven.imports.extend(imports.into_iter().map(|import| import.path));
            woven.files.push((index, text));
            name.get_or_insert(file.go.package_name);
        }
    }
    let mut decls: Vec<&PlacedDecl> = unit.decls.iter().collect();
    decls.retain(|decl| blocks.contains(&(decl.plugin.as_str(), decl.block)));
    add_generated(name, &decls, &points, &options, &mut woven);
    woven
}

/// What is the same for all files of a package.
struct Options<'a> {
    /// Whether `//line` directives are written.
    directives: bool,
    /// The version of the target.
    version: Option<&'a Version>,
}

fn add_generated(
    name: Option<String>,
    decls: &[&PlacedDecl],
    points: &[generated::Point],
    options: &Options<'_>,
    woven: &mut Woven,
) {
    let Some(name) = name else { return };
    if points.is_empty() && decls.is_empty() {
        return;
    }
    let (text, imports) = generated::render(&name, decls, points, options);
    woven.imports.extend(imports.into_iter().map(|import: Import| import.path));
    woven.generated = Some(text);
}

#[cfg(test)]
mod tests;
