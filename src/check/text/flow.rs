//! Mistakes in the order of things: results before the function has run, code that never runs,
//! assignments that are lost.
//!
//! In: a rule with its templates. Out: diagnostics.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Help, codes};
use crate::syntax::ast::{Param, Span, Template};
use crate::template::{Constant, How, PartPath, Pieces, Use};
use crate::version::{Bound, Interval, VersionSet};

use super::super::findings::Findings;
use super::parts::{RulePart, RuleTemplate, RuleTemplates};
use super::scope::{BindingKind, BoundName};
use super::template::ParsedTemplate;

/// Checks the templates of one rule.
pub(super) fn check(templates: &RuleTemplates<'_>, findings: &mut Findings) {
    results_in_enter(templates, findings);
    for template in &templates.all {
        unreachable(template, findings);
        if template.part != RulePart::Anchor {
            in_goroutines(templates, template, findings);
            parts_of_copies(templates, template, findings);
            errors_of_nil(templates, template, findings);
            shadowed(templates, template, findings);
        }
    }
}

/// Reports results that enter reads, or assigns in vain, and `skip` without any.
fn results_in_enter(templates: &RuleTemplates<'_>, findings: &mut Findings) {
    let is_result = |found: &&Use| kind_of(templates, &found.name) == Some(BindingKind::Result);
    let enter: Vec<&RuleTemplate> = templates.of(RulePart::Enter).collect();
    let uses: Vec<&Use> = enter.iter().flat_map(|template| &template.uses).collect();
    let assigned: BTreeSet<&str> =
        uses.iter().filter(|u| u.how == How::Assigned && is_result(u)).map(|u| u.name.as_str()).collect();
    let skip = uses.iter().find(|found| matches!(found.how, How::Skip { .. }));
    for found in uses.iter().filter(|found| is_result(found)) {
        let is_assigned = found.how == How::Assigned;
        let code = match (is_assigned, skip) {
            (false, _) if assigned.contains(found.name.as_str()) => continue,
            (false, _) => &codes::templates::RESULT_IN_ENTER,
            (true, None) if is_assignable(templates, &found.name) => &codes::templates::RESULT_LOST,
            (true, _) => continue,
        };
        let help = if is_assigned {
            "assign it in exit; or write `skip` after it, and `may skip` in the rule, if the function is not to run"
        } else {
            "read it in exit"
        };
        let found =
            Diagnostic::new(code).with("name", &found.name).at(findings.file(), found.range.clone(), "");
        findings.push_once(found.help(help));
    }
    let results = templates.rule.func.results.as_ref().map_or(&[][..], |list| &list.node);
    if let Some(skip) = skip.filter(|_| !results.is_empty() && assigned.is_empty()) {
        let names = results.iter().map(name_of_result).collect::<Vec<_>>().join(", ");
        findings.push_once(
            Diagnostic::new(&codes::templates::SKIP_WITHOUT_RESULTS)
                .at(findings.file(), skip.range.clone(), "")
                .help(format!(
                    "name the results in the func line, `({names})`, and assign them before `skip`"
                )),
        );
    }
}

/// A result as it has to be written so that a template may assign it.
fn name_of_result(result: &Param) -> String {
    let name = result.name.as_ref().map_or("result", |name| &name.node);
    let ty = result.ty.as_ref().map(|ty| format!(" {}", ty.node)).unwrap_or_default();
    format!("var {name}{ty}")
}

fn kind_of(templates: &RuleTemplates<'_>, name: &str) -> Option<BindingKind> {
    templates.scope.names.get(name).map(|bound| bound.kind)
}

fn is_assignable(templates: &RuleTemplates<'_>, name: &str) -> bool {
    templates.scope.names.get(name).is_some_and(|bound| bound.assignable)
}

fn unreachable(template: &RuleTemplate, findings: &mut Findings) {
    let Some(found) = template.code.framed().unreachable() else { return };
    let place = template.code.place(&found.range);
    let line = findings.file().text.get(place.clone()).and_then(|text| text.lines().next());
    let end = place.start + line.map_or(1, str::len);
    findings.push_once(
        Diagnostic::new(&codes::templates::UNREACHABLE)
            .with("word", found.after)
            .at(findings.file(), place.start..end, "")
            .help(format!("write it before `{}`, or remove it", found.after)),
    );
}

