//! The archives of packages that a build has just made or found in its cache.
//!
//! `go list -export` with the build's own flags and marks names them, and compiles nothing that the
//! build has compiled. It is run only for packages whose report is not known on this machine,
//! because the compile took place on another one.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::invocation::Invocation;
use crate::gotool::list::{DependencyScope, list};
use crate::gotool::{Go, flags};

/// Import path → its archives: one, and one for each variant of it in tests.
pub type Archives = BTreeMap<String, Vec<Utf8PathBuf>>;

/// Returns the archives of these packages in the build of an invocation. There are none if the
/// packages cannot be listed.
pub fn find(invocation: &Invocation, ours: &[String], packages: &[&str]) -> Archives {
    let mut words = vec!["-export".to_owned(), "-deps".to_owned()];
    if invocation.command == "test" {
        words.push("-test".to_owned());
    }
    words.extend(flags::for_export(&invocation.words.flags));
    words.extend(ours.iter().cloned());
    let mut archives = Archives::new();
    // What is only checked for types must not be compiled now.
    let named = if invocation.options.types_only {
        packages.iter().map(|package| (*package).to_owned()).collect()
    } else {
        invocation.packages()
    };
    for package in list(&Go::from_path(), &words, &named, DependencyScope::None).unwrap_or_default() {
        if packages.contains(&package.path.as_str()) && !package.export.is_empty() {
            archives.entry(package.path).or_default().push(package.export.into());
        }
    }
    archives
}
