//! Templates that do not compile, or fail: the place in the `.gorule` file is shown, and only their
//! plugin is left out.

use super::{LIB, MAIN, Module, read_json};
use crate::common::process::run;
use crate::common::telemetry::Sends;

/// Line and column of a text in a file, from 1.
fn place(text: &str, wanted: &str) -> String {
    let at = text.find(wanted).unwrap();
    let line = text[..at].matches('\n').count() + 1;
    format!("{line}:{}", at - text[..at].rfind('\n').map_or(0, |n| n + 1) + 1)
}

const GOOD: &str = "plugin good {\n    target \"example.com/m/lib\" [1.0.0, ) {\n        bare rule enter {\n            func F\n            \
    enter { println(\"good\") }\n        }\n    }\n}\n";

fn plugin(name: &str, items: &str) -> String {
    format!(
        "plugin {name} {{\n    import \"strings\"\n    target \"example.com/m/lib\" [1.0.0, ) {{\n        bare rule wrong {{\n            \
         func F(n)\n            {items}\n        }}\n    }}\n}}\n"
    )
}

/// Builds with a faulty plugin beside a good one, twice, and checks the messages.
fn faulty(rules: &str, place: &str, message: &str) -> Module {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let bundle = module.bundle("rules.gobundle", &[GOOD, rules]);
    let report = module.folder.path().join("report.json");
    let to = format!("json:{}", report.display());
    for which in ["compiled", "out of the cache"] {
        let built = module.goagent(&["build", "--bundle", &bundle, "--report", &to, "-o", "out", "."]);
        built.expect_success("a faulty rule does not stop a build");
        let line = built.stderr.lines().find(|line| line.contains("skipped bad for example.com/m/lib"));
        let line = line.unwrap_or_else(|| panic!("{which}: {}", built.stderr));
        for part in [place, message, "rule wrong", "--disable bad/wrong"] {
            assert!(line.contains(part), "{which}: {part} is not in {line}");
        }
        assert!(built.stderr.contains("goagent: wove example.com/m/lib"), "{}", built.stderr);
        assert!(!built.stderr.contains("/tmp/"), "{}", built.stderr);
        let fault = &read_json(&report)["faults"][0];
        assert_eq!(
            (&fault["plugin"], &fault["rule"]),
            (&"bad".into(), &"wrong".into()),
            "{which}: {fault:#}"
        );
        assert!(place.starts_with(fault["place"].as_str().unwrap()), "{fault:#}");
    }
    let ran = run(&mut module.go.program(module.path().join("out").to_str().unwrap(), &module.path()));
    assert_eq!(ran.stderr, "good\n2\n", "the other plugin is woven, and the program does what it did");
    let strict = module.goagent(&["build", "--strict", "--bundle", &bundle, "-o", "out", "."]);
    assert_eq!(strict.end, "exit 1", "{}", strict.stderr);
    module
}

#[test]
fn a_wrong_type_in_enter() {
    let rules = plugin(
        "bad",
        "enter {\n                var s string = n\n                println(strings.ToUpper(s))\n            }",
    );
    faulty(
        &rules,
        &format!("bad.gorule:{}", place(&rules, "n\n                println")),
        "cannot use n (variable of type int) as",
    );
}

#[test]
fn a_name_that_is_not_there_in_exit() {
    let rules = plugin("bad", "exit {\n                println(n, strings.Upper(\"x\"))\n            }");
    faulty(&rules, &format!("bad.gorule:{}", place(&rules, "Upper(")), "strings.Upper");
}

#[test]
fn a_wrong_type_behind_an_anchor() {
    let rules = plugin("bad", "replace `n + 1` { \"one\" }");
    faulty(&rules, &format!("bad.gorule:{}", place(&rules, " \"one\"")), "lib.go:4");
}

#[test]
fn a_wrong_declaration() {
    let rules = plugin("bad", "enter { println(goagentLength(strings.ToUpper(\"x\"))) }")
        .replace("        bare rule", "        decl {\n            func goagentLength(s string) int { return s }\n        }\n        bare rule");
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let bundle = module.bundle("rules.gobundle", &[GOOD, &rules]);
    let built = module.goagent(&["build", "--bundle", &bundle, "-o", "out", "."]);
    let line = built.stderr.lines().find(|line| line.contains("skipped bad for example.com/m/lib"));
    let at = place(&rules, "s }\n");
    assert!(line.is_some_and(|line| line.contains(&format!("bad.gorule:{at}: "))), "{at}: {}", built.stderr);
}

