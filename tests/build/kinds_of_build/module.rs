//! A module that is built plain and with goagent, and the comparison of the two.

use std::path::{Path, PathBuf};

use gorule::bundle::Bundle;
use gorule::{codegen, syntax};

use crate::common::process::{Output, run};
use crate::common::telemetry::Sends;
use crate::common::{console, copy_folder, go::Go, repository};

/// Returns true if kinds that compile the standard library again are wanted.
pub fn everything() -> bool {
    std::env::var("GOAGENT_TEST_KINDS").is_ok_and(|kinds| kinds == "all")
}

/// A copy of a module of tests/fixtures/kinds.
pub struct Module {
    pub go: Go,
    pub folder: tempfile::TempDir,
    name: &'static str,
    /// goagent's own flags.
    pub own: Vec<String>,
}

impl Module {
    /// The probe: it serves itself a request, and the standard plugins make a client span and a
    /// server span below it.
    pub fn probe() -> Self {
        Self::of("probe", Go::newest(), Vec::new())
    }

    /// The module of odd packages and functions, with a rule for each; nothing else is woven but
    /// the runtime.
    pub fn odd(go: Go) -> Self {
        let mut module = Self::of("odd", go, Vec::new());
        let rules = repository().join("tests/fixtures/kinds/odd.gorule");
        module.own = vec![module.bundle(&std::fs::read_to_string(rules).unwrap())];
        module
    }

    /// The module whose tests look for traces of the agent.
    pub fn asleep() -> Self {
        Self::of("asleep", Go::newest(), Vec::new())
    }

    fn of(name: &'static str, go: Go, own: Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&repository().join("tests/fixtures/kinds").join(name), &folder.path().join(name));
        Self { go, folder, name, own }
    }

    /// Compiles rules for packages that are not published, so that gorulec has no versions to
    /// compare them with.
    pub fn bundle(&self, rules: &str) -> String {
        let source = syntax::decode("rules.gorule", rules.as_bytes().to_vec()).unwrap();
        let parsed = syntax::parse(&source).expect("the rules parse");
        let bundle = Bundle { plugins: vec![codegen::lower(&parsed.file, &source.text).unwrap()] };
        let file = self.folder.path().join(format!("{}.gobundle", parsed.file.plugin.name.node));
        std::fs::write(&file, bundle.encode().unwrap()).unwrap();
        format!("--bundle={}", file.display())
    }

    /// The module's folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }

    /// Writes a file of the module.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs `go` with these words and stops the test if it fails.
    pub fn prepare(&self, words: &[&str]) {
        run(&mut self.go.go(&self.path(), words)).expect_success(&format!("go {words:?}"));
    }

    /// `goagent COMMAND --strict …` with the module's own flags, in its folder.
    pub fn goagent(&self, words: &[&str]) -> std::process::Command {
        let (command, others) = words.split_first().unwrap();
        let mut command = self.go.goagent(&self.path(), &[*command, "--strict"]);
        command.args(&self.own).args(others);
        command
    }

    /// Builds both ways with the same flags and environment, runs both, compares; returns the woven
    /// one's output.
    pub fn check(&self, flags: &[&str], env: &[(&str, &str)]) -> Output {
        let (plain, woven) = self.build(flags, env);
        self.compare(&plain, &woven, flags)
    }

    /// Builds both ways.
    pub fn build(&self, flags: &[&str], env: &[(&str, &str)]) -> (PathBuf, PathBuf) {
        let (plain, woven) = (self.folder.path().join("plain.bin"), self.folder.path().join("woven.bin"));
        let mut command = self.go.go(&self.path(), &["build", "-o", plain.to_str().unwrap()]);
        run(command.args(flags).envs(env.iter().copied())).expect_success(&format!("go build {flags:?}"));
        let mut command = self.goagent(&["build", "-o", woven.to_str().unwrap()]);
        let said = run(command.args(flags).envs(env.iter().copied()));
        said.expect_success(&format!("{}: goagent build {flags:?} {env:?}", self.go.name));
        assert!(said.stderr.contains("goagent: wove "), "{flags:?}: {}", said.stderr);
        (plain, woven)
    }

    /// Runs both and compares their output, and their coverage if they were built to report it.
    pub fn compare(&self, plain: &Path, woven: &Path, what: &[&str]) -> Output {
        let before = run(&mut self.program(plain));
        before.expect_success("the plain program");
        let after = if self.name == "odd" { self.hooked(woven, what) } else { self.traced(woven) };
        let go = &self.go.name;
        assert_eq!(
            (&before.end, &before.stdout),
            (&after.end, &after.stdout),
            "{go} {what:?}: {}",
            after.stderr
        );
        if what.contains(&"-cover") {
            let covered = self.covered(plain);
            assert!(covered.contains(":1"), "{go} {what:?}: {covered}");
            assert_eq!(covered, self.covered(woven), "{go} {what:?}");
        }
        after
    }

    /// Runs a woven binary of the odd module: its hooks print the lines of `odd.hooks`, and nothing
    /// else is on standard error.
    fn hooked(&self, woven: &Path, what: &[&str]) -> Output {
        let output = run(self.program(woven).only_spans("none"));
        let of_c = |line: &&str| {
            ["add", "at", "fails", "length", "exported", "plain"]
                .iter()
                .any(|rule| line.starts_with(&format!("hook: {rule} ")))
        };
        let with_c = output.stdout.contains("\nc ");
        let expected: Vec<&str> = include_str!("../../fixtures/kinds/odd.hooks")
            .lines()
            .filter(|line| with_c || !of_c(line))
            .collect();
        let said: Vec<&str> = output.stderr.lines().collect();
        assert_eq!(said, expected, "{} {what:?}", self.go.name);
        output
    }

    fn program(&self, binary: &Path) -> std::process::Command {
        let mut command = self.go.program(binary.to_str().unwrap(), self.folder.path());
        let folder = binary.with_extension("covered");
        std::fs::create_dir_all(&folder).unwrap();
        command.env("GOCOVERDIR", folder);
        command
    }

    /// The profile that a run of a binary has left.
    fn covered(&self, binary: &Path) -> String {
        let profile = binary.with_extension("profile");
        let folder = binary.with_extension("covered");
        self.prepare(&[
            "tool",
            "covdata",
            "textfmt",
            &format!("-i={}", folder.display()),
            "-o",
            profile.to_str().unwrap(),
        ]);
        std::fs::remove_dir_all(folder).unwrap();
        std::fs::read_to_string(profile).unwrap()
    }

    /// Runs a woven binary and looks at its spans.
    pub fn traced(&self, woven: &Path) -> Output {
        let output = run(self.program(woven).only_spans("console"));
        expect_trace(&output);
        output
    }
}

/// A client span with a server span below it.
pub fn expect_trace(output: &Output) {
    let (spans, rest) = console::take(&(output.stderr.clone() + &output.stdout));
    let client =
        spans.iter().find(|s| s.kind == "client").unwrap_or_else(|| panic!("no client span: {rest}"));
    let server =
        spans.iter().find(|s| s.kind == "server").unwrap_or_else(|| panic!("no server span: {rest}"));
    assert_eq!(server.parent.as_ref(), Some(&client.id), "the server's span is below the client's");
    assert_eq!(server.trace, client.trace);
}
