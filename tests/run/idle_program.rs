//! A woven program that is idle: its threads, descriptors and wake-ups are those of the plain one,
//! plus the amounts that the book's page on performance allows. Linux only.
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common;
use crate::common::collector::Collector;
use crate::common::go::Go;

/// Time in which wake-ups are counted.
const OBSERVED: Duration = Duration::from_secs(10);
/// More threads than plain: the goroutines that export wait for the system now and then, and Go
/// keeps a thread for each that did so at the same time. The number that it keeps varies by one
/// from run to run, plain as well.
const MORE_THREADS: usize = 3;
/// More descriptors than plain: the connection to the collector.
const MORE_DESCRIPTORS: usize = 1;
/// More wake-ups than plain: an event that happens once wakes a few threads. One that happens each
/// second would be seen.
const MORE_WAKE_UPS: u64 = 6;
/// Time for which the program is left alone after a batch: connections are closed, and the exporter
/// checks once more, after its delay of 5 s, if there is something to send.
const SETTLED: Duration = Duration::from_secs(7);

/// A process that is killed when the test is over, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[derive(Debug)]
struct AtRest {
    threads: usize,
    descriptors: usize,
    wake_ups: u64,
}

/// Starts the program and asks it for something. It is at rest once that has been exported, or at
/// once if it exports nothing.
fn observed(binary: &Path, environment: &[(&str, &str)], is_exported: impl Fn() -> bool) -> AtRest {
    let mut command = Command::new(binary);
    gorule::gotool::child::without(&mut command, &["OTEL_", "GOAGENT"]);
    command
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut running = Running(command.spawn().unwrap());
    let mut address = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut address).unwrap();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(address.trim()).unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.0 200 OK\r\n"), "{answer}");
    }
    let begun = Instant::now();
    while !is_exported() {
        assert!(begun.elapsed() < Duration::from_mins(1), "nothing was exported");
        std::thread::sleep(Duration::from_millis(100));
    }
    std::thread::sleep(SETTLED);
    let process = Path::new("/proc").join(running.0.id().to_string());
    let before = wake_ups(&process);
    std::thread::sleep(OBSERVED);
    let entries = |folder: &str| std::fs::read_dir(process.join(folder)).unwrap().count();
    AtRest { threads: entries("task"), descriptors: entries("fd"), wake_ups: wake_ups(&process) - before }
}

/// Number of times that threads of a process have gone to sleep of their own accord.
fn wake_ups(process: &Path) -> u64 {
    let threads = std::fs::read_dir(process.join("task")).unwrap().map(|entry| entry.unwrap().path());
    let of_thread = |thread: &Path| -> u64 {
        let status = std::fs::read_to_string(thread.join("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse().unwrap()
    };
    threads.map(|thread| of_thread(&thread)).sum()
}

#[test]
fn an_idle_program_sleeps() {
    let go = Go::newest();
    let source = common::repository().join("tests/fixtures/idle");
    let folder = tempfile::tempdir().unwrap();
    let plain = go.build_plain(&source, &["."], &folder.path().join("plain"));
    let woven = go.build_woven(&source, &["--strict", "."], &folder.path().join("woven"));
    let collector = Collector::start();
    let endpoint = collector.endpoint();
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    let (plain, off, on) = std::thread::scope(|scope| {
        let plain = scope.spawn(|| observed(&plain, &[], || true));
        let off = scope.spawn(|| observed(&woven, &[("OTEL_SDK_DISABLED", "true")], || true));
        let on = observed(&woven, &environment, || collector.spans().len() == 20);
        (plain.join().unwrap(), off.join().unwrap(), on)
    });
    let what = format!("plain {plain:?}, disabled {off:?}, woven {on:?}");
    for (woven, descriptors) in [(&on, MORE_DESCRIPTORS), (&off, 0)] {
        assert!(woven.threads <= plain.threads + MORE_THREADS, "threads: {what}");
        assert!(woven.descriptors <= plain.descriptors + descriptors, "descriptors: {what}");
        assert!(woven.wake_ups <= plain.wake_ups + MORE_WAKE_UPS, "wake-ups: {what}");
    }
}
