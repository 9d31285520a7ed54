//! Kinds of build that are refused: goagent reports it and the remedy, the program is built without
//! it, and `--strict` makes it an error.

use super::module::Module;
use crate::common::process::run;

/// Refused with `--strict`.
fn refused(module: &Module, words: &[&str], advice: &str) {
    let strict = run(&mut module.goagent(words));
    assert_eq!(strict.end, "exit 1", "{words:?}: {}", strict.stderr);
    assert!(strict.stderr.contains(advice), "{words:?}: {}", strict.stderr);
}

/// Built without `--strict`, with the same words in the message.
fn built_all_the_same(module: &Module, words: &[&str], advice: &str) {
    let (command, others) = words.split_first().unwrap();
    let mut command = module.go.goagent(&module.path(), &[*command]);
    let open = run(command.args(&module.own).args(others));
    open.expect_success(&format!("{words:?}"));
    assert!(open.stderr.contains(advice), "{words:?}: {}", open.stderr);
}

#[test]
fn profiles_that_differ_between_mains() {
    let probe = Module::probe();
    probe.write("default.pgo", "");
    refused(&probe, &["build", "-o", "/dev/null", "./..."], "-pgo=off");
}

#[test]
fn coverage_of_what_the_agent_is_made_of() {
    let probe = Module::probe();
    for patterns in ["net/http,./...", "all", "net/http/httptest"] {
        let flag = format!("-coverpkg={patterns}");
        refused(&probe, &["test", "-count=1", &flag, "./fetch"], "-coverpkg=./...");
    }
    let words = ["test", "-count=1", "-coverpkg=net/http/httptest", "./fetch"];
    built_all_the_same(&probe, &words, "-coverpkg=./...");
}

#[test]
fn another_compiler() {
    // It need not be there: goagent's message comes before go's own.
    let probe = Module::probe();
    let output = run(&mut probe.goagent(&["build", "-compiler=gccgo", "."]));
    assert_eq!(output.end, "exit 1");
    assert!(output.stderr.contains("leave out -compiler=gccgo"), "{}", output.stderr);
}

/// The guard around templates needs Go's `recover`; the rest of the build goes on.
#[test]
fn a_package_with_its_own_recover() {
    let mut module = Module::probe();
    module.write("fetch/own.go", "package fetch\n\nfunc recover() int { return 1 }\n\nvar _ = recover()\n");
    let rules = "plugin own {\n    target \"example.com/probe/fetch\" [0.0.0, ) {\n        rule own {\n            func  Own\n            \
        enter { println(\"hook\") }\n        }\n    }\n}\n";
    module.own = vec![module.bundle(rules)];
    let words = ["build", "-o", "/dev/null", "."];
    refused(&module, &words, "declares a `recover` of its own");
    built_all_the_same(&module, &words, "declares a `recover` of its own");
}
