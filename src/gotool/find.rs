//! Finds the `go` to run: the first one in PATH that is not goagent.
//!
//! In: PATH and this program. Out: a path, or the reason why there is none. goagent may itself be
//! called `go`, as a link, as a copy, or by a script that comes before the real one; if it took
//! that for go, it would start itself without end.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

/// A variable set by goagent for a program that may be goagent under another name: a goagent that
/// finds it answers with [`ANSWER`] and does nothing else.
pub const PROBE: &str = "GOAGENT_PROBE";

/// The beginning of that answer. No `go version` begins so.
pub const ANSWER: &str = "goagent";

/// A variable with the programs that goagent has started as `go` above this process and that are
/// not evidently Go's own, as a list like PATH. It reveals a wrapper that starts goagent for some
/// commands only.
const STARTED: &str = "GOAGENT_STARTED";

/// The number of times after which such a program is not started below itself again. Programs that
/// tests and `go generate` start run `go` too.
const LIMIT: usize = 3;

/// A `go` to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoProgram {
    /// The program, as an absolute path.
    pub program: PathBuf,
    /// True if it is something other than the `go` of an installed Go, such as a script.
    pub is_wrapper: bool,
}

impl GoProgram {
    /// Notes in the environment of a `go` command which programs were started, in case goagent runs
    /// below it.
    pub fn mark(&self, command: &mut Command) {
        if self.is_wrapper {
            let mut all = started();
            all.push(self.program.clone());
            if let Ok(value) = std::env::join_paths(all) {
                command.env(STARTED, value);
            }
        }
    }
}

/// The `go` of this process's PATH, looked for once.
pub fn find_go() -> Result<GoProgram, String> {
    static FOUND: OnceLock<Result<GoProgram, String>> = OnceLock::new();
    let search = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        search(candidates(&path), &started(), &is_goagent)
    };
    FOUND.get_or_init(search).clone()
}

/// The executable programs called `go`, in PATH's order.
fn candidates(path: &OsStr) -> Vec<PathBuf> {
    let name = format!("go{}", std::env::consts::EXE_SUFFIX);
    let programs = std::env::split_paths(path).filter_map(|dir| std::path::absolute(dir.join(&name)).ok());
    programs.filter(|program| is_executable(program)).collect()
}

fn search(
    candidates: Vec<PathBuf>,
    started: &[PathBuf],
    is_goagent: &dyn Fn(&Path) -> bool,
) -> Result<GoProgram, String> {
    let times = |program: &PathBuf| started.iter().filter(|one| *one == program).count();
    let mut passed = Vec::new();
    let mut again = None;
    for program in candidates {
        if is_goagent(&program) {
            passed.push(program.display().to_string());
        } else if times(&program) > 0 {
            again = again.or(Some(program));
        } else {
            let is_wrapper = !is_of_goroot(&program);
            return Ok(GoProgram { program, is_wrapper });
        }
    }
    match again {
        Some(program) if times(&program) < LIMIT => Ok(GoProgram { program, is_wrapper: true }),
        Some(program) => Err(format!("{} starts goagent, and PATH has no other", program.display())),
        None if passed.is_empty() => Err("there is none in PATH".to_owned()),
        None => Err(format!("in PATH there is only goagent itself ({})", passed.join(", "))),
    }
}

fn started() -> Vec<PathBuf> {
    std::env::var_os(STARTED).map(|value| std::env::split_paths(&value).collect()).unwrap_or_default()
}

/// Returns true if a program is this one or a copy of it, or starts goagent.
pub fn is_goagent(program: &Path) -> bool {
    static KNOWN: Mutex<Option<HashMap<PathBuf, bool>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    *known.entry(program.to_owned()).or_insert_with(|| {
        let this = std::env::current_exe();
        let is_this = this.is_ok_and(|this| is_same_file(&this, program) || is_copy(&this, program));
        is_this || !is_of_goroot(program) && answers_as_goagent(program)
    })
}

#[cfg(unix)]
fn is_same_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let of = |path: &Path| std::fs::metadata(path).map(|meta| (meta.dev(), meta.ino()));
    of(a).is_ok_and(|found| of(b).is_ok_and(|other| found == other))
}

