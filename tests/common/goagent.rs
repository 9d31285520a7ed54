//! Commands of `goagent`.

use std::path::Path;
use std::process::Command;

use super::go::Go;

impl Go {
    /// `goagent …` in a folder.
    pub fn goagent(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_goagent"), folder);
        command.args(arguments);
        command
    }
}
