//! Turns messages of the Go compiler into diagnostics at a place in a rule file.

use super::super::scratch::{MissingCause, MissingItem};
use super::once::UniqueMistake;
use super::subjects::Subjects;
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::ast::Rule;

/// The rule that an entry is about.
pub(super) fn rule_of<'a>(subjects: &Subjects<'a>, entry: &MissingItem) -> Option<(&'a Checked, &'a Rule)> {
    let one = subjects.checked.iter().find(|one| one.file().plugin.name.node == entry.plugin)?;
    let mut rules = one.file().plugin.targets.iter().flat_map(|target| &target.rules);
    Some((one, rules.rfind(|rule| entry.item.as_ref().is_some_and(|item| item.is_rule(&rule.name.node)))?))
}

/// The diagnostic for a rule whose function is in no file of the build.
pub(super) fn not_in_build(subjects: &Subjects<'_>, entry: &MissingItem, at: &[String]) -> Diagnostic {
    let rule = entry.item.as_ref().map(ToString::to_string).unwrap_or_default();
    let reason = format!("rule `{rule}` has no function in the build that it is compiled in");
    let found = Diagnostic::new(&codes::types::TYPES_NOT_CHECKED)
        .with("package", &entry.package)
        .with("reason", reason);
    let found = match rule_of(subjects, entry) {
        Some((one, rule)) => found.at(one.source(), rule.name.span.clone(), ""),
        None => found,
    };
    found
        .note(format!("it was tried with {}", crate::check::describe_versions(at)))
        .help("say with `platforms` what the rule is for, first a platform whose build has the function: it is compiled for that")
}

pub(super) fn mistake(subjects: &Subjects<'_>, mistake: &UniqueMistake) -> Diagnostic {
    let UniqueMistake { missing: entry, at, not_at } = mistake;
    let (text, woven) = (&entry.text, entry.cause == MissingCause::DoesNotCompile);
    let mut found = if woven {
        Diagnostic::new(&codes::types::NOT_COMPILED).with("message", text)
    } else {
        let rule = entry.item.as_ref().map(ToString::to_string).unwrap_or_default();
        Diagnostic::new(&codes::types::NOT_WOVEN).with("rule", rule).with("reason", text)
    };
    let plugin = subjects.checked.iter().find(|one| one.file().plugin.name.node == entry.plugin);
    if let Some(one) = plugin.or(subjects.checked.first()) {
        let rule = || rule_of(subjects, entry).map(|(_, rule)| rule.name.span.clone());
        let place = offset(&entry.place, &one.source().text).or_else(rule);
        let place = place.unwrap_or_else(|| one.file().plugin.name.span.clone());
        found = found.at(one.source(), place, "");
    }
    let with = crate::check::describe_versions(at);
    let found = found.note(if not_at.is_empty() {
        format!("compiled with {with}")
    } else {
        format!("compiled with {with}; it compiles with {}", crate::check::describe_versions(not_at))
    });
    if woven {
        found.help("fix the Go text; it is inside the package and sees what the package's own files see")
    } else {
        found.help("write the rule in another way, or narrow it with `versions`")
    }
}

pub(super) fn not_checked(subjects: &Subjects<'_>, package: &str, reason: &str, at: &[String]) -> Diagnostic {
    let found =
        Diagnostic::new(&codes::types::TYPES_NOT_CHECKED).with("package", package).with("reason", reason);
    let targets =
        subjects.checked.iter().flat_map(|one| one.file().plugin.targets.iter().map(move |t| (one, t)));
    let mut named = targets.filter(|(_, target)| package.split(", ").any(|name| name == target.package.node));
    let found = match named.next() {
        Some((one, target)) => found.at(one.source(), target.package.span.clone(), ""),
        None => found,
    };
    found
        .note(format!("it was tried with {}", crate::check::describe_versions(at)))
        .help("see that `go build` of the package works on this machine, and try again")
}

/// The range of the word at a place, `gin.gorule:14:20`.
fn offset(place: &str, text: &str) -> Option<std::ops::Range<usize>> {
    let mut parts = place.rsplit(':');
    let column: usize = parts.next()?.parse().ok()?;
    let line: usize = parts.next()?.parse().ok()?;
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let start = start + column.checked_sub(1)?;
    let rest = text.get(start..)?;
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    Some(start..start + word.max(1).min(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::offset;

    #[test]
    fn a_place_is_a_word_of_the_text() {
        let text = "one\ntwo three\n";
        assert_eq!(offset("p.gorule:2:5", text).map(|range| &text[range]), Some("three"));
        assert_eq!(offset("p.gorule:2:4", text).map(|range| &text[range]), Some(" "));
        assert_eq!(offset("p.gorule:9:1", text), Some(14..14));
        assert_eq!(offset("p.gorule", text), None);
        assert_eq!(offset("p.gorule:0:0", text), None);
    }
}
