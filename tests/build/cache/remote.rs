//! A cache that machines share, and folders that cannot be written.
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::world::{GOAGENT, World, expect_woven};
use crate::common;
use crate::common::go::Go;
use crate::common::process::run;

/// The helper that serves a folder to Go.
fn cacheprog(go: &Go, to: &Path) {
    let source = common::repository().join("tests/fixtures/cache/cacheprog");
    run(go.go(&source, &["build", "-o"]).arg(to).arg(".")).expect_success("the helper");
}

/// A machine: it shares nothing but the cache that a helper serves, and finds everything under
/// another path.
struct Machine {
    world: World,
    goagent: PathBuf,
}

impl Machine {
    fn new(go: &Go) -> Self {
        let world = World::empty(go);
        let goagent = world.path("bin/goagent");
        std::fs::create_dir_all(world.path("bin")).unwrap();
        // By another process: a program that this one has open for writing cannot be started.
        run(Command::new("cp").arg(GOAGENT).arg(&goagent)).expect_success("cp");
        Self { world, goagent }
    }

    /// Builds the program of a world, and returns the compiled packages and the binary.
    fn build(&self, source: &World, helper: &str, flags: &[&str]) -> (Vec<String>, Vec<u8>) {
        let mut build = self.world.command(&self.goagent);
        build.args(["build", "-buildvcs=false", "-o"]).arg(self.world.path("out")).args(flags);
        build.arg(format!("--bundle={}", self.world.path("probe.gobundle").display()));
        build
            .current_dir(source.path("probe"))
            .env("GOCACHEPROG", helper)
            .env("HOME", self.world.path("home"));
        for variable in ["GOMODCACHE", "GOPATH", "GOENV", "XDG_CACHE_HOME"] {
            if let Some(value) = self.own(variable) {
                build.env(variable, value);
            }
        }
        let (compiled, output) = self.world.compiled_by(&mut build);
        expect_woven(&output);
        (compiled, std::fs::read(self.world.path("out")).unwrap())
    }

    /// The toolchains are where they are; everything else that HOME determines is the machine's
    /// own.
    fn own(&self, variable: &str) -> Option<String> {
        match variable {
            "GOMODCACHE" => {
                let asked = run(&mut self.world.go.go(common::repository(), &["env", "GOMODCACHE"]));
                Some(asked.expect_success("go env").stdout.trim().to_owned())
            }
            "XDG_CACHE_HOME" => Some(self.world.path("xdg").to_str().unwrap().to_owned()),
            _ => None,
        }
    }
}

#[test]
fn a_second_machine_compiles_nothing_and_links_the_same_bytes() {
    let go = Go::newest();
    let tools = tempfile::tempdir().unwrap();
    let program = tools.path().join("cacheprog");
    cacheprog(&go, &program);
    let shared = Go::cache();
    let helper = format!("{} {}", program.display(), shared.display());
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();

    // Other paths of everything, with -trimpath.
    let machines = [Machine::new(&go), Machine::new(&go)];
    for machine in &machines {
        machine.world.edit("a/a.go", "hello", &format!("hello at {now}"));
    }
    let (first, one) = machines[0].build(&machines[0].world, &helper, &["-trimpath"]);
    assert!(first.contains(&"example.com/probe/a".to_owned()), "the first machine compiles: {first:?}");
    let (second, two) = machines[1].build(&machines[1].world, &helper, &["-trimpath"]);
    assert_eq!(second, ["LINK"], "with -trimpath");
    assert!(one == two, "with -trimpath: other bytes");

    // The same source folder, without -trimpath: goagent's own module is in another folder.
    let (first, one) = machines[0].build(&machines[0].world, &helper, &[]);
    assert!(first.contains(&"example.com/probe/a".to_owned()), "the first machine compiles: {first:?}");
    let (second, two) = machines[1].build(&machines[0].world, &helper, &[]);
    assert!(one == two, "without -trimpath: other bytes");
    let others: Vec<_> =
        second.iter().filter(|name| !name.starts_with("goagent/") && *name != "LINK").collect();
    assert!(others.is_empty(), "without -trimpath only goagent's own module is compiled again: {second:?}");
}

/// Mounts, then the command, as a user without rights if that is possible. `$1` is the folder, `$2`
/// GOROOT, `$3` the module cache.
const READ_ONLY: &str = r#"set -e
folder=$1 goroot=$2 modules=$3
shift 3
mount --bind "$goroot" "$folder/goroot"
mount --bind "$modules" "$folder/modules"
for name in cache goagent tmp bin; do mount --bind "$folder/$name" "$folder/$name"; done
mount -o remount,ro,bind /
for path in / "$folder/goroot" "$folder/modules"; do
  mount -o remount,ro,bind "$path"
  if touch "$path/written" 2>/dev/null; then echo "$path can be written" >&2; exit 99; fi
