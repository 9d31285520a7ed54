//! One run of a program: it is started, asked, and ended by SIGTERM.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use regex::Regex;

use super::programs::Program;

/// What of a run is compared.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    /// The answers, in order.
    pub answers: Vec<String>,
    /// How it ended.
    pub end: String,
    /// The lines that it wrote, sorted: goroutines write in any order.
    pub lines: Vec<String>,
}

/// Plays a program.
pub fn play(program: &Program, binary: &Path, environment: &[(&str, String)]) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let (port, other) = (free_port(), free_port());
    let filled = |text: &str| {
        let folder = folder.path().to_str().unwrap();
        text.replace("{port}", &port.to_string())
            .replace("{other}", &other.to_string())
            .replace("{folder}", folder)
    };
    std::fs::write(folder.path().join(program.file.0), filled(program.file.1)).unwrap();
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let mut command = Command::new(binary);
    gorule::gotool::child::without(&mut command, &["OTEL_", "GOAGENT"]);
    command.args(program.arguments.iter().map(|word| filled(word))).current_dir(folder.path());
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let log_too = log.try_clone().unwrap();
    let mut child = command.stdin(Stdio::null()).stdout(log).stderr(log_too).spawn().unwrap();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(child.try_wait().unwrap().is_none(), "{} ended: {}", program.name, text(folder.path()));
        std::thread::sleep(Duration::from_millis(20));
    }
    let asked = program.requests.iter().map(|(method, path, body)| ask(port, method, &filled(path), body));
    let answers: Vec<String> = asked.map(|answer| masked(&answer, folder.path())).collect();
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
    let end = child.wait().unwrap().to_string();
    let mut lines: Vec<String> =
        masked(&text(folder.path()), folder.path()).lines().map(str::to_owned).collect();
    lines.sort();
    Seen { answers, end, lines }
}

fn text(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The whole answer, head and body, without its date. By HTTP/1.0, which has no chunks: their lengths vary as numbers do.
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
    let numbers = Regex::new(r"\d+(\.\d+)?([eE][+-]?\d+)?").unwrap();
    let text = pointers.replace_all(&text, "POINTER");
    let text = ids.replace_all(&text, "ID");
    let text = durations.replace_all(&text, "TIME");
    numbers.replace_all(&text, "N").into_owned()
}
