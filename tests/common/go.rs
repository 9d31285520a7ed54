//! Go toolchains, and commands that run with one.
//!
//! A toolchain is chosen by GOTOOLCHAIN for each command, whatever the environment says. All share
//! one build cache, from run to run. GOPROXY, GOFLAGS and GOMODCACHE are the user's.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::kept;
use super::process::without_telemetry;

/// A Go toolchain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Go {
    /// The value of GOTOOLCHAIN: `go1.27.3`.
    pub name: String,
}

impl Go {
    /// The build cache that all tests share.
    pub fn cache() -> PathBuf {
        kept("go-build")
    }

    /// Any program, in a folder, that runs this Go when it runs `go`.
    pub fn program(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env("GOTOOLCHAIN", &self.name)
            .env("GOCACHE", Self::cache())
            .env("GOAGENT_CACHE", kept("goagent-cache"))
            .env("GOWORK", "off");
        without_telemetry(&mut command);
        command
    }

    /// `go …` in a folder.
    pub fn go(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = self.program("go", folder);
        command.args(arguments);
        command
    }
}
