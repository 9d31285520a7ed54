//! The rule compiler's command line: its arguments and what it prints.

use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

use gorule::author::compile::{self, CompileOptions, CompileReport, Written};
use gorule::author::output::Format;
use gorule::author::update::{self, Update};
use gorule::author::{AS_GOAGENT, CommandError, Coverage, expand, explain, fmt, new, testing, versions};
use gorule::diagnostic::{Diagnostic, Screen, counted, render, visible};
use gorule::gotool::{Go, child};

/// The exit code if nothing is wrong, but something that should be checked could not be.
const NOT_ALL_LOOKED_AT: u8 = 3;

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
        /// File to write the bundle to; it is written only if nothing is wrong
        #[arg(short, long, value_name = "FILE", default_value = "plugins.gobundle")]
        output: Utf8PathBuf,
    },
    /// Check rules and write nothing
    Check {
        #[command(flatten)]
        input: Input,
    },
    /// Compare all rules with every release, and record in gorule.lock what was seen
    Update {
        #[command(flatten)]
        input: Input,
    },
    /// Compare all rules with every release, and show which releases each rule fits, which it does
    /// not, and why; no template is compiled
    Versions {
        #[command(flatten)]
        input: Input,
    },
    /// Show the Go code that a rule becomes, and the function with the rule woven in
    Expand(Expand),
    /// Run the programs beside plugins, plain and woven, and compare what they emit with what is
    /// expected
    Test(Test),
    /// Format files in the one standard layout
    Fmt {
        /// Write nothing: show what would change, and fail if anything would
        #[arg(long)]
        check: bool,
        /// .gorule files, and folders to search for them; `-` reads standard input and writes
        /// standard output
        #[arg(default_value = ".", value_name = "DIR_OR_FILE")]
        paths: Vec<Utf8PathBuf>,
    },
    /// Write a first plugin for a function, from its real signature; without a function, list those
    /// that can be hooked
    New {
        /// The package as Go code imports it, and perhaps a version: `net/http`,
        /// `github.com/gin-gonic/gin@1.9.0`
        #[arg(value_name = "PACKAGE[@VERSION]")]
        package: String,
        /// The function: `Do`, or `Client.Do` for a method
        function: Option<String>,
        /// Write it to this file, which must not exist, rather than to standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<Utf8PathBuf>,
        /// Use only what is on this machine: GOROOT and the module cache
        #[arg(long)]
        offline: bool,
    },
    /// Explain a diagnostic, with an example and its remedy; without a code, list all of them
    Explain {
        /// A code such as GR0401
        code: Option<String>,
    },
}

#[derive(Args)]
struct Input {
    /// .gorule files, and folders to search for them; `-` reads a file from standard input
    #[arg(required = true, value_name = "DIR_OR_FILE")]
    paths: Vec<Utf8PathBuf>,
    /// Use only what is on this machine: GOROOT and the module cache
    #[arg(long)]
    offline: bool,
    /// Compile only what gorule.lock records, for CI
    #[arg(long)]
    locked: bool,
    /// Do not compile templates with Go; mistakes in types are found when a program is built
    #[arg(long)]
    no_types: bool,
    /// Format of the findings: for people on standard error, for tools on standard output
    #[arg(long, value_enum, default_value_t = OutputFormat::Human, value_name = "FORMAT")]
    format: OutputFormat,
    /// Use colours: only on a terminal (auto), always or never
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
}

impl Input {
    fn options(&self) -> CompileOptions {
        CompileOptions { offline: self.offline, locked: self.locked, types: !self.no_types }
    }
}

#[derive(Args)]
struct Expand {
    /// A .gorule file
    file: Utf8PathBuf,
    /// The rule
    #[arg(long, value_name = "RULE")]
    rule: String,
    /// The version of the package; by default the highest one of the rule's range
    #[arg(long = "version", value_name = "VERSION")]
    at: Option<String>,
    /// Use only what is on this machine: GOROOT and the module cache
    #[arg(long)]
    offline: bool,
}

#[derive(Args)]
struct Test {
    /// Folders of plugins
    #[arg(required = true, value_name = "PLUGIN_DIR")]
    paths: Vec<Utf8PathBuf>,
    /// Record what the programs emit as what is expected
    #[arg(long, conflicts_with = "mutate")]
    accept: bool,
    /// Leave out one rule at a time; some test has to fail then. With a text: only rules whose
    /// PLUGIN/NAME contains it
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "", require_equals = true)]
    mutate: Option<String>,
    /// Versions of the modules under test: lowest, highest, newest, or numbers
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    versions: Vec<String>,
    /// Versions of Go: oldest, newest, local, or names such as go1.22.12
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    go: Vec<String>,
    /// Only programs whose PLUGIN/NAME contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Number of runs at once; by default half the number of processors
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Use only what is on this machine: GOROOT and the module cache
    #[arg(long)]
    offline: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    /// With the source and a remedy
    Human,
    /// One line for each: file:line:column: severity[code]: message
    Short,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

