//! Finds the functions that the rules of a unit select.

use std::collections::{BTreeMap, BTreeSet};

use super::{FunctionPlace, GoSourceFile, Outcome, PlacedRule, Skip, SkipCode, Unit};
use crate::bundle::{Functions, Rule};
use crate::item::Item;
use crate::source::{Function, FunctionSelector, GoFile, Insertion, Mismatch, ReceiverType, SelectedBy};

/// A rule and a function that it fits.
pub(super) struct FunctionMatch<'a> {
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
    /// Rules for calls that may be in the file.
    pub calls: Vec<&'a PlacedRule>,
}

impl FunctionMatch<'_> {
    /// An outcome for this rule at this function.
    pub fn outcome(&self, skipped: Option<Skip>, place: FunctionPlace) -> Outcome {
        Outcome { place: Some(place), ..outcome(self.placed, self.function.display(), skipped) }
    }
}

/// The selectors of a rule, one for each name: of the functions that it applies to, or of those
/// whose calls it wraps.
pub fn selectors(rule: &Rule) -> Vec<FunctionSelector<'_>> {
    let receiver = rule.receiver.as_ref();
    let receiver = receiver.map(|one| ReceiverType { name: &one.type_name, pointer: one.pointer });
    let insertion = match &rule.functions {
        Functions::Called { .. } => Insertion::Nothing,
        _ if rule.has_hooks() => Insertion::Calls,
        _ => Insertion::Text,
    };
    let any = |by| FunctionSelector { by, params: None, results: None, insertion };
    match &rule.functions {
        Functions::Matching(glob) => vec![any(SelectedBy::Matching(glob))],
        Functions::Marked(mark) => vec![any(SelectedBy::Marked(mark))],
        Functions::Named(names) | Functions::Called { names, .. } => {
            let (params, results) = (rule.params.as_ref().map(Vec::len), rule.results.as_ref().map(Vec::len));
            let by = names.iter().map(|name| SelectedBy::Name { name, receiver });
            by.map(|by| FunctionSelector { params, results, ..any(by) }).collect()
        }
    }
}

/// The functions that a rule applies to, as the rule writes them.
pub(super) fn displays(rule: &Rule) -> Vec<String> {
    match &rule.functions {
        Functions::Called { package, .. } => vec![package.clone()],
        _ => selectors(rule).iter().map(FunctionSelector::display).collect(),
    }
}

pub(super) fn outcome(placed: &PlacedRule, function: String, skipped: Option<Skip>) -> Outcome {
    let PlacedRule { plugin, rule, .. } = placed;
    let (plugin, item, line) = (plugin.clone(), Item::Rule(rule.name.clone()), rule.line);
    Outcome { plugin, item, line, function, place: None, skipped }
}

/// Parses the files in which something may be found and finds the functions; outcomes report what
/// is not found. By index.
pub(super) fn locate<'a>(
    unit: &'a Unit,
    files: &[GoSourceFile],
    outcomes: &mut Vec<Outcome>,
) -> BTreeMap<usize, LocatedFile<'a>> {
    let mut search = FunctionSearch {
        unit,
        files,
        parsed: BTreeMap::new(),
        chosen: BTreeMap::new(),
        calls: BTreeMap::new(),
        outcomes: Vec::new(),
    };
    for placed in &unit.rules {
        match &placed.rule.functions {
            Functions::Called { package, .. } => search.called(placed, package),
            _ => selectors(&placed.rule).iter().for_each(|selector| search.find(placed, selector)),
        }
    }
    outcomes.append(&mut search.outcomes);
    let FunctionSearch { mut parsed, mut chosen, mut calls, .. } = search;
    let indices: BTreeSet<usize> = chosen.keys().chain(calls.keys()).copied().collect();
    let located = indices.into_iter().filter_map(|index| {
        let go = parsed.remove(&index).flatten()?;
        let chosen = chosen.remove(&index).unwrap_or_default();
        Some((index, LocatedFile { go, chosen, calls: calls.remove(&index).unwrap_or_default() }))
    });
    located.collect()
}

