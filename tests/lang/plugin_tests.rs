//! `gorulec test`: programs beside a plugin, run plain and woven; the telemetry that they emit, and
//! rules that nobody would miss.
//!
//! One version and one Go, the installed one; with `GOAGENT_TEST_PLUGINS=all` the standard plugins
//! are tested as `gorulec test plugins --mutate` does.

use std::path::Path;
use std::process::Command;

use crate::common;
use crate::common::go::Go;
use crate::common::process::{Output, run};

/// Two rules for a small package: one makes a span, the other does nothing that anybody sees.
const PLUGIN: &str = "plugin hexes {
    import \"context\"

    target \"encoding/hex\" [1.18, ) {
        rule encode {
            func EncodeToString(src []byte)
            state span agent.Span
            enter {
                span = agent.StartInternal(context.Background(), \"encode\")
                span.SetInt(\"hexes.size\", int64(len(src)))
            }
            exit { span.EndErr(nil) }
        }

        rule idle {
            func EncodedLen
            enter { _ = 1 }
        }
    }
}
";

const PROGRAM: &str = "// A span for each text.
package main

import (
\t\"encoding/hex\"
\t\"fmt\"
)

func main() { fmt.Println(hex.EncodeToString([]byte(\"hello\"))) }
";

const EXPECTED: &str = "- internal encode\n    hexes.size = 5\n\nstandard output:\n    68656c6c6f\n";

/// `gorulec test` with the Go that is installed.
fn test(folder: &Path, words: &[&str]) -> Output {
    test_with(folder, words, &[])
}

/// The same with variables.
fn test_with(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Output {
    let go = Go { name: "local".to_owned() };
    let mut command = go.program(env!("CARGO_BIN_EXE_gorulec"), folder);
    command.envs(variables.iter().copied());
    run(command.arg("test").args(words).args(["--go", "local"]))
}

/// The standard plugins.
fn plugins() -> Vec<String> {
    let entries = std::fs::read_dir(common::repository().join("plugins")).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let names: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    assert!(names.len() >= 4, "{names:?}");
    names
}

/// A plugin with one program.
fn plugin(folder: &Path) {
    let program = folder.join("hexes/test/one");
    std::fs::create_dir_all(&program).unwrap();
    std::fs::write(folder.join("hexes/hexes.gorule"), PLUGIN).unwrap();
    std::fs::write(program.join("main.go"), PROGRAM).unwrap();
}

/// `GOAGENT_TEST_PLUGINS=all`: every version and every Go of the default, and each rule left out
/// once.
#[test]
fn the_standard_plugins_do_what_their_tests_say() {
    let all = std::env::var("GOAGENT_TEST_PLUGINS").is_ok_and(|value| value == "all");
    let output = if all {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gorulec"));
        command.current_dir(common::repository()).env("GOAGENT_CACHE", common::kept("goagent-cache"));
        run(command.args(["test", "plugins", "--mutate"]))
    } else {
        test(common::repository(), &["plugins", "--versions", "highest"])
    };
    output.expect_success("gorulec test plugins");
    for plugin in plugins() {
        let passed = output.stdout.lines().filter(|line| {
            let (word, rest) = line.split_once(' ').unwrap();
            (word == "ok" || word == "cached") && rest.trim().starts_with(&format!("{plugin}/"))
        });
        assert!(passed.count() > 0, "{plugin} has no test:\n{}", output.stdout);
    }
    assert!(!output.stdout.contains("FAILED"), "{}", output.stdout);
}

/// The program of the fixture panics in all ways.
#[test]
fn a_span_in_state_gets_the_panic_by_itself() {
    let fixture = common::repository().join("tests/fixtures/handed");
    let output = test(&fixture, &["handed", "--offline"]);
    assert!(output.expect_success("handed").stdout.contains("handed/panics"), "{}", output.stdout);
}

#[test]
fn expectations_are_written_and_compared_and_a_rule_that_nobody_would_miss_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    plugin(folder);
    let place = folder.join("hexes/test/one/expected.txt");

    let missing = test(folder, &["hexes", "--offline"]);
    assert_eq!(missing.end, "exit 1");
    assert!(missing.stdout.starts_with("FAILED  hexes/one"), "{}", missing.stdout);
    assert!(missing.stdout.contains("write it with --accept"), "{}", missing.stdout);
    assert!(missing.stderr.contains("gorulec: 1 run of 1 program, "), "{}", missing.stderr);
    assert!(!place.exists(), "nothing is written unless it is asked for");

    let accepted = test(folder, &["hexes", "--offline", "--accept"]);
    let lines = &accepted.expect_success("--accept").stdout;
    assert!(lines.contains("\nwritten hexes/test/one/expected.txt\n"), "{lines}");
    assert_eq!(std::fs::read_to_string(&place).unwrap(), EXPECTED);
    let again = test(folder, &["hexes", "--offline"]);
    assert!(again.expect_success("again").stdout.starts_with("cached  hexes/one"), "{}", again.stdout);

    std::fs::write(&place, EXPECTED.replace('5', "6")).unwrap();
    let other = test(folder, &["hexes", "--offline"]);
    assert_eq!(other.end, "exit 1");
    assert!(
        other.stdout.contains("\n    -    hexes.size = 6\n    +    hexes.size = 5\n"),
        "{}",
        other.stdout
    );
    assert!(other.stdout.ends_with("1 run of 1 program: 0 ok, 1 FAILED\n"), "{}", other.stdout);

    std::fs::write(&place, EXPECTED).unwrap();
    let mutated = test(folder, &["hexes", "--offline", "--mutate"]);
    assert_eq!(mutated.end, "exit 1");
    let lines: Vec<&str> = mutated.stdout.lines().collect();
    assert!(
        lines
            .iter()
            .any(|l| l.starts_with("noticed without hexes/encode (hexes.gorule:5): by hexes/one go1.")
                && l.ends_with(": it sends other spans")),
        "{}",
        mutated.stdout
    );
    assert!(
        lines.iter().any(|l| l.starts_with("FAILED  without hexes/idle (hexes.gorule:15): no test notices")),
        "{}",
        mutated.stdout
    );
    assert!(mutated.stdout.ends_with("; 2 rules left out, 1 unnoticed\n"), "{}", mutated.stdout);
    one_rule_is_left_out(folder);
}

fn one_rule_is_left_out(folder: &Path) {
    let typo = test(folder, &["hexes", "--offline", "--mutate=hexes/encod3"]);
    assert_eq!((typo.end.as_str(), typo.stdout.as_str()), ("exit 1", ""));
    assert_eq!(
        typo.stderr,
        "gorulec: --mutate=hexes/encod3: no rule's PLUGIN/NAME holds it; did you mean `hexes/encode`?\n"
    );
    let one = test(folder, &["hexes", "--offline", "--mutate=hexes/encode"]);
    assert!(
        one.expect_success("one rule").stdout.ends_with("; 1 rule left out, 0 unnoticed\n"),
        "{}",
        one.stdout
    );
}

/// A test that fails before it tests anything looks the same plain and woven.
#[test]
fn a_program_that_fails_or_sends_nothing_says_so_or_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    plugin(folder);
    let (main, place) = (folder.join("hexes/test/one/main.go"), folder.join("hexes/test/one/expected.txt"));
    let (no_spans, exits) =
        ("the program sends no spans; if it is meant to", "the program exits with 2, not with 0");
    let panics = "package main\n\nfunc main() { panic(\"no database\") }\n";
    std::fs::write(&main, panics).unwrap();
    for words in [&["hexes", "--offline", "--accept"][..], &["hexes", "--offline"]] {
        let failed = test(folder, words);
        assert_eq!(failed.end, "exit 1", "{}", failed.stdout);
        for said in ["FAILED  hexes/one", exits, "no database", no_spans] {
            assert!(failed.stdout.contains(said), "{said}: {}", failed.stdout);
        }
        assert!(!place.exists(), "nothing is accepted");
    }
    // An expectation that somebody has written makes nothing of it right.
    std::fs::write(&place, "no spans\n").unwrap();
    assert_eq!(test(folder, &["hexes", "--offline"]).end, "exit 1");
    let announced = format!("//gorule:exit 2\n//gorule:spans none\n{panics}");
    std::fs::write(&main, announced).unwrap();
    test(folder, &["hexes", "--offline"]).expect_success("both are said on purpose");
    std::fs::write(&main, format!("//gorule:spans none\n{PROGRAM}")).unwrap();
    let sends = test(folder, &["hexes", "--offline"]);
    assert!(sends.stdout.contains("sends spans, though //gorule:spans none"), "{}", sends.stdout);

    std::fs::write(&main, PROGRAM).unwrap();
    test(folder, &["hexes", "--offline", "--accept"]).expect_success("--accept");
    std::fs::write(&place, EXPECTED.replace("68656c6c6f", "no such table")).unwrap();
    let output = test(folder, &["hexes", "--offline"]);
    assert!(output.stdout.contains("\n    -    no such table\n    +    68656c6c6f\n"), "{}", output.stdout);
}

#[test]
fn what_cannot_be_run_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    plugin(folder);
    let main = folder.join("hexes/test/one/main.go");
    std::fs::write(&main, format!("//gorule:vesions [1, )\n{PROGRAM}")).unwrap();
    let wrong = test(folder, &["hexes", "--offline"]);
    assert!(
        wrong.stderr.ends_with("main.go:1: `//gorule:vesions` is not known; did you mean `versions`?\n"),
        "{}",
        wrong.stderr
    );
    std::fs::write(&main, PROGRAM.replace("fmt.Println", "fmt.Printn")).unwrap();
    let wrong = test(folder, &["hexes", "--offline"]);
    assert!(wrong.stdout.contains("the plain program does not build"), "{}", wrong.stdout);
    assert!(wrong.stdout.contains("main.go:9:19: undefined: fmt.Printn"), "{}", wrong.stdout);
    std::fs::write(
        &main,
        PROGRAM.replace("hello\")))", "hello\")), os.Args[0])").replace("\"fmt\"\n", "\"fmt\"\n\t\"os\"\n"),
    )
    .unwrap();
    let wrong = test(folder, &["hexes", "--offline"]);
    assert!(wrong.stdout.contains("the woven program's standard output is another:"), "{}", wrong.stdout);
    std::fs::write(&main, format!("//gorule:go [1.18, 1.18.1)\n{PROGRAM}")).unwrap();
    let none = test(folder, &["hexes", "--offline"]);
    assert!(none.stdout.starts_with("skipped hexes/one: it is for none of the versions"), "{}", none.stdout);
    let none = test(folder, &["hexes", "--offline", "--only", "nothing"]);
    assert_eq!((none.end.as_str(), none.stdout.as_str()), ("exit 1", ""));
    let said = "gorulec: --only nothing: no program's PLUGIN/NAME holds it; there is hexes/one\n";
    assert_eq!(none.stderr, said);
    std::fs::write(&main, format!("//gorule:module example.com/lib\n{PROGRAM}")).unwrap();
    let none = test(folder, &["hexes", "--offline"]);
    assert_eq!(none.end, "exit 1");
    assert!(
        none.stderr
            .ends_with("main.go:1: plugin hexes has no target in the module example.com/lib; there is std\n"),
        "{}",
        none.stderr
    );
    std::fs::write(&main, PROGRAM).unwrap();
    let rules = folder.join("hexes/hexes.gorule");
    std::fs::write(rules, PLUGIN.replace("[1.18, )", "[1.18, 1.19)")).unwrap();
    let none = test(folder, &["hexes"]);
    assert!(none.stdout.starts_with("skipped hexes/one: it is for none of the versions"), "{}", none.stdout);
}

/// Variables of a shell for Go, OpenTelemetry and goagent do not reach the programs.
#[test]
fn programs_run_in_an_environment_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    plugin(folder);
    let own = ["GOGC", "GOMAXPROCS", "GOTRACEBACK", "OTEL_SERVICE_NAME", "GOAGENT_SLOW_THRESHOLD"];
    let text = own.map(|name| format!("os.Getenv({name:?})")).join(" + ");
    let program = PROGRAM
        .replace("\"hello\"", &format!("\"hello\" + {text}"))
        .replace("\"fmt\"\n", "\"fmt\"\n\t\"os\"\n");
    std::fs::write(folder.join("hexes/test/one/main.go"), program).unwrap();
    std::fs::write(folder.join("hexes/test/one/expected.txt"), EXPECTED).unwrap();
    test_with(folder, &["hexes", "--offline"], &own.map(|name| (name, "1")))
        .expect_success("in a shell with settings");
}

/// A fault that keeps every program from being built is no proof that a rule is needed.
#[test]
fn a_machine_that_cannot_build_has_noticed_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    plugin(folder);
    test(folder, &["hexes", "--offline", "--accept"]).expect_success("--accept");
    let broken = test_with(folder, &["hexes", "--offline", "--mutate=hexes/encode"], &[("GOCACHE", "off")]);
    assert_eq!(broken.end, "exit 1", "{}", broken.stdout);
    let line = broken.stdout.lines().find(|line| line.contains("without hexes/encode")).unwrap_or_default();
    assert!(line.starts_with("FAILED ") && line.contains("with all rules"), "{}", broken.stdout);
    assert!(line.contains("build cache is disabled"), "{}", broken.stdout);
}
