//! Finds the mistakes in templates that the compiler reports, each at its place in the `.gorule`
//! file.
//!
//! In: the compiler's output, the woven unit. Out: [`Fault`]s. Text of enter, exit and `decl`
//! carries line directives to the plugin's file; text within a function is on the function's own
//! lines, which are known.

use std::collections::BTreeSet;

use super::author_words::AuthorWords;
use super::protocol::Fault;
use crate::bundle::{Fragment, Template};
use crate::codegen::written_name;
use crate::weave::{AddedMethod, Outcome, PlacedRule, TEMPLATE_FOLDER, Unit, added_methods};

/// Returns the mistakes that can be attributed to a plugin.
pub(super) fn find(output: &str, unit: &Unit, outcomes: &[Outcome]) -> Vec<Fault> {
    let search = FaultSearch::new(unit, outcomes);
    let mut found: Vec<Fault> = Vec::new();
    let mut in_fault = false;
    for line in output.lines() {
        if line.starts_with(char::is_whitespace) {
            if let Some(last) = found.last_mut().filter(|_| in_fault) {
                last.message.push('\n');
                last.message.push_str(&search.words.translate(line));
            }
            continue;
        }
        let fault = split(line).and_then(|said| search.fault(&said));
        in_fault = fault.is_some();
        found.extend(fault.filter(|fault| !found.contains(fault)));
    }
    found
}

/// Returns the mistake of a plugin that was woven alone, for an error without a place in its text.
/// The place is that of the plugin's first declaration, or else of the first field that it adds.
pub(super) fn whole(output: &str, plugin: &str, unit: &Unit) -> Fault {
    let first = output.lines().find(|line| !line.starts_with('#')).unwrap_or("the compiler says nothing");
    let words = author_words(unit);
    let message = match split(first) {
        Some(said) => {
            words.translate(&format!("{} (at {}:{})", said.message, base_name(said.path), said.line))
        }
        None => words.translate(first),
    };
    let decls = unit.decls.iter().filter(|placed| placed.plugin == plugin);
    let mut codes = decls.filter_map(|placed| placed.template.at(unit.version.as_ref()));
    let fields = unit.structs.iter().filter(|placed| placed.plugin == plugin);
    let mut types = fields.flat_map(|placed| &placed.item.fields).map(|field| &field.ty);
    let place = codes.next().map(first_place).or_else(|| types.next().map(|ty| (ty.line, ty.column)));
    Fault { plugin: plugin.to_owned(), rule: None, place, message }
}

/// Returns the place of the first word of a text.
fn first_place(code: &Fragment) -> (u32, u32) {
    let blank = code.text.len() - code.text.trim_start().len();
    let (lines, last) = match code.text.get(..blank).and_then(|text| text.rsplit_once('\n')) {
        Some((before, last)) => (before.matches('\n').count() + 1, last.len() + 1),
        None => (0, blank + code.column as usize),
    };
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    (code.line.saturating_add(small(lines)), small(last))
}

/// Returns the authors' words for the names in a unit's code.
pub(super) fn author_words(unit: &Unit) -> AuthorWords<'_> {
    let rules = unit.rules.iter().map(|placed| placed.plugin.as_str());
    let decls = unit.decls.iter().map(|placed| placed.plugin.as_str());
    let structs = unit.structs.iter().map(|placed| placed.plugin.as_str());
    let bodies = unit.bodies.iter().map(|body| &body.port);
    let ports = unit.ports.iter().chain(bodies).map(|placed| placed.plugin.as_str());
    AuthorWords { aliases: aliases(unit), plugins: rules.chain(decls).chain(structs).chain(ports).collect() }
}

/// A message of the compiler: `path:line:column: message`.
struct CompilerMessage<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    message: &'a str,
}

fn split(text: &str) -> Option<CompilerMessage<'_>> {
    let (place, message) = text.split_once(": ")?;
    let (place, column) = place.rsplit_once(':')?;
    let (path, line) = place.rsplit_once(':')?;
    Some(CompilerMessage { path, line: line.parse().ok()?, column: column.parse().ok()?, message })
}

/// Everything that a message may be about.
struct FaultSearch<'u> {
    unit: &'u Unit,
    outcomes: &'u [Outcome],
    words: AuthorWords<'u>,
    methods: Vec<AddedMethod>,
}

impl<'u> FaultSearch<'u> {
    fn new(unit: &'u Unit, outcomes: &'u [Outcome]) -> Self {
        Self { unit, outcomes, words: author_words(unit), methods: added_methods(unit) }
    }

