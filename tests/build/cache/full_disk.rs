//! A full disk: a build either makes a program and reports which, or fails and reports why;
//! afterwards nothing is broken.
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::world::{GOAGENT, Reference, World};
use crate::common;
use crate::common::go::Go;
use crate::common::process::{Output, run};

/// The system's messages if there is no room.
const REASONS: [&str; 5] = [
    "no space left on device",
    "No space left on device",
    "file too large",
    "File too large",
    "size limit exceeded",
];

/// Checks the outcome of a build that had no room somewhere.
fn check(world: &World, reference: &Reference, output: &Output, what: &str) {
    let said = &output.stderr;
    if output.end != "exit 0" {
        assert!(output.end.starts_with("exit "), "{what}: {}: {said}", output.end);
        assert!(REASONS.iter().any(|reason| said.contains(reason)), "{what}: it is not said why: {said}");
        println!("{what}: it fails");
        return;
    }
    let binary = std::fs::read(world.path("out")).unwrap();
    let plain = said.contains("built without instrumentation");
    println!("{what}: {}", if plain { "built without instrumentation" } else { "woven" });
    let expected = if plain {
        assert!(REASONS.iter().any(|reason| said.contains(reason)), "{what}: it is not said why: {said}");
        &reference.plain
    } else {
        crate::cache::world::expect_woven(output);
        &reference.woven
    };
    assert!(&binary == expected, "{what}: other bytes than said: {said}");
}

/// `ulimit -f`: no file may grow beyond this many blocks of 512 bytes.
#[test]
fn files_may_not_grow() {
    let world = World::new(&Go::newest());
    let cached = world.cached();
    let reference = Reference::of(&world);
    for blocks in [64, 10_000] {
        world.forget(&cached, true);
        let _ = std::fs::remove_file(world.path("out"));
        let build = world.build(true, "out");
        let mut limited = world.command("sh");
        limited
            .args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" \"$@\"")])
            .arg(GOAGENT)
            .args(build.get_args());
        check(&world, &reference, &run(&mut limited), &format!("ulimit -f {blocks}"));
        reference.check(&world, blocks == 64, &format!("after ulimit -f {blocks}"));
    }
}

/// A file system of some size, which is unmounted when this value is dropped.
struct Small(PathBuf);

impl Small {
    /// `None` if this user may not mount.
    fn mount(folder: &Path, bytes: u64) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let options = format!("size={bytes}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder);
        (nix::unistd::geteuid().is_root() && run(&mut mount).end == "exit 0").then(|| Self(folder.to_owned()))
    }

    fn grow(&self) {
        let mut mount = Command::new("mount");
        run(mount.args(["-o", "remount,size=1g"]).arg(&self.0)).expect_success("remount");
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        run(Command::new("umount").arg("--lazy").arg(&self.0));
    }
}

#[test]
fn no_room_for_a_cache_or_for_temporary_files() {
    const KB: u64 = 1 << 10;
    let world = World::new(&Go::newest());
    let cached = world.cached();
    let seed: u64 = cached.iter().map(|file| file.metadata().unwrap().len().next_multiple_of(4 * KB)).sum();
    let reference = Reference::of(&world);
    let cases =
        [("goagent", 10_000 * KB), ("cache", seed + 2_000 * KB), ("tmp", 200 * KB), ("tmp", 1_500 * KB)];
    for (folder, bytes) in cases {
        let what = format!("{folder} with {bytes} bytes");
        world.forget(&cached, true);
        let _ = std::fs::remove_file(world.path("out"));
        let whole = world.path("whole");
        if folder == "cache" {
            std::fs::rename(world.path("cache"), &whole).unwrap();
        }
        let Some(small) = Small::mount(&world.path(folder), bytes) else {
            println!("skipped: only root may mount a small file system; `ulimit -f` is tested in its place");
            return;
        };
        if folder == "cache" {
            common::copy_folder(&whole, &world.path("cache"));
        }
        let mut build = world.build(true, "out");
        if folder == "tmp" {
            build.env("TMPDIR", world.path("tmp"));
        }
        check(&world, &reference, &run(&mut build), &what);
        small.grow();
        reference.check(&world, bytes % 16 == 0, &format!("after {what}"));
        drop(small);
        if folder == "cache" {
            std::fs::remove_dir(world.path("cache")).unwrap();
            std::fs::rename(&whole, world.path("cache")).unwrap();
        }
    }
}