/// Two plugins that are sound alone and clash together, by a method of the package's own type: one
/// is left out, and the place of the other is reported as its author knows it.
#[test]
fn plugins_that_clash() {
    let twin = |name: &str| {
        let declares =
            "        decl {\n            func (t *T) goagentTwin() {}\n        }\n        bare rule";
        plugin(name, "enter { new(T).goagentTwin(); _ = strings.ToUpper }")
            .replace("        bare rule", declares)
    };
    let lib = format!("{LIB}\ntype T struct{{}}\n");
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", &lib)]);
    let bundle = module.bundle("rules.gobundle", &[&twin("one"), &twin("two")]);
    let built = module.goagent(&["build", "--bundle", &bundle, "-o", "out", "."]);
    built.expect_success("the build");
    let said = "two.gorule:5:25: method T.goagentTwin already declared at one.gorule:5:25\n";
    assert!(built.stderr.contains("skipped two for ") && built.stderr.contains(said), "{}", built.stderr);
    let ran = run(&mut module.go.program(module.path().join("out").to_str().unwrap(), &module.path()));
    assert_eq!(ran.stderr, "2\n");
}

/// A template that fails at run time, if nothing guards it, has its own place in the stack trace.
#[test]
fn a_panic_in_a_template() {
    let rules = plugin(
        "bad",
        "enter {\n                if strings.ToUpper(\"a\") == \"A\" && n == 1 {\n                    panic(\"of the template\")\n                }\n            }",
    );
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let bundle = module.bundle("rules.gobundle", &[&rules]);
    module.goagent(&["build", "--bundle", &bundle, "-o", "out", "."]).expect_success("the build");
    let ran = run(&mut module.go.program(module.path().join("out").to_str().unwrap(), &module.path()));
    let line = place(&rules, "panic(").split(':').next().unwrap().to_owned();
    assert!(ran.stderr.contains(&format!("goagent/plugins/bad.gorule:{line}")), "{}", ran.stderr);
    assert!(ran.stderr.contains("/lib/lib.go:3"), "{}", ran.stderr);
}

/// Guarded, its fault is reported once with its place, and the program goes on.
#[test]
fn a_fault_of_a_template() {
    let rules = plugin("bad", "enter {\n                var none []string\n                println(strings.ToUpper(none[n]))\n            }")
        .replace("bare rule", "rule");
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let bundle = module.bundle("rules.gobundle", &[&rules]);
    module.goagent(&["build", "--bundle", &bundle, "-o", "out", "."]).expect_success("the build");
    let mut program = module.go.program(module.path().join("out").to_str().unwrap(), &module.path());
    let ran = run(program.only_spans("none"));
    let line = place(&rules, "println(").split(':').next().unwrap().to_owned();
    let said =
        format!("goagent: rule wrong of plugin bad failed in example.com/m/lib.F at bad.gorule:{line}: ");
    assert!(ran.stderr.starts_with(&said) && ran.stderr.ends_with("\n2\n"), "{said}\n{}", ran.stderr);
}

/// Mistakes in the bodies and signatures of ports show in a main, at their own places; only their
/// plugin is left out.
#[test]
fn a_wrong_body_of_a_port() {
    let rules = |name: &str, ports: &str| {
        plugin(name, "enter { told(strings.ToUpper(\"a\")) }")
            .replace("        bare rule", &format!("{ports}        bare rule"))
    };
    let good = rules("good", "        port told(what string) { println(\"told\", what) }\n")
        .replace("told(", "tell(");
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    for (port, wrong) in [
        (
            "port told(what string) {\n            var n int = what\n            _ = n\n        }",
            "what\n            _",
        ),
        ("port told(what string, other ...strings.None) {}", "strings.None"),
        (
            "port told(what string) { println(\"x\") }\n        port more(n strings.Builders) { }",
            "strings.Builders",
        ),
    ] {
        let bad = rules("bad", &format!("        {port}\n"));
        let bundle = module.bundle("rules.gobundle", &[&good, &bad]);
        let built = module.goagent(&["build", "--bundle", &bundle, "-o", "out", "."]);
        built.expect_success("a faulty port does not stop a build");
        let line = place(&bad, wrong).split(':').next().unwrap().to_owned();
        let said = format!("bad.gorule:{line}:");
        assert!(
            built.stderr.contains("skipped bad for ")
                && built.stderr.contains("--disable bad)")
                && built.stderr.contains(&said),
            "{said}\n{}",
            built.stderr
        );
        assert!(!built.stderr.contains("skipped good"), "{}", built.stderr);
        let mut program = module.go.program(module.path().join("out").to_str().unwrap(), &module.path());
        let ran = run(program.env("OTEL_TRACES_EXPORTER", "none"));
        assert!(ran.stderr.contains("told A\n"), "the other plugin's port works: {}", ran.stderr);
    }
}

