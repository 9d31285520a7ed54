//! Types as an author writes them.
//!
//! In: the text of a type in a target. Out: findings; the packages that it names count as used.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::source::{TypeError, canonical};
use crate::syntax::ast::Spanned;

use super::super::findings::Findings;

use super::names::{InTarget, Packages};
use super::words;

/// Checks one type, in code of a package whose own types are written without it.
pub(in crate::check) fn ty(
    ty: &Spanned<String>,
    package: &str,
    packages: &mut Packages,
    findings: &mut Findings,
) {
    let found = match canonical(&ty.node, &InTarget { packages, target: package }) {
        Ok(_) => return mark_packages(&ty.node, packages),
        Err(TypeError::NotGo(at)) => {
            let at = ty.span.start + at.min(ty.node.len());
            Diagnostic::new(&codes::templates::NOT_A_TYPE)
                .with("text", &ty.node)
                .at(findings.file(), ty.span.clone(), "")
                .and(findings.file(), at..at, "Go stops to understand here")
                .help(if ty.node.starts_with("->") {
                    "results follow the parameters without an arrow, as in `func F(x) (n int, err error)`"
                } else if ty.node.contains('=') {
                    "it begins as the zero value of its type: leave out the rest, and assign it in enter"
                } else if ty.node.trim() == "..." {
                    "write the dots before the type, as in `opts ...Option`; or write the name alone"
                } else {
                    "write it as in Go source, such as `*Engine`, `[]string` or `context.Context`"
                })
        }
        Err(TypeError::Unknown { name, at }) => {
            let help = packages.help_for_unknown(&name, package);
            unknown_qualifier(&name, ty.span.start + at, findings.file()).help(help)
        }
    };
    findings.push(found);
}

/// A package name that is not known.
pub(in crate::check) fn unknown_qualifier(name: &str, at: usize, source: &Arc<SourceFile>) -> Diagnostic {
    Diagnostic::new(&codes::structure::UNKNOWN_QUALIFIER).with("name", name).at(
        source,
        at..at + name.len(),
        "",
    )
}

/// Marks the packages that a type names as used.
pub(in crate::check) fn mark_packages(ty: &str, packages: &mut Packages) {
    for word in qualifiers(ty) {
        packages.mark_used(word);
    }
}

/// The words before a dot.
pub(in crate::check) fn qualifiers(ty: &str) -> impl Iterator<Item = &str> {
    ty.match_indices('.').filter_map(|(at, _)| {
        let before = ty.get(..at)?.trim_end();
        let start = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |i| i + 1);
        before.get(start..).filter(|word| !word.is_empty() && !words::is_keyword(word))
    })
}
