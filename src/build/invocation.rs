//! The words behind `goagent build`: goagent's own flags, go's flags, packages, the program's arguments.

use camino::Utf8PathBuf;

use crate::gotool::GoEnv;
use crate::gotool::flags::{self, Flag, Words};

/// goagent's own flags.
#[derive(Debug, Default)]
pub struct Options {
    /// Bundles besides the standard one: `FILE` or `FILE@blake3:DIGEST`.
    pub bundles: Vec<String>,
    /// Without the standard plugins.
    pub no_std: bool,
    /// What cannot be woven is an error.
    pub strict: bool,
    /// Every rule is named.
    pub verbose: bool,
    /// Where the report goes.
    pub report: ReportTo,
    /// The `goagent.toml` to read.
    pub config: ConfigFile,
    /// Plugins and rules that are switched on or off, in the order written.
    pub switches: Vec<(String, bool)>,
    /// Flags that say nothing that is understood.
    pub mistakes: Vec<String>,
}

/// Which `goagent.toml` is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ConfigFile {
    /// The one beside `go.mod`, if there is one.
    #[default]
    Nearest,
    /// This one.
    Named(Utf8PathBuf),
    /// None.
    Nowhere,
}

/// Where the report goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ReportTo {
    /// Lines for people, on standard error.
    #[default]
    Text,
    /// One line of JSON in their place.
    Json,
    /// JSON to a file; the lines as ever.
    File(Utf8PathBuf),
}

impl Options {
    /// Takes a flag that is ours.
    fn take(&mut self, flag: &Flag) -> bool {
        if !flag.double {
            return false;
        }
        match (flag.name.as_str(), &flag.value) {
            ("bundle", Some(file)) => self.bundles.push(file.clone()),
            ("config", Some(file)) => self.config = ConfigFile::Named(file.into()),
            ("report", Some(to)) => self.report_to(to),
            ("disable" | "enable", Some(names)) => {
                let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
                self.switches.extend(names.map(|name| (name.to_owned(), flag.name == "enable")));
            }
            ("bundle" | "config" | "report" | "disable" | "enable", None) => {
                self.mistakes.push(format!("--{} needs a value; see `goagent help`", flag.name));
            }
            ("no-std" | "strict" | "verbose" | "no-config", value) => {
                self.switch(&flag.name, value.as_deref());
            }
            _ => return false,
        }
        true
    }

    fn switch(&mut self, name: &str, value: Option<&str>) {
        let on = match value {
            None | Some("true") => true,
            Some("false") => false,
            Some(other) => {
                self.mistakes
                    .push(format!("--{name}={other}: write --{name}, --{name}=true or --{name}=false"));
                return;
            }
        };
        match name {
            "no-std" => self.no_std = on,
            "strict" => self.strict = on,
            "verbose" => self.verbose = on,
            _ if on => self.config = ConfigFile::Nowhere,
            _ => {}
        }
    }

    fn report_to(&mut self, to: &str) {
        match to.split_once(':') {
            None if to == "text" => self.report = ReportTo::Text,
            None if to == "json" => self.report = ReportTo::Json,
            Some(("json", file)) if !file.is_empty() => self.report = ReportTo::File(file.into()),
            _ => self.mistakes.push(format!("--report {to}: write text, json, or json:FILE")),
        }
    }
}

/// A command line, taken apart.
#[derive(Debug)]
pub struct Invocation {
    /// `build`, `run`, `test` or `install`.
    pub command: String,
    /// What is go's.
    pub words: Words,
    /// What is goagent's.
    pub options: Options,
}

impl Invocation {
    /// Takes the words apart.
    pub fn parse(command: &str, words: &[String]) -> Self {
        let mut words = flags::parse(words, command);
        let mut options = Options::default();
        words.flags.retain(|flag| !options.take(flag));
        Self { command: command.to_owned(), words, options }
    }

    /// All of go's flags. GOFLAGS count first, as for go.
    pub fn all_flags(&self, env: &GoEnv) -> Vec<Flag> {
        let mut all = flags::parse_goflags(env.get("GOFLAGS"));
        all.extend(self.words.flags.iter().cloned());
        all
    }

    /// The words for go: its flags, then ours, then packages and the program's arguments. The user's `-toolexec` is run by
    /// ours.
    pub fn for_go(&self, ours: &[String]) -> Vec<String> {
        let chained = |flag: &&Flag| ours.is_empty() || flag.name != "toolexec";
        let (first, others): (Vec<&Flag>, Vec<&Flag>) =
            self.words.flags.iter().filter(chained).partition(|flag| flag.name == "C");
        let mut out = vec![self.command.clone()];
        out.extend(first.into_iter().chain(others).map(Flag::word));
        out.extend(ours.iter().cloned());
        out.extend(self.words.packages.iter().cloned());
        out.extend(self.words.rest.iter().cloned());
        out
    }

    /// The words that compile everything and link nothing.
    pub fn compile_only(&self, ours: &[String]) -> Vec<String> {
        let skipped = ["exec", "o", "x", "n", "v", "work", "toolexec"];
        let flags = self.words.flags.iter().filter(|f| !skipped.contains(&f.name.as_str()));
        let mut out = vec!["build".to_owned()];
        out.extend(flags.map(Flag::word));
        out.extend(ours.iter().cloned());
        out.push(format!("-o={}", if cfg!(windows) { "NUL" } else { "/dev/null" }));
        out.extend(self.words.packages.iter().cloned());
        out
    }

    /// The packages, `.` where none is named.
    pub fn packages(&self) -> Vec<String> {
        if self.words.packages.is_empty() { vec![".".to_owned()] } else { self.words.packages.clone() }
    }

    /// Whether packages are named with a version, `example.com/cmd@latest`: they are built outside of any module.
    pub fn is_versioned(&self) -> bool {
        matches!(self.command.as_str(), "run" | "install")
            && self.words.packages.iter().any(|p| p.contains('@'))
    }

    /// The folder that go works in.
    pub fn dir(&self) -> Utf8PathBuf {
        let cwd = std::env::current_dir().ok().and_then(|dir| Utf8PathBuf::from_path_buf(dir).ok());
        cwd.unwrap_or_default().join(flags::last(&self.words.flags, "C").unwrap_or_default())
    }
}
