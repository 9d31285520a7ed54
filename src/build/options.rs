//! goagent's own flags: their names, their values, and the help.
//!
//! In: the flags that have been separated from go's. Out: [`BuildOptions`], with mistakes in words.
//! The declarations below are the only list of these flags; any other code that needs the list asks
//! clap.

use camino::Utf8PathBuf;
use clap::builder::BoolishValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::gotool::flags::{Flag, OwnFlags};

/// The values of goagent's own flags.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is a flag of its own
pub struct BuildOptions {
    /// Bundles besides the standard one: `FILE` or `FILE@blake3:DIGEST`.
    pub bundles: Vec<String>,
    /// True if the standard plugins are left out.
    pub no_std: bool,
    /// True if a rule that cannot be woven is an error.
    pub strict: bool,
    /// True if every rule is named.
    pub verbose: bool,
    /// The destination of the report.
    pub report: ReportTo,
    /// The `goagent.toml` to read.
    pub config: ConfigFile,
    /// Plugins and rules that are switched on or off, in the order written.
    pub switches: Vec<(String, bool)>,
    /// Messages about flags that are not understood.
    pub mistakes: Vec<String>,
    /// True if the types of the named packages are checked, and as little as possible is compiled.
    pub types_only: bool,
    /// True if help is wanted.
    pub help: bool,
}

/// The choice of the `goagent.toml` to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ConfigFile {
    /// The one beside `go.mod`, if there is one.
    #[default]
    Nearest,
    /// This file.
    Named(Utf8PathBuf),
    /// No file.
    Nowhere,
}

/// The destination of the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ReportTo {
    /// Lines for people, on standard error.
    #[default]
    Text,
    /// One line of JSON in their place.
    Json,
    /// JSON to a file; the lines are printed as usual.
    File(Utf8PathBuf),
}

impl BuildOptions {
    /// Reads goagent's flags.
    pub fn from_flags(flags: &[Flag]) -> Self {
        let words = flags.iter().map(|flag| match &flag.value {
            Some(value) => format!("--{}={value}", flag.name),
            None => format!("--{}", flag.name),
        });
        match own_flags(Command::new("goagent").no_binary_name(true)).try_get_matches_from(words) {
            Ok(matches) => Self::read(&matches),
            Err(error) => Self { mistakes: vec![first_line(&error)], ..Self::default() },
        }
    }

    fn read(matches: &ArgMatches) -> Self {
        let all = |name: &str| matches.get_many::<String>(name).unwrap_or_default().cloned().collect();
        let config = match matches.get_one::<Utf8PathBuf>("config") {
            Some(path) => ConfigFile::Named(path.clone()),
            None if matches.get_flag("no-config") => ConfigFile::Nowhere,
            None => ConfigFile::Nearest,
        };
        Self {
            bundles: all("bundle"),
            no_std: matches.get_flag("no-std"),
            strict: matches.get_flag("strict"),
            verbose: matches.get_flag("verbose"),
            report: matches.get_one::<ReportTo>("report").cloned().unwrap_or_default(),
            config,
            switches: switches(matches),
            mistakes: Vec::new(),
            types_only: matches.get_flag("types-only"),
            help: matches.get_flag("help"),
        }
    }
}

/// Returns the names that are switched on and off, in the order written.
fn switches(matches: &ArgMatches) -> Vec<(String, bool)> {
    let mut all = Vec::new();
    for (name, on) in [("disable", false), ("enable", true)] {
        let names = matches.get_many::<String>(name).unwrap_or_default();
        all.extend(matches.indices_of(name).unwrap_or_default().zip(names.map(move |name| (name, on))));
    }
    all.sort_by_key(|(at, _)| *at);
    let trimmed = all.into_iter().map(|(_, (name, on))| (name.trim().to_owned(), on));
    trimmed.filter(|(name, _)| !name.is_empty()).collect()
}

/// Returns clap's message without its frame: `invalid value 'xml' for '--report <json|json:FILE>':
/// write …`.
fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn report_to(to: &str) -> Result<ReportTo, String> {
    match to.split_once(':') {
        None if to == "text" => Ok(ReportTo::Text),
        None if to == "json" => Ok(ReportTo::Json),
        Some(("json", file)) if !file.is_empty() => Ok(ReportTo::File(file.into())),
        _ => Err("write text, json, or json:FILE".to_owned()),
    }
}

