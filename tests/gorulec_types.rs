//! Templates through the real Go compiler: what it says is shown at the place in the `.gorule` file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::go::Go;
use common::process::{Output, run};

/// A rule for a small package of the Go that is installed; only what is on this machine is used.
fn check(template: &str, decl: &str) -> Output {
    let text = format!(
        "plugin p {{\n    import \"strings\"\n\n    target \"encoding/hex\" [1.18, ) {{\n{decl}        rule one {{\n            \
         func EncodedLen(n int) (size int)\n            state s int\n            enter {{ {template} }}\n            exit {{ _ = s }}\n        \
         }}\n    }}\n}}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.gorule"), text).unwrap();
    let go = Go { name: "local".to_owned() };
    // Verdicts are remembered: each run looks anew.
    let mut command = go.program(env!("CARGO_BIN_EXE_gorulec"), folder.path());
    command.env("GOAGENT_CACHE", folder.path().join("cache"));
    run(command.args(["check", "--offline", "p.gorule"]))
}

#[test]
fn mistakes_in_types_are_shown_at_their_place() {
    let good = check("s = strings.Count(\"a\", \"a\") + n", "");
    good.expect_success("a template that is right");
    assert!(!good.stderr.contains("GR05"), "{}", good.stderr);

    let wrong = check("s = strings.Count(\"a\", 3)", "");
    assert_eq!(wrong.end, "exit 1");
    assert!(
        wrong.stderr.contains("error[GR0501]") && wrong.stderr.contains("p.gorule:8:44"),
        "{}",
        wrong.stderr
    );
    assert!(wrong.stderr.contains("cannot use 3"), "{}", wrong.stderr);

    let wrong = check("s = half(n)", "        decl { func half(n int) string { return n / 2 } }\n");
    assert_eq!(wrong.end, "exit 1");
    assert!(
        wrong.stderr.contains("p.gorule:9:25") && wrong.stderr.contains("p.gorule:5:"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_package_that_go_cannot_build_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let text = "plugin p {\n    target \"net/http\" [1.18, ) {\n        rule one {\n            recv serverHandler\n            func \
                ServeHTTP\n            exit { _ = 1 }\n        }\n    }\n}\n";
    std::fs::write(folder.path().join("p.gorule"), text).unwrap();
    let go = Go { name: "local".to_owned() };
    let mut command = go.program(env!("CARGO_BIN_EXE_gorulec"), folder.path());
    // No compiler gets through.
    command.env("GOAGENT_CACHE", folder.path().join("cache")).env("GOCACHE", "off");
    let output = run(command.args(["check", "--offline", "p.gorule"]));
    output.expect_success("a warning is no error");
    assert!(output.stderr.contains("warning[GR0503]"), "{}", output.stderr);
}
