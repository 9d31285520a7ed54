//! The line on a terminal while goagent's own steps take long.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use super::{LIB, MAIN, Module};
use crate::common::process::run;

/// A `go` whose `list` waits for a file.
fn slow_go(module: &Module, wait: &str) -> String {
    let found = run(std::process::Command::new("sh").args(["-c", "command -v go"]));
    let text =
        format!("#!/bin/sh\nif [ \"$1\" = list ]; then {wait}; fi\nexec {} \"$@\"\n", found.stdout.trim());
    module.write("bin/go", &text);
    let path = module.path().join("bin/go");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", module.path().join("bin").display(), std::env::var("PATH").unwrap())
}

#[test]
fn a_line_that_goes_away() {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let gate = module.path().join("gate");
    let path = slow_go(&module, &format!("while [ ! -e {} ]; do sleep 0.05; done", gate.display()));
    let terminal = nix::pty::openpty(None, None).unwrap();
    let mut child = module
        .go
        .goagent(&module.path(), &["plan", "."])
        .env("PATH", path)
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(terminal.slave)
        .spawn()
        .unwrap();
    let mut screen = File::from(terminal.master);
    let mut seen = Vec::new();
    let mut bytes = [0; 1024];
    // The other side closes when the process ends.
    while let Ok(n @ 1..) = screen.read(&mut bytes) {
        seen.extend_from_slice(&bytes[..n]);
        if String::from_utf8_lossy(&seen).contains("listing the packages") {
            std::fs::write(&gate, "").unwrap();
        }
    }
    let output = child.wait_with_output_of();
    let seen = String::from_utf8_lossy(&seen).into_owned();
    assert!(output.contains("nothing was woven"), "{output}");
    assert!(seen.contains("goagent: listing the packages … "), "{seen:?}");
    assert!(seen.ends_with("\r\u{1b}[K"), "the line is erased: {seen:?}");
    assert!(!seen.contains('\n'), "one line: {seen:?}");
}

/// Reads what a child has left on standard output.
trait Rest {
    fn wait_with_output_of(&mut self) -> String;
}

impl Rest for std::process::Child {
    fn wait_with_output_of(&mut self) -> String {
        let mut text = String::new();
        self.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        self.wait().unwrap();
        text
    }
}

#[test]
fn no_line_where_there_is_no_terminal() {
    let module = Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)]);
    let path = slow_go(&module, "sleep 3");
    let planned = run(module.go.goagent(&module.path(), &["plan", "."]).env("PATH", path));
    assert_eq!(planned.expect_success("plan").stderr, "");
}
