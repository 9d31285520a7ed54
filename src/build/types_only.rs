//! The packages of a build of which only the types are checked, for `gorulec check`.
//!
//! In: the packages of a build, and those that carry a mark. Out: those whose archive nobody needs.

use std::collections::BTreeSet;

use crate::gotool::list::ListedPackage;
use crate::toolexec::protocol::Session;

/// A build that makes no archive of some packages.
pub struct TypesOnly {
    /// The packages.
    pub packages: Vec<String>,
    /// The flags that bring goagent into go's build.
    pub flags: Vec<String>,
}

/// Returns the named packages that no other package of a build imports. There are none if one of
/// them is a program, which is linked, or has no mark, so that only the exit code of go would tell
/// that it has failed.
pub fn packages(all: &[ListedPackage], session: &Session) -> Vec<String> {
    let named = || all.iter().filter(|package| package.named);
    let imported: BTreeSet<&str> = named().flat_map(|package| &package.deps).map(String::as_str).collect();
    let last: Vec<&ListedPackage> =
        named().filter(|package| !imported.contains(package.path.as_str())).collect();
    let is_able =
        |package: &&ListedPackage| package.name != "main" && session.marks.contains_key(&package.path);
    if !last.iter().all(is_able) {
        return Vec::new();
    }
    last.into_iter().map(|package| package.path.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str, deps: &[&str]) -> ListedPackage {
        let deps = deps.iter().map(|path| (*path).to_owned()).collect();
        let name = path.rsplit('/').next().unwrap().to_owned();
        ListedPackage { path: path.to_owned(), name, named: true, deps, ..ListedPackage::default() }
    }

    #[test]
    fn only_packages_that_nobody_imports() {
        let marked = |paths: &[&str]| Session {
            marks: paths.iter().map(|path| ((*path).to_owned(), String::new())).collect(),
            ..Session::default()
        };
        let all = [named("a/low", &["fmt"]), named("a/high", &["a/low", "fmt"]), named("b", &[])];
        assert_eq!(packages(&all, &marked(&["a/low", "a/high", "b"])), ["a/high", "b"]);
        assert_eq!(packages(&all, &marked(&["a/high", "b"])), ["a/high", "b"]);
        assert!(packages(&all, &marked(&["a/low", "b"])).is_empty(), "a/high has no mark");
        let program = [named("a/low", &[]), named("cmd/main", &["a/low"])];
        assert!(packages(&program, &marked(&["a/low", "cmd/main"])).is_empty());
    }
}
