//! Mistakes in the user's own code are reported as go reports them: the same words, the same exit
//! code; goagent adds its own lines, and each names its source.

use regex::Regex;

use super::{LIB, MAIN, Module, without_ours};
use crate::common::process::Output;

/// A rule for the module's own package.
const RULES: &str = "plugin probe {\n    target \"example.com/m/lib\" [1.0.0, ) {\n        bare rule enter {\n            func F(n)\n            \
    enter { _ = n }\n        }\n    }\n}\n";

/// Durations of tests, and temporary folders, differ from run to run.
fn normal(text: &str) -> String {
    let seconds = Regex::new(r"\d+\.\d+s\b").unwrap();
    let folders = Regex::new(r"/tmp/go-(build|link)-?\d+").unwrap();
    folders.replace_all(&seconds.replace_all(text, "0s"), "/tmp/go").into_owned()
}

fn compare(module: &Module, words: &[&str], own: &[&str]) -> (Output, Output) {
    let plain = module.go(words);
    let (command, rest) = words.split_first().unwrap();
    let woven = module.goagent(&[&[*command], own, rest].concat());
    let what = format!("{words:?}\nplain:\n{}\nwoven:\n{}", plain.stderr, woven.stderr);
    assert_eq!(woven.end, plain.end, "{what}");
    assert_eq!(normal(&woven.stdout), normal(&plain.stdout), "{what}");
    assert_eq!(normal(&without_ours(&woven.stderr)), normal(&plain.stderr), "{what}");
    (plain, woven)
}

#[test]
fn errors_of_the_compiler() {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let bundle = module.bundle("probe.gobundle", &[RULES]);
    let own = ["--bundle", bundle.as_str()];
    let build = ["build", "-o", "/dev/null", "./..."];

    // In a package that nothing is woven into.
    module.write("main.go", &MAIN.replace("lib.F(1)", "lib.F(\"one\")"));
    let (plain, _) = compare(&module, &build, &own);
    assert!(plain.stderr.contains("main.go:6:"), "{}", plain.stderr);
    // In a function that something is woven into, and in another one of the same package.
    module.write("main.go", MAIN);
    module.write("lib/lib.go", &LIB.replace("n + 1", "n + \"one\""));
    let (plain, _) = compare(&module, &build, &own);
    assert!(plain.stderr.contains("lib.go:4:"), "{}", plain.stderr);
    module.write("lib/lib.go", &format!("{LIB}\nfunc G() int {{ var unused int }}\n"));
    compare(&module, &build, &own);
    // First the syntax is wrong; then an imported package is missing; then there is nothing at all.
    module.write("lib/lib.go", &LIB.replace("return n", "return )"));
    compare(&module, &build, &own);
    module
        .write("lib/lib.go", &LIB.replace("package lib", "package lib\n\nimport \"example.com/m/nothing\""));
    compare(&module, &build, &own);
    module.write("lib/lib.go", LIB);
    compare(&module, &["build", "-o", "/dev/null", "./nothing"], &own);
    compare(&module, &["build", "-nosuchflag", "."], &own);
}

#[test]
fn errors_of_the_linker() {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let bundle = module.bundle("probe.gobundle", &[RULES]);
    module.write(
        "lib/lib.go",
        &LIB.replace("return n", "return n + missing()").replace("func F", "func missing() int\n\nfunc F"),
    );
    module.write("lib/empty.s", "");
    let (plain, _) = compare(&module, &["build", "-o", "/dev/null", "."], &["--bundle", &bundle]);
    assert!(plain.stderr.contains("missing"), "{}", plain.stderr);
}

#[test]
fn failures_of_tests() {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let bundle = module.bundle("probe.gobundle", &[RULES]);
    let own = ["--bundle", bundle.as_str()];
    let test = |body: &str| {
        let text = format!(
            "package lib\n\nimport (\n\t\"fmt\"\n\t\"testing\"\n)\n\nfunc TestF(t *testing.T) {{\n\t{body}\n}}\n"
        );
        module.write("lib/lib_test.go", &text);
    };
    test("fmt.Println(F(1))");
    let (plain, woven) = compare(&module, &["test", "./lib"], &own);
    assert_eq!(plain.end, "exit 0", "{}", plain.stderr);
    assert!(woven.stderr.contains("goagent: wove example.com/m/lib"), "{}", woven.stderr);
    test("t.Fatal(fmt.Sprint(F(1)))");
    let (plain, woven) = compare(&module, &["test", "./lib"], &own);
    assert_eq!(plain.end, "exit 1", "{}", plain.stderr);
    assert!(
        woven.stderr.contains("goagent: wove example.com/m/lib"),
        "tests that fail were woven: {}",
        woven.stderr
    );
    // A finding of vet.
    test("fmt.Printf(\"%d\\n\", \"text\")\n\t_ = F(1)");
    let (plain, _) = compare(&module, &["test", "./lib"], &own);
    assert!(plain.stderr.contains("Printf"), "{}", plain.stderr);
    // A panic, in a woven function's caller.
    test("fmt.Println()\n\tpanic(F(1))");
    let plain = module.go(&["test", "./lib"]);
    let woven = module.goagent(&["test", own[0], own[1], "./lib"]);
    assert_eq!((&woven.end, plain.stdout.lines().next()), (&plain.end, woven.stdout.lines().next()));
}

#[test]
fn exit_codes_of_run() {
    let exits =
        MAIN.replace("lib\"\n", "lib\"\n\nimport \"os\"\n").replace("println(lib.F(1))", "os.Exit(lib.F(6))");
    let module = Module::new(&[("main.go", exits.as_str()), ("lib/lib.go", LIB)]);
    let bundle = module.bundle("probe.gobundle", &[RULES]);
    let (plain, woven) = compare(&module, &["run", "."], &["--bundle", &bundle]);
    assert_eq!((plain.end.as_str(), plain.stderr.as_str()), ("exit 1", "exit status 7\n"));
    assert!(woven.stderr.contains("goagent: wove example.com/m/lib"), "{}", woven.stderr);
    module.write("main.go", "package main\n\nfunc main() { x }\n");
    compare(&module, &["run", "."], &["--bundle", &bundle]);
}
