//! The Go version in which each name of Go's standard library appeared.
//!
//! In: the files `api/go1.txt`, `api/go1.20.txt` and so on of an installed Go. Out: the minor
//! version of a package-level name that is newer than the oldest Go that goagent works with.
//! Nothing is known of names that these files do not have.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use crate::version::OLDEST_GO;

/// The files of one Go, each with its minor version, lowest first. Nearly all names are in those of
/// the oldest versions, which are read only to make sure.
#[derive(Debug)]
pub(super) struct GoApi {
    /// The files of the oldest Go that goagent works with, and of those before.
    old: Vec<PathBuf>,
    old_names: OnceCell<HashSet<String>>,
    /// Names by `PACKAGE.NAME`, each with the minor version of the first file since then.
    new_names: HashMap<String, u64>,
}

impl GoApi {
    /// Reads the files in a folder; `None` if it has none.
    pub(super) fn read(dir: &std::path::Path) -> Option<Self> {
        let names =
            fs_err::read_dir(dir).ok()?.flatten().filter_map(|one| one.file_name().into_string().ok());
        let mut files: Vec<(u64, PathBuf)> =
            names.filter_map(|name| Some((minor(&name)?, dir.join(name)))).collect();
        files.sort();
        let (old, new): (Vec<_>, Vec<_>) = files.into_iter().partition(|(minor, _)| *minor <= OLDEST_GO.1);
        let mut new_names = HashMap::new();
        for (minor, file) in new {
            let text = fs_err::read_to_string(file).ok()?;
            for name in text.lines().filter(|line| !is_change(line)).filter_map(declared) {
                new_names.entry(name).or_insert(minor);
            }
        }
        let old: Vec<PathBuf> = old.into_iter().map(|(_, file)| file).collect();
        (!old.is_empty()).then_some(Self { old, old_names: OnceCell::new(), new_names })
    }

    /// The minor version of the first Go that has a name; `None` if Go `minor` has it, or the files
    /// do not.
    pub(super) fn since(&self, package: &str, name: &str, minor: u64) -> Option<u64> {
        let name = format!("{package}.{name}");
        let since = *self.new_names.get(&name).filter(|since| **since > minor)?;
        (!self.old_names.get_or_init(|| self.read_old()).contains(&name)).then_some(since)
    }

    fn read_old(&self) -> HashSet<String> {
        let texts = self.old.iter().filter_map(|file| fs_err::read_to_string(file).ok());
        texts.flat_map(|text| text.lines().filter_map(declared).collect::<Vec<_>>()).collect()
    }
}

/// Returns true if a line is about a name that there was before: it is deprecated, or a type with a
/// new field or method.
fn is_change(line: &str) -> bool {
    let member = |kind: &str| {
        let rest = line.split_once(kind).map(|(_, rest)| rest);
        rest.is_some_and(|rest| !rest.starts_with("unexported"))
    };
    line.contains("//deprecated") || member(" struct, ") || member(" interface, ")
}

/// `go1.20.txt` → 20, `go1.txt` → 0.
fn minor(file: &str) -> Option<u64> {
    let rest = file.strip_prefix("go1")?.strip_suffix(".txt")?;
    if rest.is_empty() { Some(0) } else { rest.strip_prefix('.')?.parse().ok() }
}

/// `pkg strings, func CutPrefix(string, string) (string, bool) #42537` → `strings.CutPrefix`.
/// Methods have no such name.
fn declared(line: &str) -> Option<String> {
    let (package, rest) = line.strip_prefix("pkg ")?.split_once(", ")?;
    // The platform, if the name is not on all of them, comes after the path: `syscall (linux-386)`.
    let package = package.split(' ').next()?;
    let (kind, rest) = rest.split_once(' ')?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let name = rest.get(..end).filter(|name| !name.is_empty())?;
    matches!(kind, "func" | "type" | "var" | "const").then(|| format!("{package}.{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_from_its_first_version_on() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("go1.txt", "pkg syscall (linux-386), const A = 1\npkg net/http, type Client struct\n");
        write("go1.9.txt", "pkg syscall, const A = 1\npkg net/http, type Client struct, New int\n");
        write("go1.20.txt", "pkg strings, func CutPrefix(string) bool #42537\npkg x, method (*T) M()\n");
        write("except.txt", "pkg strings, func Other()\n");
        write(
            "go1.21.txt",
            "pkg strings, func CutPrefix(string) string\npkg syscall (plan9-386), const A = 2\n",
        );
        write(
            "go1.22.txt",
            "pkg net/http, type Client struct, More int\npkg io, func ReadAll //deprecated\n",
        );
        write("go1.23.txt", "pkg hash, type Cloner interface, unexported methods\npkg x, type C struct\n");
        let api = GoApi::read(dir.path()).unwrap();
        assert_eq!(api.since("strings", "CutPrefix", 18), Some(20));
        assert_eq!(api.since("strings", "CutPrefix", 20), None);
        assert_eq!(api.since("hash", "Cloner", 22), Some(23));
        assert_eq!(api.since("x", "C", 19), Some(23));
        for (package, name) in
            [("net/http", "Client"), ("syscall", "A"), ("io", "ReadAll"), ("strings", "Other"), ("x", "M")]
        {
            assert_eq!(api.since(package, name, 18), None, "{package}.{name}");
        }
        assert!(GoApi::read(&dir.path().join("none")).is_none());
    }
}
