//! Finds the functions of a package that are worth a rule.
//!
//! In: its source. Out: exported functions, and exported methods of exported types, that have a
//! body and may call another function; those that take a context come first.

use crate::modules::{GoSource, Package};
use crate::source::{Function, FunctionSelector, GoFile};

/// A function that is worth a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// True if it takes no context: functions that take one come first.
    pub without_context: bool,
    /// The name, `Do` or `Client.Do`, as `gorulec new` accepts it.
    pub name: String,
    /// Parameters and results as in its source.
    pub signature: String,
    /// Its file and line.
    pub place: String,
}

/// All candidates of a package, each name once: a function may be declared for several platforms.
pub(super) fn in_package(package: &Package) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for file in &package.files {
        let Some(go) = file.parsed() else { continue };
        found.extend(go.functions.iter().filter(|f| is_candidate(f)).map(|f| candidate(file, go, f)));
    }
    found.sort();
    found.dedup_by(|b, a| a.name == b.name);
    found
}

/// The name by which `gorulec new` accepts a function.
pub(super) fn name(function: &Function) -> String {
    match &function.receiver {
        Some(receiver) => format!("{}.{}", receiver.type_name, function.name),
        None => function.name.clone(),
    }
}

fn is_candidate(function: &Function) -> bool {
    let exported = |name: &str| name.chars().next().is_some_and(char::is_uppercase);
    let receiver = function.receiver.as_ref().is_none_or(|receiver| exported(&receiver.type_name));
    exported(&function.name) && receiver && FunctionSelector::every().mismatches(function).is_empty()
}

fn candidate(file: &GoSource, go: &GoFile, function: &Function) -> Candidate {
    let results = function.results_range.as_ref().map(|range| format!(" {}", go.slice(range)));
    let signature = format!("{}{}", go.slice(&function.params_range), results.unwrap_or_default());
    let with_context = function.params.iter().any(|param| go.slice(&param.ty) == "context.Context");
    let (line, _) = go.line_column(function.range.start);
    let base = file.source.name.rsplit('/').next().unwrap_or_default();
    Candidate {
        without_context: !with_context,
        name: name(function),
        signature: signature.split_whitespace().collect::<Vec<_>>().join(" "),
        place: format!("{base}:{line}"),
    }
}
