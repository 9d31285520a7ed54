//! The manifest in a program: the rules that are woven into each of its packages, and everything
//! that is missing.
//!
//! In: the notes of the archives that it is linked from. Out: the text that the linker puts into
//! the program, for `goagent inspect`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::protocol::{Fault, Note, PackageReport};
use crate::weave::Outcome;

/// Returns the text: JSON.
pub(super) fn text(notes: &[Note]) -> String {
    let reports: Vec<&PackageReport> = notes.iter().filter_map(|note| note.report.as_ref()).collect();
    let remarks = || notes.iter().filter_map(|note| note.remarks.as_ref());
    let mut manifest = serde_json::Map::new();
    manifest.insert("goagent".to_owned(), env!("CARGO_PKG_VERSION").into());
    manifest.insert("woven".to_owned(), woven(&reports));
    let uncovered: Vec<Value> = remarks().flat_map(|one| &one.uncovered).map(|one| json!(one)).collect();
    manifest.insert("uncovered".to_owned(), uncovered.into());
    let lists = [
        ("skipped", reports.iter().flat_map(|report| skipped(report)).collect::<Vec<_>>()),
        ("faults", reports.iter().flat_map(|report| faults(report)).collect()),
        ("fallbacks", reports.iter().filter_map(|report| fallback(report)).collect()),
        ("left_out", remarks().flat_map(|one| &one.left_out).map(|one| {
            json!({ "plugin": one.plugin, "package": one.package, "code": "version", "reason": one.reason })
        }).collect()),
        ("notes", remarks().flat_map(|one| &one.notes).map(|text| json!(text)).collect()),
    ];
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        manifest.insert(name.to_owned(), list.into());
    }
    Value::Object(manifest).to_string()
}

/// Returns the woven rules of each plugin, by package.
fn woven(reports: &[&PackageReport]) -> Value {
    let mut packages = serde_json::Map::new();
    for report in reports {
        let mut plugins: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let woven = report.outcomes.iter().filter(|outcome| outcome.skipped.is_none());
        for outcome in woven.filter(|_| report.fallback.is_none()) {
            if let Some(rule) = outcome.item.rule() {
                plugins.entry(&outcome.plugin).or_default().insert(rule);
            }
        }
        if !plugins.is_empty() {
            let PackageReport { package, version, digest, .. } = report;
            let value = json!({ "version": version, "digest": digest, "rules": plugins });
            packages.insert(package.clone(), value);
        }
    }
    packages.into()
}

fn skipped(report: &PackageReport) -> Vec<Value> {
    if report.fallback.is_some() {
        return Vec::new();
    }
    let of = |outcome: &Outcome| {
        let why = outcome.skipped.as_ref()?;
        let PackageReport { package, version, .. } = report;
        Some(json!({
            "package": package, "version": version, "plugin": outcome.plugin, "rule": outcome.item.to_string(),
            "kind": outcome.item.kind(), "name": outcome.item.name(), "function": outcome.function, "code": why.code, "reason": why.reason,
        }))
    };
    report.outcomes.iter().filter_map(of).collect()
}

fn faults(report: &PackageReport) -> Vec<Value> {
    let PackageReport { package, version, .. } = report;
    let of = |fault: &Fault| json!({ "package": package, "version": version, "plugin": fault.plugin, "rule": fault.rule, "message": fault.location_and_message() });
    report.faults.iter().map(of).collect()
}

fn fallback(report: &PackageReport) -> Option<Value> {
    let reason = report.fallback.as_ref()?;
    Some(json!({ "package": report.package, "version": report.version, "reason": reason }))
}