done
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
  exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
fi
exec "$@"
"#;

/// `None`, with a message, if this user may not.
fn unshare() -> Option<Command> {
    for options in [["--mount"].as_slice(), &["--mount", "--map-root-user"]] {
        if run(Command::new("unshare").args(options).args(["mount", "-o", "remount,bind", "/"])).end
            == "exit 0"
        {
            let mut command = Command::new("unshare");
            command.args(options);
            return Some(command);
        }
    }
    println!("skipped: this user may not mount anything");
    None
}

#[test]
fn nothing_but_the_caches_and_temporary_files_is_written() {
    let Some(_) = unshare() else { return };
    let go = Go::newest();
    let world = World::new(&go);
    let ask = |what: &str| {
        run(&mut go.go(common::repository(), &["env", what]))
            .expect_success("go env")
            .stdout
            .trim()
            .to_owned()
    };
    let (goroot, modules) = (ask("GOROOT"), ask("GOMODCACHE"));
    uses_a_module(&world);
    for name in ["goroot", "modules", "home", "tmp", "bin", "goagent"] {
        std::fs::create_dir_all(world.path(name)).unwrap();
    }
    let prepare = format!(
        "cp {GOAGENT} {0}/goagent-binary && chmod 755 {0} && if [ $(id -u) = 0 ]; then chown -R 65534:65534 {0}; fi",
        world.path(".").display()
    );
    run(Command::new("sh").args(["-c", &prepare])).expect_success("the folders");
    for with_cache in [true, false] {
        let mut build = unshare().unwrap();
        build.args(["sh", "-c", READ_ONLY, "sh"]).arg(world.path(".")).args([&goroot, &modules]);
        build
            .arg(world.path("goagent-binary"))
            .args(["build", "-buildvcs=false", "-o"])
            .arg(world.path("bin/out"));
        build.arg(format!("--bundle={}", world.path("probe.gobundle").display()));
        environment(&world, &mut build);
        if with_cache {
            build.env("GOAGENT_CACHE", world.path("goagent"));
        }
        let output = run(&mut build);
        output.expect_success("a build that may write next to nothing");
        expect_woven(&output);
        let used = world.path(if with_cache { "goagent" } else { "tmp" });
        let mut names = std::fs::read_dir(&used).unwrap().map(|entry| entry.unwrap().file_name());
        let prefix = if with_cache { "sessions" } else { "goagent-cache-" };
        assert!(
            names.any(|name| name.to_str().unwrap().starts_with(prefix)),
            "{} is not used",
            used.display()
        );
    }
}

/// The program imports a package out of the module cache.
fn uses_a_module(world: &World) {
    let shop = common::repository().join("examples/shop");
    run(&mut world.go.go(&shop, &["mod", "download", "github.com/modern-go/concurrent"]))
        .expect_success("go mod download");
    let sums = std::fs::read_to_string(shop.join("go.sum")).unwrap();
    let sums: Vec<&str> = sums
        .lines()
        .filter(|line| line.contains("modern-go/concurrent v0.0.0-20180228061459-e0a39a4cb421"))
        .collect();
    std::fs::write(world.path("probe/go.sum"), sums.join("\n") + "\n").unwrap();
    world.edit(
        "go.mod",
        "go 1.18",
        "go 1.18\n\nrequire github.com/modern-go/concurrent v0.0.0-20180228061459-e0a39a4cb421",
    );
    world.edit("c/c.go", "package c", "package c\n\nimport _ \"github.com/modern-go/concurrent\"");
}

fn environment(world: &World, build: &mut Command) {
    let path = format!("{}:{}", world.path("goroot/bin").display(), std::env::var("PATH").unwrap());
    build.current_dir(world.path("probe")).env("PATH", path);
    for variable in ["GOROOT", "GOFLAGS", "GOPATH", "GOENV", "GOAGENT_CACHE", "XDG_CACHE_HOME"] {
        build.env_remove(variable);
    }
    build
        .env("GOTOOLCHAIN", "local")
        .env("GOWORK", "off")
        .env("HOME", world.path("home"))
        .env("GOMODCACHE", world.path("modules"))
        .env("GOCACHE", world.path("cache"))
        .env("TMPDIR", world.path("tmp"));
}
