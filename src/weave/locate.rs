//! Finds the functions that the rules of a unit speak of.

use std::collections::BTreeMap;

use super::{Outcome, PlacedRule, SourceFile, Unit};
use crate::bundle::Rule;
use crate::source::{Function, GoFile};

/// A rule and the function it was found to fit.
pub(super) struct Target<'a> {
    /// The rule.
    pub placed: &'a PlacedRule,
    /// The function.
    pub function: Function,
    /// The import path of the package.
    pub package: &'a str,
}

/// A parsed file and what is to be done in it.
pub(super) struct LocatedFile<'a> {
    pub go: GoFile,
    pub targets: Vec<Target<'a>>,
}

/// The files in which something is to be done, by index.
pub(super) struct Located<'a> {
    pub files: BTreeMap<usize, LocatedFile<'a>>,
}

impl Target<'_> {
    /// An outcome for this rule at this function.
    pub fn outcome(&self, skipped: Option<String>) -> Outcome {
        outcome(self.placed, &self.function.name, skipped)
    }
}

/// `(*T).F`, `T.F` or `F`.
pub(super) fn display(rule: &Rule, function: &str) -> String {
    match &rule.receiver {
        Some(receiver) if receiver.pointer => format!("(*{}).{function}", receiver.type_name),
        Some(receiver) => format!("{}.{function}", receiver.type_name),
        None => function.to_owned(),
    }
}

fn outcome(placed: &PlacedRule, function: &str, skipped: Option<String>) -> Outcome {
    Outcome {
        plugin: placed.plugin.clone(),
        rule: placed.rule.name.clone(),
        function: display(&placed.rule, function),
        skipped,
    }
}

/// Parses the files that mention a wanted name and finds the functions; what is not found is an outcome.
pub(super) fn locate<'a>(unit: &'a Unit, files: &[SourceFile], outcomes: &mut Vec<Outcome>) -> Located<'a> {
    let mut parsed: BTreeMap<usize, Option<GoFile>> = BTreeMap::new();
    let mut located = Located { files: BTreeMap::new() };
    for placed in &unit.rules {
        for name in &placed.rule.functions {
            let mut reason = None;
            let mut found = false;
            for (index, file) in files.iter().enumerate() {
                if !mentions(&file.text, name) {
                    continue;
                }
                let go = parsed.entry(index).or_insert_with(|| GoFile::parse(file.text.clone()).ok());
                let Some(go) = go else {
                    reason = Some(format!("{} cannot be parsed", file.path));
                    continue;
                };
                for function in go.functions.iter().filter(|f| f.name == *name) {
                    match fits(&placed.rule, function) {
                        Ok(true) => {
                            found = true;
                            let target =
                                Target { placed, function: function.clone(), package: unit.package.as_str() };
                            let entry = located
                                .files
                                .entry(index)
                                .or_insert_with(|| LocatedFile { go: go.clone(), targets: Vec::new() });
                            entry.targets.push(target);
                        }
                        Ok(false) => {}
                        Err(why) => reason = Some(why),
                    }
                }
            }
            if !found {
                let why = reason.unwrap_or_else(|| {
                    format!(
                        "{} has no function {} for this platform",
                        unit.package,
                        display(&placed.rule, name)
                    )
                });
                outcomes.push(outcome(placed, name, Some(why)));
            }
        }
    }
    located
}

/// Whether `func` and the name both stand in a text, so that parsing it may be worth while.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.as_bytes().get(at.wrapping_sub(1));
        let after = text.as_bytes().get(at + name.len());
        before == Some(&b' ') && matches!(after, Some(b'(' | b'[' | b' '))
    })
}

/// Whether a function of that name is the one the rule means; the reason where it nearly is.
fn fits(rule: &Rule, function: &Function) -> Result<bool, String> {
    let right = match (&rule.receiver, &function.receiver) {
        (None, None) => true,
        (Some(wanted), Some(has)) if wanted.type_name == has.type_name => {
            if wanted.pointer != has.pointer {
                return Err(format!(
                    "{} has {} receiver here, the rule has {}",
                    function.name,
                    kind(has.pointer),
                    kind(wanted.pointer)
                ));
            }
            true
        }
        _ => false,
    };
    if !right {
        return Ok(false);
    }
    if let Some(params) = rule.params.as_ref().filter(|p| p.len() != function.params.len()) {
        return Err(counts("parameters", function.params.len(), params.len()));
    }
    if let Some(results) = rule.results.as_ref().filter(|r| r.len() != function.results.len()) {
        return Err(counts("results", function.results.len(), results.len()));
    }
    if function.body.is_none() {
        return Err("the function has no body: it is written in assembly or linked by name".to_owned());
    }
    if !function.clean {
        return Err("the function's syntax was not understood".to_owned());
    }
    let hooks = rule.enter.is_some() || rule.exit.is_some();
    if let Some(directive) = function.directives.iter().find(|d| hooks && forbids_calls(d)) {
        return Err(format!(
            "the function is marked //{directive}: nothing that may grow the stack can be called in it"
        ));
    }
    Ok(true)
}

fn kind(pointer: bool) -> &'static str {
    if pointer { "a pointer" } else { "a value" }
}

fn counts(what: &str, has: usize, wanted: usize) -> String {
    format!("the function has {has} {what} here, the rule binds {wanted}")
}

fn forbids_calls(directive: &str) -> bool {
    matches!(directive, "go:nosplit" | "go:systemstack" | "go:nowritebarrier" | "go:nowritebarrierrec")
}

/// The name in the package clause, without parsing the rest where the clause is easily found.
pub(super) fn package_name(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("package "))?;
    let name = line.strip_prefix("package ")?.split([' ', ';', '/', '\t']).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}
