//! Reports of gorulec about its own work: the versions it compared, those it compiled, and those it
//! did not, with the reason. The same modules give the same verdict whatever is in the module
//! cache. They come from a proxy that is a folder; the network is not used.
use std::path::PathBuf;
use std::process::Command;

use crate::common::go::Go;
use crate::common::process::{Output, run};
use serde_json::Value;

use crate::proxy;

const LIB: &str = "example.com/lib";
const GOOD: &str = "package lib\n\nvar size = 1\n\nfunc F(n int) int { return n + size }\n";

/// A proxy, module caches and a rule.
struct World(tempfile::TempDir);

impl World {
    /// A module with these minor versions, each with the content of its only file.
    fn new(minors: std::ops::Range<usize>, text: impl Fn(usize) -> &'static str) -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        for minor in minors {
            world.publish(&format!("v1.{minor}.0"), true, &[("lib.go", text(minor))]);
        }
        world.rule("[1.0.0, )", "_ = n");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn publish(&self, version: &str, listed: bool, files: &[(&str, &str)]) {
        proxy::publish(&self.path("proxy"), LIB, version, listed, files);
    }

    /// A rule for `F` in this range, with this template.
    fn rule(&self, range: &str, enter: &str) {
        self.rule_for(LIB, range, &format!("func F(n int)\n            enter {{ {enter} }}"));
    }

    fn rule_for(&self, package: &str, range: &str, rule: &str) {
        let text = format!(
            "plugin p {{\n    target \"{package}\" {range} {{\n        rule one {{\n            {rule}\n        }}\n    }}\n}}\n"
        );
        std::fs::write(self.path("p.gorule"), text).unwrap();
    }

    /// Any program, with a module cache and a memory of its own name.
    fn command(&self, program: &str, cache: &str) -> Command {
        let go = Go { name: "local".to_owned() };
        let mut command = go.program(program, self.0.path());
        command
            .env("GOPROXY", format!("file://{}", self.path("proxy").display()))
            .env("GOMODCACHE", self.path(cache))
            .env("GOAGENT_CACHE", self.path(&format!("memory-{cache}")))
            .env("GOFLAGS", "-mod=mod")
            .envs([("GOSUMDB", "off"), ("GONOSUMDB", ""), ("GOPRIVATE", ""), ("GONOPROXY", "")]);
        command
    }

    fn gorulec(&self, cache: &str, args: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_gorulec"), cache);
        run(command.args(args).arg("p.gorule").envs(variables.iter().copied()))
    }

    /// `gorulec check`, with no module in the cache before the first time.
    fn check(&self, args: &[&str]) -> Output {
        self.gorulec("cache", &[&["check"], args].concat(), &[])
    }

    /// The coverage of a check, as tools read it.
    fn compared(&self, args: &[&str]) -> (Output, Value) {
        let output = self.check(&[&["--format", "json"], args].concat());
        let document: Value = serde_json::from_str(&output.stdout).unwrap();
        (output, document["compared"][0].clone())
    }

    fn download(&self, cache: &str, versions: &[&str]) {
        let wanted: Vec<String> = versions.iter().map(|version| format!("{LIB}@{version}")).collect();
        let mut go = self.command("go", cache);
        std::fs::write(self.path("go.mod"), "module m\n").unwrap();
        run(go.args(["mod", "download"]).args(wanted)).expect_success("go mod download");
    }
}

impl Drop for World {
    /// Go's module caches cannot be written, nor removed.
    fn drop(&mut self) {
        for cache in ["cache", "full", "empty"] {
            let _ = self.command("go", cache).args(["clean", "-modcache"]).output();
        }
    }
}

#[track_caller]
fn says(output: &Output, end: &str, words: &[&str]) {
    let text = format!("{}{}", output.stdout, output.stderr);
    for word in words {
        assert!(text.contains(word), "`{word}` is not in:\n{text}");
    }
    assert_eq!(output.end, end, "{text}");
}

