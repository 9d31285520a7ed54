//! The rule compiler's command line: arguments only.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

use gorule::author::compile::{self, Options, Report, Written};
use gorule::author::types;
use gorule::author::update::{self, Update};
use gorule::diagnostic::render;
use gorule::gotool::Go;

/// Checks .gorule files against the Go packages they are for, and compiles them to a bundle.
#[derive(Parser)]
#[command(name = "gorulec", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check rules and write them to a bundle
    Compile {
        #[command(flatten)]
        input: Input,
        /// Where to write the bundle; it is written only where nothing is wrong
        #[arg(short, long, value_name = "FILE", default_value = "plugins.gobundle")]
        output: Utf8PathBuf,
    },
    /// Check rules and write nothing
    Check {
        #[command(flatten)]
        input: Input,
    },
    /// Compare all rules with every release, and write down in gorule.lock what was seen
    Update {
        #[command(flatten)]
        input: Input,
    },
    /// Show in which releases each rule holds, where not and why, and the widest range
    Versions {
        #[command(flatten)]
        input: Input,
    },
}

#[derive(Args)]
struct Input {
    /// .gorule files, and folders to search for them
    #[arg(required = true, value_name = "DIR_OR_FILE")]
    paths: Vec<Utf8PathBuf>,
    /// Use only what is on this machine: GOROOT and the module cache
    #[arg(long)]
    offline: bool,
    /// Compile only what gorule.lock speaks of, for CI
    #[arg(long)]
    locked: bool,
    /// Do not compile templates with Go; mistakes in types are found when a program is built
    #[arg(long)]
    no_types: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
}

impl Input {
    fn options(&self) -> Options {
        Options { offline: self.offline, locked: self.locked, types: !self.no_types }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    fn wanted(self) -> bool {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => !plain && std::io::stderr().is_terminal(),
        }
    }
}

fn main() -> ExitCode {
    if let Some(code) = as_goagent() {
        return code;
    }
    match Arguments::parse().command {
        Command::Check { input } => {
            let report = run(&input);
            finish(&report, None)
        }
        Command::Update { input } => write_lock(&input),
        Command::Versions { input } => {
            let update = update::update(&input.paths, &Go::from_path(), input.options());
            print!("{}", update::table(&update.examined));
            if update.examined.is_empty() {
                say(&render::to_text(&update.findings, input.color.wanted()));
                return ExitCode::FAILURE;
            }
            ExitCode::SUCCESS
        }
        Command::Compile { input, output } => {
            let report = run(&input);
            let Some(bundle) = &report.bundle else { return finish(&report, None) };
            match compile::write(bundle, &output) {
                Ok(Written { size, digest }) => {
                    let code = finish(&report, Some(format!("wrote {output} ({size} bytes)")));
                    say(&format!("gorulec: {output} has blake3 {digest}\n"));
                    code
                }
                Err(error) => {
                    say(&format!("gorulec: {error}\n"));
                    ExitCode::FAILURE
                }
            }
        }
    }
}

/// To compile templates this program runs itself as goagent, and go runs that for each of its tools.
fn as_goagent() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let first = words.next()?;
    if first == "toolexec" {
        return Some(gorule::toolexec::run(words.collect()));
    }
    if first != types::AS_GOAGENT {
        return None;
    }
    let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    let (command, words) = words.split_first()?;
    Some(gorule::build::run(command, words))
}

/// Compares with every release; writes the lock where all is well.
fn write_lock(input: &Input) -> ExitCode {
    let update = every_release(input);
    let Some(lock) = &update.lock else {
        say("gorulec: gorule.lock is as it was\n");
        return ExitCode::FAILURE;
    };
    for change in &update.changes {
        say(&format!("{change}\n"));
    }
    let written = lock
        .text()
        .map_err(|e| e.to_string())
        .and_then(|text| compile::write_whole(text.as_bytes(), &update.path).map_err(|e| e.to_string()));
    match written {
        Ok(()) => {
            say(&format!("gorulec: wrote {}: {}\n", update.path, counted(lock.rules.len(), "verdict")));
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&format!("gorulec: {} cannot be written: {error}\n", update.path));
            ExitCode::FAILURE
        }
    }
}

fn every_release(input: &Input) -> Update {
    let update = update::update(&input.paths, &Go::from_path(), input.options());
    say(&render::to_text(&update.findings, input.color.wanted()));
    update
}

fn run(input: &Input) -> Report {
    let report = compile::compile(&input.paths, &Go::from_path(), input.options());
    let text = render::to_text(&report.findings, input.color.wanted());
    say(&text);
    report
}

/// One line that says what was done.
fn finish(report: &Report, written: Option<String>) -> ExitCode {
    for line in report.compared() {
        say(&format!("compared {line}\n"));
    }
    let (errors, warnings) = report.counts();
    let summary = match &report.bundle {
        Some(bundle) => {
            let rules = bundle.plugins.iter().flat_map(|p| &p.targets).map(|t| t.rules.len()).sum();
            let mut parts = vec![counted(bundle.plugins.len(), "plugin"), counted(rules, "rule")];
            if warnings > 0 {
                parts.push(counted(warnings, "warning"));
            }
            parts.extend(written);
            parts.join(", ")
        }
        None => {
            format!("{}, {}; nothing was written", counted(errors, "error"), counted(warnings, "warning"))
        }
    };
    say(&format!("gorulec: {summary}\n"));
    if report.bundle.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn counted(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// Writes to standard error; a closed one is no reason to fail.
fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
