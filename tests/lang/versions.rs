//! The meaning of each spelling of a version, as book/src/versions.md has it: the releases that a
//! rule is compared with, and if it applies to the version in a build. The modules come from a
//! proxy that is a folder; the network is not used.
use std::path::PathBuf;
use std::process::Command;

use crate::common::go::Go;
use crate::common::process::run;
use crate::proxy::publish;
use gorule::bundle::Bundle;
use gorule::{codegen, syntax};
use serde_json::Value;

const LIB: &str = "package lib\n\nfunc F() {}\n";

/// The outcome of a rule in a build.
#[derive(Debug, PartialEq, Eq)]
enum Planned {
    /// It is woven, by this version.
    Woven(String),
    /// It is not, for this reason.
    Not(String),
}

/// A proxy, a module cache and a program of their own.
struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir_all(world.path("app")).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Versions of a module in which `F` is declared.
    fn publish(&self, module: &str, versions: &[&str]) {
        for version in versions {
            publish(&self.path("proxy"), module, version, true, &[("lib.go", LIB)]);
        }
    }

    /// A version that the proxy has, and does not list: a commit.
    fn publish_unlisted(&self, module: &str, version: &str) {
        publish(&self.path("proxy"), module, version, false, &[("lib.go", LIB)]);
    }

    fn command(&self, program: &str) -> Command {
        let go = Go { name: "local".to_owned() };
        let mut command = go.program(program, &self.path("app"));
        command
            .env("GOPROXY", format!("file://{}", self.path("proxy").display()))
            .env("GOMODCACHE", self.path("cache"))
            .env("GOAGENT_CACHE", self.path("goagent"))
            .env("GOFLAGS", "-mod=mod")
            .envs([("GOSUMDB", "off"), ("GONOSUMDB", ""), ("GOPRIVATE", ""), ("GONOPROXY", "")]);
        command
    }

    /// A rule for `F` of a package, in this range.
    fn rule(package: &str, range: &str) -> String {
        format!(
            "plugin p {{\n    target \"{package}\" {range} {{\n        rule one {{\n            func F\n            \
             enter {{ println(1) }}\n        }}\n    }}\n}}\n"
        )
    }

    /// The releases that `gorulec versions` compares a rule with, or its message.
    fn compared(&self, package: &str, range: &str) -> String {
        let rule = self.path("p.gorule");
        std::fs::write(&rule, Self::rule(package, range)).unwrap();
        let output = run(self.command(env!("CARGO_BIN_EXE_gorulec")).arg("versions").arg(&rule));
        let fits = output.stdout.lines().find_map(|line| line.trim().strip_prefix("fits   "));
        fits.map_or_else(|| output.stdout.clone() + &output.stderr, str::to_owned)
    }

    /// The outcome of a rule in a program with this go.mod.
    fn planned(&self, package: &str, range: &str, go_mod: &str) -> Planned {
        let go_mod = format!("module example.com/app\n\ngo 1.18\n\n{go_mod}\n");
        std::fs::write(self.path("app/go.mod"), go_mod).unwrap();
        let main = format!("package main\n\nimport lib {package:?}\n\nfunc main() {{ lib.F() }}\n");
        std::fs::write(self.path("app/main.go"), main).unwrap();
        let source = syntax::decode("p.gorule", Self::rule(package, range).into_bytes()).unwrap();
        let parsed = syntax::parse(&source).expect("the rule parses");
        let bundle = Bundle { plugins: vec![codegen::lower(&parsed.file, &source.text).unwrap()] };
        std::fs::write(self.path("p.gobundle"), bundle.encode().unwrap()).unwrap();
        let mut plan = self.command(env!("CARGO_BIN_EXE_goagent"));
        plan.args(["plan", "--no-std", "--bundle=../p.gobundle", "--report=json", "."]);
        let output = run(&mut plan);
        let report: Value = serde_json::from_str(&output.expect_success("goagent plan").stdout).unwrap();
        let text = |list: &str, name: &str| {
            let first = report[list].as_array().unwrap().first()?;
            Some(first[name].as_str().unwrap_or("no version").to_owned())
        };
        let skipped = || text("left_out", "reason").or_else(|| text("skipped", "reason"));
        text("woven", "version").map_or_else(|| Planned::Not(skipped().unwrap()), Planned::Woven)
    }
}

impl Drop for World {
    /// Go's module cache cannot be written, nor removed.
    fn drop(&mut self) {
        let _ = self.command("go").args(["clean", "-modcache"]).output();
    }
}

fn woven(version: &str) -> Planned {
    Planned::Woven(version.to_owned())
}