    fn fault(&self, said: &CompilerMessage<'_>) -> Option<Fault> {
        let unit = self.unit;
        let message = self.words.translate(said.message);
        if let Some((_, file)) = said.path.split_once(TEMPLATE_FOLDER) {
            let plugin = file.strip_suffix(".gorule")?.to_owned();
            let is_known = unit.rules.iter().any(|placed| placed.plugin == plugin)
                || unit.bodies.iter().any(|body| body.port.plugin == plugin);
            if !is_known {
                return None;
            }
            let rule = rule_at(unit, &plugin, said.line);
            return Some(Fault { plugin, rule, place: Some((said.line, said.column)), message });
        }
        let message = format!("{message} (at {}:{})", base_name(said.path), said.line);
        if let Some(method) = self.method_in(said.message) {
            let (plugin, place) = (method.plugin.clone(), Some(method.place));
            return Some(Fault { plugin, rule: None, place, message });
        }
        if let Some(rule) = self.rule_of_function(said) {
            return Some(Fault {
                plugin: rule.plugin.clone(),
                rule: Some(rule.rule.name.clone()),
                place: templates(rule).first().map(|code| (code.line, code.column)),
                message,
            });
        }
        let (plugin, ty) = self.field_at(said)?;
        Some(Fault { plugin, rule: None, place: Some((ty.line, ty.column)), message })
    }

    /// Returns the method of a `decl` that a message about the package's own code mentions.
    fn method_in(&self, message: &str) -> Option<&AddedMethod> {
        let words: BTreeSet<&str> = message
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|word| !word.is_empty())
            .collect();
        let has = |method: &&AddedMethod| {
            words.contains(method.name.as_str()) && words.contains(method.type_name.as_str())
        };
        self.methods.iter().find(has)
    }

    /// Returns the type of the field that is added to the struct at this place.
    fn field_at(&self, said: &CompilerMessage<'_>) -> Option<(String, &'u Fragment)> {
        let file = base_name(said.path);
        let is_here = |outcome: &&Outcome| {
            let at = outcome.place.as_ref().filter(|_| outcome.skipped.is_none());
            at.is_some_and(|at| at.file == file && (at.line..=at.end).contains(&said.line))
        };
        let here: Vec<&Outcome> = self.outcomes.iter().filter(is_here).collect();
        self.unit.structs.iter().find_map(|placed| {
            let item = &placed.item;
            let field = item.fields.iter().find(|field| {
                let shown = format!("{}.{}", item.type_name, written_name(&placed.plugin, &field.name));
                here.iter().any(|outcome| outcome.plugin == placed.plugin && outcome.function == shown)
            })?;
            Some((placed.plugin.clone(), &field.ty))
        })
    }

    /// Returns the rule that was woven into the function at this line, if it can be only one: the
    /// only one with an anchor, or the only one at all if none has an anchor.
    fn rule_of_function(&self, said: &CompilerMessage<'_>) -> Option<&'u PlacedRule> {
        let file = base_name(said.path);
        let here = self.outcomes.iter().filter(|outcome| {
            let at = outcome.place.as_ref().filter(|_| outcome.skipped.is_none());
            at.is_some_and(|at| at.file == file && (at.line..=at.end).contains(&said.line))
        });
        let rule = |outcome: &Outcome| self.unit.rules.iter().find(|placed| outcome.is_of(placed));
        let all: Vec<&PlacedRule> = here.filter_map(rule).collect();
        let anchored: Vec<&PlacedRule> =
            all.iter().copied().filter(|placed| !placed.rule.anchors.is_empty()).collect();
        match (anchored.as_slice(), all.as_slice()) {
            ([one], _) | ([], [one]) => Some(one),
            _ => None,
        }
    }
}

/// Returns the file's own name, also for a woven copy.
fn base_name(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let copied = name.strip_prefix("goagent_").and_then(|rest| rest.split_once('_'));
    copied.filter(|(number, _)| number.parse::<u32>().is_ok()).map_or(name, |(_, name)| name)
}

/// Returns all templates of a rule.
fn templates(placed: &PlacedRule) -> Vec<&Fragment> {
    let rule = &placed.rule;
    let anchors = rule.anchors.iter().map(|anchor| &anchor.template);
    let all = anchors.chain(&rule.enter).chain(&rule.exit).flat_map(fragments);
    all.chain(rule.state.iter().map(|var| &var.ty)).collect()
}

fn fragments(template: &Template) -> impl Iterator<Item = &Fragment> {
    template.variants.iter().map(|variant| &variant.code)
}

/// Returns the rule whose text is the last to begin at or above a line; `None` if that text is a
/// declaration or a port, which no name switches off.
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

/// Returns the private names of packages in woven code.
fn aliases(unit: &Unit) -> BTreeSet<&str> {
    let rules = unit.rules.iter().flat_map(templates);
    let decls = unit.decls.iter().flat_map(|placed| fragments(&placed.template));
    let bodies = unit.bodies.iter().flat_map(|body| [&body.port.item.signature, &body.port.item.body]);
    let signatures = unit.ports.iter().map(|placed| &placed.item.signature);
    let binds = unit.rules.iter().flat_map(|placed| placed.rule.binds.iter().map(|bind| &bind.ty));
    let fields = unit.structs.iter().flat_map(|placed| placed.item.fields.iter().map(|field| &field.ty));
    let all = rules.chain(decls).chain(bodies).chain(signatures).chain(binds).chain(fields);
    let all = all.flat_map(|code| &code.imports).map(|import| import.alias.as_str());
    all.chain(["goagent_agent"]).collect()
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
