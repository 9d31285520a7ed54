//! Finds the rules of a unit that cannot be woven because others are not.
//!
//! In: a unit, and the outcomes of its rules. Out: the rules to leave out, each with its reason.
//! Two things make a rule depend on others:
//!
//! - In package runtime the rules of a target block are woven together or not at all: they work on
//!   the memory of the scheduler, and one without the other does damage (a pointer beside each
//!   goroutine that is written and never cleared).
//! - In every package a declaration goes with the rules of its block. Rules that use a name that is
//!   thereby left out are left out, too.

use std::collections::{BTreeMap, BTreeSet};

use super::{Outcome, PlacedRule, RuleState, SkipCode, Unit, locate};
use crate::bundle::{Fragment, Template};
use crate::codegen::{RUNTIME, written_name};
use crate::source::GoFile;

/// A target block: its plugin and its number.
type TargetBlock<'a> = (&'a str, u32);

/// The rules that are left out, and their outcomes.
#[derive(Debug, Default)]
pub(super) struct LeftOutRules {
    /// Indices of rules of the unit.
    rules: BTreeSet<usize>,
    /// Those that are left out because of a rule that is switched off.
    unwanted: BTreeSet<usize>,
    /// The outcomes with the reasons, for all rules whose reason nobody else reports.
    pub outcomes: Vec<Outcome>,
}

impl LeftOutRules {
    /// The rules that are not to be woven from the start.
    pub fn new(unit: &Unit) -> Self {
        let in_state = |state: RuleState| {
            let all = unit.rules.iter().enumerate();
            all.filter(move |(_, placed)| placed.state == state).map(|(index, _)| index)
        };
        let unwanted: BTreeSet<usize> = in_state(RuleState::Disabled).collect();
        let rules = in_state(RuleState::Faulty).chain(unwanted.iter().copied()).collect();
        Self { rules, unwanted, outcomes: Vec::new() }
    }

    /// Returns the unit without the rules that are left out; `None` if no rule is.
    pub fn rest(&self, unit: &Unit) -> Option<Unit> {
        let kept = |(index, _): &(usize, &PlacedRule)| !self.rules.contains(index);
        let rules = unit.rules.iter().enumerate().filter(kept).map(|(_, placed)| placed.clone()).collect();
        (!self.rules.is_empty()).then(|| Unit { rules, ..unit.clone() })
    }

    /// Adds the rules that cannot be woven either, given the outcomes of the rest. Returns true if
    /// there are any.
    pub fn grow(&mut self, unit: &Unit, outcomes: &[Outcome]) -> bool {
        let before = self.rules.len();
        if unit.package == RUNTIME {
            self.whole_blocks(unit, outcomes);
        }
        if before == self.rules.len() {
            self.users(unit, outcomes);
        }
        before != self.rules.len()
    }

    /// Leaves out the other rules of blocks of which one is not woven.
    fn whole_blocks(&mut self, unit: &Unit, outcomes: &[Outcome]) {
        for (index, placed) in unit.rules.iter().enumerate() {
            let skipped = |outcome: &&Outcome| outcome.skipped.is_some() && outcome.is_of(placed);
            let said: Vec<Outcome> = outcomes.iter().filter(skipped).cloned().collect();
            if !said.is_empty() && self.rules.insert(index) {
                self.outcomes.extend(said);
            }
        }
        let causes: BTreeMap<TargetBlock<'_>, usize> =
            self.rules.iter().filter_map(|&index| Some((block(unit.rules.get(index)?), index))).collect();
        for (index, placed) in unit.rules.iter().enumerate() {
            if let Some(cause) = causes.get(&block(placed)) {
                self.leave_out(
                    unit,
                    index,
                    *cause,
                    "the rules of its block are woven together or not at all",
                );
            }
        }
    }

