//! Rewrites the Go text of a template: packages and what the plugin adds get private names.
//!
//! In: Go text, and the names that the plugin and the rule give. Out: the text with private names,
//! and what it mentions.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use super::place::MARK;
use super::{Imports, OwnNames, RulePlace};
use crate::bundle::{Fragment, Guard, Import};
use crate::source::forbidding_calls;
use crate::source::line_column;
use crate::template::{FragmentKind, Framed, How, Literal, Member, Role, Use};

/// The alias under which generated code imports a path.
fn alias(name: &str) -> String {
    format!("goagent_{name}")
}

/// Reader of a plugin's Go text.
pub struct FragmentReader<'a> {
    /// The names of packages that the text may use.
    pub imports: &'a Imports,
    /// The plugin's own names in the package to which the text is added.
    pub own: &'a OwnNames,
    /// The names that the rule of the text binds.
    pub bound: &'a BTreeSet<String>,
}

/// A replacement in a text.
struct Replacement {
    range: Range<usize>,
    text: String,
}

impl FragmentReader<'_> {
    /// Reads the Go text at a place of the `.gorule` file. Text that is not Go stays as it is:
    /// `check` reports it.
    pub fn fragment(&self, text: &str, kind: FragmentKind, at: RulePlace) -> Fragment {
        self.fragment_of(&Framed::parse(text, kind), kind, at)
    }

    /// Does the same for a text that is already parsed.
    pub fn fragment_of(&self, framed: &Framed, kind: FragmentKind, at: RulePlace) -> Fragment {
        let mut fragment = Fragment { line: at.line, column: at.column, ..Fragment::default() };
        let text = framed.text();
        let uses = framed.uses(self.bound);
        let members = if self.own.may_have_members(text, &uses) {
            framed.members(self.own.literals())
        } else {
            Vec::new()
        };
        let mut edits = self.uses(text, uses, &members, &mut fragment);
        for Member { name, range, role } in &members {
            let is_renamed = edits.iter().any(|edit| edit.range == *range);
            if let Some(text) = self.own.renamed_member(name, *role).filter(|_| !is_renamed) {
                edits.push(Replacement { range: range.clone(), text });
            }
        }
        if kind == FragmentKind::Declarations && self.own.has_bare_rules() {
            edits.extend(self.guards(framed, at, &mut fragment));
        }
        edits.sort_by_key(|edit| edit.range.start);
        fragment.text = applied(text, &edits, at);
        fragment
    }

    /// Returns the replacements for names; notes in `fragment` what else the text uses.
    fn uses(
        &self,
        text: &str,
        uses: Vec<Use>,
        members: &[Member],
        fragment: &mut Fragment,
    ) -> Vec<Replacement> {
        let keys: Vec<(Range<usize>, Literal)> = members
            .iter()
            .filter_map(|member| match member.role {
                Role::Key(literal) => Some((member.range.clone(), literal)),
                _ => None,
            })
            .collect();
        let (mut names, mut used) = (BTreeSet::new(), BTreeSet::new());
        let mut edits = Vec::new();
        for found in uses {
            let replacement = match &found.how {
                How::Qualifier { member } if let Some(path) = self.imports.path(&found.name) => {
                    let behind = text.get(found.range.end..).unwrap_or_default();
                    if let Some((text, at)) =
                        self.own.renamed_in(path, member).zip(behind.find(member.as_str()))
                    {
                        let start = found.range.end + at;
                        edits.push(Replacement { range: start..start + member.len(), text });
                    }
                    used.insert(Import { alias: alias(&found.name), path: path.to_owned() });
                    alias(&found.name)
                }
                How::Skip { .. } => {
                    fragment.skips = true;
                    "{ goagent_skip = true; return }".to_owned()
                }
                How::Return { .. } => {
                    fragment.returns = true;
                    continue;
                }
                _ => {
                    let private = self.own.renamed(&found, self.bound, &keys);
                    names.insert(private.clone().unwrap_or_else(|| found.name.clone()));
                    let Some(private) = private else { continue };
                    private
                }
            };
            edits.push(Replacement { range: found.range, text: replacement });
        }
        fragment.imports = used.into_iter().collect();
        fragment.names = names.into_iter().collect();
        edits
    }

    /// Returns the guards to insert at the beginning of the functions that bare rules call.
    fn guards(&self, framed: &Framed, at: RulePlace, fragment: &mut Fragment) -> Vec<Replacement> {
        let text = framed.text();
        let mut edits: Vec<Replacement> = Vec::new();
        for callable in framed.callables().iter().filter(|one| self.own.needs_guard(one)) {
            if forbidding_calls(&callable.directives).is_some() {
                continue; // `check` looks for what may panic in it
            }
            for body in &callable.bodies {
                if edits.iter().any(|edit| edit.range.start == *body) {
                    continue; // another variable of the same declaration
                }
                let (line, column) = original(text, *body, at);
                let key = format!("{}_{line}_{column}", self.own.plugin());
                edits.push(Replacement {
                    range: *body..*body,
                    text: format!(" defer goagent_guard_{key}();"),
                });
                fragment.guards.push(Guard { key, function: callable.display.clone() });
            }
        }
        edits
    }
}

/// The text with its edits applied. After each edit the original position is restored, if `at` asks
/// for it.
fn applied(text: &str, edits: &[Replacement], at: RulePlace) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for Replacement { range, text: replacement } in edits {
        out.push_str(text.get(done..range.start).unwrap_or_default());
        out.push_str(replacement);
        done = range.end;
        if at.restore {
            let (line, column) = original(text, done, at);
            let _ = write!(out, "/*line :{line}:{column}*/");
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Line and column in the `.gorule` file of an offset in a text, which may contain position marks
/// from before it was rendered.
fn original(text: &str, offset: usize, at: RulePlace) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let mark = before.rfind(MARK).and_then(|start| {
        let (place, behind) = before.get(start + MARK.len()..)?.split_once("*/")?;
        let (line, column) = place.split_once(':')?;
        Some((line.parse().ok()?, column.parse().ok()?, behind))
    });
    let (line, column, behind): (usize, usize, &str) =
        mark.unwrap_or((at.line as usize, at.column as usize, before));
    match line_column(behind, behind.len()) {
        (1, c) => (line, column + c - 1),
        (l, c) => (line + l - 1, c),
    }
}
