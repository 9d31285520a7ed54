//! `goagent doctor`: a finding for each fault, with a remedy, and an exit code.

use serde_json::Value;

use super::{LIB, MAIN, Module};
use crate::common::process::run;

fn findings(module: &Module, env: &[(&str, &str)]) -> (String, Vec<Value>) {
    let output = module.goagent_with(&["doctor", "--report", "json"], env);
    let report: Value = serde_json::from_str(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}{}", output.stdout, output.stderr));
    (output.end, report["findings"].as_array().unwrap().clone())
}

fn expect(found: &[Value], check: &str, level: &str, text: &str, remedy: &str) {
    let fits =
        |f: &&Value| f["check"] == check && f["text"].as_str().unwrap().contains(text) && f["level"] == level;
    let one = found.iter().find(fits).unwrap_or_else(|| panic!("no {level} {check} {text} in {found:#?}"));
    if level == "ok" {
        assert_eq!(one["remedy"], Value::Null);
    } else {
        assert!(one["remedy"].as_str().unwrap().contains(remedy), "{one:#}");
    }
}

#[test]
fn all_well() {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let output = module.goagent(&["doctor"]);
    assert_eq!(output.end, "exit 0", "{}", output.stdout);
    for part in [
        "goagent: ",
        "go: go1.",
        "bundle: standard: ",
        "own folder: ",
        "build cache: ",
        "runtime: what is linked in builds",
        "sampling: parentbased_always_on: a request that comes with sampled=0 has no spans",
    ] {
        assert!(output.stdout.contains(part), "{part} is not in:\n{}", output.stdout);
    }
    assert!(!output.stdout.contains("BAD"), "{}", output.stdout);
}

#[test]
fn what_is_wrong_has_a_remedy() {
    let module = Module::new(&[
        ("main.go", MAIN),
        ("lib/lib.go", LIB),
        ("goagent.toml", "[plugins]\ndisable = [\"gim\"]\n"),
    ]);
    let cache = module.path().join("main.go/cache");
    let (end, found) = findings(
        &module,
        &[
            ("GOCACHE", cache.to_str().unwrap()),
            ("GOFLAGS", "'-toolexec=/usr/bin/goagent toolexec'"),
            ("GOAGENT", "off"),
            ("CC", "no-such-compiler"),
            ("CGO_ENABLED", "1"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:5555"),
            ("OTEL_SERVICENAME", "x"),
            ("OTEL_TRACES_SAMPLER_ARG", "70 %"),
        ],
    );
    assert_eq!(end, "exit 1");
    expect(&found, "settings", "bad", "did you mean `gin`?", "correct what is shown");
    expect(&found, "build cache", "bad", "may not be written", "set GOCACHE");
    expect(&found, "flags", "bad", "-toolexec", "take it out of GOFLAGS");
    expect(&found, "cgo", "warn", "no-such-compiler", "CGO_ENABLED=0");
    expect(&found, "environment", "warn", "GOAGENT=off", "unset GOAGENT");
    expect(&found, "environment", "bad", "grpc is not spoken", "http/protobuf");
    expect(&found, "environment", "warn", "OTEL_SERVICENAME", "did you mean OTEL_SERVICE_NAME?");
    expect(&found, "environment", "warn", "OTEL_TRACES_SAMPLER_ARG", "from 0 to 1");
}

#[test]
fn no_go() {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let output = run(module.go.goagent(&module.path(), &["doctor"]).env("PATH", module.path()));
    assert_eq!(output.end, "exit 1", "{}", output.stdout);
    assert!(
        output.stdout.contains("BAD   go: ") && output.stdout.contains("https://go.dev/dl"),
        "{}",
        output.stdout
    );
}

/// Without a folder of its own goagent reports that, and the program is built all the same.
#[test]
fn no_folder() {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let nowhere = module.path().join("main.go/cache");
    let env = [("GOAGENT_CACHE", nowhere.to_str().unwrap())];
    let (end, found) = findings(&module, &env);
    assert_eq!(end, "exit 1");
    expect(&found, "own folder", "bad", "main.go", "set GOAGENT_CACHE");
    let built = module.goagent_with(&["build", "-o", "out", "."], &env);
    built.expect_success("the build");
    assert!(
        built.stderr.contains("goagent: the program is built without instrumentation"),
        "{}",
        built.stderr
    );
    assert!(built.stderr.contains("set GOAGENT_CACHE") && module.path().join("out").exists());
    assert_eq!(module.goagent_with(&["build", "--strict", "."], &env).end, "exit 1");
    assert_eq!(module.goagent_with(&["build", "--disable", "", "--report", "xml", "."], &env).end, "exit 2");
}
