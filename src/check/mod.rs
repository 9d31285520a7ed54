//! Syntax trees → checked plugins, or every mistake in them.
//!
//! In: parsed files and, for the second layer, the source of the packages they name. Out: [`Checked`] plugins, which only
//! this module can make, and findings. Nothing is generated here.
//!
//! Two layers: [`structure`] needs no Go source, [`against`] also compares every rule with real packages.

mod called;
mod chosen;
mod cycles;
mod digest;
mod facts;
mod fields;
mod forms;
mod functions;
mod memory;
mod names;
mod obtained;
mod omitted;
mod own_names;
mod packages;
mod plugin;
mod ports;
mod promoted;
mod ranges;
mod rule;
mod scope;
mod scope_names;
mod signature;
mod tags;
mod template;
mod unfit;
mod words;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{self, Diagnostic, SourceFile, codes};
use crate::item::Item;
use crate::lock::Lock;
use crate::modules::{Home, Modules, Release};
use crate::syntax::{Parsed, ast};
use crate::version::Version;

pub use cycles::Carried;
pub use memory::Memory;
pub use omitted::{Omission, Omitted, omissions};
pub use promoted::{Promoted, promoted};

/// A plugin that has passed. There is no other way to get one than the functions of this module.
#[derive(Debug, Clone)]
pub struct Checked {
    parsed: Parsed,
}

impl Checked {
    /// What the file says.
    pub fn file(&self) -> &ast::File {
        &self.parsed.file
    }

    /// The file it was read from.
    pub fn source(&self) -> &Arc<SourceFile> {
        &self.parsed.source
    }
}

/// For each package, the versions that its rules were compared with.
pub type Compared = BTreeMap<String, BTreeSet<Version>>;

/// What rules are compared with.
pub struct Scope<'a> {
    /// Go sources.
    pub modules: &'a Modules<'a>,
    /// What was seen before; it also says which releases there are.
    pub lock: &'a Lock,
    /// What was found before on this machine.
    pub memory: &'a Memory,
    /// What is linked in, and what it imports.
    pub carried: &'a Carried,
    /// Every release there is, whatever the lock says.
    pub every: bool,
}

/// A rule, or what a target declares, and what became of it release by release.
#[derive(Debug, Clone)]
pub struct Examined {
    /// The plugin.
    pub plugin: String,
    /// The package.
    pub package: String,
    /// The module that holds it.
    pub home: Option<Home>,
    /// The rule, or what the target declares.
    pub item: Item,
    /// A digest of the text that the verdicts are about.
    pub digest: String,
    /// Lowest release first.
    pub verdicts: Vec<Verdict>,
    /// The other releases of its range that are known, lowest first.
    pub omitted: Vec<Omitted>,
    /// Why not all published releases are known, if they are not.
    pub incomplete: Option<String>,
    /// Whether no release is known above the last one that was compared.
    pub newest: bool,
}

impl Examined {
    /// The versions of its range that were not compared.
    fn unseen(&self) -> Vec<&Version> {
        self.omitted.iter().map(|one| &one.release.version).collect()
    }
}

/// What became of a rule in one release.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The release.
    pub release: Release,
    /// What keeps it from holding.
    pub problems: Vec<Diagnostic>,
    /// What is to be known of it all the same.
    pub warnings: Vec<Diagnostic>,
    /// The functions that it is for, where they were looked at.
    pub functions: Vec<Signature>,
}

/// A function of a package as it is declared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// `F`, `T.F` or `(*T).F`.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Parameters and results as written.
    pub text: String,
}

/// What checking gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The plugins without an error, in the order of their names.
    pub checked: Vec<Checked>,
    /// Everything that was found, sorted.
    pub findings: Vec<Diagnostic>,
    /// What was compared with what.
    pub examined: Vec<Examined>,
}

impl Outcome {
    /// Whether any finding stops the compilation.
    pub fn failed(&self) -> bool {
        self.findings.iter().any(Diagnostic::is_error)
    }

    /// For each package, what its rules were compared with.
    pub fn compared(&self) -> Compared {
        let mut compared = Compared::new();
        for one in &self.examined {
            let versions = one.verdicts.iter().map(|verdict| verdict.release.version.clone());
            compared.entry(one.package.clone()).or_default().extend(versions);
        }
        compared
    }
}

