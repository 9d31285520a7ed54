//! Rules for calls: the program does the same as before, in the same order, and the hooks run
//! around its calls.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use gorule::bundle::Bundle;
use gorule::{codegen, syntax};
use serde_json::Value;

use super::fixture;
use crate::common::compare;
use crate::common::go::Go;
use crate::common::process::{Output, run};
use crate::common::telemetry::Sends;

/// The reports on calls that cannot be wrapped.
const SKIPPED: [&str; 7] = [
    "main.go:65: the call of Log: its last argument is a slice with dots",
    "main.go:70: the call of Add: its arguments are the results of another call",
    "main.go:79: the call of Flush: it gives nothing and is no statement of a block",
    "main.go:83: the call of Secret: the type hidden of Secret has hidden in it, which other packages cannot name",
    "main.go:86: the call of Flush: its package's name may stand for something else there",
    "main.go:88: the call of Flush: it is deferred",
    "caller.go:14: the call of Flush: its package is imported under no name",
];

/// The hooks of the calls that are not made at once by many goroutines.
const HOOKS: &str = "hook: enter Open in a variable of the package of example.com/calls package true
hook: exit 7 true <nil> false <nil> package
hook: enter Open in places of example.com/calls first true
hook: exit 5 true <nil> false <nil> first
hook: enter Open in places of example.com/calls  false
hook: exit 0 false no name false <nil> 
hook: enter Open in give of example.com/calls give true
hook: exit 4 true <nil> false <nil> give
hook: enter log 3 0
hook: enter log 3 3
hook: enter flush
hook: exit flush false
hook: enter now
hook: exit now 7
hook: enter now
hook: exit now 7
hook: enter flush
hook: exit flush false
hook: enter flush
hook: exit flush false
hook: enter Open in places of example.com/calls exit false
hook: exit 4 false <nil> false <nil> exit
hook: enter Open in main of example.com/calls panic false
hook: exit 5 false <nil> true at main.main.func1:116 panic
hook: enter Open in inside of example.com/calls panic false
hook: exit 5 false <nil> true <nil> panic
hook: enter Open in inside of example.com/calls fine false
hook: exit 4 true <nil> false <nil> fine
hook: enter flush
hook: exit flush false
hook: request GET true true
";

fn bundle() -> Vec<u8> {
    let text = std::fs::read(fixture("calls").join("calls.gorule")).unwrap();
    let source = syntax::decode("calls.gorule", text).unwrap();
    let parsed = syntax::parse(&source).expect("the rules parse");
    Bundle { plugins: vec![codegen::lower(&parsed.file, &source.text).unwrap()] }.encode().unwrap()
}

/// Takes the lines of the hooks out.
fn take_hooks(output: &mut Output) -> String {
    let lines = output.stdout.split_inclusive('\n').map(str::to_owned);
    let (hooks, own): (Vec<String>, Vec<String>) = lines.partition(|line| line.starts_with("hook: "));
    output.stdout = own.concat();
    hooks.concat()
}

fn compare(go: &Go, flags: &[&str]) {
    let out = tempfile::tempdir().unwrap();
    let (rules, report) = (out.path().join("calls.gobundle"), out.path().join("report.json"));
    std::fs::write(&rules, bundle()).unwrap();
    let plain = go.build_plain(&fixture("calls"), &[flags, &["."]].concat(), &out.path().join("plain"));
    let own = [format!("--bundle={}", rules.display()), format!("--report=json:{}", report.display())];
    let words = [flags, &[own[0].as_str(), own[1].as_str(), "."]].concat();
    let woven = go.build_woven(&fixture("calls"), &words, &out.path().join("woven"));
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(report["faults"].as_array().map(Vec::len), Some(0), "{report}");
    let skipped = report["skipped"].as_array().unwrap().iter();
    let skipped: BTreeSet<&str> = skipped.map(|one| one["reason"].as_str().unwrap()).collect();
    assert_eq!(skipped, BTreeSet::from(SKIPPED), "{}", go.name);
    for words in [&[][..], &["panic"]] {
        let played = |binary: &Path| run(Command::new(binary).args(words).only_spans("none"));
        let (plain, mut woven) = (played(&plain), played(&woven));
        let hooks = take_hooks(&mut woven);
        assert_eq!(compare::difference(&plain, &woven), None, "{} {words:?}", go.name);
        assert_eq!(plain.end, if words.is_empty() { "exit 0" } else { "exit 2" });
        let last = hooks.strip_prefix(HOOKS);
        let expected = if words.is_empty() {
            ""
        } else {
            "hook: enter Open in main of example.com/calls panic false\nhook: exit 5 false <nil> true at main.main:122 panic\n"
        };
        assert_eq!(last, Some(expected), "{}:\n{hooks}", go.name);
    }
}

#[test]
fn programs_do_what_they_did() {
    for go in Go::oldest_and_newest() {
        compare(&go, &[]);
    }
}

#[test]
fn no_races() {
    compare(&Go::newest(), &["-race"]);
}
