//! The tool that the go command wants to run, and running it.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use camino::Utf8PathBuf;

/// The build that a tool is part of.
pub(crate) struct ParentBuild {
    /// The session's file.
    pub(super) session: Utf8PathBuf,
    /// The file in which transient failures are reported; `None` in goagent's own module.
    pub(super) trouble: Option<Utf8PathBuf>,
    /// The packages of which only the types are checked.
    pub(super) types_only: Vec<String>,
}

/// The tool to run, after the user's own `-toolexec` if there is one.
pub(crate) struct Tool {
    pub(super) before: Vec<String>,
    pub(super) path: OsString,
}

impl Tool {
    /// Returns true if the tool has this name, with or without `.exe`.
    pub(super) fn is(&self, name: &str) -> bool {
        std::path::Path::new(&self.path).file_stem().is_some_and(|stem| stem == name)
    }

    /// Returns a command without arguments. The go command also calls bare names (`gcc`), which
    /// PATH has to find.
    pub(super) fn command(&self) -> Command {
        let Some((first, others)) = self.before.split_first() else { return Command::new(&self.path) };
        let mut command = Command::new(first);
        command.args(others).arg(&self.path);
        command
    }
}

/// Replaces this process by the tool.
pub(super) fn exec(tool: &Tool, arguments: &[OsString]) -> ExitCode {
    let mut command = tool.command();
    command.args(arguments);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        let error = command.exec();
        refuse(&format!("{} could not be run: {error}", command.get_program().to_string_lossy()))
    }
    #[cfg(not(unix))]
    run_child(&mut command)
}

/// Runs the tool as a child and takes over its exit code.
pub(super) fn run_child(command: &mut Command) -> ExitCode {
    match command.status() {
        Ok(status) => code(status.code()),
        Err(error) => {
            refuse(&format!("{} could not be run: {error}", command.get_program().to_string_lossy()))
        }
    }
}

pub(super) fn code(code: Option<i32>) -> ExitCode {
    ExitCode::from(u8::try_from(code.unwrap_or(1)).unwrap_or(1))
}

pub(super) fn refuse(message: &str) -> ExitCode {
    eprintln!("goagent toolexec: {message}");
    ExitCode::from(1)
}
