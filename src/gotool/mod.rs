//! Runs the `go` command for all of `src`; `toolexec` runs Go's other tools.
//!
//! In: arguments, a folder, changes of the environment. Out: what the command printed, or the
//! reason why it could not be run. It knows nothing of rules.

pub mod archive;
pub mod child;
pub mod find;
pub mod flags;
pub mod list;
pub mod question;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

use find::GoProgram;

/// A way to run the `go` command.
#[derive(Debug, Clone)]
pub struct Go {
    program: Result<GoProgram, String>,
    dir: Option<PathBuf>,
    env: BTreeMap<OsString, OsString>,
}

/// The reason for which `go` gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum GoError {
    /// It could not be started.
    #[error("{}", child::not_run(.program, .why))]
    Start {
        /// The program.
        program: String,
        /// The system's reason.
        why: std::io::Error,
    },
    /// It failed.
    #[error("`go {arguments}` failed: {stderr}")]
    Failed {
        /// The arguments that it was given.
        arguments: String,
        /// Its standard error.
        stderr: String,
    },
    /// It printed something unexpected.
    #[error("`go {arguments}` printed what goagent does not understand: {what}")]
    Output {
        /// The arguments that it was given.
        arguments: String,
        /// A description of the unexpected output.
        what: String,
    },
}

/// Returns true if the standard library of the Go at `goroot` has a package of this import path.
pub fn has_package(goroot: &Path, path: &str) -> bool {
    goroot.join("src").join(path).is_dir()
}

impl Go {
    /// The user's `go`: the one from PATH.
    pub fn from_path() -> Self {
        Self { program: find::find_go(), dir: None, env: BTreeMap::new() }
    }

    /// The `go` of one toolchain, which does not switch to another.
    pub fn of_goroot(goroot: &Path) -> Self {
        let program = goroot.join("bin").join("go");
        if find::is_goagent(&program) {
            return Self::from_path().with_env("GOROOT", goroot).with_env("GOTOOLCHAIN", "local");
        }
        let program = Ok(GoProgram { program, is_wrapper: false });
        Self { program, dir: None, env: BTreeMap::new() }.with_env("GOTOOLCHAIN", "local")
    }

    /// Sets the folder in which it runs.
    #[must_use]
    pub fn in_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// Sets goagent's own module as the folder, and keeps everything of the user's module out of
    /// the environment.
    #[must_use]
    pub fn for_resolve(self, dir: impl Into<PathBuf>) -> Self {
        let go = self
            .in_dir(dir)
            .with_env("GOWORK", "off")
            .with_env("GOFLAGS", "")
            .with_env("GO111MODULE", "on")
            .with_env("GOPROXY", "off");
        if go.takes_all_for_standard() { go.with_env("GODEBUG", "goindex=0") } else { go }
    }

