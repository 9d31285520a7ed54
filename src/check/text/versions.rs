//! Ranges of versions, as far as they can be judged without knowing what is published.
//!
//! In: the ranges of a target and of its rules. Out: diagnostics of those that no Go of goagent's
//! is in, and of those whose ends are not what they look like.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Help, SourceFile, codes};
use crate::source::is_module_path;
use crate::syntax::ast::{Rule, Span, Spanned, Target};
use crate::version::{Bound, Interval, OLDEST_GO, Version, VersionSet};

use super::super::findings::Findings;
use super::names::bad_path;

/// One interval with its text.
pub(in crate::check) struct WrittenInterval<'a> {
    pub(in crate::check) interval: &'a Interval,
    /// The text, `[1.20, 1.26]`.
    text: &'a str,
    /// Its place.
    pub(in crate::check) span: Span,
}

/// The intervals of a set with their texts; where these cannot be told apart, nothing.
pub(in crate::check) fn written<'a>(
    source: &'a SourceFile,
    set: &'a Spanned<VersionSet>,
) -> Vec<WrittenInterval<'a>> {
    let all = source.text.get(set.span.clone()).unwrap_or_default();
    let mut texts = Vec::new();
    let mut at = 0;
    for part in all.split_inclusive([']', ')']) {
        if let Some(open) = part.find(['[', '(']) {
            texts.push((part.get(open..).unwrap_or_default(), set.span.start + at + open));
        }
        at += part.len();
    }
    if texts.len() != set.node.intervals.len() {
        return Vec::new();
    }
    let one = |(interval, (text, start)): (&'a Interval, (&'a str, usize))| WrittenInterval {
        interval,
        text,
        span: start..start + text.len(),
    };
    set.node.intervals.iter().zip(texts).map(one).collect()
}

impl WrittenInterval<'_> {
    /// The included upper end, if it is written as two numbers, with its place in the file.
    pub(in crate::check) fn minor_end(&self) -> Option<(&Version, Span)> {
        let end = self.text.strip_suffix(']')?;
        let start = end.rfind(',')? + 1;
        let text = end.get(start..)?;
        let written = text.trim();
        let numbers = written.split('.').count() == 2 && !written.contains('-');
        let start = self.span.start + start + (text.len() - text.trim_start().len());
        let version = self.interval.high.as_ref().map(|high| &high.version);
        version.filter(|_| numbers).map(|version| (version, start..self.span.end))
    }

    /// Reports an end that looks like a whole minor version and is its first release only.
    pub(in crate::check) fn report_minor_end(&self, source: &Arc<SourceFile>) -> Option<Diagnostic> {
        let (version, span) = self.minor_end()?;
        let (major, minor) = version.minor();
        let low = self.text.split(',').next().unwrap_or_default();
        let next = format!("{major}.{})", minor + 1);
        Some(
            Diagnostic::new(&codes::ranges::MINOR_END)
                .with("end", format!("{major}.{minor}"))
                .with("patch", format!("{major}.{minor}.1"))
                .with("minor", format!("{major}.{minor}"))
                .at(source, span, format!("this is {major}.{minor}.0"))
                .help(Help::write(
                    next.clone(),
                    &format!("write `{low}, {next}` for all of {major}.{minor}, or `{major}.{minor}.0]`"),
                )),
        )
    }
}

/// Checks the versions of a target of Go's own.
pub(super) fn target(target: &Target, findings: &mut Findings) {
    if is_of_go(target) {
        go_range(&target.versions, "the versions of a package of Go are Go's own", findings);
    }
}

/// Checks the ranges of a rule.
pub(super) fn rule(target: &Target, rule: &Rule, findings: &mut Findings) {
    let is_of_go = is_of_go(target);
    if let Some(go) = &rule.go {
        go_range(go, "`go` is the version of the Go that compiles, `versions` those of the target", findings);
        if is_of_go {
            beside_target("go", go, target, findings);
        }
    }
    if let Some(own) = rule.versions.as_ref().filter(|_| target.is_known()) {
        if is_of_go {
            go_range(own, "the versions of a package of Go are Go's own", findings);
        }
        beside_target("versions", own, target, findings);
    }
}

fn is_of_go(target: &Target) -> bool {
    let path = &target.package.node;
    target.is_known() && !is_module_path(path) && bad_path(path).is_none()
}

/// Reports a range of Go's versions that goagent does not work with, or that leaves out what it
/// seems to have.
fn go_range(range: &Spanned<VersionSet>, note: &str, findings: &mut Findings) {
    let file = Arc::clone(findings.file());
    let oldest = Version::of_minor(OLDEST_GO);
    let from_oldest = Interval { low: Some(Bound { version: oldest, inclusive: true }), high: None };
    let supported = VersionSet { intervals: vec![from_oldest] };
    if !range.node.meets(&supported) {
        findings.push(
            Diagnostic::new(&codes::ranges::GO_UNSUPPORTED)
                .with("range", range.node.to_string())
                .at(&file, range.span.clone(), "")
                .note(note)
                .help("write a range of Go's versions from 1.18 on, such as `[1.18, )`, or leave it out if it is no range of Go's"),
        );
        return;
    }
    for one in written(&file, range) {
        if let Some(low) = one.interval.low.as_ref().filter(|low| low.version.minor() < OLDEST_GO) {
            let rest = one.text.split_once(',').map_or("", |(_, rest)| rest);
            let alone = VersionSet { intervals: vec![one.interval.clone()] };
            let help = if alone.meets(&supported) {
                Help::write(format!("[1.18,{rest}"), &format!("write `[1.18,{rest}`"))
            } else {
                "leave this interval out".into()
            };
            findings.push(
                Diagnostic::new(&codes::ranges::GO_TOO_LOW)
                    .with("version", low.version.to_string())
                    .at(&file, one.span.clone(), "")
                    .note(note)
                    .help(help),
            );
        }
        findings.extend(one.report_minor_end(&file));
    }
}

