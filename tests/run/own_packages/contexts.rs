//! Contexts that are written in other ways than `context.Context`, and values that hold one: in a
//! goroutine that belongs to no request they alone determine the parent. And directive comments
//! that have no effect.

use std::collections::BTreeMap;

use super::spans::tree;
use super::{console as run_with_console, fixture};
use crate::common::console;
use crate::common::go::Go;
use crate::common::process::run;

#[test]
fn a_context_counts_however_it_is_written() {
    for go in Go::oldest_and_newest() {
        let out = tempfile::tempdir().unwrap();
        let plain = go.build_plain(&fixture("contexts"), &["."], &out.path().join("plain"));
        let woven = go.build_woven(&fixture("contexts"), &["."], &out.path().join("woven"));
        let (plain, output) = (run_with_console(&plain), run_with_console(&woven));
        output.expect_success(&go.name);
        assert_eq!(plain.stdout, output.stdout, "{}", go.name);
        let (spans, rest) = console::take(&output.stderr);
        assert_eq!(rest, plain.stderr, "{}", go.name);
        let mut expected = BTreeMap::new();
        let mut expect = |names: &[&str], parent: Option<&str>| {
            for name in names {
                *expected.entry(((*name).to_owned(), parent.map(str::to_owned))).or_default() += 1;
            }
        };
        expect(&["parent"], None);
        // These are assigned: the contexts that they pass on have their span.
        let written = ["renamed", "xnet", "alias", "aliasOfAlias", "dotted"];
        expect(&written, Some("parent"));
        for name in written {
            expect(&["leaf"], Some(name));
        }
        let holding =
            ["byValue", "byPointer", "byInterface", "byUnnamed", "byMade", "byMethods", "byRequest", "inner"];
        expect(&holding, Some("parent"));
        expect(&["hidden", "byConstraint"], Some("parent"));
        // The contexts that are held do not have the span of the caller, which the goroutine has.
        expect(&["inner"], Some("byRequest"));
        let nothing = [
            "byPointer",
            "byInterface",
            "byInterface",
            "byMethods",
            "byRequest",
            "byPanics",
            "values.byNone",
        ];
        expect(&nothing, None);
        expect(&["byNil"], None);
        assert_eq!(tree(&spans), expected, "{}:\n{}", go.name, output.stderr);
    }
}

/// Each is reported with its file and line, in a build and in a plan, for people and for programs;
/// none makes `--strict` fail.
#[test]
fn directives_without_effect_are_said() {
    let scratch = tempfile::tempdir().unwrap();
    let files = [
        ("go.mod", "module example.com/idle\n\ngo 1.18\n"),
        ("main.go", "package main\n\n// goagent:span\nfunc main() { f() }\n\n//goagent:Span\nfunc f() {}\n"),
        ("main_test.go", "package main\n\n//goagent:spna\nfunc g() {}\n\n//goagent:span\nfunc h() {}\n"),
    ];
    for (name, text) in files {
        fs_err::write(scratch.path().join(name), text).unwrap();
    }
    let wanted = [
        ("main.go", 3, "// goagent:span", "a directive has no space after the slashes"),
        ("main.go", 6, "//goagent:Span", "it is misspelt"),
        ("main_test.go", 3, "//goagent:spna", "it is misspelt"),
        ("main_test.go", 6, "//goagent:span", "files of tests are not woven"),
    ];
    let go = Go::newest();
    let run = |words: &[&str]| {
        let output = run(&mut go.goagent(scratch.path(), words));
        output.expect_success(&words.join(" "));
        output
    };
    let build = run(&["build", "--strict", "-o", "out", "."]).stderr;
    let plan = run(&["plan", "."]).stdout;
    for text in [&build, &plan] {
        assert_eq!(text.matches("goagent: warning: ").count(), wanted.len(), "{text}");
        for (file, line, directive, reason) in wanted {
            let path = scratch.path().join(file).canonicalize().unwrap();
            let said = format!("goagent: warning: {}:{line}: {directive}: {reason}", path.display());
            assert!(text.contains(&said), "{said}\n{text}");
        }
    }
    assert!(build.contains("nothing was woven: no rule is for"), "{build}");
    let report = run(&["plan", "--report=json", "."]).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let found = report["directives"].as_array().unwrap();
    assert_eq!(found.len(), wanted.len(), "{report}");
    for (one, (file, line, directive, _)) in found.iter().zip(wanted) {
        assert!(one["file"].as_str().unwrap().ends_with(file) && one["line"] == line, "{one}");
        assert_eq!(one["directive"], directive);
        assert_eq!(one["package"], "example.com/idle");
    }
    let disabled = run(&["plan", "--disable", "span", "."]).stdout;
    assert!(!disabled.contains("warning"), "{disabled}");
}
