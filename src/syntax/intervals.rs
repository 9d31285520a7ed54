//! Reads sets of versions as written.
//!
//! In: pest's node for `[1.2.0, 1.9.0), [2.0.0, )`. Out: a [`VersionSet`], and the mistakes in its
//! ends. The versions that exist are not known here.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::version::{Bound, Interval, Version, VersionSet};

use super::ast::Spanned;
use super::grammar::{Node, Rule};

/// Reads all intervals of one item.
pub(super) fn versions(
    source: &Arc<SourceFile>,
    node: &Node<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Spanned<VersionSet> {
    let span = node.as_span().start()..node.as_span().end();
    let mut intervals = Vec::new();
    for part in node.clone().into_inner().filter(|n| n.as_rule() == Rule::interval) {
        if let Some(interval) = interval(source, &part, problems) {
            intervals.push(interval);
        }
    }
    Spanned { node: VersionSet { intervals }, span }
}

fn interval(source: &Arc<SourceFile>, node: &Node<'_>, problems: &mut Vec<Diagnostic>) -> Option<Interval> {
    let before = problems.len();
    let (mut low, mut high) = (None, None);
    let (mut low_inclusive, mut high_inclusive) = (false, false);
    for part in node.clone().into_inner() {
        match part.as_rule() {
            Rule::interval_open => low_inclusive = part.as_str() == "[",
            Rule::interval_close => high_inclusive = part.as_str() == "]",
            Rule::low => low = version(source, &part, problems),
            Rule::high => high = version(source, &part, problems),
            _ => {}
        }
    }
    if problems.len() > before {
        return None;
    }
    let bound = |version: Option<Version>, inclusive| version.map(|version| Bound { version, inclusive });
    let interval = Interval { low: bound(low, low_inclusive), high: bound(high, high_inclusive) };
    if let Some(help) = why_empty(&interval) {
        let span = node.as_span();
        problems.push(
            Diagnostic::new(&codes::syntax::EMPTY_INTERVAL)
                .with("interval", format!("`{}`", node.as_str()))
                .at(source, span.start()..span.end(), "")
                .help(help),
        );
        return None;
    }
    Some(interval)
}

/// Returns advice if no version can be between the ends.
fn why_empty(interval: &Interval) -> Option<String> {
    let (low, high) = (interval.low.as_ref()?, interval.high.as_ref()?);
    if low.version > high.version {
        return Some(format!("the ends are in the wrong order; write `[{}, {})`", high.version, low.version));
    }
    if low.version == high.version && !(low.inclusive && high.inclusive) {
        return Some(format!("for this one version write `[{}, {}]`", low.version, high.version));
    }
    let with_low = Interval { low: Some(Bound { inclusive: true, ..low.clone() }), ..interval.clone() };
    if !with_low.contains(&low.version) {
        return Some(format!(
            "an excluded end excludes its pre-releases too; write `[{}, {}]`, or a pre-release as the upper end",
            low.version, high.version
        ));
    }
    None
}

fn version(source: &Arc<SourceFile>, node: &Node<'_>, problems: &mut Vec<Diagnostic>) -> Option<Version> {
    let parsed = Version::parse(node.as_str());
    if parsed.is_none() {
        let span = node.as_span();
        problems.push(
            Diagnostic::new(&codes::syntax::BAD_VERSION)
                .with("text", node.as_str())
                .at(source, span.start()..span.end(), "")
                .help("write numbers and dots, such as `1.18` or `1.9.0-rc.1`"),
        );
    }
    parsed
}
