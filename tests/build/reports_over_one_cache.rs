//! A report is about the build that it is shown for, whatever else has been built with the same
//! caches; and a binary lists what was woven into it, not what was planned.
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::world::{GOAGENT, RULE, World};
use crate::common;
use crate::common::go::Go;
use crate::common::process::{Output, run};
use serde_json::Value;

/// A way to build the program.
struct Kind {
    name: &'static str,
    go: Go,
    flags: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    /// True if it is built with [`RULE_OF_HTTP2`], too.
    with_rule: bool,
    /// True if everything that was asked for can be woven.
    complete: bool,
}

/// A rule for a function that a build with the tag `nethttpomithttp2` does not have.
const RULE_OF_HTTP2: &str = "plugin odd {
    target \"net/http\" [1.27, ) {
        rule handler {
            recv http2Handler
            func ServeHTTP
            enter { _ = 1 }
        }
    }
}
";

/// A report without what differs from run to run.
fn without_cost(text: &[u8]) -> Value {
    let mut report: Value = serde_json::from_slice(text).unwrap();
    report.as_object_mut().unwrap().remove("cost");
    report
}

/// Platforms, tags, flags and versions of Go.
fn kinds() -> Vec<Kind> {
    let (oldest, newest) = (Go::oldest_and_newest().remove(0), Go::newest());
    let kind = |name, flags, env: &'static [_], complete| Kind {
        name,
        go: newest.clone(),
        flags,
        env,
        with_rule: env.is_empty(),
        complete,
    };
    let mut all = vec![
        kind("usual", &[][..], &[][..], true),
        kind("js", &[], &[("GOOS", "js"), ("GOARCH", "wasm")], true),
        kind("tags", &["-tags=nethttpomithttp2"], &[], false),
        kind("flags", &["-gcflags=net/http=-l"], &[], true),
    ];
    if oldest != newest {
        all.push(Kind { go: oldest, with_rule: false, ..kind("oldest", &[], &[], true) });
    }
    all
}

/// A program that serves itself a request, in its own folder.
struct Place {
    folder: tempfile::TempDir,
}

/// The results of a build.
#[derive(Debug, PartialEq)]
struct Known {
    /// Exit code, with `--strict`.
    end: String,
    report: Value,
    /// The output of `goagent inspect` for the binary.
    manifest: Value,
    digest: blake3::Hash,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        common::copy_folder(
            &common::repository().join("tests/fixtures/kinds/probe"),
            &folder.path().join("probe"),
        );
        std::fs::write(folder.path().join("odd.gorule"), RULE_OF_HTTP2).unwrap();
        let mut gorulec = Go::newest().program(env!("CARGO_BIN_EXE_gorulec"), folder.path());
        run(gorulec.args(["compile", "odd.gorule", "-o", "odd.gobundle"])).expect_success("gorulec");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, kind: &Kind, store: &Path, out: &str) -> Command {
        let report = format!("--report=json:{}", self.path(&format!("{out}.json")).display());
        let mut command = kind.go.goagent(&self.path("probe"), &["build", "--strict", &report]);
        if kind.with_rule {
            command.arg(format!("--bundle={}", self.path("odd.gobundle").display()));
        }
        command.args(kind.flags).args(["-buildvcs=false", "-o"]).arg(self.path(out)).arg(".");
        command.env("GOAGENT_CACHE", store).env("CGO_ENABLED", "0").envs(kind.env.iter().copied());
        command
    }

    fn known(&self, kind: &Kind, output: &Output, out: &str) -> Known {
        let read = |name: &str| {
            std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}: {}", output.stderr))
        };
        let inspected = run(kind.go.goagent(self.folder.path(), &["inspect"]).arg(self.path(out)));
        Known {
            end: output.end.clone(),
            report: without_cost(&read(&format!("{out}.json"))),
            manifest: serde_json::from_str(&inspected.expect_success("inspect").stdout).unwrap(),
            digest: blake3::hash(&read(out)),
        }
    }

    /// Builds it to a new file.
    fn build(&self, kind: &Kind, store: &Path) -> Known {
        let _ = std::fs::remove_file(self.path("out"));
        self.build_again(kind, store)
    }

    /// Builds it to the file that is there.
    fn build_again(&self, kind: &Kind, store: &Path) -> Known {
        let output = run(&mut self.command(kind, store, "out"));
        self.known(kind, &output, "out")
    }
}

