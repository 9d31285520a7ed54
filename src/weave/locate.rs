//! Finds the functions that the rules of a unit speak of.

use std::collections::{BTreeMap, BTreeSet};

use super::{Outcome, Place, PlacedRule, Skip, SkipCode, SourceFile, Unit};
use crate::bundle::{Functions, Rule};
use crate::source::{Function, GoFile, pattern};

/// A rule and the function it was found to fit.
pub(super) struct Target<'a> {
    /// The rule.
    pub placed: &'a PlacedRule,
    /// The function.
    pub function: &'a Function,
    /// The import path of the package.
    pub package: &'a str,
}

/// A parsed file, and the rules to weave into its functions: each with the function's index.
pub(super) struct LocatedFile<'a> {
    pub go: GoFile,
    pub chosen: Vec<(&'a PlacedRule, usize)>,
    /// Rules for calls that may stand in the file.
    pub calls: Vec<&'a PlacedRule>,
}

impl Target<'_> {
    /// An outcome for this rule at this function.
    pub fn outcome(&self, skipped: Option<Skip>, place: Place) -> Outcome {
        Outcome { place: Some(place), ..outcome(self.placed, self.function.display(), skipped) }
    }
}

/// `(*T).F`, `T.F` or `F`, as the rule means it.
fn display(rule: &Rule, function: &str) -> String {
    match &rule.receiver {
        Some(receiver) if receiver.pointer => format!("(*{}).{function}", receiver.type_name),
        Some(receiver) => format!("{}.{function}", receiver.type_name),
        None => function.to_owned(),
    }
}

/// The functions that a rule is for, as it means them.
pub(super) fn displays(rule: &Rule) -> Vec<String> {
    match &rule.functions {
        Functions::Named(names) => names.iter().map(|name| display(rule, name)).collect(),
        Functions::Called { package, .. } => vec![package.clone()],
        Functions::Matching(text) | Functions::Marked(text) => vec![text.clone()],
    }
}

pub(super) fn outcome(placed: &PlacedRule, function: String, skipped: Option<Skip>) -> Outcome {
    let PlacedRule { plugin, rule, .. } = placed;
    let (plugin, rule, line) = (plugin.clone(), rule.name.clone(), rule.line);
    Outcome { plugin, rule, line, function, place: None, skipped }
}

/// Parses the files in which something may be found and finds the functions; what is not found is an outcome. By index.
pub(super) fn locate<'a>(
    unit: &'a Unit,
    files: &[SourceFile],
    outcomes: &mut Vec<Outcome>,
) -> BTreeMap<usize, LocatedFile<'a>> {
    let mut search = Search {
        unit,
        files,
        parsed: BTreeMap::new(),
        chosen: BTreeMap::new(),
        calls: BTreeMap::new(),
        outcomes: Vec::new(),
    };
    for placed in &unit.rules {
        match &placed.rule.functions {
            Functions::Named(names) => names.iter().for_each(|name| search.named(placed, name)),
            Functions::Called { package, .. } => search.called(placed, package),
            Functions::Matching(glob) => {
                search.selected(placed, "func ", glob, |function| pattern::fits(glob, &function.display()));
            }
            Functions::Marked(mark) => {
                let mark = mark.strip_prefix("//").unwrap_or(mark);
                search.selected(placed, mark, mark, |function| function.mark(mark).is_some());
            }
        }
    }
    outcomes.append(&mut search.outcomes);
    let Search { mut parsed, mut chosen, mut calls, .. } = search;
    let indices: BTreeSet<usize> = chosen.keys().chain(calls.keys()).copied().collect();
    let located = indices.into_iter().filter_map(|index| {
        let go = parsed.remove(&index).flatten()?;
        let chosen = chosen.remove(&index).unwrap_or_default();
        Some((index, LocatedFile { go, chosen, calls: calls.remove(&index).unwrap_or_default() }))
    });
    located.collect()
}

struct Search<'a, 'f> {
    unit: &'a Unit,
    files: &'f [SourceFile],
    /// `None`: it cannot be parsed.
    parsed: BTreeMap<usize, Option<GoFile>>,
    chosen: BTreeMap<usize, Vec<(&'a PlacedRule, usize)>>,
    calls: BTreeMap<usize, Vec<&'a PlacedRule>>,
    outcomes: Vec<Outcome>,
}

impl<'a> Search<'a, '_> {
    /// The functions of one name that a rule asks for by name.
    fn named(&mut self, placed: &'a PlacedRule, name: &str) {
        let mut reason = None;
        let mut found = false;
        for (index, file) in self.files.iter().enumerate() {
            if is_test(file) || !mentions(&file.text, name) {
                continue;
            }
            let Some(go) = parse(&mut self.parsed, index, file) else {
                reason = Some(unreadable(file));
                continue;
            };
            for (at, function) in go.functions.iter().enumerate().filter(|(_, f)| f.name == name) {
                match fits(&placed.rule, function) {
                    Ok(true) => {
                        found = true;
                        self.chosen.entry(index).or_default().push((placed, at));
                    }
                    Ok(false) => {}
                    Err(why) => reason = Some(why),
                }
            }
        }
        let may_be_absent = placed.wide && reason.is_none();
        if !found && !may_be_absent {
            let shown = display(&placed.rule, name);
            let why = reason.unwrap_or_else(|| {
                SkipCode::NotFound
                    .because(format!("{} has no function {shown} for this platform", self.unit.package))
            });
            self.outcomes.push(outcome(placed, shown, Some(why)));
        }
    }

