//! Spans that a template starts and nobody ends, or that end with enter.
//!
//! In: a rule with its templates. Out: diagnostics. A function of `agent` or `semconv` whose name
//! begins with `Start` starts a span; a method or function whose name begins with `End` ends one.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::ast::Span;
use crate::template::{Call, CallUse, How, LocalUse};

use super::super::agent_names::is_of_agent;
use super::super::findings::Findings;
use super::parts::{RulePart, RuleTemplate, RuleTemplates};

/// The prefix of functions that start a span.
const START: &str = "Start";
/// The prefix of functions that end one.
const END: &str = "End";

/// Checks the templates of one rule.
pub(super) fn check(rule: &RuleTemplates<'_>, findings: &mut Findings) {
    for template in rule.all.iter().filter(|template| template.part != RulePart::Anchor) {
        let calls = SpanCalls { rule, template, all: template.code.framed().calls() };
        calls.dropped(findings);
        calls.after_the_end(findings);
        if template.part == RulePart::Enter {
            calls.open_at_skip(findings);
            calls.deferred_ends(findings);
        }
    }
}

/// The calls in one template of a rule.
struct SpanCalls<'a> {
    rule: &'a RuleTemplates<'a>,
    template: &'a RuleTemplate,
    all: Vec<Call>,
}

impl SpanCalls<'_> {
    /// Reports spans that nothing can end.
    fn dropped(&self, findings: &mut Findings) {
        for call in self.starts().filter(|call| self.is_dropped(call)) {
            let name = format!("{}.{}", call.operand.as_deref().unwrap_or_default(), call.name);
            findings.push_once(
                Diagnostic::new(&codes::templates::SPAN_DROPPED)
                    .with("call", &name)
                    .at(findings.file(), self.place(call), "")
                    .help(format!(
                        "write `state span agent.Span` in the rule, `span = {name}(…)` here, and `exit {{ span.End() }}`"
                    )),
            );
        }
    }

    /// Reports spans that are changed after their end, and contexts of spans that nobody gets.
    fn after_the_end(&self, findings: &mut Findings) {
        let mut ended: BTreeSet<&str> = BTreeSet::new();
        for call in &self.all {
            if let CallUse::Assigned(name) = &call.used {
                ended.remove(name.as_str());
            }
            let Some(name) = call.operand.as_deref().filter(|name| self.is_span(name)) else { continue };
            if call.name == "Context" && call.used == CallUse::Dropped {
                findings.push_once(
                    Diagnostic::new(&codes::templates::CONTEXT_DROPPED)
                        .with("name", name)
                        .at(findings.file(), self.place(call), "")
                        .help(format!(
                            "assign it: `ctx = {name}.Context(ctx)`, with `var ctx` among the parameters"
                        )),
                );
            } else if ["Set", "Add"].iter().any(|word| call.name.starts_with(word)) && ended.contains(name) {
                findings.push_once(
                    Diagnostic::new(&codes::templates::SPAN_CHANGED_AFTER_END)
                        .with("name", name)
                        .at(findings.file(), self.place(call), "")
                        .help("write it before the call that ends the span"),
                );
            } else if call.name.starts_with(END) && call.at_top {
                ended.insert(name);
            }
        }
    }

    /// Reports `skip` after the start of a span that only exit would end.
    fn open_at_skip(&self, findings: &mut Findings) {
        let skips = self.template.uses.iter().filter(|found| matches!(found.how, How::Skip { .. }));
        for skip in skips {
            let started = self.starts().find_map(|call| {
                let CallUse::Assigned(name) = &call.used else { return None };
                let is_before = self.place(call).start < skip.range.start;
                (is_before && self.rule.span_states.contains(&name.as_str())).then_some(name)
            });
            if let Some(name) = started.filter(|name| !may_end(self.template, name)) {
                findings.push_once(
                    Diagnostic::new(&codes::templates::SPAN_OPEN_AT_SKIP)
                        .with("name", name)
                        .at(findings.file(), skip.range.clone(), "")
                        .help(format!(
                            "write `{name}.End()` before `skip`, or start the span after the condition"
                        )),
                );
            }
        }
    }

    /// Reports spans that `defer` ends in enter.
    fn deferred_ends(&self, findings: &mut Findings) {
        let ends = self.all.iter().filter(|call| call.is_deferred && call.name.starts_with(END));
        for call in ends {
            let is_ours = |name: &str| self.is_of_agent(call) || self.is_span(name);
            if call.operand.as_deref().is_some_and(is_ours) {
                findings.push_once(
                    Diagnostic::new(&codes::templates::SPAN_ENDS_WITH_ENTER)
                        .at(findings.file(), self.place(call), "")
                        .help("write `state span agent.Span` in the rule, and end the span in `exit { … }`"),
                );
            }
        }
    }

    /// The calls of functions of `agent` or `semconv` that start a span.
    fn starts(&self) -> impl Iterator<Item = &Call> {
        self.all.iter().filter(|call| call.name.starts_with(START) && self.is_of_agent(call))
    }

    fn is_of_agent(&self, call: &Call) -> bool {
        let path = call.operand.as_deref().and_then(|operand| self.rule.packages.path(operand));
        path.is_some_and(is_of_agent) && self.template.is_free(&self.place(call))
    }

    /// Returns true if a name holds a span that the rule's own templates have started.
    fn is_span(&self, name: &str) -> bool {
        let is_its = |call: &Call| matches!(&call.used, CallUse::Assigned(to) if to == name);
        self.rule.span_states.contains(&name) || self.starts().any(is_its)
    }

    /// Returns true if nothing can end the span that a call starts.
    fn is_dropped(&self, call: &Call) -> bool {
        let Self { rule, template, .. } = self;
        match &call.used {
            CallUse::Dropped => true,
            CallUse::Other => false,
            CallUse::Assigned(name) if rule.scope.names.contains_key(name) => {
                // If exit does not use the state at all, another diagnostic says so.
                let exit: Vec<&RuleTemplate> = rule.of(RulePart::Exit).collect();
                rule.span_states.contains(&name.as_str())
                    && exit.iter().any(|exit| exit.uses.iter().any(|found| found.name == *name))
                    && !exit.iter().any(|exit| may_end(exit, name))
                    && !may_end(template, name)
            }
            // A variable of `decl`: anybody may end what it holds.
            CallUse::Assigned(name) if template.uses.iter().any(|found| found.name == *name) => false,
            CallUse::Assigned(name) => !may_end(template, name),
        }
    }

    /// The place of a call in the file.
    fn place(&self, call: &Call) -> Span {
        self.template.code.place(&call.range)
    }
}

/// Returns true if a template ends the span that a variable holds, or hands it on.
fn may_end(template: &RuleTemplate, name: &str) -> bool {
    template.code.framed().uses_of_local(name).iter().any(|found| match found {
        LocalUse::Member(member) => member.starts_with(END),
        LocalUse::Value => true,
    })
}