#[cfg(not(unix))]
fn is_same_file(a: &Path, b: &Path) -> bool {
    a.canonicalize().is_ok_and(|found| b.canonicalize().is_ok_and(|other| found == other))
}

/// Compares lengths before contents. Few files have the same length, so the contents are hardly
/// ever read.
fn is_copy(a: &Path, b: &Path) -> bool {
    let length = |path: &Path| std::fs::metadata(path).map(|meta| meta.len());
    let is_as_long = length(a).is_ok_and(|found| length(b).is_ok_and(|other| found == other));
    is_as_long && std::fs::read(a).is_ok_and(|found| std::fs::read(b).is_ok_and(|other| found == other))
}

/// Returns true if a program is in the `bin` folder of an installed Go and is not a script: then
/// there is no need to ask it.
fn is_of_goroot(program: &Path) -> bool {
    let Ok(real) = program.canonicalize() else { return false };
    let Some(root) = real.parent().and_then(Path::parent) else { return false };
    let is_root = root.join("VERSION").is_file() || root.join("pkg").join("tool").is_dir();
    is_root && !is_script(&real)
}

fn is_script(program: &Path) -> bool {
    let mut first = [0; 2];
    std::fs::File::open(program).and_then(|mut file| file.read_exact(&mut first)).is_ok() && first == *b"#!"
}

fn answers_as_goagent(program: &Path) -> bool {
    let mut command = Command::new(program);
    command.arg("version").env(PROBE, "1").env("GOTOOLCHAIN", "local");
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.starts_with(ANSWER.as_bytes()))
}

#[cfg(unix)]
fn is_executable(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    program.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(program: &Path) -> bool {
    program.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    fn found(started: &[&str]) -> Result<String, String> {
        let is_goagent = |program: &Path| program.starts_with("/link");
        let all = paths(&["/link/go", "/shim/go", "/usr/go"]);
        search(all, &paths(started), &is_goagent).map(|found| found.program.display().to_string())
    }

    #[test]
    fn the_first_that_is_not_goagent() {
        assert_eq!(found(&[]), Ok("/shim/go".to_owned()));
        assert_eq!(found(&["/shim/go"]), Ok("/usr/go".to_owned()));
        let all = ["/shim/go", "/usr/go"];
        assert_eq!(found(&all), Ok("/shim/go".to_owned()), "a test below go may run go");
        let often = [all, all, all].concat();
        assert_eq!(found(&often), Err("/shim/go starts goagent, and PATH has no other".to_owned()));
        let none = |all: &[&str]| search(paths(all), &[], &|_| true).unwrap_err();
        assert_eq!(none(&["/a/go", "/b/go"]), "in PATH there is only goagent itself (/a/go, /b/go)");
        assert_eq!(none(&[]), "there is none in PATH");
    }

    #[cfg(unix)]
    #[test]
    fn links_copies_and_scripts() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let dir = tempfile::tempdir().unwrap();
        let this = std::env::current_exe().unwrap();
        let at = |name: &str| dir.path().join(name);
        symlink(&this, at("first")).unwrap();
        symlink(at("first"), at("second")).unwrap();
        std::fs::copy(&this, at("copy")).unwrap();
        for name in ["first", "second", "copy"] {
            assert!(is_goagent(&at(name)), "{name}");
        }
        let script = |name: &str, says: &str| {
            std::fs::write(at(name), format!("#!/bin/sh\necho {says}\n")).unwrap();
            std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(0o755)).unwrap();
            is_goagent(&at(name))
        };
        assert!(script("old", "goagent 0.1.0"));
        assert!(!script("shim", "go version go1.26.8 linux/amd64"));
    }

    #[test]
    fn only_programs_in_path_order() {
        let dir = tempfile::tempdir().unwrap();
        let name = format!("go{}", std::env::consts::EXE_SUFFIX);
        std::fs::write(dir.path().join(&name), "").unwrap();
        let found = candidates(dir.path().as_os_str());
        assert_eq!(found.len(), usize::from(cfg!(windows)), "a file that cannot be run is passed over");
    }
}
