//! Woven files: compared with snapshots, and then compiled, vetted and run by Go.
//!
//! A folder below tests/fixtures/weave holds one .gorule file and a module in src; dropping one
//! there adds a test. The program is run as it was and woven; its output has to be equal unless the
//! rules contain `var`, `skip` or `replace`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorule::bundle::Bundle;
use gorule::version::Version;
use gorule::weave::{self, GENERATED_FILE, GoSourceFile, Unit};
use gorule::{codegen, plan, syntax};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn unit(rules: &Path, package: &str) -> Unit {
    let source = syntax::decode("rules.gorule", std::fs::read(rules).unwrap()).unwrap();
    let parsed = syntax::parse(&source).expect("the fixture's rules parse");
    let bundle = Bundle { plugins: vec![codegen::lower(&parsed.file, &source.text).unwrap()] };
    let bundle = Bundle::decode(&bundle.encode().unwrap()).unwrap();
    let go = Version::parse("1.26").unwrap();
    plan::unit(&[bundle], &plan::BuildPackage::named(package), None, &go, &mut Vec::new())
        .expect("the rules are for this package")
}

fn sources(dir: &Path) -> Vec<GoSourceFile> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "go"));
    paths.sort();
    let read = |p: &PathBuf| GoSourceFile {
        path: format!("/src/{}", p.file_name().unwrap().to_str().unwrap()),
        text: std::fs::read_to_string(p).unwrap(),
    };
    paths.iter().map(read).collect()
}

fn go(dir: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("go");
    command
        .args(arguments)
        .current_dir(dir)
        .env("GOFLAGS", "-mod=mod")
        .env("GOWORK", "off")
        .env("GOTOOLCHAIN", "local");
    let output = command.output().expect("go is installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "go {arguments:?} in {}:\n{text}{}",
        dir.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

/// The woven module, in which the agent is an ordinary dependency.
fn write_woven(fixture: &Path, to: &Path, files: &[GoSourceFile], woven: &weave::Woven) {
    let module = std::fs::read_to_string(fixture.join("src/go.mod")).unwrap();
    let runtime = root().join("runtime");
    let module = format!("{module}\nrequire goagent v0.0.0\n\nreplace goagent => {}\n", runtime.display());
    std::fs::write(to.join("go.mod"), module).unwrap();
    for (index, file) in files.iter().enumerate() {
        let text = woven.files.iter().find(|(i, _)| *i == index).map_or(&file.text, |(_, text)| text);
        std::fs::write(to.join(Path::new(&file.path).file_name().unwrap()), text).unwrap();
    }
    if let Some(text) = &woven.generated {
        std::fs::write(to.join(GENERATED_FILE), text).unwrap();
    }
}

#[test]
fn woven_fixtures_compile_vet_and_run() {
    for entry in std::fs::read_dir(root().join("tests/fixtures/weave")).unwrap() {
        let fixture = entry.unwrap().path();
        let name = fixture.file_name().unwrap().to_str().unwrap().to_owned();
        let files = sources(&fixture.join("src"));
        let unit = unit(&fixture.join(format!("{name}.gorule")), &format!("example.com/{name}"));
        let woven = weave::weave(&unit, &files);
        let skipped: Vec<_> = woven.outcomes.iter().filter(|o| o.skipped.is_some()).collect();
        assert!(skipped.is_empty(), "{name}: {skipped:?}");

        let temporary = tempfile::tempdir().unwrap();
        write_woven(&fixture, temporary.path(), &files, &woven);
        go(temporary.path(), &["vet", "-tags=goagent_nogls", "."]);
        let plain = go(&fixture.join("src"), &["run", "."]);
        let ran = go(temporary.path(), &["run", "-tags=goagent_nogls", ".", "show"]);
        let (own, hooks): (Vec<&str>, Vec<&str>) = ran.lines().partition(|line| !line.starts_with("hook: "));
        let mut shown = String::from("# the program's own output: plain | woven\n");
        assert_eq!(plain.lines().count(), own.len(), "{name}:\n{ran}");
        for (before, after) in plain.lines().zip(&own) {
            let mark = if before == *after { "=" } else { "|" };
            writeln!(
                shown,
                "{mark} {before}{}",
                if before == *after { String::new() } else { format!(" | {after}") }
            )
            .unwrap();
        }
        write!(shown, "# hooks\n{}\n", hooks.join("\n")).unwrap();
        for (index, text) in &woven.files {
            write!(shown, "# {}\n{text}\n", files[*index].path).unwrap();
        }
        write!(shown, "# {GENERATED_FILE}\n{}", woven.generated.unwrap_or_default()).unwrap();
        insta::with_settings!({ snapshot_path => root().join("snapshots/weave"), prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, shown);
        });
    }
}
