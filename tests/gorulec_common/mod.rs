//! A small world of Go sources that does not change: `tests/fixtures/lang/world`.

#![allow(dead_code)] // each test uses a part of it

use std::path::{Path, PathBuf};

use camino::Utf8PathBuf;
use gorule::author::compile::{CompileOptions, CompileReport, compile};
use gorule::gotool::question::{GoCommand, GoMissing, Output};

/// The folder of the fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/lang")
}

/// Answers as `go` would on a machine that holds the fixtures' world and nothing else.
pub struct World;

impl GoCommand for World {
    fn run(&self, args: &[&str], _: Option<&Path>, _: &[(&str, &str)]) -> Result<Output, GoMissing> {
        let world = fixtures().join("world");
        let ok = |stdout: serde_json::Value| Output {
            success: true,
            stdout: stdout.to_string(),
            stderr: String::new(),
        };
        let failed = |why: &str| Output { success: false, stdout: String::new(), stderr: why.to_owned() };
        Ok(match args {
            ["env", ..] => ok(serde_json::json!({
                "GOROOT": world.join("go"), "GOMODCACHE": world.join("modcache"),
                "GOVERSION": "go1.22.0", "GOHOSTOS": "linux", "GOHOSTARCH": "amd64",
            })),
            ["list", .., "golang.org/toolchain"] => ok(serde_json::json!({
                "Versions": ["v0.0.1-go1.20.0.linux-amd64", "v0.0.1-go1.22.0.linux-amd64"]
            })),
            ["list", .., "example.com/lib"] => {
                ok(serde_json::json!({ "Versions": ["v1.0.0", "v1.1.0", "v1.2.0"] }))
            }
            ["list", .., "example.com/Upper"] => failed("403 Forbidden: this list is not served"),
            _ => failed("404 Not Found"),
        })
    }
}

/// Compiles text as if it stood in a file of that name.
pub fn compile_text(name: &str, bytes: &[u8]) -> CompileReport {
    let dir = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(dir.path().join(name)).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let report = compile(&[path], &World, CompileOptions::default());
    shorten(report, &dir.path().display().to_string())
}

/// Takes the temporary folder out of the names of files.
fn shorten(mut report: CompileReport, dir: &str) -> CompileReport {
    for label in report.findings.iter_mut().flat_map(|found| &mut found.labels) {
        if let Some(rest) = label.file.name.strip_prefix(dir) {
            let name = rest.trim_start_matches('/').to_owned();
            label.file = gorule::diagnostic::SourceFile::new(name, label.file.text.clone());
        }
    }
    report
}

/// One file of the fixtures.
pub struct Fixture {
    /// Its name without `.gorule`.
    pub name: String,
    /// The code that it shows, where its name begins with one.
    pub code: String,
    bytes: Vec<u8>,
}

/// The fixtures of a folder, by name.
pub fn all(folder: &str) -> Vec<Fixture> {
    let mut found: Vec<Fixture> = std::fs::read_dir(fixtures().join(folder))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let code = name.split('_').next().unwrap().to_owned();
            Fixture { name, code, bytes: std::fs::read(path).unwrap() }
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!found.is_empty(), "no fixtures in {folder}");
    found
}

impl Fixture {
    /// All of the file.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The file without its directions.
    pub fn body(&self) -> Vec<u8> {
        let directions: usize =
            self.text().split_inclusive('\n').take_while(|line| line.starts_with("//~ ")).map(str::len).sum();
        self.bytes[directions..].to_vec()
    }

    /// The mistake in a few words; `None`: it is the same as another fixture's.
    pub fn mistake(&self) -> Option<String> {
        let text = self.text();
        let words = text.lines().find_map(|line| line.strip_prefix("//~ mistake: "));
        let words = words.unwrap_or_else(|| panic!("{} has no line `//~ mistake: …`", self.name));
        (words != "-").then(|| words.to_owned())
    }

    /// What is found in it.
    pub fn report(&self) -> CompileReport {
        compile_text(&format!("{}.gorule", self.name), &self.body())
    }

    /// The same text with every mistake mended; `None`: it has no directions.
    pub fn mended(&self) -> Option<String> {
        let text = self.text();
        let directions = text.lines().filter_map(|line| line.strip_prefix("//~ mend: "));
        let mut body = String::from_utf8_lossy(&self.body()).into_owned();
        let mut any = false;
        for direction in directions {
            let (old, new) =
                direction.split_once(" => ").unwrap_or_else(|| panic!("{}: {direction}", self.name));
            let read =
                |text: &str| text.replace("\\n", "\n").replace("\\0", "\0").replace("\\xff", "\u{fffd}");
            let (old, new) = (read(old), read(new));
            assert_eq!(body.matches(&old).count(), 1, "{}: `{old}` is to occur once", self.name);
            body = body.replace(&old, &new);
            any = true;
        }
        any.then_some(body)
    }
}

/// The files of the standard plugins.
pub fn plugins() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.is_dir())
        .flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "gorule"))
        .collect();
    files.sort();
    assert!(files.len() >= 3, "{files:?}");
    files
}