/// Returns the names of goagent's own flags, divided into those with and without a value.
pub fn own_options() -> OwnFlags {
    let mut command = own_flags(Command::new("goagent"));
    command.build();
    let takes_value = |arg: &&Arg| arg.get_num_args().is_some_and(|range| range.min_values() > 0);
    let (values, switches): (Vec<&Arg>, Vec<&Arg>) = command.get_arguments().partition(takes_value);
    let names = |args: Vec<&Arg>| args.iter().filter_map(|arg| arg.get_long()).map(str::to_owned).collect();
    OwnFlags { switches: names(switches), values: names(values) }
}

/// Declares a flag that is on or off; `--name=false` takes it back.
fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .help(help)
        .action(ArgAction::Set)
        .num_args(0..=1)
        .require_equals(true)
        .default_value("false")
        .default_missing_value("true")
        .hide_default_value(true)
        .hide_possible_values(true)
        .value_parser(BoolishValueParser::new())
        .value_name("BOOL")
}

fn value(name: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value_name).help(help).action(ArgAction::Set)
}

/// Adds goagent's own flags to a command. If a flag is repeated, the last one counts, as with go's
/// flags.
fn own_flags(command: Command) -> Command {
    let names = |name, help| value(name, "NAME", help).action(ArgAction::Append).value_delimiter(',');
    let report = "The report for programs: in place of the text, or to a file";
    command
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args_override_self(true)
        .arg(
            value(
                "bundle",
                "FILE[@blake3:DIGEST]",
                "Rules compiled by gorulec, besides the standard ones; repeatable",
            )
            .action(ArgAction::Append),
        )
        .arg(switch("no-std", "Leave the standard plugins out"))
        .arg(names("disable", "Switch off a plugin, a plugin/rule, or all (*); the last one counts"))
        .arg(names("enable", "Switch it on again"))
        .arg(switch("strict", "What cannot be woven is an error"))
        .arg(switch("verbose", "Name every woven rule, and libraries without a plugin"))
        .arg(value("report", "json|json:FILE", report).value_parser(report_to))
        .arg(
            value("config", "FILE", "Another goagent.toml than the one beside go.mod")
                .value_parser(value_parser!(Utf8PathBuf)),
        )
        .arg(switch("no-config", "No goagent.toml"))
        .arg(switch("types-only", "For gorulec: check types, and make no archive").hide(true))
        .arg(Arg::new("help").long("help").help("Print this").action(ArgAction::SetTrue))
}

/// Declares goagent and all its commands with their flags, for the help.
pub fn program() -> Command {
    let go = |name: &'static str, about: &'static str| {
        let usage = format!("goagent {name} [goagent's flags and go's] [packages]");
        let go = format!("Go's flags and packages are as for `go {name}`; see `go help {name}`.");
        own_flags(Command::new(name).about(about).override_usage(usage).after_help(go))
    };
    let planned = |name: &'static str, words: &str, about: &'static str| {
        let usage = format!("goagent {name} {words}[goagent's flags and go's] [packages]");
        let go = "Go's flags and packages are those of the build: see `go help build`.";
        own_flags(Command::new(name).about(about).override_usage(usage).after_help(go))
    };
    let help = || Arg::new("help").long("help").short('h').help("Print this").action(ArgAction::SetTrue);
    Command::new("goagent")
        .about("Gives Go programs traces and metrics at compile time")
        .override_usage("goagent COMMAND [flags] [packages]")
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .disable_help_flag(true)
        .arg(help())
        .arg(
            Arg::new("version")
                .long("version")
                .short('V')
                .help("Print goagent's version")
                .action(ArgAction::SetTrue),
        )
        .subcommand(go("build", "As `go build`, with the rules applied"))
        .subcommand(go("run", "As `go run`, with the rules applied"))
        .subcommand(go("test", "As `go test`, with the rules applied"))
        .subcommand(go("install", "As `go install`, with the rules applied"))
        .subcommand(planned("plan", "", "Show what a build would weave, without building"))
        .subcommand(planned(
            "diff",
            "PACKAGE ",
            "Show the woven files of one package of a build against the originals",
        ))
        .subcommand(
            Command::new("inspect")
                .about("Show what was woven into a binary, or what is in a bundle")
                .override_usage("goagent inspect BINARY\n       goagent inspect --bundle FILE")
                .disable_help_flag(true)
                .arg(
                    Arg::new("binary")
                        .value_name("BINARY")
                        .help("A program that goagent has built; nothing else is read"),
                )
                .arg(value("bundle", "FILE", "A bundle: its plugins and rules, and its digest"))
                .arg(help()),
        )
        .subcommand(planned("doctor", "", "Say what helps or hinders builds here, with remedies"))
        .after_help(AFTER)
}

