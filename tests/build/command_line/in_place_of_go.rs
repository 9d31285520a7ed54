//! goagent in the place of `go`: under its name, and for commands that are not goagent's.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::common::go::Go;
use crate::common::process::{Output, run, run_within};

const GOAGENT: &str = env!("CARGO_BIN_EXE_goagent");

/// A goagent that takes itself for go never ends.
const PATIENCE: Duration = Duration::from_mins(5);

const MAIN: &str = "package main\n\nimport \"net/http\"\n\nfunc main() { println(http.StatusOK) }\n";

/// A module, and folders that PATH may begin with.
struct Place {
    go: Go,
    /// The folder of its `go`: below a `go` that has switched to an old toolchain, no `go` runs.
    bin: PathBuf,
    folder: tempfile::TempDir,
}

impl Place {
    fn new(go: Go, files: &[(&str, &str)]) -> Self {
        let root = run(&mut go.go(Path::new("/"), &["env", "GOROOT"])).stdout;
        let bin = Path::new(root.trim()).join("bin");
        let place = Self { go, bin, folder: tempfile::tempdir().unwrap() };
        place.write("m/go.mod", "module example.com/m\n\ngo 1.18\n");
        for (name, text) in files {
            place.write(&format!("m/{name}"), text);
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        std::fs::write(self.path(name), text).unwrap();
    }

    fn script(&self, name: &str, text: &str) {
        self.write(name, &format!("#!/bin/sh\n{text}\n"));
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A script that starts goagent for builds, and go for all else.
    fn for_builds(&self) -> String {
        let go = self.bin.join("go");
        format!("[ \"$1\" = build ] && exec {GOAGENT} \"$@\"\nexec {} \"$@\"", go.display())
    }

    fn link(&self, name: &str, to: &Path) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        symlink(to, self.path(name)).unwrap();
    }

    /// A command in the module, with PATH beginning with these folders.
    fn command(&self, folders: &[&str], program: &str, words: &[&str]) -> Command {
        let path = std::env::var_os("PATH").unwrap();
        let folders = folders.iter().map(|name| self.path(name)).chain([self.bin.clone()]);
        let path = std::env::join_paths(folders.chain(std::env::split_paths(&path))).unwrap();
        let mut command = self.go.program("env", &self.path("m"));
        command.arg(program).args(words).env("PATH", path).env("GOTOOLCHAIN", "local");
        command
    }

    fn run(&self, folders: &[&str], program: &str, words: &[&str]) -> Output {
        run_within(&mut self.command(folders, program, words), PATIENCE)
    }
}

fn woven(output: &Output) -> bool {
    output.stderr.contains("goagent: wove net/http ")
}

/// A link, a link to a link, a copy, scripts: each builds what `goagent build` builds, to the byte.
#[test]
fn a_link_named_go() {
    let place = Place::new(Go::newest(), &[("main.go", MAIN)]);
    place.run(&[], GOAGENT, &["build", "-o", "direct", "."]).expect_success("goagent build");
    let direct = std::fs::read(place.path("m/direct")).unwrap();

    place.link("link/go", Path::new(GOAGENT));
    place.link("chain/go", &place.path("link/go"));
    std::fs::create_dir(place.path("copy")).unwrap();
    std::fs::copy(GOAGENT, place.path("copy/go")).unwrap();
    place.script("script/go", &format!("exec {GOAGENT} \"$@\""));
    place.script("some/go", &place.for_builds());
    for folders in [
        &["link"][..],
        &["chain", "link"],
        &["link", "copy", "chain"],
        &["copy"],
        &["script"],
        &["script", "link", "some"],
        &["some"],
    ] {
        let built = place.run(folders, "go", &["build", "--strict", "-o", "out", "."]);
        built.expect_success(&format!("go build, {folders:?}"));
        assert!(woven(&built), "{folders:?}: {}", built.stderr);
        assert!(std::fs::read(place.path("m/out")).unwrap() == direct, "{folders:?}");
        let version = place.run(folders, "go", &["version"]);
        assert!(version.stdout.starts_with(&format!("go version {} ", place.go.name)), "{version:?}");
    }
    let off = run_within(place.command(&["link"], "go", &["build", "."]).env("GOAGENT", "off"), PATIENCE);
    assert_eq!(off.expect_success("GOAGENT=off").stderr, "goagent: nothing is woven, by GOAGENT=off\n");
}

/// Without another `go` each command stops, and reports why once.
#[test]
fn no_other_go() {
    let place = Place::new(Go::newest(), &[("main.go", MAIN)]);
    place.link("link/go", Path::new(GOAGENT));
    for words in
        [&["build", "."][..], &["build", "--strict"], &["test", "./..."], &["vet", "."], &["version"]]
    {
        let mut command = place.go.program(place.path("link/go").to_str().unwrap(), &place.path("m"));
        let output = run_within(command.args(words).env("PATH", place.path("link")), PATIENCE);
        assert_eq!((output.end.as_str(), output.stderr.lines().count()), ("exit 127", 1), "{output:?}");
        assert!(output.stderr.contains("in PATH there is only goagent itself"), "{output:?}");
        assert!(output.stderr.contains("install Go, or put it on PATH"), "{output:?}");
    }
}

/// Commands that are not goagent's are go's: the output and the exit code are the same.
#[test]
fn every_other_command_is_gos() {
    let wrong = "package wrong\n\nimport \"fmt\"\n\nfunc f() { fmt.Printf(\"%d\", \"x\") }\n";
    let generate = "package lib\n\n//go:generate echo generated\n";
    let place = Place::new(Go::newest(), &[("main.go", MAIN), ("wrong/w.go", wrong), ("lib/l.go", generate)]);
    place.run(&[], "go", &["build", "-o", "plain", "."]).expect_success("go build");
    for words in [
        &["version"][..],
        &["version", "-m", "plain"],
        &["env", "GOVERSION", "GOFLAGS"],
        &["list", "-deps", "-f", "{{.ImportPath}}", "./..."],
        &["list", "./nothing"],
        &["mod", "edit", "-json"],
        &["mod", "nonsense"],
        &["vet", "./wrong"],
        &["generate", "-x", "./lib"],
        &["tool", "dist", "list"],
        &["fmt", "-n", "./lib"],
        &["clean", "-n"],
        &["doc", "net/http.Get"],
        &["fix", "./lib"],
        &["work", "edit", "-json"],
        &["help", "buildconstraint"],
        &["get", "-h"],
        &["-C", "lib", "list"],
        &["-C=lib", "env", "GOMOD"],
        &["nonsense"],
    ] {
        let plain = place.run(&[], "go", words);
        let ours = place.run(&[], GOAGENT, words);
        assert_eq!(
            (&plain.end, &plain.stdout, &plain.stderr),
            (&ours.end, &ours.stdout, &ours.stderr),
            "{words:?}"
        );
    }
    let built = place.run(&[], GOAGENT, &["-C", "../m", "build", "-o", "out", "."]);
    assert!(woven(built.expect_success("goagent -C ../m build")), "{}", built.stderr);
}

/// goagent becomes go: it has the process's id and its standard input.
#[test]
fn another_command_is_the_same_process() {
    let generate = "package lib\n\n//go:generate sh -c \"echo ${DOLLAR}PPID\"\n";
    let place = Place::new(Go::newest(), &[("l.go", generate)]);
    let child = place.command(&[], GOAGENT, &["generate"]).stdout(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let said = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(said.stdout).unwrap().trim(), id.to_string());

    let input = std::fs::File::open(place.path("m/go.mod")).unwrap();
    let output = place.command(&[], GOAGENT, &["mod", "edit", "-print", "/dev/stdin"]).stdin(input).output();
    assert_eq!(String::from_utf8(output.unwrap().stdout).unwrap(), "module example.com/m\n\ngo 1.18\n");
}

/// Commands that `go generate` and tests start find a go as well, before Go 1.19 goagent again.
#[test]
fn go_below_go() {
    let generate = "package main\n\n//go:generate go build -o generated .\n";
    let test = "package main\n\nimport (\n\t\"os/exec\"\n\t\"testing\"\n)\n\nfunc TestGo(t *testing.T) {\n\tif out, err := \
        exec.Command(\"go\", \"build\", \"-o\", \"tested\", \".\").CombinedOutput(); err != nil {\n\t\tt.Fatal(err, string(out))\n\t}\n}\n";
    for go in Go::oldest_and_newest() {
        let main = "package main\n\nfunc main() { println(1) }\n";
        let files = [("main.go", main), ("generate.go", generate), ("main_test.go", test)];
        let place = Place::new(go, &files);
        place.link("link/go", Path::new(GOAGENT));
        place.script("script/go", &place.for_builds());
        for folder in ["link", "script"] {
            for (words, made) in [(&["generate"][..], "generated"), (&["test", "-count=1", "."], "tested")] {
                let said = place.run(&[folder], "go", words);
                said.expect_success(&format!("{}: {folder}: go {words:?}", place.go.name));
                std::fs::remove_file(place.path("m").join(made)).unwrap();
            }
        }
    }
}