#[test]
fn versions_claims_no_release_that_it_has_not_compared() {
    let world = World::new(0..0, |_| GOOD);
    let without = [("lib.go", "package lib\n")];
    for (version, files) in [
        ("v1.8.0", &without),
        ("v1.8.1", &[("lib.go", GOOD)]),
        ("v1.9.0", &[("lib.go", GOOD)]),
        ("v1.10.0", &without),
        ("v1.11.0", &[("lib.go", GOOD)]),
    ] {
        world.publish(version, true, files);
    }
    let versions = |args: &[&str]| world.gorulec("cache", &[&["versions"], args].concat(), &[]);
    world.rule("[1.8.0, 1.10.0)", "_ = n");
    says(&versions(&[]), "exit 0", &["    widest range that it fits  [1.8.1, 1.9.0]\n"]);
    world.rule("[1.8.0, )", "_ = n");
    says(&versions(&[]), "exit 0", &["fails  v1.10.0: ", "it fits  [1.8.1, 1.10.0), [1.11.0, )\n"]);

    let gone = world.path("proxy").join(LIB).join("@v/v1.10.0.zip");
    std::fs::rename(&gone, world.path("gone")).unwrap();
    let fresh = |args: &[&str]| world.gorulec("empty", &[&["versions"], args].concat(), &[]);
    says(&fresh(&[]), "exit 0", &["    not compared  v1.10.0: ", "it fits  [1.8.1, 1.9.0], [1.11.0, )\n"]);

    world.download("full", &["v1.8.1", "v1.11.0"]);
    let offline = world.gorulec("full", &["versions", "--offline"], &[]);
    let singles = "it fits  [1.8.1, 1.8.1], [1.11.0, 1.11.0]\n";
    says(&offline, "exit 0", &["    other releases are not known: --offline forbids", singles]);
}

#[test]
fn versions_says_that_nothing_is_compiled() {
    let world = World::new(0..1, |_| GOOD);
    world.rule("[1.0.0, )", "var text string = n; _ = text");
    says(&world.check(&[]), "exit 1", &["GR0501"]);
    let table = world.gorulec("cache", &["versions"], &[]);
    says(&table, "exit 0", &["p/one  example.com/lib  (compared, not compiled)\n    fits   v1.0.0\n"]);
    let json = world.gorulec("cache", &["versions", "--format", "json"], &[]);
    let json: Value = serde_json::from_str(&json.expect_success("versions").stdout).unwrap();
    assert_eq!(
        (&json["compiled"], &json["rules"][0]["releases"][0]["verdict"]),
        (&false.into(), &"fits".into())
    );
    let help = run(world.command(env!("CARGO_BIN_EXE_gorulec"), "cache").args(["versions", "--help"]));
    says(&help, "exit 0", &["no template is compiled"]);
}

#[test]
fn check_says_what_it_compared_and_compiled_and_what_not() {
    let world = World::new(0..21, |_| GOOD);
    let (output, compared) = world.compared(&[]);
    says(&output, "exit 0", &[]);
    assert_eq!(compared["versions"], serde_json::json!(["1.0.0", "1.5.0", "1.10.0", "1.15.0", "1.20.0"]));
    assert_eq!(compared["not_compared"][0]["versions"].as_array().unwrap().len(), 16);
    let builds: Vec<&str> =
        compared["compiled"].as_array().unwrap().iter().map(|one| one["version"].as_str().unwrap()).collect();
    assert_eq!(builds, ["1.0.0", "1.10.0", "1.20.0"]);
    assert!(compared["compiled"][0]["go"].as_str().unwrap().starts_with("go1."), "{compared}");
    assert!(compared["compiled"][0]["platform"].as_str().unwrap().contains('/'), "{compared}");
    assert_eq!(compared["not_compiled"][0]["versions"], serde_json::json!(["1.5.0", "1.15.0"]));
    let human = world.check(&[]);
    says(
        &human,
        "exit 0",
        &[
            "compared example.com/lib with 1.0.0, 1.5.0, 1.10.0, 1.15.0 and 1.20.0\n",
            "not compared: example.com/lib 1.1.0 … 1.19.0 (16 versions): a rule that gorule.lock does not record is compared with",
            "compiled example.com/lib 1.0.0, 1.10.0 and 1.20.0 by go1.",
            "not compiled: example.com/lib 1.5.0 and 1.15.0: a rule that gorule.lock does not record is compiled at",
        ],
    );
    says(&world.check(&["--no-types"]), "exit 0", &["not compiled: example.com/lib 1.0.0", ": --no-types\n"]);
}

