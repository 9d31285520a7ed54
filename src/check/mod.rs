//! Syntax trees → checked plugins, or every mistake in them.
//!
//! In: parsed files and, for the second layer, the source of the packages they name. Out: [`Checked`] plugins, which only
//! this module can make, and findings. Nothing is generated here.
//!
//! Two layers: [`structure`] needs no Go source (`goagent` runs it alone on the plugins that it carries), [`against`]
//! also compares every rule with real packages.

mod facts;
mod functions;
mod gotype;
mod names;
mod packages;
mod plugin;
mod ranges;
mod rule;
mod scope;
mod scope_names;
mod signature;
mod template;
mod uses;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{self, Diagnostic, SourceFile, codes};
use crate::modules::Modules;
use crate::syntax::{Parsed, ast};
use crate::version::Version;

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

/// What checking gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The plugins without an error, in the order of their names.
    pub checked: Vec<Checked>,
    /// Everything that was found, sorted.
    pub findings: Vec<Diagnostic>,
    /// For each package, what its rules were compared with.
    pub compared: Compared,
}

impl Outcome {
    /// Whether any finding stops the compilation.
    pub fn failed(&self) -> bool {
        self.findings.iter().any(Diagnostic::is_error)
    }
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

/// Checks what needs no Go source.
pub fn structure(parsed: Vec<Parsed>) -> Outcome {
    check(parsed, None)
}

/// Checks everything, every rule against the source of the packages in its range.
pub fn against(parsed: Vec<Parsed>, modules: &Modules<'_>) -> Outcome {
    check(parsed, Some(modules))
}

fn check(mut parsed: Vec<Parsed>, modules: Option<&Modules<'_>>) -> Outcome {
    let mut outcome = Outcome::default();
    parsed.sort_by(|a, b| {
        let key = |p: &Parsed| (p.file.plugin.name.node.clone(), p.source.name.clone());
        key(a).cmp(&key(b))
    });
    duplicates(&parsed, &mut outcome.findings);
    for one in parsed {
        let mut found = Vec::new();
        plugin::check(&one, &mut found);
        if let Some(modules) = modules {
            facts::check(&one, modules, &mut found, &mut outcome.compared);
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