/// Reports a rule's range that has nothing in common with its target's, or ends outside of it. An
/// open end is the target's.
fn beside_target(item: &'static str, own: &Spanned<VersionSet>, target: &Target, findings: &mut Findings) {
    let whole = &target.versions;
    let file = Arc::clone(findings.file());
    let found = |code| {
        Diagnostic::new(code)
            .with("item", item)
            .with("range", own.node.to_string())
            .with("target", whole.node.to_string())
            .at(&file, own.span.clone(), "the rule's")
            .and(&file, whole.span.clone(), "the target's")
    };
    if !own.node.meets(&whole.node) {
        let help = "widen the target's versions, or narrow the rule's within them";
        findings.push(found(&codes::structure::VERSIONS_OUTSIDE).help(help));
        return;
    }
    let mut ends = own.node.intervals.iter().flat_map(|one| one.low.iter().chain(&one.high));
    if ends.any(|end| !whole.node.reaches(&end.version)) {
        let both = own.node.common(&whole.node);
        findings.push(
            found(&codes::ranges::BEYOND_TARGET)
                .note(format!("the rule is for {both}: what both ranges have in common"))
                .help(format!("write `{item} {both}`, or widen the target's range")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&'static str> {
        let parsed = crate::syntax::parse(&SourceFile::new("a.gorule", text));
        let parsed = parsed.unwrap_or_else(|found| unreachable!("{found:?}"));
        let mut findings = Findings::new(&parsed.source);
        for one in &parsed.file.plugin.targets {
            target(one, &mut findings);
            one.rules.iter().for_each(|r| rule(one, r, &mut findings));
        }
        findings.iter().map(|found| found.code.code).collect()
    }

    fn of(package: &str, versions: &str, items: &str) -> Vec<&'static str> {
        found(&format!(
            "plugin p {{\ntarget \"{package}\" {versions} {{\nrule r {{\nfunc F\n{items}\nexit {{ }}\n}}\n}}\n}}\n"
        ))
    }

    #[test]
    fn ranges_of_go_begin_where_goagent_does() {
        assert_eq!(of("net/http", "[1.18, )", ""), [""; 0]);
        assert_eq!(of("net/http", "(, 1.22)", ""), [""; 0]);
        assert_eq!(of("net/http", "[1.11, )", ""), ["GR0151"]);
        assert_eq!(of("net/http", "[0.17.0, )", ""), ["GR0151"]);
        assert_eq!(of("net/http", "[1.2, 1.18)", ""), ["GR0150"]);
        assert_eq!(of("net/http", "[1.2, 1.3), [1.20, )", ""), ["GR0151"]);
        assert_eq!(of("example.com/lib", "[0.17.0, )", ""), [""; 0]);
        assert_eq!(of("example.com/lib", "[0.17.0, )", "go [1.9.1, 1.12.0)"), ["GR0150"]);
    }

    #[test]
    fn an_end_of_two_numbers_is_no_whole_minor_version() {
        assert_eq!(of("net/http", "[1.20, 1.26]", ""), ["GR0152"]);
        assert_eq!(of("net/http", "[1.20, 1.22], [1.23, 1.24 ]", ""), ["GR0152", "GR0152"]);
        for good in ["[1.20, 1.26.0]", "[1.20, 1.26.8]", "[1.20, 1.27)", "[1.20, )"] {
            assert_eq!(of("net/http", good, ""), [""; 0], "{good}");
        }
        assert_eq!(of("example.com/lib", "[1.0.0, )", "go [1.18, 1.22]"), ["GR0152"]);
    }

    #[test]
    fn a_rule_ends_within_its_target() {
        let of_rule = |target, rule: &str| of("example.com/lib", target, &format!("versions {rule}"));
        assert_eq!(of_rule("[1.7.0, )", "[1.3.0, )"), ["GR0153"]);
        assert_eq!(of_rule("[1.7.0, 1.9.0)", "[1.8.0, 1.9.5)"), ["GR0153"]);
        assert_eq!(of_rule("[1.7.0, 1.9.0)", "[1.9.0, )"), ["GR0119"]);
        for good in ["[1.8.0, )", "(, 1.8.0)", "[1.7.0, 1.9.0)", "[1.8.0, 1.8.0]"] {
            assert_eq!(of_rule("[1.7.0, 1.9.0)", good), [""; 0], "{good}");
        }
        assert_eq!(of("net/http", "[1.22, )", "go [1.20, )"), ["GR0153"]);
        assert_eq!(of("net/http", "[1.22, 1.23)", "go [1.24, )"), ["GR0119"]);
    }
}
