//! The Go files of one package.
//!
//! In: its folder. Out: the text of its files, parsed where a name is looked for. Tests, and files that belong to
//! another package (programs that generate code), are left out. Which platform a file is for is not decided here.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::Trouble;
use crate::diagnostic::SourceFile;
use crate::source::GoFile;

/// One package at one version.
#[derive(Debug)]
pub struct Package {
    /// Its files, by name.
    pub files: Vec<GoSource>,
    declares: RefCell<BTreeMap<String, bool>>,
}

/// One Go file.
#[derive(Debug)]
pub struct GoSource {
    /// For diagnostics.
    pub source: Arc<SourceFile>,
    parsed: OnceCell<Option<GoFile>>,
}

/// A function's name as a line of text tells it, for guesses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declared {
    /// The receiver's type, for a method.
    pub receiver: Option<String>,
    /// Its name.
    pub name: String,
}

impl GoSource {
    /// The declarations; `None` where the file cannot be read as Go.
    pub fn go(&self) -> Option<&GoFile> {
        self.parsed.get_or_init(|| GoFile::parse(self.source.text.clone()).ok()).as_ref()
    }
}

impl Package {
    /// A digest of its files.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for file in &self.files {
            let name = file.source.name.rsplit('/').next().unwrap_or_default();
            hasher.update(name.as_bytes()).update(&[0]);
            hasher.update(&file.source.text.len().to_le_bytes()).update(file.source.text.as_bytes());
        }
        hasher.finalize().to_hex().chars().take(16).collect()
    }

    /// The files that declare a function or method of this name, parsed. Where no line says so plainly, all in which the
    /// name stands.
    pub fn with_function<'a>(&'a self, name: &'a str) -> Vec<(&'a GoSource, &'a GoFile)> {
        let plainly = |file: &&GoSource| file.source.text.lines().any(|line| is_function(line, name));
        self.or_mentioning(name, plainly)
    }

    /// The files that declare a type, variable or constant of this name, parsed, perhaps with others.
    pub fn with_name<'a>(&'a self, name: &'a str) -> Vec<(&'a GoSource, &'a GoFile)> {
        let plainly =
            |file: &&GoSource| file.source.text.lines().any(|l| names_in_line(l).any(|word| word == name));
        self.or_mentioning(name, plainly)
    }

    fn or_mentioning<'a>(
        &'a self,
        name: &'a str,
        plainly: impl Fn(&&GoSource) -> bool,
    ) -> Vec<(&'a GoSource, &'a GoFile)> {
        let files = self.files.iter().filter(|file| file.source.text.contains(name)).filter(plainly);
        let found: Vec<_> = files.filter_map(|file| file.go().map(|go| (file, go))).collect();
        if found.is_empty() { self.mentioning(name).collect() } else { found }
    }

    /// The files in which a word stands, parsed.
    fn mentioning<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (&'a GoSource, &'a GoFile)> {
        self.files
            .iter()
            .filter(move |file| file.source.text.contains(word))
            .filter_map(|file| file.go().map(|go| (file, go)))
    }

    /// Every type that is declared at the start of a line, without parsing.
    pub fn types(&self) -> Vec<String> {
        let lines = self.files.iter().flat_map(|file| file.source.text.lines());
        let words = lines.filter_map(|line| line.strip_prefix("type ")).filter_map(|rest| {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
            rest.get(..end).filter(|name| !name.is_empty()).map(str::to_owned)
        });
        let mut found: Vec<String> = words.collect();
        found.sort();
        found.dedup();
        found
    }

    /// Whether some line may declare this name for the package: never `false` where one does, sometimes `true` where none
    /// does. Nothing is parsed.
    pub fn may_declare(&self, name: &str) -> bool {
        if let Some(known) = self.declares.borrow().get(name) {
            return *known;
        }
        let files = self.files.iter().filter(|file| file.source.text.contains(name));
        let mut lines = files.flat_map(|file| file.source.text.lines());
        let found = lines.any(|line| names_in_line(line).any(|word| word == name));
        self.declares.borrow_mut().insert(name.to_owned(), found);
        found
    }

    /// Every function and method, without parsing.
    pub fn declared(&self) -> Vec<Declared> {
        let lines = self.files.iter().flat_map(|file| file.source.text.lines());
        let mut found: Vec<Declared> = lines.filter_map(declared).collect();
        found.sort();
        found.dedup();
        found
    }
}

/// The words of a line that may be names it declares: those up to `=`, behind a keyword, between commas.
fn names_in_line(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim_start();
    let rest =
        ["func ", "type ", "var ", "const "].iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
    let rest = rest.trim_start_matches(['(', ' ']);
    let left = rest.split('=').next().unwrap_or_default();
    left.split(',').filter_map(|part| {
        let part = part.trim_start();
        let end = part.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(part.len());
        part.get(..end).filter(|word| !word.is_empty())
    })
}

