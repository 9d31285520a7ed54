//! Kinds of build: each is done plain and with goagent on a module of its own, and both programs say the same; the woven
//! one makes a client span with a server span below it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

#[path = "kinds/odd.rs"]
mod odd;
#[path = "kinds/support.rs"]
mod support;

use std::process::Command;

use common::console;
use common::process::run;
use support::{Module, everything, expect_trace};

#[test]
fn flags_of_the_compiler_and_the_linker() {
    let probe = Module::probe();
    let heavy: &[&[&str]] =
        &[&["-gcflags=all=-N -l"], &["-gcflags=net/...=-l"], &["-buildmode=pie"], &["-race"]];
    let light: &[&[&str]] = &[
        &["-trimpath"],
        &["-ldflags=-s -w -X main.flavour=other"],
        &["-gcflags=-N"],
        &["-gcflags=net/http=-l"],
        &["-cover"],
        &["-mod=mod"],
    ];
    for flags in light.iter().chain(if everything() { heavy } else { &[] }) {
        probe.check(flags, &[]);
    }
    if everything() {
        probe.check(&[], &[("GOFLAGS", "-trimpath '-gcflags=all=-l'")]);
    }
    probe.check(&[], &[("GOFLAGS", "-mod=mod '-gcflags=example.com/...=-l -N'")]);
    probe.check(&[], &[("CGO_ENABLED", "0")]);
}

#[test]
fn tags_reach_the_users_packages() {
    let probe = Module::probe();
    let (plain, woven) = probe.build(&["-tags=extra"], &[]);
    for binary in [plain, woven] {
        let output = run(&mut probe.go.program(binary.to_str().unwrap(), probe.folder.path()));
        assert_eq!(output.end, "exit 2", "the tagged file panics: {}", output.stderr);
    }
}

#[test]
fn workspace_modfile_replace_and_vendor() {
    let probe = Module::probe();
    let library = probe.folder.path().join("library");
    std::fs::create_dir_all(&library).unwrap();
    std::fs::write(library.join("go.mod"), "module example.com/library\n\ngo 1.18\n").unwrap();
    std::fs::write(library.join("l.go"), "package lib\n\nconst Name = \"library\"\n").unwrap();
    probe.write("uses.go", "package main\n\nimport \"fmt\"\nimport \"example.com/library\"\n\nfunc init() { fmt.Println(lib.Name) }\n");
    let workspace = probe.folder.path().join("go.work");
    std::fs::write(&workspace, "go 1.18\n\nuse ./probe\nuse ./library\n").unwrap();
    probe.check(&[], &[("GOWORK", workspace.to_str().unwrap())]);

    std::fs::copy(probe.path().join("go.mod"), probe.path().join("alt.mod")).unwrap();
    probe.prepare(&[
        "mod",
        "edit",
        "-require=example.com/library@v0.0.0",
        "-replace=example.com/library=../library",
        "alt.mod",
    ]);
    probe.check(&["-modfile=alt.mod"], &[]);

    probe.prepare(&[
        "mod",
        "edit",
        "-require=example.com/library@v0.0.0",
        "-replace=example.com/library=../library",
    ]);
    probe.check(&[], &[]);
    probe.prepare(&["mod", "vendor"]);
    probe.check(&[], &[]);
    probe.check(&["-mod=vendor"], &[]);
}

#[test]
fn several_mains_and_files() {
    let probe = Module::probe();
    let out = probe.folder.path().join("bin");
    std::fs::create_dir_all(&out).unwrap();
    let mut command = probe.go.goagent(&probe.path(), &["build", "-o", out.to_str().unwrap(), "./..."]);
    run(&mut command).expect_success("several mains");
    for name in ["probe", "other"] {
        probe.traced(&out.join(name));
    }
    let output =
        run(probe.go.goagent(&probe.path(), &["run", "main.go"]).env("OTEL_TRACES_EXPORTER", "console"));
    output.expect_success("go run of a file");
    assert_eq!(output.stdout, "plain answer\n");
    expect_trace(&output);
    let bin = probe.folder.path().join("gobin");
    let mut command = probe.go.goagent(&probe.path(), &["install", "."]);
    run(command.env("GOBIN", &bin)).expect_success("install");
    probe.traced(&bin.join("probe"));
}

#[test]
fn tests_inside_outside_covered_and_benchmarks() {
    let probe = Module::probe();
    for flags in [
        ["-v"].as_slice(),
        &["-cover", "-coverpkg=./..."],
        &["-bench=.", "-benchtime=2x"],
        &["-run", "Outside"],
    ] {
        let mut words = vec!["test", "-count=1", "-v"];
        words.extend(flags);
        words.push("./fetch");
        let plain = run(&mut probe.go.go(&probe.path(), &words));
        plain.expect_success("go test");
        let woven = run(probe.go.goagent(&probe.path(), &words).env("OTEL_TRACES_EXPORTER", "console"));
        woven.expect_success("goagent test");
        expect_trace(&woven);
        let (_, own) = console::take(&woven.stdout);
        assert_eq!(without_times(&plain.stdout), without_times(&own), "{flags:?}");
    }
    let binary = probe.folder.path().join("fetch.test");
    let mut command =
        probe.go.goagent(&probe.path(), &["test", "-c", "-o", binary.to_str().unwrap(), "./fetch"]);
    run(&mut command).expect_success("goagent test -c");
    probe.traced(&binary);
}

