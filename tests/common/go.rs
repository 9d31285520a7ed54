//! Go toolchains, and builds with them: plain by `go`, woven by `goagent`.
//!
//! A toolchain is chosen by GOTOOLCHAIN for each command, whatever the environment says. Each has a build cache of its
//! own, which all tests and all runs share. GOPROXY, GOFLAGS and GOMODCACHE are the user's.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{Output, Sends, run};

/// The oldest toolchain, one of the first that has toolchains, and the newest.
const USUAL: [&str; 3] = ["go1.18.10", "go1.21.13", "go1.27.3"];
/// The last patch of every minor version.
const EVERY: [&str; 10] = [
    "go1.18.10",
    "go1.19.13",
    "go1.20.14",
    "go1.21.13",
    "go1.22.12",
    "go1.23.12",
    "go1.24.13",
    "go1.25.9",
    "go1.26.8",
    "go1.27.3",
];

/// A Go toolchain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Go {
    /// What GOTOOLCHAIN is set to: `go1.27.3`.
    pub name: String,
}

/// The tests of one toolchain may be left out with `GOAGENT_TEST_GO`: `all`, or names with commas between.
fn chosen() -> Vec<String> {
    let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect();
    match std::env::var("GOAGENT_TEST_GO").as_deref() {
        Err(_) | Ok("") => {
            let mut usual: Vec<String> = names(&USUAL);
            let local = local();
            if !usual.contains(&local) {
                usual.push(local);
            }
            usual
        }
        Ok("all") => names(&EVERY),
        Ok(list) => names(&list.split(',').collect::<Vec<_>>()),
    }
}

/// The version of the `go` that is installed.
fn local() -> String {
    let output = run(Command::new("go").args(["env", "GOVERSION"]).env("GOTOOLCHAIN", "local"));
    output.expect_success("go env GOVERSION").stdout.trim().to_owned()
}

/// How a build came out: the binary, and what was said.
pub struct Built {
    /// The binary.
    pub binary: PathBuf,
    /// What the command said.
    pub output: Output,
}

impl Go {
    /// The toolchains to test with.
    pub fn all() -> Vec<Self> {
        chosen().into_iter().map(|name| Self { name }).collect()
    }

    /// The oldest and the newest of them.
    pub fn oldest_and_newest() -> Vec<Self> {
        let mut all = Self::all();
        all.sort_by_key(Self::version);
        all.dedup();
        match (all.first().cloned(), all.last().cloned()) {
            (Some(first), Some(last)) if first != last => vec![first, last],
            (first, _) => first.into_iter().collect(),
        }
    }

    /// The newest of them.
    pub fn newest() -> Self {
        Self::all().into_iter().max_by_key(Self::version).unwrap()
    }

    /// Minor and patch, to compare by.
    pub fn version(&self) -> (u32, u32) {
        let mut parts = self.name.trim_start_matches("go1.").split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }

    /// The build cache that all tests share.
    pub fn cache(&self) -> PathBuf {
        super::kept(&format!("go-build-{}", self.name))
    }

    /// Any program, in a folder, that runs this Go when it runs `go`.
    pub fn program(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env("GOTOOLCHAIN", &self.name)
            .env("GOCACHE", self.cache())
            .env("GOAGENT_CACHE", super::kept("goagent-cache"))
            .env("GOWORK", "off")
            .as_usual();
        command
    }

    /// `go …` in a folder.
    pub fn go(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = self.program("go", folder);
        command.args(arguments);
        command
    }

    /// `goagent …` in a folder.
    pub fn goagent(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_goagent"), folder);
        command.args(arguments);
        command
    }

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
