//! The arguments of `goagent build`: goagent's own flags, go's flags, packages, the program's
//! arguments.

use camino::Utf8PathBuf;

use super::options::{self, BuildOptions};
use crate::gotool::GoVariables;
use crate::gotool::flags::{self, Flag, Words};
use crate::toolexec::protocol;

/// A command line, taken apart.
#[derive(Debug)]
pub struct Invocation {
    /// `build`, `run`, `test` or `install`.
    pub command: String,
    /// Go's part.
    pub words: Words,
    /// Goagent's part.
    pub options: BuildOptions,
}

impl Invocation {
    /// Takes the arguments apart.
    pub fn parse(command: &str, words: &[String]) -> Self {
        let own = options::own_options();
        let mut words = flags::parse(words, command, &own);
        let (ours, flags): (Vec<Flag>, Vec<Flag>) = words.flags.into_iter().partition(|flag| own.has(flag));
        words.flags = flags;
        Self { command: command.to_owned(), words, options: BuildOptions::from_flags(&ours) }
    }

    /// Returns true if go's own short help is asked for, by `-h` or `-help`.
    pub fn asks_go_for_help(&self) -> bool {
        self.words.flags.iter().any(|flag| matches!(flag.name.as_str(), "h" | "help"))
    }

    /// Returns true if goagent itself started this command in place of `go`, through a wrapper: the
    /// outer goagent then does the work.
    pub fn is_below_goagent(&self) -> bool {
        flags::last(&self.words.flags, "toolexec").is_some_and(|value| value.contains(protocol::SESSION))
    }

    /// Returns all of go's flags. GOFLAGS come first, as for go.
    pub fn all_flags(&self, env: &GoVariables) -> Vec<Flag> {
        let mut all = flags::parse_goflags(env.get("GOFLAGS"));
        all.extend(self.words.flags.iter().cloned());
        all
    }

    /// Returns the arguments for go: its flags, then ours, then packages and the program's
    /// arguments. The user's `-toolexec` is left out if ours is given, which runs it.
    pub fn for_go(&self, ours: &[String]) -> Vec<String> {
        let is_chained = |ours: &[String]| ours.iter().any(|word| word.starts_with("-toolexec="));
        let chained = |flag: &&Flag| !is_chained(ours) || flag.name != "toolexec";
        let (first, others): (Vec<&Flag>, Vec<&Flag>) =
            self.words.flags.iter().filter(chained).partition(|flag| flag.name == "C");
        let mut out = vec![self.command.clone()];
        out.extend(first.into_iter().chain(others).map(Flag::word));
        out.extend(ours.iter().cloned());
        out.extend(self.words.packages.iter().cloned());
        out.extend(self.words.rest.iter().cloned());
        out
    }

    /// Returns the arguments that compile everything and link nothing.
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

    /// Returns the packages, `.` if none is named.
    pub fn packages(&self) -> Vec<String> {
        if self.words.packages.is_empty() { vec![".".to_owned()] } else { self.words.packages.clone() }
    }

    /// Returns true if packages are named with a version, `example.com/cmd@latest`: they are built
    /// outside any module.
    pub fn is_versioned(&self) -> bool {
        matches!(self.command.as_str(), "run" | "install")
            && self.words.packages.iter().any(|p| p.contains('@'))
    }

    /// Returns the folder that go works in.
    pub fn dir(&self) -> Utf8PathBuf {
        let cwd = std::env::current_dir().ok().and_then(|dir| Utf8PathBuf::from_path_buf(dir).ok());
        cwd.unwrap_or_default().join(flags::last(&self.words.flags, "C").unwrap_or_default())
    }
}
