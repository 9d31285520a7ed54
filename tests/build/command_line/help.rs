//! Help, and the messages of plans besides what is woven.

use std::path::Path;

use gorule::build::options;

use super::module_with_rules;
use crate::common::go::Go;
use crate::common::process::run;

const GOS: [&str; 4] = ["build", "run", "test", "install"];

/// Each command prints help and does nothing else: in a module, outside of one, without a Go,
/// switched off.
#[test]
fn each_command_has_help() {
    let go = Go::newest();
    let outside = tempfile::tempdir().unwrap();
    let own = options::own_options();
    let shop = super::shop();
    for name in GOS.iter().chain(&["plan", "diff", "doctor"]) {
        let help = |folder: &Path, words: &[&str]| {
            let mut command = go.goagent(folder, words);
            let output = run(command.env("PATH", outside.path()).env("GOAGENT", "off"));
            assert_eq!(output.expect_success(&format!("{words:?}")).stderr, "", "{words:?}");
            output.stdout
        };
        let text = help(&shop, &[name, "--help"]);
        for flag in own.switches.iter().chain(&own.values) {
            let is_shown = flag != "types-only"; // which is for gorulec
            assert_eq!(text.contains(&format!(" --{flag}")), is_shown, "{name}: {flag} in:\n{text}");
        }
        assert!(text.contains(&format!("Usage: goagent {name} ")), "{text}");
        assert_eq!(help(outside.path(), &[name, "-tags", "x", "--strict", "--help"]), text);
        assert_eq!(help(outside.path(), &["help", name]), text);
        if !GOS.contains(name) {
            assert_eq!(help(outside.path(), &[name, "-h"]), text);
        }
    }
    let help = |words: &[&str]| run(&mut go.goagent(outside.path(), words));
    assert!(help(&["inspect", "--help"]).expect_success("inspect").stdout.contains("--bundle <FILE>"));
    let all = help(&["--help"]);
    assert!(all.expect_success("--help").stdout.contains("doctor"), "{}", all.stdout);
    assert_eq!(
        (&help(&["help"]).stdout, &help(&["-h"]).stdout, &help(&[]).stderr),
        (&all.stdout, &all.stdout, &all.stdout)
    );
    assert_eq!(help(&["--version"]).stdout, format!("goagent {}\n", env!("CARGO_PKG_VERSION")));
}

/// `-h` is go's own: its text, its exit code, and a line that leads to goagent's.
#[test]
fn short_help_is_gos() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    for name in GOS {
        for flag in ["-h", "-help"] {
            let plain = run(&mut go.go(folder.path(), &[name, flag]));
            let ours = run(&mut go.goagent(folder.path(), &[name, flag]));
            let line = format!("goagent: its own flags are shown by `goagent {name} --help`\n");
            assert_eq!((ours.end, ours.stdout, ours.stderr), (plain.end, plain.stdout, line + &plain.stderr));
        }
    }
}

/// Without a package `diff` reports what can be named, whatever flags there are.
#[test]
fn diff_asks_for_a_package() {
    let go = Go::newest();
    for words in [&["diff"][..], &["diff", "-tags", "x"], &["diff", "--no-config"]] {
        let asked = run(&mut go.goagent(&super::shop(), words));
        assert_eq!((asked.end.as_str(), asked.stdout.as_str()), ("exit 2", ""), "{words:?}");
        assert!(asked.stderr.starts_with("goagent diff: name a package that is woven"), "{}", asked.stderr);
        for package in ["    github.com/gin-gonic/gin\n", "    net/http\n", "    runtime\n"] {
            assert!(asked.stderr.contains(package), "{package:?} is not in:\n{}", asked.stderr);
        }
    }
    let other = run(&mut go.goagent(&super::shop(), &["diff", "./..."]));
    assert_eq!(other.end, "exit 1");
    assert!(other.stderr.contains("no rule is for ./... in this build"), "{}", other.stderr);
    let shown =
        run(&mut go.goagent(&super::shop(), &["diff", "-tags", "x", "github.com/gin-gonic/gin", "."]));
    assert!(shown.expect_success("diff").stdout.contains("context.go (woven)"), "{}", shown.stdout);
}

/// A library that is commonly instrumented and has no plugin is named by `plan`, `build --verbose`
/// and `inspect`, until a rule applies to it.
#[test]
fn libraries_without_a_plugin() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path();
    let rules = "plugin own {\ntarget \"github.com/robfig/cron/v3\" [3.0.0, ) {\nrule new {\nfunc New\nenter { println(\"hook\") }\n}\n}\n}\n";
    let bundle = format!("--bundle={}", module_with_rules(module, rules).display());
    let write = |name: &str, text: &str| {
        std::fs::create_dir_all(module.join(name).parent().unwrap()).unwrap();
        std::fs::write(module.join(name), text).unwrap();
    };
    let path = "github.com/robfig/cron/v3";
    write("cron/go.mod", &format!("module {path}\n\ngo 1.18\n"));
    write("cron/cron.go", "package cron\n\nfunc New() int { return 1 }\n");
    let requires = format!("require {path} v3.0.0\n\nreplace {path} => ./cron\n");
    write("go.mod", &format!("module example.com/own\n\ngo 1.18\n\n{requires}"));
    let main = format!(
        "package main\n\nimport (\n\t\"net/http\"\n\n\t\"{path}\"\n)\n\nfunc main() {{ println(http.StatusOK, cron.New()) }}\n"
    );
    write("main.go", &main);

    let said = |words: &[&str]| {
        let output = run(&mut go.goagent(module, words));
        output.expect_success(&format!("{words:?}"));
        format!("{}{}", output.stdout, output.stderr)
    };
    let line =
        |text: &str| text.lines().any(|l| l.starts_with("goagent: no plugin is for ") && l.contains(path));
    let build = ["build", "-o", "out", "."];
    for (more, named) in [(&[][..], true), (&[bundle.as_str()], false)] {
        assert_eq!(line(&said(&[&["plan"], more, &["."]].concat())), named);
        assert_eq!(line(&said(&[&build[..1], &["--verbose"], more, &build[1..]].concat())), named);
        assert!(!line(&said(&[&build[..1], more, &build[1..]].concat())), "not without --verbose");
        let inspected: serde_json::Value = serde_json::from_str(&said(&["inspect", "out"])).unwrap();
        let uncovered = inspected["uncovered"].as_array().unwrap();
        assert_eq!(uncovered.iter().any(|one| one["module"] == path), named, "{inspected:#}");
    }
}
