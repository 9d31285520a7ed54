//! What the compiler says of woven code → mistakes in templates, each at its place in the `.gorule` file.
//!
//! In: the compiler's output, what was woven. Out: [`Fault`]s. Text of enter, exit and `decl` carries line directives to the
//! plugin's file; text inside of a function stands on the function's own lines, which are known.

use std::collections::BTreeSet;

use super::protocol::Fault;
use crate::bundle::{Fragment, Template};
use crate::weave::{Outcome, PlacedRule, TEMPLATE_FOLDER, Unit};

/// The mistakes that can be told to be a plugin's.
pub(super) fn find(output: &str, unit: &Unit, outcomes: &[Outcome]) -> Vec<Fault> {
    let aliases = aliases(unit);
    let mut found: Vec<Fault> = Vec::new();
    let mut in_fault = false;
    for line in output.lines() {
        if line.starts_with(char::is_whitespace) {
            if let Some(last) = found.last_mut().filter(|_| in_fault) {
                last.message.push('\n');
                last.message.push_str(&unaliased(line, &aliases));
            }
            continue;
        }
        let fault = split(line).and_then(|said| said.fault(unit, outcomes, &aliases));
        in_fault = fault.is_some();
        found.extend(fault.filter(|fault| !found.contains(fault)));
    }
    found
}

/// What the compiler says of a plugin that was woven alone, where none of it has a place.
pub(super) fn whole(output: &str, plugin: &str, unit: &Unit) -> Fault {
    let first = output.lines().find(|line| !line.starts_with('#')).unwrap_or("the compiler says nothing");
    let message = unaliased(split(first).map_or(first, |said| said.message), &aliases(unit));
    Fault { plugin: plugin.to_owned(), rule: None, place: None, message }
}

/// `path:line:column: message`.
struct Said<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    message: &'a str,
}

fn split(text: &str) -> Option<Said<'_>> {
    let (place, message) = text.split_once(": ")?;
    let (place, column) = place.rsplit_once(':')?;
    let (path, line) = place.rsplit_once(':')?;
    Some(Said { path, line: line.parse().ok()?, column: column.parse().ok()?, message })
}

impl Said<'_> {
    fn fault(&self, unit: &Unit, outcomes: &[Outcome], aliases: &BTreeSet<&str>) -> Option<Fault> {
        let message = unaliased(self.message, aliases);
        if let Some((_, file)) = self.path.split_once(TEMPLATE_FOLDER) {
            let plugin = file.strip_suffix(".gorule")?.to_owned();
            let is_known = unit.rules.iter().any(|placed| placed.plugin == plugin)
                || unit.bodies.iter().any(|body| body.port.plugin == plugin);
            if !is_known {
                return None;
            }
            let rule = rule_at(unit, &plugin, self.line);
            return Some(Fault { plugin, rule, place: Some((self.line, self.column)), message });
        }
        let rule = self.rule_of_function(unit, outcomes)?;
        Some(Fault {
            plugin: rule.plugin.clone(),
            rule: Some(rule.rule.name.clone()),
            place: templates(rule).first().map(|code| (code.line, code.column)),
            message: format!("{message} (at {}:{})", base_name(self.path), self.line),
        })
    }

    /// The rule that was woven into the function at this line, where it can be only one: the one with an anchor there, else
    /// the only one.
    fn rule_of_function<'u>(&self, unit: &'u Unit, outcomes: &[Outcome]) -> Option<&'u PlacedRule> {
        let file = base_name(self.path);
        let here = outcomes.iter().filter(|outcome| {
            let at = outcome.place.as_ref().filter(|_| outcome.skipped.is_none());
            at.is_some_and(|at| at.file == file && (at.line..=at.end).contains(&self.line))
        });
        let rule = |outcome: &Outcome| unit.rules.iter().find(|placed| outcome.is_of(placed));
        let all: Vec<&PlacedRule> = here.filter_map(rule).collect();
        let anchored: Vec<&PlacedRule> =
            all.iter().copied().filter(|placed| !placed.rule.anchors.is_empty()).collect();
        match (anchored.as_slice(), all.as_slice()) {
            ([one], _) | ([], [one]) => Some(one),
            _ => None,
        }
    }
}

/// The file's own name, also of a woven copy.
fn base_name(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let copied = name.strip_prefix("goagent_").and_then(|rest| rest.split_once('_'));
    copied.filter(|(number, _)| number.parse::<u32>().is_ok()).map_or(name, |(_, name)| name)
}

/// All templates of a rule.
fn templates(placed: &PlacedRule) -> Vec<&Fragment> {
    let rule = &placed.rule;
    let anchors = rule.anchors.iter().map(|anchor| &anchor.template);
    let all = anchors.chain(&rule.enter).chain(&rule.exit).flat_map(fragments);
    all.chain(rule.state.iter().map(|var| &var.ty)).collect()
}

fn fragments(template: &Template) -> impl Iterator<Item = &Fragment> {
    template.variants.iter().map(|variant| &variant.code)
}

/// The rule whose text is the last to begin at or above a line; `None`: a declaration or a port is, which no name switches off.
fn rule_at(unit: &Unit, plugin: &str, line: u32) -> Option<String> {
    let own = unit.rules.iter().filter(|placed| placed.plugin == plugin);
    let rules = own.flat_map(|placed| {
        templates(placed).into_iter().map(|code| (code.line, Some(placed.rule.name.clone())))
    });
    let decls = unit.decls.iter().filter(|placed| placed.plugin == plugin);
    let decls = decls.flat_map(|placed| fragments(&placed.template).map(|code| (code.line, None)));
    let bodies = unit.bodies.iter().map(|body| &body.port);
    let ports = unit.ports.iter().chain(bodies).filter(|placed| placed.plugin == plugin);
    let ports = ports.map(|placed| (placed.item.line, None));
    let above = rules.chain(decls).chain(ports).filter(|(start, _)| *start <= line);
    above.max_by_key(|(start, _)| *start).and_then(|(_, rule)| rule)
}

/// The private names of packages in woven code.
fn aliases(unit: &Unit) -> BTreeSet<&str> {
    let rules = unit.rules.iter().flat_map(templates);
    let decls = unit.decls.iter().flat_map(|placed| fragments(&placed.template));
    let bodies = unit.bodies.iter().flat_map(|body| [&body.port.item.signature, &body.port.item.body]);
    let fields = unit.structs.iter().flat_map(|placed| placed.item.fields.iter().map(|field| &field.ty));
    let all = rules.chain(decls).chain(bodies).chain(fields);
    all.flat_map(|code| &code.imports).map(|import| import.alias.as_str()).collect()
}

/// The message with the names that the author has written.
fn unaliased(message: &str, aliases: &BTreeSet<&str>) -> String {
    let mut out = message.to_owned();
    for alias in aliases {
        if let Some(name) = alias.strip_prefix("goagent_") {
            out = out.replace(&format!("{alias}."), &format!("{name}."));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_compiler() {
        let said = split("/tmp/b1/goagent/plugins/bad.gorule:8:29: cannot use x (variable of type a.B): no")
            .unwrap();
        assert_eq!((said.line, said.column), (8, 29));
        assert_eq!(said.message, "cannot use x (variable of type a.B): no");
        assert!(split("too many errors").is_none() && split("# net/http").is_none());
    }

    #[test]
    fn copies_are_called_as_their_originals() {
        for (path, name) in
            [("/w/b1/goagent_3_proc.go", "proc.go"), ("/s/goagent_x.go", "goagent_x.go"), ("a.go", "a.go")]
        {
            assert_eq!(base_name(path), name);
        }
    }
}
