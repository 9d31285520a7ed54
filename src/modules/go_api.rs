//! The Go version in which each name of Go's standard library appeared.
//!
//! In: the files `api/go1.txt`, `api/go1.20.txt` and so on of an installed Go. Out: the minor
//! version of a package-level name. Nothing is known of names that these files do not have.

use std::collections::HashMap;
use std::path::Path;

/// Names by `PACKAGE.NAME`, each with the minor version of the first Go that has it.
#[derive(Debug, Default)]
pub(super) struct GoApi(HashMap<String, u64>);

impl GoApi {
    /// Reads the files in a folder; `None` if it has none.
    pub(super) fn read(dir: &Path) -> Option<Self> {
        let names =
            fs_err::read_dir(dir).ok()?.flatten().filter_map(|one| one.file_name().into_string().ok());
        let mut files: Vec<(u64, String)> = names.filter_map(|name| Some((minor(&name)?, name))).collect();
        files.sort();
        let mut known = HashMap::new();
        for (minor, name) in files {
            let text = fs_err::read_to_string(dir.join(name)).ok()?;
            for name in text.lines().filter_map(declared) {
                known.entry(name).or_insert(minor);
            }
        }
        (!known.is_empty()).then_some(Self(known))
    }

    /// The minor version of the first Go that has a name.
    pub(super) fn since(&self, package: &str, name: &str) -> Option<u64> {
        self.0.get(&format!("{package}.{name}")).copied()
    }
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
        let api = GoApi::read(dir.path()).unwrap();
        assert_eq!(api.since("strings", "CutPrefix"), Some(20));
        assert_eq!(api.since("net/http", "Client"), Some(0));
        assert_eq!(api.since("syscall", "A"), Some(0));
        assert_eq!(api.since("strings", "Other"), None);
        assert_eq!(api.since("x", "M"), None);
        assert!(GoApi::read(&dir.path().join("none")).is_none());
    }
}
