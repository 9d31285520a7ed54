//! Finds the names by which woven code reaches the receiver, parameters and results of a function.
//!
//! Those without a usable name are given one, in place.

use std::ops::Range;

use super::bind_by_type;
use super::binding::{Binding, SignatureList, given_name};
use super::edits::Edit;
use super::locate::FunctionMatch;
use super::types::{ContextHolder, Types};
use crate::bundle::{self, Bind, Functions};
use crate::source::{Function, GoFile, GoParam};

/// Names for the type parameters that are written as `_`, of the function and of its receiver.
pub(super) struct BlankTypes(Vec<(Range<usize>, String)>);

impl BlankTypes {
    pub fn new(function: &Function) -> Self {
        let receiver = function.receiver.iter().flat_map(|r| &r.blank_type_params);
        let ranges = receiver.chain(&function.blank_type_params).cloned();
        Self(ranges.enumerate().map(|(i, range)| (range, format!("goagent_type_{i}"))).collect())
    }

    /// A part of the file with the names in it.
    pub fn fill(&self, go: &GoFile, part: &Range<usize>) -> String {
        let mut out = String::new();
        let mut done = part.start;
        for (range, name) in
            self.0.iter().filter(|(range, _)| part.start <= range.start && range.end <= part.end)
        {
            out.push_str(go.slice(&(done..range.start)));
            out.push_str(name);
            done = range.end;
        }
        out.push_str(go.slice(&(done..part.end)));
        out
    }

    pub fn edits(&self) -> impl Iterator<Item = Edit> {
        self.0.iter().map(|(range, name)| Edit { range: range.clone(), text: name.clone(), restore: true })
    }

    /// The names that were given to the function's own type parameters.
    pub fn names(&self, function: &Function) -> Vec<String> {
        let own = self.0.iter().filter(|(range, _)| function.blank_type_params.contains(range));
        own.map(|(_, name)| name.clone()).collect()
    }
}

/// The values that a function's signature offers, and the edits that give them names.
pub(super) struct Signature<'a> {
    /// The binds by type for which the function has no value.
    pub missing: Vec<&'a Bind>,
    pub bindings: Vec<Binding>,
    edits: Vec<(SignatureList, Edit)>,
    /// The edits that name all results, for a bare return.
    pub result_edits: Vec<Edit>,
}

impl<'a> Signature<'a> {
    /// Pairs the rule's names with the function's.
    pub fn new(go: &GoFile, target: &'a FunctionMatch<'a>, blanks: &BlankTypes, types: &Types<'_>) -> Self {
        let (function, rule) = (target.function, &target.placed.rule);
        let mut signature =
            Self { missing: Vec::new(), bindings: Vec::new(), edits: Vec::new(), result_edits: Vec::new() };
        if matches!(rule.functions, Functions::Named(_)) {
            if let (Some(receiver), Some(wanted)) = (&function.receiver, &rule.receiver) {
                let list = std::slice::from_ref(&receiver.param);
                let names = [bundle::Param { name: wanted.name.clone(), assignable: false }];
                signature.add(go, list, Some(&names), SignatureList::Receiver);
                signature.bindings.iter_mut().for_each(|b| b.ty = blanks.fill(go, &receiver.param.ty));
            }
            signature.add(go, &function.params, rule.params.as_deref(), SignatureList::Params);
            signature.add(go, &function.results, rule.results.as_deref(), SignatureList::Results);
        } else {
            // A rule that selects by pattern or mark applies to functions of any shape: it binds by
            // type.
            let bound = bind_by_type::by_type(go, target, types);
            signature.missing = bound.missing;
            signature.add(go, &function.params, Some(&bound.params), SignatureList::Params);
            signature.add(go, &function.results, Some(&bound.results), SignatureList::Results);
            signature.add_holders(go, &function.params, &bound.holders);
        }
        signature.result_edits = signature.edits_of(SignatureList::Results);
        if let Some(range) = function.results_range.clone() {
            parenthesise(go, &range, &mut signature.result_edits);
        }
        signature
    }

    /// The edits that the use of these names requires.
    pub fn edits_for(&self, used: &[&Binding]) -> Vec<Edit> {
        let mut out = Vec::new();
        let is_wanted = |slot| used.iter().any(|binding| binding.given == Some(slot));
        for slot in
            [SignatureList::Receiver, SignatureList::Params].into_iter().filter(|slot| is_wanted(*slot))
        {
            out.extend(self.edits_of(slot));
        }
        if is_wanted(SignatureList::Results) {
            out.extend(self.result_edits.clone());
        }
        out
    }

    fn edits_of(&self, slot: SignatureList) -> Vec<Edit> {
        self.edits.iter().filter(|(s, _)| *s == slot).map(|(_, edit)| edit.clone()).collect()
    }

    /// Adds bindings for parameters that may hold a context; no template has their names.
    fn add_holders(&mut self, go: &GoFile, list: &[GoParam], holders: &[(usize, ContextHolder)]) {
        for (at, holds) in holders {
            let Some(param) = list.get(*at) else { continue };
            let named = param.usable_name();
            self.bindings.push(Binding {
                name: format!("goagent_holder_{at}"),
                access: named.map_or_else(|| given_name(SignatureList::Params, *at), str::to_owned),
                given: named.is_none().then_some(SignatureList::Params),
                ty: go.slice(&param.ty).to_owned(),
                assignable: false,
                result: false,
                holds: Some(*holds),
            });
        }
    }

    fn add(&mut self, go: &GoFile, list: &[GoParam], names: Option<&[bundle::Param]>, slot: SignatureList) {
        for (i, param) in list.iter().enumerate() {
            let (access, given) = match param.usable_name() {
                Some(name) => (name.to_owned(), None),
                None => (self.give_name(param, slot, i), Some(slot)),
            };
            let Some(bound) = names.and_then(|names| names.get(i)) else { continue };
            let Some(name) = &bound.name else { continue };
            let dots = if param.variadic { "[]" } else { "" };
            self.bindings.push(Binding {
                name: name.clone(),
                access,
                ty: format!("{dots}{}", go.slice(&param.ty)),
                assignable: bound.assignable,
                result: slot == SignatureList::Results,
                given,
                holds: None,
            });
        }
    }

    fn give_name(&mut self, param: &GoParam, slot: SignatureList, index: usize) -> String {
        let name = given_name(slot, index);
        let (range, text) = if let Some((_, blank)) = &param.name {
            (blank.clone(), name.clone())
        } else {
            let start = if param.variadic { param.ty.start.saturating_sub(3) } else { param.ty.start };
            (start..start, format!("{name} "))
        };
        self.edits.push((slot, Edit { range, text, restore: true }));
        name
    }
}

/// Turns a single result `error` into `(goagent_result_0 error)`.
fn parenthesise(go: &GoFile, range: &Range<usize>, edits: &mut Vec<Edit>) {
    if edits.is_empty() || go.slice(range).starts_with('(') {
        return;
    }
    if let Some(first) = edits.first_mut() {
        first.text.insert(0, '(');
    }
    edits.push(Edit { range: range.end..range.end, text: ")".to_owned(), restore: true });
}