impl From<OutputFormat> for Format {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Human => Self::Human,
            OutputFormat::Short => Self::Short,
            OutputFormat::Json => Self::Json,
            OutputFormat::Sarif => Self::Sarif,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// The way in which findings are written to standard error.
    fn screen(self) -> Screen {
        let screen = Screen::new(std::io::stderr().is_terminal(), |name| std::env::var_os(name));
        match self {
            Self::Always => Screen { color: true, ..screen },
            Self::Never => Screen { color: false, ..screen },
            Self::Auto => screen,
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
            finish(&input, &report, None)
        }
        Command::Update { input } => write_lock(&input),
        Command::Versions { input } => show_versions(&input),
        Command::Expand(words) => show_rule(words),
        Command::Test(words) => run_tests(words),
        Command::Compile { input, output } => {
            let report = run(&input);
            let Some(bundle) = &report.bundle else { return finish(&input, &report, None) };
            match compile::write(bundle, &output) {
                Ok(Written { size, digest }) => {
                    let code = finish(&input, &report, Some(format!("wrote {output} ({size} bytes)")));
                    print_error(&format!("gorulec: {output} has blake3 {digest}\n"));
                    code
                }
                Err(error) => failed(&error),
            }
        }
        Command::Fmt { check, paths } if paths.iter().any(|path| path == "-") => format_input(check),
        Command::Fmt { check, paths } => format_files(check, &paths),
        Command::New { package, function: Some(function), output, offline } => {
            match new::write(&package, &function, &Go::from_path(), offline) {
                Ok(text) => deliver(&text, output.as_ref()),
                Err(error) => failed(&error),
            }
        }
        Command::New { package, function: None, offline, .. } => candidates(&package, offline),
        Command::Explain { code } => explained(code.as_deref()),
    }
}

