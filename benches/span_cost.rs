//! What traces and metrics cost a running service, against the same service without them in the same run.
//!
//! `cargo bench --bench span_cost`. The service answers `GET /ping` with gin; it is built plain, with goagent, with goagent and
//! run with `OTEL_SDK_DISABLED`, and, for comparison, with the OpenTelemetry SDK set up by hand. Every span is sampled and sent by OTLP to a
//! sink on loopback that counts them. The service has one processor for itself, the client and the sink have another. Both stand for
//! other machines. At full load the client never sleeps, so that the service need not wake it; at half load the sink runs only while
//! the client waits (the class `SCHED_IDLE`), as what it does must not look like latency of the service. Rounds alternate; what is
//! shown are medians of the rounds' ratios, and of CPU what the middle half of them lie between. The numbers are for a reader, not
//! assertions, and worth something on an idle machine only. Linux only.
//!
//! A table before it is of what most people would do: service, client and sink share all processors, the service takes as many as Go
//! gives it, and the client sleeps until it is answered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/common/mod.rs"]
mod common;
mod measure;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use common::go::Go;
use common::process::run;
use measure::median;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const GOAGENT: &str = env!("CARGO_BIN_EXE_goagent");
const ROUNDS: usize = 9;
/// Seconds of a measurement.
const SECONDS: &str = "3";
const CONNECTIONS: &str = "16";
/// The processors of the service, and of what loads it.
const SERVICE: &str = "0";
const OTHERS: &str = "1";
/// All of them.
const ANY: &str = "0-1023";
/// As many requests as there can be, from a client that never sleeps, and from one that does.
const FULL: f64 = 0.0;
const FULL_ASLEEP: f64 = -1.0;

/// A way to run the service.
struct Variant {
    name: &'static str,
    binary: PathBuf,
    environment: &'static [(&'static str, &'static str)],
}

/// What one run of a variant gave.
#[derive(Debug, Clone, Copy)]
struct Round {
    /// Microseconds of CPU for a request.
    cpu: f64,
    /// Requests per second.
    rate: f64,
    /// Microseconds, at half the load that the plain service can bear.
    p99: f64,
    /// The most memory that was resident, in megabytes.
    memory: f64,
    requests: f64,
    spans: f64,
}

fn main() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    let source = common::repository().join("benches/ping");
    let build = |program: &str, package: &str, name: &str| {
        let binary = folder.path().join(name);
        run(go.program(program, &source).args(["build", "-o"]).arg(&binary).arg(package))
            .expect_success(program);
        binary
    };
    let (load, sink) = (build("go", "./load", "load"), build("go", "./sink", "sink"));
    let woven = build(GOAGENT, "./service", "woven");
    let variants = [
        Variant { name: "plain", binary: build("go", "./service", "plain"), environment: &[] },
        Variant { name: "goagent", binary: woven.clone(), environment: &[] },
        Variant {
            name: "goagent, traces only",
            binary: woven.clone(),
            environment: &[("OTEL_METRICS_EXPORTER", "none")],
        },
        Variant { name: "goagent, disabled", binary: woven, environment: &[("OTEL_SDK_DISABLED", "true")] },
        Variant { name: "OpenTelemetry SDK by hand", binary: build("go", "./sdk", "sdk"), environment: &[] },
    ];
    shared(&go, &variants, &load, &sink);
    let mut rounds: Vec<Vec<Round>> = variants.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        // The half of what the plain service bears is the same for all.
        let mut half = None;
        for (variant, rounds) in variants.iter().zip(&mut rounds) {
            let round = measured(variant, &load, &sink, half);
            half.get_or_insert(round.rate / 2.0);
            rounds.push(round);
        }
    }
    go_statement(&[build("go", "./goroutines", "plain-go"), build(GOAGENT, "./goroutines", "woven-go")]);
    println!(
        "{}, GET /ping of gin, {ROUNDS} rounds: medians, and of the ratios to plain in the same round",
        go.name
    );
    println!(
        "{:<28} {:>16} {:>16} {:>16} {:>16} {:>10} {:>12} {:>16}",
        "",
        "CPU µs/request",
        "requests/s",
        "p99 µs at half",
        "memory MB",
        "spans",
        "µs a span",
        "CPU, middle half"
    );
    for (variant, own) in variants.iter().zip(&rounds) {
        show(variant.name, own, &rounds[0]);
    }
}

/// The table with all processors shared.
fn shared(go: &Go, variants: &[Variant], load: &Path, sink: &Path) {
    let mut rounds: Vec<Vec<[f64; 3]>> = variants.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (variant, rounds) in variants.iter().zip(&mut rounds) {
            let (mut sink, mut counted, endpoint) = started(sink, ANY, &[]);
            let (mut service, _out, address) = serve(variant, ANY, &endpoint, &[]);
            let warm = loaded(load, ANY, &address, "1", FULL_ASLEEP);
            let before = cpu(service.id());
            let full = loaded(load, ANY, &address, SECONDS, FULL_ASLEEP);
            let used = cpu(service.id()) - before;
            let spans = end(variant, &mut service, &mut sink, &mut counted);
            rounds.push([used / full.0 * 1e6, full.0 / full.1, spans / (warm.0 + full.0)]);
        }
    }
    println!("{}, all processors shared, {ROUNDS} rounds", go.name);
    println!("{:<28} {:>16} {:>16} {:>10}", "", "CPU µs/request", "requests/s", "spans");
    for (variant, own) in variants.iter().zip(&rounds) {
        let cell = |at: usize| {
            let ratios = own.iter().zip(&rounds[0]).map(|(a, b)| a[at] / b[at]).collect();
            format!("{:.1} ({:.2})", median(own.iter().map(|round| round[at]).collect()), median(ratios))
        };
        let spans = median(own.iter().map(|round| round[2]).collect());
        println!("{:<28} {:>16} {:>16} {spans:>10.4}", variant.name, cell(0), cell(1));
    }
}

