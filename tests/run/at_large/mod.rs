//! Weaving at large: the test suites of packages of many kinds give, per test, the same results
//! plain and with every function woven.
//!
//! The testing aid in `tests/fixtures/at_large` weaves an enter and an exit into every function
//! with a body. Each suite runs twice plain (results that differ between the two are ignored), once
//! woven, and once with the standard plugins too. A suite that makes spans runs once more with the
//! standard plugins alone, the agent awake and exporting. The allowed differences are in
//! `tests/fixtures/at_large/allowed.txt`, each entry with its reason. By default a small part runs;
//! `GOAGENT_TEST_AT_LARGE=all` runs all of it, a comma-separated list of names some, and
//! `GOAGENT_TEST_AT_LARGE_GO` chooses the Go toolchain. `GOAGENT_TEST_AT_LARGE_ARGUMENTS` are more
//! words for `go test`, `-run=X -count=100` for instance.

mod compare;
mod subjects;
mod suite;

use std::io::Write as _;

use compare::{Allowed, Verdict};
use subjects::{SUBJECTS, Subject};
use suite::Suite;

/// The suites that run if none is chosen.
const USUAL: [&str; 3] = ["encoding/json", "text/template", "gin"];

fn chosen() -> Vec<&'static Subject> {
    let asked = std::env::var("GOAGENT_TEST_AT_LARGE").unwrap_or_default();
    let names: Vec<&str> = if asked.is_empty() { USUAL.to_vec() } else { asked.split(',').collect() };
    let all = names == ["all"];
    let chosen: Vec<&Subject> = SUBJECTS.iter().filter(|s| all || names.contains(&s.name)).collect();
    assert!(all || chosen.len() == names.len(), "no subject is called that: {asked}");
    chosen
}

#[test]
fn suites_give_the_same_per_test_with_every_function_woven() {
    let allowed = Allowed::read();
    let mut wrong = Vec::new();
    for subject in chosen() {
        let suite = Suite::prepare(subject);
        let plain = suite.plain();
        let set = |name: &str| std::env::var_os(name).is_some();
        // The older a Go, the fewer tests it has.
        let least = if set("GOAGENT_TEST_AT_LARGE_GO") { subject.least / 4 } else { subject.least };
        assert!(
            set("GOAGENT_TEST_AT_LARGE_ARGUMENTS") || plain.passed() >= least,
            "{}: only {} tests pass plain, at least {} are known:\n{}",
            subject.name,
            plain.passed(),
            least,
            plain.output
        );
        if subject.exports {
            wrong.extend(awake(subject, &suite, &plain, &allowed));
        }
        for plugins in [false, true].into_iter().filter(|_| subject.every) {
            let woven = suite.woven(plugins);
            let title =
                format!("{}{}", subject.name, if plugins { " with the standard plugins" } else { "" });
            let verdict = Verdict::of(&plain, &woven.results, &allowed, plugins);
            println!("{title}: {verdict}");
            println!("{title}: {}, at least {} spans", woven.share, woven.spans);
            // Half, because the counters are powers of two.
            if plugins && woven.spans < subject.spans / 2 {
                wrong.push(format!("{title}: {} spans, at least {} are known", woven.spans, subject.spans));
            }
            wrong.extend(woven.share.mistakes().into_iter().map(|m| format!("{title}: {m}")));
            wrong.extend(woven.mistakes.iter().map(|m| format!("{title}: {m}")));
            if !verdict.differences.is_empty() {
                println!("{title}: goagent ended with {}:\n{}", woven.end, woven.results.output);
            }
            let differences = verdict.differences.iter();
            wrong.extend(differences.map(|d| format!("{title}: {d}\n{}", woven.results.said(&d.test))));
        }
    }
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

/// The differences while the agent is awake and exports, with the standard plugins alone.
fn awake(subject: &Subject, suite: &Suite, plain: &compare::Results, allowed: &Allowed) -> Vec<String> {
    let awake = suite.awake();
    let verdict = Verdict::of(plain, &awake.results, allowed, true);
    let title = format!("{} with the agent awake", subject.name);
    // Not by println!, whose output is not shown if the test passes.
    let told = format!("{title}: {verdict}; {} spans received\n", awake.spans);
    std::io::stderr().write_all(told.as_bytes()).unwrap();
    let mut wrong: Vec<String> = verdict.differences.iter().map(|d| format!("{title}: {d}")).collect();
    if !wrong.is_empty() {
        println!("{title}: goagent ended with {}:\n{}", awake.end, awake.results.output);
        let said = verdict.differences.iter().map(|d| awake.results.said(&d.test));
        wrong =
            wrong.into_iter().zip(said).map(|(difference, said)| format!("{difference}\n{said}")).collect();
    }
    if awake.spans < subject.spans {
        wrong.push(format!(
            "{title}: {} spans were received, at least {} are known",
            awake.spans, subject.spans
        ));
    }
    wrong
}

#[test]
fn the_comparison_sees_what_differs() {
    let line = |test: &str, action: &str| {
        format!("{{\"Action\":\"{action}\",\"Package\":\"p\",\"Test\":\"{test}\"}}\n")
    };
    let results = |text: String| compare::Results::parse(&text);
    let one = results(line("A", "pass") + &line("B", "skip") + &line("C", "pass") + &line("Flaky", "pass"));
    let two = results(line("A", "pass") + &line("B", "skip") + &line("C", "pass") + &line("Flaky", "fail"));
    let plain = one.stable(&two);
    assert_eq!(plain.passed(), 2);
    let woven = results(line("A", "fail") + &line("B", "skip") + &line("New", "pass"));
    let differences = |list: &str, plugins: bool| -> Vec<String> {
        let verdict = Verdict::of(&plain, &woven, &Allowed::parse(list), plugins);
        verdict.differences.iter().map(ToString::to_string).collect()
    };
    let both = ["p A: pass plain, fail woven", "p C: pass plain, not run woven"];
    assert_eq!(differences("always\tp\tB\tnot needed\n", true), both);
    let list = "# comment\n\nalways\tp\tA\tone reason\nplugins\tp\tC\tanother\n";
    assert_eq!(differences(list, false), both[1..]);
    assert!(differences(list, true).is_empty());

    let plain = results(line("T", "pass") + &line("T/a", "pass") + &line("T/b", "pass"));
    let one = results(line("T", "fail") + &line("T/a", "fail") + &line("T/b", "pass"));
    let two = results(line("T", "fail") + &line("T/a", "fail") + &line("T/b", "fail"));
    let count = |woven: &compare::Results| {
        let allowed = Allowed::parse("always\tp\tT/a\ta reason\n");
        Verdict::of(&plain, woven, &allowed, false).differences.len()
    };
    assert_eq!((count(&one), count(&two)), (0, 2), "a test may fail for those subtests alone that may");
}
