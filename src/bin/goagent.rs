//! The build front end's command line: decides which command it is, and whether it is goagent's or
//! go's.
//!
//! The role of a tool process is decided first: go starts hundreds of them. Commands that goagent
//! does not have are go's, so that goagent can take the place of `go`.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use gorule::build::{self, options};
use gorule::gotool::{Go, child, find};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let called = arguments.next().unwrap_or_default();
    let mut words: Vec<OsString> = arguments.collect();
    let first = words.first().map(OsString::as_os_str);
    if first == Some(OsStr::new("toolexec")) {
        words.remove(0);
        return gorule::toolexec::run(words);
    }
    if first == Some(OsStr::new(child::UNDER)) {
        return child::run_under(words.into_iter().skip(1));
    }
    if std::env::var_os(find::PROBE).is_some() {
        println!("{} {}", find::ANSWER, env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    let mut text: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    command_first(&mut text);
    let Some((command, rest)) = text.split_first() else { return bare(is_go(&called)) };
    match command.as_str() {
        "build" | "run" | "test" | "install" => build::run(command, rest),
        "plan" | "diff" | "inspect" => build::show::run(command, rest),
        "doctor" => build::doctor::run(rest),
        "--version" | "-V" => {
            println!("goagent {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        "help" | "--help" | "-h" if !is_go(&called) && is_ours(rest) => {
            print!("{}", options::help(rest.first().map(String::as_str)));
            ExitCode::SUCCESS
        }
        _ => Go::from_path().exec(&words),
    }
}

/// Returns true if goagent is called by a link or a copy with the name of go. Then help is go's.
fn is_go(called: &OsStr) -> bool {
    Path::new(called).file_stem().is_some_and(|stem| stem == "go")
}

/// Returns true if help is wanted on goagent as a whole or on one of its commands.
fn is_ours(about: &[String]) -> bool {
    about.first().is_none_or(|name| options::program().find_subcommand(name).is_some())
}

/// Runs without a command: shows help, or runs go if called by its name.
fn bare(is_go: bool) -> ExitCode {
    if is_go {
        return Go::from_path().exec::<&str>([]);
    }
    eprint!("{}", options::help(None));
    ExitCode::from(2)
}

/// Moves `-C DIR` from before the command to the place after it: go accepts it in both places.
fn command_first(words: &mut [String]) {
    let first = words.first().map(String::as_str).unwrap_or_default();
    let count = match first.strip_prefix("--").or_else(|| first.strip_prefix('-')) {
        Some("C") => 2,
        Some(flag) if flag.starts_with("C=") => 1,
        _ => return,
    };
    if let Some(head) = words.get_mut(..=count) {
        head.rotate_right(1);
    }
}
