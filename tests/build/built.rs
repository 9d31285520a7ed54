//! Builds whose output matters.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::go::Go;
use crate::common::process::{Output, run};

/// The outcome of a build: the binary, and the command's output.
pub struct Built {
    /// The binary.
    pub binary: PathBuf,
    /// The output of the command.
    pub output: Output,
}

impl Go {
    /// Builds a package as its author does.
    pub fn build_plain(&self, folder: &Path, arguments: &[&str], out: &Path) -> Built {
        let mut command = self.go(folder, &["build", "-o", out.to_str().unwrap()]);
        built(command.args(arguments), out)
    }

    /// Builds a package with goagent; its own flags may be among the arguments.
    pub fn build_woven(&self, folder: &Path, arguments: &[&str], out: &Path) -> Built {
        let mut command = self.goagent(folder, &["build", "-o", out.to_str().unwrap()]);
        built(command.args(arguments), out)
    }
}

fn built(command: &mut Command, out: &Path) -> Built {
    let output = run(command);
    output.expect_success(&format!("{command:?}"));
    assert!(out.is_file(), "{command:?} said it had built, and there is nothing: {}", output.stderr);
    Built { binary: out.to_owned(), output }
}
