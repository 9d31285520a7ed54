//! One rule beside one version of its package.
//!
//! In: a rule and the Go files of a package. Out: the diagnostics that keep the rule from fitting,
//! each with its place in the rule and, if there is one, in the Go file.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::modules::{GoSource, Package};
use crate::platform::Platform;
use crate::source::{FunctionSelector, GoFile, SelectedBy, callee};
use crate::syntax::ast::{Spanned, Target};
use crate::template::FragmentKind;
use crate::version::Version;

use super::super::outcome::FunctionSignature;
use super::super::text::template::Readings;
use super::super::text::words::unlikely;
use super::namesakes::declared_at;
use super::subject::{Comparison, Declaration, FoundFunction, head, is_other_kind, means};
use super::unknown_names;
use crate::template::{How, Use};

/// Returns the errors and warnings of the rule in this version.
pub(super) fn check(subject: &Comparison<'_>) -> Vec<Diagnostic> {
    let mut out = declared(subject);
    if !out.iter().any(|found| found.code == &codes::functions::NO_TYPE) {
        out.extend(unknown_names::check(subject));
        out.extend(skips_results(subject));
    }
    out
}

/// Reports a rule that may skip a function which has results, and lists none.
fn skips_results(subject: &Comparison<'_>) -> Option<Diagnostic> {
    let rule = subject.rule;
    let skips = rule.enter.as_ref().is_some_and(|enter| enter.node.contains("skip"));
    let skip = rule.may_skip.as_ref().filter(|_| skips && rule.func.results.is_none())?;
    let (go, function) = subject.first_function().filter(|(_, function)| !function.results.is_empty())?;
    let types: Vec<String> = function.results.iter().map(|one| format!("_ {}", go.slice(&one.ty))).collect();
    Some(
        Diagnostic::new(&codes::templates::SKIP_WITHOUT_RESULTS)
            .at(subject.source, skip.clone(), "")
            .help(format!(
                "list the results in the func line, `({})`, with `var NAME` in place of `_`, and assign them before `skip`",
                types.join(", ")
            )),
    )
}

/// The same without a look at the names in templates.
pub(super) fn declared(subject: &Comparison<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    if let Some(problem) = subject.rule.recv.as_ref().and_then(|recv| subject.no_type(recv)) {
        return vec![problem];
    }
    for selector in subject.selectors() {
        match subject.meant(&selector) {
            Ok(all) => out.extend(subject.on_platforms(&selector, &all)),
            Err(problem) => out.push(*problem),
        }
    }
    out
}

/// The functions of a rule for calls whose types the packages that call them cannot write.
pub(super) fn unwritable(subject: &Comparison<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for (name, selector) in subject.rule.func.names.iter().zip(subject.selectors()) {
        let mut candidates = subject.right(&selector);
        // A receiver is reported elsewhere.
        candidates.retain(|found| found.function.receiver.is_none());
        let signature =
            |found: &FoundFunction<'_>| callee([found.go], &subject.target.package.node, &name.node);
        // One that can be written is enough: others may be for other platforms.
        let refused: Option<Vec<String>> = candidates.iter().map(|found| signature(found).err()).collect();
        let why = refused.and_then(|all| all.into_iter().next());
        if let (Some(why), Some(found)) = (why, candidates.first()) {
            out.push(
                Diagnostic::new(&codes::functions::CALLEE)
                    .with("function", format!("`{}`", name.node))
                    .with("why", why)
                    .at(subject.source, name.span.clone(), "")
                    .and(&found.file.source, head(found.function), "declared here")
                    .help("hook the function itself, with a target for its package; or a function that can be called so"),
            );
        }
    }
    out
}

/// The functions that the rule is for, as they are declared in this version.
pub(super) fn signatures(subject: &Comparison<'_>) -> Vec<FunctionSignature> {
    let mut found = Vec::new();
    for selector in subject.selectors() {
        for FoundFunction { file, go, function } in subject.right(&selector) {
            let results = function.results_range.as_ref().map(|range| format!(" {}", go.slice(range)));
            let text = format!("{}{}", go.slice(&function.params_range), results.unwrap_or_default());
            found.push(FunctionSignature {
                name: function.display(),
                file: file.source.name.rsplit('/').next().unwrap_or_default().to_owned(),
                text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            });
        }
    }
    found
}

