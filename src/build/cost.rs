//! The cost of a build: the number of packages that go compiled, and the time that goagent itself
//! took.
//!
//! In: the graph that `go build -debug-actiongraph=FILE` writes when it is done, and clocks. Out:
//! two numbers. The tool processes do nothing for this, and stay as cheap as they are.

use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use crate::diagnostic::counted;
use crate::gotool::flags::{self, Flag};
use crate::report::BuildCost;

/// The flag that names the file.
const FLAG: &str = "debug-actiongraph";

/// Compiles of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileCount {
    /// Number of packages that were compiled in this build.
    pub again: usize,
    /// Number of all its packages; the others came from the cache.
    pub all: usize,
}

/// The file to which go writes its steps.
#[derive(Debug)]
pub struct Graph {
    file: Utf8PathBuf,
    /// Removes the file at the end, if it is goagent's.
    _own: Option<tempfile::TempPath>,
    flag: Option<String>,
}

/// A step of a build. Steps that were not needed ran no command.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Action {
    mode: String,
    package: String,
    cmd: Option<serde_json::Value>,
}

impl Graph {
    /// Returns the file for a build with these flags: the user's own, if they name one.
    pub fn new(flags: &[Flag], dir: &Utf8Path) -> Option<Self> {
        if let Some(file) = flags::last(flags, FLAG) {
            return Some(Self { file: dir.join(file), _own: None, flag: None });
        }
        let own = tempfile::Builder::new().prefix("goagent-graph-").suffix(".json").tempfile().ok()?;
        let own = own.into_temp_path();
        let file = Utf8PathBuf::from_path_buf(own.to_path_buf()).ok()?;
        let flag = format!("-{FLAG}={file}");
        Some(Self { file, _own: Some(own), flag: Some(flag) })
    }

    /// The flag to add to go's flags; none if the user has given it.
    pub fn flag(&self) -> impl Iterator<Item = &String> {
        self.flag.iter()
    }

    /// Returns the compiles that the file lists; `None` if go wrote nothing that is understood.
    pub fn compiled(&self) -> Option<CompileCount> {
        compiled(&std::fs::read(&self.file).ok()?)
    }
}

fn compiled(graph: &[u8]) -> Option<CompileCount> {
    let actions: Vec<Action> = serde_json::from_slice(graph).ok()?;
    let builds = actions.iter().filter(|action| action.mode == "build" && action.package != "unsafe");
    let again = builds.clone().filter(|action| action.cmd.is_some()).count();
    Some(CompileCount { again, all: builds.count() }).filter(|found| found.all > 0)
}

/// The time that goagent itself takes, which excludes go's builds.
#[derive(Debug)]
pub struct Clock {
    begun: Instant,
    in_go: Duration,
}

impl Clock {
    /// Starts the clock now.
    pub fn start() -> Self {
        Self { begun: Instant::now(), in_go: Duration::ZERO }
    }

    /// Runs go's build, whose time does not count.
    pub fn time_go<T>(&mut self, build: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = build();
        self.in_go += begun.elapsed();
        done
    }

    /// Returns goagent's own time so far.
    pub fn own_time(&self) -> Duration {
        self.begun.elapsed().saturating_sub(self.in_go)
    }
}

/// The cost of a build.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// The compiles, if go reported them.
    pub compiled: Option<CompileCount>,
    /// The time that goagent itself took.
    pub own: Duration,
}

impl Cost {
    /// Returns a line for people.
    pub fn line(&self) -> String {
        let tenths = self.own.as_millis().div_ceil(100);
        let own = format!("goagent itself took {}.{} s", tenths / 10, tenths % 10);
        match self.compiled {
            Some(CompileCount { again, all }) => {
                format!("compiled {again} of {}; {own}", counted(all, "package"))
            }
            None => own,
        }
    }

    /// Returns the same for the JSON report.
    pub fn expense(&self) -> BuildCost {
        BuildCost {
            compiled: self.compiled.map(|found| found.again),
            packages: self.compiled.map(|found| found.all),
            own_ms: u64::try_from(self.own.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_ran_a_command_are_compiles() {
        let graph = br#"[
            {"ID":0,"Mode":"link","Package":"m","Cmd":["link"]},
            {"ID":1,"Mode":"build","Package":"m","Cmd":["compile"],"CmdReal":1},
            {"ID":2,"Mode":"build check cache","Package":"m"},
            {"ID":3,"Mode":"build","Package":"fmt"},
            {"ID":4,"Mode":"build","Package":"unsafe"},
            {"ID":5,"Mode":"nop"}
        ]"#;
        let found = compiled(graph);
        assert_eq!(found, Some(CompileCount { again: 1, all: 2 }));
        assert_eq!((compiled(b"[]"), compiled(b"")), (None, None));
        let cost = |compiled, ms| Cost { compiled, own: Duration::from_millis(ms) }.line();
        assert_eq!(cost(found, 1210), "compiled 1 of 2 packages; goagent itself took 1.3 s");
        assert_eq!(cost(None, 0), "goagent itself took 0.0 s");
    }

    #[test]
    fn a_graph_of_the_users_own_is_left_to_go() {
        let flags = flags::parse_goflags("-debug-actiongraph=g.json");
        let graph = Graph::new(&flags, Utf8Path::new("/m")).unwrap();
        assert_eq!((graph.file.as_str(), graph.flag().count()), ("/m/g.json", 0));
        let graph = Graph::new(&[], Utf8Path::new("/m")).unwrap();
        assert_eq!(graph.flag().count(), 1);
        assert_eq!(graph.compiled(), None);
    }
}
