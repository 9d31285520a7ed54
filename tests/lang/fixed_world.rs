//! A small world of Go sources that does not change: `tests/fixtures/lang/world`.

use std::path::Path;

use camino::Utf8PathBuf;
use gorule::author::compile::{CompileOptions, CompileReport, compile};
use gorule::gotool::question::{GoCommand, GoMissing, Output};

use crate::common::rule_files::{Fixture, fixtures};

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
            ["list", .., "example.com/taken"] => {
                ok(serde_json::json!({ "Versions": ["v1.0.0", "v1.1.0", "v1.1.1", "v1.3.0"] }))
            }
            ["list", .., "example.com/Upper"] => failed("403 Forbidden: this list is not served"),
            _ => failed("404 Not Found"),
        })
    }
}

/// Compiles text as if it were in a file of that name.
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

impl Fixture {
    /// The code that it shows, if its name begins with one.
    pub fn code(&self) -> &str {
        self.name.split('_').next().unwrap()
    }

    /// The mistake in a few words; `None` if it is the same as another fixture's.
    pub fn mistake(&self) -> Option<String> {
        let text = self.text();
        let words = text.lines().find_map(|line| line.strip_prefix("//~ mistake: "));
        let words = words.unwrap_or_else(|| panic!("{} has no line `//~ mistake: …`", self.name));
        (words != "-").then(|| words.to_owned())
    }

    /// The findings in it.
    pub fn report(&self) -> CompileReport {
        compile_text(&format!("{}.gorule", self.name), &self.body())
    }
}
