//! Every token of a woven file is where the original has it, by an oracle written in Go.
//!
//! Every function with a body is woven, of every file in some folders of GOROOT/src, whatever
//! platform it is for, tests too. Nothing is built; `go/scanner` and `go/parser` judge.
//! `GOAGENT_TEST_AT_LARGE=all` takes all folders of the newest Go, including the go command's own,
//! and all modules in the module cache.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gorule::bundle::Bundle;
use gorule::plan;
use gorule::version::Version;
use gorule::weave::{self, GoSourceFile, Unit};

use crate::every_function::{Kind, every_function};

/// The reasons that may keep a function from being woven. The parser understands all of std.
const REASONS: [&str; 1] = ["is marked //go:"];
/// The toolchain for everything.
const NEWEST: &str = "go1.27.3";

fn go_env(name: &str, toolchain: &str) -> PathBuf {
    let output = Command::new("go").args(["env", name]).env("GOTOOLCHAIN", toolchain).output().unwrap();
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

/// Go files below a folder, without those of `skipped` folders.
fn go_files(folder: &Path, skipped: &[&str], out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap_or("");
        if path.is_dir() {
            let name = name.split('@').next().unwrap_or_default();
            if !skipped.contains(&name) && !path.is_symlink() {
                go_files(&path, skipped, out);
            }
        } else if path.extension().is_some_and(|e| e == "go") {
            out.push(path);
        }
    }
}

fn unit() -> Unit {
    let bundle = Bundle { plugins: vec![every_function("example.com/p", Kind::Bare)] };
    let go = Version::parse("1.26").unwrap();
    plan::unit(&[bundle], &plan::BuildPackage::named("example.com/p"), None, &go, &mut Vec::new()).unwrap()
}

/// The result of weaving one file: the text, and the reasons for functions that were left out.
fn woven(unit: &Unit, path: &Path, text: String) -> (Option<String>, Vec<(String, String)>) {
    // The name decides whether the file is one of tests, which are not woven as a rule.
    let shown = path.to_str().unwrap().to_owned();
    let name = shown.replace("_test.go", "_test.go.go");
    let woven = weave::weave(unit, &[GoSourceFile { path: name.clone(), text }]);
    let text = woven.files.into_iter().next().map(|(_, text)| text.replace(&name, &shown));
    let left = woven.outcomes.into_iter().filter_map(|o| Some((o.function, o.skipped?.reason))).collect();
    (text, left)
}

struct Checked {
    files: usize,
    findings: Vec<String>,
    total: String,
    /// Reasons for which functions were left out → their numbers.
    reasons: BTreeMap<String, usize>,
}

