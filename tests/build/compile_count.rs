//! Counts the compiles of a woven build: none if nothing has changed, and over a warm plain cache
//! no more than it must.
//!
//! The compiler itself counts them: the tests run Go from a copy of GOROOT made of links, in which
//! `compile` is a script that notes the package and its import configuration, and then runs the
//! real one. So goagent is not asked what it did, and its builds of its own module are counted too.
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common;
use crate::common::go::Go;
use crate::common::process::run;

/// A toolchain whose compiler notes its tasks, with its own cache.
struct Counted {
    go: Go,
    root: PathBuf,
    log: PathBuf,
    cache: tempfile::TempDir,
}

/// The compiles of a build. Its archives exist as long as this value.
struct Compiles {
    all: Vec<Compile>,
    _work: tempfile::TempDir,
}

impl Compiles {
    fn names(&self) -> Vec<&str> {
        self.all.iter().map(|compile| compile.package.as_str()).collect()
    }
}

const NONE: [&str; 0] = [];

/// One compile process.
struct Compile {
    package: String,
    /// Import path → archive, as in its import configuration.
    imports: BTreeMap<String, PathBuf>,
}

impl Counted {
    /// With the cache that a plain build of the shop has left there.
    fn new(go: &Go) -> Self {
        let root = common::kept(&format!("counted-{}", go.name));
        let log = root.join("log");
        make_root(&go_root(go), &root.join("go"), &log);
        let cache = tempfile::tempdir_in(common::kept("counted-caches")).unwrap();
        let counted = Self { go: go.clone(), root, log, cache };
        let plain = common::kept(&format!("counted-plain-{}", go.name));
        let mut build = counted.command("go");
        build.args(["build", "-o", "/dev/null", "."]).env("GOCACHE", &plain);
        run(&mut build).expect_success("the plain build");
        common::copy_folder(&plain, counted.cache.path());
        counted
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.go.program(program, &shop());
        let path = std::env::var("PATH").unwrap();
        command
            .env("PATH", format!("{}:{path}", self.root.join("go/bin").display()))
            .env("GOROOT", self.root.join("go"))
            .env("GOTOOLCHAIN", "local")
            .env("GOCACHE", self.cache.path().join("."))
            .env("GOAGENT_CACHE", self.cache.path().join("goagent"));
        command
    }

    /// Runs a build and returns what was compiled. With -work, go keeps the archives until they
    /// have been examined.
    fn compiled_by(&self, program: &str) -> Compiles {
        let _ = std::fs::remove_dir_all(&self.log);
        std::fs::create_dir_all(&self.log).unwrap();
        let mut build = self.command(program);
        let work = tempfile::tempdir().unwrap();
        build
            .args(["build", "-work", "-o"])
            .arg(work.path().join("out"))
            .arg(".")
            .env("GOTMPDIR", work.path());
        run(&mut build).expect_success("the counted build");
        let mut all: Vec<Compile> =
            std::fs::read_dir(&self.log).unwrap().map(|entry| noted(&entry.unwrap().path())).collect();
        all.sort_by(|a, b| a.package.cmp(&b.package));
        Compiles { all, _work: work }
    }

    fn list(&self, folder: &Path, arguments: &[&str]) -> Vec<Vec<String>> {
        let mut list = self.command("go");
        list.current_dir(folder).arg("list").args(arguments);
        let output = run(&mut list);
        output.expect_success("go list");
        output.stdout.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
    }
}

fn shop() -> PathBuf {
    common::repository().join("examples/shop")
}

fn go_root(go: &Go) -> PathBuf {
    let output = run(&mut go.go(common::repository(), &["env", "GOROOT"]));
    PathBuf::from(output.expect_success("go env GOROOT").stdout.trim())
}

/// Links to everything of the real GOROOT, except the compiler.
fn make_root(real: &Path, root: &Path, log: &Path) {
    let _ = std::fs::remove_dir_all(root);
    let tools = Path::new("pkg/tool/linux_amd64");
    for folder in [Path::new(""), Path::new("bin"), Path::new("pkg"), Path::new("pkg/tool"), tools] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
        for entry in std::fs::read_dir(real.join(folder)).unwrap() {
            let name = folder.join(entry.unwrap().file_name());
            let kept_apart =
                ["bin", "pkg", "pkg/tool", "pkg/tool/linux_amd64", "pkg/tool/linux_amd64/compile"];
            if !kept_apart.iter().any(|&path| Path::new(path) == name) {
                symlink(real.join(&name), root.join(&name)).unwrap();
            }
        }
    }
    let script = format!(
        "#!/bin/sh\npackage= config= before=\nfor a do\n  case $before in -p) package=$a;; -importcfg) config=$a;; esac\n  \
         before=$a\ndone\nif [ -n \"$package\" ]; then\n  {{ echo \"$package\"; cat \"$config\"; }} > {log}/$$\nfi\n\
         exec {real}/pkg/tool/linux_amd64/compile \"$@\"\n",
        log = log.display(),
        real = real.display()
    );
    let compile = root.join(tools).join("compile");
    std::fs::write(&compile, script).unwrap();
    std::fs::set_permissions(&compile, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Reads the script's notes.
fn noted(path: &Path) -> Compile {
    let text = std::fs::read_to_string(path).unwrap();
    let (package, config) = text.split_once('\n').unwrap();
    let archive = |line: &str| {
        let (package, file) = line.strip_prefix("packagefile ")?.split_once('=')?;
        Some((package.to_owned(), PathBuf::from(file)))
    };
    Compile { package: package.to_owned(), imports: config.lines().filter_map(archive).collect() }
}

/// The second half of an archive's build id, which identifies its content.
fn content_id(archive: &Path) -> Option<String> {
    let mut head = vec![0; 400];
    let read = std::fs::File::open(archive).ok()?.read(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head[..read]).into_owned();
    let id = head.split("build id \"").nth(1)?.split('"').next()?;
    id.rsplit('/').next().map(str::to_owned)
}

/// The packages that the standard plugins have rules for.
fn targets() -> BTreeSet<String> {
    let mut targets = BTreeSet::new();
    for plugin in std::fs::read_dir(common::repository().join("plugins")).unwrap() {
        let folder = plugin.unwrap().path();
        let Ok(files) = std::fs::read_dir(folder) else { continue };
        for file in files
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "gorule"))
        {
            let text = std::fs::read_to_string(file).unwrap();
            let paths = text.split("target \"").skip(1).filter_map(|rest| rest.split('"').next());
            targets.extend(paths.map(str::to_owned));
        }
    }
    assert!(targets.contains("runtime") && targets.contains("net/http"), "{targets:?}");
    targets
}