    /// Leaves out the rules that use a declaration of a block of which no rule is woven.
    fn users(&mut self, unit: &Unit, outcomes: &[Outcome]) {
        let is_woven = |placed: &PlacedRule| {
            outcomes.iter().any(|outcome| outcome.skipped.is_none() && outcome.is_of(placed))
        };
        let present: BTreeSet<TargetBlock<'_>> =
            unit.rules.iter().filter(|placed| is_woven(placed)).map(block).collect();
        if unit.decls.iter().all(|decl| present.contains(&(decl.plugin.as_str(), decl.block))) {
            return;
        }
        let declared = UndeclaredNames::new(unit, &present);
        // A rule that is not woven uses nothing, and its own outcomes give the reason.
        for (index, placed) in unit.rules.iter().enumerate().filter(|(_, placed)| is_woven(placed)) {
            let version = unit.version.as_ref();
            let of_block = |decl: &&super::PlacedDecl| {
                (decl.plugin.as_str(), decl.block) == block(placed) && present.contains(&block(placed))
            };
            let decls = unit.decls.iter().filter(of_block).filter_map(|decl| decl.template.at(version));
            let fragments = templates(placed).filter_map(|template| template.at(version)).chain(decls);
            let missing = fragments.flat_map(|code| &code.names).find_map(|name| {
                declared.missing.get(&(placed.plugin.as_str(), name.clone())).map(|of| (name, *of))
            });
            if let Some((name, of)) = missing {
                let cause = unit.rules.iter().position(|other| block(other) == of).unwrap_or(index);
                let name = written_name(&placed.plugin, name);
                self.leave_out(unit, index, cause, &format!("it uses {name}, which goes with it"));
            }
        }
    }

    /// Leaves a rule out because another one is left out.
    fn leave_out(&mut self, unit: &Unit, index: usize, cause: usize, why: &str) {
        let (Some(placed), Some(other)) = (unit.rules.get(index), unit.rules.get(cause)) else { return };
        if !self.rules.insert(index) {
            return;
        }
        let code = if self.unwanted.contains(&cause) {
            self.unwanted.insert(index);
            SkipCode::Disabled
        } else {
            SkipCode::Depends
        };
        let reason = format!("its rule {} is left out, and {why}", other.rule.name);
        for function in locate::displays(&placed.rule) {
            self.outcomes.push(locate::outcome(placed, function, Some(code.because(reason.clone()))));
        }
    }
}

/// The names that are declared only by blocks that are left out.
struct UndeclaredNames<'a> {
    /// The names that no present block declares, each with a block that would.
    missing: BTreeMap<(&'a str, String), TargetBlock<'a>>,
}

impl<'a> UndeclaredNames<'a> {
    fn new(unit: &'a Unit, present: &BTreeSet<TargetBlock<'_>>) -> Self {
        let mut there = BTreeSet::new();
        let mut absent = BTreeMap::new();
        for decl in &unit.decls {
            let of = (decl.plugin.as_str(), decl.block);
            for name in decl.template.at(unit.version.as_ref()).iter().flat_map(|code| names(code)) {
                if present.contains(&of) {
                    there.insert((of.0, name));
                } else {
                    absent.entry((of.0, name)).or_insert(of);
                }
            }
        }
        absent.retain(|name, _| !there.contains(name));
        Self { missing: absent }
    }
}

/// The names that a text declares at its top level.
pub(super) fn names(code: &Fragment) -> Vec<String> {
    let Ok(go) = GoFile::parse(format!("package p\n{}\n", code.text)) else { return Vec::new() };
    let functions = go.functions.iter().filter(|function| function.receiver.is_none());
    let functions = functions.map(|function| function.name.clone());
    functions.chain(go.types.iter().map(|ty| ty.name.clone())).chain(go.values.iter().cloned()).collect()
}

fn block(placed: &PlacedRule) -> TargetBlock<'_> {
    (placed.plugin.as_str(), placed.block)
}

fn templates(placed: &PlacedRule) -> impl Iterator<Item = &Template> {
    let rule = &placed.rule;
    rule.anchors.iter().map(|anchor| &anchor.template).chain(&rule.enter).chain(&rule.exit)
}
