//! Measures the cost of building with goagent, in CPU seconds of all processes, against plain
//! builds in the same run.
//!
//! `cargo bench --bench build_cost [shop|pushgateway]`; `GOAGENT_TEST_GO` names another toolchain
//! than the newest, `GOAGENT_BENCH_OTHER` another goagent, which is measured in the same rounds.
//! The subject is a real service, Prometheus' pushgateway (325 packages), or examples/shop. Plain
//! and woven builds take turns, each on its own temporary caches; with several rounds the medians
//! are shown. The numbers are ratios for a reader, not assertions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_precision_loss)] // seconds of a build and sizes of files fit

#[path = "measure/common.rs"]
mod common;
mod measure;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::go::Go;
use common::process::run;
use measure::{children, median};

const GOAGENT: &str = env!("CARGO_BIN_EXE_goagent");
const GORULEC: &str = env!("CARGO_BIN_EXE_gorulec");
/// Number of starts of a tool that does nothing.
const STARTS: u32 = 400;
/// Number of measured builds of each kind on empty caches.
const COLD_ROUNDS: usize = 3;
/// Number of measured small builds of each kind.
const ROUNDS: u32 = 5;

/// A program to build.
#[derive(Clone, Copy)]
struct Subject {
    name: &'static str,
    /// A module and its version; `None` for examples/shop.
    module: Option<&'static str>,
    /// The file in which a line is changed.
    line: &'static str,
    /// The package that an additional rule applies to, the rule's target, and the file whose change
    /// compiles as much as a change of the rule.
    rule: Option<(&'static str, &'static str, &'static str)>,
}

const SUBJECTS: [Subject; 2] = [
    Subject {
        name: "pushgateway",
        module: Some("github.com/prometheus/pushgateway@v1.11.1"),
        line: "handler/push.go",
        rule: Some((
            "github.com/prometheus/client_golang/prometheus/promhttp",
            "HandlerFor",
            "prometheus/promhttp/http.go",
        )),
    },
    Subject { name: "shop", module: None, line: "internal/front/front.go", rule: None },
];

/// A copy of the subject, with caches that are empty at first.
struct Bench {
    go: Go,
    subject: Subject,
    folder: tempfile::TempDir,
    extra: std::cell::RefCell<Vec<String>>,
}

impl Bench {
    fn new(go: &Go, subject: Subject) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = match subject.module {
            None => common::repository().join("examples/shop"),
            Some(module) => downloaded(go, module, folder.path()),
        };
        common::copy::copy_folder(&source, &folder.path().join("src"));
        run(Command::new("chmod").arg("-R").arg("u+w").arg(folder.path().join("src")))
            .expect_success("chmod");
        Self { go: go.clone(), subject, folder, extra: Vec::new().into() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.go.program(program, &self.path("src"));
        command.env("GOCACHE", self.path("cache")).env("GOAGENT_CACHE", self.path("goagent"));
        command
    }

    /// Builds, and returns the CPU seconds of the build.
    fn build(&self, program: &str) -> f64 {
        let before = children();
        let mut command = self.command(program);
        command.args(["build", "-o"]).arg(self.path("out")).args(self.extra.borrow().iter()).arg(".");
        run(&mut command).expect_success(program);
        children() - before
    }

    fn size(&self) -> f64 {
        std::fs::metadata(self.path("out")).unwrap().len() as f64
    }

    fn forget(&self, cache: &str) {
        if self.path(cache).exists() {
            std::fs::remove_dir_all(self.path(cache)).unwrap();
        }
    }

    /// Changes one line, in a way that importers can see.
    fn change_line(&self, number: u32) {
        let file = self.path("src").join(self.subject.line);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, revised(&text, number)).unwrap();
    }

    /// Changes the file in which the rule is woven, in a copy that replaces its module.
    fn change_target(&self, number: u32) {
        let (package, _, file) = self.subject.rule.unwrap();
        let (copy, modfile) = (self.path("replaced"), self.path("replaced.mod"));
        if !copy.exists() {
            let words = ["list", "-f", "{{.Module.Path}} {{.Module.Dir}}", package];
            let module = run(self.command("go").args(words));
            let listed = module.expect_success("go list").stdout.trim();
            let (path, dir) = listed.split_once(' ').unwrap();
            common::copy::copy_folder(Path::new(dir), &copy);
            run(Command::new("chmod").arg("-R").arg("u+w").arg(&copy)).expect_success("chmod");
            std::fs::copy(self.path("src").join("go.mod"), &modfile).unwrap();
            std::fs::copy(self.path("src").join("go.sum"), self.path("replaced.sum")).unwrap();
            let replace = format!("-replace={path}={}", copy.display());
            run(self.command("go").args(["mod", "edit", &replace]).arg(&modfile))
                .expect_success("go mod edit");
            *self.extra.borrow_mut() = vec![format!("-modfile={}", modfile.display())];
        }
        let text = std::fs::read_to_string(copy.join(file)).unwrap();
        std::fs::write(copy.join(file), revised(&text, number)).unwrap();
    }

