//! A rule beside one version of its package, and the functions there that it may mean.

use std::sync::Arc;

use crate::diagnostic::SourceFile;
use crate::modules::{GoSource, Package};
use crate::source::{Function, FunctionSelector, GoFile, Insertion, Mismatch, ReceiverType, SelectedBy};
use crate::syntax::ast::{Rule, Selector, SelectorKind, Span, Target, Template};
use crate::version::Version;

use super::super::text::names::Packages;
use super::super::text::template::Readings;

/// One rule and one version of its package.
pub(super) struct Comparison<'a> {
    pub(super) source: &'a Arc<SourceFile>,
    pub(super) target: &'a Target,
    pub(super) decls: &'a [&'a Template],
    pub(super) ports: &'a [&'a str],
    pub(super) rule: &'a Rule,
    pub(super) names: &'a Packages,
    pub(super) readings: &'a Readings,
    pub(super) package: &'a Package,
    pub(super) version: &'a Version,
}

/// A function that was found, and its file.
#[derive(Clone, Copy)]
pub(super) struct FoundFunction<'a> {
    pub(super) file: &'a GoSource,
    pub(super) go: &'a GoFile,
    pub(super) function: &'a Function,
}

impl<'a> Comparison<'a> {
    /// The name of a function in messages.
    pub(super) fn display(&self, name: &str) -> String {
        match &self.rule.recv {
            Some(recv) if recv.pointer => format!("`(*{}).{name}`", recv.type_name.node),
            Some(recv) => format!("`{}.{name}`", recv.type_name.node),
            None => format!("`{name}`"),
        }
    }

    /// A function in messages: as the rule names it, or as it is declared.
    pub(super) fn display_of(&self, found: &FoundFunction<'_>) -> String {
        match self.rule.func.selector {
            Some(_) => format!("`{}`", found.function.display()),
            None => self.display(&found.function.name),
        }
    }

    /// The functions that the rule selects: one selector for each name.
    pub(super) fn selectors(&self) -> Vec<FunctionSelector<'a>> {
        let (rule, func) = (self.rule, &self.rule.func);
        let insertion = match func.call {
            Some(_) => Insertion::Nothing,
            None if rule.enter.is_some() || rule.exit.is_some() => Insertion::Calls,
            None => Insertion::Text,
        };
        if let Some(Selector { kind, text }) = &func.selector {
            let by = match kind {
                SelectorKind::Matching => SelectedBy::Matching(&text.node),
                SelectorKind::Marked => SelectedBy::Marked(&text.node),
            };
            return vec![FunctionSelector { by, params: None, results: None, insertion }];
        }
        let receiver = rule.recv.as_ref();
        let receiver = receiver.map(|one| ReceiverType { name: &one.type_name.node, pointer: one.pointer });
        let params = func.params.as_ref().map(|list| list.node.len());
        let results = func.results.as_ref().map(|list| list.node.len());
        let by = func.names.iter().map(|name| SelectedBy::Name { name: &name.node, receiver });
        by.map(|by| FunctionSelector { by, params, results, insertion }).collect()
    }
}

impl<'a> Comparison<'a> {
    /// A function that the rule names, if there is one.
    pub(super) fn first_function(&self) -> Option<(&'a GoFile, &'a Function)> {
        self.selectors().into_iter().find_map(|selector| {
            let SelectedBy::Name { name, .. } = selector.by else { return None };
            let all = means(&selector, self.package.with_function(name));
            let right = all.into_iter().find(|(_, mismatches)| !is_other_kind(mismatches));
            right.map(|(found, _)| (found.go, found.function))
        })
    }
}

/// A declaration that the rule means, and what keeps the rule from it.
pub(super) type Declaration<'a> = (FoundFunction<'a>, Vec<Mismatch<'a>>);

/// The functions that a selector means in some files.
pub(super) fn means<'a>(
    selector: &FunctionSelector<'_>,
    files: Vec<(&'a GoSource, &'a GoFile)>,
) -> Vec<Declaration<'a>> {
    let of = |(file, go): (&'a GoSource, &'a GoFile)| {
        let all = go.functions.iter().filter(|function| selector.means(function));
        all.map(move |function| (FoundFunction { file, go, function }, selector.mismatches(function)))
    };
    files.into_iter().flat_map(of).collect()
}

/// Returns true if a function is a method of the right type with the wrong kind of receiver.
pub(super) fn is_other_kind(mismatches: &[Mismatch<'_>]) -> bool {
    mismatches.iter().any(|mismatch| matches!(mismatch, Mismatch::ReceiverKind { .. }))
}

/// A function's declaration without its body.
pub(super) fn head(function: &Function) -> Span {
    let end = function.results_range.as_ref().unwrap_or(&function.params_range).end;
    function.range.start..end
}