/// A fault in a body at run time is reported with its own place, and with the right plugin.
#[test]
fn a_fault_in_the_body_of_a_port() {
    let ports = "        port calm(n int) { _ = n }\n        port told(n int) {\n            var none []string\n            println(none[n])\n        }\n";
    let rules = plugin("bad", "enter { calm(n); told(n); _ = strings.ToUpper }")
        .replace("        bare rule", &format!("{ports}        bare rule"));
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let bundle = module.bundle("rules.gobundle", &[&rules]);
    module.goagent(&["build", "--bundle", &bundle, "-o", "out", "."]).expect_success("the build");
    let mut program = module.go.program(module.path().join("out").to_str().unwrap(), &module.path());
    let ran = run(program.env("OTEL_TRACES_EXPORTER", "none"));
    let line = place(&rules, "println(").split(':').next().unwrap().to_owned();
    let said = format!(
        "goagent: rule port told of plugin bad failed in example.com/m/lib.told at bad.gorule:{line}: "
    );
    assert!(ran.stderr.starts_with(&said), "{said}\n{}", ran.stderr);
}

/// Types of modules whose names have no dot come from their own packages, and only if these are
/// imported; nothing else of a package is left out with such a rule, nor with one that needs
/// something that this Go does not have.
#[test]
fn types_of_modules_without_a_dot() {
    let rules = "plugin own {\n    import \"corp/types\"\n    import \"later/than\"\n    target own {\n        rule typed {\n            func  matching \"*\"\n            \
                 param t *types.T\n            enter { if t != nil { println(\"typed\", t.N) } }\n        }\n        rule plain {\n            \
                 func  main()\n            enter { println(\"plain\") }\n        }\n        rule called {\n            \
                 call  \"corp/lib\" (Use | Make)\n            enter { println(\"called\") }\n        }\n        rule later {\n            func  Make()\n            \
                 enter { than.This() }\n        }\n    }\n}\n";
    let module = Module::new(&[
        ("go.mod", "module corp\n\ngo 1.18\n"),
        ("types/types.go", "package types\n\ntype T struct{ N int }\n"),
        (
            "lib/lib.go",
            "package lib\n\nimport \"corp/types\"\n\nfunc Use(t *types.T) {}\n\nfunc Make() { Use(&types.T{N: 7}) }\n",
        ),
        (
            "main.go",
            "package main\n\nimport \"corp/lib\"\n\nfunc main() {\n\tlib.Make()\n\tlib.Use(nil)\n}\n",
        ),
    ]);
    let bundle = module.bundle("rules.gobundle", &[rules]);
    let built = module.goagent(&["build", "--no-std", "--bundle", &bundle, "-o", "out", "."]);
    built.expect_success("the build");
    let skipped: Vec<&str> = built.stderr.lines().filter(|line| line.contains("skipped")).collect();
    assert_eq!(
        skipped,
        [
            "goagent: skipped corp: own/typed at main: its code needs corp/types, which the package does not import",
            "goagent: skipped corp: own/called at main: main.go:7: the call of Use: a type of its signature is of corp/types, which \
             the package does not import",
            "goagent: skipped corp/lib: own/later at Make: its code needs later/than, which the package does not import",
        ]
    );
    let mut program = module.go.program(module.path().join("out").to_str().unwrap(), &module.path());
    let ran = run(program.env("OTEL_TRACES_EXPORTER", "none"));
    assert_eq!(ran.stderr, "plain\ncalled\ntyped 7\n");
}
