//! Measures the cost of traces and metrics in a running service, against the same service without
//! them in the same run.
//!
//! `cargo bench --bench span_cost [-- logs|bare|alone]`. The service answers `GET /ping` with gin;
//! it is built plain, with goagent (and run with both signals, with traces only, and with
//! `OTEL_SDK_DISABLED`), and, for comparison, with the OpenTelemetry SDK set up by hand. Every span
//! is sampled and sent by OTLP to a sink on loopback that counts them. `GOAGENT_BENCH_OTHER` names
//! another goagent, an older one for instance, which is measured in the same rounds. All services
//! run at once and get requests in turns, one service at a time; the tables show medians, those of
//! the rounds' ratios to plain, and the range of the middle half of these. The numbers are for a
//! reader, not assertions, and mean something on an idle machine only. Linux only.
//!
//! There are three tables. For the first two, service, client and sink share the machine as Go and
//! Linux schedule them, and the client is hey, which sends requests by `net/http` as other services
//! would; in the first the service is gin's own first example, which logs each request, in the
//! second there is no middleware. The third is made to show small differences: the service, without
//! middleware, has one processor for itself, the client and the sink have another; both represent
//! other machines. The client is our own, which costs next to nothing: at full load it never
//! sleeps, so that the service need not wake it and never waits; at half load the sink runs only
//! while the client waits (the class `SCHED_IDLE`), because its work must not look like latency of
//! the service. The last line is about a go statement without an active span.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "measure/common.rs"]
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
/// Many short rounds are better than few long ones: the machine's own speed changes from second to
/// second.
const ROUNDS: usize = 41;
/// Seconds of a measurement.
const SECONDS: &str = "1";
const CONNECTIONS: &str = "16";
/// The header that a traced caller sends.
const TRACEPARENT: &str = "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The client that loads the service, and the processors on which they all run.
struct Arrangement {
    name: &'static str,
    client: Client,
    /// The processors of the service, and of client and sink.
    service: &'static str,
    others: &'static str,
    environment: &'static [(&'static str, &'static str)],
}

enum Client {
    /// The client in `benches/ping/load`.
    Own(PathBuf),
    Hey(PathBuf),
}

/// The pace of a client's requests.
#[derive(Clone, Copy)]
enum Load {
    Full,
    /// Requests per second.
    Rate(f64),
}

/// The measurements of a client.
struct Seen {
    requests: f64,
    seconds: f64,
    /// Microseconds.
    p99: f64,
}

impl Seen {
    fn rate(&self) -> f64 {
        self.requests / self.seconds
    }
}

/// A way to run the service.
struct Variant {
    name: &'static str,
    binary: PathBuf,
    environment: &'static [(&'static str, &'static str)],
}

/// The results of one turn of a variant.
struct Round {
    /// Microseconds of CPU for a request.
    cpu: f64,
    /// Requests per second.
    rate: f64,
    /// Microseconds, at half of the plain service's greatest load.
    p99: f64,
}

