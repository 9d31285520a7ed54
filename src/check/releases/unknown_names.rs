//! Names in templates that nothing declares.
//!
//! In: a rule and its package at one version. Out: names that are neither bound by the rule, nor
//! imported, nor declared by the package, nor predeclared in Go. A name passes if the text leaves
//! doubt: the Go compiler decides.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Help, codes, nearest};
use crate::syntax::ast::Template;
use crate::template::FragmentKind;

use super::super::findings::Findings;
use super::super::text::names::{import_of, is_standard};
use super::super::text::scope::RuleScope;
use super::super::text::words;
use super::namesakes::declared_at;
use super::subject::Comparison;
use crate::source::GoParam;
use crate::template::{Framed, How, Pieces, Use};

/// The most unknown names of one rule that are reported: each needs a search for the nearest name.
const MAX_SAID: usize = 20;

/// Reports names in a rule's templates that nothing declares.
pub(super) fn check(subject: &Comparison<'_>) -> Vec<Diagnostic> {
    let rule = subject.rule;
    let scope = RuleScope::new(rule, subject.names, &mut Findings::new(subject.source));
    let bound = scope.set();
    let declared = declared_by_decls(subject);
    let mut out = Vec::new();
    // An anchor's text may mention locals of its function: the Go compiler knows those.
    for text in [&rule.enter, &rule.exit].into_iter().flatten() {
        report_unknown_names(subject, text, &bound, &declared, &mut out);
    }
    out
}

fn report_unknown_names(
    subject: &Comparison<'_>,
    text: &Template,
    bound: &BTreeSet<String>,
    declared: &BTreeSet<String>,
    problems: &mut Vec<Diagnostic>,
) {
    let kind = FragmentKind::Statements;
    let Some(uses) = subject.readings.uses(text, kind, subject.version, bound) else { return };
    for found in uses.iter() {
        if problems.len() >= MAX_SAID {
            return;
        }
        let looked_at = matches!(found.how, How::Read | How::Assigned | How::Qualifier { .. });
        let known = bound.contains(&found.name)
            || declared.contains(&found.name)
            || words::is_predeclared(&found.name)
            || words::reserved(&found.name).is_some()
            || subject.names.has(&found.name);
        if looked_at && !known && !declares(subject, &found.name) {
            problems.push(finding(subject, found, bound));
        }
    }
}

/// Returns true if the package declares a name. Only those declarations are parsed that may declare
/// it; if the parser has a gap there, the answer is yes.
fn declares(subject: &Comparison<'_>, name: &str) -> bool {
    if !subject.package.may_declare(name) {
        return false;
    }
    let files = subject.package.with_name(name);
    files.is_empty() || files.iter().any(|(_, go)| go.has_gaps() || declared_at(go, name).is_some())
}

/// The line of the rule that binds a name which the source uses for its receiver, a parameter or a
/// result.
fn binding(subject: &Comparison<'_>, name: &str) -> Option<String> {
    let (go, function) = subject.first_function()?;
    let receiver = function.receiver.as_ref();
    if let Some(receiver) = receiver.filter(|one| one.param.usable_name() == Some(name)) {
        let pointer = if receiver.pointer { "*" } else { "" };
        return Some(format!("recv {name} {pointer}{}", receiver.type_name));
    }
    let names = |list: &[GoParam], bound: Option<usize>| {
        let one = |(at, param): (usize, &GoParam)| {
            let is_meant = bound == Some(at) || param.usable_name() == Some(name);
            if is_meant { name } else { "_" }.to_owned()
        };
        list.iter().enumerate().map(one).collect::<Vec<_>>().join(", ")
    };
    let has = |list: &[GoParam]| list.iter().any(|param| param.usable_name() == Some(name));
    if has(&function.params) {
        return Some(format!("func {}({})", function.name, names(&function.params, None)));
    }
    // `err` is what everybody calls the last result.
    let last = function.results.len().checked_sub(1);
    let is_error =
        last.and_then(|at| function.results.get(at)).is_some_and(|one| go.slice(&one.ty) == "error");
    let err = last.filter(|_| name == "err" && is_error);
    (err.is_some() || has(&function.results)).then(|| {
        let params = names(&function.params, None);
        format!("func {}({params}) ({})", function.name, names(&function.results, err))
    })
}

/// Returns true if enter declares a variable of this name at its top.
fn is_local_of_enter(subject: &Comparison<'_>, name: &str) -> bool {
    let Some(enter) = &subject.rule.enter else { return false };
    let Ok(pieces) = Pieces::read(&enter.node) else { return false };
    let text = pieces.masked(Some(subject.version));
    Framed::parse(&text, FragmentKind::Statements).locals().contains(name)
}

fn finding(subject: &Comparison<'_>, found: &Use, bound: &BTreeSet<String>) -> Diagnostic {
    let binding = binding(subject, &found.name);
    let of_rule = nearest(&found.name, bound.iter().map(String::as_str)).map(str::to_owned);
    let near = of_rule.or_else(|| {
        let declared = subject.package.declared();
        let functions = declared.iter().filter(|d| d.receiver.is_none()).map(|d| d.name.as_str());
        let types = subject.package.types();
        nearest(&found.name, functions.chain(types.iter().map(String::as_str))).map(str::to_owned)
    });
    let is_package = matches!(found.how, How::Qualifier { .. })
        && found.name.chars().all(|c| c.is_lowercase() || c.is_ascii_digit() || c == '_');
    let help = match (near, is_package) {
        _ if is_local_of_enter(subject, &found.name) => format!(
            "enter and exit share nothing but state: write `state {} TYPE` in the rule, and `=` in enter",
            found.name
        )
        .into(),
        (_, true) if is_standard(&found.name) => {
            format!("add `{}` to the plugin", import_of(&found.name)).into()
        }
        _ if binding.is_some() => format!("bind it: `{}`", binding.unwrap_or_default()).into(),
        (Some(near), _) => Help::did_you_mean(&near),
        (None, true) => format!(
            "bind it in the rule; or, if it is a package, add `{}` to the plugin",
            import_of(&found.name)
        )
        .into(),
        (None, false) => "bind it as receiver, parameter, result or state; or declare it in `decl`".into(),
    };
    Diagnostic::new(&codes::functions::UNKNOWN_NAME)
        .with("name", &found.name)
        .with("package", &subject.target.package.node)
        .at(subject.source, found.range.clone(), "")
        .help(help)
}

/// The names that the `decl` blocks of the same package declare.
fn declared_by_decls(subject: &Comparison<'_>) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = subject.ports.iter().map(|port| (*port).to_owned()).collect();
    for decl in subject.decls {
        let kind = FragmentKind::Declarations;
        if let Some(uses) = subject.readings.uses(decl, kind, subject.version, &BTreeSet::new()) {
            names.extend(uses.iter().filter(|u| u.how == How::Declared).map(|u| u.name.clone()));
        }
    }
    names
}
