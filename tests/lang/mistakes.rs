//! Every mistake in `tests/fixtures/lang/bad` is found, shown as in its snapshot, and gone once it
//! is fixed.
//!
//! A file dropped there is a test: its name begins with the code that must be found, and its
//! `//~ mend: OLD => NEW` lines say how to fix it (`\n` is a line end, `\0` a NUL byte, `\xff` a
//! byte that is not text). `//~ mistake:` names the mistake, for the table of the book; it is `-`
//! in a fixture whose cause another one has.

use std::collections::BTreeSet;

use crate::common::rule_files::all;
use crate::fixed_world::compile_text;
use gorule::author::compile::CompileReport;
use gorule::diagnostic::{Diagnostic, entries, render};

/// Codes that no file in the folder can show, because they are about things outside of a single
/// file; each with the place of its test.
const ELSEWHERE: [(&str, &str); 15] = [
    ("GR0005", "a file larger than 256 KiB: command_line.rs"),
    ("GR0016", "a path that is not there: command_line.rs"),
    ("GR0017", "a folder without files: command_line.rs"),
    ("GR0102", "two files: command_line.rs"),
    ("GR0306", "no go: command_line.rs"),
    ("GR0307", "a damaged lock: lock.rs"),
    ("GR0308", "a plugin that the lock does not know: lock.rs"),
    ("GR0501", "a template through the Go compiler: template_types.rs"),
    ("GR0502", "what the weaver alone can refuse: src/weave/tests.rs"),
    ("GR0503", "a package that Go cannot build: template_types.rs"),
    ("GR0901", "goagent.toml: trust.rs"),
    ("GR0902", "goagent.toml: trust.rs"),
    ("GR0903", "goagent.toml: trust.rs"),
    ("GR0904", "goagent.toml: trust.rs"),
    ("GR0905", "goagent.toml: trust.rs"),
];

fn text(report: &CompileReport) -> String {
    render::to_text(&report.findings, false)
}

#[test]
fn each_mistake_is_found_at_its_place() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/lang");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut failed = Vec::new();
    for fixture in all("bad") {
        let report = fixture.report();
        let input = String::from_utf8_lossy(&fixture.body()).replace('\0', "\u{2400}");
        let shown = format!("{input}\n----- found -----\n{}", text(&report));
        let result = settings
            .bind(|| std::panic::catch_unwind(|| insta::assert_snapshot!(fixture.name.as_str(), shown)));
        if result.is_err() {
            failed.push(fixture.name.clone());
        }
        if !report.findings.iter().any(|found| found.code.code == fixture.code()) {
            failed.push(format!("{} without its code:\n{}", fixture.name, text(&report)));
        }
        let errors = report.findings.iter().any(Diagnostic::is_error);
        assert_eq!(report.bundle.is_none(), errors, "{}: a bundle exactly where no error is", fixture.name);
    }
    assert!(failed.is_empty(), "snapshots differ: {failed:?}");
}

#[test]
fn each_mistake_says_what_to_do_and_where() {
    for fixture in all("bad") {
        for found in fixture.report().findings {
            let name = &fixture.name;
            assert!(found.help.is_some(), "{name}: {} has no help", found.code.code);
            assert!(!found.labels.is_empty(), "{name}: {} has no place", found.code.code);
            assert!(
                found.labels[0].file.name.ends_with(".gorule"),
                "{name}: the first place is not the author's"
            );
            assert!(
                !found.message().contains('{') || found.message().contains('`'),
                "{name}: {}",
                found.message()
            );
            assert!(!found.message().ends_with('.'), "{name}: {}", found.message());
        }
    }
}

#[test]
fn each_mistake_fixed_compiles() {
    let mut wrong = Vec::new();
    for fixture in all("bad") {
        let Some(fixed) = fixture.fixed() else {
            panic!("{} does not say how it is fixed", fixture.name);
        };
        let report = compile_text("fixed.gorule", fixed.as_bytes());
        if report.bundle.is_none() || !report.findings.is_empty() {
            wrong.push(format!("{} fixed:\n{fixed}\n{}", fixture.name, text(&report)));
        }
    }
    assert!(wrong.is_empty(), "{} fixed fixtures have findings:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_code_has_a_fixture() {
    let shown: BTreeSet<String> = all("bad").into_iter().map(|fixture| fixture.code().to_owned()).collect();
    for entry in entries() {
        let elsewhere = ELSEWHERE.iter().any(|(code, _)| *code == entry.code);
        assert!(
            shown.contains(entry.code) != elsewhere,
            "{} needs a fixture (or has one and is excused)",
            entry.code
        );
    }
}

#[test]
fn all_of_the_language_compiles() {
    for fixture in all("good") {
        let report = fixture.report();
        assert!(report.bundle.is_some(), "{}:\n{}", fixture.name, text(&report));
        assert!(report.findings.is_empty(), "{}:\n{}", fixture.name, text(&report));
    }
}
