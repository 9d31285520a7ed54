//! Spans that a template starts and nobody ends, or that end with enter.
//!
//! In: a rule with its templates. Out: diagnostics. A function of `agent` or `semconv` whose name
//! begins with `Start` starts a span; a method or function whose name begins with `End` ends one.

use std::collections::BTreeSet;

use crate::codegen::PREDECLARED;
use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::ast::Span;
use crate::template::{Call, CallUse, How, LocalUse};

use super::super::findings::Findings;
use super::parts::{RulePart, RuleTemplate, RuleTemplates};

/// The prefix of functions that start a span.
const START: &str = "Start";
/// The prefix of functions that end one.
const END: &str = "End";

/// Checks the templates of one rule.
pub(super) fn check(templates: &RuleTemplates<'_>, findings: &mut Findings) {
    for template in templates.all.iter().filter(|template| template.part != RulePart::Anchor) {
        let calls = template.code.framed().calls();
        for call in calls.iter().filter(|call| is_start(templates, template, call)) {
            if is_dropped(templates, template, call) {
                dropped(call, template.code.place(&call.range), findings);
            }
        }
        after_the_end(templates, template, findings);
        if template.part == RulePart::Enter {
            open_at_skip(templates, template, findings);
            for call in
                calls.iter().filter(|call| call.is_deferred && ends_own_span(templates, template, call))
            {
                findings.push_once(
                    Diagnostic::new(&codes::templates::SPAN_ENDS_WITH_ENTER)
                        .at(findings.file(), template.code.place(&call.range), "")
                        .help("write `state span agent.Span` in the rule, and end the span in `exit { … }`"),
                );
            }
        }
    }
}

/// Reports spans that are changed after their end, and contexts of spans that nobody gets.
fn after_the_end(templates: &RuleTemplates<'_>, template: &RuleTemplate, findings: &mut Findings) {
    let mut ended: BTreeSet<String> = BTreeSet::new();
    for call in template.code.framed().calls() {
        if let CallUse::Assigned(name) = &call.used {
            ended.remove(name);
        }
        let Some(name) = call.operand.as_deref().filter(|name| is_span(templates, template, name)) else {
            continue;
        };
        let place = template.code.place(&call.range);
        if call.name == "Context" && call.used == CallUse::Dropped {
            findings.push_once(
                Diagnostic::new(&codes::templates::CONTEXT_DROPPED)
                    .with("name", name)
                    .at(findings.file(), place, "")
                    .help(format!(
                        "assign it: `ctx = {name}.Context(ctx)`, with `var ctx` among the parameters"
                    )),
            );
        } else if ["Set", "Add"].iter().any(|word| call.name.starts_with(word)) && ended.contains(name) {
            findings.push_once(
                Diagnostic::new(&codes::templates::SPAN_CHANGED_AFTER_END)
                    .with("name", name)
                    .at(findings.file(), place, "")
                    .help("write it before the call that ends the span"),
            );
        } else if call.name.starts_with(END) && call.at_top {
            ended.insert(name.to_owned());
        }
    }
}

/// Returns true if a name holds a span that the rule's own templates have started.
fn is_span(templates: &RuleTemplates<'_>, template: &RuleTemplate, name: &str) -> bool {
    templates.span_states.contains(&name)
        || template.code.framed().calls().iter().any(|call| {
            call.used == CallUse::Assigned(name.to_owned()) && is_start(templates, template, call)
        })
}

/// Reports `skip` after the start of a span that only exit would end.
fn open_at_skip(templates: &RuleTemplates<'_>, template: &RuleTemplate, findings: &mut Findings) {
    let skips = template.uses.iter().filter(|found| matches!(found.how, How::Skip { .. }));
    let calls = template.code.framed().calls();
    for skip in skips {
        let started = calls.iter().filter(|call| is_start(templates, template, call)).find_map(|call| {
            let CallUse::Assigned(name) = &call.used else { return None };
            let is_before = template.code.place(&call.range).start < skip.range.start;
            (is_before && templates.span_states.contains(&name.as_str())).then_some(name)
        });
        if let Some(name) = started.filter(|name| !may_end(template, name)) {
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

fn dropped(call: &Call, place: Span, findings: &mut Findings) {
    let name = format!("{}.{}", call.operand.as_deref().unwrap_or_default(), call.name);
    findings.push_once(
        Diagnostic::new(&codes::templates::SPAN_DROPPED)
            .with("call", &name)
            .at(findings.file(), place, "")
            .help(format!(
                "write `state span agent.Span` in the rule, `span = {name}(…)` here, and `exit {{ span.End() }}`"
            )),
    );
}

/// Returns true if a call is one of a function of `agent` or `semconv` that starts a span.
fn is_start(templates: &RuleTemplates<'_>, template: &RuleTemplate, call: &Call) -> bool {
    call.name.starts_with(START) && is_of_agent(templates, template, call)
}

fn is_of_agent(templates: &RuleTemplates<'_>, template: &RuleTemplate, call: &Call) -> bool {
    let path = call.operand.as_deref().and_then(|operand| templates.packages.path(operand));
    path.is_some_and(|path| PREDECLARED.iter().any(|(_, known)| *known == path))
        && template.is_free(&template.code.place(&call.range))
}

/// Returns true if nothing can end the span that a call starts.
fn is_dropped(templates: &RuleTemplates<'_>, template: &RuleTemplate, call: &Call) -> bool {
    match &call.used {
        CallUse::Dropped => true,
        CallUse::Other => false,
        CallUse::Assigned(name) if templates.scope.names.contains_key(name) => {
            // If exit does not use the state at all, another diagnostic says so.
            let exit: Vec<&RuleTemplate> = templates.of(RulePart::Exit).collect();
            let is_state = templates.span_states.contains(&name.as_str());
            is_state
                && exit.iter().any(|exit| exit.uses.iter().any(|found| found.name == *name))
                && !exit.iter().any(|exit| may_end(exit, name))
                && !may_end(template, name)
        }
        // A variable of `decl`: anybody may end what it holds.
        CallUse::Assigned(name) if template.uses.iter().any(|found| found.name == *name) => false,
        CallUse::Assigned(name) => !may_end(template, name),
    }
}

/// Returns true if a template ends the span that a variable holds, or hands it on.
fn may_end(template: &RuleTemplate, name: &str) -> bool {
    template.code.framed().uses_of_local(name).iter().any(|found| match found {
        LocalUse::Member(member) => member.starts_with(END),
        LocalUse::Value => true,
    })
}

/// Returns true if a call ends a span that the rule's own templates have started.
fn ends_own_span(templates: &RuleTemplates<'_>, template: &RuleTemplate, call: &Call) -> bool {
    if !call.name.starts_with(END) {
        return false;
    }
    let operand = call.operand.as_deref();
    operand.is_some_and(|name| is_of_agent(templates, template, call) || is_span(templates, template, name))
}
