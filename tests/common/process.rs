//! Processes: run to their end, or killed after a while, with all that they wrote.

use std::io::{Read, Seek, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::kept;

/// A process that hangs is killed after this long. No test depends on how fast anything is.
const PATIENCE: Duration = Duration::from_mins(20);

thread_local!(static TIMED: Timed = Timed {
    test: std::thread::current().name().unwrap_or_default().to_owned(),
    begun: Instant::now(),
});

/// Notes the duration of a test, from its first process on: libtest gives each test a thread, by
/// its name. `.ci/test` prints the slowest.
struct Timed {
    test: String,
    begun: Instant,
}

impl Drop for Timed {
    fn drop(&mut self) {
        let line = format!("{:.1} {}\n", self.begun.elapsed().as_secs_f64(), self.test);
        let path = kept("times").join(std::process::id().to_string());
        let file = std::fs::File::options().append(true).create(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

/// The end of a process, and its output.
#[derive(Debug, Clone)]
pub struct Output {
    /// `exit 0`, `signal 15`, `hung`.
    pub end: String,
    /// Standard output; bytes that are no text are replaced.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Stops the test if the process has not ended with exit code 0.
    pub fn expect_success(&self, what: &str) -> &Self {
        assert_eq!(self.end, "exit 0", "{what}\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// Removes the variables about telemetry that this shell has set.
pub fn without_telemetry(command: &mut Command) {
    gorule::gotool::child::without(command, &["OTEL_"]);
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Output {
    run_within(command, PATIENCE)
}

/// Runs a command to its end or to its time limit. Its input is empty.
pub fn run_within(command: &mut Command, patience: Duration) -> Output {
    TIMED.with(|_| ());
    let mut stdout = tempfile::tempfile().unwrap();
    let mut stderr = tempfile::tempfile().unwrap();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone().unwrap())
        .stderr(stderr.try_clone().unwrap())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let begun = Instant::now();
    let end = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break described(status);
        }
        if begun.elapsed() > patience {
            child.kill().unwrap();
            child.wait().unwrap();
            break "hung".to_owned();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Output { end, stdout: text(&mut stdout), stderr: text(&mut stderr) }
}

fn described(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown end".to_owned(),
    }
}

fn text(file: &mut std::fs::File) -> String {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