/// Numbers vary; words do not.
fn without_times(text: &str) -> String {
    let letters = |line: &str| {
        line.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 2).collect::<Vec<_>>().join(" ")
    };
    text.lines().map(letters).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_users_own_toolexec_runs_too() {
    let probe = Module::probe();
    let log = probe.folder.path().join("tools");
    let tool = probe.folder.path().join("tool with space.sh");
    std::fs::write(&tool, format!("#!/bin/sh\necho x >> '{}'\nexec \"$@\"\n", log.display())).unwrap();
    run(Command::new("chmod").arg("+x").arg(&tool)).expect_success("chmod");
    probe.check(&[&format!("-toolexec='{}'", tool.display())], &[]);
    let plain = std::fs::read_to_string(&log).unwrap().len();
    assert!(plain > 10, "the user's tool ran for each tool of the woven build as well: {plain}");
}

#[test]
fn a_profile_for_one_main() {
    let probe = Module::probe();
    probe.write("profile.go", "package main\n\nimport (\n\t\"os\"\n\t\"runtime/pprof\"\n\t\"time\"\n)\n\nfunc init() {\n\tf, _ := os.Create(\"default.pgo\")\n\tpprof.StartCPUProfile(f)\n\tfor t := time.Now(); time.Since(t) < 200*time.Millisecond; {\n\t}\n\tpprof.StopCPUProfile()\n\tf.Close()\n}\n");
    probe.prepare(&["run", "."]);
    std::fs::remove_file(probe.path().join("profile.go")).unwrap();
    probe.check(&[], &[]);
    probe.check(&["-pgo=off"], &[]);
}

#[test]
fn other_platforms_link() {
    let probe = Module::probe();
    for (os, arch) in [("linux", "arm64"), ("darwin", "arm64"), ("windows", "amd64")] {
        probe.build(&[], &[("GOOS", os), ("GOARCH", arch), ("CGO_ENABLED", "0")]);
    }
}

#[test]
fn an_overlay_stands_in_for_a_file() {
    let probe = Module::probe();
    let other = probe.folder.path().join("other.go");
    let text = std::fs::read_to_string(probe.path().join("main.go")).unwrap();
    std::fs::write(&other, text.replace("\"plain\"", "\"overlaid\"")).unwrap();
    let overlay = probe.folder.path().join("overlay.json");
    let map = serde_json::json!({ "Replace": { probe.path().join("main.go").to_str().unwrap(): other } });
    std::fs::write(&overlay, map.to_string()).unwrap();
    probe.check(&[&format!("-overlay={}", overlay.display())], &[]);
}

#[test]
fn cgo_c_shared_and_plugin() {
    let probe = Module::probe();
    probe.write("c.go", "package main\n\n// static int twice(int n) { return 2 * n; }\nimport \"C\"\nimport \"fmt\"\n\n//export Twice\nfunc Twice(n C.int) C.int { return C.twice2(n) }\n\nfunc init() { fmt.Println(C.twice(21)) }\n".replace("C.twice2", "2 * ").as_str());
    probe.check(&[], &[]);

    let library = probe.folder.path().join("libprobe.so");
    let words = ["build", "-buildmode=c-shared", "-o", library.to_str().unwrap(), "."];
    run(&mut probe.go.goagent(&probe.path(), &words)).expect_success("c-shared");
    std::fs::write(
        probe.folder.path().join("main.c"),
        "#include \"libprobe.h\"\nint main(void) { return Twice(4) == 8 ? 0 : 1; }\n",
    )
    .unwrap();
    run(Command::new("cc").current_dir(probe.folder.path()).args(["main.c", "-o", "main", "-L.", "-lprobe"]))
        .expect_success("cc");
    run(Command::new(probe.folder.path().join("main")).env("LD_LIBRARY_PATH", probe.folder.path()))
        .expect_success("main.c");

    let probe = Module::probe();
    probe.write("plug/plug.go", "package main\n\nimport \"example.com/probe/fetch\"\n\nfunc Run() string { return fetch.Own() }\n\nfunc main() {}\n");
    probe.write("main.go", "package main\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n\t\"plugin\"\n)\n\nvar _ = http.NoBody\n\nfunc main() {\n\tp, err := plugin.Open(\"plug.so\")\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tf, _ := p.Lookup(\"Run\")\n\tfmt.Println(f.(func() string)())\n}\n");
    let out = probe.folder.path().join("plug.so");
    let words = ["build", "-buildmode=plugin", "-o", out.to_str().unwrap(), "./plug"];
    run(&mut probe.go.goagent(&probe.path(), &words)).expect_success("plugin");
    let host = probe.folder.path().join("host");
    run(&mut probe.go.goagent(&probe.path(), &["build", "-o", host.to_str().unwrap(), "."]))
        .expect_success("the plugin's host");
    assert_eq!(probe.traced(&host).stdout, "answer\n");
}

#[test]
fn packages_named_with_a_version() {
    let probe = Module::probe();
    let bin = probe.folder.path().join("gobin");
    let mut command = probe.go.goagent(probe.folder.path(), &["install", "github.com/rakyll/hey@v0.1.4"]);
    run(command.env("GOBIN", &bin)).expect_success("install of a package with a version");
    let inspected =
        run(&mut probe.go.goagent(probe.folder.path(), &["inspect", bin.join("hey").to_str().unwrap()]));
    inspected.expect_success("inspect");
    assert!(inspected.stdout.contains("net/http"), "{}", inspected.stdout);
}

#[test]
fn a_build_for_each_main_where_profiles_differ_is_refused_with_advice() {
    let probe = Module::probe();
    probe.write("default.pgo", "");
    let output =
        run(&mut probe.go.goagent(&probe.path(), &["build", "--strict", "-o", "/dev/null", "./..."]));
    assert_eq!(output.end, "exit 1");
    assert!(output.stderr.contains("-pgo=off"), "{}", output.stderr);
}
