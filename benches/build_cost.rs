//! What building the shop with goagent costs, in CPU seconds of all processes, against building it plain in the same run.
//!
//! `cargo bench --bench build_cost`; GOAGENT_TEST_GO names another toolchain than the newest. Builds run one after the
//! other, each on temporary caches of its own kind. The numbers are ratios for a reader, not assertions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_precision_loss)] // seconds of a build fit

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::go::Go;
use common::process::run;
use nix::sys::resource::{UsageWho, getrusage};

const GOAGENT: &str = env!("CARGO_BIN_EXE_goagent");
/// How often a tool that does nothing is started.
const STARTS: u32 = 200;

/// CPU seconds of all processes that have been waited for.
fn children() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6)
        .iter()
        .sum()
}

/// A copy of the shop with caches that begin empty.
struct Bench {
    go: Go,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(go: &Go) -> Self {
        let folder = tempfile::tempdir().unwrap();
        common::copy_folder(&common::repository().join("examples/shop"), &folder.path().join("shop"));
        Self { go: go.clone(), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.go.program(program, &self.path("shop"));
        command.env("GOCACHE", self.path("cache")).env("GOAGENT_CACHE", self.path("goagent"));
        command
    }

    /// Builds, and returns the CPU seconds of it.
    fn build(&self, program: &str) -> f64 {
        let before = children();
        let mut command = self.command(program);
        command.args(["build", "-o"]).arg(self.path("out")).arg(".");
        run(&mut command).expect_success(program);
        children() - before
    }

    /// Changes one line of the front end, in a way that its importers can see.
    fn change(&self, number: u32) {
        let file = self.path("shop").join("internal/front/front.go");
        let text = std::fs::read_to_string(&file).unwrap();
        let (kept, _) = text.split_once("\n// Revision ").unwrap_or((&text, ""));
        std::fs::write(&file, format!("{kept}\n// Revision of this file.\nconst Revision = {number}\n"))
            .unwrap();
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn line(what: &str, plain: f64, woven: f64) {
    println!("{what:<44} {plain:>8.2} s {woven:>8.2} s {:>7.2}", woven / plain);
}

fn main() {
    let go = Go::newest();
    let (plain, woven, warm) = (Bench::new(&go), Bench::new(&go), Bench::new(&go));
    run(&mut go.program("go", plain.folder.path()).arg("version").env("GOFLAGS", ""))
        .expect_success("go version");
    // What only the first build of a machine does: modules and toolchains are fetched, goagent compiles its rules.
    run(&mut plain.command("go").args(["mod", "download"])).expect_success("go mod download");

    println!(
        "{}, examples/shop, CPU seconds of all processes{:>14} {:>10} {:>7}",
        go.name, "plain", "woven", "ratio"
    );
    let cold = plain.build("go");
    line("cold", cold, woven.build(GOAGENT));
    warm.build("go");
    println!(
        "{:<44} {cold:>8.2} s {:>8.2} s {:>7}",
        "first woven over warm plain, against cold",
        warm_over(&warm),
        ""
    );
    again("no change", &plain, &woven, |_, _| ());
    again("one line changed", &plain, &woven, Bench::change);
    unmarked_tool(&go, plain.folder.path());
}

/// The first woven build over a warm plain cache.
fn warm_over(warm: &Bench) -> f64 {
    warm.build(GOAGENT)
}

/// Five builds each, in turns; the medians.
fn again(what: &str, plain: &Bench, woven: &Bench, prepare: fn(&Bench, u32)) {
    let mut seconds = (Vec::new(), Vec::new());
    for number in 0..5 {
        prepare(plain, number);
        seconds.0.push(plain.build("go"));
        prepare(woven, number);
        seconds.1.push(woven.build(GOAGENT));
    }
    line(what, median(seconds.0), median(seconds.1));
}

/// What a tool loses that goagent only passes on: go starts hundreds of them.
fn unmarked_tool(go: &Go, folder: &Path) {
    let tools = run(go.program("go", folder).args(["env", "GOTOOLDIR"]));
    let compile = format!("{}/compile", tools.expect_success("go env GOTOOLDIR").stdout.trim());
    let start = |command: &mut Command| {
        let before = children();
        run(command).expect_success("compile -V=full");
        children() - before
    };
    let mut seconds = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        seconds.0.push(start(Command::new(&compile).arg("-V=full")));
        seconds.1.push(start(go.program(GOAGENT, folder).args(["toolexec", &compile, "-V=full"])));
    }
    let (plain, woven) = (median(seconds.0) * 1e3, median(seconds.1) * 1e3);
    println!(
        "one unmarked tool, {STARTS} times: {plain:.2} ms plain, {woven:.2} ms by goagent, {:+.2} ms",
        woven - plain
    );
}
