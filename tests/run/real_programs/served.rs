//! One run of a program: it is started, asked, and ended by SIGTERM.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use regex::Regex;

use super::programs::Program;

/// The parts of a run that are compared.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    /// The answers, in order.
    pub answers: Vec<String>,
    /// The end of the process.
    pub end: String,
    /// The lines that it wrote, sorted: goroutines write in any order.
    pub lines: Vec<String>,
}

/// A program that runs, in a folder of its own, until it is ended or dropped.
pub struct Served {
    name: &'static str,
    folder: tempfile::TempDir,
    /// The port that it is asked on.
    pub port: u16,
    /// The other port.
    pub other: u16,
    child: Child,
}

impl Served {
    /// Starts a program, and waits until it listens.
    pub fn start(program: &Program, binary: &Path, environment: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (port, other) = (free_port(), free_port());
        let filled = |text: &str| filled(text, folder.path(), port, other);
        std::fs::write(folder.path().join(program.file.0), filled(program.file.1)).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(binary);
        gorule::gotool::child::without(&mut command, &["OTEL_", "GOAGENT"]);
        command.args(program.arguments.iter().map(|word| filled(word))).current_dir(folder.path());
        command.env("HOME", folder.path()).env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME");
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let log_too = log.try_clone().unwrap();
        let child = command.stdin(Stdio::null()).stdout(log).stderr(log_too).spawn().unwrap();
        let mut served = Self { name: program.name, folder, port, other, child };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = served.child.try_wait().unwrap();
            assert!(ended.is_none(), "{} ended: {}", served.name, served.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        served
    }

    /// All that it has written.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Asks for a path with these words in it.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> String {
        ask(self.port, method, &filled(path, self.folder.path(), self.port, self.other), body)
    }

    /// Ends it by SIGTERM.
    pub fn end(&mut self) -> String {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), Signal::SIGTERM).unwrap();
        self.child.wait().unwrap().to_string()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Plays a program.
pub fn play(program: &Program, binary: &Path, environment: &[(&str, String)]) -> Seen {
    let mut served = Served::start(program, binary, environment);
    let asked = program.requests.iter().map(|(method, path, body)| served.ask(method, path, body));
    let answers: Vec<String> = asked.map(|answer| masked(&answer, served.folder.path())).collect();
    let end = served.end();
    let mut lines: Vec<String> =
        masked(&served.log(), served.folder.path()).lines().map(str::to_owned).collect();
    lines.sort();
    Seen { answers, end, lines }
}

fn filled(text: &str, folder: &Path, port: u16, other: u16) -> String {
    let text = text.replace("{port}", &port.to_string()).replace("{other}", &other.to_string());
    text.replace("{folder}", folder.to_str().unwrap())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The whole answer, head and body, without its date. By HTTP/1.0, which has no chunks: their
/// lengths vary as numbers do.
fn ask(port: u16, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (length, kind) = (body.len(), "Content-Type: application/json\r\n");
    let head =
        format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\n{kind}Content-Length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let lines = answer.lines().filter(|line| !line.starts_with("Date: ") && !line.starts_with("Expires: "));
    format!("{method} {path}\n{}\n", lines.collect::<Vec<_>>().join("\n"))
}

/// Text without ids, times, ports and other numbers.
fn masked(text: &str, folder: &Path) -> String {
    let text = text.replace(folder.to_str().unwrap(), "FOLDER");
    let ids = Regex::new(r"[A-Z2-7]{40,}|[A-Za-z0-9_-]{30,}|\b[0-9a-f]{16,}\b").unwrap();
    let pointers = Regex::new(r"0x[0-9a-f]+").unwrap();
    let durations = Regex::new(r"\d+(\.\d+)?(ns|µs|us|ms|s)\b").unwrap();
    // Before the ids: fractions have enough digits to be taken for one.
    let fractions = Regex::new(r"\b\d+\.\d+([eE][+-]?\d+)?\b").unwrap();
    let numbers = Regex::new(r"\d+(\.\d+)?([eE][+-]?\d+)?").unwrap();
    let text = pointers.replace_all(&text, "POINTER");
    let text = fractions.replace_all(&text, "N");
    let text = ids.replace_all(&text, "ID");
    let text = durations.replace_all(&text, "TIME");
    numbers.replace_all(&text, "N").into_owned()
}

#[test]
fn numbers_are_masked_in_any_notation() {
    for number in ["7", "0.25", "1.234567890123456e-05", "9.2783e-05", "0.12345678901234567", "1.5e+09"] {
        assert_eq!(masked(&format!("seconds_sum {number}"), Path::new("/none")), "seconds_sum N", "{number}");
    }
    assert_eq!(masked("took 1.5s", Path::new("/none")), "took TIME");
}
