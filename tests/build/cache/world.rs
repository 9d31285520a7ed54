//! The world that the tests of the cache share: a program of a few small packages, rules for it,
//! and its own caches.
//!
//! A seed cache is kept from run to run; it holds everything that a build needs besides the
//! program's own packages. Each world has a copy.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use gorule::bundle::Bundle;
use gorule::{codegen, syntax};

use crate::common::go::Go;
use crate::common::process::{Output, run};
use crate::common::{copy_folder, kept, repository};

/// The front end.
pub const GOAGENT: &str = env!("CARGO_BIN_EXE_goagent");

/// A rule for the program's package a.
pub const RULE: &str = "plugin probe {
    target \"example.com/probe/a\" [0.0.0, ) {
        rule say {
            func  Say(name string) string
            state span agent.Span
            enter { span = agent.StartInternal(nil, \"say \" + name) }
            exit  { span.End() }
        }
    }
}
";

/// A copy of the program with its own caches.
pub struct World {
    /// The toolchain.
    pub go: Go,
    folder: tempfile::TempDir,
}

impl World {
    /// With caches that hold everything but the program's own packages.
    pub fn new(go: &Go) -> Self {
        let world = Self::empty(go);
        copy_folder(&seed(go), &world.path("cache"));
        world
    }

    /// With caches that hold nothing.
    pub fn empty(go: &Go) -> Self {
        let world = Self { go: go.clone(), folder: tempfile::tempdir().unwrap() };
        copy_folder(&repository().join("tests/fixtures/cache/probe"), &world.path("probe"));
        world.write_bundle("probe", RULE);
        world
    }

    /// A path in its folder. `probe` is the program, `cache` and `goagent` are the caches.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes rules, compiled, to `NAME.gobundle`.
    pub fn write_bundle(&self, name: &str, rules: &str) {
        std::fs::write(self.path(&format!("{name}.gobundle")), bundle(rules)).unwrap();
    }

    /// Changes a file of the program.
    pub fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.path("probe").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} has no {old:?}");
        std::fs::write(path, text.replace(old, new)).unwrap();
    }

    /// A program that runs in the program's folder, with the caches.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = self.go.program(program.as_ref().to_str().unwrap(), &self.path("probe"));
        command.env("GOCACHE", self.path("cache")).env("GOAGENT_CACHE", self.path("goagent"));
        command
    }

    /// `go build` or `goagent build --bundle …`, not started. The output is `out`.
    pub fn build(&self, woven: bool, out: &str) -> Command {
        let mut command = self.command(if woven { GOAGENT } else { "go" });
        command.args(["build", "-buildvcs=false", "-o"]).arg(self.path(out));
        if woven {
            command.arg(format!("--bundle={}", self.path("probe.gobundle").display()));
        }
        command
    }

    /// Builds it and returns the binary's bytes.
    pub fn bytes(&self, woven: bool) -> Vec<u8> {
        let out = if woven { "woven" } else { "plain" };
        let _ = std::fs::remove_file(self.path(out));
        let output = run(&mut self.build(woven, out));
        output.expect_success("the build");
        if woven {
            expect_woven(&output);
        }
        std::fs::read(self.path(out)).unwrap()
    }

    /// The files of the build cache.
    pub fn cached(&self) -> BTreeSet<PathBuf> {
        of_folder(&self.path("cache"))
    }

    /// Those that goagent has made: the woven runtime, and the linked-in packages.
    pub fn made_by_goagent(&self) -> BTreeSet<PathBuf> {
        let plain = std::fs::read_to_string(plain_list(&self.go)).unwrap();
        let plain: BTreeSet<PathBuf> = plain.lines().map(|name| self.path("cache").join(name)).collect();
        self.cached().difference(&plain).cloned().collect()
    }

    /// The build cache holds no more than this, goagent's nothing (or all that it has).
    pub fn forget(&self, kept: &BTreeSet<PathBuf>, ours_too: bool) {
        self.cached().difference(kept).for_each(|file| std::fs::remove_file(file).unwrap());
        if ours_too {
            let _ = std::fs::remove_dir_all(self.path("goagent"));
        }
    }

    /// Runs a build with a script before each tool, and returns the packages that were compiled.
    pub fn compiled_by(&self, build: &mut Command) -> (Vec<String>, Output) {
        let log = self.path("log");
        let _ = std::fs::remove_file(&log);
        let script = repository().join("tests/fixtures/cache/count.sh");
        build.env("GOAGENT_TEST_LOG", &log).env("GOFLAGS", format!("-toolexec={}", script.display()));
        let output = run(build);
        output.expect_success("the counted build");
        let mut names: Vec<String> =
            std::fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect();
        names.sort();
        (names, output)
    }
}

/// The results of undisturbed builds.
pub struct Reference {
    /// By go.
    pub plain: Vec<u8>,
    /// By goagent.
    pub woven: Vec<u8>,
}

impl Reference {
    /// Builds both.
    pub fn of(world: &World) -> Self {
        let reference = Self { plain: world.bytes(false), woven: world.bytes(true) };
        assert!(reference.plain != reference.woven, "nothing is woven");
        reference
    }

    /// Builds both once more and compares.
    pub fn check(&self, world: &World, woven_first: bool, what: &str) {
        for woven in [woven_first, !woven_first] {
            let expected = if woven { &self.woven } else { &self.plain };
            assert!(&world.bytes(woven) == expected, "{what}: other bytes, woven: {woven}");
        }
    }
}

/// The summary names the program's package.
pub fn expect_woven(output: &Output) {
    assert!(output.stderr.contains("goagent: wove example.com/probe/a"), "{}", output.stderr);
    assert!(!output.stderr.contains("skipped"), "{}", output.stderr);
}

/// Rules, compiled. Nothing is checked: there is no module of that name to check them against.
pub fn bundle(rules: &str) -> Vec<u8> {
    let source = syntax::decode("probe.gorule", rules.as_bytes().to_vec()).unwrap();
    let parsed = syntax::parse(&source).expect("the rules parse");
    let plugin = codegen::lower(&parsed.file, &source.text).unwrap();
    Bundle { plugins: vec![plugin] }.encode().unwrap()
}

/// A build cache that holds the standard library, plain and woven, and the packages that goagent
/// links in.
fn seed(go: &Go) -> PathBuf {
    static DONE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    let seed = kept(&format!("cache-seed-{}", go.name));
    let mut done = DONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !done.contains(&seed) {
        let world = World::empty(go);
        // The linked-in packages depend on net/http.
        run(world.command("go").args(["build", "net/http", "."]).env("GOCACHE", &seed))
            .expect_success("the seed");
        if !plain_list(go).exists() {
            let names = of_folder(&seed)
                .into_iter()
                .map(|path| path.strip_prefix(&seed).unwrap().to_str().unwrap().to_owned() + "\n");
            std::fs::write(plain_list(go), names.collect::<String>()).unwrap();
        }
        run(world.build(true, "out").env("GOCACHE", &seed)).expect_success("the seed");
        done.push(seed.clone());
    }
    seed
}

/// The file that lists what the seed held before goagent used it.
fn plain_list(go: &Go) -> PathBuf {
    kept(&format!("cache-seed-{}", go.name)).join("plain")
}

/// The files in the folders of a build cache.
fn of_folder(cache: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for folder in std::fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path()) {
        if folder.is_dir() {
            found.extend(std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found
}