fn outside(version: &str, range: &str) -> Planned {
    Planned::Not(format!("version {version} is outside of {range}"))
}

#[test]
fn incompatible_is_the_version_before_it() {
    let world = World::new();
    world.publish("example.com/old", &["v1.0.0", "v2.0.0+incompatible", "v2.1.0+incompatible"]);
    assert_eq!(world.compared("example.com/old", "[2.0.0, )"), "v2.0.0+incompatible and v2.1.0+incompatible");
    let require = "require example.com/old v2.1.0+incompatible";
    assert_eq!(world.planned("example.com/old", "[2.0.0, 2.1.0]", require), woven("2.1.0"));
    assert_eq!(
        world.planned("example.com/old", "[1.0.0, 2.0.0]", require),
        outside("2.1.0", "[1.0.0, 2.0.0]")
    );
}

#[test]
fn a_pre_release_is_compared_only_where_there_is_nothing_else_and_woven_where_it_is_in_the_range() {
    let world = World::new();
    world.publish("example.com/lib", &["v1.0.0", "v1.1.0-rc.1", "v1.1.0", "v1.2.0-rc.1"]);
    assert_eq!(world.compared("example.com/lib", "[1.0.0, )"), "v1.0.0 and v1.1.0");
    assert_eq!(world.compared("example.com/lib", "[1.2.0-rc.1, )"), "v1.2.0-rc.1");
    let of = |range: &str| world.planned("example.com/lib", range, "require example.com/lib v1.1.0-rc.1");
    for range in ["[1.0.0, )", "[1.0.0, 1.1.0]"] {
        assert_eq!(of(range), woven("1.1.0-rc.1"));
    }
    // It is of the end that is excluded; it comes before 1.1.0.
    for range in ["[1.0.0, 1.1.0)", "[1.1.0, )"] {
        assert_eq!(of(range), outside("1.1.0-rc.1", range));
    }
}

#[test]
fn a_pseudo_version_is_a_pre_release_of_the_version_that_comes_next() {
    let world = World::new();
    let after = "v1.0.1-0.20240102150405-abcdefabcdef";
    world.publish("example.com/lib", &["v1.0.0", "v1.0.1"]);
    world.publish_unlisted("example.com/lib", after);
    assert_eq!(world.compared("example.com/lib", "[1.0.0, )"), "v1.0.0 and v1.0.1");
    let require = format!("require example.com/lib {after}");
    assert_eq!(world.planned("example.com/lib", "[1.0.0, )", &require), woven(&after[1..]));
    for range in ["[1.0.0, 1.0.1)", "[1.0.1, )"] {
        assert_eq!(world.planned("example.com/lib", range, &require), outside(&after[1..], range));
    }

    // A module that nobody has ever tagged.
    let young = "v0.0.0-20240102150405-abcdefabcdef";
    world.publish_unlisted("example.com/young", young);
    let range = format!("[{}, )", &young[1..]);
    assert_eq!(world.compared("example.com/young", &range), young, "a version that is named is tried");
    let require = format!("require example.com/young {young}");
    for range in [range.as_str(), "(, )", "[0.0.0-0, )"] {
        assert_eq!(world.planned("example.com/young", range, &require), woven(&young[1..]), "{range}");
        assert_eq!(world.compared("example.com/young", range), young, "what is in the module cache counts");
    }
    let outside_of = outside(&young[1..], "[0.0.0, )");
    assert_eq!(world.planned("example.com/young", "[0.0.0, )", &require), outside_of);
}

#[test]
fn a_replacement_has_its_own_version_and_a_folder_none() {
    let world = World::new();
    world.publish("example.com/lib", &["v1.0.0", "v1.5.0"]);
    world.publish("example.com/fork", &["v0.1.0"]);
    let of = |range: &str, replace: &str| {
        let go_mod = format!("require example.com/lib v1.0.0\n\nreplace example.com/lib => {replace}");
        world.planned("example.com/lib", range, &go_mod)
    };
    assert_eq!(of("[1.5.0, )", "example.com/lib v1.5.0"), woven("1.5.0"));
    assert_eq!(of("[1.0.0, )", "example.com/fork v0.1.0"), outside("0.1.0", "[1.0.0, )"));
    assert_eq!(of("[0.1.0, )", "example.com/fork v0.1.0"), woven("0.1.0"));

    std::fs::create_dir_all(world.path("lib")).unwrap();
    std::fs::write(world.path("lib/go.mod"), "module example.com/lib\n").unwrap();
    std::fs::write(world.path("lib/lib.go"), LIB).unwrap();
    assert_eq!(of("[7.0.0, )", "../lib"), woven("no version"), "its source decides");
    std::fs::write(world.path("lib/lib.go"), "package lib\n\nfunc G() {}\n").unwrap();
    let said = "example.com/lib has no function F for this platform".to_owned();
    assert_eq!(of("[7.0.0, )", "../lib"), Planned::Not(said));
}