struct FunctionSearch<'a, 'f> {
    unit: &'a Unit,
    files: &'f [GoSourceFile],
    /// `None` if the file cannot be parsed.
    parsed: BTreeMap<usize, Option<GoFile>>,
    chosen: BTreeMap<usize, Vec<(&'a PlacedRule, usize)>>,
    calls: BTreeMap<usize, Vec<&'a PlacedRule>>,
    outcomes: Vec<Outcome>,
}

impl<'a> FunctionSearch<'a, '_> {
    /// Finds the functions that a selector of a rule means: those that fit are woven, for the
    /// others the reason is reported.
    fn find(&mut self, placed: &'a PlacedRule, selector: &FunctionSelector<'_>) {
        let is_named = matches!(selector.by, SelectedBy::Name { .. });
        let (mut unread, mut is_there) = (Vec::new(), false);
        for (index, file) in self.files.iter().enumerate() {
            if file.is_test() || !selector.may_be_in(&file.text) {
                continue;
            }
            let Some(go) = parse(&mut self.parsed, index, file) else {
                unread.push(unreadable(file));
                continue;
            };
            for (at, function) in go.functions.iter().enumerate().filter(|(_, f)| selector.means(f)) {
                is_there = true;
                let Some(mismatch) = selector.mismatches(function).first().copied() else {
                    self.chosen.entry(index).or_default().push((placed, at));
                    continue;
                };
                let shown = if is_named { selector.display() } else { function.display() };
                let skipped = outcome(placed, shown, Some(skip(mismatch, "the function")));
                if !self.outcomes.contains(&skipped) {
                    self.outcomes.push(skipped);
                }
            }
        }
        // A function that is found by its name is in no other file.
        unread.truncate(if is_named { usize::from(!is_there) } else { usize::MAX });
        if !is_there && !placed.wide && (unread.is_empty() || !is_named) {
            let shown =
                if is_named { format!("function {}", selector.display()) } else { "such function".into() };
            let why = format!("{} has no {shown} for this platform", self.unit.package);
            unread.push(SkipCode::NotFound.because(why));
        }
        let skipped = unread.into_iter().map(|why| outcome(placed, selector.display(), Some(why)));
        self.outcomes.extend(skipped);
    }

    /// Finds the files that import the package whose calls a rule wraps.
    fn called(&mut self, placed: &'a PlacedRule, package: &str) {
        for (index, file) in self.files.iter().enumerate() {
            if file.is_test() || !file.text.contains(package) {
                continue;
            }
            match parse(&mut self.parsed, index, file) {
                Some(_) => self.calls.entry(index).or_default().push(placed),
                None => self.outcomes.push(outcome(placed, package.to_owned(), Some(unreadable(file)))),
            }
        }
    }
}

/// Returns true if a package declares a name at its top level. Only files in which that looks
/// possible are parsed.
pub(super) fn declares(files: &[GoSourceFile], name: &str) -> bool {
    let before = ["func ", "var ", "const ", "type "].map(|keyword| format!("{keyword}{name}"));
    let grouped = [" ", ","].map(|behind| format!("\t{name}{behind}"));
    let likely = |file: &&GoSourceFile| before.iter().chain(&grouped).any(|text| file.text.contains(text));
    let declared = |file: &GoSourceFile| {
        let Ok(go) = GoFile::parse(file.text.clone()) else { return false };
        go.find(None, name).next().is_some()
            || go.values.iter().any(|value| value == name)
            || go.types.iter().any(|ty| ty.name == name)
    };
    files.iter().filter(likely).any(declared)
}

fn unreadable(file: &GoSourceFile) -> Skip {
    SkipCode::NotUnderstood.because(format!("{} cannot be parsed", file.path))
}

fn parse<'p>(
    parsed: &'p mut BTreeMap<usize, Option<GoFile>>,
    index: usize,
    file: &GoSourceFile,
) -> Option<&'p GoFile> {
    parsed.entry(index).or_insert_with(|| GoFile::parse(file.text.clone()).ok()).as_ref()
}

/// The reason for which nothing is woven into a function that a rule means, or around its calls.
/// `it` is the reason's name for the function.
pub(super) fn skip(mismatch: Mismatch<'_>, it: &str) -> Skip {
    let kind = |pointer: bool| if pointer { "a pointer" } else { "a value" };
    let count = |what: &str, has: usize, wanted: usize| {
        let why = format!("{it} has {has} {what} here, the rule binds {wanted}");
        SkipCode::OtherSignature.because(why)
    };
    match mismatch {
        Mismatch::NotSelected | Mismatch::OtherReceiver => {
            SkipCode::NotFound.because("the rule is for another function")
        }
        Mismatch::ReceiverKind { pointer } => {
            let (has, wanted) = (kind(pointer), kind(!pointer));
            let why = format!("{it} has {has} receiver here, the rule has {wanted}");
            SkipCode::OtherSignature.because(why)
        }
        Mismatch::Params { has, wanted } => count("parameters", has, wanted),
        Mismatch::Results { has, wanted } => count("results", has, wanted),
        Mismatch::NoBody => {
            let why = format!("{it} has no body: it is written in assembly or linked by name");
            SkipCode::NoBody.because(why)
        }
        Mismatch::NotUnderstood => {
            SkipCode::NotUnderstood.because("the function's syntax was not understood")
        }
        Mismatch::ForbidsCalls(directive) => SkipCode::NoCalls.because(format!(
            "{it} is marked //{directive}: nothing that may grow the stack can be called in it"
        )),
    }
}
