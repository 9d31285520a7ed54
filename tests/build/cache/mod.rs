//! The cache: only changed packages are compiled, and nothing is kept that is not true the next
//! time.
mod failures;
mod full_disk;
mod kill;
mod killed_builds;
mod remote;
pub mod world;
mod woven_runtime;

use std::path::Path;
use std::process::Command;

use crate::cache::world::{GOAGENT, RULE, World};
use crate::common::go::Go;
use crate::common::process::run;

const NONE: [&str; 0] = [];

/// A plugin for a package that the program does not have.
const ELSEWHERE: &str = "plugin elsewhere {
    target \"example.com/elsewhere\" [0.0.0, ) {
        rule call { 
            func Call()
            enter { _ = 0 }
        }
    }
}
";

#[test]
fn only_what_changes_is_compiled() {
    for go in Go::oldest_and_newest() {
        let world = World::new(&go);
        let build = || world.build(true, "out");
        let (first, _) = world.compiled_by(&mut build());
        for package in ["a", "b", "c", "d"] {
            assert!(first.contains(&format!("example.com/probe/{package}")), "{}: {first:?}", go.name);
        }
        assert_eq!(world.compiled_by(&mut build()).0, NONE, "{}: nothing has changed", go.name);

        world.write_bundle("elsewhere", ELSEWHERE);
        let bundle = format!("--bundle={}", world.path("elsewhere.gobundle").display());
        let (again, output) = world.compiled_by(build().arg(&bundle));
        assert_eq!(again, NONE, "{}: a plugin for a package that is not there", go.name);
        crate::cache::world::expect_woven(&output);

        // The text of a template: d sees b, which has not changed, and so does main; the linker
        // reports what was woven.
        world.write_bundle("probe", &RULE.replace("say \"", "tell \""));
        let (edited, _) = world.compiled_by(&mut build());
        assert_eq!(edited, ["LINK", "example.com/probe/a", "example.com/probe/b"], "{}", go.name);

        // A declaration: importers of a look different to their importers.
        let declares =
            RULE.replacen("rule say", "decl { func Told() int { return 1 } }\n        rule say", 1);
        world.write_bundle("probe", &declares);
        let (declared, _) = world.compiled_by(&mut build());
        for package in ["a", "b"] {
            assert!(declared.contains(&format!("example.com/probe/{package}")), "{}: {declared:?}", go.name);
        }
        assert!(
            !declared.iter().any(|name| !name.contains("probe") && name != "main" && name != "LINK"),
            "{declared:?}"
        );
        assert!(!declared.contains(&"example.com/probe/c".to_owned()), "{}: {declared:?}", go.name);
        assert_eq!(world.compiled_by(&mut build()).0, NONE, "{}: nothing has changed", go.name);
    }
}

#[test]
fn another_binary_of_goagent_with_the_same_weaver_compiles_nothing() {
    let world = World::new(&Go::newest());
    world.compiled_by(&mut world.build(true, "out"));
    let other = world.path("another folder/goagent");
    std::fs::create_dir_all(other.parent().unwrap()).unwrap();
    // By another process: a program that this one has open for writing cannot be started.
    let copy = format!("cp {GOAGENT} '{0}' && printf rebuilt >> '{0}'", other.display());
    run(Command::new("sh").args(["-c", &copy])).expect_success("cp");
    let mut build = world.command(&other);
    build.args(["build", "-buildvcs=false", "-o"]).arg(world.path("out"));
    build.arg(format!("--bundle={}", world.path("probe.gobundle").display()));
    let (compiled, output) = world.compiled_by(&mut build);
    assert_eq!(compiled, NONE);
    crate::cache::world::expect_woven(&output);
}

/// Rules for both programs of the module.
const BOTH: &str = "plugin probe {
    target \"example.com/probe/a\" [0.0.0, ) {
        rule say {
            func  Say(name string) string
            enter { agent.StartInternal(nil, name).End() }
        }
    }
    target \"example.com/probe/other/e\" [0.0.0, ) {
        rule say {
            func  Say(name string) string
            enter { agent.StartInternal(nil, name).End() }
        }
    }
}
";

#[test]
fn a_program_is_the_same_whatever_else_is_built_with_it() {
    let world = World::new(&Go::newest());
    world.write_bundle("probe", BOTH);
    std::fs::create_dir_all(world.path("alone")).unwrap();
    std::fs::create_dir_all(world.path("together")).unwrap();
    run(world.build(true, "alone/").arg(".")).expect_success("one");
    let (compiled, _) = world.compiled_by(world.build(true, "together/").args([".", "./other"]));
    assert_eq!(
        compiled,
        ["LINK", "LINK", "example.com/probe/other/e", "main"],
        "only the other program is new"
    );
    let read = |folder: &str| std::fs::read(world.path(folder).join("probe")).unwrap();
    assert!(read("alone") == read("together"), "other bytes");
    let said = |program: &str| {
        let binary = world.path("together").join(program);
        run(world.command(GOAGENT).arg("inspect").arg(binary)).expect_success("inspect").stdout.clone()
    };
    let names =
        |program: &str| (said(program).contains("example.com/probe/a"), said(program).contains("other/e"));
    let (plain, flags) = (world.path("plain"), "-gcflags=example.com/...=-N -l");
    run(world.build(false, "plain").arg(flags)).expect_success("plain");
    run(world.build(true, "alone/").arg(flags)).expect_success("with flags");
    let settings = |binary: &Path| {
        let told = run(world.command("go").args(["version", "-m"]).arg(binary)).stdout;
        let lines = told.lines().skip(1).filter(|line| !line.contains("goagent")).map(str::to_owned);
        lines.collect::<Vec<_>>()
    };
    let found = settings(&world.path("alone/probe"));
    assert!(found.iter().any(|line| line.contains("-gcflags=")), "{found:?}");
    assert_eq!(found, settings(&plain), "the module info has the user's flags");
    assert_eq!(
        (names("probe"), names("other")),
        ((true, false), (false, true)),
        "each names its own packages"
    );
}