#[test]
fn a_wide_range_is_looked_at_between_its_ends() {
    let without = |from, to| move |minor| if (from..to).contains(&minor) { "package lib\n" } else { GOOD };
    let world = World::new(0..21, without(8, 13));
    says(
        &world.check(&["--no-types"]),
        "exit 1",
        &[
            "of the versions compared, it holds in [1.0.0, 1.8.0), [1.13.0, )",
            "not compared: 1.1.0 … 1.19.0 (",
        ],
    );
    // Four changes are more than the budget of 12 versions finds.
    let world = World::new(0..121, |minor| if minor / 30 % 2 == 1 { GOOD } else { "package lib\n" });
    let (output, compared) = world.compared(&["--no-types"]);
    says(&output, "exit 1", &["GR0410", "at most 12 more"]);
    // The place of the last change was not found: the advice ends with the releases that were seen.
    says(&output, "exit 1", &["it holds in [1.30.0, 1.60.0), [1.90.0, 1.90.0]"]);
    assert_eq!(compared["versions"].as_array().unwrap().len(), 2 + 3 + 12);
    // The template does not compile from 1.10 on: the compared releases are searched.
    let text = |minor| {
        if minor < 10 { GOOD } else { "package lib\n\nvar size = \"\"\n\nfunc F(n int) int { return n }\n" }
    };
    let world = World::new(0..21, text);
    world.rule("[1.0.0, )", "_ = n + size");
    let (output, compared) = world.compared(&[]);
    let of = |clean: bool| {
        let builds = compared["compiled"].as_array().unwrap().iter().filter(|one| one["clean"] == clean);
        builds.map(|one| one["version"].as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((of(true), of(false)), (vec!["1.0.0", "1.5.0"], vec!["1.10.0", "1.20.0"]));
    says(&output, "exit 1", &["it compiles with example.com/lib v1.0.0 and example.com/lib v1.5.0"]);
}

#[test]
fn the_verdicts_of_a_lock_stand() {
    let world = World::new(0..2, |_| GOOD);
    says(
        &world.gorulec("cache", &["update"], &[]),
        "exit 0",
        &["compiled example.com/lib 1.0.0 and 1.1.0 by"],
    );
    world.publish("v1.2.0", true, &[("lib.go", "package lib\n")]);
    let locked = "neither compared nor compiled now, as gorule.lock has them: p\n";
    says(&world.gorulec("empty", &["check"], &[("GOPROXY", "off")]), "exit 0", &[locked]);
    // Nor is there a need for Go.
    says(&world.gorulec("empty", &["check"], &[("PATH", "")]), "exit 0", &[locked]);
}

#[test]
fn the_verdict_does_not_depend_on_the_module_cache() {
    let world = World::new(0..21, |minor| if minor == 7 { "package lib\n" } else { GOOD });
    world.publish("v1.5.1", false, &[("lib.go", "package lib\n")]);
    world.download("full", &["v1.5.1", "v1.7.0", "v1.8.0"]);
    for (range, end) in [("[1.0.0, )", "exit 0"), ("[1.7.0, )", "exit 1")] {
        world.rule(range, "_ = n");
        let [full, empty] =
            ["full", "empty"].map(|cache| world.gorulec(cache, &["check", "--no-types"], &[]));
        let full_text = full.stderr.lines().filter(|line| !line.contains("1.5.1")).collect::<Vec<_>>();
        assert_eq!(full_text, empty.stderr.lines().collect::<Vec<_>>());
        assert_eq!((full.end.as_str(), empty.end.as_str()), (end, end), "{}", full.stderr);
    }
    world.rule("[1.0.0, )", "_ = n");
    let full = world.gorulec("full", &["check", "--no-types"], &[]);
    says(
        &full,
        "exit 0",
        &["not compared: example.com/lib 1.5.1: ", "no list of published versions names them"],
    );
    // If nobody can be asked, that is reported.
    let off = [("GOPROXY", "off")];
    let full = world.gorulec("full", &["check", "--no-types"], &off);
    says(&full, "exit 1", &["GR0410", "which other versions there are is not known: ", "GOPROXY=off"]);
    let _ = std::fs::remove_dir_all(world.path("cache"));
    says(&world.gorulec("cache", &["check", "--no-types"], &off), "exit 1", &["GR0303", "GOPROXY=off"]);
    says(
        &world.gorulec("cache", &["check"], &[("PATH", "")]),
        "exit 1",
        &["GR0306", "put its bin folder on PATH"],
    );
}

#[test]
fn a_go_that_is_not_here_is_named_with_where_it_would_come_from() {
    let world = World::new(0..0, |_| GOOD);
    let env = run(world.command("go", "cache").args(["env", "GOHOSTOS", "GOHOSTARCH"]));
    let platform = env.stdout.split_whitespace().collect::<Vec<_>>().join("-");
    let tag = |go: &str| format!("v0.0.1-go{go}.{platform}");
    for go in ["1.20.14", "1.21.0"] {
        proxy::publish(&world.path("proxy"), "golang.org/toolchain", &tag(go), true, &[]);
    }
    // A machine that has Go 1.20, which has no log/slog, and one that has not.
    let old = world.path("full/golang.org").join(format!("toolchain@{}", tag("1.20.14"))).join("src/log");
    std::fs::create_dir_all(&old).unwrap();
    std::fs::write(old.join("log.go"), "package log\n").unwrap();
    world.rule_for("log/slog", "[1.18, )", "func New(h Handler)\n            enter { _ = h }");
    let from = format!("as golang.org/toolchain@{} from GOPROXY=file://", tag("1.21.0"));
    let with = world.gorulec("full", &["check", "--no-types"], &[]);
    says(
        &with,
        "exit 1",
        &["there is no package log/slog", "not compared: 1.21.0: these versions of Go", &from],
    );
    let without = world.gorulec("empty", &["check", "--no-types"], &[]);
    says(&without, "exit 0", &["not compared: log/slog 1.20.14 and 1.21.0: these versions of Go", &from]);
}

#[test]
fn templates_that_could_not_be_compiled_are_no_success() {
    let world = World::new(0..1, |_| GOOD);
    let off = [("GOCACHE", "off")];
    let said =
        ["warning[GR0503]", "not everything could be looked at", "not compiled: example.com/lib 1.0.0: "];
    says(&world.gorulec("cache", &["check"], &off), "exit 3", &said);
    says(&world.gorulec("cache", &["compile"], &off), "exit 3", &said);
    assert!(world.path("plugins.gobundle").is_file());
    says(&world.gorulec("cache", &["check", "--no-types"], &off), "exit 0", &[]);
    // Nor is a part of a range that could not be compared.
    world.rule("[1.0.0, 1.1.0), [2.0.0, )", "_ = n");
    says(&world.check(&["--offline", "--no-types"]), "exit 3", &["warning[GR0304]"]);
    world.rule("[1.0.0, )", "_ = n");
    says(&world.check(&[]), "exit 0", &["compiled example.com/lib 1.0.0 by"]);
}

#[test]
fn a_release_that_cannot_be_had_or_built_gives_its_place_to_the_next() {
    let world =
        World::new(
            0..10,
            |minor| if minor == 0 { "package lib\n\nfunc F(n int) int { return x }\n" } else { GOOD },
        );
    let newer = [("go.mod", "module example.com/lib\n\ngo 1.99\n"), ("lib.go", GOOD)];
    world.publish("v1.10.0", true, &newer);
    world.publish("v1.11.0", true, &[("lib.go", GOOD)]);
    std::fs::remove_file(world.path("proxy").join(LIB).join("@v/v1.11.0.zip")).unwrap();
    let first = world.check(&[]);
    says(
        &first,
        "exit 0",
        &[
            "compared example.com/lib with 1.0.0, 1.2.0, 1.5.0, 1.8.0 and 1.10.0\n",
            "not compared: example.com/lib 1.11.0: ",
            "; v1.10.0 was compared in its place\n",
            "not compiled: example.com/lib 1.0.0: its own source does not compile: ",
            "; 1.2.0 was compiled in its place\n",
            "not compiled: example.com/lib 1.10.0: go get example.com/lib@v1.10.0: go: example.com/lib@v1.10.0 requires go >= 1.99",
            "; 1.8.0 was compiled in its place\n",
            "compiled example.com/lib 1.2.0, 1.5.0 and 1.8.0 by",
        ],
    );
    world.rule("[1.10.0, 1.10.0]", "_ = n");
    says(&world.check(&[]), "exit 3", &["GR0503", "requires go >= 1.99"]);
    world.rule("[1.0.0, 1.0.0]", "_ = n");
    says(&world.check(&[]), "exit 3", &["GR0503", "its own source does not compile: "]);
    world.rule("[1.11.0, 1.11.0]", "_ = n");
    says(
        &world.check(&[]),
        "exit 1",
        &["GR0303", "example.com/lib 1.11.0 cannot be checked", "it would come from GOPROXY="],
    );
}

/// The version in a build is not known before the build: the newest that can be built represents
/// all.
#[test]
fn calls_are_compiled_with_the_newest_release_that_can_be_built() {
    let broken = "package lib\n\nfunc F(n int) int { return x }\n";
    let world = World::new(0..2, |minor| if minor == 1 { broken } else { GOOD });
    world.publish("v1.2.0", true, &[("lib.go", GOOD)]);
    std::fs::remove_file(world.path("proxy").join(LIB).join("@v/v1.2.0.zip")).unwrap();
    let rule = format!("call \"{LIB}\" F(n int) int\n            enter {{ _ = n }}");
    let text = format!(
        "plugin p {{\n    target own {{\n        rule one {{\n            {rule}\n        }}\n    }}\n}}\n"
    );
    std::fs::write(world.path("p.gorule"), text).unwrap();
    let words =
        ["written for them: example.com/lib@v1.0.0 by go1.", ", in place of example.com/lib@v1.1.0 by go1."];
    says(&world.check(&[]), "exit 0", &words);
}

#[test]
fn update_locks_what_can_be_had_and_says_what_cannot() {
    let broken = "package lib\n\nfunc F(n int) int { return x }\n";
    let world = World::new(0..4, |minor| if minor == 3 { broken } else { GOOD });
    std::fs::remove_file(world.path("proxy").join(LIB).join("@v/v1.1.0.zip")).unwrap();
    world.publish("v1.4.0", true, &[("go.mod", "module example.com/lib\n\ngo 1.99\n"), ("lib.go", GOOD)]);
    let update = world.gorulec("cache", &["update"], &[]);
    says(
        &update,
        "exit 0",
        &[
            "compared example.com/lib with 1.0.0, 1.2.0, 1.3.0 and 1.4.0\n",
            "not compared: example.com/lib 1.1.0: ",
            "not compiled: example.com/lib 1.4.0: its go.mod asks for Go 1.99.0, and no Go on this machine is as new\n",
            "compiled example.com/lib 1.0.0 and 1.2.0 by",
            "not compiled: example.com/lib 1.3.0: by go1.",
        ],
    );
    let lock = std::fs::read_to_string(world.path("gorule.lock")).unwrap();
    assert!(lock.contains("\"v1.3.0 ") && !lock.contains("v1.1.0"), "{lock}");
}

/// The source of a release does not change. Here it does, so that a second look would show.
#[test]
fn a_rule_that_does_not_fit_is_compared_once() {
    const OTHER: &str = "package lib\n\nfunc F(s string, n int) int { return n }\n";
    let world = World::new(0..4, |minor| if minor < 2 { GOOD } else { OTHER });
    let before = world.check(&["--no-types"]);
    says(&before, "exit 1", &["GR0410"]);
    for minor in [2, 3] {
        let folder = world.path(&format!("cache/{LIB}@v1.{minor}.0"));
        let file = folder.join("lib.go");
        for path in [&folder, &file] {
            let mut permissions = std::fs::metadata(path).unwrap().permissions();
            #[allow(clippy::permissions_set_readonly_false)]
            permissions.set_readonly(false);
            std::fs::set_permissions(path, permissions).unwrap();
        }
        std::fs::write(&file, OTHER.replace("s string, n int", "n int          ")).unwrap();
    }
    let again = world.check(&["--no-types"]);
    let text = std::fs::read_to_string(world.path("p.gorule")).unwrap();
    assert_eq!(again.end, before.end, "{}", again.stderr);
    assert!(again.stderr.contains("GR0410"), "{}", again.stderr);
    // A comment moves the place and is no reason to compare.
    std::fs::write(world.path("p.gorule"), text.replacen("        rule", "        // why\n        rule", 1))
        .unwrap();
    says(&world.check(&["--no-types"]), "exit 1", &["GR0410", "p.gorule:5:"]);
    world.rule("[1.0.0, )", "_ = n + 1");
    says(&world.check(&["--no-types"]), "exit 0", &[]);
}