impl<'a> Comparison<'a> {
    /// The functions that the rule means, with the right receiver.
    fn right(&self, selector: &FunctionSelector<'a>) -> Vec<FoundFunction<'a>> {
        let all = self.meant(selector).unwrap_or_default().into_iter();
        all.filter(|(_, mismatches)| !is_other_kind(mismatches)).map(|(found, _)| found).collect()
    }

    /// The declarations that a selector means, with what keeps the rule from each: several if a
    /// function is declared for each platform, or if functions are selected. `Err`: there is none.
    fn meant(&self, selector: &FunctionSelector<'a>) -> Result<Vec<Declaration<'a>>, Box<Diagnostic>> {
        let SelectedBy::Name { name, receiver } = selector.by else {
            let files = self.package.files.iter().filter_map(|file| Some((file, file.parsed()?)));
            let all = means(selector, files.collect());
            return if all.is_empty() { Err(Box::new(self.none_selected(selector))) } else { Ok(all) };
        };
        let own = means(selector, self.package.with_method(receiver.map(|one| one.name), name));
        if own.iter().any(|(_, mismatches)| !is_other_kind(mismatches)) {
            return Ok(own);
        }
        let all = self.package.with_function(name);
        let right = means(selector, all.clone());
        if right.iter().any(|(_, mismatches)| !is_other_kind(mismatches)) {
            return Ok(right);
        }
        let of_name = |(file, go): (&'a GoSource, &'a GoFile)| {
            let functions = go.functions.iter().filter(|function| function.name == name);
            functions.map(move |function| FoundFunction { file, go, function })
        };
        let all: Vec<FoundFunction<'a>> = all.into_iter().flat_map(of_name).collect();
        let written = self.rule.func.names.iter().find(|written| written.node == name);
        Err(Box::new(match written {
            Some(written) => self.not_declared(written, &all),
            None => self.none_selected(selector),
        }))
    }

    /// The problems of the declarations for the rule's platforms. A rule that names its functions
    /// and no platform holds if one declaration fits, and so does one that selects them; what
    /// becomes of it elsewhere is reported.
    fn on_platforms(&self, selector: &FunctionSelector<'_>, all: &[Declaration<'a>]) -> Vec<Diagnostic> {
        let platforms = &self.rule.platforms;
        let is_meant = |(found, _): &&Declaration<'a>| {
            let may_have =
                |one: &Spanned<Platform>| one.node.may_have(&found.file.source.name, &found.file.source.text);
            platforms.is_empty() || platforms.iter().any(may_have)
        };
        let name = match selector.by {
            SelectedBy::Name { name, .. } => self.rule.func.names.iter().find(|one| one.node == name),
            _ => None,
        };
        let of_each: Vec<(FoundFunction<'a>, Vec<Diagnostic>)> = all
            .iter()
            .filter(is_meant)
            .map(|(found, mismatches)| (*found, self.problems(name, *found, mismatches)))
            .collect();
        let (fitting, others): (Vec<_>, Vec<_>) =
            of_each.into_iter().partition(|(_, problems)| problems.is_empty());
        if let (true, true, Some((found, _))) = (fitting.is_empty(), others.is_empty(), all.first()) {
            return vec![self.no_platform(selector, found)];
        }
        if fitting.is_empty() || name.is_some() && !platforms.is_empty() {
            return others.into_iter().map(|(_, problems)| problems).min_by_key(Vec::len).unwrap_or_default();
        }
        // Of functions that are selected, one stands for all.
        let reported = if name.is_some() { others.len() } else { 1 };
        let elsewhere = |(found, problems): &(FoundFunction<'a>, Vec<Diagnostic>)| {
            let reason = problems.first().map(Diagnostic::message).unwrap_or_default();
            self.other_declaration(name, found, &reason)
        };
        others.iter().take(reported).map(elsewhere).collect()
    }
}

/// Names of `decl` that the package has already.
pub(super) fn clashes(
    source: &Arc<SourceFile>,
    target: &Target,
    package: &Package,
    version: &Version,
    readings: &Readings,
) -> Vec<Diagnostic> {
    let ports = target.ports.iter().map(|port| (port.name.node.clone(), port.name.span.clone()));
    let decls = target.decls.iter().flat_map(|decl| {
        let uses = readings.uses(decl, FragmentKind::Declarations, version, &BTreeSet::new());
        let uses: Vec<Use> = uses.map(|uses| uses.to_vec()).unwrap_or_default();
        uses.into_iter().filter(|found| found.how == How::Declared).map(|found| (found.name, found.range))
    });
    let names = ports.chain(decls).filter(|(name, _)| !matches!(name.as_str(), "init" | "_"));
    names.filter_map(|(name, range)| clash(source, target, package, &name, range)).collect()
}

fn clash(
    source: &Arc<SourceFile>,
    target: &Target,
    package: &Package,
    name: &str,
    range: std::ops::Range<usize>,
) -> Option<Diagnostic> {
    let files = package.with_name(name);
    let (file, span) = files.into_iter().find_map(|(file, go)| Some((file, declared_at(go, name)?)))?;
    Some(
        Diagnostic::new(&codes::functions::DECL_CLASH)
            .with("package", &target.package.node)
            .with("name", name)
            .at(source, range, "declared again")
            .and(&file.source, span, "declared here")
            .help(format!("choose a name that the package will not have, such as `{}`", unlikely(name))),
    )
}