    /// Changes a rule of an additional bundle, besides the standard one.
    fn change_rule(&self, number: u32) {
        let (package, function, _) = self.subject.rule.unwrap();
        let rule = format!(
            "plugin edited {{\n    target \"{package}\" [1.0, ) {{\n        rule one {{\n            func {function}\n            \
             enter {{\n                _ = {number}\n            }}\n        }}\n    }}\n}}\n"
        );
        let (source, bundle) = (self.path("edited.gorule"), self.path("edited.gobundle"));
        std::fs::write(&source, rule).unwrap();
        let mut command = self.command(GORULEC);
        // gorulec compares the rule with the versions of the module; only the build is measured.
        command.arg("compile").arg(&source).arg("-o").arg(&bundle);
        run(&mut command).expect_success("gorulec compile");
        *self.extra.borrow_mut() = vec!["--bundle".to_owned(), bundle.display().to_string()];
    }
}

fn revised(text: &str, number: u32) -> String {
    let (kept, _) = text.split_once("\n// Revision ").unwrap_or((text, ""));
    format!("{kept}\n// Revision of this file.\nconst Revision = {number}\n")
}

fn downloaded(go: &Go, module: &str, folder: &Path) -> PathBuf {
    let output = run(go.program("go", folder).args(["mod", "download", "-json", module]));
    let json: serde_json::Value =
        serde_json::from_str(&output.expect_success("go mod download").stdout).unwrap();
    json["Dir"].as_str().unwrap().into()
}

fn line(what: &str, plain: f64, woven: f64) {
    println!("{what:<52} {plain:>8.2} {woven:>8.2} {:>7.2} {:>+8.2}", woven / plain, woven - plain);
}

fn main() {
    let go = Go::newest();
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let chosen = |subject: &&Subject| words.is_empty() || words.iter().any(|word| word == subject.name);
    for subject in SUBJECTS.iter().filter(chosen) {
        measure(&go, *subject);
    }
    unmarked_tool(&go);
}

/// A goagent, and copies of the subject that it builds.
struct Woven {
    /// The end of a line's name in the table: nothing for this goagent.
    name: &'static str,
    program: String,
    bench: Bench,
    /// Built plain first.
    warm: Bench,
}

impl Woven {
    fn new(go: &Go, subject: Subject, name: &'static str, program: String) -> Self {
        Self { name, program, bench: Bench::new(go, subject), warm: Bench::new(go, subject) }
    }

    fn build(&self) -> f64 {
        self.bench.build(&self.program)
    }

    fn line(&self, what: &str, plain: f64, woven: f64) {
        line(&format!("{what}{}", self.name), plain, woven);
    }
}

fn measure(go: &Go, subject: Subject) {
    let plain = Bench::new(go, subject);
    let mut all = vec![Woven::new(go, subject, "", GOAGENT.to_owned())];
    all.extend(measure::other_goagent().map(|other| Woven::new(go, subject, ", the other", other)));
    // Only the first build of a machine fetches modules and toolchains.
    run(plain.command("go").args(["mod", "download"])).expect_success("go mod download");
    println!("{}, {}: CPU seconds of all processes", go.name, subject.name);
    println!("{:<52} {:>8} {:>8} {:>7} {:>8}", "", "plain", "woven", "ratio", "more");

    cold(&plain, &all);
    let packages_of_all = all.iter().map(|woven| packages(&woven.bench, &woven.program).to_string());
    let counts: Vec<String> = packages_of_all.collect();
    println!("{:<52} {:>8} {:>8}", "packages that are linked", packages(&plain, "go"), counts.join(" "));
    for woven in &all {
        woven.line("binary, MB", plain.size() / 1e6, woven.bench.size() / 1e6);
    }
    again("no change", &plain, &all, |_, _| (), |_, _| ());
    again("one line changed", &plain, &all, Bench::change_line, Bench::change_line);
    if subject.rule.is_some() {
        // Only this goagent: another one's bundles may have another format.
        all.truncate(1);
        let what = "one rule edited, against one line of its target";
        again(what, &plain, &all, Bench::change_target, Bench::change_rule);
    }
}

