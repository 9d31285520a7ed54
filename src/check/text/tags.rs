//! Mistakes in the double braces of a template.
//!
//! In: what the reader of templates has found wrong. Out: findings.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Help, SourceFile, codes, nearest};
use crate::syntax::ast::Template;
use crate::template::{Issue, IssueKind};

/// The words that double braces may hold.
const WORDS: [&str; 6] = ["#since", "version", "package", "func", "name", "label"];

/// Reports one mistake.
pub(in crate::check) fn finding(source: &Arc<SourceFile>, template: &Template, issue: &Issue) -> Diagnostic {
    let start = template.span.start + issue.range.start;
    let text = template.node.get(issue.range.clone()).unwrap_or_default();
    let (label, end) = match issue.kind {
        IssueKind::NeverClosed => ("opened here", issue.range.len()),
        _ => ("", text.lines().next().map_or(2, str::len)),
    };
    let found = match &issue.kind {
        IssueKind::Unknown(word) => unknown_helper(word),
        misused => Diagnostic::new(&codes::templates::HELPER_MISUSED)
            .with("what", misused.to_string())
            .help(help(misused)),
    };
    found.at(source, start..start + end, label)
}

fn help(kind: &IssueKind) -> &'static str {
    match kind {
        IssueKind::NeverClosed => "write `{{/since}}`",
        IssueKind::Backslash => {
            "write the backslash in a string of its own, as in `\"\\\\\" + \"{{version}}\"`"
        }
        IssueKind::Tilde => "leave it out: blanks around double braces stay as they are",
        IssueKind::SinceArgument => "write it as in `{{#since \"1.9.0\"}}`",
        IssueKind::ElseOutside => "write it in `{{#since \"…\"}}`",
        IssueKind::SecondElse => {
            "for three ways write one block in another: `{{#since \"1.9.0\"}}…{{else}}{{#since \"1.5.0\"}}…{{else}}…{{/since}}{{/since}}`"
        }
        IssueKind::EndOutside | IssueKind::Unknown(_) => "open the block with `{{#since \"…\"}}`",
    }
}

fn unknown_helper(text: &str) -> Diagnostic {
    let name = text.split_whitespace().next().unwrap_or("{{");
    let simple = name.chars().all(|c| c.is_alphanumeric() || "_#/".contains(c));
    let help = match nearest(name, WORDS).filter(|_| simple) {
        Some(near) => Help::did_you_mean(near),
        None if text.trim_start().starts_with('.') => {
            "bind what the template needs in the func line, as in `func F(q)`, and write its name".into()
        }
        None => "here may stand: #since \"VERSION\", else, /since, version, package, func, name, label; where Go's braces are meant, \
                 put a blank between them: `{ {`"
            .into(),
    };
    let shown = if simple { name } else { "{{" };
    Diagnostic::new(&codes::templates::UNKNOWN_HELPER).with("name", shown).help(help)
}
