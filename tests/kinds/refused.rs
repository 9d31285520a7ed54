//! Kinds of build that are refused: goagent says so and what to do, the program is built without it, and `--strict` makes it
//! an error.

use crate::common::process::run;
use crate::support::Module;

/// Refused with `--strict`.
fn refused(module: &Module, words: &[&str], advice: &str) {
    let strict = run(&mut module.goagent(words));
    assert_eq!(strict.end, "exit 1", "{words:?}: {}", strict.stderr);
    assert!(strict.stderr.contains(advice), "{words:?}: {}", strict.stderr);
}

/// Built without `--strict`, with the same words said.
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
    // It need not be there: goagent says its words before go says its own.
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

/// Where there is only `-toolexec`, the tools do not show enough of some kinds: go's build fails, with what to do instead.
#[test]
fn kinds_that_a_plain_toolexec_cannot_see() {
    let probe = Module::probe();
    let bundle = probe.folder.path().join("standard.gobundle");
    let mut gorulec = probe.go.program(env!("CARGO_BIN_EXE_gorulec"), &probe.path());
    gorulec.arg("compile").arg(crate::common::repository().join("plugins")).arg("-o").arg(&bundle);
    run(&mut gorulec).expect_success("gorulec compile");
    probe.write("default.pgo", "");
    let tool = format!("-toolexec={} toolexec --bundle {}", env!("CARGO_BIN_EXE_goagent"), bundle.display());
    for flags in [["-buildmode=plugin", "./cmd/other"], ["-linkshared", "./cmd/other"]] {
        let words = [&["build", "-o", "/dev/null", &tool], &flags[..]].concat();
        let output = run(&mut probe.go.go(&probe.path(), &words));
        assert_eq!(output.end, "exit 1", "{flags:?}: {}", output.stderr);
        assert!(output.stderr.contains("use `goagent build`"), "{flags:?}: {}", output.stderr);
    }
}
