//! The templates of one rule, as its analyses see them.

use crate::source::NameResolver as _;
use crate::syntax::ast::{Rule, Span, Target};
use crate::template::Use;

use super::super::agent_names::is_span;
use super::names::{InTarget, Packages};
use super::scope::RuleScope;
use super::template::ParsedTemplate;

/// The part of a rule that a template belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RulePart {
    Enter,
    Exit,
    Anchor,
}

/// One template of a rule, in one of the variants that its `since` blocks give.
pub(super) struct RuleTemplate {
    pub(super) part: RulePart,
    pub(super) code: ParsedTemplate,
    /// The names that are not the template's own; places are those in the file.
    pub(super) uses: Vec<Use>,
}

impl RuleTemplate {
    /// Returns true if a name at this place in the file is not a local variable.
    pub(super) fn is_free(&self, at: &Span) -> bool {
        self.uses.iter().any(|found| found.range.start == at.start)
    }
}

/// A rule with its templates.
pub(super) struct RuleTemplates<'a> {
    pub(super) rule: &'a Rule,
    pub(super) scope: &'a RuleScope,
    pub(super) packages: &'a Packages,
    /// The names of its states that are spans.
    pub(super) span_states: Vec<&'a str>,
    pub(super) all: Vec<RuleTemplate>,
}

impl RuleTemplates<'_> {
    /// The templates of a part.
    pub(super) fn of(&self, part: RulePart) -> impl Iterator<Item = &RuleTemplate> {
        self.all.iter().filter(move |template| template.part == part)
    }
}

/// The names of a rule's states that are spans.
pub(super) fn span_states<'a>(rule: &'a Rule, target: &Target, packages: &Packages) -> Vec<&'a str> {
    let names = InTarget { packages, target: &target.package.node };
    let is_a_span = |ty: &str| {
        let (package, name) = ty.trim().split_once('.').unwrap_or_default();
        is_span(names.package(package).as_deref(), name)
    };
    let states = rule.state.iter().filter(|state| is_a_span(&state.ty.node));
    states.map(|state| state.name.node.as_str()).collect()
}