/// The results that are known only at the end.
struct End {
    /// The greatest resident memory, in megabytes.
    memory: f64,
    /// Spans for each request.
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
    let sink = build("go", "./sink", "sink");
    let hey = build("go", "github.com/rakyll/hey", "hey");
    let arrangements = [
        Arrangement {
            name: "with its logs, hey, all processors shared",
            client: Client::Hey(hey.clone()),
            service: "0-1023",
            others: "0-1023",
            environment: &[("PING_LOGS", "1")],
        },
        Arrangement {
            name: "bare, hey, all processors shared",
            client: Client::Hey(hey),
            service: "0-1023",
            others: "0-1023",
            environment: &[],
        },
        Arrangement {
            name: "bare, alone on one processor",
            client: Client::Own(build("go", "./load", "load")),
            service: "0",
            others: "1",
            environment: &[("GOMAXPROCS", "1")],
        },
    ];
    let woven = build(GOAGENT, "./service", "woven");
    let mut variants = vec![
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
    if let Some(other) = measure::other_goagent() {
        let binary = build(&other, "./service", "other");
        variants.push(Variant { name: "the other goagent", binary, environment: &[] });
    }
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let chosen =
        |a: &&Arrangement| words.is_empty() || words.iter().any(|word| a.name.contains(word.as_str()));
    for arrangement in arrangements.iter().filter(chosen) {
        compared(&go, arrangement, &variants, &sink);
    }
    go_statement(&[build("go", "./goroutines", "plain-go"), build(GOAGENT, "./goroutines", "woven-go")]);
}

/// Measures and prints one table.
fn compared(go: &Go, arrangement: &Arrangement, variants: &[Variant], sink: &Path) {
    let mut running: Vec<Running> =
        variants.iter().map(|variant| Running::start(arrangement, variant, sink)).collect();
    let mut rounds: Vec<Vec<Round>> = variants.iter().map(|_| Vec::new()).collect();
    // Half of the plain service's greatest load, for all.
    let half = running[0].loaded(arrangement, Load::Full).rate() / 2.0;
    let count = measure::rounds(ROUNDS);
    for round in 0..count {
        for turn in 0..running.len() {
            // No variant always comes right after the slowest.
            let variant = (round + turn) % running.len();
            rounds[variant].push(running[variant].measured(arrangement, half));
        }
    }
    let ends: Vec<End> = running.into_iter().map(Running::end).collect();
    println!(
        "{}, GET /ping of gin, {}, {count} rounds: medians (of the ratios to plain in the same round, their middle half)",
        go.name, arrangement.name
    );
    println!(
        "{:<28} {:<24} {:<24} {:<24} {:<14} {:>8} {:>10}",
        "", "CPU µs/request", "requests/s", "p99 µs at half", "memory MB", "spans", "µs a span"
    );
    for ((variant, own), end) in variants.iter().zip(&rounds).zip(&ends) {
        show(variant.name, own, &rounds[0], end, &ends[0]);
    }
}

/// A variant that runs, and the sink of its spans. All variants run at once, and take turns.
struct Running {
    name: &'static str,
    sink: Child,
    counted: BufReader<std::process::ChildStdout>,
    service: Child,
    _out: BufReader<std::process::ChildStdout>,
    address: String,
    requests: f64,
}

impl Running {
    fn start(arrangement: &Arrangement, variant: &Variant, sink: &Path) -> Running {
        let (sink, counted, endpoint) = started(sink, arrangement.others, &[("GOMAXPROCS", "1")]);
        let endpoint = format!("http://{endpoint}");
        let mut environment =
            vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_SERVICE_NAME", "ping")];
        environment.extend(arrangement.environment.iter().chain(variant.environment));
        let (service, out, address) = started(&variant.binary, arrangement.service, &environment);
        let mut running =
            Running { name: variant.name, sink, counted, service, _out: out, address, requests: 0.0 };
        running.loaded(arrangement, Load::Full); // fills everybody's caches
        running
    }

    /// Measures one turn.
    fn measured(&mut self, arrangement: &Arrangement, half: f64) -> Round {
        let before = cpu(self.service.id());
        let full = self.loaded(arrangement, Load::Full);
        let used = cpu(self.service.id()) - before;
        self.schedule_sink(arrangement, "--idle");
        let at_half = self.loaded(arrangement, Load::Rate(half));
        self.schedule_sink(arrangement, "--other");
        Round { cpu: used / full.requests * 1e6, rate: full.rate(), p99: at_half.p99 }
    }

    fn loaded(&mut self, arrangement: &Arrangement, load: Load) -> Seen {
        let seen = arrangement.loaded(&self.address, load);
        self.requests += seen.requests;
        seen
    }

    fn schedule_sink(&self, arrangement: &Arrangement, class: &str) {
        if let Client::Own(_) = arrangement.client {
            let mut change = Command::new("chrt");
            run(change.args(["--all-tasks", class, "--pid", "0", &self.sink.id().to_string()]))
                .expect_success("chrt");
        }
    }