/// Runs the oracle on lines of an original's path, a tab and the woven file's path.
fn oracle(pairs: String, toolchain: &str) -> Vec<String> {
    let mut child = Command::new("go")
        .args(["run", "."])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/at_large/positions"))
        .env("GOTOOLCHAIN", toolchain)
        .env("GOWORK", "off")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(pairs.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "the oracle failed");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn check(paths: &[PathBuf], toolchain: &str) -> Checked {
    let folder = tempfile::tempdir().unwrap();
    let unit = unit();
    let (mut pairs, mut reasons, mut files) = (String::new(), BTreeMap::new(), 0);
    for (number, path) in paths.iter().enumerate() {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let (text, left) = woven(&unit, path, text);
        for (_, why) in left.into_iter().filter(|(_, why)| !why.contains("no such function")) {
            *reasons.entry(why).or_default() += 1;
        }
        let mut to = path.clone();
        if let Some(text) = text {
            to = folder.path().join(format!("{number}.go"));
            std::fs::write(&to, text).unwrap();
            files += 1;
        }
        writeln!(pairs, "{}\t{}", path.display(), to.display()).unwrap();
    }
    let mut findings = oracle(pairs, toolchain);
    let total = findings.pop().unwrap_or_default();
    Checked { files, findings, total, reasons }
}

/// `total\tN files\tN tokens\tN of N functions`.
fn share(total: &str) -> (usize, usize) {
    let words: Vec<usize> =
        total.rsplit('\t').next().unwrap().split(' ').filter_map(|w| w.parse().ok()).collect();
    (words[0], words[1])
}

#[test]
fn every_token_of_the_standard_library_stays_where_it_is() {
    let all = std::env::var("GOAGENT_TEST_AT_LARGE").is_ok_and(|value| value == "all");
    let toolchain = if all { NEWEST } else { "local" };
    let source = go_env("GOROOT", toolchain).join("src");
    let mut paths = Vec::new();
    if all {
        go_files(&source, &["testdata"], &mut paths);
        go_files(&go_env("GOMODCACHE", toolchain), &["testdata", "cache", "toolchain"], &mut paths);
    } else {
        for folder in ["encoding", "go", "net", "runtime", "text"] {
            go_files(&source.join(folder), &["testdata"], &mut paths);
        }
    }
    let checked = check(&paths, toolchain);
    println!("{}", checked.total);
    for (reason, count) in &checked.reasons {
        println!("{count} functions: {reason}");
    }
    let (unwoven, wrong): (Vec<_>, Vec<_>) =
        checked.findings.iter().partition(|line| line.starts_with("unwoven\t"));
    assert!(wrong.is_empty(), "{} findings:\n{:#?}", wrong.len(), wrong.iter().take(40).collect::<Vec<_>>());
    let (files, at_least) = if all { (2500, 40_000) } else { (800, 10_000) };
    assert!(checked.files > files, "only {} files were woven", checked.files);
    let unknown: BTreeSet<&String> =
        checked.reasons.keys().filter(|why| !REASONS.iter().any(|reason| why.contains(reason))).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    // Nearly all functions that may not call anything are in runtime; without it, nearly everything
    // is woven.
    let elsewhere = unwoven.iter().filter(|line| !line.contains("/src/runtime/")).count();
    let (woven, functions) = share(&checked.total);
    assert!(functions > at_least && elsewhere * 1000 <= woven * 5, "{}: {elsewhere} not", checked.total);
}

/// Rules for calls of much used functions; two of them for the same ones.
fn calls(source: &Path) -> Unit {
    let rule = |package: &str, names: &[&str], more: &str| {
        let names = names.join(" | ");
        format!("rule r{} {{\n call \"{package}\" ({names})\n {more}\n}}\n", names.len() + more.len())
    };
    let fmt = ["Errorf", "Sprintf", "Printf", "Fprintf", "Println", "Sprint", "Fprintln"];
    let strings = ["Contains", "HasPrefix", "Split", "Index", "TrimSpace", "Join", "Repeat", "NewReader"];
    let text = format!(
        "plugin p {{\n target own {{\n{}{}{}{}{}}}\n}}\n",
        rule("fmt", &fmt, "enter { _ = 1 }"),
        rule("fmt", &fmt, "exit { _ = panicking }"),
        rule("strings", &strings, "enter { _ = 1 }\n exit { _ = 2 }"),
        rule("errors", &["New"], "exit { _ = 0 }"),
        rule("time", &["Now", "Since", "Sleep"], "enter { _ = 0 }")
    );
    let file = gorule::syntax::decode("p.gorule", text.into_bytes()).unwrap();
    let parsed = gorule::syntax::parse(&file).expect("the rules parse");
    let bundle = Bundle { plugins: vec![gorule::codegen::lower(&parsed.file, &file.text).unwrap()] };
    let subject = plan::BuildPackage::new("example.com/p", false, true, &|| None);
    let mut unit =
        plan::unit(&[bundle], &subject, None, &Version::parse("1.26").unwrap(), &mut Vec::new()).unwrap();
    for placed in &mut unit.rules {
        let gorule::bundle::Functions::Called { package, names } = &placed.rule.functions else { panic!() };
        let mut paths = Vec::new();
        go_files(&source.join(package), &["testdata"], &mut paths);
        paths.retain(|path| !path.to_str().unwrap().ends_with("_test.go"));
        let files: Vec<_> = paths
            .iter()
            .filter_map(|path| gorule::source::GoFile::parse(std::fs::read_to_string(path).unwrap()).ok())
            .collect();
        for name in names {
            let callee = gorule::source::callee(&files, package, name);
            assert!(callee.is_ok(), "{package}.{name}: {callee:?}");
            placed.callees.insert(name.clone(), callee);
        }
    }
    unit
}

#[test]
fn every_token_around_calls_stays_where_it_is() {
    let source = go_env("GOROOT", "local").join("src");
    let mut paths = Vec::new();
    for folder in ["encoding", "go", "net", "text", "cmd/go", "os"] {
        go_files(&source.join(folder), &["testdata"], &mut paths);
    }
    let unit = calls(&source);
    let folder = tempfile::tempdir().unwrap();
    let (mut pairs, mut found, mut reasons) = (String::new(), 0, BTreeMap::<String, usize>::new());
    for (number, path) in paths.iter().enumerate() {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let name = path.to_str().unwrap().replace("_test.go", "_test.go.go");
        let woven = weave::weave(&unit, &[GoSourceFile { path: name.clone(), text }]);
        for skip in woven.outcomes.iter().filter_map(|outcome| outcome.skipped.as_ref()) {
            *reasons.entry(skip.reason.rsplit(": ").next().unwrap().to_owned()).or_default() += 1;
        }
        found += woven.outcomes.iter().filter(|outcome| outcome.skipped.is_none()).count();
        if let Some((_, text)) = woven.files.into_iter().next() {
            let to = folder.path().join(format!("{number}.go"));
            std::fs::write(&to, text.replace(&name, path.to_str().unwrap())).unwrap();
            writeln!(pairs, "{}\t{}", path.display(), to.display()).unwrap();
        }
    }
    let mut findings = oracle(pairs, "local");
    println!("{found} functions with calls, {}; {reasons:#?}", findings.pop().unwrap_or_default());
    // The oracle knows the helpers of functions by their names; the code for calls has methods too,
    // and parses.
    findings.retain(|line| !line.starts_with("unwoven\t") && !line.ends_with("\t<nil>"));
    // Several calls and a function literal on one line go beyond the columns that the compiler has.
    let (far, wrong): (Vec<&String>, Vec<_>) = findings.iter().partition(|line| line.starts_with("far\t"));
    assert!(wrong.is_empty(), "{} findings:\n{:#?}", wrong.len(), wrong.iter().take(40).collect::<Vec<_>>());
    println!("{} tokens without a column", far.len());
    assert!(far.len() < 1000, "{}:\n{:#?}", far.len(), far.iter().take(40).collect::<Vec<_>>());
    assert!(found > 5000, "{found}");
}

#[test]
fn the_oracle_sees_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(200);
    let original = format!("package p\n\nfunc f() {{ {long}(); y() }}\n");
    let path = folder.path().join("p.go");
    std::fs::write(&path, &original).unwrap();
    let good = woven(&unit(), &path, original.clone()).0.unwrap();
    let seen = |woven: String| {
        let to = folder.path().join("woven.go");
        std::fs::write(&to, woven).unwrap();
        let mut lines = oracle(format!("{}\t{}\n", path.display(), to.display()), "local");
        lines.pop();
        lines.iter().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(seen(good.clone()), [""; 0]);
    assert_eq!(seen(good.replace("y()", " y()")), ["moved"]);
    assert_eq!(seen(good.replace("y()", "z()")), ["moved"]);
    assert_eq!(
        seen(good.replace("; \n/*line", "; /*line")),
        ["far"; 7],
        "the compiler would lose these columns"
    );
    assert_eq!(seen(format!("//line {}:1:1\n{original}", path.display())), ["unwoven"]);
}