    /// Returns true for Go 1.19 and 1.20 from the module cache, where a newer Go puts the
    /// toolchains that it switches to. There Go 1.19 and the first releases of 1.20 look for the
    /// standard library in an index of modules and take every path without a dot in its first
    /// element for a part of it, even `goagent/agent`. Doing without the index costs later releases
    /// of 1.20 nothing but time.
    fn takes_all_for_standard(&self) -> bool {
        let program = self.display();
        ["@v0.0.1-go1.19", "@v0.0.1-go1.20."].iter().any(|version| program.contains(version))
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn with_env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// A command that is not started yet; an error if there is no `go`.
    pub fn command<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> std::io::Result<Command> {
        let GoProgram { program, .. } = self.found()?;
        let mut command = child::command(program);
        self.finish(&mut command, arguments);
        Ok(command)
    }

    /// Replaces this process with the `go` command: input, output, signals and the exit code are
    /// go's own. Returns only if it cannot be run or, if no process can be replaced here, after it
    /// has ended.
    pub fn exec<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> ExitCode {
        let command = self.found().map(|found| {
            let mut command = Command::new(&found.program);
            self.finish(&mut command, arguments);
            command
        });
        match command.and_then(|mut command| child::exec(&mut command)) {
            Ok(code) => code,
            Err(error) => {
                eprintln!("goagent: {}", child::not_run(&self.display(), &error));
                ExitCode::from(127)
            }
        }
    }

    /// The program; an error if there is none.
    pub fn found(&self) -> std::io::Result<&GoProgram> {
        self.program.as_ref().map_err(|why| std::io::Error::new(std::io::ErrorKind::NotFound, why.as_str()))
    }

    fn finish<S: AsRef<OsStr>>(&self, command: &mut Command, arguments: impl IntoIterator<Item = S>) {
        command.args(arguments).envs(&self.env);
        if let Ok(found) = &self.program {
            found.mark(command);
        }
        if let Some(dir) = &self.dir {
            command.current_dir(dir).env("PWD", dir);
        }
    }

    /// The program, for messages.
    fn display(&self) -> String {
        self.program.as_ref().map_or_else(|_| "go".to_owned(), |found| found.program.display().to_string())
    }

    /// Runs it and returns what it printed on standard output.
    pub fn output<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String, GoError> {
        let shown = || arguments.iter().map(|a| a.as_ref().to_string_lossy()).collect::<Vec<_>>().join(" ");
        let Output { status, stdout, stderr } = self
            .command(arguments)
            .and_then(|mut command| child::output(command.stdin(Stdio::null())))
            .map_err(|why| GoError::Start { program: self.display(), why })?;
        if !status.success() {
            let stderr = String::from_utf8_lossy(&stderr).trim().to_owned();
            return Err(GoError::Failed { arguments: shown(), stderr });
        }
        String::from_utf8(stdout)
            .map_err(|_| GoError::Output { arguments: shown(), what: "it is not UTF-8".to_owned() })
    }

    /// Runs `go env -json` and returns its variables.
    pub fn env(&self) -> Result<GoVariables, GoError> {
        let text = self.output(&["env", "-json"])?;
        let values: BTreeMap<String, String> = serde_json::from_str(&text)
            .map_err(|e| GoError::Output { arguments: "env -json".to_owned(), what: e.to_string() })?;
        Ok(GoVariables(values))
    }
}

/// The variables that `go env` prints.
#[derive(Debug, Clone, Default)]
pub struct GoVariables(BTreeMap<String, String>);

/// Variables that say where something is or what this process is, and do not change the compiler's
/// output.
const NOT_IN_OUTPUT: [&str; 14] = [
    "GOGCCFLAGS",
    "GOMOD",
    "GOWORK",
    "GOFLAGS",
    "GOPROXY",
    "GONOPROXY",
    "GOPRIVATE",
    "GONOSUMDB",
    "GOSUMDB",
    "GOTMPDIR",
    "GOVCS",
    "GOTELEMETRY",
    "GOTELEMETRYDIR",
    "GOBIN",
];

impl GoVariables {
    /// Variables with these values.
    pub fn new(values: BTreeMap<String, String>) -> Self {
        Self(values)
    }

    /// A variable; empty if it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The variables that may change the compiler's output, as `NAME=value`, sorted.
    pub fn compile_inputs(&self) -> Vec<String> {
        let kept = self.0.iter().filter(|(name, _)| !NOT_IN_OUTPUT.contains(&name.as_str()));
        kept.map(|(name, value)| format!("{name}={value}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Go;

    #[test]
    fn old_toolchains_in_the_module_cache_do_without_their_index() {
        let without = |version: &str| {
            let root = format!("/m/golang.org/toolchain@v0.0.1-{version}.linux-amd64");
            Go::of_goroot(Path::new(&root))
                .for_resolve("/x")
                .env
                .contains_key("GODEBUG".as_ref() as &std::ffi::OsStr)
        };
        assert_eq!(["go1.18.10", "go1.19", "go1.19.13", "go1.20"].map(without), [false, true, true, true]);
        assert_eq!(["go1.21.0", "go1.27.3"].map(without), [false, false]);
        let own = Go::of_goroot(Path::new("/usr/local/go")).for_resolve("/x");
        assert!(!own.env.contains_key("GODEBUG".as_ref() as &std::ffi::OsStr));
    }
}
