//! Rules that select functions by pattern, in targets for many packages.

use std::path::Path;

use serde_json::Value;

use crate::common::go::Go;
use crate::common::process::run;

const MAIN: &str = r#"package main

import (
	"context"
	"fmt"

	"example.com/lib"
)

type Service struct{}

func (s *Service) HandleGet(ctx context.Context, key string) (string, error) {
	return lib.HandleGet(key), nil
}

func (s *Service) Other() {}

func HandleNone() {}

func main() {
	s := &Service{}
	fmt.Println(s.HandleGet(context.Background(), "a"))
	fmt.Println(s.HandleGet(nil, "b"))
	s.Other()
	HandleNone()
}
"#;

const LIB: &str = "package lib\n\nfunc HandleGet(key string) string { return \"<\" + key + \">\" }\n";

/// A module, and another one that a folder replaces.
fn module(folder: &Path) {
    for (name, text) in [
        (
            "app/go.mod",
            "module example.com/app\n\ngo 1.18\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n",
        ),
        ("app/main.go", MAIN),
        ("lib/go.mod", "module example.com/lib\n\ngo 1.18\n"),
        ("lib/lib.go", LIB),
    ] {
        std::fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
    }
}

/// Compiles rules for a target and builds with them: returns the program's output, and
/// `package function` of everything that is woven.
fn built(target: &str, rule: &str) -> (String, Vec<String>) {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    module(folder.path());
    let text = format!(
        "plugin p {{\n    import \"fmt\"\n    target {target} {{\n        rule r {{\n{rule}\n        }}\n    }}\n}}\n"
    );
    std::fs::write(folder.path().join("p.gorule"), text).unwrap();
    let mut compile = go.program(env!("CARGO_BIN_EXE_gorulec"), folder.path());
    run(compile.args(["compile", "--offline", "p.gorule", "-o", "p.gobundle"]))
        .expect_success("gorulec compile");
    let app = folder.path().join("app");
    let words = [
        "build",
        "--no-std",
        "--strict",
        "--bundle=../p.gobundle",
        "--report=json:../r.json",
        "-o",
        "../out",
        ".",
    ];
    run(&mut go.goagent(&app, &words)).expect_success("goagent build");
    let output = run(&mut std::process::Command::new(folder.path().join("out")));
    let report: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    let mut found = Vec::new();
    for package in report["woven"].as_array().unwrap() {
        for function in
            package["rules"].as_array().unwrap().iter().flat_map(|rule| rule["functions"].as_array().unwrap())
        {
            found.push(format!(
                "{} {}",
                package["package"].as_str().unwrap(),
                function["name"].as_str().unwrap()
            ));
        }
    }
    (output.expect_success("the program").stdout.clone(), found)
}

const SAY: &str = "            param  var key string\n            result var err error\n            \
                   enter { fmt.Println(\"enter\", \"{{package}} {{name}} {{func}}\", key); key += \"!\" }\n            \
                   exit { err = fmt.Errorf(\"%q\", key) }";

#[test]
fn own_is_the_main_module() {
    let (said, woven) = built("own", &format!("            func matching \"*Handle*\"\n{SAY}"));
    assert_eq!(woven, ["example.com/app (*Service).HandleGet", "example.com/app HandleNone"]);
    let expected = "enter example.com/app (*Service).HandleGet HandleGet a\n<a!> \"a!\"\n\
                    enter example.com/app (*Service).HandleGet HandleGet b\n<b!> \"b!\"\n\
                    enter example.com/app HandleNone HandleNone \n";
    assert_eq!(said, expected);
}

#[test]
fn a_pattern_of_packages_is_for_other_modules_too() {
    let (said, woven) =
        built("\"example.com/...\"", &format!("            func matching \"HandleG*\"\n{SAY}"));
    assert_eq!(woven, ["example.com/lib HandleGet"]);
    assert_eq!(
        said,
        "enter example.com/lib HandleGet HandleGet a\n<a!> <nil>\nenter example.com/lib HandleGet HandleGet b\n<b!> <nil>\n"
    );
}