/// Builds on empty caches in turns, and prints the medians. The load of the machine changes the
/// seconds of a build by a fifth.
fn cold(plain: &Bench, all: &[Woven]) {
    let mut cold = Vec::new();
    let mut seconds: Vec<[Vec<f64>; 3]> = all.iter().map(|_| Default::default()).collect();
    for _ in 0..measure::rounds(COLD_ROUNDS) {
        plain.forget("cache");
        cold.push(plain.build("go"));
        for (woven, seconds) in all.iter().zip(&mut seconds) {
            woven.bench.forget("cache");
            woven.bench.forget("goagent");
            seconds[0].push(woven.build());
            woven.bench.forget("cache");
            seconds[1].push(woven.build());
            woven.warm.forget("cache");
            woven.warm.forget("goagent");
            cold.push(woven.warm.build("go"));
            seconds[2].push(woven.warm.build(&woven.program));
        }
    }
    let cold = median(cold);
    for (woven, seconds) in all.iter().zip(seconds) {
        let [nothing, kept, first] = seconds.map(median);
        woven.line("cold, goagent's cache as well", cold, nothing);
        woven.line("cold, goagent's cache kept", cold, kept);
        woven.line("first woven over warm plain, against cold", cold, first);
    }
}

/// Number of packages that the linker is given.
fn packages(bench: &Bench, program: &str) -> usize {
    let (log, tool) = (bench.path("importcfg.link"), bench.path("tool.sh"));
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *-importcfg*importcfg.link*)\nfor word; do case $word in *importcfg.link) cp \"$word\" '{}';; esac; done;; esac\nexec \"$@\"\n",
        log.display()
    );
    std::fs::write(&tool, script).unwrap();
    run(Command::new("chmod").arg("+x").arg(&tool)).expect_success("chmod");
    let mut command = bench.command(program);
    // Another linker flag, so that the program is linked again.
    command
        .args(["build", "-ldflags=-w", "-o"])
        .arg(bench.path("counted"))
        .arg(format!("-toolexec={}", tool.display()))
        .arg(".");
    run(&mut command).expect_success(program);
    std::fs::read_to_string(log).unwrap().lines().filter(|line| line.starts_with("packagefile ")).count()
}

/// Builds several times each, in turns, and prints the medians.
fn again(
    what: &str,
    plain: &Bench,
    all: &[Woven],
    before_plain: fn(&Bench, u32),
    before_woven: fn(&Bench, u32),
) {
    let mut plains = Vec::new();
    let mut wovens: Vec<Vec<f64>> = all.iter().map(|_| Vec::new()).collect();
    // The first of each is not counted: it may do work that is done only once.
    for number in 0..=ROUNDS {
        before_plain(plain, number);
        plains.push(plain.build("go"));
        for (woven, seconds) in all.iter().zip(&mut wovens) {
            before_woven(&woven.bench, number);
            seconds.push(woven.build());
        }
    }
    let plain = median(plains.split_off(1));
    for (woven, mut seconds) in all.iter().zip(wovens) {
        woven.line(what, plain, median(seconds.split_off(1)));
    }
}

/// Measures the delay of a tool that goagent only passes on: go starts hundreds of them.
fn unmarked_tool(go: &Go) {
    let folder = tempfile::tempdir().unwrap();
    let tools = run(go.program("go", folder.path()).args(["env", "GOTOOLDIR"]));
    let compile = format!("{}/compile", tools.expect_success("go env GOTOOLDIR").stdout.trim());
    let start = |command: &mut Command| {
        let before = children();
        run(command).expect_success("compile -V=full");
        children() - before
    };
    let mut seconds = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        seconds.0.push(start(Command::new(&compile).arg("-V=full")));
        seconds.1.push(start(go.program(GOAGENT, folder.path()).args(["toolexec", &compile, "-V=full"])));
    }
    let (plain, woven) = (median(seconds.0) * 1e3, median(seconds.1) * 1e3);
    println!(
        "one unmarked tool, median of {STARTS}: {plain:.2} ms plain, {woven:.2} ms by goagent, {:+.2} ms",
        woven - plain
    );
}
