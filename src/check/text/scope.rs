//! The names that one rule binds for its templates.
//!
//! In: a rule. Out: receiver, parameters, results and state by name, or what is wrong with a name.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::ast::{Param, Rule, Span, Spanned};

use super::super::findings::Findings;
use super::names::Packages;
use super::words;

/// The thing that a name is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum BindingKind {
    Receiver,
    Param,
    Result,
    State,
}

impl BindingKind {
    pub(in crate::check) fn text(self) -> &'static str {
        match self {
            Self::Receiver => "the receiver",
            Self::Param => "a parameter",
            Self::Result => "a result",
            Self::State => "a state",
        }
    }
}

/// One bound name.
#[derive(Debug, Clone)]
pub(in crate::check) struct BoundName {
    pub(in crate::check) kind: BindingKind,
    pub(in crate::check) span: Span,
    /// True if a template may assign it.
    pub(in crate::check) assignable: bool,
}

/// The names of a rule.
pub(in crate::check) struct RuleScope {
    pub(in crate::check) names: BTreeMap<String, BoundName>,
}

impl RuleScope {
    /// Collects the names of a rule.
    pub(in crate::check) fn new(rule: &Rule, packages: &Packages, findings: &mut Findings) -> Self {
        let mut scope = Self { names: BTreeMap::new() };
        let mut adder = Adder { scope: &mut scope, packages, findings };
        if let Some(name) = rule.recv.as_ref().and_then(|recv| recv.name.as_ref()) {
            adder.add(name, BindingKind::Receiver, false);
        }
        for name in rule.recv.iter().flat_map(|recv| &recv.type_params) {
            adder.type_parameter(name);
        }
        for param in rule.func.params.iter().flat_map(|list| &list.node) {
            adder.param(param, BindingKind::Param);
        }
        for result in rule.func.results.iter().flat_map(|list| &list.node) {
            adder.param(result, BindingKind::Result);
        }
        for bind in &rule.binds {
            let kind = if bind.result { BindingKind::Result } else { BindingKind::Param };
            adder.add(&bind.name, kind, bind.var.is_some());
        }
        for state in &rule.state {
            adder.add(&state.name, BindingKind::State, true);
        }
        scope
    }

    /// The names alone.
    pub(in crate::check) fn set(&self) -> BTreeSet<String> {
        self.names.keys().cloned().collect()
    }
}

struct Adder<'a> {
    scope: &'a mut RuleScope,
    packages: &'a Packages,
    findings: &'a mut Findings,
}

impl Adder<'_> {
    /// A type parameter of the receiver, which has a name here and no type.
    fn type_parameter(&mut self, name: &Spanned<String>) {
        if words::is_predeclared_type(&name.node) {
            self.findings.push(
                Diagnostic::new(&codes::structure::LONE_TYPE)
                    .with("name", &name.node)
                    .at(self.findings.file(), name.span.clone(), "the name of a type parameter")
                    .help("name the parameters of the type in any words, as in `*Tree[K, V]`; the rule is for all of them"),
            );
        }
    }

    fn param(&mut self, param: &Param, kind: BindingKind) {
        let Some(name) = &param.name else {
            if param.var.is_some() {
                self.findings.push(
                    Diagnostic::new(&codes::structure::BOUND_UNCHECKED)
                        .at(self.findings.file(), param.span.clone(), "")
                        .help("give it a name, or leave out `var`"),
                );
            }
            return;
        };
        if param.ty.is_none() && words::is_predeclared_type(&name.node) {
            self.findings.push(
                Diagnostic::new(&codes::structure::LONE_TYPE)
                    .with("name", &name.node)
                    .at(
                        self.findings.file(),
                        name.span.clone(),
                        format!("{} of any type, named like a type", kind.text()),
                    )
                    .help(format!("write `_ {0}` for an unnamed one of type {0}", name.node)),
            );
            return;
        }
        self.add(name, kind, param.var.is_some());
    }

    fn add(&mut self, name: &Spanned<String>, kind: BindingKind, assignable: bool) {
        let import = self.packages.has(&name.node).then_some("the name of an import");
        let blank = (name.node == "_").then_some("no name");
        if let Some(why) = words::reserved(&name.node).or(import).or(blank) {
            self.findings.push(
                Diagnostic::new(&codes::structure::NAME_RESERVED)
                    .with("name", &name.node)
                    .with("why", why)
                    .at(self.findings.file(), name.span.clone(), format!("{} of this name", kind.text()))
                    .help("choose another name; it need not be the one in the Go source"),
            );
            return;
        }
        if let Some(first) = self.scope.names.get(&name.node) {
            self.findings.push(
                Diagnostic::new(&codes::structure::NAME_TWICE)
                    .with("name", &name.node)
                    .at(self.findings.file(), name.span.clone(), format!("{} of the same name", kind.text()))
                    .and(self.findings.file(), first.span.clone(), format!("already {}", first.kind.text()))
                    .help("choose another name; it need not be the one in the Go source"),
            );
            return;
        }
        let bound = BoundName { kind, span: name.span.clone(), assignable };
        self.scope.names.insert(name.node.clone(), bound);
    }
}
