//! Measures the cost of `gorulec` on the standard plugins, in CPU milliseconds of all processes.
//!
//! `cargo bench --bench rule_cost`. Compiling against the lock; checking one file that the lock
//! knows; checking one with a rule that was just edited, with and without the facts that earlier
//! runs found in the source of the packages; and checking one with those facts, but with all of its
//! rules to be compared. These leave out types. With types: gin's plugin with an edited template,
//! which goes through the Go compiler in several releases of gin; then the same file again, and
//! with a comment edited. Go's build cache is warm. Medians of several runs; the numbers are for a
//! reader, not assertions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "measure/common.rs"]
mod common;
mod measure;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::process::run;
use measure::{children, median};

const GORULEC: &str = env!("CARGO_BIN_EXE_gorulec");
const ROUNDS: u32 = 9;

/// A copy of the plugins, with its own caches.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        common::copy::copy_folder(&common::repository().join("plugins"), &folder.path().join("plugins"));
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs gorulec in the copy, and returns its CPU milliseconds.
    fn run(&self, words: &[&str]) -> f64 {
        let before = children();
        let mut command = Command::new(GORULEC);
        command.args(words).current_dir(self.folder.path()).env("GOAGENT_CACHE", self.path("goagent"));
        run(&mut command).expect_success("gorulec");
        (children() - before) * 1e3
    }

    /// Runs `go env`, and returns its CPU milliseconds.
    fn go_env(&self) -> f64 {
        let before = children();
        run(Command::new("go").arg("env").current_dir(self.folder.path())).expect_success("go env");
        (children() - before) * 1e3
    }

    /// Changes a rule of net_http: another template, the same function.
    fn edit(&self, number: u32) {
        self.replace("net_http", "exit {\n", &format!("exit {{\n                _ = {number}\n"));
    }

    /// Writes a plugin with a text replaced.
    fn replace(&self, plugin: &str, from: &str, to: &str) {
        let file = format!("plugins/{plugin}/{plugin}.gorule");
        let text = std::fs::read_to_string(common::repository().join(&file)).unwrap();
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text, "the plugin has no `{from}` to be edited");
        std::fs::write(self.path(&file), edited).unwrap();
    }

    fn forget(&self, folder: &str) {
        let path = self.path("goagent").join(folder);
        if path.exists() {
            std::fs::remove_dir_all(path).unwrap();
        }
    }
}

fn main() {
    let bench = Bench::new();
    let plugins = bench.path("plugins");
    println!(
        "{} plugins, {} templates in {} rules",
        files(&plugins),
        words(&plugins, &["enter", "exit", "before", "replace"]),
        words(&plugins, &["rule", "bare"])
    );
    let compile = ["compile", "plugins", "-o", "plugins.gobundle"];
    let check = ["check", "--no-types", "plugins/net_http/net_http.gorule"];
    show("compile of all against the lock", || bench.run(&compile));
    show("go env", || bench.go_env());
    show("check of one file that the lock knows", || bench.run(&check));
    let mut number = 0;
    let mut edited = |forget: &[&str]| {
        number += 1;
        bench.edit(number);
        for folder in forget {
            bench.forget(folder);
        }
        bench.run(&check)
    };
    show("check of one file, a rule edited, nothing kept", || edited(&["facts", "verdicts"]));
    edited(&[]);
    show("check of one file, a rule edited, facts kept", || edited(&[]));
    show("check of one file, all rules to be compared, facts kept", || edited(&["verdicts"]));
    with_types(&bench);
}

/// Measures checks of gin's plugin, with templates compiled by Go.
fn with_types(bench: &Bench) {
    let check = || bench.run(&["check", "plugins/gin/gin.gorule"]);
    let mut number = 0;
    let mut edited = || {
        number += 1;
        let template = format!("if panicking {{\n                    _ = {number}");
        bench.replace("gin", "if panicking {", &template);
        check()
    };
    edited(); // what gin imports is compiled, and modules are downloaded
    show("check with types of gin, an edited template", edited);
    show("the same again", check);
    let mut comment = 0;
    show("the same, a comment edited", || {
        comment += 1;
        let text = format!("// {comment}\n                if panicking {{\n                    _ = 1");
        bench.replace("gin", "if panicking {", &text);
        check()
    });
}

fn show(what: &str, mut measured: impl FnMut() -> f64) {
    let values: Vec<f64> = (0..ROUNDS).map(|_| measured()).collect();
    println!("{what:<60} {:>8.1} ms", median(values));
}

fn sources(plugins: &Path) -> Vec<String> {
    let folders = std::fs::read_dir(plugins).unwrap().map(|entry| entry.unwrap().path());
    let files = folders
        .filter(|path| path.is_dir())
        .map(|path| path.join(format!("{}.gorule", path.file_name().unwrap().to_str().unwrap())));
    files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn files(plugins: &Path) -> usize {
    sources(plugins).len()
}

/// Number of lines that begin with one of these words.
fn words(plugins: &Path, words: &[&str]) -> usize {
    let all = sources(plugins);
    let first = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
    all.iter().flat_map(|text| text.lines()).filter(|line| words.contains(&first(line).as_str())).count()
}