/// Whether the lock speaks of every rule of a file as it is now.
pub fn is_locked(parsed: &Parsed, lock: &Lock) -> bool {
    let plugin = &parsed.file.plugin;
    plugin.targets.iter().all(|target| {
        let rules = target.rules.iter().map(|rule| digest::rule(&parsed.source, plugin, target, rule));
        let declares = !(target.decls.is_empty() && target.structs.is_empty() && target.ports.is_empty());
        let decls = declares.then(|| digest::decls(&parsed.source, plugin, target));
        rules.chain(decls).all(|digest| lock.holds(&digest))
    })
}

/// Versions in a few words: all of them, or the ends of many.
pub fn shown(versions: &[String]) -> String {
    facts::shown(versions)
}

/// Whether a word means something in templates already, so that a rule should not bind it.
pub fn is_taken(word: &str) -> bool {
    words::reserved(word).is_some() || words::is_predeclared(word)
}

/// The nearest of some import paths: by the whole, or by the last element.
pub fn nearest_path<'a>(wanted: &str, known: &'a [String]) -> Option<&'a str> {
    facts::nearest_path(wanted, known)
}

/// The range of the releases that a rule was compared with and fits. It ends before each release
/// that could not be compared, and goes beyond the last one only if none is known above it.
pub fn widest(examined: &Examined) -> String {
    let holds = |v: &Verdict| (v.release.version.clone(), Some(v.problems.is_empty()));
    let unknown = examined.omitted.iter().filter(|one| one.is_unknown());
    let unknown = unknown.map(|one| (one.release.version.clone(), None));
    let mut all: Vec<_> = examined.verdicts.iter().map(holds).chain(unknown).collect();
    all.sort();
    if examined.incomplete.is_some() {
        // Nobody knows what lies between two of them.
        all = all.into_iter().flat_map(|one| [one.clone(), (one.0, None)]).collect();
    }
    let unseen = examined.unseen();
    let set = ranges::widest(&all, &unseen, examined.newest && examined.incomplete.is_none());
    if set.intervals.is_empty() { "none".to_owned() } else { set.to_string() }
}

/// Checks what needs no Go source.
pub fn structure(parsed: Vec<Parsed>) -> Outcome {
    check(parsed, None)
}

/// Checks everything, every rule against the source of the packages in its range.
pub fn against(parsed: Vec<Parsed>, scope: &Scope<'_>) -> Outcome {
    check(parsed, Some(scope))
}

fn check(mut parsed: Vec<Parsed>, scope: Option<&Scope<'_>>) -> Outcome {
    let mut outcome = Outcome::default();
    parsed.sort_by(|a, b| {
        let key = |p: &Parsed| (p.file.plugin.name.node.clone(), p.source.name.clone());
        key(a).cmp(&key(b))
    });
    duplicates(&parsed, &mut outcome.findings);
    for one in parsed {
        let mut found = Vec::new();
        plugin::check(&one, &mut found);
        if let Some(scope) = scope.filter(|scope| scope.every || !is_locked(&one, scope.lock)) {
            facts::check(&one, scope, &mut found, &mut outcome.examined);
        }
        if !found.iter().any(Diagnostic::is_error) {
            outcome.checked.push(Checked { parsed: one });
        }
        outcome.findings.extend(found);
    }
    diagnostic::sort(&mut outcome.findings);
    outcome
}

/// Two plugins of one name.
fn duplicates(sorted: &[Parsed], out: &mut Vec<Diagnostic>) {
    for (a, b) in sorted.iter().zip(sorted.iter().skip(1)) {
        let (first, second) = (&a.file.plugin.name, &b.file.plugin.name);
        if first.node == second.node {
            out.push(
                Diagnostic::new(&codes::structure::DUPLICATE_PLUGIN)
                    .with("plugin", &second.node)
                    .at(&b.source, second.span.clone(), "declared again")
                    .and(&a.source, first.span.clone(), "first declared here")
                    .help("give one of them another name"),
            );
        }
    }
}
