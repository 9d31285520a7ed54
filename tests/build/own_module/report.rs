//! The summary for people and the report for programs.

use gorule::item::{Item, ItemKind};
use gorule::report::BuildReport;
use serde_json::Value;

use super::{LIB, MAIN, Module, read_json, shop};
use crate::common::go::Go;
use crate::common::process::run;

fn find<'a>(list: &'a Value, key: &str, wanted: &str) -> &'a Value {
    let all = list.as_array().unwrap();
    all.iter().find(|one| one[key] == wanted).unwrap_or_else(|| panic!("no {key} {wanted} in {list:#}"))
}

/// Packages that were compiled, all packages, and goagent's own milliseconds.
fn cost(report: &Value) -> (u64, u64, u64) {
    let number = |key: &str| report["cost"][key].as_u64().unwrap_or_else(|| panic!("{key}: {report:#}"));
    (number("compiled"), number("packages"), number("own_ms"))
}

/// The report of a build of the shop, in a file, and again if nothing had to be compiled.
#[test]
fn a_build_is_told_to_programs() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let to = format!("json:{}", file.display());
    let words = ["build", "--report", &to, "-o", "/dev/null", "."];
    let first = run(&mut go.goagent(&shop(), &words));
    first.expect_success("the build");
    let report = read_json(&file);
    let (compiled, packages, own) = cost(&report);
    assert!(compiled <= packages && packages > 100 && own > 0, "{report:#}");
    assert_eq!(
        (&report["schema"], &report["outcome"]),
        (&Value::from(1), &Value::from("woven")),
        "{report:#}"
    );
    assert_eq!(report["goagent"], env!("CARGO_PKG_VERSION"));
    assert_eq!(format!("go{}", report["go"].as_str().unwrap()), go.name);
    assert_eq!(report["complete"], true, "{report:#}");
    assert_eq!(find(&report["bundles"], "name", "standard")["blake3"].as_str().unwrap().len(), 64);

    let gin = find(&report["woven"], "package", "github.com/gin-gonic/gin");
    assert_eq!(gin["version"], "1.8.2");
    let route = find(&gin["rules"], "rule", "route");
    let line: usize = route["place"].as_str().unwrap().strip_prefix("gin.gorule:").unwrap().parse().unwrap();
    let source = include_str!("../../../plugins/gin/gin.gorule");
    assert!(source.lines().nth(line - 1).unwrap().contains("rule route"), "line {line}");
    let function = &route["functions"][0];
    assert_eq!(function["name"], "(*Context).Next");
    assert!(function["place"].as_str().unwrap().starts_with("context.go:"), "{function}");

    // People get the same report as ever, and all numbers agree.
    let woven = report["woven"].as_array().unwrap();
    let is_rule = |rule: &&Value| rule["kind"] == "rule";
    let rules = woven.iter().flat_map(|package| package["rules"].as_array().unwrap()).filter(is_rule).count();
    let counts = format!("({} packages, {rules} rules)", woven.len());
    assert!(
        first.stderr.lines().any(|l| l.starts_with("goagent: wove ") && l.ends_with(&counts)),
        "{}",
        first.stderr
    );

    let again = run(&mut go.goagent(&shop(), &words));
    let mut reports = [report, read_json(&file)];
    assert_eq!((cost(&reports[1]).0, cost(&reports[1]).1), (0, packages), "nothing was compiled");
    let said = format!("goagent: compiled 0 of {packages} packages; goagent itself took ");
    assert!(again.stderr.lines().any(|line| line.starts_with(&said)), "{}", again.stderr);
    for report in &mut reports {
        report.as_object_mut().unwrap().remove("cost");
    }
    assert_eq!(reports[0], reports[1], "the same when nothing was compiled");
    let text = |said: &str| {
        let lines = said.lines().filter(|line| !line.starts_with("goagent: compiled "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(text(&first.stderr), text(&again.stderr));
}

/// `--report json` is one line in the place of the text; a failed build has a document too.
#[test]
fn a_document_in_place_of_the_text() {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let built = module.goagent(&["build", "--report=json", "-o", "/dev/null", "."]);
    built.expect_success("the build");
    let report: Value = serde_json::from_str(built.stderr.trim_end()).unwrap();
    assert_eq!(report["outcome"], "nothing", "no rule is for this program: {report:#}");
    assert_eq!(built.stderr.lines().count(), 1);

    module.write("lib/lib.go", &LIB.replace("n + 1", "\"one\""));
    let failed = module.goagent(&["build", "--report=json", "-o", "/dev/null", "."]);
    let report: Value = serde_json::from_str(failed.stderr.lines().last().unwrap()).unwrap();
    assert_ne!(failed.end, "exit 0");
    assert_eq!((&report["outcome"], &report["complete"]), (&Value::from("go_failed"), &Value::Null));

    module.write(
        "main.go",
        "package main\n\nimport \"example.com/m/nothing\"\n\nfunc main() { nothing.F() }\n",
    );
    let failed = module.goagent(&["build", "--report=json", "-o", "/dev/null", "."]);
    let report = failed.stderr.lines().find(|line| line.starts_with('{')).unwrap();
    let report: Value = serde_json::from_str(report).unwrap();
    assert_eq!(report["outcome"], "uninstrumented");
    assert!(report["error"].as_str().unwrap().contains("nothing"), "{report:#}");
}

/// `goagent plan` on standard output, without a build; `--strict` counts here as well.
#[test]
fn a_plan_is_told_to_programs() {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let rules = "plugin p {\n    target \"example.com/m/lib\" [1.0.0, ) {\n        bare rule f {\n            func F\n            \
        enter { println(\"here\") }\n        }\n        bare rule g {\n            func G\n            enter { _ = 0 }\n        }\n    }\n}\n";
    let bundle = module.bundle("p.gobundle", &[rules]);
    let planned = module.goagent(&["plan", "--report", "json", "--bundle", &bundle, "."]);
    let report: Value = serde_json::from_str(&planned.expect_success("plan").stdout).unwrap();
    assert_eq!((&report["outcome"], &report["command"]), (&Value::from("planned"), &Value::from("plan")));
    let lib = find(&report["woven"], "package", "example.com/m/lib");
    assert_eq!(lib["rules"][0]["place"], "p.gorule:3");
    assert_eq!(lib["rules"][0]["functions"][0]["place"], "lib.go:3");
    let skipped = find(&report["skipped"], "rule", "g");
    assert_eq!((&skipped["code"], &skipped["function"]), (&Value::from("not_found"), &Value::from("G")));
    assert_eq!(report["complete"], false);

    let strict = module.goagent(&["plan", "--strict", "--bundle", &bundle, "."]);
    assert_eq!(strict.end, "exit 1", "{}", strict.stderr);
    assert!(strict.stdout.contains("would weave example.com/m/lib"), "{}", strict.stdout);
    assert!(strict.stdout.contains("skipped example.com/m/lib: p/g at G: "), "{}", strict.stdout);
}

/// Fields and ports are in the report, and are not rules: the report, the summary and the binary
/// count alike. The reader of the report uses the types that write it.
#[test]
fn a_report_is_read_as_it_was_written() {
    let lib = LIB.to_owned() + "\ntype Held struct{ n int }\n";
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", &lib)]);
    let rules = "plugin p {\n    target \"example.com/m/lib\" [1.0.0, ) {\n        struct Held {\n            field goagentAt int\n        \
        }\n        port goagentTell(n int) { _ = n }\n        bare rule f {\n            func F\n            enter { goagentTell(1) }\n        \
        }\n        bare rule g {\n            func G\n            enter { _ = 0 }\n        }\n    }\n}\n";
    let bundle = module.bundle("p.gobundle", &[rules]);
    let (file, binary) = (module.folder.path().join("report.json"), module.folder.path().join("out"));
    let to = format!("json:{}", file.display());
    let out = binary.to_str().unwrap();
    let built = module.goagent(&["build", "--no-std", "--report", &to, "--bundle", &bundle, "-o", out, "."]);
    built.expect_success("the build");
    assert!(built.stderr.contains("wove example.com/m/lib (1 package, 1 rule)"), "{}", built.stderr);

    let written = read_json(&file);
    let report: BuildReport = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&report).unwrap(), written);
    assert_eq!(report.rules(), 1);
    let items: Vec<&Item> = report.woven[0].rules.iter().map(|one| &one.item).collect();
    let expected = [Item::Rule("f".into()), Item::Struct("Held".into()), Item::Port("goagentTell".into())];
    assert_eq!(items, expected.iter().collect::<Vec<_>>());
    assert_eq!((report.skipped[0].item.kind(), report.skipped[0].item.name()), (ItemKind::Rule, "g"));
    let texts: Vec<&str> = written["woven"][0]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["rule"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["f", "struct Held", "port goagentTell"], "as schema 1 had it");

    let inspected = module.goagent(&["inspect", out]);
    let manifest: Value = serde_json::from_str(&inspected.expect_success("inspect").stdout).unwrap();
    assert_eq!(manifest["woven"]["example.com/m/lib"]["rules"], serde_json::json!({ "p": ["f"] }));
    assert_eq!(manifest["skipped"][0]["kind"], "rule");
}

