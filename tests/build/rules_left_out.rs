//! Runtime's target, or one of its rules, is left out: the program is built without the rules that
//! depend on it, that is reported, and the program runs as it does without goagent. And platforms
//! on which some rules cannot be woven.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common;
use crate::common::process::{Output, run};
use crate::common::repository;
use crate::common::telemetry::Sends;
use crate::kinds_of_build::module::{Module, expect_trace};
use gorule::bundle::Bundle;
use gorule::version::Version;
use gorule::{codegen, plan, syntax};
use serde_json::Value;

/// GOOS and GOARCH.
type Platform<'a> = (&'a str, &'a str);

const HERE: Platform<'_> = ("linux", "amd64");
const JS: Platform<'_> = ("js", "wasm");

/// The standard rules for runtime.
fn rules_text() -> String {
    std::fs::read_to_string(repository().join("plugins/runtime/runtime.gorule")).unwrap()
}

/// The names of those that are for a Go and a platform.
fn rules_of(module: &Module, (os, arch): Platform<'_>) -> Vec<String> {
    let source = syntax::decode("runtime.gorule", rules_text().into_bytes()).unwrap();
    let parsed = syntax::parse(&source).expect("the rules parse");
    let mut bundle = Bundle { plugins: vec![codegen::lower(&parsed.file, &source.text).unwrap()] };
    bundle.keep_platform(os, arch);
    let go = Version::parse(&module.go.name).unwrap();
    let subject = plan::BuildPackage::named("runtime");
    let unit = plan::unit(&[bundle], &subject, Some(&go), &go, &mut Vec::new()).unwrap();
    unit.rules.into_iter().map(|placed| placed.rule.name).collect()
}

struct Built {
    binary: PathBuf,
    said: Output,
}

/// `go build` or `goagent build` with these flags, for a platform.
fn build(module: &Module, (os, arch): Platform<'_>, flags: Option<&[&str]>) -> Built {
    let binary = module.folder.path().join(if flags.is_some() { "woven.bin" } else { "plain.bin" });
    let out = binary.to_str().unwrap();
    let mut command = match flags {
        None => module.go.go(&module.path(), &["build", "-o", out]),
        Some(flags) => module.go.goagent(&module.path(), &[&["build", "-o", out], flags].concat()),
    };
    let said = run(command.arg(".").env("GOOS", os).env("GOARCH", arch).env("CGO_ENABLED", "0"));
    said.expect_success(&format!("{os}/{arch} {flags:?}"));
    Built { binary, said }
}

/// The command that runs a program of a platform here; `None` if it cannot be run.
fn runner(module: &Module, (os, arch): Platform<'_>, binary: &Path) -> Option<Command> {
    let folder = module.folder.path();
    let name = binary.to_str().unwrap();
    let mut command = match (os, arch) {
        ("linux", "amd64" | "386") if cfg!(all(target_os = "linux", target_arch = "x86_64")) => {
            module.go.program(name, folder)
        }
        ("js", _) => {
            let root = run(&mut module.go.go(folder, &["env", "GOROOT"])).stdout.trim().to_owned();
            let scripts = ["lib/wasm", "misc/wasm"].map(|dir| format!("{root}/{dir}/wasm_exec_node.js"));
            let script = scripts.into_iter().find(|script| Path::new(script).exists()).unwrap();
            let mut node = module.go.program("node", folder);
            node.args(["--stack-size=8192", &script, name]);
            node
        }
        ("wasip1", _) => {
            let mut node = module.go.program("node", folder);
            node.arg("--no-warnings").arg(repository().join("tests/fixtures/wasi.mjs")).arg(name);
            node
        }
        _ => return None,
    };
    command.only_spans("console");
    Some(command)
}

/// The output of a program; with spans if it makes any.
fn ran(module: &Module, platform: Platform<'_>, built: &Built, what: &str) -> Output {
    let output = run(&mut runner(module, platform, &built.binary).unwrap());
    assert_eq!(output.end, "exit 0", "{platform:?} {what}: {}{}", output.stdout, output.stderr);
    output
}

/// Standard output without spans, which are printed there if there is no other stream.
fn own_lines(output: &Output) -> String {
    common::console::take(&output.stdout).1
}

fn inspected(module: &Module, built: &Built) -> Value {
    let words = ["inspect", built.binary.to_str().unwrap()];
    let said = run(&mut module.go.goagent(module.folder.path(), &words));
    serde_json::from_str(&said.expect_success("inspect").stdout).unwrap()
}

/// The rules of plugin runtime that a binary lists.
fn woven_rules(manifest: &Value) -> BTreeSet<&str> {
    let rules = manifest["woven"]["runtime"]["rules"]["runtime"].as_array();
    rules.into_iter().flatten().map(|rule| rule.as_str().unwrap()).collect()
}