fn is_function(line: &str, name: &str) -> bool {
    line.contains(name) && declared(line).is_some_and(|found| found.name == name)
}

/// What a line that begins with `func` declares.
fn declared(line: &str) -> Option<Declared> {
    let rest = line.strip_prefix("func ")?;
    let (receiver, rest) = match rest.strip_prefix('(') {
        Some(inner) => {
            let (receiver, after) = inner.split_once(')')?;
            let without_params = receiver.split('[').next()?;
            let name = without_params.rsplit([' ', '*']).find(|part| !part.is_empty())?;
            (Some(name.to_owned()), after.trim_start())
        }
        None => (None, rest),
    };
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    let name = rest.get(..end)?;
    (!name.is_empty()).then(|| Declared { receiver, name: name.to_owned() })
}

/// Reads the Go files of a folder.
pub(super) fn read(dir: &Path, shown: &str) -> Result<Package, Trouble> {
    let entries = fs_err::read_dir(dir).map_err(|_| Trouble::Absent)?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|n| is_source(n))
        .collect();
    names.sort();
    let mut files = Vec::new();
    for name in names {
        let bytes = fs_err::read(dir.join(&name)).map_err(|error| Trouble::Unavailable(error.to_string()))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if !is_ignored(&text) {
            let source = SourceFile::new(format!("{shown}/{name}"), text);
            files.push(GoSource { source, parsed: OnceCell::new() });
        }
    }
    if files.is_empty() { Err(Trouble::Absent) } else { Ok(Package { files, declares: RefCell::default() }) }
}

fn is_source(name: &str) -> bool {
    let stem = name.strip_suffix(".go");
    stem.is_some_and(|stem| !stem.ends_with("_test") && !stem.starts_with(['_', '.']))
}

/// Whether a constraint above the package clause keeps the file out of every build.
fn is_ignored(text: &str) -> bool {
    text.lines()
        .take_while(|line| !line.starts_with("package "))
        .any(|line| matches!(line.trim(), "//go:build ignore" | "// +build ignore"))
}

/// The import paths of packages below the nearest parent of `package` that exists.
pub(super) fn siblings(root: &Path, prefix: &str, package: &str) -> Vec<String> {
    let mut below = package.strip_prefix(prefix).unwrap_or(package).trim_start_matches('/');
    loop {
        below = below.rsplit_once('/').map_or("", |(parent, _)| parent);
        let found = packages_in(root, prefix, below);
        if !found.is_empty() || below.is_empty() {
            return found;
        }
    }
}

fn packages_in(root: &Path, prefix: &str, below: &str) -> Vec<String> {
    let Ok(entries) = fs_err::read_dir(root.join(below)) else { return Vec::new() };
    let names =
        entries.flatten().filter(|e| e.path().is_dir()).filter_map(|e| e.file_name().into_string().ok());
    let join = |name: &str| {
        let parts = [prefix, below, name];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    };
    let mut found: Vec<String> = names
        .filter(|name| !name.starts_with(['.', '_']) && name != "testdata")
        .map(|name| join(&name))
        .collect();
    if !prefix.is_empty() && below.is_empty() {
        found.push(prefix.to_owned());
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_tell_functions_and_methods() {
        let of = |line| declared(line).map(|d| (d.receiver, d.name));
        assert_eq!(of("func F(x int) {"), Some((None, "F".to_owned())));
        assert_eq!(of("func (e *Engine) Run() {"), Some((Some("Engine".to_owned()), "Run".to_owned())));
        assert_eq!(of("func (t Tree[K, V]) Get() {"), Some((Some("Tree".to_owned()), "Get".to_owned())));
        assert_eq!(of("func (Engine) Run() {"), Some((Some("Engine".to_owned()), "Run".to_owned())));
        assert_eq!(of("func Map[T any](x T) {"), Some((None, "Map".to_owned())));
        assert_eq!(of("	func F() {"), None);
        assert_eq!(of("func (broken"), None);
    }

    #[test]
    fn names_that_a_line_may_declare() {
        let of = |line| names_in_line(line).collect::<Vec<_>>();
        assert_eq!(of("var a, b = 1, 2"), ["a", "b"]);
        assert_eq!(of("\tc, d int"), ["c", "d"]);
        assert_eq!(of("func F(x int) {"), ["F"]);
        assert_eq!(of("type T struct {"), ["T"]);
        assert_eq!(of("\t\"strings\""), [""; 0]);
    }

    #[test]
    fn tests_and_generators_are_no_source() {
        assert!(is_source("a.go") && !is_source("a_test.go") && !is_source("_a.go") && !is_source("a.s"));
        assert!(is_ignored("// x\n\n//go:build ignore\n\npackage main\n"));
        assert!(!is_ignored("package a\n\n//go:build ignore\n"));
    }
}
