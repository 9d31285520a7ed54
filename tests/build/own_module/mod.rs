//! The features that a platform team relies on: reports, settings, pins, `goagent doctor`, and that
//! mistakes in the user's own code are reported as go reports them.
mod declarations;
mod doctor;
mod faulty_templates;
mod mistakes_of_the_user;
mod report;
mod settings;
mod terminal;
mod types_only;

use std::path::{Path, PathBuf};

use gorule::bundle::Bundle;
use gorule::{codegen, syntax};
use serde_json::Value;

use crate::common;
use crate::common::go::Go;
use crate::common::process::{Output, run};

/// A module in its own folder, example.com/m, which no build has seen.
struct Module {
    go: Go,
    folder: tempfile::TempDir,
}

impl Module {
    fn new(files: &[(&str, &str)]) -> Self {
        let module = Self { go: Go::newest(), folder: tempfile::tempdir().unwrap() };
        module.write("go.mod", "module example.com/m\n\ngo 1.18\n");
        for (name, text) in files {
            module.write(name, text);
        }
        module
    }

    /// The folder that the module is in.
    fn path(&self) -> PathBuf {
        self.folder.path().join("m")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn go(&self, words: &[&str]) -> Output {
        run(&mut self.go.go(&self.path(), words))
    }

    fn goagent(&self, words: &[&str]) -> Output {
        self.goagent_with(words, &[])
    }

    fn goagent_with(&self, words: &[&str], env: &[(&str, &str)]) -> Output {
        run(self.go.goagent(&self.path(), words).envs(env.iter().copied()))
    }

    /// Rules for its own packages, which gorulec cannot look up, as a bundle: its path.
    fn bundle(&self, name: &str, plugins: &[&str]) -> String {
        let lower = |text: &&str| {
            let source = syntax::decode("rules.gorule", text.as_bytes().to_vec()).unwrap();
            let parsed = syntax::parse(&source).expect("the rules parse");
            codegen::lower(&parsed.file, &source.text).unwrap()
        };
        let bundle = Bundle { plugins: plugins.iter().map(lower).collect() };
        let path = self.folder.path().join(name);
        std::fs::write(&path, bundle.encode().unwrap()).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// A main that prints the result of its own package.
const MAIN: &str = "package main\n\nimport \"example.com/m/lib\"\n\nfunc main() {\n\tprintln(lib.F(1))\n}\n";
/// That package.
const LIB: &str = "package lib\n\nfunc F(n int) int {\n\tn = n + 1\n\treturn n\n}\n";

/// Standard error without goagent's own lines.
fn without_ours(stderr: &str) -> String {
    stderr.split_inclusive('\n').filter(|line| !line.starts_with("goagent: ")).collect()
}

fn read_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn shop() -> PathBuf {
    common::repository().join("examples/shop")
}
