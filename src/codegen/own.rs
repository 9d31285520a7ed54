//! The names that a plugin gives to what it adds to a package, and their private forms, which let
//! other plugins use the same names.
//!
//! In: a plugin and one of its targets. Out: the private names for the parts of a text. A linknamed
//! function keeps its name, since others link to it by that name. Methods keep theirs too, since
//! interfaces ask for them; those of a type of the plugin's own cannot clash.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::syntax::ast::{Plugin, Rule, Target, Template};
use crate::template::{Callable, CallableKind, Framed, How, Literal, Literals, Role, Use};

use super::guards::has_guards;
use super::place::unmarked;
use super::template::ReadTemplates;

/// The separator of a plugin's name and the name of its declaration. No plugin's name contains it
/// or ends with a part of it.
const BETWEEN: &str = "__";

/// The name in woven code of something that a plugin declares. An exported name stays exported: the
/// plugin's code in other packages may use it.
pub fn private_name(plugin: &str, name: &str) -> String {
    let first = if name.starts_with(char::is_uppercase) { 'G' } else { 'g' };
    format!("{first}oagent_{plugin}{BETWEEN}{name}")
}

/// The name that the author wrote for a name of woven code.
pub fn written_name<'a>(plugin: &str, name: &'a str) -> &'a str {
    let prefixes = ["", "A"].map(|name| private_name(plugin, name));
    let [lower, upper] = &prefixes;
    let upper = upper.strip_suffix('A').unwrap_or_default();
    name.strip_prefix(lower.as_str()).or_else(|| name.strip_prefix(upper)).unwrap_or(name)
}

/// Returns true if declarations of two targets of a plugin may end up in one package.
pub fn share_package(a: &Target, b: &Target) -> bool {
    a.reach == b.reach
        && a.package.node == b.package.node
        && (!a.is_known() || a.versions.node.meets(&b.versions.node))
}

/// A template in all its variants; empty if it cannot be rendered: `check` reports it.
fn texts<'a>(templates: &'a ReadTemplates, template: &Template) -> impl Iterator<Item = &'a Framed> {
    templates.variants(template).unwrap_or_default().iter().map(|one| &one.text)
}

/// The names of a plugin in the package of one target.
#[derive(Debug, Default)]
pub struct OwnNames {
    plugin: String,
    /// The names that its `decl`s and ports declare, except for methods and linknamed functions.
    declared: BTreeSet<String>,
    /// Fields that it adds, and its own types that are embedded somewhere.
    members: BTreeSet<String>,
    /// The kinds of its types, which decide what keys in their literals are.
    literals: Literals,
    /// The names, and the names of methods, that are called without a guard around them.
    bare: (BTreeSet<String>, BTreeSet<String>),
    /// The exported names that the plugin declares in any package, by the import path of the
    /// package.
    exported: BTreeMap<String, BTreeSet<String>>,
}

/// The declarations in the `decl`s of one target.
#[derive(Default)]
struct DeclText<'a> {
    texts: Vec<&'a Framed>,
    /// The declared names, except for methods and linknamed functions.
    names: BTreeSet<String>,
    literals: Literals,
    /// The types that are embedded somewhere.
    embedded: BTreeSet<String>,
}

impl<'a> DeclText<'a> {
    fn new(target: &Target, templates: &'a ReadTemplates) -> Self {
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
    /// The names for each target of a plugin.
    pub(super) fn of_each_target(plugin: &Plugin, templates: &ReadTemplates) -> Vec<Self> {
        let declared = |target| DeclText::new(target, templates);
        let declared: Vec<DeclText<'_>> = plugin.targets.iter().map(declared).collect();
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
        (plugin, declared, templates): (&Plugin, &[DeclText<'_>], &ReadTemplates),
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

    /// The names for text in package main: those that the plugin declares in other packages.
    pub(super) fn of_main(&self) -> Self {
        Self { plugin: self.plugin.clone(), exported: self.exported.clone(), ..Self::default() }
    }

    /// Notes the names that a bare rule calls.
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

    /// Notes the names in called variables, which may hold functions.
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

    /// Returns true if a bare rule calls this and it can have a guard.
    pub(super) fn needs_guard(&self, callable: &Callable) -> bool {
        let called = match callable.kind {
            CallableKind::Method => self.bare.1.contains(&callable.name),
            CallableKind::Function => self.bare.0.contains(&callable.name) && callable.name != "init",
            CallableKind::Variable => self.bare.0.contains(&callable.name),
        };
        called && !callable.bodies.is_empty()
    }

    /// Returns true if bare rules call anything; never in packages that can have no guards.
    pub(super) fn has_bare_rules(&self) -> bool {
        !(self.bare.0.is_empty() && self.bare.1.is_empty())
    }

    /// The name of the plugin.
    pub(super) fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The private form of a name of the plugin.
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

    /// The private name for the name of a member, if the member is the plugin's.
    pub(super) fn renamed_member(&self, name: &str, role: Role) -> Option<String> {
        let is_member = match role {
            Role::Selected | Role::Declared => true,
            Role::Key(literal) => !matches!(literal, Literal::Elements | Literal::Foreign),
            Role::Embedded => false, // the type itself is renamed
        };
        (is_member && self.members.contains(name)).then(|| self.private(name))
    }

    /// Returns true if a text may contain the name of one of the plugin's members, or a key that is
    /// one of its declared names.
    pub(super) fn may_have_members(&self, text: &str, uses: &[Use]) -> bool {
        let is_key = |found: &Use| found.how == How::Key && self.declared.contains(&found.name);
        self.members.iter().any(|name| text.contains(name.as_str())) || uses.iter().any(is_key)
    }

    /// The kinds of its types, which decide what keys in their literals are.
    pub(super) fn literals(&self) -> &Literals {
        &self.literals
    }
}
