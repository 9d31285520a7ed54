//! Builds that end before their time, and builds at the same time: whatever they leave behind, the
//! next plain build and the next woven one make the same bytes as builds from caches that nobody
//! has disturbed.
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::cache::kill::{Numbers, Whom, start, strike, sweep_up};
use crate::cache::world::{RULE, Reference, World};
use crate::common;
use crate::common::go::Go;
use crate::common::process::run;
use nix::sys::signal::Signal;

/// Number of kills: a default, or the value of `GOAGENT_TEST_KILLS`.
fn kills() -> u64 {
    std::env::var("GOAGENT_TEST_KILLS")
        .map_or(10, |kills| kills.parse().expect("GOAGENT_TEST_KILLS is a number"))
}

/// `GOAGENT_TEST_SEED` repeats a run.
fn seed() -> u64 {
    let now = || u64::from(std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos());
    std::env::var("GOAGENT_TEST_SEED").map_or_else(|_| now(), |seed| seed.parse().expect("a number"))
}

#[test]
fn killed_builds_leave_nothing_that_harms() {
    let seed = seed();
    println!("GOAGENT_TEST_SEED={seed}");
    let mut numbers = Numbers(seed);
    let world = World::new(&Go::newest());
    let cached = world.cached();
    let of_goagent = world.made_by_goagent();
    let bare = cached.difference(&of_goagent).cloned().collect();
    let reference = Reference::of(&world);
    world.forget(&cached, false);
    let begun = Instant::now();
    world.bytes(true);
    let usual = u64::try_from(begun.elapsed().as_millis()).unwrap();
    let mut struck = 0;
    for round in 0..kills() {
        let deep = round % 10 == 9;
        world.forget(if deep { &bare } else { &cached }, deep || numbers.below(2) == 0);
        let signal = [Signal::SIGKILL, Signal::SIGTERM][usize::try_from(numbers.below(2)).unwrap()];
        let whom = [Whom::Group, Whom::Parent][usize::try_from(numbers.below(2)).unwrap()];
        let woven = numbers.below(8) != 0;
        let after = Duration::from_millis(numbers.below(if deep { 4 * usual } else { usual }));
        let mut build = start(&mut world.build(woven, "killed"));
        struck += u64::from(strike(&mut build, whom, signal, after));
        let what = format!("seed {seed}, round {round}: {signal} to {whom:?} after {after:?}");
        reference.check(&world, numbers.below(2) == 0, &what);
        sweep_up(&build);
    }
    println!("{struck} of {} builds were still running when they were killed", kills());
    assert!(struck * 4 >= kills(), "only {struck} of {} builds were killed while they ran", kills());
}

/// The report of a successful build, without the line on its cost: that depends on which of several
/// builds was first.
fn reported(command: &mut Command, what: &str) -> String {
    let output = run(command);
    let lines = output.expect_success(what).stderr.lines();
    lines.filter(|line| !line.starts_with("goagent: compiled ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn builds_at_the_same_time_do_not_meet() {
    let world = World::new(&Go::newest());
    let cached = world.cached();
    world.write_bundle("other", &RULE.replace("say \"", "other \""));
    let commands = || {
        let mut other = world.command(crate::cache::world::GOAGENT);
        other.args(["build", "-buildvcs=false", "-o"]).arg(world.path("other"));
        other.arg(format!("--bundle={}", world.path("other.gobundle").display()));
        [world.build(false, "one"), world.build(true, "two"), world.build(true, "three"), other]
    };
    let read = || ["one", "two", "three", "other"].map(|out| std::fs::read(world.path(out)).unwrap());
    let one_by_one = commands().map(|mut command| reported(&mut command, "alone"));
    let expected = read();
    assert!(expected[0] != expected[1] && expected[1] == expected[2] && expected[3] != expected[1]);
    for round in 0..2 {
        world.forget(&cached, true);
        let said = std::thread::scope(|scope| {
            let builds =
                commands().map(|mut command| scope.spawn(move || reported(&mut command, "at the same time")));
            builds.map(|build| build.join().unwrap())
        });
        assert_eq!(said, one_by_one, "round {round}");
        assert!(read() == expected, "round {round}: other bytes than one by one");
    }
}

/// A build whose compile of package a never ends.
fn stuck(world: &World, woven: bool) -> Child {
    let flag = world.path(if woven { "woven-is-stuck" } else { "plain-is-stuck" });
    let _ = std::fs::remove_dir(&flag);
    let script = common::repository().join("tests/fixtures/cache/once.sh");
    let mut build = world.build(woven, "stuck");
    build.env("GOFLAGS", format!("-toolexec={}", script.display()));
    build.env("GOAGENT_TEST_ONCE", &flag).env("GOAGENT_TEST_HOW", "exec sleep 600");
    let mut child = start(&mut build);
    while !flag.exists() {
        assert!(child.try_wait().unwrap().is_none(), "the build ended before it was stuck");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

/// Processes called `go` in the group of a child, each as its command line.
fn go_commands(child: &Child) -> Vec<String> {
    let is_one = |process: &Path| {
        let stat = std::fs::read_to_string(process.join("stat")).ok()?;
        let (head, rest) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let in_group = fields.get(2)?.parse() == Ok(child.id());
        Some(in_group && fields.first() != Some(&"Z") && head.ends_with("(go"))
    };
    let processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let command = |process: PathBuf| {
        let words = std::fs::read(process.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&words).replace('\0', " ")
    };
    processes.filter(|process| is_one(process) == Some(true)).map(command).collect()
}

/// Returns true if this process ignores a signal, and with it all processes that it starts.
fn is_ignored(signal: Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() >> (signal as i32 - 1) & 1 == 1
}

#[test]
fn a_signal_ends_goagent_as_it_ends_go() {
    let world = World::new(&Go::newest());
    world.bytes(true);
    let ends = [
        (Whom::Group, Signal::SIGINT),
        (Whom::Group, Signal::SIGTERM),
        (Whom::Parent, Signal::SIGTERM),
        (Whom::Parent, Signal::SIGHUP),
        (Whom::Parent, Signal::SIGKILL),
    ];
    for (number, (whom, signal)) in ends.into_iter().enumerate() {
        if is_ignored(signal) {
            println!("{signal} is ignored here, as below nohup: no build would end of it");
            continue;
        }
        world.edit("a/a.go", "func Say(", &format!("// Number {number}.\nfunc Say("));
        let mut found = Vec::new();
        for woven in [false, true] {
            let mut child = stuck(&world, woven);
            assert!(!go_commands(&child).is_empty(), "no go command is seen");
            assert!(strike(&mut child, whom, signal, Duration::ZERO));
            let status = child.wait().unwrap();
            let begun = Instant::now();
            while !go_commands(&child).is_empty() && begun.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(5));
            }
            found.push((status.code(), status.signal(), go_commands(&child)));
            sweep_up(&child);
        }
        assert_eq!(
            found[0], found[1],
            "{signal} to {whom:?}: plain, then with goagent: exit code, signal, go commands left"
        );
        assert_eq!(found[0].2, Vec::<String>::new());
    }
    Reference::of(&world);
}
