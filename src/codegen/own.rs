//! The names that a plugin gives to what it adds to a package, and the names that they have there: its own, so that other
//! plugins may use the same.
//!
//! In: a plugin and one of its targets. Out: what of a text is to be called otherwise. What is linknamed keeps its name:
//! others link to it by that. Methods keep theirs too, since interfaces ask for them; those of a type of the plugin's own
//! cannot clash.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::syntax::ast::{Plugin, Rule, Target, Template};
use crate::template::{Callable, CallableKind, Framed, How, Literal, Literals, Role, Use};

use super::guards::has_guards;
use super::place::unmarked;
use super::template::ReadTemplates;

/// Between the name of a plugin and that of what it declares. No plugin's name has it, nor ends with a part of it.
const BETWEEN: &str = "__";

/// What a name that a plugin gives is in woven code. What is exported stays so: the plugin's code in other packages may use it.
pub fn private_name(plugin: &str, name: &str) -> String {
    let first = if name.starts_with(char::is_uppercase) { 'G' } else { 'g' };
    format!("{first}oagent_{plugin}{BETWEEN}{name}")
}

/// What the author has written for a name of woven code.
pub fn written_name<'a>(plugin: &str, name: &'a str) -> &'a str {
    let prefixes = ["", "A"].map(|name| private_name(plugin, name));
    let [lower, upper] = &prefixes;
    let upper = upper.strip_suffix('A').unwrap_or_default();
    name.strip_prefix(lower.as_str()).or_else(|| name.strip_prefix(upper)).unwrap_or(name)
}

/// Whether what two targets of a plugin declare may come to stand in one package.
pub fn share_package(a: &Target, b: &Target) -> bool {
    a.reach == b.reach
        && a.package.node == b.package.node
        && (!a.is_known() || a.versions.node.meets(&b.versions.node))
}

/// A template in all its variants; nothing if it cannot be rendered: `check` reports it.
fn texts<'a>(templates: &'a ReadTemplates, template: &Template) -> impl Iterator<Item = &'a Framed> {
    templates.variants(template).unwrap_or_default().iter().map(|one| &one.text)
}

/// The names of a plugin in the package of one target.
#[derive(Debug, Default)]
pub struct OwnNames {
    plugin: String,
    /// What its `decl`s and ports declare, but for methods and what is linknamed.
    declared: BTreeSet<String>,
    /// Fields that it adds, and types of its own that are embedded somewhere.
    members: BTreeSet<String>,
    /// What its types are made of.
    literals: Literals,
    /// What is called without a guard around it: names, and names of methods.
    bare: (BTreeSet<String>, BTreeSet<String>),
    /// The exported names that the plugin declares in any package, by its import path.
    exported: BTreeMap<String, BTreeSet<String>>,
}

/// What the `decl`s of one target declare.
#[derive(Default)]
struct Declared<'a> {
    texts: Vec<&'a Framed>,
    /// But for methods and what is linknamed.
    names: BTreeSet<String>,
    literals: Literals,
    /// The types that are embedded somewhere.
    embedded: BTreeSet<String>,
}

impl<'a> Declared<'a> {
    fn of(target: &Target, templates: &'a ReadTemplates) -> Self {
        let texts = target.decls.iter().flat_map(|decl| texts(templates, decl)).collect();
        let mut declared = Self { texts, ..Self::default() };
        for framed in &declared.texts {
            let text = framed.text();
            let uses = framed.uses(&BTreeSet::new()).into_iter();
            let names = uses.filter(|found| found.how == How::Declared && found.name != "init");
            let linkname = |line| unmarked(line).strip_prefix("//go:linkname ")?.split_whitespace().next();
            let linknamed: BTreeSet<&str> = text.lines().filter_map(linkname).collect();
            declared
                .names
                .extend(names.map(|found| found.name).filter(|name| !linknamed.contains(name.as_str())));
            if text.contains("type") {
                declared.literals.extend(framed.literals());
            }
            if text.contains("struct") {
                let members = framed.members(&Literals::new()).into_iter();
                let embedded = members.filter(|member| member.role == Role::Embedded);
                declared.embedded.extend(embedded.map(|member| member.name));
            }
        }
        declared
    }
}

impl OwnNames {
    /// Those of each target of a plugin.
    pub(super) fn of(plugin: &Plugin, templates: &ReadTemplates) -> Vec<Self> {
        let declared = |target| Declared::of(target, templates);
        let declared: Vec<Declared<'_>> = plugin.targets.iter().map(declared).collect();
        let mut exported: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (target, declared) in plugin.targets.iter().zip(&declared).filter(|(target, _)| target.is_known())
        {
            let names = declared.names.iter().filter(|name| name.starts_with(char::is_uppercase));
            exported.entry(target.package.node.clone()).or_default().extend(names.cloned());
        }
        let all = (plugin, declared.as_slice(), templates);
        plugin.targets.iter().map(|target| Self::of_target(target, all, &exported)).collect()
    }