fn explained(code: Option<&str>) -> ExitCode {
    match code.map_or_else(|| Ok(explain::list()), explain::explain) {
        Ok(text) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

/// Writes the text of `new` to standard output, or to a file, which must not exist.
fn deliver(text: &str, output: Option<&Utf8PathBuf>) -> ExitCode {
    let Some(path) = output else {
        print(text);
        return ExitCode::SUCCESS;
    };
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => {
            print_error(&format!("gorulec: wrote {path}; `gorulec check {path}` checks it\n"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            print_error(&format!("gorulec: cannot write {path}: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

/// Runs `new` without a function: lists those that can be hooked.
fn candidates(package: &str, offline: bool) -> ExitCode {
    match new::list(package, &Go::from_path(), offline) {
        Ok(found) => {
            let lines = found.iter().map(|f| format!("{}{}  // {}\n", f.name, f.signature, f.place));
            print(&lines.collect::<String>());
            let path = package.split('@').next().unwrap_or_default();
            let many = counted(found.len(), "function");
            print_error(&format!(
                "gorulec: {many}, those with a context first; `gorulec new {path} NAME` writes a plugin for one\n"
            ));
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

/// Runs `fmt -`: formats standard input to standard output.
fn format_input(check: bool) -> ExitCode {
    let mut bytes = Vec::new();
    if let Err(error) = std::io::stdin().read_to_end(&mut bytes) {
        return failed(&error);
    }
    match fmt::text("<stdin>", bytes) {
        Ok((before, after)) => {
            if !check {
                print(&after);
            }
            if check && before != after { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(findings) => {
            print_error(&render::to_screen(&findings, Color::Auto.screen()));
            ExitCode::FAILURE
        }
    }
}

fn format_files(check: bool, paths: &[Utf8PathBuf]) -> ExitCode {
    let report = fmt::format_files(paths);
    print_error(&render::to_screen(&report.findings, Color::Auto.screen()));
    for change in &report.changes {
        if check {
            print(&change.diff());
        } else if let Err(error) = change.write() {
            return failed(&error);
        }
    }
    let changed = counted(report.changes.len(), "file");
    let verb = if check { "to lay out anew" } else { "laid out anew" };
    let unread = counted(report.findings.len(), "error");
    print_error(&format!("gorulec: {changed} of {} {verb}, {unread}\n", report.files));
    let failed = !report.findings.is_empty() || check && !report.changes.is_empty();
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Reports an error that is no finding.
fn failed(error: &dyn std::error::Error) -> ExitCode {
    print_error(&format!("gorulec: {error}\n"));
    ExitCode::FAILURE
}

fn run(input: &Input) -> CompileReport {
    let report = compile::compile(&input.paths, &Go::from_path(), input.options());
    show(input, &report.findings, &report.coverage);
    report
}

/// Shows findings on the stream of the format: for people on standard error, for tools on standard
/// output.
fn show(input: &Input, findings: &[Diagnostic], coverage: &Coverage) {
    let text = Format::from(input.format).show(findings, coverage, input.color.screen());
    if input.format == OutputFormat::Human {
        print_error(&text);
    } else {
        print(&text);
    }
}

/// Runs as goagent if started so: to compile templates this program runs itself as goagent, and go
/// runs that for each of its tools. `None` if it was not started so.
fn as_goagent() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let first = words.next()?;
    if first == "toolexec" {
        return Some(gorule::toolexec::run(words.collect()));
    }
    if first == child::UNDER {
        return Some(child::run_under(words));
    }
    if first != AS_GOAGENT {
        return None;
    }
    let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    let (command, words) = words.split_first()?;
    Some(gorule::build::run(command, words))
}

/// Prints a rule's code.
fn show_rule(words: Expand) -> ExitCode {
    let Expand { file, rule, at, offline } = words;
    let request = expand::ExpandRequest { file, rule, version: at, offline };
    match expand::expand(&request, &Go::from_path()) {
        Ok(text) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Err(why) => nothing_to_show(why),
    }
}

fn nothing_to_show(why: CommandError) -> ExitCode {
    match why {
        CommandError::Findings(findings) => print_error(&render::to_screen(&findings, Color::Auto.screen())),
        CommandError::Because(why) => print_error(&format!("gorulec: {why:#}\n")),
    }
    ExitCode::FAILURE
}

/// Runs the programs beside plugins; writes a line for each run to standard output.
fn run_tests(words: Test) -> ExitCode {
    let Test { paths, accept, mutate, versions, go, only, jobs, offline } = words;
    let request = testing::TestRequest { paths, accept, mutate, versions, go, only, jobs, offline };
    let voice = testing::Messages {
        say: &|line| print(&format!("{line}\n")),
        note: &|line| print_error(&format!("gorulec: {line}\n")),
    };
    match testing::test(&request, &Go::from_path(), voice) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => nothing_to_show(why),
    }
}

/// Compares with every release and shows the results. Nothing is built for it.
fn show_versions(input: &Input) -> ExitCode {
    let options = CompileOptions { types: false, ..input.options() };
    let Update { examined, findings, .. } = update::update(&input.paths, &Go::from_path(), options);
    print(&match input.format {
        OutputFormat::Json => versions::document(&examined),
        _ => versions::table(&examined),
    });
    let beside = versions::beside(findings, &examined);
    print_error(&render::to_screen(&beside, input.color.screen()));
    let failed = beside.iter().any(Diagnostic::is_error) || versions::fails_everywhere(&examined);
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Prints the lines, for people, about what was checked and what was not.
fn show_coverage(input: &Input, coverage: &Coverage) {
    if input.format == OutputFormat::Human {
        coverage.lines().iter().for_each(|line| print_error(&format!("{line}\n")));
    }
}

/// Compares with every release; writes the lock if nothing is wrong.
fn write_lock(input: &Input) -> ExitCode {
    let update = update::update(&input.paths, &Go::from_path(), input.options());
    show(input, &update.findings, &update.coverage);
    show_coverage(input, &update.coverage);
    let Some(lock) = &update.lock else {
        print_error("gorulec: gorule.lock is as it was\n");
        return ExitCode::FAILURE;
    };
    for change in &update.changes {
        print_error(&format!("{change}\n"));
    }
    let written = lock
        .text()
        .map_err(|e| e.to_string())
        .and_then(|text| compile::write_whole(text.as_bytes(), &update.path).map_err(|e| e.to_string()));
    match written {
        Ok(()) => {
            print_error(&format!(
                "gorulec: wrote {}: {}\n",
                update.path,
                counted(lock.rules.len(), "verdict")
            ));
            if update.is_incomplete() { ExitCode::from(NOT_ALL_LOOKED_AT) } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            print_error(&format!("gorulec: {} cannot be written: {error}\n", update.path));
            ExitCode::FAILURE
        }
    }
}

/// Prints one line about what was done.
fn finish(input: &Input, report: &CompileReport, written: Option<String>) -> ExitCode {
    show_coverage(input, &report.coverage);
    let (errors, warnings) = report.counts();
    let summary = match &report.bundle {
        Some(bundle) => {
            let rules = bundle.plugins.iter().flat_map(|p| &p.targets).map(|t| t.rules.len()).sum();
            let mut parts = vec![counted(bundle.plugins.len(), "plugin"), counted(rules, "rule")];
            if warnings > 0 {
                parts.push(counted(warnings, "warning"));
            }
            parts.extend(report.coverage.left().filter(|_| input.format != OutputFormat::Human));
            if report.is_incomplete() {
                parts.push("not everything could be looked at".to_owned());
            }
            parts.extend(written);
            parts.join(", ")
        }
        None => {
            format!("{}, {}; nothing was written", counted(errors, "error"), counted(warnings, "warning"))
        }
    };
    print_error(&format!("gorulec: {summary}\n"));
    match &report.bundle {
        None => ExitCode::FAILURE,
        Some(_) if report.is_incomplete() => ExitCode::from(NOT_ALL_LOOKED_AT),
        Some(_) => ExitCode::SUCCESS,
    }
}

/// Writes to standard output; if it is closed, that is no failure.
fn print(text: &str) {
    let mut out = std::io::stdout();
    // What a rule file holds is not for a terminal to obey.
    let text = if out.is_terminal() { visible(text) } else { text.into() };
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes to standard error; if it is closed, that is no failure.
fn print_error(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
