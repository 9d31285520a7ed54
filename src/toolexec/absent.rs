//! Functions that a build leaves out together with their file.
//!
//! In: the outcomes of a unit's rules, and the package's files. Out: the same without the functions
//! named by rules with `may be absent`, if a file that is not in this build declares them. A
//! function that no file has stays reported.

use std::collections::BTreeSet;

use camino::Utf8Path;

use crate::bundle::{Functions, Rule};
use crate::source::{FunctionSelector, GoFile};
use crate::weave::{GoSourceFile, Outcome, PlacedRule, SkipCode, Unit, selectors};

/// Removes the outcomes of functions that are missing in this build and may be. `files` are the
/// package's files in the build.
pub fn without_absent(unit: &Unit, files: &[GoSourceFile], mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
    let missing = |outcome: &Outcome| {
        let code = outcome.skipped.as_ref().map(|skip| skip.code);
        (code == Some(SkipCode::NotFound)).then(|| rule_of(unit, outcome)).flatten()
    };
    if outcomes.iter().any(|outcome| missing(outcome).is_some()) {
        let others = others(files);
        outcomes.retain(|outcome| missing(outcome).is_none_or(|rule| !is_declared(rule, &others)));
    }
    outcomes
}

/// Returns the rule of an outcome, if its function may be absent.
fn rule_of<'a>(unit: &'a Unit, outcome: &Outcome) -> Option<&'a Rule> {
    let same = |placed: &&PlacedRule| outcome.is_of(placed) && placed.rule.line == outcome.line;
    unit.rules.iter().find(same).map(|placed| &placed.rule).filter(|rule| rule.may_be_absent)
}

/// Parses the other Go files in the folders of the build's files, except tests.
fn others(files: &[GoSourceFile]) -> Vec<GoFile> {
    let paths = || files.iter().map(|file| Utf8Path::new(&file.path));
    let folders: BTreeSet<&Utf8Path> = paths().filter_map(Utf8Path::parent).collect();
    let known: BTreeSet<&str> = paths().filter_map(Utf8Path::file_name).collect();
    let beside = folders.into_iter().flat_map(Utf8Path::read_dir_utf8).flatten().flatten();
    let others = beside.filter(|entry| {
        let is_go = entry.path().extension() == Some("go");
        is_go && !entry.file_name().ends_with("_test.go") && !known.contains(entry.file_name())
    });
    let texts = others.filter_map(|entry| fs_err::read_to_string(entry.path()).ok());
    texts.filter_map(|text| GoFile::parse(text).ok()).collect()
}

/// Returns true if the files declare all functions that a rule names.
fn is_declared(rule: &Rule, files: &[GoFile]) -> bool {
    let is_there = |selector: &FunctionSelector<'_>| {
        files.iter().flat_map(|file| &file.functions).any(|function| selector.means(function))
    };
    matches!(rule.functions, Functions::Named(_)) && selectors(rule).iter().all(is_there)
}

#[cfg(test)]
mod tests {
    use super::super::sources::read_sources;
    use super::*;
    use crate::bundle::Receiver;
    use crate::weave::{rule, unit_of, weave};

    /// Returns true if a rule for `(*T).f` is reported as missing in a build of `a.go` alone.
    fn is_reported(may_be_absent: bool, other: (&str, &str)) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_str().unwrap();
        let text = "package p\n\nfunc (t *Other) f() {}\n";
        for (name, text) in [("a.go", text), other] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let receiver = Receiver { name: None, pointer: true, type_name: "T".into() };
        let unit = unit_of(vec![Rule {
            may_be_absent,
            receiver: Some(receiver),
            ..rule(Functions::Named(vec!["f".into()]))
        }]);
        let files = read_sources(dir, &["a.go".to_owned()]).unwrap();
        let woven = weave(&unit, &files);
        assert_eq!(woven.outcomes.len(), 1);
        !without_absent(&unit, &files, woven.outcomes).is_empty()
    }

    #[test]
    fn only_a_function_that_another_file_declares_may_be_absent() {
        let declares = "//go:build never\n\npackage p\n\nfunc (t *T) f() {}\n";
        assert!(!is_reported(true, ("b.go", declares)));
        assert!(is_reported(false, ("b.go", declares)));
        assert!(is_reported(true, ("b_test.go", declares)));
        assert!(is_reported(true, ("b.go", "package p\n\nfunc f() {}\n\nfunc (t *T) g() {}\n")));
    }
}
