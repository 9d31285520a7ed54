//! The build front end's command line: arguments only.
//!
//! The role of a tool process is decided first: go starts hundreds of them.

use std::process::ExitCode;

use gorule::gotool::child;

const USAGE: &str = "goagent gives a Go program traces at compile time.

usage:
  goagent build|run|test|install [flags] [packages]   as `go` takes them
  goagent plan [flags] [packages]         what a build would weave, without building
  goagent diff PACKAGE [flags] [packages] the woven files of one package against the originals
  goagent inspect BINARY                  what was woven into a binary, from the binary alone
  goagent inspect --bundle FILE           the plugins and rules of a bundle, and its digest
  goagent doctor [flags]                  what helps or hinders builds here, with remedies
  goagent version
  goagent toolexec                        run by `go build -toolexec`, not by people

flags of goagent's own, with two dashes, among go's:
  --bundle FILE[@blake3:DIGEST]  rules compiled by gorulec, besides the standard ones (repeatable)
  --no-std                       leave the standard plugins out
  --disable NAME, --enable NAME  switch a plugin, a plugin/rule or all (*) off or on (repeatable; the last one counts)
  --strict                       what cannot be woven is an error
  --verbose                      name every rule that was woven
  --report json|json:FILE        the report for programs: on standard error in place of the text, or in a file
  --config FILE, --no-config     another goagent.toml than the one beside go.mod, or none

GOAGENT=off takes goagent out of a build. GOAGENT_CACHE names the folder for goagent's own files.
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
    if command == child::UNDER {
        return child::run_under(arguments);
    }
    let words: Vec<String> = arguments.map(|word| word.to_string_lossy().into_owned()).collect();
    match command.to_str() {
        Some(command @ ("build" | "run" | "test" | "install")) => gorule::build::run(command, &words),
        Some(command @ ("plan" | "diff" | "inspect")) => gorule::build::show::run(command, &words),
        Some("doctor") => gorule::build::doctor::run(&words),
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
