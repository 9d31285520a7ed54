//! Kinds of build: each is done plain and with goagent on its own module, and the two programs have
//! the same output; the woven one makes a client span with a server span below it.

mod dependencies;
pub mod module;
mod odd_code;
mod platforms;
mod refused;
mod tests_asleep;
use std::process::Command;

use crate::common::console;
use crate::common::process::run;
use crate::common::telemetry::Sends;
use module::{Module, everything, expect_trace};

#[test]
fn flags_of_the_compiler_and_the_linker() {
    let probe = Module::probe();
    let light: [&[&str]; 6] = [
        &["-trimpath"],
        &["-ldflags=-s -w -X main.flavour=other"],
        &["-gcflags=-N"],
        &["-gcflags=net/http=-l"],
        &["-cover"],
        &["-mod=mod"],
    ];
    for flags in light {
        probe.check(flags, &[]);
    }
    probe.check(&[], &[("GOFLAGS", "-mod=mod '-gcflags=example.com/...=-l -N'")]);
    probe.check(&[], &[("CGO_ENABLED", "0")]);
}

/// Those that compile the standard library again are for a run of everything.
#[test]
fn flags_for_all_packages() {
    if !everything() {
        return;
    }
    let probe = Module::probe();
    let all: [&[&str]; 6] = [
        &["-gcflags=all=-N -l"],
        &["-gcflags=net/...=-l"],
        &["-buildmode=pie"],
        &["-race"],
        &["-asan"],
        &["-linkshared"],
    ];
    for flags in all {
        probe.check(flags, &[]);
    }
    probe.check(&[], &[("GOFLAGS", "-trimpath '-gcflags=all=-l'")]);
    probe.check(&[], &[("GOEXPERIMENT", "staticlockranking")]);
    probe.write("fetch/fuzz_test.go", "package fetch\n\nimport \"testing\"\n\nfunc FuzzOwn(f *testing.F) {\n\tf.Add(\"x\")\n\tf.Fuzz(func(t *testing.T, s string) { Own() })\n}\n");
    let words = ["test", "-count=1", "-run=^$", "-fuzz=FuzzOwn", "-fuzztime=5x", "./fetch"];
    run(&mut probe.goagent(&words)).expect_success("a fuzz test");
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

const LIBRARY: &str = "plugin library {
    target \"example.com/library\" [1.0.0, ) {
        rule name {
            func  Name() (name string)
            exit  { println(\"hook:\", name) }
        }
    }
}
";

/// A module in a folder has no version: its source decides, and the rule's range does not.
#[test]
fn workspace_modfile_replace_and_vendor() {
    let mut probe = Module::probe();
    probe.own = vec![probe.bundle(LIBRARY)];
    let library = probe.folder.path().join("library");
    std::fs::create_dir_all(&library).unwrap();
    std::fs::write(library.join("go.mod"), "module example.com/library\n\ngo 1.18\n").unwrap();
    std::fs::write(library.join("l.go"), "package lib\n\nfunc Name() string { return \"library\" }\n")
        .unwrap();
    probe.write("uses.go", "package main\n\nimport \"fmt\"\nimport \"example.com/library\"\n\nfunc init() { fmt.Println(lib.Name()) }\n");
    let check = |flags: &[&str], env: &[(&str, &str)]| {
        let said = probe.check(flags, env);
        assert!(said.stderr.contains("hook: library\n"), "{flags:?} {env:?}: {}", said.stderr);
    };
    let workspace = probe.folder.path().join("go.work");
    std::fs::write(&workspace, "go 1.18\n\nuse ./probe\nuse ./library\n").unwrap();
    check(&[], &[("GOWORK", workspace.to_str().unwrap())]);

    std::fs::copy(probe.path().join("go.mod"), probe.path().join("alt.mod")).unwrap();
    let edit =
        ["mod", "edit", "-require=example.com/library@v0.0.0", "-replace=example.com/library=../library"];
    probe.prepare(&[&edit[..], &["alt.mod"]].concat());
    check(&["-modfile=alt.mod"], &[]);

    probe.prepare(&edit);
    check(&[], &[]);
    probe.prepare(&["mod", "vendor"]);
    check(&[], &[]);
    check(&["-mod=vendor"], &[]);
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
    let output = run(probe.go.goagent(&probe.path(), &["run", "main.go"]).only_spans("console"));
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
        let woven = run(probe.go.goagent(&probe.path(), &words).only_spans("console"));
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

    std::fs::write(
        probe.folder.path().join("main.c"),
        "#include \"libprobe.h\"\nint main(void) { return Twice(4) == 8 ? 0 : 1; }\n",
    )
    .unwrap();
    for (mode, file) in [("-buildmode=c-shared", "libprobe.so"), ("-buildmode=c-archive", "libprobe.a")] {
        let library = probe.folder.path().join(file);
        let words = ["build", mode, "-o", library.to_str().unwrap(), "."];
        run(&mut probe.goagent(&words)).expect_success(mode);
        let folder = probe.folder.path();
        run(Command::new("cc").current_dir(folder).args([
            "main.c",
            "-o",
            "main",
            "-L.",
            "-lprobe",
            "-lpthread",
            "-lresolv",
        ]))
        .expect_success("cc");
        let mut program = Command::new(folder.join("main"));
        run(program.env("LD_LIBRARY_PATH", folder).only_spans("none")).expect_success("main.c");
        std::fs::remove_file(library).unwrap();
    }

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
