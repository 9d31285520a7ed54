//! Names of the packages `agent` and `semconv`, and of the methods of a span, that a plugin uses.
//!
//! In: the uses that the checks of the text have noted, and what the two packages declare. Out:
//! diagnostics for names that they do not declare, without a build.

use std::collections::{BTreeMap, BTreeSet};

use crate::codegen::AGENT;
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::syntax::ast::Span;

use super::findings::Findings;

/// The exported names of the packages that every template has.
#[derive(Debug, Default)]
pub struct AgentNames {
    /// The functions, types, variables and constants of each package, by its import path.
    pub packages: BTreeMap<String, BTreeSet<String>>,
    /// The methods of `agent.Span`.
    pub span_methods: BTreeSet<String>,
}

/// A use of a name of the agent in a rule file.
pub(super) struct AgentUse {
    /// The import path before the dot; `None`: a span.
    pub(super) package: Option<String>,
    /// The name after the dot.
    pub(super) name: String,
    /// The place of what is before the dot.
    pub(super) span: Span,
}

/// Names that other libraries have, and what does the same here.
const ELSEWHERE: [(&str, &str); 16] = [
    ("AddTag", "SetString"),
    ("Finish", "End"),
    ("RecordError", "EndErr"),
    ("SetAttr", "SetString"),
    ("SetAttribute", "SetString"),
    ("SetAttributes", "SetString"),
    ("SetOperationName", "SetName"),
    ("SetStatus", "SetError"),
    ("SetTag", "SetString"),
    ("SpanContext", "TraceContext"),
    ("SpanFromContext", "FromContext"),
    ("Start", "StartInternal"),
    ("StartClientSpan", "StartClient"),
    ("StartServerSpan", "StartServer"),
    ("StartSpan", "StartInternal"),
    ("StartSpanFromContext", "StartInternal"),
];

/// Reports the uses of names that do not exist.
pub(super) fn check(uses: &[AgentUse], known: &AgentNames, findings: &mut Findings) {
    for found in uses {
        let names = match &found.package {
            Some(path) => known.packages.get(path),
            None => Some(&known.span_methods),
        };
        let Some(names) = names.filter(|names| !names.contains(&found.name)) else { continue };
        let (place, what) = match &found.package {
            Some(path) => (format!("package {}", path.rsplit('/').next().unwrap_or(path)), "name"),
            None => ("`agent.Span`".to_owned(), "method"),
        };
        let list = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == found.name).map(|(_, here)| *here);
        let near = elsewhere.filter(|here| names.contains(*here));
        let near = near.or_else(|| nearest(&found.name, names.iter().map(String::as_str)));
        let help = near.map_or_else(
            || format!("write one of the names that {place} has"),
            |near| format!("did you mean `{near}`?"),
        );
        let at = member(findings, found);
        findings.push_once(
            Diagnostic::new(&codes::templates::UNKNOWN_AGENT_NAME)
                .with("place", &place)
                .with("what", what)
                .with("name", &found.name)
                .at(findings.file(), at, "")
                .note(format!("{place} has {list}"))
                .help(help),
        );
    }
}

/// The place of the name after the dot.
fn member(findings: &Findings, found: &AgentUse) -> Span {
    let text = findings.file().text.get(found.span.end..).unwrap_or_default();
    if findings.file().text.get(found.span.clone()) == Some(&found.name) {
        return found.span.clone();
    }
    match text.find(&found.name).filter(|at| text.get(..*at).is_some_and(|t| t.trim() == ".")) {
        Some(at) => found.span.end + at..found.span.end + at + found.name.len(),
        None => found.span.clone(),
    }
}

/// Returns true if a path is one whose names are known.
pub(super) fn is_of_agent(path: &str) -> bool {
    crate::codegen::PREDECLARED.iter().any(|(_, known)| *known == path)
}

/// Returns true if a type is `agent.Span`, whatever name the package has in the file.
pub(super) fn is_span(package: Option<&str>, name: &str) -> bool {
    package == Some(AGENT) && name == "Span"
}
