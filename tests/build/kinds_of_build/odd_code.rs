//! Odd packages and odd functions: cgo, assembly, generics, dot imports, names that hide others,
//! `init` and `main`.

use super::module::{Module, everything};
use crate::common::go::Go;
use crate::common::process::run;
use crate::common::telemetry::Sends;

#[test]
fn odd_packages_and_functions() {
    for go in Go::all() {
        let odd = Module::odd(go);
        odd.check(&[], &[]);
        odd.check(&["-tags=netgo"], &[("CGO_ENABLED", "0")]);
    }
}

#[test]
fn odd_ones_with_flags() {
    let odd = Module::odd(Go::newest());
    let light: [&[&str]; 6] = [
        &["-trimpath", "-ldflags=-s -w"],
        &["-gcflags=-N -l"],
        &["-gcflags=example.com/...=-N -l"],
        &["-cover"],
        &["-cover", "-coverpkg=./..."],
        &["-tags=extra"],
    ];
    let heavy: [&[&str]; 4] = [&["-gcflags=all=-N -l"], &["-race"], &["-buildmode=pie"], &["-asan"]];
    for flags in light.iter().chain(if everything() { &heavy[..] } else { &[] }) {
        odd.check(flags, &[]);
    }
}

/// Woven packages compiled together with their tests, tests outside of them, a main that is tested.
#[test]
fn odd_ones_are_tested() {
    let odd = Module::odd(Go::newest());
    let words = ["-count=1", "-v", "-cover", "-coverpkg=./...", "./..."];
    let plain = run(&mut odd.go.go(&odd.path(), &[&["test"], &words[..]].concat()));
    plain.expect_success("go test");
    let woven = run(odd.goagent(&[&["test"], &words[..]].concat()).only_spans("none"));
    woven.expect_success("goagent test");
    let (hooks, rest): (Vec<&str>, Vec<&str>) =
        woven.stdout.lines().partition(|line| line.starts_with("hook: "));
    for hook in ["shout begins \"hey\"", "sum begins 2", "reset ends 1 false", "words ends x 1"] {
        assert!(hooks.contains(&format!("hook: {hook}").as_str()), "{hook}: {}", woven.stdout);
    }
    let words = |lines: &[&str]| {
        // Times vary.
        let words = lines.iter().map(|line| {
            line.split(['\t', '('])
                .filter(|word| !word.ends_with('s') && !word.ends_with("s)"))
                .collect::<Vec<_>>()
        });
        words.map(|words| words.join("\t")).collect::<Vec<_>>()
    };
    assert_eq!(words(&plain.stdout.lines().collect::<Vec<_>>()), words(&rest));
}

/// Methods with type parameters of their own, which the parser does not know.
#[test]
fn generic_methods() {
    let go = Go::newest();
    if go.version() < (27, 0) {
        println!("{} has no such methods", go.name);
        return;
    }
    let mut module = Module::odd(go);
    std::fs::remove_dir_all(module.path()).unwrap();
    module.write("go.mod", "module example.com/odd\n\ngo 1.27\n");
    module.write("main.go", include_str!("../../fixtures/kinds/generic_methods.go.txt"));
    let rules = include_str!("../../fixtures/kinds/generic_methods.gorule");
    module.own = vec![module.bundle(rules)];
    let (plain, woven) = module.build(&[], &[]);
    let output = |binary: &std::path::Path| {
        let mut command = module.go.program(binary.to_str().unwrap(), module.folder.path());
        run(command.only_spans("none")).expect_success("the program").clone()
    };
    assert_eq!(output(&plain).stdout, output(&woven).stdout);
    let hooks = ["plain 1 x", "pointer 2 y 2", "blank 3 3"].map(|hook| format!("hook: {hook}\n"));
    assert_eq!(output(&woven).stderr, hooks.concat());
}