const AFTER: &str = "`goagent COMMAND --help` lists the flags. Every other command is go's, as `goagent mod tidy` and `goagent version`.\n\
    \n\
    GOAGENT=off takes goagent out of a build. GOAGENT_CACHE names the folder for goagent's own files.";

/// Returns the help of one of goagent's commands, or of goagent itself.
pub fn help(command: Option<&str>) -> String {
    let mut program = program();
    program.build();
    let found = command.and_then(|name| program.find_subcommand_mut(name).cloned());
    found.unwrap_or(program).render_help().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> BuildOptions {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let own = own_options();
        let flags = crate::gotool::flags::parse(&words, "build", &own).flags;
        assert!(flags.iter().all(|flag| own.has(flag)), "{flags:?}");
        BuildOptions::from_flags(&flags)
    }

    #[test]
    fn the_declarations_are_sound() {
        program().debug_assert();
        own_flags(Command::new("goagent")).debug_assert();
    }

    #[test]
    fn flags_with_and_without_a_value() {
        let options =
            read(&["--strict", "--bundle", "a", "--verbose=false", "--bundle=b", "--report", "json:x"]);
        assert_eq!(
            (options.strict, options.verbose, options.bundles),
            (true, false, vec!["a".into(), "b".into()])
        );
        assert_eq!((options.report, options.mistakes), (ReportTo::File("x".into()), Vec::<String>::new()));
        let options = read(&[
            "--strict",
            "--strict=false",
            "--no-config",
            "--config=x",
            "--report=json",
            "--report=text",
        ]);
        assert_eq!((options.strict, options.report), (false, ReportTo::Text));
        assert_eq!(options.config, ConfigFile::Named("x".into()));
        assert!(read(&["--help"]).help);
    }

    #[test]
    fn switches_keep_their_order() {
        let options = read(&["--disable", "a, b", "--enable=a", "--disable=c,"]);
        let named =
            |list: &[(&str, bool)]| list.iter().map(|(n, on)| ((*n).to_owned(), *on)).collect::<Vec<_>>();
        assert_eq!(options.switches, named(&[("a", false), ("b", false), ("a", true), ("c", false)]));
    }

    #[test]
    fn mistakes_are_one_line() {
        for (words, part) in [
            (&["--report", "xml"][..], "write text, json, or json:FILE"),
            (&["--strict=maybe"], "'maybe' for '--strict"),
            (&["--bundle"], "a value is required for '--bundle"),
        ] {
            let mistakes = read(words).mistakes;
            assert!(
                mistakes.len() == 1 && mistakes[0].contains(part) && !mistakes[0].contains('\n'),
                "{mistakes:?}"
            );
        }
    }

    #[test]
    fn every_command_lists_its_flags() {
        for name in ["build", "run", "test", "install", "plan", "diff", "doctor"] {
            let text = help(Some(name));
            let shown = own_flags(Command::new("goagent"));
            for flag in shown.get_arguments().filter(|flag| !flag.is_hide_set()).filter_map(Arg::get_long) {
                assert!(text.contains(&format!("--{flag}")), "{flag} is not in:\n{text}");
            }
            assert!(text.contains(&format!("goagent {name} ")), "{text}");
        }
        assert!(help(Some("inspect")).contains("BINARY"));
        assert!(help(None).contains("doctor"));
    }
}
