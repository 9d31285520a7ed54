//! goagent's command line as a service owner meets it: run, summary, the bare toolexec.
mod help;
mod in_place_of_go;

use std::path::{Path, PathBuf};

use crate::common;
use crate::common::go::Go;
use crate::common::process::run;
use crate::common::telemetry::Sends;
use gorule::bundle::Bundle;
use gorule::{codegen, syntax};

fn shop() -> PathBuf {
    common::repository().join("examples/shop")
}

/// Compiles rules with gorulec.
fn bundle(go: &Go, rules: &Path, out: &Path) {
    let mut gorulec = go.program(env!("CARGO_BIN_EXE_gorulec"), common::repository());
    run(gorulec.arg("compile").arg(rules).arg("-o").arg(out)).expect_success("gorulec compile");
}

/// `goagent run` is `go run`: output, arguments and exit code, and the summary on standard error.
#[test]
fn run_as_go_does() {
    let go = Go::newest();
    let programs = common::repository().join("tests/programs");
    let words = ["run", "./endshttp", "exit_3"];
    let plain = run(&mut go.go(&programs, &words));
    let woven = run(go.goagent(&programs, &words).only_spans("none"));
    assert_eq!((&woven.end, &woven.stdout), (&plain.end, &plain.stdout), "{}", woven.stderr);
    assert!(woven.stderr.contains("goagent: wove net/http "), "{}", woven.stderr);
    assert!(woven.stderr.ends_with(&plain.stderr), "{}", woven.stderr);
}

/// A rule that is not for the version in the build is left out, the summary reports it, and
/// --strict makes it an error.
#[test]
fn a_version_out_of_range_is_said() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("later.gorule");
    let text = "plugin later {\n    target \"github.com/gin-gonic/gin\" [1.9.0, 1.9.1] {\n        rule new {\n            \
        func New\n            enter { println(\"woven\") }\n        }\n    }\n}\n";
    std::fs::write(&rules, text).unwrap();
    let out = folder.path().join("later.gobundle");
    bundle(&go, &rules, &out);
    let flags = ["--bundle", out.to_str().unwrap(), "."];
    let built = go.build_woven(&shop(), &flags, &folder.path().join("shop"));
    let said =
        built.output.stderr.lines().find(|line| line.contains("skipped later for github.com/gin-gonic/gin"));
    let said = said.unwrap_or_else(|| panic!("{}", built.output.stderr));
    assert!(said.contains("1.8.2"), "{said}");
    let output = run(std::process::Command::new(&built.binary).arg("--demo").only_spans("none"));
    assert_eq!(output.expect_success("shop").stderr, "");

    let strict = run(go.goagent(&shop(), &["build", "--strict", "-o", "/dev/null"]).args(flags));
    assert_ne!(strict.end, "exit 0", "{}", strict.stderr);
}

/// Without `goagent build`: a bundle given to a plain `go build -toolexec`. It may compile
/// everything, once.
#[test]
fn bare_toolexec() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("standard.gobundle");
    bundle(&go, &common::repository().join("plugins"), &rules);
    let binary = folder.path().join("shop");
    let toolexec =
        format!("-toolexec={} toolexec --bundle {}", env!("CARGO_BIN_EXE_goagent"), rules.display());
    let mut build = go.go(&shop(), &["build", &toolexec, "-o"]);
    run(build.arg(&binary).arg(".")).expect_success("go build -toolexec");
    let mut demo = std::process::Command::new(&binary);
    let output = run(demo.arg("--demo").only_spans("console"));
    let (spans, _) = common::console::take(&output.expect_success("shop").stderr);
    let names: Vec<(usize, &str)> =
        spans.iter().take(4).map(|span| (span.depth, span.name.as_str())).collect();
    assert_eq!(
        names,
        [(1, "GET"), (2, "GET /order/:id"), (3, "GET"), (4, "GET /stock/")],
        "{}",
        output.stderr
    );
}

