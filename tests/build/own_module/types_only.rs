//! `--types-only`, with which gorulec checks templates: the mistakes of a build, and no archives.

use super::{LIB, Module, read_json};
use crate::common::go::Go;

const HIGH: &str = "package high\n\nimport \"example.com/m/lib\"\n\nfunc G() int { return lib.F(1) }\n";

/// A plugin with a rule for each of the two packages.
fn plugin(high: &str) -> String {
    let rule = |name: &str, function: &str, template: &str| {
        format!(
            "    target \"example.com/m/{name}\" [1.0.0, ) {{\n        bare rule {name} {{\n            func {function}\n            \
             enter {{ {template} }}\n        }}\n    }}\n"
        )
    };
    format!("plugin p {{\n{}{}}}\n", rule("lib", "F", "println(1)"), rule("high", "G", high))
}

/// What is reported of `./lib` and `./high`: the woven packages, and the faults.
fn reported(module: &Module, bundle: &str, packages: &[&str]) -> (Vec<String>, Vec<String>) {
    let report = module.folder.path().join("report.json");
    let to = format!("json:{}", report.display());
    let words = ["build", "--types-only", "--no-std", "--bundle", bundle, "--report", &to];
    module.goagent(&[&words[..], packages].concat()).expect_success("types are checked");
    let report = read_json(&report);
    let texts = |list: &str, field: &str| {
        let all = report[list].as_array().unwrap().iter();
        all.map(|one| one[field].as_str().unwrap().to_owned()).collect()
    };
    (texts("woven", "package"), texts("faults", "message"))
}

/// Returns true if go has an archive of the woven package: then a build does not compile it.
fn is_compiled(module: &Module, bundle: &str, package: &str) -> bool {
    let built = module.goagent(&["build", "--no-std", "--bundle", bundle, "-v", package]);
    !built
        .expect_success("the build")
        .stderr
        .lines()
        .any(|line| line == format!("example.com/m{}", &package[1..]))
}

#[test]
fn mistakes_are_found_and_no_archive_is_made() {
    for go in Go::oldest_and_newest() {
        let module = Module { go, ..Module::new(&[("high/high.go", HIGH), ("lib/lib.go", LIB)]) };
        let both = ["example.com/m/high".to_owned(), "example.com/m/lib".to_owned()];
        let good = module.bundle("good.gobundle", &[&plugin("println(2)")]);
        let bad = module.bundle("bad.gobundle", &[&plugin("var s string = 2")]);

        let (woven, faults) = reported(&module, &bad, &["./lib", "./high"]);
        assert_eq!(woven, both[1..], "{faults:?}");
        assert!(
            faults.iter().any(|fault| fault.contains("cannot use 2 (untyped int constant)")),
            "{faults:?}"
        );

        assert_eq!(reported(&module, &good, &["./lib", "./high"]), (both.to_vec(), Vec::new()));
        assert!(is_compiled(&module, &good, "./lib"), "./high needs the archive of ./lib");
        assert!(!is_compiled(&module, &good, "./high"), "nobody needs the archive of ./high");
        assert!(is_compiled(&module, &good, "./high"), "this build has made it");
        assert_eq!(
            reported(&module, &good, &["./lib", "./high"]),
            (both.to_vec(), Vec::new()),
            "from the cache"
        );
    }
}

#[test]
fn a_mistake_of_the_package_is_shown_as_go_shows_it() {
    let wrong = HIGH.replace("lib.F(1)", "lib.Nothing(1)");
    let module = Module::new(&[("high/high.go", &wrong), ("lib/lib.go", LIB)]);
    let good = module.bundle("good.gobundle", &[&plugin("println(2)")]);
    let built = module.goagent(&["build", "--types-only", "--no-std", "--bundle", &good, "./lib", "./high"]);
    assert_eq!(built.end, "exit 1");
    assert!(built.stderr.contains("high/high.go:5:27: undefined: lib.Nothing"), "{}", built.stderr);
    assert!(!built.stderr.contains("goagent_types_only"), "{}", built.stderr);
}
