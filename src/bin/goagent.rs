//! The build front end's command line: arguments only.
//!
//! The role of a tool process is decided first: go starts hundreds of them.

use std::process::ExitCode;

const USAGE: &str = "goagent gives a Go program traces at compile time.

usage:
  goagent build|run|test|install [flags] [packages]   as `go` takes them, and
      --bundle FILE   rules compiled by gorulec, besides the standard ones (repeatable)
      --no-std        leave the standard plugins out
      --strict        what cannot be woven is an error
      --verbose       name every rule that was woven
  goagent plan [flags] [packages]        what a build would weave, without building
  goagent diff PACKAGE [flags] [packages] the woven files of one package against the originals
  goagent inspect BINARY                 what was woven into a binary, from the binary alone
  goagent version
  goagent toolexec    run by `go build -toolexec`, not by people

GOAGENT_CACHE names the folder for goagent's own files.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(command) = arguments.next() else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    if command == "toolexec" {
        return gorule::toolexec::run(arguments.collect());
    }
    let words: Vec<String> = arguments.map(|word| word.to_string_lossy().into_owned()).collect();
    match command.to_str() {
        Some(command @ ("build" | "run" | "test" | "install")) => gorule::build::run(command, &words),
        Some(command @ ("plan" | "diff" | "inspect")) => gorule::build::show::run(command, &words),
        Some("version" | "--version" | "-V") => {
            println!("goagent {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Some("help" | "--help" | "-h") => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("goagent: there is no command {}; see `goagent help`", command.to_string_lossy());
            ExitCode::from(2)
        }
    }
}
