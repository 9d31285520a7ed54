//! Packages that could not be woven: for now, and it is tried again; for good, and every summary
//! reports it, whoever compiled them.
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::world::{RULE, World, expect_woven};
use crate::common;
use crate::common::go::Go;
use crate::common::process::{Output, run};

/// Files below a folder of goagent's own.
fn files(world: &World, folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(world.path("goagent").join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Replaces the bytes of a file by as many others, with the same time of change.
fn damage(file: &Path) {
    let found = file.metadata().unwrap();
    std::fs::write(file, vec![b'x'; usize::try_from(found.len()).unwrap()]).unwrap();
    std::fs::File::options().write(true).open(file).unwrap().set_modified(found.modified().unwrap()).unwrap();
}

/// The build succeeds without instrumentation and gives the reason, and the next one is woven.
fn expect_tried_again(world: &World, what: &str, reason: &str, prepare: impl Fn(&mut Command)) {
    let plain = world.bytes(false);
    let mut build = world.build(true, "out");
    prepare(&mut build);
    let output = run(&mut build);
    output.expect_success(what);
    assert!(output.stderr.contains(reason), "{what}: {}", output.stderr);
    assert!(output.stderr.contains("built without instrumentation"), "{what}: {}", output.stderr);
    assert!(std::fs::read(world.path("out")).unwrap() == plain, "{what}: it is the plain program");
    let again = run(&mut world.build(true, "out"));
    again.expect_success(what);
    expect_woven(&again);
    assert!(world.bytes(true) != plain, "{what}: nothing is woven");
    assert!(world.bytes(false) == plain, "{what}: the plain program is another one");
}

#[test]
fn what_fails_for_now_is_tried_again() {
    let world = World::new(&Go::newest());
    world.bytes(true);
    let unread = |_: &mut Command| ();

    world.edit("a/a.go", "hello", "a damaged job");
    for job in files(&world, "jobs") {
        damage(&job);
    }
    expect_tried_again(&world, "a damaged job", "cannot be used", unread);

    world.edit("a/a.go", "a damaged job", "a damaged archive");
    let archives = files(&world, "archives");
    let of_agent = |path: &&PathBuf| {
        let head = std::fs::read(path).unwrap();
        head.windows(20).any(|window| window == b"goagent/agent.StartI")
            && head.windows(14).any(|window| window == b"goagent/agent.")
    };
    archives.iter().filter(of_agent).for_each(|archive| damage(archive));
    expect_tried_again(&world, "a damaged archive", "gone or damaged", unread);

    let script = common::repository().join("tests/fixtures/cache/once.sh");
    for (number, (how, reason)) in [
        ("kill -KILL $$", "SIGKILL"),
        ("echo 'fatal error: runtime: out of memory' >&2; exit 2", "out of memory"),
    ]
    .into_iter()
    .enumerate()
    {
        let flag = world.path(&format!("done{number}"));
        let (old, new) = (["a damaged archive", "one"][number], ["one", "two"][number]);
        world.edit("a/a.go", old, new);
        expect_tried_again(&world, how, reason, |build| {
            build.env("GOFLAGS", format!("-toolexec={}", script.display()));
            build.env("GOAGENT_TEST_ONCE", &flag).env("GOAGENT_TEST_HOW", how);
        });
        assert!(flag.exists(), "{how}: the compiler was not disturbed");
    }
}

#[test]
fn with_strict_what_fails_for_now_is_an_error() {
    let world = World::new(&Go::newest());
    world.bytes(true);
    world.edit("a/a.go", "hello", "strict");
    for job in files(&world, "jobs") {
        damage(&job);
    }
    let _ = std::fs::remove_file(world.path("out"));
    let output = run(world.build(true, "out").arg("--strict"));
    assert_eq!(output.end, "exit 1", "{}", output.stderr);
    assert!(output.stderr.contains("cannot be used") && !world.path("out").exists(), "{}", output.stderr);
}

fn expect_fallback(output: &Output, what: &str) {
    output.expect_success(what);
    assert!(output.stderr.contains("skipped probe for example.com/probe/a"), "{what}: {}", output.stderr);
    assert!(
        output.stderr.contains("nowhere"),
        "{what}: the compiler's reason is not told: {}",
        output.stderr
    );
}

#[test]
fn what_fails_for_good_is_told_by_every_summary() {
    for go in Go::oldest_and_newest() {
        let world = World::new(&go);
        world.write_bundle("probe", &RULE.replace("span = agent", "_ = nowhere; span = agent"));
        let build = || world.build(true, "out");
        expect_fallback(&run(&mut build()), "the first build");
        let (compiled, output) = world.compiled_by(&mut build());
        assert_eq!(compiled, [""; 0], "{}: it is cached", go.name);
        expect_fallback(&output, "from the cache");

        // Another machine: the compile is not done again, and only its archive has the outcome.
        std::fs::remove_dir_all(world.path("goagent")).unwrap();
        let (compiled, output) = world.compiled_by(&mut build());
        assert!(!compiled.iter().any(|name| name.contains("probe")), "{}: {compiled:?}", go.name);
        expect_fallback(&output, "without reports");

        // Later versions of the sources have reports of their own.
        world.edit("a/a.go", "func Say(", "func Said(");
        world.edit("b/b.go", "a.Say(", "a.Said(");
        let output = run(&mut build());
        output.expect_success("the edited program");
        assert!(output.stderr.contains("skipped") && !output.stderr.contains("nowhere"), "{}", output.stderr);
        world.edit("a/a.go", "func Said(", "func Say(");
        world.edit("b/b.go", "a.Said(", "a.Say(");
        expect_fallback(&run(&mut build()), "the first sources once more");
    }
}
