//! Real programs, built strictly: the tree stays as it was, plain builds keep their bytes, and
//! plain and woven answer and end alike.
//!
//! One of them in CI, all with `GOAGENT_TEST_REAL=1`; with that the spans and metrics of caddy and
//! prometheus are checked too.
mod programs;
mod served;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::common;
use crate::common::collector::{CLIENT, Collector, SERVER, Span, attribute};
use crate::common::go::Go;
use crate::common::process::run;
use programs::{CADDY, PROGRAMS, PROMETHEUS, Program};
use served::Served;

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
    assert!(bytes(&plain) == bytes(&after), "{}: a plain build gives other bytes", program.name);
    assert!(bytes(&plain) != bytes(&woven), "{}: nothing was woven", program.name);

    let collector = Collector::start();
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())];
    let expected = served::play(program, &plain, &environment);
    let seen = served::play(program, &woven, &environment);
    for (plain, woven) in expected.answers.iter().zip(&seen.answers) {
        assert_eq!(plain, woven, "{}", program.name);
    }
    assert_eq!(expected, seen, "{}", program.name);
    let spans = collector.spans().len();
    assert!(spans >= program.requests.len(), "{}: {spans} spans were received", program.name);
    // Not by println!, whose output is not shown if a test passes.
    let told = format!("{}: {spans} spans for {} requests\n", program.name, program.requests.len());
    std::io::stderr().write_all(told.as_bytes()).unwrap();
}

#[test]
fn a_small_one() {
    check(&Go::newest(), &PROGRAMS[0]);
}

/// Returns true if this program was asked for.
fn wanted(program: &Program) -> bool {
    std::env::var("GOAGENT_TEST_REAL").is_ok_and(|only| only == "1" || only == program.name)
}

#[test]
fn all_of_them() {
    for program in PROGRAMS[1..].iter().filter(|program| wanted(program)) {
        check(&Go::newest(), program);
    }
}

/// A woven program, and the folder that it is in.
fn woven(go: &Go, program: &Program) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let source = source(go, program, folder.path());
    let words = [&["--strict"], program.flags, &[program.main]].concat();
    let built = go.build_woven(&source, &words, &folder.path().join("woven"));
    (folder, built)
}

#[test]
fn caddy_over_http2() {
    if !wanted(&CADDY) {
        return;
    }
    // Built with Go 1.27 this release does not start, plain or woven.
    let go = Go { name: "go1.26.8".to_owned() };
    let (_folder, binary) = woven(&go, &CADDY);
    let collector = Collector::start();
    let mut served = Served::start(&CADDY, &binary, &[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())]);
    let site = format!("https://localhost:{}", served.other);
    let paths = ["/text", "/missing", "/failing", "/near", "/far/text", "/far/near"];
    let client = common::repository().join("tests/fixtures/http2_client");
    let urls: Vec<String> = paths.iter().map(|path| format!("{site}{path}")).collect();
    let words: Vec<&str> =
        ["run", "http2_client.go"].into_iter().chain(urls.iter().map(String::as_str)).collect();
    let answers = run(&mut go.go(&client, &words)).expect_success("the client").stdout.clone();
    let expected =
        "HTTP/2.0 200 4\nHTTP/2.0 404 0\nHTTP/2.0 500 0\nHTTP/2.0 200 7\nHTTP/2.0 200 4\nHTTP/2.0 200 7\n";
    assert_eq!(answers, expected, "{}", served.log());
    assert_eq!(served.end(), "exit status: 0", "{}", served.log());

    let spans = collector.spans();
    let has = |span: &Span, key: &str| attribute(&span.attributes, key);
    let second: Vec<&Span> =
        spans.iter().filter(|span| has(span, "network.protocol.version").as_deref() == Some("2")).collect();
    let of = |kind: i32| second.iter().filter(|span| span.kind == kind).count();
    assert_eq!(
        (of(SERVER), of(CLIENT)),
        (paths.len() + 2, 2),
        "servers' and clients' spans by HTTP/2: {spans:#?}"
    );
    for span in &second {
        assert!(has(span, "http.response.status_code").is_some(), "no status: {span:#?}");
    }
    // From the first server's span to the last one's, each the parent of the next.
    for (path, kinds) in [
        ("/text", &[SERVER][..]),
        ("/near", &[SERVER, CLIENT, SERVER]),
        ("/far/text", &[SERVER, CLIENT, SERVER]),
        ("/far/near", &[SERVER, CLIENT, SERVER, CLIENT, SERVER]),
    ] {
        let is_first =
            |span: &&Span| span.parent_id.is_empty() && has(span, "url.path").as_deref() == Some(path);
        let first = spans.iter().find(is_first).unwrap();
        let trace = spans.iter().filter(|span| span.trace_id == first.trace_id);
        let (mut chain, mut last) = (vec![first.kind], first);
        while let Some(next) = trace.clone().find(|span| span.parent_id == last.id) {
            chain.push(next.kind);
            last = next;
        }
        assert_eq!((chain.as_slice(), trace.count()), (kinds, kinds.len()), "{path}");
    }
}

#[test]
fn the_endpoints_of_prometheus_can_be_told_apart_in_metrics() {
    if !wanted(&PROMETHEUS) {
        return;
    }
    let (_folder, binary) = woven(&Go::newest(), &PROMETHEUS);
    let collector = Collector::start();
    let mut served =
        Served::start(&PROMETHEUS, &binary, &[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())]);
    for (method, path, body) in PROMETHEUS.requests {
        served.ask(method, path, body);
    }
    assert_eq!(served.end(), "exit status: 0", "{}", served.log());
    for (_, path, _) in PROMETHEUS.requests {
        let path = path.split('?').next().unwrap();
        assert!(collector.measured(path), "no series of {path}");
    }
}