#[test]
fn only_what_must_be() {
    for go in Go::oldest_and_newest() {
        let counted = Counted::new(&go);
        let plain = counted.compiled_by("go");
        assert_eq!(plain.names(), NONE, "{}: the plain cache is not warm", go.name);

        let build = counted.list(
            &shop(),
            &["-export", "-deps", "-f", "{{.ImportPath}} {{.BuildID}} {{join .Imports \" \"}}", "."],
        );
        let expected = Expected::new(&counted, &build);
        let woven = counted.compiled_by(env!("CARGO_BIN_EXE_goagent"));
        expected.check(&go, &woven);

        let again = counted.compiled_by(env!("CARGO_BIN_EXE_goagent"));
        assert_eq!(again.names(), NONE, "{}: a second build", go.name);
        let plain = counted.compiled_by("go");
        assert_eq!(plain.names(), NONE, "{}: a plain build afterwards", go.name);
    }
}

/// The compiles that a woven build of the shop needs, from go's report on the plain one.
struct Expected {
    /// Woven packages, main, the linked-in module, and what it needs that the shop does not.
    must: BTreeSet<String>,
    /// Direct importers of packages that are compiled with a mark.
    importers: BTreeSet<String>,
    /// The imports of each package of the plain build.
    imports: BTreeMap<String, Vec<String>>,
    /// The content of each package of the plain build.
    contents: BTreeMap<String, String>,
}

impl Expected {
    fn new(counted: &Counted, build: &[Vec<String>]) -> Self {
        // The compiler knows the shop's main package, and only it, by another name.
        let name = |path: &String| if path == "example.com/shop" { "main".to_owned() } else { path.clone() };
        let imports: BTreeMap<String, Vec<String>> =
            build.iter().map(|line| (name(&line[0]), line[2..].to_vec())).collect();
        let content = |line: &Vec<String>| Some((name(&line[0]), line[1].rsplit('/').next()?.to_owned()));
        let contents = build.iter().filter_map(content).collect();

        let runtime = common::repository().join("runtime");
        let roots = ["goagent/boot/program", "goagent/boot/test", "goagent/agent", "goagent/semconv"];
        let linked_in = counted.list(&runtime, &[&["-deps", "-f", "{{.ImportPath}}"][..], &roots].concat());
        let linked_in: BTreeSet<String> = linked_in.into_iter().map(|line| line[0].clone()).collect();
        let woven: BTreeSet<String> =
            targets().into_iter().filter(|path| imports.contains_key(path)).collect();
        // Of Go's own packages that only the linked-in module imports, some may be in the cache
        // from other builds.
        let added = linked_in.iter().filter(|path| path.starts_with("goagent/")).cloned();
        let must: BTreeSet<String> = woven.iter().cloned().chain(added).chain(["main".to_owned()]).collect();
        let marked: BTreeSet<&String> = woven.iter().filter(|path| *path != "runtime").collect();
        let of_marked = |(path, imports): (&String, &Vec<String>)| {
            imports.iter().any(|import| marked.contains(import)).then(|| path.clone())
        };
        let importers = imports.iter().filter_map(of_marked).collect();
        Self { must, importers, imports, contents }
    }

    fn check(&self, go: &Go, compiles: &Compiles) {
        let seen: BTreeSet<String> = compiles.names().into_iter().map(str::to_owned).collect();
        assert_eq!(seen.len(), compiles.all.len(), "{}: compiled twice: {:?}", go.name, compiles.names());
        let missing: Vec<_> = self.must.union(&self.importers).filter(|path| !seen.contains(*path)).collect();
        assert!(missing.is_empty(), "{}: not compiled: {missing:?}, but {seen:?}", go.name);

        let changed = self.changed(compiles);
        assert!(changed.contains("net/http"), "{}: {changed:?}", go.name);
        let with_cause = |path: &String| {
            let imports = self.imports.get(path).map(Vec::as_slice).unwrap_or_default();
            self.must.contains(path)
                || !self.imports.contains_key(path)
                || self.importers.contains(path)
                || imports.iter().any(|i| changed.contains(i))
        };
        let needless: Vec<_> = seen.iter().filter(|path| !with_cause(path)).collect();
        assert!(
            needless.is_empty(),
            "{}: compiled without a reason: {needless:?}; changed: {changed:?}",
            go.name
        );
        println!("{}: {} of {} compiled", go.name, seen.len(), self.imports.len());
    }

    /// The packages whose archives are not those of the plain build, as their importers have seen
    /// them.
    fn changed(&self, compiles: &Compiles) -> BTreeSet<String> {
        let seen = compiles.all.iter().flat_map(|compile| &compile.imports);
        let differs = |(package, archive): (&String, &PathBuf)| {
            (content_id(archive)? != *self.contents.get(package)?).then(|| package.clone())
        };
        seen.filter_map(differs).collect()
    }
}
