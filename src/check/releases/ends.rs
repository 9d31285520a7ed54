//! The ends of ranges beside the releases that are known.
//!
//! In: the releases of a target's module, and its ranges and those of its rules. Out: diagnostics
//! of ends that are retracted, and of those that leave out patches.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::modules::{Home, Release, Retraction};
use crate::syntax::ast::Spanned;
use crate::version::{Version, VersionSet};

use super::super::findings::Findings;
use super::super::text::versions::{WrittenInterval, written};
use super::packages::Versions;

/// Checks all ranges of a target for a module's package.
pub(super) fn check(versions: &Versions<'_>, findings: &mut Findings) {
    let Home::Module(path) = versions.home else { return };
    let retracted = versions.modules.retracted(versions.home);
    let source = Arc::clone(findings.file());
    let of_rules = versions.target.rules.iter().filter_map(|rule| rule.versions.as_ref());
    for range in std::iter::once(&versions.target.versions).chain(of_rules) {
        let checker = Ends { versions, path, retracted: &retracted, source: &source };
        for one in written(&source, range) {
            findings.extend(checker.minor_end(&one));
            findings.extend(checker.retracted(&one, range));
        }
    }
}

struct Ends<'a> {
    versions: &'a Versions<'a>,
    path: &'a str,
    retracted: &'a [Retraction],
    source: &'a Arc<SourceFile>,
}

impl Ends<'_> {
    /// Reports an included end of two numbers if there are later releases of that minor version.
    fn minor_end(&self, one: &WrittenInterval<'_>) -> Option<Diagnostic> {
        let (end, _) = one.minor_end()?;
        let is_left_out = |release: &Release| {
            let version = &release.version;
            let counts = !version.is_pre_release() && self.versions.known.is_for_all(release);
            counts && version > end && version.minor() == end.minor() && self.why(version).is_none()
        };
        let found = self.versions.known.releases.iter().any(is_left_out);
        if found { one.report_minor_end(self.source) } else { None }
    }

    /// Reports an included end that is retracted, and an interval with retracted releases only.
    fn retracted(&self, one: &WrittenInterval<'_>, range: &Spanned<VersionSet>) -> Option<Diagnostic> {
        let ends = one.interval.low.iter().chain(&one.interval.high).filter(|end| end.inclusive);
        let end = ends.map(|end| &end.version).find(|end| self.why(end).is_some());
        let alone = VersionSet { intervals: vec![one.interval.clone()] };
        let inside = self.versions.known.within(&[&alone, &range.node]);
        let all = inside.iter().all(|release| self.why(&release.version).is_some());
        let version = end.or_else(|| inside.first().filter(|_| all).map(|release| &release.version))?;
        let reason = self.why(version)?;
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        Some(
            Diagnostic::new(&codes::ranges::RETRACTED)
                .with("release", version.to_string())
                .with("module", self.path)
                .with("why", why)
                .at(self.source, one.span.clone(), "")
                .help(self.instead(version)),
        )
    }

    /// The reason for which a version is retracted; `None` if it is not.
    fn why(&self, version: &Version) -> Option<&str> {
        self.retracted.iter().find(|one| one.covers(version)).map(|one| one.reason.as_str())
    }

    /// The releases beside a retracted one.
    fn instead(&self, version: &Version) -> String {
        let good =
            |release: &&Release| !release.version.is_pre_release() && self.why(&release.version).is_none();
        let all = || self.versions.known.releases.iter().filter(good).map(|release| &release.version);
        let below = all().rev().find(|one| *one < version);
        let above = all().find(|one| *one > version);
        match (below, above) {
            (Some(a), Some(b)) => {
                format!("end the range at a release that is not; the nearest ones are {a} and {b}")
            }
            (Some(one), None) | (None, Some(one)) => {
                format!("end the range at a release that is not; the nearest one is {one}")
            }
            (None, None) => "no release that is not retracted is known".to_owned(),
        }
    }
}
