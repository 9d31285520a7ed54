//! Builds: plain by `go`, woven by `goagent`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::go::Go;
use super::process::run;

impl Go {
    /// Builds a package as its author does.
    pub fn build_plain(&self, folder: &Path, arguments: &[&str], out: &Path) -> PathBuf {
        let mut command = self.go(folder, &["build", "-o", out.to_str().unwrap()]);
        built(command.args(arguments), out)
    }

    /// Builds a package with goagent; its own flags may be among the arguments.
    pub fn build_woven(&self, folder: &Path, arguments: &[&str], out: &Path) -> PathBuf {
        let mut command = self.goagent(folder, &["build", "-o", out.to_str().unwrap()]);
        built(command.args(arguments), out)
    }
}

fn built(command: &mut Command, out: &Path) -> PathBuf {
    let output = run(command);
    output.expect_success(&format!("{command:?}"));
    assert!(out.is_file(), "{command:?} said it had built, and there is nothing: {}", output.stderr);
    out.to_owned()
}