/// Reports names of the rule that a goroutine of the template assigns.
fn in_goroutines(templates: &RuleTemplates<'_>, template: &RuleTemplate, findings: &mut Findings) {
    let goroutines: Vec<Span> =
        template.code.framed().goroutines().iter().map(|range| template.code.place(range)).collect();
    for found in template.uses.iter().filter(|found| found.how == How::Assigned) {
        let Some(bound) = templates.scope.names.get(&found.name).filter(|bound| bound.assignable) else {
            continue;
        };
        if goroutines.iter().any(|goroutine| goroutine.contains(&found.range.start)) {
            findings.push_once(
                Diagnostic::new(&codes::templates::ASSIGNED_IN_GOROUTINE)
                    .with("name", &found.name)
                    .at(findings.file(), found.range.clone(), "")
                    .and(findings.file(), bound.span.clone(), format!("bound here as {}", bound.kind.text()))
                    .help("assign it before the goroutine begins"),
            );
        }
    }
}

/// Reports assignments to parts of values that are copies.
fn parts_of_copies(templates: &RuleTemplates<'_>, template: &RuleTemplate, findings: &mut Findings) {
    let framed = template.code.framed();
    let pointers = framed.pointers();
    for part in framed.parts_assigned() {
        // `p := &v; *p = …` assigns `v`, and so does `p.f = …` a part of it.
        let through = pointers.iter().find(|pointer| pointer.pointer == part.name);
        let (name, range) = through.map_or((&part.name, &part.range), |to| (&to.name, &to.range));
        let place = template.code.place(range);
        let Some(bound) = templates.scope.names.get(name).filter(|_| template.is_free(&place)) else {
            continue;
        };
        let is_value = through.is_some() || part.path == PartPath::Field && is_struct(templates, name, bound);
        if bound.assignable || !is_value {
            continue;
        }
        findings.push_once(
            Diagnostic::new(&codes::templates::COPY_ASSIGNED)
                .with("name", name)
                .at(findings.file(), template.code.place(&part.range), "assigned here")
                .and(findings.file(), bound.span.clone(), format!("bound here as {}", bound.kind.text()))
                .help(help_for_copy(name, bound)),
        );
    }
}

/// Reports `err.Error()` in a template that does not ask for nil.
fn errors_of_nil(templates: &RuleTemplates<'_>, template: &RuleTemplate, findings: &mut Findings) {
    let text = template.code.framed().text();
    for call in template.code.framed().calls().into_iter().filter(|call| call.name == "Error") {
        let Some(name) = call.operand.filter(|name| kind_of(templates, name) == Some(BindingKind::Result))
        else {
            continue;
        };
        let asks = ["!=", "=="].iter().any(|is| text.contains(&format!("{name} {is} nil")));
        if !asks {
            findings.push_once(
                Diagnostic::new(&codes::templates::ERROR_OF_NIL)
                    .with("name", &name)
                    .at(findings.file(), template.code.place(&call.range), "")
                    .help(format!("write `if {name} != nil {{ … }}` around it; `EndErr({name})` knows nil")),
            );
        }
    }
}

/// Reports names of the rule that `:=` declares anew in a block of a template that never assigns
/// them.
fn shadowed(templates: &RuleTemplates<'_>, template: &RuleTemplate, findings: &mut Findings) {
    for (name, range) in template.code.framed().declared_in_blocks() {
        let bound = templates.scope.names.get(&name).filter(|bound| bound.assignable);
        let is_assigned = |found: &Use| found.how == How::Assigned && found.name == name;
        let is_in_exit =
            template.part == RulePart::Exit && kind_of(templates, &name) == Some(BindingKind::State);
        let Some(bound) = bound.filter(|_| !is_in_exit && !template.uses.iter().any(is_assigned)) else {
            continue;
        };
        findings.push_once(
            Diagnostic::new(&codes::templates::SHADOWED)
                .with("name", &name)
                .at(findings.file(), template.code.place(&range), "declared here")
                .and(findings.file(), bound.span.clone(), format!("bound here as {}", bound.kind.text()))
                .help(
                    "write `=` in place of `:=`, if the name of the rule is meant; else choose another name",
                ),
        );
    }
}

fn help_for_copy(name: &str, bound: &BoundName) -> Help {
    match bound.kind {
        BindingKind::Receiver => {
            "the method has a copy of its own, so nothing here can change what the caller has; assign to a local variable"
                .into()
        }
        _ => format!(
            "write `var {name}` in the rule's func line, if the program is to see the change; otherwise assign to a local variable"
        )
        .into(),
    }
}

