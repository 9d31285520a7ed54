//! Variables of `decl` that templates of many goroutines share.
//!
//! In: a plugin. Out: diagnostics for maps that are written without a lock, and for spans.

use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::ast::{Plugin, Template};
use crate::template::{DeclaredVariable, FragmentKind, Framed, Pieces};

use super::super::agent_names::is_span;
use super::super::findings::Findings;
use super::names::Packages;
use super::rule::templates;

/// Signs of a lock: a mutex, an atomic value, a channel.
const LOCKS: [&str; 4] = [".Lock()", "sync.", "atomic.", "<-"];

/// Checks the variables of all `decl`s of a plugin.
pub(super) fn check(plugin: &Plugin, packages: &Packages, findings: &mut Findings) {
    let decls: Vec<&Template> = plugin.targets.iter().flat_map(|target| &target.decls).collect();
    let rules = plugin.targets.iter().flat_map(|target| &target.rules).flat_map(templates);
    let texts: Vec<&str> = decls.iter().copied().chain(rules).map(|text| text.node.as_str()).collect();
    let is_locked = LOCKS.iter().any(|sign| texts.iter().any(|text| text.contains(sign)));
    for decl in decls.into_iter().filter(|decl| decl.node.contains("var")) {
        let Ok(pieces) = Pieces::read(&decl.node) else { continue };
        let texts_of_decl = pieces.variants().into_iter().map(|(_, text)| text);
        let variables = texts_of_decl
            .flat_map(|text| Framed::parse(&text, FragmentKind::Declarations).declared_variables());
        for variable in variables {
            let is_written = || texts.iter().any(|text| writes_element(text, &variable.name));
            let (what, help) = if is_map(&variable) && !is_locked && is_written() {
                ("a map that is written without a lock", "guard it with a `sync.Mutex`, or use a `sync.Map`")
            } else if holds_span(&variable, packages) {
                ("a span for all calls at once", "write `state span agent.Span` in the rule in its place")
            } else {
                continue;
            };
            let at = decl.span.start + variable.range.start..decl.span.start + variable.range.end;
            findings.push_once(
                Diagnostic::new(&codes::unneeded::SHARED_VARIABLE)
                    .with("name", &variable.name)
                    .with("what", what)
                    .at(findings.file(), at, "")
                    .help(help),
            );
        }
    }
}

fn is_map(variable: &DeclaredVariable) -> bool {
    [&variable.ty, &variable.value]
        .iter()
        .any(|text| text.starts_with("map[") || text.starts_with("make(map["))
}

fn holds_span(variable: &DeclaredVariable, packages: &Packages) -> bool {
    let (package, name) = variable.ty.split_once('.').unwrap_or_default();
    is_span(packages.path(package), name)
}

/// Returns true if a text assigns an element of a variable, or deletes one.
fn writes_element(text: &str, name: &str) -> bool {
    let assigns = text.match_indices(&format!("{name}[")).any(|(at, found)| {
        let rest = text
            .get(at + found.len()..)
            .and_then(|rest| rest.split_once(']'))
            .map(|(_, rest)| rest.trim_start());
        rest.is_some_and(|rest| {
            let is_assignment = rest.starts_with('=') && !rest.starts_with("==");
            is_assignment || rest.starts_with("++") || rest.starts_with("+=")
        })
    });
    assigns || text.contains(&format!("delete({name},"))
}
