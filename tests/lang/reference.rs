//! The examples of the language reference are correct: each compiles without a finding.
//!
//! A block that is a part of a file gets the rest around it, by its first word. Those marked `real`
//! are checked against real packages, the others against the fixtures' small world.
use std::process::Command;

use crate::fixed_world::compile_text;
use gorule::diagnostic::{SourceFile, render};

const PAGE: &str = include_str!("../../book/src/language.md");

/// A fenced block: its first line, the text after the fence, its own text.
struct Block {
    line: usize,
    kind: &'static str,
    text: String,
}

fn blocks() -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut open = false;
    for (at, line) in PAGE.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(kind) => {
                open = true;
                out.push(Block { line: at + 1, kind, text: String::new() });
            }
            None if open => out.last_mut().unwrap().text.extend([line, "\n"]),
            None => {}
        }
    }
    out
}

impl Block {
    /// A whole file.
    fn file(&self) -> String {
        let text = &self.text;
        let first = text.lines().find(|line| !line.starts_with("//")).unwrap_or_default();
        match first.split_whitespace().next().unwrap_or_default() {
            "plugin" | "" => text.clone(),
            "target" => format!("plugin p {{\n{text}}}\n"),
            "rule" | "bare" => {
                let import = if text.contains("context.") { "import \"context\"\n" } else { "" };
                format!("plugin p {{\n{import}target \"example.com/lib\" [1.0.0, 1.2.0) {{\n{text}}}\n}}\n")
            }
            other => panic!("line {}: an example begins with `{other}`", self.line),
        }
    }
}

#[test]
fn every_example_compiles() {
    let (mut examples, mut wrong) = (0, Vec::new());
    for block in blocks() {
        assert!(
            matches!(block.kind, "gorule" | "gorule real" | "text"),
            "line {}: neither an example of the language nor a scheme of it: `{}`",
            block.line,
            block.kind
        );
        if block.kind != "text" && block.file() == block.text {
            let source = SourceFile::new("example.gorule", block.text.clone());
            let laid_out = gorule::syntax::format(&source).unwrap();
            assert_eq!(laid_out, block.text, "line {}: `gorulec fmt` would change it", block.line);
        }
        if block.kind != "gorule" {
            continue;
        }
        let report = compile_text("example.gorule", block.file().as_bytes());
        let said = render::to_text(&report.findings, false);
        if !report.findings.is_empty() || report.bundle.is_none() {
            wrong.push(format!("line {}:\n{}\n{said}", block.line, block.file()));
        }
        examples += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(examples >= 15, "{examples}");
}

/// By the rules, and by the Go compiler.
#[test]
fn examples_of_real_packages_hold_in_all_versions() {
    let dir = tempfile::tempdir().unwrap();
    let real: Vec<Block> = blocks().into_iter().filter(|block| block.kind == "gorule real").collect();
    assert!(
        real.iter().any(|block| block.text.contains("NewFailoverClient")),
        "the older tool's example is gone"
    );
    for (at, block) in real.iter().enumerate() {
        let path = dir.path().join(format!("{at}.gorule"));
        std::fs::write(&path, &block.text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_gorulec"));
        let output = command.args(["check", "--no-types"]).arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("warning["), "line {}:\n{said}", block.line);
    }
}