/// The service, and where it listens.
fn serve(
    variant: &Variant,
    processors: &str,
    sink: &str,
    environment: &[(&str, &str)],
) -> (Child, BufReader<std::process::ChildStdout>, String) {
    let endpoint = format!("http://{sink}");
    let mut all = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_SERVICE_NAME", "ping")];
    all.extend(environment.iter().chain(variant.environment));
    started(&variant.binary, processors, &all)
}

/// Ends service and sink, and returns how many spans have come.
fn end(
    variant: &Variant,
    service: &mut Child,
    sink: &mut Child,
    counted: &mut BufReader<std::process::ChildStdout>,
) -> f64 {
    kill(Pid::from_raw(service.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
    assert!(service.wait().unwrap().success(), "{}", variant.name);
    drop(sink.stdin.take());
    let mut spans = String::new();
    counted.read_to_string(&mut spans).unwrap();
    sink.wait().unwrap();
    spans.trim().parse().unwrap()
}

/// A go statement where no span is active, in turns.
fn go_statement(binaries: &[PathBuf; 2]) {
    let mut taken = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (binary, taken) in binaries.iter().zip(&mut taken) {
            let mut command = Command::new("taskset");
            command
                .args(["-c", SERVICE])
                .arg(binary)
                .env("OTEL_SDK_DISABLED", "false")
                .env("OTEL_TRACES_EXPORTER", "none");
            command.env("OTEL_METRICS_EXPORTER", "none");
            taken.push(run(&mut command).expect_success("goroutines").stdout.trim().parse::<f64>().unwrap());
        }
    }
    let ratios = taken[1].iter().zip(&taken[0]).map(|(woven, plain)| woven / plain).collect();
    let [plain, woven] = taken.map(median);
    println!(
        "a go statement with no active span: {plain:.0} ns plain, {woven:.0} ns woven, ratio {:.3}",
        median(ratios)
    );
}

fn show(name: &str, own: &[Round], plain: &[Round]) {
    let ratios =
        |of: fn(&Round) -> f64| own.iter().zip(plain).map(|(a, b)| of(a) / of(b)).collect::<Vec<_>>();
    let cell = |of: fn(&Round) -> f64| {
        format!("{:.1} ({:.2})", median(own.iter().map(of).collect()), median(ratios(of)))
    };
    let mut all = ratios(|round| round.cpu);
    all.sort_by(f64::total_cmp);
    let middle = format!("{:.2} to {:.2}", all[all.len() / 4], all[all.len() - 1 - all.len() / 4]);
    let spans = median(own.iter().map(|r| r.spans / r.requests).collect());
    let each = median(own.iter().zip(plain).map(|(a, b)| a.cpu - b.cpu).collect());
    println!(
        "{name:<28} {:>16} {:>16} {:>16} {:>16} {spans:>10.4} {each:>12.2} {middle:>16}",
        cell(|r| r.cpu),
        cell(|r| r.rate),
        cell(|r| r.p99),
        cell(|r| r.memory)
    );
}

/// A program that prints one line first.
fn started(
    binary: &Path,
    processor: &str,
    environment: &[(&str, &str)],
) -> (Child, BufReader<std::process::ChildStdout>, String) {
    let mut command = Command::new("taskset");
    command.args(["-c", processor]).arg(binary).envs(environment.iter().copied());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("taskset of util-linux");
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    (child, out, line.trim().to_owned())
}

fn measured(variant: &Variant, load: &Path, sink: &Path, half: Option<f64>) -> Round {
    let (mut sink, mut counted, endpoint) = started(sink, OTHERS, &[]);
    let (mut service, _out, address) = serve(variant, SERVICE, &endpoint, &[("GOMAXPROCS", "1")]);
    let id = service.id();

    let warm = loaded(load, OTHERS, &address, "1", FULL);
    let before = cpu(id);
    let full = loaded(load, OTHERS, &address, SECONDS, FULL);
    let used = cpu(id) - before;
    let mut idle = Command::new("chrt");
    run(idle.args(["--all-tasks", "--idle", "--pid", "0", &sink.id().to_string()])).expect_success("chrt");
    let at_half = loaded(load, OTHERS, &address, SECONDS, half.unwrap_or(full.0 / full.1 / 2.0));
    let memory = resident(id);

    let spans = end(variant, &mut service, &mut sink, &mut counted);
    Round {
        cpu: used / full.0 * 1e6,
        rate: full.0 / full.1,
        p99: at_half.2,
        memory,
        requests: warm.0 + full.0 + at_half.0,
        spans,
    }
}

/// How many requests were answered, in how many seconds, and the 99th percentile in microseconds.
fn loaded(load: &Path, processors: &str, address: &str, seconds: &str, rate: f64) -> (f64, f64, f64) {
    let mut command = Command::new("taskset");
    command.args(["-c", processors]).arg(load).args([address, CONNECTIONS, seconds, &format!("{rate:.0}")]);
    let output = run(&mut command);
    let line = output.expect_success("load").stdout.trim().to_owned();
    let mut numbers = line.split(' ').map(|word| word.parse::<f64>().unwrap());
    let mut next = || numbers.next().unwrap();
    (next(), next(), next())
}

/// CPU seconds of a process.
fn cpu(id: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: f64 = [fields[11], fields[12]].iter().map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / 100.0 // USER_HZ, the same on all that Go runs on
}

/// The most megabytes that were resident.
fn resident(id: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