/// A module without files in a folder, and a bundle of rules for it.
fn module_with_rules(folder: &Path, rules: &str) -> PathBuf {
    std::fs::write(folder.join("go.mod"), "module example.com/own\n\ngo 1.18\n").unwrap();
    let source = syntax::decode("own.gorule", rules.as_bytes().to_vec()).unwrap();
    let parsed = syntax::parse(&source).expect("the rules parse");
    let bundle = Bundle { plugins: vec![codegen::lower(&parsed.file, &source.text).unwrap()] };
    let file = folder.join("own.gobundle");
    std::fs::write(&file, bundle.encode().unwrap()).unwrap();
    file
}

/// Rules for the user's own packages are not for those that goagent links in, which look like a
/// folder's too; a rule for other platforms is left out.
#[test]
fn own_rules_below_a_bare_toolexec() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    let rule = |name: &str, platform: &str| {
        format!(
            "rule {name} {{\nplatforms {platform}\nfunc main\nenter {{ println(\"hook: {name}\") }}\n}}\n"
        )
    };
    let text = format!(
        "plugin own {{\ntarget own {{\n{}{}}}\n}}\n",
        rule("here", std::env::consts::OS),
        rule("there", "plan9")
    );
    let rules = module_with_rules(folder.path(), &text);
    std::fs::write(folder.path().join("main.go"), "package main\n\nfunc main() { println(\"main\") }\n")
        .unwrap();
    let toolexec =
        format!("-toolexec={} toolexec --bundle {}", env!("CARGO_BIN_EXE_goagent"), rules.display());
    let mut build = go.go(folder.path(), &["build", &toolexec, "-o", "own", "."]);
    run(&mut build).expect_success("go build -toolexec");
    let output =
        run(std::process::Command::new(folder.path().join("own")).env("OTEL_TRACES_EXPORTER", "none"));
    assert_eq!(output.stderr, "hook: here\nmain\n");
}

/// A misspelt directive marks nothing: that is reported, though nothing is missing.
#[test]
fn a_rule_that_finds_nothing_is_said() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    let text = "plugin own {\ntarget own {\nrule marks {\nfunc marked \"x:y\"\nenter { println(\"hook\") }\n}\n}\n}\n";
    let flag = format!("--bundle={}", module_with_rules(folder.path(), text).display());
    for (mark, said) in [("x:z", true), ("x:y", false)] {
        let text = format!("package main\n\n//{mark}\nfunc f() {{}}\n\nfunc main() {{ f() }}\n");
        std::fs::write(folder.path().join("main.go"), text).unwrap();
        for command in [&["build", "--strict", "-o", "own"][..], &["plan"]] {
            let words = [command, &["--no-std", &flag, "."]].concat();
            let output = run(&mut go.goagent(folder.path(), &words));
            let text = format!("{}{}", output.expect_success("goagent").stderr, output.stdout);
            let found = text.contains("own/marks found nothing in this build's packages (own)");
            assert_eq!(found, said, "{mark} {command:?}: {text}");
        }
    }
}

/// The compiler's messages about the user's own mistakes, and the exit code, are the same as
/// without goagent.
#[test]
fn the_users_own_errors() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("go.mod"), "module example.com/wrong\n\ngo 1.18\n").unwrap();
    let text = "package main\n\nimport \"net/http\"\n\nfunc main() {\n\thttp.Handle(\"/\", 1)\n\tvar unused int\n}\n";
    std::fs::write(folder.path().join("main.go"), text).unwrap();
    let plain = run(&mut go.go(folder.path(), &["build", "."]));
    let woven = run(&mut go.goagent(folder.path(), &["build", "."]));
    assert_eq!((&plain.end, &plain.stdout), (&woven.end, &woven.stdout));
    assert!(plain.stderr.contains("unused") && woven.stderr.contains(&plain.stderr), "{}", woven.stderr);
}
