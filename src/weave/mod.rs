//! Weaves rules into the Go files of one package: returns the files to compile instead.
//!
//! In: a [`Unit`] (rules from bundles, chosen by the plan) and the text of every Go file of the
//! package. Out: [`Woven`]: new texts, one generated file, the imports they need, and the outcomes
//! of all rules. Pure functions over text: no file is opened and no process is run here.
//! `book/src/how-it-works.md` explains why woven code has this shape.

mod added_methods;
mod anchor_text;
mod available_imports;
mod bind_by_type;
mod binding;
mod call_code;
mod calls;
mod constants;
mod depends;
mod edits;
mod fields;
mod generated;
mod hooks;
mod locate;
mod options;
mod outcome;
mod panics;
mod ports;
mod positions;
mod refusal;
mod signature;
mod sites;
mod source_file;
mod state;
mod types;
mod unit;

use std::collections::BTreeSet;

use crate::bundle::{Import, Port};
use crate::codegen::RUNTIME;

pub use added_methods::{AddedMethod, added_methods};
pub use generated::GENERATED_FILE;
pub use locate::selectors;
pub use outcome::{FunctionPlace, Outcome, Skip, SkipCode};
pub use ports::{Text, bodies};
pub use positions::Positions;
pub use source_file::GoSourceFile;
pub use unit::{Placed, PlacedDecl, PlacedRule, PortBody, REVISION, RuleState, TEMPLATE_FOLDER, Unit};

use options::WeaveOptions;

/// The result of weaving a package.
#[derive(Debug, Clone, Default)]
pub struct Woven {
    /// New texts, by the index of the file.
    pub files: Vec<(usize, String)>,
    /// One more file, called [`GENERATED_FILE`].
    pub generated: Option<String>,
    /// Import paths that the new texts need.
    pub imports: BTreeSet<String>,
    /// The outcomes of all rules.
    pub outcomes: Vec<Outcome>,
    /// The names that the added declarations declare; only for package runtime, whose functions the
    /// agent calls by name.
    pub declares: BTreeSet<String>,
}

impl Woven {
    /// Returns true if an outcome says that the rule was skipped for this reason.
    fn says(&self, placed: &PlacedRule, skip: &Skip) -> bool {
        self.outcomes.iter().any(|outcome| outcome.is_of(placed) && outcome.skipped.as_ref() == Some(skip))
    }

    /// Returns true if any file is new or changed.
    pub fn changed(&self) -> bool {
        self.generated.is_some() || !self.files.is_empty()
    }
}

/// Weaves a package. Never fails as a whole: if something cannot be woven, an outcome gives the
/// reason. If rules depend on one that cannot be woven, the package is woven again without all of
/// these.
pub fn weave(unit: &Unit, files: &[GoSourceFile]) -> Woven {
    let mut left_out = depends::LeftOutRules::new(unit);
    loop {
        let rest = left_out.rest(unit);
        let mut woven = weave_all(rest.as_ref().unwrap_or(unit), files);
        if !left_out.grow(unit, &woven.outcomes) {
            woven.outcomes.append(&mut left_out.outcomes);
            return woven;
        }
    }
}

/// Weaves every rule of a unit that can be woven.
fn weave_all(unit: &Unit, files: &[GoSourceFile]) -> Woven {
    let mut woven = Woven::default();
    let located = locate::locate(unit, files, &mut woven.outcomes);
    if located.is_empty() {
        return woven;
    }
    let options = WeaveOptions {
        imported: available_imports::AvailableImports::new(unit, files),
        types: types::Types::new(&unit.package, files),
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
    let fields = fields::Fields::new(unit, files, &options.imported);
    let writers = edits::Writers::new(files, &options);
    let mut weaver = Weaver { unit, options: &options, fields: &fields, writers };
    let mut names = PackageState::default();
    for (index, file) in located {
        weaver.file(index, &file, &mut names, &mut woven);
    }
    if names.woven.is_empty() {
        return woven; // without woven code, no field is needed
    }
    fields.add(&names.plugins(), &mut weaver.writers, &mut woven.outcomes);
    for (index, (package, writer)) in weaver.writers.into_iter() {
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
    let PackageState { package, points, .. } = names;
    let Some(package) = package else { return woven };
    if !points.is_empty() || !decls.is_empty() || !ports.text.is_empty() {
        let (text, imports) = generated::render(&package, &decls, &points, &ports, &options);
        woven.imports.extend(imports.into_iter().map(|import: Import| import.path));
        woven.generated = Some(text);
    }
    woven
}

/// The state of a package while its files are woven.
#[derive(Default)]
struct PackageState<'a> {
    /// The plugins, and their blocks, of which a rule has been woven.
    package: Option<String>,
    /// The plugins, and their blocks, of which a rule was woven.
    woven: BTreeSet<(&'a str, u32)>,
    points: Vec<generated::Point>,
    number: usize,
}

impl<'a> PackageState<'a> {
    fn plugins(&self) -> BTreeSet<&'a str> {
        self.woven.iter().map(|(plugin, _)| *plugin).collect()
    }
}

/// The weaving of a package's files, in progress.
struct Weaver<'a> {
    unit: &'a Unit,
    options: &'a WeaveOptions<'a>,
    fields: &'a fields::Fields<'a>,
    writers: edits::Writers<'a>,
}

impl<'a> Weaver<'a> {
    /// Weaves all rules that apply to functions, or to calls, of one file.
    fn file(
        &mut self,
        index: usize,
        file: &locate::LocatedFile<'a>,
        names: &mut PackageState<'a>,
        woven: &mut Woven,
    ) {
        let (unit, options, fields) = (self.unit, self.options, self.fields);
        let Some(writer) = self.writers.writer(index, &file.go) else { return };
        for (placed, at) in &file.chosen {
            let Some(function) = file.go.functions.get(*at) else { continue };
            let target = locate::FunctionMatch { placed, function, package: unit.package.as_str() };
            names.number += 1;
            let number = names.number;
            let barred = fields.barred(placed, options);
            if barred.as_ref().is_some_and(|skip| placed.wide && woven.says(placed, skip)) {
                continue; // the reason is the same for all functions of the package
            }
            let skipped = barred.or_else(|| {
                let result = hooks::weave_function(writer, &file.go, &target, number, options);
                result.err().map(|refusal| refusal.skip())
            });
            if skipped.is_none() {
                names.woven.insert((placed.plugin.as_str(), placed.block));
                if !placed.rule.bare && placed.rule.has_hooks() {
                    names.points.push(generated::Point::of_hook(&target, number));
                }
            }
            woven.outcomes.push(target.outcome(skipped, writer.place(&function.range)));
        }
        let inside = calls::CallFile { go: &file.go, options, fields };
        let done = calls::weave_calls(writer, &inside, &file.calls, &mut names.number);
        names.woven.extend(done.woven.iter().map(|placed| (placed.plugin.as_str(), placed.block)));
        names.points.extend(done.points);
        woven.outcomes.extend(done.outcomes);
    }
}

#[cfg(test)]
pub(crate) use tests::{rule, unit_of};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_added;
#[cfg(test)]
mod tests_depends;
#[cfg(test)]
mod tests_panics;
#[cfg(test)]
mod tests_refused;
