//! `gorulec versions`: the releases that each rule fits, as a table and as a document.
//!
//! In: rules with every release of their ranges, as `update` compares them. Out: text. No template
//! is compiled for it, and the text says so: templates may still fail to compile in a release that
//! a rule fits.

use std::fmt::Write as _;

use serde::Serialize;

use crate::check::{self, Examined, Omission, Verdict, omissions};
use crate::diagnostic::Diagnostic;
use crate::item::Item;
use crate::modules::Release;

/// The version of the document's schema.
const SCHEMA: u32 = 1;

/// The result for a rule in a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum ReleaseFit {
    Fits,
    Fails,
    NotCompared,
}

#[derive(Serialize)]
struct VersionsDocument<'a> {
    schema: u32,
    /// Always `false`.
    compiled: bool,
    rules: Vec<RuleRow<'a>>,
}

#[derive(Serialize)]
struct RuleRow<'a> {
    plugin: &'a str,
    rule: &'a str,
    package: &'a str,
    releases: Vec<ReleaseRow<'a>>,
    /// The widest range that the rule fits, by the releases that it was compared with.
    widest: String,
    /// The reason for which there may be other releases, if not all published ones are known.
    incomplete: Option<&'a str>,
}

#[derive(Serialize)]
struct ReleaseRow<'a> {
    release: &'a str,
    verdict: ReleaseFit,
    /// The reason for which it does not fit, or was not compared.
    reason: Option<String>,
    #[serde(skip)]
    order: &'a Release,
}

/// The rules of a table: without the declarations of targets, and without rules for packages that
/// are not known.
fn rules(examined: &[Examined]) -> impl Iterator<Item = &Examined> {
    examined.iter().filter(|one| one.item != Item::Decl && one.home.is_some())
}

/// The releases of a rule that were to be compared, lowest first.
fn rows(one: &Examined) -> Vec<ReleaseRow<'_>> {
    let compared = one.verdicts.iter().map(|verdict| ReleaseRow {
        release: verdict.release.name(),
        verdict: if verdict.problems.is_empty() { ReleaseFit::Fits } else { ReleaseFit::Fails },
        reason: verdict.problems.first().map(Diagnostic::message),
        order: &verdict.release,
    });
    let unknown = one.omitted.iter().filter(|one| one.why != Omission::Patch).map(|left| ReleaseRow {
        release: left.release.name(),
        verdict: ReleaseFit::NotCompared,
        reason: omissions(std::iter::once(left)).pop().map(|(_, reason)| reason),
        order: &left.release,
    });
    let mut all: Vec<ReleaseRow<'_>> = compared.chain(unknown).collect();
    all.sort_by_key(|row| row.order);
    all
}

/// Returns true if a rule fits none of the releases that it was compared with.
pub fn fails_everywhere(examined: &[Examined]) -> bool {
    let fits = |one: &Examined| one.verdicts.iter().any(|verdict| verdict.problems.is_empty());
    rules(examined).any(|one| !one.verdicts.is_empty() && !fits(one))
}

/// A table of rules against releases: those that each rule fits, those that it does not fit and
/// why, and the widest range.
pub fn table(examined: &[Examined]) -> String {
    let mut out = String::new();
    for one in rules(examined) {
        let _ = writeln!(out, "{}/{}  {}  (compared, not compiled)", one.plugin, one.item, one.package);
        for run in rows(one).chunk_by(|a, b| (a.verdict, &a.reason) == (b.verdict, &b.reason)) {
            let names: Vec<String> = run.iter().map(|row| row.release.to_owned()).collect();
            let Some(first) = run.first() else { continue };
            let word = match first.verdict {
                ReleaseFit::Fits => "fits ",
                ReleaseFit::Fails => "fails",
                ReleaseFit::NotCompared => "not compared",
            };
            let reason = first.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let _ = writeln!(out, "    {word}  {}{reason}", check::describe_versions(&names));
        }
        if let Some(why) = &one.incomplete {
            let why = why.lines().next().unwrap_or_default();
            let _ = writeln!(out, "    other releases are not known: {why}");
        }
        let _ = writeln!(out, "    widest range that it fits  {}", check::widest(one));
    }
    out
}

fn row_of(one: &Examined) -> RuleRow<'_> {
    RuleRow {
        plugin: &one.plugin,
        rule: one.item.name(),
        package: &one.package,
        releases: rows(one),
        widest: check::widest(one),
        incomplete: one.incomplete.as_deref(),
    }
}

/// The same table as a document for tools.
pub fn document(examined: &[Examined]) -> String {
    let document =
        VersionsDocument { schema: SCHEMA, compiled: false, rules: rules(examined).map(row_of).collect() };
    format!("{}\n", serde_json::to_string_pretty(&document).unwrap_or_default())
}

/// The findings that no row of the table is about.
pub fn beside(findings: Vec<Diagnostic>, examined: &[Examined]) -> Vec<Diagnostic> {
    let rows: Vec<&Verdict> = rules(examined).flat_map(|one| &one.verdicts).collect();
    let place =
        |found: &Diagnostic| found.labels.first().map(|label| (label.file.name.clone(), label.span.clone()));
    let told = |found: &Diagnostic| {
        let mut problems = rows.iter().flat_map(|verdict| &verdict.problems);
        problems.any(|problem| place(problem) == place(found))
    };
    findings.into_iter().filter(|found| !told(found)).collect()
}