#[test]
fn a_report_is_that_of_its_own_build() {
    let (place, kinds) = (Place::new(), kinds());
    // Each alone, on a store that has seen nothing.
    let alone: Vec<Known> = kinds
        .iter()
        .map(|kind| {
            let store = tempfile::tempdir().unwrap();
            let known = place.build(kind, store.path());
            let wanted = if kind.complete { "exit 0" } else { "exit 1" };
            assert_eq!(
                (known.end.as_str(), &known.report["complete"]),
                (wanted, &Value::from(kind.complete)),
                "{}: {:#}",
                kind.name,
                known.report
            );
            let woven = known.report["woven"].as_array().unwrap().iter().map(|one| &one["package"]);
            let woven: Vec<&str> = woven.map(|package| package.as_str().unwrap()).collect();
            let told = known.manifest["woven"].as_object().unwrap().keys().map(String::as_str);
            assert_eq!(told.collect::<Vec<_>>(), woven, "{}: inspect and the report", kind.name);
            let skipped = |list: &Value| list["skipped"].as_array().map_or(0, Vec::len);
            assert_eq!(skipped(&known.manifest), skipped(&known.report), "{}", kind.name);
            assert_eq!(skipped(&known.report) > 0, !kind.complete, "{}", kind.name);
            known
        })
        .collect();
    // In turns, on one store.
    let store = tempfile::tempdir().unwrap();
    for index in (0..kinds.len()).flat_map(|other| [0, other]).chain((0..kinds.len()).rev()) {
        let kind = &kinds[index];
        assert_eq!(place.build(kind, store.path()), alone[index], "{} among others", kind.name);
        assert_eq!(place.build_again(kind, store.path()), alone[index], "{}, up to date", kind.name);
    }
    // The archives are enough: nothing is compiled or linked, and no record is there.
    std::fs::remove_dir_all(store.path().join("reports")).unwrap();
    assert_eq!(place.build_again(&kinds[0], store.path()), alone[0], "by the archives");
    // All at once.
    let store = tempfile::tempdir().unwrap();
    let children: Vec<_> = kinds
        .iter()
        .map(|kind| {
            let mut command = place.command(kind, store.path(), kind.name);
            (kind, std::thread::spawn(move || run(&mut command)))
        })
        .collect();
    for (index, (kind, child)) in children.into_iter().enumerate() {
        let known = place.known(kind, &child.join().unwrap(), kind.name);
        assert_eq!(known, alone[index], "{} beside others", kind.name);
    }
}

/// Tests that are cached, without goagent's own folder and with it.
#[test]
fn cached_tests_are_reported_as_they_were() {
    let (place, go) = (Place::new(), Go::newest());
    let store = tempfile::tempdir().unwrap();
    let file = place.path("tests.json");
    let report = format!("--report=json:{}", file.display());
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos().to_string();
    std::fs::write(place.path("probe/fetch/now.go"), format!("package fetch\n\nconst Now = {now:?}\n"))
        .unwrap();
    let test = |flags: &[&str]| {
        let mut command = go.goagent(&place.path("probe"), &["test", "--strict", &report]);
        command.args(flags).arg("./fetch").env("GOAGENT_CACHE", store.path());
        let output = run(&mut command);
        output.expect_success("goagent test");
        let report = without_cost(&std::fs::read(&file).unwrap());
        assert!(report["woven"].to_string().contains("net/http"), "{report:#}");
        (output.stdout.contains("(cached)"), report)
    };
    let (cached, first) = test(&[]);
    assert!(!cached);
    assert_eq!(test(&[]), (true, first.clone()), "with the record");
    std::fs::remove_dir_all(store.path().join("reports")).unwrap();
    assert_eq!(test(&[]), (true, first), "by the archives");
    let covered = test(&["-cover"]);
    assert_eq!(test(&["-cover"]), (true, covered.1), "with coverage");
}