    /// The files that import the package whose calls a rule is for.
    fn called(&mut self, placed: &'a PlacedRule, package: &str) {
        for (index, file) in self.files.iter().enumerate() {
            if is_test(file) || !file.text.contains(package) {
                continue;
            }
            match parse(&mut self.parsed, index, file) {
                Some(_) => self.calls.entry(index).or_default().push(placed),
                None => self.outcomes.push(outcome(placed, package.to_owned(), Some(unreadable(file)))),
            }
        }
    }

    /// All functions that a rule selects; those without a body are nobody's.
    fn selected(
        &mut self,
        placed: &'a PlacedRule,
        needs: &str,
        what: &str,
        wanted: impl Fn(&Function) -> bool,
    ) {
        let mut found = false;
        for (index, file) in self.files.iter().enumerate() {
            if is_test(file) || !file.text.contains(needs) {
                continue;
            }
            let Some(go) = parse(&mut self.parsed, index, file) else {
                self.outcomes.push(outcome(placed, what.to_owned(), Some(unreadable(file))));
                continue;
            };
            let bodies = go.functions.iter().enumerate().filter(|(_, f)| f.body.is_some() && wanted(f));
            for (at, function) in bodies {
                found = true;
                match can_be_woven(&placed.rule, function) {
                    Ok(()) => self.chosen.entry(index).or_default().push((placed, at)),
                    Err(why) => self.outcomes.push(outcome(placed, function.display(), Some(why))),
                }
            }
        }
        if !found && !placed.wide {
            let why = format!("{} has no such function for this platform", self.unit.package);
            let why = SkipCode::NotFound.because(why);
            self.outcomes.push(outcome(placed, what.to_owned(), Some(why)));
        }
    }
}

/// Whether a package declares a name at its top level. Only files in which that looks possible are parsed.
pub(super) fn declares(files: &[SourceFile], name: &str) -> bool {
    let before = ["func ", "var ", "const ", "type "].map(|keyword| format!("{keyword}{name}"));
    let grouped = [" ", ","].map(|behind| format!("\t{name}{behind}"));
    let likely = |file: &&SourceFile| before.iter().chain(&grouped).any(|text| file.text.contains(text));
    let declared = |file: &SourceFile| {
        let Ok(go) = GoFile::parse(file.text.clone()) else { return false };
        go.find(None, name).next().is_some()
            || go.values.iter().any(|value| value == name)
            || go.types.iter().any(|ty| ty.name == name)
    };
    files.iter().filter(likely).any(declared)
}

fn unreadable(file: &SourceFile) -> Skip {
    SkipCode::NotUnderstood.because(format!("{} cannot be parsed", file.path))
}

/// Functions of tests are no rule's business: a package and its test variant are woven alike.
pub(super) fn is_test(file: &SourceFile) -> bool {
    file.path.ends_with("_test.go")
}

fn parse<'p>(
    parsed: &'p mut BTreeMap<usize, Option<GoFile>>,
    index: usize,
    file: &SourceFile,
) -> Option<&'p GoFile> {
    parsed.entry(index).or_insert_with(|| GoFile::parse(file.text.clone()).ok()).as_ref()
}

/// Whether `func` and the name both stand in a text, so that parsing it may be worth while.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.as_bytes().get(at.wrapping_sub(1));
        let after = text.as_bytes().get(at + name.len());
        matches!(before, Some(b' ' | b'\t' | b')')) && matches!(after, Some(b'(' | b'[' | b' ' | b'\t'))
    })
}

/// Whether a function of that name is the one the rule means; the reason where it nearly is.
fn fits(rule: &Rule, function: &Function) -> Result<bool, Skip> {
    let right = match (&rule.receiver, &function.receiver) {
        (None, None) => true,
        (Some(wanted), Some(has)) if wanted.type_name == has.type_name => {
            if wanted.pointer != has.pointer {
                return Err(SkipCode::OtherSignature.because(format!(
                    "{} has {} receiver here, the rule has {}",
                    function.name,
                    kind(has.pointer),
                    kind(wanted.pointer)
                )));
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
    can_be_woven(rule, function).map(|()| true)
}

/// Why nothing can be put into a function.
fn can_be_woven(rule: &Rule, function: &Function) -> Result<(), Skip> {
    if function.body.is_none() {
        let why = "the function has no body: it is written in assembly or linked by name";
        return Err(SkipCode::NoBody.because(why));
    }
    if !function.clean {
        return Err(SkipCode::NotUnderstood.because("the function's syntax was not understood"));
    }
    let hooks = rule.enter.is_some() || rule.exit.is_some();
    if let Some(directive) = function.directives.iter().find(|d| hooks && forbids_calls(d)) {
        let why = format!(
            "the function is marked //{directive}: nothing that may grow the stack can be called in it"
        );
        return Err(SkipCode::NoCalls.because(why));
    }
    Ok(())
}

fn kind(pointer: bool) -> &'static str {
    if pointer { "a pointer" } else { "a value" }
}

fn counts(what: &str, has: usize, wanted: usize) -> Skip {
    let why = format!("the function has {has} {what} here, the rule binds {wanted}");
    SkipCode::OtherSignature.because(why)
}

pub(super) fn forbids_calls(directive: &str) -> bool {
    matches!(directive, "go:nosplit" | "go:systemstack" | "go:nowritebarrier" | "go:nowritebarrierrec")
}
