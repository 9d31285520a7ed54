//! gorule.lock: update writes it, check and compile read it, and the messages if upstream has
//! changed.

use std::cell::RefCell;
use std::path::Path;

use crate::fixed_world::World;
use camino::{Utf8Path, Utf8PathBuf};
use gorule::author::compile::{CompileOptions, CompileReport, compile, write_whole};
use gorule::author::update::{Update, update};
use gorule::author::versions;
use gorule::gotool::question::{GoCommand, GoMissing, Output};
use gorule::lock::Lock;

const RULE: &str = "plugin p {
    target \"example.com/lib\" [1.0.0, ) {
        rule one {
            func Open(_, name, _)
            enter { _ = name }
        }
    }
}
";

/// The world of the fixtures, in which only some releases are published; the questions are counted.
struct Published {
    versions: &'static [&'static str],
    asked: RefCell<Vec<String>>,
}

impl Published {
    fn new(versions: &'static [&'static str]) -> Self {
        Self { versions, asked: RefCell::default() }
    }
}

impl GoCommand for Published {
    fn run(&self, args: &[&str], dir: Option<&Path>, env: &[(&str, &str)]) -> Result<Output, GoMissing> {
        self.asked.borrow_mut().push(args.join(" "));
        match args {
            ["list", .., "example.com/lib"] => Ok(Output {
                success: true,
                stdout: serde_json::json!({ "Versions": self.versions }).to_string(),
                stderr: String::new(),
            }),
            _ => World.run(args, dir, env),
        }
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(rule: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        std::fs::write(folder.path().join("p.gorule"), rule).unwrap();
        folder
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    fn paths(&self) -> Vec<Utf8PathBuf> {
        vec![self.path().to_owned()]
    }

    fn update(&self, go: &Published) -> Update {
        let update = update(&self.paths(), go, CompileOptions::default());
        if let Some(lock) = &update.lock {
            write_whole(lock.text().unwrap().as_bytes(), &update.path).unwrap();
        }
        update
    }

    fn compile(&self, go: &Published, locked: bool) -> CompileReport {
        compile(&self.paths(), go, CompileOptions { locked, ..CompileOptions::default() })
    }

    fn lock(&self) -> Lock {
        Lock::read(&self.path().join("gorule.lock")).unwrap()
    }
}

fn codes(report: &CompileReport) -> Vec<&str> {
    report.findings.iter().map(|found| found.code.code).collect()
}

#[test]
fn what_is_locked_is_compiled_without_go() {
    let folder = Folder::new(RULE);
    let go = Published::new(&["v1.0.0", "v1.1.0", "v1.2.0"]);
    assert_eq!(codes(&folder.compile(&go, true)), ["GR0308"], "there is no lock yet");
    let updated = folder.update(&go);
    assert!(updated.findings.is_empty(), "{:?}", updated.findings);
    let lock = folder.lock();
    let package = lock.package("example.com/lib").unwrap();
    assert_eq!(package.releases().map(|(name, ..)| name).collect::<Vec<_>>(), ["v1.0.0", "v1.1.0", "v1.2.0"]);
    assert_eq!(package.functions[0].name, "Open");
    assert_eq!((lock.rules[1].item.rule(), lock.rules[1].releases), (Some("one"), 3));

    let silent = Published::new(&[]);
    for locked in [false, true] {
        let report = folder.compile(&silent, locked);
        assert!(report.bundle.is_some(), "{:?}", report.findings);
    }
    assert!(silent.asked.borrow().is_empty(), "{:?}", silent.asked.borrow());
}

#[test]
fn what_has_changed_is_compared_with_the_releases_of_the_lock() {
    let folder = Folder::new(RULE);
    folder.update(&Published::new(&["v1.0.0", "v1.1.0", "v1.2.0"]));
    let edited = RULE.replace("_ = name", "_ = name + \"\"");
    std::fs::write(folder.path().join("p.gorule"), &edited).unwrap();
    let go = Published::new(&["v1.0.0", "v1.1.0", "v1.2.0", "v9.9.9"]);
    assert_eq!(codes(&folder.compile(&go, true)), ["GR0308"]);
    let report = folder.compile(&go, false);
    assert!(report.bundle.is_some(), "{:?}", report.findings);
    assert_eq!(report.compared["example.com/lib"].len(), 3);
    assert!(!go.asked.borrow().iter().any(|asked| asked.starts_with("list")), "{:?}", go.asked.borrow());
    std::fs::write(folder.path().join("p.gorule"), edited.replace("Open", "Opeen")).unwrap();
    assert_eq!(codes(&folder.compile(&go, false)), ["GR0401"]);
}

#[test]
fn update_says_what_upstream_has_changed_and_keeps_the_lock_where_a_rule_fails() {
    let folder = Folder::new(RULE);
    folder.update(&Published::new(&["v1.0.0", "v1.1.0"]));
    let lock = || std::fs::read_to_string(folder.path().join("gorule.lock")).unwrap();
    assert!(!lock().contains("v1.2.0"), "the module cache has it, and no list names it");
    let more = folder.update(&Published::new(&["v1.0.0", "v1.1.0", "v1.2.0"]));
    assert_eq!(more.changes, ["example.com/lib: 1 release more: v1.2.0"]);
    let before = lock();
    let again = folder.update(&Published::new(&["v1.0.0", "v1.1.0", "v1.2.0"]));
    assert_eq!(again.changes, Vec::<String>::new());
    assert_eq!(before, lock());

    let older = before.replace("    \"v1.2.0 ", "    \"v0.9.0 ");
    std::fs::write(folder.path().join("gorule.lock"), older).unwrap();
    let changes = folder.update(&Published::new(&[])).changes.join("\n");
    assert!(
        changes.contains("1 release more: v1.2.0") && changes.contains("1 release fewer: v0.9.0"),
        "{changes}"
    );

    let wrong = RULE.replace("Open(_, name, _)", "Open(_, name)");
    std::fs::write(folder.path().join("p.gorule"), wrong).unwrap();
    let failed = folder.update(&Published::new(&["v1.0.0"]));
    assert!(failed.lock.is_none() && !failed.findings.is_empty());
    let table = versions::table(&failed.examined);
    assert!(table.contains("p/one  example.com/lib") && table.contains("fails  v1."), "{table}");
    assert_eq!(before, std::fs::read_to_string(folder.path().join("gorule.lock")).unwrap());
}

#[test]
fn the_lock_of_the_standard_plugins_is_up_to_date() {
    let plugins = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins");
    let silent = Published::new(&[]);
    let report = compile(&[plugins], &silent, CompileOptions { offline: true, locked: true, types: false });
    assert!(report.findings.is_empty(), "run `gorulec update plugins`: {:?}", codes(&report));
    assert!(silent.asked.borrow().is_empty());
}

#[test]
fn a_lock_that_is_damaged_or_of_another_kind_is_an_error() {
    let folder = Folder::new(RULE);
    let go = Published::new(&["v1.0.0"]);
    for (text, said) in
        [("schema = 1\nrule = 3\n", "line 2"), ("schema = 99\n", "has schema 99"), ("", "schema")]
    {
        std::fs::write(folder.path().join("gorule.lock"), text).unwrap();
        let report = folder.compile(&go, false);
        assert_eq!(codes(&report), ["GR0307"]);
        assert!(report.findings[0].message().contains(said), "{}", report.findings[0].message());
        assert!(report.findings[0].message().contains("gorulec update") && report.bundle.is_none());
    }
}
