//! The names that one rule binds for its templates.
//!
//! In: a rule. Out: receiver, parameters, results and state by name, or what is wrong with a name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::source::GoFile;
use crate::syntax::ast::{Param, Rule, Span, Spanned};

use super::names::Packages;
use super::words;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Receiver,
    Param,
    Result,
    State,
}

impl Kind {
    pub(super) fn text(self) -> &'static str {
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
pub(super) struct Bound {
    pub(super) kind: Kind,
    pub(super) span: Span,
    /// Whether a template may assign it.
    pub(super) assignable: bool,
}

/// The names of a rule.
pub(super) struct Scope {
    pub(super) names: BTreeMap<String, Bound>,
}

impl Scope {
    /// Collects the names of a rule.
    pub(super) fn of(
        rule: &Rule,
        packages: &Packages,
        source: &Arc<SourceFile>,
        out: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut scope = Self { names: BTreeMap::new() };
        let mut adder = Adder { scope: &mut scope, packages, source, out };
        if let Some(name) = rule.recv.as_ref().and_then(|recv| recv.name.as_ref()) {
            adder.add(name, Kind::Receiver, false);
        }
        for param in rule.func.params.iter().flat_map(|list| &list.node) {
            adder.param(param, Kind::Param);
        }
        for result in rule.func.results.iter().flat_map(|list| &list.node) {
            adder.param(result, Kind::Result);
        }
        for bind in &rule.binds {
            let kind = if bind.result { Kind::Result } else { Kind::Param };
            adder.add(&bind.name, kind, bind.var.is_some());
        }
        for state in &rule.state {
            adder.add(&state.name, Kind::State, true);
        }
        scope
    }

    /// The names alone.
    pub(super) fn set(&self) -> BTreeSet<String> {
        self.names.keys().cloned().collect()
    }
}

struct Adder<'a> {
    scope: &'a mut Scope,
    packages: &'a Packages,
    source: &'a Arc<SourceFile>,
    out: &'a mut Vec<Diagnostic>,
}

impl Adder<'_> {
    fn param(&mut self, param: &Param, kind: Kind) {
        let Some(name) = &param.name else {
            if param.var.is_some() {
                self.out.push(
                    Diagnostic::new(&codes::structure::BOUND_UNCHECKED)
                        .at(self.source, param.span.clone(), "")
                        .help("give it a name, or leave out `var`"),
                );
            }
            return;
        };
        if param.ty.is_none() && words::is_predeclared_type(&name.node) {
            self.out.push(
                Diagnostic::new(&codes::structure::LONE_TYPE)
                    .with("name", &name.node)
                    .at(
                        self.source,
                        name.span.clone(),
                        format!("{} of any type, named like a type", kind.text()),
                    )
                    .help(format!("write `_ {0}` for an unnamed one of type {0}", name.node)),
            );
            return;
        }
        self.add(name, kind, param.var.is_some());
    }

    fn add(&mut self, name: &Spanned<String>, kind: Kind, assignable: bool) {
        let import = self.packages.has(&name.node).then_some("the name of an import");
        let blank = (name.node == "_").then_some("no name");
        if let Some(why) = words::reserved(&name.node).or(import).or(blank) {
            self.out.push(
                Diagnostic::new(&codes::structure::NAME_RESERVED)
                    .with("name", &name.node)
                    .with("why", why)
                    .at(self.source, name.span.clone(), format!("{} of this name", kind.text()))
                    .help("choose another name; it need not be the one in the Go source"),
            );
            return;
        }
        if let Some(first) = self.scope.names.get(&name.node) {
            self.out.push(
                Diagnostic::new(&codes::structure::NAME_TWICE)
                    .with("name", &name.node)
                    .at(self.source, name.span.clone(), format!("{} of the same name", kind.text()))
                    .and(self.source, first.span.clone(), format!("already {}", first.kind.text()))
                    .help("choose another name; it need not be the one in the Go source"),
            );
            return;
        }
        let bound = Bound { kind, span: name.span.clone(), assignable };
        self.scope.names.insert(name.node.clone(), bound);
    }
}

/// Where a Go file declares a name for its whole package.
pub(super) fn declared_at(go: &GoFile, name: &str) -> Option<Span> {
    let function = go.functions.iter().find(|f| f.receiver.is_none() && f.name == name);
    let ty = || go.types.iter().find(|ty| ty.name == name).map(|ty| ty.name_range.clone());
    let value = || go.values.iter().any(|v| v == name).then(|| word_at(go.text(), name)).flatten();
    function.map(|f| f.name_range.clone()).or_else(ty).or_else(value)
}

/// The first place of a word.
fn word_at(text: &str, word: &str) -> Option<Span> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(at, _)| at..at + word.len()).find(|span| {
        let before = text.get(..span.start).and_then(|t| t.chars().next_back());
        let after = text.get(span.end..).and_then(|t| t.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}
