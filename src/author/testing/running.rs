//! Runs a built program, and makes its output the same on every run.
//!
//! In: a program and the folder of its build. Out: how it ended and what it wrote, masked: in
//! standard output only ports and the folder.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::cases::Case;
use super::mask::{mask_ports, masked};
use crate::gotool::child;

/// The time after which a program is taken to hang.
const PATIENCE: Duration = Duration::from_mins(1);
/// The end of such a program.
pub(super) const HUNG: &str = "still running after a minute";
/// Prefixes of variables by which a shell would change what a program does and sends: Go's own,
/// goagent's, OpenTelemetry's.
const SETTINGS: [&str; 2] = ["GO", "OTEL_"];

/// The end of a program, and its output.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProgramEnd {
    /// The kind of end: `exit 0`, `signal 11`, [`HUNG`].
    pub end: String,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs a program to its end, or kills it when [`PATIENCE`] is exceeded.
pub(super) fn run_program(case: &Case, dir: &Utf8Path, which: &str) -> anyhow::Result<ProgramEnd> {
    let bin = dir.join("bin");
    let path = |what: &str| bin.join(format!("{which}.{what}"));
    let mut command = Command::new(bin.join(which));
    child::without(&mut command, &SETTINGS);
    command.current_dir(dir).env("PWD", dir).stdin(Stdio::null());
    command.env("OTEL_TRACES_EXPORTER", "file").env("GOAGENT_FILE", path("spans"));
    if case.program.metrics {
        command.env("OTEL_METRICS_EXPORTER", "file").env("GOAGENT_METRICS_FILE", path("metrics"));
        // Metrics are collected once, at the end. No call counts as slow, since that differs from
        // run to run.
        command.env("OTEL_METRIC_EXPORT_INTERVAL", "3600000").env("GOAGENT_SLOW_THRESHOLD", "0");
    } else {
        command.env("OTEL_METRICS_EXPORTER", "none");
    }
    command.envs(case.program.env.iter().map(|(name, value)| (name, value)));
    command.stdout(fs_err::File::create(path("stdout"))?.into_parts().0);
    command.stderr(fs_err::File::create(path("stderr"))?.into_parts().0);
    let mut child = command.spawn()?;
    let begun = Instant::now();
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break describe_status(status);
        }
        if begun.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            break HUNG.to_owned();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let read = |what: &str| -> anyhow::Result<String> {
        // The folder is different in each run.
        let text = String::from_utf8_lossy(&fs_err::read(path(what))?).replace(dir.as_str(), "DIR");
        Ok(text)
    };
    Ok(ProgramEnd { end, stdout: mask_ports(&read("stdout")?), stderr: masked(&read("stderr")?) })
}

fn describe_status(status: std::process::ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    format!("exit {}", status.code().unwrap_or(-1))
}