#[test]
fn a_rule_that_is_switched_off_takes_what_depends_on_it() {
    let module = Module::probe();
    for platform in [HERE, JS] {
        let plain = build(&module, platform, None);
        let expected = ran(&module, platform, &plain, "plain").stdout;
        let all = rules_of(&module, platform);
        assert!(all.len() > 4, "{platform:?}: {all:?}");
        for rule in &all {
            let off = format!("--disable=runtime/{rule}");
            let woven = build(&module, platform, Some(&["--strict", &off]));
            let output = ran(&module, platform, &woven, &off);
            assert_eq!(own_lines(&output), expected, "{platform:?} {off}: {}", output.stderr);
            let manifest = inspected(&module, &woven);
            let left = woven_rules(&manifest);
            assert!(!left.contains(rule.as_str()), "{platform:?} {off}: {left:?}");
            // All others need the pointer beside a goroutine.
            let is_ground = ["allocate", "clear"].contains(&rule.as_str());
            assert_eq!(left.is_empty(), is_ground, "{platform:?} {off}: {left:?}");
            if rule == "allocate" {
                let said = "disabled runtime/inherit for runtime, by what it depends on";
                assert!(woven.said.stderr.contains(said), "{}", woven.said.stderr);
            }
        }
        let woven = build(&module, platform, Some(&["--strict", "--disable=runtime"]));
        assert_eq!(own_lines(&ran(&module, platform, &woven, "no target")), expected, "{platform:?}");
        assert!(woven_rules(&inspected(&module, &woven)).is_empty());
    }
}

/// The standard rules for runtime and net/http, the first with one text in place of another.
fn changed(module: &Module, old: &str, new: &str) -> [String; 2] {
    let text = rules_text();
    assert_eq!(text.matches(old).count(), 1, "{old}");
    let http = std::fs::read_to_string(repository().join("plugins/net_http/net_http.gorule")).unwrap();
    [module.bundle(&text.replace(old, new)), module.bundle(&http)]
}

/// Each with the message, and the rules that are there all the same.
#[test]
fn a_rule_that_cannot_be_woven_takes_what_depends_on_it_and_no_more() {
    let module = Module::probe();
    let plain = build(&module, HERE, None);
    let expected = ran(&module, HERE, &plain, "plain").stdout;
    let without = |names: &[&str]| -> BTreeSet<String> {
        let all = rules_of(&module, HERE).into_iter();
        all.filter(|rule| !names.contains(&rule.as_str())).collect()
    };
    let signal = "before    `bit := uint32(1) << uint(s&31)`";
    let cases = [
        (
            "an anchor that is not there",
            signal,
            "before    `nothing()`",
            "runtime/signal at sigsend",
            without(&["signal"]),
        ),
        (
            "a template that does not compile",
            "{ if trace := *goagentSlot(mp.curg)",
            "{ nowhere(); if trace := *goagentSlot(mp.curg)",
            "its rule inherit does not compile",
            without(&["inherit"]),
        ),
        (
            "a declaration that does not compile",
            "exit.die = die",
            "exit.die = nowhere",
            "its rule signal does not compile",
            without(&["signal"]),
        ),
        (
            "the ground of all",
            "replace `new(g)`",
            "replace `new(gg)`",
            "runtime is not woven",
            BTreeSet::new(),
        ),
    ];
    for (what, old, new, said, rules) in cases {
        let [runtime, http] = changed(&module, old, new);
        let woven = build(&module, HERE, Some(&["--no-std", &runtime, &http]));
        assert!(woven.said.stderr.contains(said), "{what}: {}", woven.said.stderr);
        let output = ran(&module, HERE, &woven, what);
        assert_eq!(own_lines(&output), expected, "{what}: {}", output.stderr);
        // Without the pointer beside a goroutine nothing links the client's span to the requests
        // that it sends.
        let (spans, _) = common::console::take(&(output.stderr.clone() + &output.stdout));
        let kinds: BTreeSet<&str> = spans.iter().map(|span| span.kind.as_str()).collect();
        assert!(kinds.contains("client") && kinds.contains("server"), "{what}: {kinds:?}");
        let manifest = inspected(&module, &woven);
        let left: BTreeSet<String> = woven_rules(&manifest).into_iter().map(str::to_owned).collect();
        assert_eq!(left, rules, "{what}: {manifest:#}");
        let told =
            ["skipped", "faults", "notes"].iter().any(|list| manifest[*list].to_string().contains("runtime"));
        assert!(told, "{what}: the binary does not say so: {manifest:#}");
    }
}

#[test]
fn platforms_that_can_be_run_here() {
    let module = Module::probe();
    for platform in [JS, ("wasip1", "wasm"), ("linux", "386")] {
        check(&module, platform);
    }
}

/// Builds strictly, plain and woven, and runs both if that is possible.
fn check(module: &Module, platform: Platform<'_>) {
    let plain = build(module, platform, None);
    let woven = build(module, platform, Some(&["--strict"]));
    assert!(woven.said.stderr.contains("net/http"), "{platform:?}: {}", woven.said.stderr);
    if runner(module, platform, &plain.binary).is_none() {
        return;
    }
    let expected = ran(module, platform, &plain, "plain");
    let output = ran(module, platform, &woven, "woven");
    assert_eq!(own_lines(&output), expected.stdout, "{platform:?}: {}", output.stderr);
    expect_trace(&output);
}

/// Every platform that Go has and the program can be built for.
#[test]
fn every_platform() {
    if std::env::var("GOAGENT_TEST_PLATFORMS").as_deref() != Ok("all") {
        return;
    }
    let module = Module::probe();
    let listed = run(&mut module.go.go(module.folder.path(), &["tool", "dist", "list"]));
    let mut built = 0;
    for platform in listed.expect_success("go tool dist list").stdout.lines() {
        let platform = platform.split_once('/').unwrap();
        let mut plain = module.go.go(&module.path(), &["build", "-o", "/dev/null", "."]);
        plain.env("GOOS", platform.0).env("GOARCH", platform.1).env("CGO_ENABLED", "0");
        if run(&mut plain).end == "exit 0" {
            println!("{platform:?}");
            check(&module, platform);
            built += 1;
        }
    }
    assert!(built > 20, "{built}");
}
