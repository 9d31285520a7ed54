//! Declarations as they are private to a plugin: names that would be taken for one another, and
//! functions that bare rules call and that cannot be guarded.
//!
//! In: a plugin. Out: diagnostics. `codegen` makes the private names and the guards.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use crate::codegen::{has_guards, share_package};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::forbidding_calls;
use crate::syntax::ast::{Plugin, Span, Target, Template};
use crate::template::{Callable, CallableKind, FragmentKind, Framed, Literals, Pieces, Role};

use super::super::findings::Findings;

/// Checks all targets of a plugin.
pub(in crate::check) fn check(plugin: &Plugin, findings: &mut Findings) {
    for target in &plugin.targets {
        let shared = || plugin.targets.iter().filter(|other| share_package(target, other));
        let fields: BTreeSet<&str> = shared()
            .flat_map(|target| &target.structs)
            .flat_map(|item| item.fields.iter().map(|(name, _)| name.node.as_str()))
            .collect();
        let is_bare = shared().flat_map(|target| &target.rules).any(|rule| rule.bare.is_some());
        let types = LazyCell::new(|| {
            shared()
                .flat_map(|target| &target.decls)
                .flat_map(masked)
                .flat_map(|text| declared_types(&text))
                .collect()
        });
        for decl in &target.decls {
            for text in masked(decl) {
                let at = |range: &Span| decl.span.start + range.start..decl.span.start + range.end;
                let framed = LazyCell::new(|| Framed::parse(&text, FragmentKind::Declarations));
                if fields.iter().any(|field| text.contains(field)) {
                    taken_by_own(&framed, &fields, target, &at, findings);
                }
                if text.contains("func (") {
                    exported_methods(&framed, &types, &at, findings);
                }
                if is_bare && (!has_guards(&target.package.node) || text.contains("//go:")) {
                    unguarded(&framed, target, &at, findings);
                }
            }
        }
    }
}

/// The texts of a `decl` in all versions, with every offset unchanged.
fn masked(decl: &Template) -> Vec<String> {
    let pieces = Pieces::read(&decl.node);
    pieces.map(|pieces| pieces.variants().into_iter().map(|(_, text)| text).collect()).unwrap_or_default()
}

/// The types that a `decl` declares.
fn declared_types(text: &str) -> Vec<String> {
    Framed::parse(text, FragmentKind::Declarations).literals().into_keys().collect()
}

/// Reports exported methods of types that the package itself declares.
fn exported_methods(
    text: &Framed,
    declared: &LazyCell<BTreeSet<String>, impl FnOnce() -> BTreeSet<String>>,
    at: &dyn Fn(&Span) -> Span,
    findings: &mut Findings,
) {
    let is_exported = |one: &Callable| one.name.starts_with(char::is_uppercase);
    for method in text.callables().iter().filter(|one| one.kind == CallableKind::Method && is_exported(one)) {
        let receiver = method.display.trim_start_matches(['(', '*']);
        let receiver = receiver.split([')', '.']).next().unwrap_or(receiver);
        if declared.contains(receiver) {
            continue;
        }
        findings.push_once(
            Diagnostic::new(&codes::unneeded::METHOD_EXPORTED)
                .with("method", &method.display)
                .at(findings.file(), at(&(method.at..method.at + method.name.len())), "")
                .help(format!("write a function: `func goagent{}(v *{receiver}, …)`", method.name)),
        );
    }
}

/// Reports a member of a type in `decl` that has the name of an added field: which of the two a
/// selector means depends on types.
fn taken_by_own(
    text: &Framed,
    fields: &BTreeSet<&str>,
    target: &Target,
    at: &dyn Fn(&Span) -> Span,
    findings: &mut Findings,
) {
    for member in text.members(&Literals::new()) {
        if member.role == Role::Declared && fields.contains(member.name.as_str()) {
            let found = Diagnostic::new(&codes::functions::FIELD_TAKEN)
                .with("package", &target.package.node)
                .with("name", &member.name)
                .at(
                    findings.file(),
                    at(&member.range),
                    "declared here, and added by `struct` under the same name",
                )
                .help("give one of them another name");
            findings.push_once(found);
        }
    }
}

fn unguarded(text: &Framed, target: &Target, at: &dyn Fn(&Span) -> Span, findings: &mut Findings) {
    let package = &target.package.node;
    let everywhere = !has_guards(package);
    let concerned = |callable: &&Callable| everywhere || forbidding_calls(&callable.directives).is_some();
    let functions = text.callables();
    let concerned: Vec<&Callable> = functions.iter().filter(|one| concerned(one)).collect();
    for found in text.may_panic(&concerned) {
        let inside = functions.iter().find(|one| one.range.contains(&found.range.start));
        let directive = inside.and_then(|one| forbidding_calls(&one.directives)).filter(|_| !everywhere);
        let why = match directive {
            Some(directive) => format!("its function is marked //{directive}"),
            None => format!("package {package} runs where nothing can be deferred"),
        };
        let found = Diagnostic::new(&codes::templates::UNGUARDED)
            .with("what", found.what)
            .with("why", why)
            .at(findings.file(), at(&found.range), "")
            .help("write it so that it cannot panic, or do the work above this package");
        findings.push_once(found);
    }
}