/// Returns true if the written type of a name says that its fields are in the value itself.
fn is_struct(templates: &RuleTemplates<'_>, name: &str, bound: &BoundName) -> bool {
    let rule = templates.rule;
    if bound.kind == BindingKind::Receiver {
        return rule.recv.as_ref().is_some_and(|recv| !recv.pointer);
    }
    let lists = rule.func.params.iter().chain(&rule.func.results).flat_map(|list| &list.node);
    let of_lists = lists.filter_map(|param| Some((param.name.as_ref()?, param.ty.as_ref()?)));
    let mut all = of_lists.chain(rule.binds.iter().map(|bind| (&bind.name, &bind.ty)));
    let ty = all.find(|(of, _)| of.node == name).map(|(_, ty)| ty.node.trim());
    let is_named = |ty: &str| ty.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    ty.is_some_and(|ty| is_named(ty) && !ty.starts_with("..."))
}

/// Reports names that are `var` and that no template assigns.
pub(super) fn unassigned(templates: &RuleTemplates<'_>, findings: &mut Findings) {
    let mut assigned: BTreeSet<&str> = BTreeSet::new();
    let mut parts: BTreeSet<String> = BTreeSet::new();
    for template in &templates.all {
        let uses = template.uses.iter().filter(|found| found.how == How::Assigned);
        assigned.extend(uses.map(|found| found.name.as_str()));
        parts.extend(template.code.framed().parts_assigned().into_iter().map(|part| part.name));
        parts.extend(template.code.framed().addresses());
    }
    let rule = templates.rule;
    let lists = rule.func.params.iter().chain(&rule.func.results).flat_map(|list| &list.node);
    let of_lists = lists.filter_map(|param| Some((param.name.as_ref()?, param.var.as_ref()?)));
    let all = of_lists.chain(rule.binds.iter().filter_map(|bind| Some((&bind.name, bind.var.as_ref()?))));
    for (name, var) in all {
        if !assigned.contains(name.node.as_str()) && !parts.contains(&name.node) {
            findings.push(
                Diagnostic::new(&codes::unneeded::VAR_UNUSED)
                    .with("name", &name.node)
                    .at(findings.file(), var.clone(), "")
                    .help("remove the word"),
            );
        }
    }
}

/// Reports comparisons of `{{version}}` with a string.
pub(super) fn compared_versions(template: &Template, code: &ParsedTemplate, findings: &mut Findings) {
    let Ok(pieces) = Pieces::read(&template.node) else { return };
    let versions: Vec<_> =
        pieces.constants().filter(|(constant, _)| *constant == Constant::Version).collect();
    if versions.is_empty() {
        return;
    }
    let strings = code.framed().compared_strings();
    for (_, range) in versions {
        if strings.iter().any(|string| string.contains(&range.start)) {
            findings.push_once(
                Diagnostic::new(&codes::templates::VERSION_COMPARED)
                    .at(findings.file(), code.place(&range), "")
                    .help("write the two ways with `{{#since \"1.10.0\"}}…{{else}}…{{/since}}`"),
            );
        }
    }
}

/// Reports `since` blocks of a template that are the same in all versions of the ranges' overlap.
pub(super) fn since_blocks(template: &Template, ranges: [&VersionSet; 2], findings: &mut Findings) {
    let Ok(pieces) = Pieces::read(&template.node) else { return };
    let [target, rule] = ranges.map(|set| &set.intervals);
    let range: Vec<Interval> =
        target.iter().flat_map(|a| rule.iter().filter_map(move |b| a.intersect(b))).collect();
    for (version, at) in pieces.since_blocks() {
        let end = |inclusive| Some(Bound { version: version.clone(), inclusive });
        let has = |part: Interval| range.iter().any(|one| one.intersect(&part).is_some());
        let below = has(Interval { low: None, high: end(false) });
        let from = has(Interval { low: end(true), high: None });
        let (how, help) = match (below, from) {
            (true, true) => continue,
            (_, false) => ("no", "remove the block: no version has what it holds"),
            (false, true) => {
                ("every", "write what the block holds without the block, and without what follows `{{else}}`")
            }
        };
        let at = template.span.start + at.start..template.span.start + at.end;
        findings.push_once(
            Diagnostic::new(&codes::templates::SINCE_FIXED)
                .with("version", version.to_string())
                .with("how", how)
                .at(findings.file(), at, "")
                .help(help),
        );
    }
}
