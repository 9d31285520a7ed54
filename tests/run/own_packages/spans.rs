//! The plugin `span`: a span for each call of a marked function, under the right parent.

use std::collections::BTreeMap;

use super::{console as run_with_console, fixture};
use crate::common::console::{self, Span};
use crate::common::go::Go;
use crate::common::process::run;

/// Name and parent's name of each span, counted.
pub fn tree(spans: &[Span]) -> BTreeMap<(String, Option<String>), usize> {
    let names: BTreeMap<&str, &str> =
        spans.iter().map(|span| (span.id.as_str(), span.name.as_str())).collect();
    let mut out = BTreeMap::new();
    for span in spans {
        assert_eq!(span.kind, "internal");
        let parent = span.parent.as_deref().map(|id| names[id].to_owned());
        *out.entry((span.name.clone(), parent)).or_default() += 1;
    }
    out
}

fn compare(go: &Go, flags: &[&str]) {
    let out = tempfile::tempdir().unwrap();
    let words = [flags, &["."]].concat();
    let plain = go.build_plain(&fixture("spans"), &words, &out.path().join("plain"));
    let woven = go.build_woven(&fixture("spans"), &words, &out.path().join("woven"));
    let (plain, output) = (run_with_console(&plain), run_with_console(&woven));
    output.expect_success(&go.name);
    assert_eq!(plain.stdout, output.stdout, "{}", go.name);
    assert!(plain.stdout.contains("book till true\n"), "{}", plain.stdout);
    let (spans, rest) = console::take(&output.stderr);
    assert_eq!(rest, plain.stderr, "{}", go.name);
    let of = |name: &str, parent: Option<&str>, times| ((name.to_owned(), parent.map(str::to_owned)), times);
    let pay = "\"pay \\\"the\\\" bill\"";
    let expected = BTreeMap::from([
        of("order", None, 2),
        of("reserve", Some("order"), 2),
        of(pay, Some("order"), 2),
        // A context without a span: the goroutine's own.
        of("Book", Some(pay), 1),
        of("service.breaks", None, 1),
        of("without", None, 2),
        of("first", None, 52),
        of("fib", None, 1),
        of("fib", Some("fib"), 8),
    ]);
    assert_eq!(tree(&spans), expected, "{}:\n{}", go.name, output.stderr);
    let line = |name: &str| {
        let mut lines = output.stderr.lines().filter(|line| line.contains(&format!("internal {name}  ")));
        lines.next_back().unwrap_or_default().to_owned()
    };
    assert!(line("service.breaks").contains("error"), "{}", output.stderr);
    assert_eq!(
        output.stderr.matches("  error  ").count(),
        4,
        "an order, its bill, a panic, nothing to give:\n{}",
        output.stderr
    );
}

#[test]
fn a_span_for_each_call_of_a_marked_function() {
    for go in Go::oldest_and_newest() {
        compare(&go, &[]);
    }
}

#[test]
fn no_races() {
    compare(&Go::newest(), &["-race"]);
}

/// Only packages with a marked function are another program to the build cache, and the plan lists
/// them.
#[test]
fn packages_without_a_marked_function_are_left_alone() {
    let go = Go::newest();
    let output = run(&mut go.goagent(&fixture("spans"), &["plan", "--report=json", "."]));
    let report: serde_json::Value =
        serde_json::from_str(&output.expect_success("goagent plan").stdout).unwrap();
    let mut found: Vec<String> = Vec::new();
    for package in report["woven"].as_array().unwrap() {
        let rules = package["rules"].as_array().unwrap().iter().filter(|rule| rule["plugin"] == "span");
        for function in rules.flat_map(|rule| rule["functions"].as_array().unwrap()) {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let place = text(&function["place"]);
            let place = place.split(':').next().unwrap();
            found.push(format!("{} {} {place}", text(&package["package"]), text(&function["name"])));
        }
    }
    let wanted = ["order", "reserve", "(*service).pay", "service.breaks", "without", "first", "fib"];
    let mut wanted: Vec<String> =
        wanted.iter().map(|name| format!("example.com/spans {name} main.go")).collect();
    wanted.push("example.com/spans/inner Book inner.go".to_owned());
    assert_eq!(found, wanted);
    assert!(!output.stdout.contains("unmarked"), "{}", output.stdout);
}