    fn of_target(
        target: &Target,
        (plugin, declared, templates): (&Plugin, &[Declared<'_>], &ReadTemplates),
        exported: &BTreeMap<String, BTreeSet<String>>,
    ) -> Self {
        let (name, exported) = (plugin.name.node.clone(), exported.clone());
        let mut own = Self { plugin: name, exported, ..Self::default() };
        let all = || plugin.targets.iter().zip(declared).filter(|(other, _)| share_package(target, other));
        for (shared, declared) in all() {
            own.declared.extend(declared.names.iter().cloned());
            own.declared.extend(shared.ports.iter().map(|port| port.name.node.clone()));
            own.literals.extend(declared.literals.iter().map(|(name, literal)| (name.clone(), *literal)));
            let fields = shared.structs.iter().flat_map(|item| &item.fields);
            own.members.extend(fields.map(|(name, _)| name.node.clone()));
        }
        // An embedded type gives its name to a field.
        let embedded = all().flat_map(|(_, declared)| &declared.embedded);
        let own_types: Vec<String> = embedded.filter(|name| own.declared.contains(*name)).cloned().collect();
        own.members.extend(own_types);
        let mut bare =
            all().flat_map(|(target, _)| &target.rules).filter(|rule| rule.bare.is_some()).peekable();
        if has_guards(&target.package.node) && bare.peek().is_some() {
            bare.for_each(|rule| own.call(rule, templates));
            let texts: Vec<&Framed> =
                all().flat_map(|(_, declared)| declared.texts.iter().copied()).collect();
            own.call_what_variables_hold(&texts);
        }
        own
    }

    /// Those of text that stands in package main: what the plugin declares in other packages.
    pub(super) fn of_main(&self) -> Self {
        Self { plugin: self.plugin.clone(), exported: self.exported.clone(), ..Self::default() }
    }

    /// Notes what a bare rule calls.
    fn call(&mut self, rule: &Rule, templates: &ReadTemplates) {
        let bound = rule.bound_names();
        let hooks = rule.enter.iter().chain(&rule.exit);
        for template in hooks.chain(rule.anchors.iter().map(|anchor| &anchor.template)) {
            for text in texts(templates, template) {
                let uses = text.uses(&bound).into_iter().map(|found| found.name);
                self.bare.0.extend(uses.filter(|name| !bound.contains(name)));
                let members = text.members(&self.literals).into_iter();
                self.bare.1.extend(members.map(|member| member.name));
            }
        }
    }

    /// A variable that is called may hold a function.
    fn call_what_variables_hold(&mut self, decls: &[&Framed]) {
        let mut variables: Vec<(String, BTreeSet<String>, BTreeSet<String>)> = Vec::new();
        for text in decls {
            let all = text.callables().into_iter().filter(|one| one.kind == CallableKind::Variable);
            let mut all = all.peekable();
            if all.peek().is_none() {
                continue;
            }
            let (uses, members) = (text.uses(&BTreeSet::new()), text.members(&self.literals));
            for variable in all {
                let inside = |range: &Range<usize>| variable.range.contains(&range.start);
                let names = uses.iter().filter(|found| inside(&found.range));
                let methods = members.iter().filter(|member| inside(&member.range));
                let names = names.map(|found| found.name.clone()).collect();
                let methods = methods.map(|member| member.name.clone()).collect();
                variables.push((variable.name, names, methods));
            }
        }
        loop {
            let before = (self.bare.0.len(), self.bare.1.len());
            for (name, names, methods) in &variables {
                if self.bare.0.contains(name) {
                    self.bare.0.extend(names.iter().cloned());
                    self.bare.1.extend(methods.iter().cloned());
                }
            }
            if before == (self.bare.0.len(), self.bare.1.len()) {
                return;
            }
        }
    }

    /// Whether a bare rule calls something that can have a guard.
    pub(super) fn needs_guard(&self, callable: &Callable) -> bool {
        let called = match callable.kind {
            CallableKind::Method => self.bare.1.contains(&callable.name),
            CallableKind::Function => self.bare.0.contains(&callable.name) && callable.name != "init",
            CallableKind::Variable => self.bare.0.contains(&callable.name),
        };
        called && !callable.bodies.is_empty()
    }

    /// Whether bare rules call anything.
    pub(super) fn has_bare_rules(&self) -> bool {
        !(self.bare.0.is_empty() && self.bare.1.is_empty())
    }

    /// The name of the plugin.
    pub(super) fn plugin(&self) -> &str {
        &self.plugin
    }

    /// What a name is called in the package.
    pub(super) fn private(&self, name: &str) -> String {
        private_name(&self.plugin, name)
    }

    /// The private name for a use of a free name in a text with these bound names and keys.
    pub(super) fn renamed(
        &self,
        found: &Use,
        bound: &BTreeSet<String>,
        keys: &[(Range<usize>, Literal)],
    ) -> Option<String> {
        if bound.contains(&found.name) || !self.declared.contains(&found.name) {
            return None;
        }
        let is_expression = match found.how {
            How::Return { .. } | How::Skip { .. } => false,
            How::Key => keys.iter().any(|(range, literal)| {
                *range == found.range
                    && match literal {
                        Literal::Elements => true,
                        Literal::Foreign => !found.name.starts_with(char::is_uppercase),
                        Literal::Fields | Literal::Unknown => false,
                    }
            }),
            _ => true,
        };
        is_expression.then(|| self.private(&found.name))
    }

    /// The private name for an exported one that the plugin declares in another package.
    pub(super) fn renamed_in(&self, package: &str, name: &str) -> Option<String> {
        self.exported.get(package).filter(|names| names.contains(name)).map(|_| self.private(name))
    }

    /// The private name for the name of a member.
    pub(super) fn renamed_member(&self, name: &str, role: Role) -> Option<String> {
        let is_member = match role {
            Role::Selected | Role::Declared => true,
            Role::Key(literal) => !matches!(literal, Literal::Elements | Literal::Foreign),
            Role::Embedded => false, // the type itself is renamed
        };
        (is_member && self.members.contains(name)).then(|| self.private(name))
    }

    /// Whether some name of a member in a text may be one of the plugin's, or a key one that it declares.
    pub(super) fn may_have_members(&self, text: &str, uses: &[Use]) -> bool {
        let is_key = |found: &Use| found.how == How::Key && self.declared.contains(&found.name);
        self.members.iter().any(|name| text.contains(name.as_str())) || uses.iter().any(is_key)
    }

    /// What its types are made of.
    pub(super) fn literals(&self) -> &Literals {
        &self.literals
    }
}