/// A module that another `go` is extracting at this moment, or that an interrupted one left.
#[test]
fn a_half_extracted_module_is_downloaded_or_reported_and_never_read() {
    let world = World::new();
    world.publish("example.com/lib", &["v1.0.0", "v1.1.0"]);
    let rule = world.path("p.gorule");
    std::fs::write(&rule, World::rule("example.com/lib", "[1.0.0, )")).unwrap();
    let folder = world.path("cache/example.com/lib@v1.1.0");
    let marker = world.path("cache/cache/download/example.com/lib/@v/v1.1.0.partial");
    let interrupt = || {
        let mut download = world.command("go");
        download.args(["mod", "download", "-modcacherw", "example.com/lib@v1.0.0", "example.com/lib@v1.1.0"]);
        run(&mut download).expect_success("go mod download");
        std::fs::write(folder.join("lib.go"), "package lib\n").unwrap();
        std::fs::write(&marker, "").unwrap();
    };
    let gorulec = |args: &[&str]| run(world.command(env!("CARGO_BIN_EXE_gorulec")).args(args).arg(&rule));

    interrupt();
    let offline = gorulec(&["check", "--offline", "--no-types"]);
    let offline = offline.expect_success("gorulec check").stderr.clone();
    assert!(offline.contains("compared example.com/lib with 1.0.0\n"), "{offline}");
    let narrow = World::rule("example.com/lib", "[1.1.0, )");
    std::fs::write(&rule, narrow).unwrap();
    let offline = gorulec(&["check", "--offline", "--no-types"]).stderr;
    assert!(
        offline.contains("GR0303") && offline.contains("example.com/lib@v1.1.0 is not completely extracted"),
        "{offline}"
    );
    std::fs::write(&rule, World::rule("example.com/lib", "[1.0.0, )")).unwrap();
    gorulec(&["check", "--no-types"]).expect_success("gorulec check");
    assert!(!marker.exists(), "go has extracted it again");

    interrupt();
    gorulec(&["update", "--no-types"]).expect_success("gorulec update");
    let lock = std::fs::read_to_string(world.path("gorule.lock")).unwrap();
    interrupt();
    std::fs::remove_file(&marker).unwrap();
    std::fs::write(folder.join("lib.go"), LIB).unwrap();
    gorulec(&["update", "--no-types"]).expect_success("gorulec update");
    assert_eq!(
        lock,
        std::fs::read_to_string(world.path("gorule.lock")).unwrap(),
        "the whole source is locked"
    );
}

/// The declarations of a target are examined besides its rules, and are no line of the table; a
/// rule of that name is.
#[test]
fn a_rule_may_be_called_decl() {
    let world = World::new();
    world.publish("example.com/lib", &["v1.0.0", "v1.1.0"]);
    let rule = World::rule("example.com/lib", "[1.0.0, )");
    let rule = rule
        .replace("rule one", "rule decl")
        .replace("    rule", "    decl { var goagentX int }\n        rule");
    std::fs::write(world.path("p.gorule"), rule).unwrap();
    let versions =
        run(world.command(env!("CARGO_BIN_EXE_gorulec")).arg("versions").arg(world.path("p.gorule")));
    let expected = "p/decl  example.com/lib  (compared, not compiled)\n    fits   v1.0.0 and v1.1.0\n    widest range that it fits  [1.0.0, )\n";
    assert_eq!(versions.expect_success("gorulec versions").stdout, expected);
}

/// What fits no release is a failure; a rule that fits some is not, as the table says which.
#[test]
fn a_rule_that_fits_nothing_fails() {
    let world = World::new();
    world.publish("example.com/lib", &["v1.0.0"]);
    publish(
        &world.path("proxy"),
        "example.com/lib",
        "v1.1.0",
        true,
        &[("lib.go", "package lib\n\nfunc G() {}\n")],
    );
    let end = |rule: String| {
        std::fs::write(world.path("p.gorule"), rule).unwrap();
        let mut versions = world.command(env!("CARGO_BIN_EXE_gorulec"));
        run(versions.arg("versions").arg(world.path("p.gorule"))).end
    };
    let rule = World::rule("example.com/lib", "[1.0.0, )");
    assert_eq!(end(rule.clone()), "exit 0");
    assert_eq!(end(rule.replace("func F", "func H")), "exit 1");
}