    fn end(mut self) -> End {
        let memory = resident(self.service.id());
        kill(Pid::from_raw(self.service.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
        assert!(self.service.wait().unwrap().success(), "{}", self.name);
        drop(self.sink.stdin.take());
        let mut spans = String::new();
        self.counted.read_to_string(&mut spans).unwrap();
        self.sink.wait().unwrap();
        End { memory, spans: spans.trim().parse::<f64>().unwrap() / self.requests }
    }
}

/// Measures a go statement without an active span, in turns.
fn go_statement(binaries: &[PathBuf; 2]) {
    let mut taken = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (binary, taken) in binaries.iter().zip(&mut taken) {
            let mut command = Command::new("taskset");
            command
                .args(["-c", "0"])
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

fn show(name: &str, own: &[Round], plain: &[Round], end: &End, plain_end: &End) {
    let cell = |of: fn(&Round) -> f64| {
        let mut ratios: Vec<f64> = own.iter().zip(plain).map(|(a, b)| of(a) / of(b)).collect();
        ratios.sort_by(f64::total_cmp);
        let (low, high) = (ratios[ratios.len() / 4], ratios[ratios.len() - 1 - ratios.len() / 4]);
        format!("{:.1} ({:.2}, {low:.2}-{high:.2})", median(own.iter().map(of).collect()), median(ratios))
    };
    let each = median(own.iter().zip(plain).map(|(a, b)| a.cpu - b.cpu).collect());
    println!(
        "{name:<28} {:<24} {:<24} {:<24} {:<14} {:>8.4} {each:>10.2}",
        cell(|r| r.cpu),
        cell(|r| r.rate),
        cell(|r| r.p99),
        format!("{:.1} ({:.2})", end.memory, end.memory / plain_end.memory),
        end.spans
    );
}

/// Starts a program that prints one line first, and reads that line.
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

impl Arrangement {
    fn loaded(&self, address: &str, load: Load) -> Seen {
        let mut command = Command::new("taskset");
        command.args(["-c", self.others]);
        match &self.client {
            Client::Own(binary) => own(command.arg(binary), address, load),
            Client::Hey(binary) => hey(command.arg(binary), address, load),
        }
    }
}

fn own(command: &mut Command, address: &str, load: Load) -> Seen {
    let rate = match load {
        Load::Full => 0.0,
        Load::Rate(rate) => rate,
    };
    let output = run(command.args([address, CONNECTIONS, SECONDS, TRACEPARENT, &format!("{rate:.0}")]));
    let line = output.expect_success("load").stdout.trim().to_owned();
    let mut numbers = line.split(' ').map(|word| word.parse::<f64>().unwrap());
    let mut next = || numbers.next().unwrap();
    Seen { requests: next(), seconds: next(), p99: next() }
}

fn hey(command: &mut Command, address: &str, load: Load) -> Seen {
    command.args(["-z", &format!("{SECONDS}s"), "-c", CONNECTIONS, "-H", TRACEPARENT]);
    if let Load::Rate(rate) = load {
        let each = rate / CONNECTIONS.parse::<f64>().unwrap();
        command.args(["-q", &format!("{each:.1}")]);
    }
    let output = run(command.arg(format!("http://{address}/ping")));
    let report = output.expect_success("hey").stdout.as_str();
    let number = |before: &str, after: &str| -> f64 {
        let (_, rest) = report.split_once(before).unwrap_or_else(|| panic!("{report}"));
        rest.split_once(after).unwrap().0.trim().parse().unwrap()
    };
    assert!(!report.contains("Error distribution"), "{report}");
    Seen {
        requests: number("Status code distribution:\n  [200]", "responses"),
        seconds: number("Total:", "secs"),
        p99: number("99%% in", "secs") * 1e6,
    }
}

/// CPU seconds of a process.
fn cpu(id: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: f64 = [fields[11], fields[12]].iter().map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / 100.0 // USER_HZ, the same on every system that Go runs on
}

/// The greatest resident memory of a process, in megabytes.
fn resident(id: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
