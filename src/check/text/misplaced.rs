//! Code that cannot be where it is: `skip` outside of enter, the agent below itself.

use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::ast::Span;

use super::super::findings::Findings;
use super::names::Packages;

/// A `skip` outside of enter: only enter can leave its function.
pub(in crate::check) fn skip_misplaced(
    place: &str,
    span: Span,
    source: &std::sync::Arc<crate::diagnostic::SourceFile>,
) -> Diagnostic {
    Diagnostic::new(&codes::structure::SKIP_MISPLACED)
        .with("place", place)
        .at(source, span, "")
        .help("write it in enter, outside of function literals")
}

/// Reports a use of the agent in code that the agent itself depends on.
pub(in crate::check) fn not_below(
    name: &str,
    span: Span,
    packages: &Packages,
    place: &str,
    findings: &mut Findings,
) {
    if packages.path(name).is_some_and(|path| path.starts_with("goagent/")) {
        findings.push(
            Diagnostic::new(&codes::structure::AGENT_IN_BARE)
                .with("name", name)
                .with("place", place)
                .at(findings.file(), span, "")
                .help("keep to the package's own names here, or hook a package above the agent"),
        );
    }
}
