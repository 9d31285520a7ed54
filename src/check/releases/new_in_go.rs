//! Names of Go's standard library in templates that are newer than the oldest Go of their rule.
//!
//! In: the templates of a target, and the names that each Go has. Out: warnings. Fields and methods
//! are left to the Go compiler, which knows their types.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::modules::{Home, Modules, Release};
use crate::source::is_module_path;
use crate::syntax::ast::{Rule, Span, Target, Template};
use crate::template::{FragmentKind, How, Pieces, Use};
use crate::version::{OLDEST_GO, Version};

use super::super::findings::Findings;
use super::super::text::names::Packages;
use super::super::text::scope::RuleScope;
use super::super::text::template::Readings;

/// The templates of one target.
pub(super) struct NewNames<'a> {
    pub(super) modules: &'a Modules<'a>,
    pub(super) target: &'a Target,
    pub(super) names: &'a Packages,
    pub(super) readings: &'a Readings,
}

/// A version of the target with the oldest Go that a template is compiled with there, and the
/// reason for which it is that one.
struct Floor {
    version: Version,
    go: Version,
    reason: Option<String>,
}

impl NewNames<'_> {
    /// Checks the templates of a rule in these releases of the target's module; there are none if
    /// it is for many packages.
    pub(super) fn rule(&self, rule: &Rule, of: Option<(&Home, &[Release])>, findings: &mut Findings) {
        let bound = RuleScope::new(rule, self.names, &mut Findings::new(findings.file())).set();
        let anchors = rule.anchors.iter().map(|one| (FragmentKind::of_anchor(one.kind), &one.template));
        let sides = rule.enter.iter().chain(&rule.exit).map(|one| (FragmentKind::Statements, one));
        for (kind, text) in sides.chain(anchors) {
            let floors = self.floors(Some(rule), of, text);
            self.template((kind, text), &bound, (&floors, "the rule"), findings);
        }
    }

    /// Checks what the target declares, which is woven where one of its rules is.
    pub(super) fn decls(&self, of: Option<(&Home, &[Release])>, findings: &mut Findings) {
        let of_all = self.target.rules.iter().map(oldest).min();
        for text in &self.target.decls {
            let mut floors = self.floors(None, of, text);
            for floor in &mut floors {
                let low = of_all.clone().unwrap_or_default();
                floor.go = floor.go.clone().max(low);
            }
            let kind = FragmentKind::Declarations;
            self.template((kind, text), &BTreeSet::new(), (&floors, "the rules"), findings);
        }
    }

    /// The versions at which a template may have another text or another oldest Go.
    fn floors(&self, rule: Option<&Rule>, of: Option<(&Home, &[Release])>, text: &Template) -> Vec<Floor> {
        let own = rule.map_or_else(|| Version::of_minor(OLDEST_GO), oldest);
        let floor = |version: Version, go: &Version, reason| Floor {
            version,
            go: own.clone().max(go.clone()),
            reason,
        };
        let Some((home, releases)) = of else { return vec![floor(Version::default(), &own, None)] };
        if *home == Home::Std {
            let ranges = rule.into_iter().filter_map(|rule| rule.versions.as_ref());
            let ranges = ranges.chain(std::iter::once(&self.target.versions));
            let lows = ranges.filter_map(|range| lowest(&range.node));
            let low = lows.fold(own.clone(), Ord::max);
            let steps = Pieces::read(&text.node).map(|pieces| pieces.steps()).unwrap_or_default();
            let above = steps.into_iter().filter(|step| *step > low).collect::<Vec<_>>();
            return std::iter::once(low).chain(above).map(|at| floor(at.clone(), &at, None)).collect();
        }
        let of_release = |release: &Release| {
            let line = self.modules.go_line_here(home, release)?;
            let reason = (line > own).then(|| format!("the go.mod of {} says go {line}", release.version));
            Some(floor(release.version.clone(), &line, reason))
        };
        releases.iter().filter_map(of_release).collect()
    }

    fn template(
        &self,
        (kind, text): (FragmentKind, &Template),
        bound: &BTreeSet<String>,
        (floors, who): (&[Floor], &str),
        findings: &mut Findings,
    ) {
        let mut seen = BTreeSet::new();
        for floor in floors {
            let Some(uses) = self.readings.uses(text, kind, &floor.version, bound) else { return };
            for found in uses.iter() {
                let Some((name, since)) = self.newer(found, &floor.go) else { continue };
                let span = whole(findings.file(), found, &name);
                if seen.insert((span.start, span.end)) {
                    findings.push(report(findings.file(), (&name, span), since, (floor, who)));
                }
            }
        }
    }

    /// A name that Go has only since a version above `go`.
    fn newer(&self, found: &Use, go: &Version) -> Option<(String, u64)> {
        let How::Qualifier { member } = &found.how else { return None };
        let path = self.names.path(&found.name).filter(|path| !is_module_path(path))?;
        let since = self.modules.since(path, member, go.minor().1)?;
        Some((format!("{}.{member}", found.name), since))
    }
}

fn report(
    source: &Arc<SourceFile>,
    (name, span): (&str, Span),
    since: u64,
    (floor, who): (&Floor, &str),
) -> Diagnostic {
    let (major, minor) = floor.go.minor();
    let found = Diagnostic::new(&codes::templates::NEW_IN_GO)
        .with("name", name)
        .with("since", format!("1.{since}"))
        .with("from", format!("{major}.{minor}"))
        .at(source, span, "")
        .help(format!("write `go [1.{since}, )` in {who}, or use what Go {major}.{minor} has"));
    floor.reason.iter().fold(found, |found, reason| found.note(reason.clone()))
}

/// The name with its package, where the text has them side by side.
fn whole(source: &SourceFile, found: &Use, name: &str) -> Span {
    let whole = found.range.start..found.range.start + name.len();
    if source.text.get(whole.clone()) == Some(name) { whole } else { found.range.clone() }
}

/// The oldest Go that goagent works with and that a rule admits.
fn oldest(rule: &Rule) -> Version {
    let low = rule.go.as_ref().and_then(|go| lowest(&go.node));
    low.unwrap_or_default().max(Version::of_minor(OLDEST_GO))
}

/// The lowest end of a range; `None` if it is open.
fn lowest(range: &crate::version::VersionSet) -> Option<Version> {
    let lows = range.intervals.iter().map(|one| one.low.as_ref().map(|low| low.version.clone()));
    lows.collect::<Option<Vec<_>>>()?.into_iter().min()
}
