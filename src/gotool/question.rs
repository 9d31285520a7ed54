//! Asks the `go` command questions to which a failure is an answer too.
//!
//! In: arguments, a folder, changes of the environment. Out: what the process wrote, even if it
//! failed. It is a trait, so that tests can answer in place of go.

use std::path::Path;
use std::process::Stdio;

use super::Go;

/// The outcome of a finished `go` process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// True if it exited with 0.
    pub success: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// The reason for which `go` could not be run at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot run `{program}`: {reason}; install Go, or put its bin folder on PATH")]
pub struct GoMissing {
    /// The program that was to be run.
    pub program: String,
    /// The system's reason.
    pub reason: String,
}

/// Something that answers as the `go` command does.
pub trait GoCommand {
    /// Runs `go ARGS` in a folder (`None`: the current one), with these variables added to the
    /// environment.
    fn run(&self, args: &[&str], dir: Option<&Path>, env: &[(&str, &str)]) -> Result<Output, GoMissing>;
}

impl GoCommand for Go {
    fn run(&self, args: &[&str], dir: Option<&Path>, env: &[(&str, &str)]) -> Result<Output, GoMissing> {
        let mut go = self.clone();
        if let Some(dir) = dir {
            go = go.in_dir(dir);
        }
        for (name, value) in env {
            go = go.with_env(name, value);
        }
        let output = go
            .command(args)
            .and_then(|mut command| command.stdin(Stdio::null()).output())
            .map_err(|error| GoMissing { program: "go".to_owned(), reason: error.to_string() })?;
        Ok(Output {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}
