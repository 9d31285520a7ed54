//! Resolves the package names of a Go file.
//!
//! In: a parsed file, or an import path. Out: import paths, or the name that a path is imported
//! under.

use super::{GoFile, NameResolver};

/// The name that a path's package has by convention: the last element that is not a major version,
/// without `go-` before it and up to the first character that a name cannot have:
/// `github.com/rabbitmq/amqp091-go` is `amqp091`, `github.com/redis/go-redis/v9` is `redis`. The
/// package clause may have another name; Go's own tools guess in the same way if they do not read
/// it.
pub fn default_name(path: &str) -> String {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or_default();
    let is_major =
        last.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let name = if is_major { parts.next().unwrap_or(last) } else { last };
    let name = name.strip_prefix("go-").unwrap_or(name);
    let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    name.get(..end).unwrap_or(name).to_owned()
}

/// Returns true if an import path looks like one outside of the standard library: its first element
/// has a dot. Modules may have names without one; only a build's listing can tell which these are.
pub fn is_module_path(path: &str) -> bool {
    path.split('/').next().is_some_and(|first| first.contains('.'))
}

/// The names of a Go file.
pub struct FileNames<'a> {
    /// The file.
    pub go: &'a GoFile,
    /// The import path of its package.
    pub target: &'a str,
    /// Type parameters, which are spelt by their position.
    pub params: Vec<String>,
}

impl NameResolver for FileNames<'_> {
    fn package(&self, name: &str) -> Option<String> {
        let by_alias = self.go.imports.iter().find(|i| i.alias.as_deref() == Some(name));
        let unnamed = || self.go.imports.iter().filter(|i| i.alias.is_none());
        let found = by_alias
            .or_else(|| unnamed().find(|i| default_name(&i.path) == name))
            .or_else(|| unnamed().find(|i| i.path.rsplit('/').take(2).any(|part| part.contains(name))));
        let path = found.map_or_else(|| name.to_owned(), |i| i.path.clone());
        Some(if path == self.target { String::new() } else { path })
    }

    fn unqualified(&self, name: &str) -> Option<String> {
        by_place(&self.params, name)
    }
}

/// Returns `$0` for the first of some type parameters, and so on.
pub fn by_place(params: &[String], name: &str) -> Option<String> {
    params.iter().position(|param| param == name).map(|at| format!("${at}"))
}