/// An impossible place for the report is reported before anything is built.
#[test]
fn a_report_to_nowhere() {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let wrong = module.goagent(&["build", "--report", "xml", "."]);
    assert_eq!(wrong.end, "exit 2");
    assert!(
        wrong.stderr.contains("'xml' for '--report <json|json:FILE>': write text, json, or json:FILE"),
        "{}",
        wrong.stderr
    );
}

/// The book explains each kind of reason by the name that it has in the report.
#[test]
fn the_book_has_every_code() {
    let source = include_str!("../../../src/weave/outcome.rs");
    let book = include_str!("../../../book/src/trust.md");
    let list = source.split("pub enum SkipCode {").nth(1).unwrap().split("\n}").next().unwrap();
    let variants = list.lines().map(str::trim).filter(|line| line.starts_with(char::is_uppercase));
    let mut seen = 0;
    for variant in variants {
        let snake: String =
            variant.trim_end_matches(',').char_indices().fold(String::new(), |out, (at, c)| {
                let joint = if at > 0 && c.is_uppercase() { "_" } else { "" };
                out + joint + &c.to_lowercase().to_string()
            });
        assert!(book.contains(&format!("`{snake}`")), "{snake} is not in book/src/trust.md");
        seen += 1;
    }
    assert!(seen > 8, "{seen}");
}

/// Without the HTTP/2 of net/http nothing can be woven into it, and nothing is missing.
#[test]
fn functions_that_may_be_absent_are_not_missing() {
    for go in Go::oldest_and_newest() {
        let planned = run(&mut go.goagent(&shop(), &["plan", "--strict", "-tags", "nethttpomithttp2", "."]));
        planned.expect_success("the plan");
        assert!(!planned.stdout.contains("skipped"), "{}", planned.stdout);
        assert!(!planned.stdout.contains("_h2"), "{}", planned.stdout);
    }
}
