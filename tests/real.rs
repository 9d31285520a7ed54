//! Real programs, built strictly: the tree stays as it was, plain builds keep their bytes, and plain and woven answer and end alike.
//!
//! One of them in CI, all with `GOAGENT_TEST_REAL=1`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;
#[path = "real/programs.rs"]
mod programs;
#[path = "real/served.rs"]
mod served;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use common::collector::Collector;
use common::go::Go;
use common::process::run;
use programs::{PROGRAMS, Program};

/// Every file below a folder, with a digest of its content.
fn tree(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut out = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let digest = blake3::hash(&std::fs::read(&path).unwrap()).to_hex().to_string();
                out.insert(path, digest);
            }
        }
    }
    out
}

/// A copy of a module's sources, which the module cache has or fetches.
fn source(go: &Go, program: &Program, folder: &Path) -> PathBuf {
    let (module, version) = program.module;
    let said = run(&mut go.go(folder, &["mod", "download", "-json", &format!("{module}@{version}")]));
    let said: serde_json::Value =
        serde_json::from_str(&said.expect_success("go mod download").stdout).unwrap();
    let source = folder.join("source");
    common::copy_folder(Path::new(said["Dir"].as_str().unwrap()), &source);
    source
}

fn check(go: &Go, program: &Program) {
    let folder = tempfile::tempdir().unwrap();
    let source = source(go, program, folder.path());
    let out = |name: &str| folder.path().join(name);
    let before = tree(&source);
    let plain = go.build_plain(&source, &[program.main], &out("plain"));
    let words = [&["--strict"], program.flags, &[program.main]].concat();
    let woven = go.build_woven(&source, &words, &out("woven"));
    let after = go.build_plain(&source, &[program.main], &out("after"));
    assert_eq!(tree(&source), before, "{}: the tree has changed", program.name);
    let bytes = |path: &Path| std::fs::read(path).unwrap();
    assert!(
        bytes(&plain.binary) == bytes(&after.binary),
        "{}: a plain build gives other bytes",
        program.name
    );
    assert!(bytes(&plain.binary) != bytes(&woven.binary), "{}: nothing was woven", program.name);

    let collector = Collector::start();
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())];
    let expected = served::play(program, &plain.binary, &environment);
    let seen = served::play(program, &woven.binary, &environment);
    for (plain, woven) in expected.answers.iter().zip(&seen.answers) {
        assert_eq!(plain, woven, "{}", program.name);
    }
    assert_eq!(expected, seen, "{}", program.name);
    let spans = collector.spans().len();
    assert!(spans >= program.requests.len(), "{}: {spans} spans were received", program.name);
    // Not by println!, of which nothing is seen where a test passes.
    let told = format!("{}: {spans} spans for {} requests\n", program.name, program.requests.len());
    std::io::stderr().write_all(told.as_bytes()).unwrap();
}

#[test]
fn a_small_one() {
    check(&Go::newest(), &PROGRAMS[0]);
}

#[test]
fn all_of_them() {
    if std::env::var_os("GOAGENT_TEST_REAL").is_none_or(|value| value.is_empty()) {
        return;
    }
    let only = std::env::var("GOAGENT_TEST_REAL").unwrap();
    for program in &PROGRAMS[1..] {
        if only == "1" || only == program.name {
            check(&Go::newest(), program);
        }
    }
}