/// Go looks at the newest go.mod when it lists versions, and gorulec at that.
#[test]
fn a_retracted_end_is_reported() {
    let world = World::new();
    world.publish("example.com/lib", &["v1.0.0", "v1.1.0"]);
    let go_mod = ("go.mod", "module example.com/lib\n\nretract v1.1.0 // loses data\n");
    publish(&world.path("proxy"), "example.com/lib", "v1.2.0", true, &[go_mod, ("lib.go", LIB)]);
    let said = |range: &str| {
        std::fs::write(world.path("p.gorule"), World::rule("example.com/lib", range)).unwrap();
        let mut check = world.command(env!("CARGO_BIN_EXE_gorulec"));
        run(check.args(["check", "--no-types"]).arg(world.path("p.gorule"))).stderr
    };
    let text = said("[1.0.0, 1.1.0]");
    assert!(
        text.contains("GR0155") && text.contains("1.1.0 of example.com/lib is retracted: loses data"),
        "{text}"
    );
    assert!(text.contains("the nearest ones are 1.0.0 and 1.2.0"), "{text}");
    assert!(!said("[1.0.0, 1.1.0)").contains("GR0155"));
}

/// go-redis went this way: the old path had pre-releases, and its release, which no list names,
/// declares the new one.
#[test]
fn a_module_that_declares_another_path_is_not_there() {
    let world = World::new();
    let (old, new) = ("example.com/old/v9", "example.com/new/v9");
    world.publish(old, &["v9.0.0-beta.1"]);
    let files = [("go.mod", "module example.com/new/v9 // moved\n"), ("lib.go", LIB)];
    publish(&world.path("proxy"), old, "v9.0.0", false, &files);
    publish(&world.path("proxy"), old, "v9.0.0-beta.2", true, &files);
    world.publish(new, &["v9.0.0"]);
    assert_eq!(world.compared(new, "[9.0.0, )"), "v9.0.0");
    for range in ["[9.0.0, )", "[9.0.0-beta.1, )"] {
        std::fs::write(world.path("p.gorule"), World::rule(old, range)).unwrap();
        let mut check = world.command(env!("CARGO_BIN_EXE_gorulec"));
        let said = run(check.args(["check", "--no-types"]).arg(world.path("p.gorule")));
        assert_eq!(said.end, "exit 1", "{range}: {}", said.stderr);
        assert!(
            said.stderr.contains("GR0301") && said.stderr.contains(&format!("did you mean \"{new}\"?")),
            "{}",
            said.stderr
        );
    }
    let written = run(world.command(env!("CARGO_BIN_EXE_gorulec")).args(["new", old, "F"]));
    assert!(
        written.stdout.is_empty() && written.stderr.ends_with(&format!("did you mean {new}?\n")),
        "{}",
        written.stderr
    );
    // Its first beta declares the old path.
    std::fs::write(world.path("p.gorule"), World::rule(old, "[9.0.0-beta.1, 9.0.0-beta.1]")).unwrap();
    let mut check = world.command(env!("CARGO_BIN_EXE_gorulec"));
    run(check.args(["check", "--no-types"]).arg(world.path("p.gorule"))).expect_success("the beta");
}

#[test]
fn major_versions_are_modules_of_their_own() {
    let world = World::new();
    world.publish("example.com/lib", &["v1.0.0", "v1.1.0"]);
    world.publish("example.com/lib/v2", &["v2.0.0", "v2.3.0"]);
    world.publish("gopkg.in/lib.v3", &["v3.0.1"]);
    assert_eq!(world.compared("example.com/lib", "[1.0.0, )"), "v1.0.0 and v1.1.0");
    assert_eq!(world.compared("example.com/lib/v2", "[2.0.0, )"), "v2.0.0 and v2.3.0");
    assert_eq!(world.compared("gopkg.in/lib.v3", "[3.0.0, )"), "v3.0.1");
    let require =
        "require (\n\texample.com/lib v1.1.0\n\texample.com/lib/v2 v2.3.0\n\tgopkg.in/lib.v3 v3.0.1\n)";
    assert_eq!(world.planned("example.com/lib", "[1.0.0, )", require), woven("1.1.0"));
    assert_eq!(world.planned("example.com/lib/v2", "[2.0.0, )", require), woven("2.3.0"));
    assert_eq!(world.planned("gopkg.in/lib.v3", "[3.0.0, )", require), woven("3.0.1"));
    // A range of the path without the suffix never holds them.
    let said = world.compared("example.com/lib", "[2.0.0, )");
    assert!(said.contains("GR0302") && said.contains("from 1.0.0 to 1.1.0"), "{said}");
}
