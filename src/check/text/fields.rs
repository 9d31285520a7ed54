//! `struct` blocks: fields that a plugin adds to types of its target.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::ast::{Span, Spanned, Target};

use super::super::findings::Findings;
use super::names::Packages;
use super::{types, words};

/// Packages whose types are built into Go's compiler or runtime, each with the reason.
const FIXED: [(&str, &str); 7] = [
    ("runtime", "the scheduler and the garbage collector rely on their layout"),
    ("internal/runtime", "the runtime relies on their layout"),
    ("internal/abi", "the compiler writes values of them"),
    ("internal/reflectlite", "the compiler writes values of them"),
    ("reflect", "they stand for what the compiler writes"),
    ("unsafe", "it has none"),
    ("syscall", "the operating system writes values of them"),
];

/// Checks what needs no Go source.
pub(in crate::check) fn structure(target: &Target, packages: &mut Packages, findings: &mut Findings) {
    let mut seen: BTreeMap<(&str, &str), &Span> = BTreeMap::new();
    for item in &target.structs {
        let name = &item.type_name;
        let many = (!target.is_known()).then_some("the target is for many");
        if let Some(why) = many.or_else(|| fixed(&target.package.node)) {
            findings.push(
                Diagnostic::new(&codes::structure::STRUCT_FIXED)
                    .with("package", &target.package.node)
                    .with("why", why)
                    .at(findings.file(), name.span.clone(), "")
                    .help("keep the value in a map in `decl`, or in the state of a rule"),
            );
        }
        if item.fields.is_empty() {
            findings.push(
                Diagnostic::new(&codes::structure::STRUCT_EMPTY)
                    .with("type", &name.node)
                    .at(findings.file(), name.span.clone(), "")
                    .help("write a line such as `field goagentSpan agent.Span`, or remove it"),
            );
        }
        for (field, ty) in &item.fields {
            field_name(field, findings);
            if let Some(first) = seen.insert((&name.node, &field.node), &field.span) {
                findings.push(
                    Diagnostic::new(&codes::structure::FIELD_TWICE)
                        .with("name", &field.node)
                        .with("type", &name.node)
                        .at(findings.file(), field.span.clone(), "added again")
                        .and(findings.file(), first.clone(), "first added here")
                        .help("remove one of them"),
                );
            }
            types::ty(ty, &target.package.node, packages, findings);
        }
    }
}

/// The reason for which the types of a package must stay as they are, if there is one.
fn fixed(package: &str) -> Option<&'static str> {
    let is_in =
        |of: &str| package.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    FIXED.iter().find(|(of, _)| is_in(of)).map(|(_, why)| *why)
}

fn field_name(name: &Spanned<String>, findings: &mut Findings) {
    let lower: String = name.node.trim_start_matches('_').to_owned();
    let why = if lower.is_empty() {
        "a blank field cannot be used"
    } else if name.node.starts_with(char::is_uppercase) {
        "it is exported"
    } else if words::is_keyword(&name.node) {
        "it is a word of Go"
    } else {
        return;
    };
    let help = match lower.chars().next() {
        Some(first) if first.is_uppercase() => {
            format!("write `goagent{}`", lower.strip_prefix("Goagent").unwrap_or(&lower))
        }
        _ => "write a name such as `goagentSpan`".to_owned(),
    };
    findings.push(
        Diagnostic::new(&codes::structure::FIELD_NAME)
            .with("name", &name.node)
            .with("why", why)
            .at(findings.file(), name.span.clone(), "")
            .help(help),
    );
}
