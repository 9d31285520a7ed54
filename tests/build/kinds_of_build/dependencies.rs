//! Rules for modules with a version: from the module cache, vendored, and of a program named as
//! `pkg@version`.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use super::module::Module;
use crate::common::console;
use crate::common::process::run;
use crate::common::telemetry::Sends;

const ISATTY: &str = "plugin tty {
    target \"github.com/mattn/go-isatty\" [0.0.10, 0.1.0) {
        rule asked {
            func  IsTerminal(fd uintptr) (is bool)
            exit  { println(\"hook:\", fd, is) }
        }
    }
    target \"github.com/mattn/go-isatty\" [0.1.0, ) {
        rule later {
            func  IsTerminal
            enter { println(\"hook: of a version that is not in the build\") }
        }
    }
}
";

/// The path by which its user imports the package decides, wherever its files are.
#[test]
fn a_rule_for_a_dependency_that_is_vendored_or_not() {
    let mut probe = Module::probe();
    probe.write(
        "main.go",
        "package main\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/mattn/go-isatty\"\n)\n\nfunc main() { fmt.Println(isatty.IsTerminal(99)) }\n",
    );
    probe.prepare(&["get", "github.com/mattn/go-isatty@v0.0.14"]);
    probe.own = vec![probe.bundle(ISATTY), "--no-std".to_owned()];
    let check = |flags: &[&str]| {
        let (plain, woven) = probe.build(flags, &[]);
        let said = |binary: &std::path::Path| {
            let mut command = probe.go.program(binary.to_str().unwrap(), probe.folder.path());
            let output = run(command.only_spans("none"));
            (output.end, output.stdout, output.stderr)
        };
        assert_eq!(said(&plain), ("exit 0".to_owned(), "false\n".to_owned(), String::new()));
        let hook = "hook: 99 false\n".to_owned();
        assert_eq!(said(&woven), ("exit 0".to_owned(), "false\n".to_owned(), hook), "{flags:?}");
    };
    check(&[]);
    check(&["-mod=mod"]);
    probe.prepare(&["mod", "vendor"]);
    check(&[]);
    check(&["-mod=vendor", "-trimpath"]);
    check(&["-mod=readonly"]);
}

/// Answers every request, for as long as the test runs, and returns the port.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    port
}

/// `install` and `run` of a program that no module here requires; a rule that gorulec has checked
/// is for its main.
#[test]
fn packages_named_with_a_version() {
    let probe = Module::probe();
    let folder = probe.folder.path();
    let rules = folder.join("hey.gorule");
    let text = "plugin hey {\n    target \"github.com/rakyll/hey\" [0.1.0, ) {\n        rule main {\n            func  main()\n            \
        enter { println(\"hook: main\") }\n        }\n    }\n}\n";
    std::fs::write(&rules, text).unwrap();
    let bundle = folder.join("hey.gobundle");
    let mut gorulec = probe.go.program(env!("CARGO_BIN_EXE_gorulec"), folder);
    run(gorulec.arg("compile").arg(&rules).arg("-o").arg(&bundle)).expect_success("gorulec compile");
    // The golang.org/x/net that hey has is older than the plugin for it.
    let own = ["--strict", "--disable", "x_net_http2", "--bundle", bundle.to_str().unwrap()];

    let bin = folder.join("gobin");
    let mut command = probe.go.goagent(folder, &["install"]);
    command.args(own).arg("github.com/rakyll/hey@v0.1.4").env("GOBIN", &bin);
    run(&mut command).expect_success("install of a package with a version");
    let inspected = run(&mut probe.go.goagent(folder, &["inspect", bin.join("hey").to_str().unwrap()]));
    inspected.expect_success("inspect");
    for woven in ["net/http", "github.com/rakyll/hey"] {
        assert!(inspected.stdout.contains(woven), "{}", inspected.stdout);
    }

    let address = format!("http://127.0.0.1:{}/", server());
    let mut command = probe.go.goagent(folder, &["run"]);
    command.args(own).args(["github.com/rakyll/hey@v0.1.4", "-n", "1", "-c", "1", &address]);
    let output = run(command.only_spans("console"));
    output.expect_success("run of a package with a version");
    assert!(output.stdout.contains("[200]\t1 responses"), "{}", output.stdout);
    let (spans, rest) = console::take(&output.stderr);
    assert!(rest.contains("hook: main\n"), "{rest}");
    let urls: Vec<&str> = spans.iter().map(|span| span.kind.as_str()).collect();
    assert_eq!(urls, ["client"], "{}", output.stderr);
}