/// A rule that is woven, and so many others for functions that are not there that the system would
/// not take them in one argument.
fn rules() -> String {
    let missing = |number: u32| {
        let names: Vec<String> = (0..60).map(|of| format!("Missing{number}x{of}")).collect();
        let names = names.join(" | ");
        format!(
            "        bare rule missing{number} {{\n            func  ({names})\n            enter {{ }}\n        }}\n\n"
        )
    };
    let all: String = (0..15).map(missing).collect();
    RULE.replace("        rule say {", &format!("{all}        rule say {{"))
}

#[test]
fn a_binary_says_what_was_woven_and_what_was_not() {
    for go in Go::oldest_and_newest() {
        let world = World::new(&go);
        let inspect = |what: &str| -> Value {
            let said = run(world.command(GOAGENT).arg("inspect").arg(world.path("out")));
            serde_json::from_str(&said.expect_success(&format!("{} {what}", go.name)).stdout).unwrap()
        };
        world.write_bundle("probe", &rules());
        run(&mut world.build(true, "out")).expect_success("the build");
        let manifest = inspect("many");
        assert_eq!(
            manifest["woven"]["example.com/probe/a"]["rules"]["probe"],
            serde_json::json!(["say"]),
            "{}",
            go.name
        );
        let skipped = manifest["skipped"].as_array().unwrap();
        assert_eq!(skipped.len(), 900, "{}", go.name);
        assert_eq!(
            (&skipped[0]["rule"], &skipped[0]["code"]),
            (&Value::from("missing0"), &Value::from("not_found"))
        );
        let ran = run(&mut world.command(world.path("out")));
        assert_eq!(ran.expect_success("the program").stdout, "hello world 1\n");

        // A rule that does not compile is planned, and not woven; and every build that finds it in
        // a cache reports that.
        world.write_bundle("probe", &RULE.replace("span = agent", "_ = nowhere; span = agent"));
        for what in ["compiled", "without goagent's folder"] {
            run(&mut world.build(true, "out")).expect_success("the build");
            let manifest = inspect(what);
            assert!(
                manifest["woven"].get("example.com/probe/a").is_none(),
                "{} {what}: {manifest:#}",
                go.name
            );
            assert!(manifest["faults"].to_string().contains("nowhere"), "{} {what}: {manifest:#}", go.name);
            std::fs::remove_dir_all(world.path("goagent")).unwrap();
            std::fs::remove_file(world.path("out")).unwrap();
        }
    }
}

/// A plugin that is not for the version in the build is named by the binary, too; and only by those
/// that have the package.
#[test]
fn a_binary_says_what_is_not_for_its_versions() {
    let world = World::new(&Go::newest());
    let rules = "plugin old {
    target \"net/http\" [1.18, 1.19) {
        bare rule get {
            func  Get
            enter { _ = 0 }
        }
    }
}
";
    world.write_bundle("old", rules);
    world.edit("c/c.go", "package c", "package c\n\nimport _ \"net/http\"");
    let mut build = world.build(true, "out");
    run(build.arg(format!("--bundle={}", world.path("old.gobundle").display()))).expect_success("the build");
    let said = run(world.command(GOAGENT).arg("inspect").arg(world.path("out")));
    let manifest: Value = serde_json::from_str(&said.expect_success("inspect").stdout).unwrap();
    let left_out = &manifest["left_out"][0];
    assert_eq!(
        (&left_out["plugin"], &left_out["package"]),
        (&Value::from("old"), &Value::from("net/http")),
        "{manifest:#}"
    );
}
