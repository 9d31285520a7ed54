//! Reads the Go files of one package.
//!
//! In: its folder. Out: its files; each is read and parsed when a name is looked for, and of a
//! large one only the declarations that matter. Tests are left out, and so are files that are in no
//! build (programs that generate code). Platforms of files are not considered here.

use std::cell::{LazyCell, OnceCell};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use elsa::FrozenMap;

use super::index::{self, FileIndex, Index, Indexes};
use super::lines::{DeclaredFunction, declared};
use super::release::LookupError;
use crate::diagnostic::SourceFile;
use crate::source::GoFile;

/// One package at one version.
#[derive(Debug)]
pub struct Package {
    /// Its files, by name.
    pub files: Vec<GoSource>,
    index: Index,
    /// Its folder.
    dir: PathBuf,
}

/// One Go file.
pub struct GoSource {
    /// The text, for diagnostics. It is read when it is first used.
    pub source: LazyCell<Arc<SourceFile>, Reading>,
    parsed: OnceCell<Option<GoFile>>,
    /// Parts of the file by question, each parsed for one name: with the declarations whose lines
    /// may declare it, and no others.
    parts: FrozenMap<String, Box<GoFile>>,
}

impl std::fmt::Debug for GoSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GoSource").field("source", &self.source).finish_non_exhaustive()
    }
}

/// A function that reads a file's text.
type Reading = Box<dyn FnOnce() -> Arc<SourceFile>>;

impl GoSource {
    /// The declarations; `None` if the file cannot be parsed as Go.
    pub fn parsed(&self) -> Option<&GoFile> {
        self.parsed.get_or_init(|| GoFile::parse(self.source.text.clone()).ok()).as_ref()
    }

    fn new(reading: Reading) -> Self {
        Self { source: LazyCell::new(reading), parsed: OnceCell::new(), parts: FrozenMap::new() }
    }

    /// These declarations of the file; all of them if these cannot be parsed alone. `key`
    /// identifies the question.
    fn parts(&self, key: &str, head: Range<usize>, declarations: Vec<Range<usize>>) -> Option<&GoFile> {
        if let Some(known) = self.parsed.get() {
            return known.as_ref();
        }
        if let Some(known) = self.parts.get(key) {
            return Some(known);
        }
        let parts: Vec<_> = std::iter::once(head).chain(declarations).collect();
        match GoFile::parse_parts(&self.source.text, &parts) {
            Some(part) => Some(self.parts.insert(key.to_owned(), Box::new(part))),
            None => self.parsed(),
        }
    }
}

impl Package {
    /// The import paths of its files, on any platform.
    pub fn imports(&self) -> &BTreeSet<String> {
        &self.index.imports
    }

    /// The name in its package clause.
    pub fn name(&self) -> Option<&str> {
        let mut lines = self.files.iter().flat_map(|file| file.source.text.lines());
        let named = lines.find_map(|line| line.strip_prefix("package "))?.trim_start();
        named.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().filter(|name| !name.is_empty())
    }

    /// A digest of its files.
    pub fn digest(&self) -> &str {
        &self.index.digest
    }

    /// The files that may declare a method of this type, or a plain function, of this name, parsed
    /// for it.
    pub fn with_method<'a>(&'a self, receiver: Option<&str>, name: &str) -> Vec<(&'a GoSource, &'a GoFile)> {
        let key = format!("{}.{name}", receiver.unwrap_or_default());
        self.parsed_for(&key, |file| file.methods(receiver, name))
    }

    /// The files that may declare a function or method of this name, parsed for it. If no line
    /// clearly declares it, all files in which the name occurs.
    pub fn with_function<'a>(&'a self, name: &'a str) -> Vec<(&'a GoSource, &'a GoFile)> {
        let found = self.parsed_for(&format!("{name}()"), |file| file.functions(name));
        let is_there = |(_, go): &(_, &GoFile)| go.functions.iter().any(|function| function.name == name);
        if found.iter().any(is_there) { found } else { self.mentioning(name).collect() }
    }

    /// The files that may declare a type, variable, constant or function of this name, parsed for
    /// it.
    pub fn with_name(&self, name: &str) -> Vec<(&GoSource, &GoFile)> {
        self.parsed_for(name, |file| file.declaring(name))
    }

    /// Returns true if there is a type of this name. Nothing is parsed if a declaration begins with
    /// `type` and the name.
    pub fn has_type(&self, name: &str) -> bool {
        let begins = |text: &str| {
            let first = text.lines().map(str::trim_start).find(|line| !line.starts_with("//"));
            let rest = first.and_then(|line| line.strip_prefix("type ")?.strip_prefix(name));
            rest.is_some_and(|rest| rest.starts_with([' ', '[']))
        };
        let plainly = self.files.iter().zip(&self.index.files).any(|(file, index)| {
            let mut places = index.declaring(name).into_iter();
            places.any(|range| file.source.text.get(range).is_some_and(begins))
        });
        plainly || self.with_name(name).iter().any(|(_, go)| go.types.iter().any(|ty| ty.name == name))
    }

    fn parsed_for(
        &self,
        key: &str,
        places: impl Fn(&FileIndex) -> Vec<Range<usize>>,
    ) -> Vec<(&GoSource, &GoFile)> {
        let mut found = Vec::new();
        for (file, index) in self.files.iter().zip(&self.index.files) {
            let declarations = places(index);
            if !declarations.is_empty() {
                found.extend(file.parts(key, index.head(), declarations).map(|go| (file, go)));
            }
        }
        found
    }

    /// The files in which one of these words occurs, perhaps as a part of another. Of each file its
    /// types are parsed, and those other declarations whose text is `wanted`, which `key`
    /// identifies.
    pub fn types_and<'a>(
        &'a self,
        words: &[&str],
        (key, wanted): (&str, &dyn Fn(&str) -> bool),
    ) -> Vec<(&'a GoSource, &'a GoFile)> {
        let mut found = Vec::new();
        for (file, index) in self.files.iter().zip(&self.index.files) {
            let text = &file.source.text;
            if words.iter().any(|word| text.contains(word)) {
                let declarations = index.types_and(text, wanted);
                let go = file.parts(&format!("types, {key}"), index.head(), declarations);
                found.extend(go.map(|go| (file, go)));
            }
        }
        found
    }

    /// The files in which a word occurs, parsed.
    fn mentioning<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (&'a GoSource, &'a GoFile)> {
        self.files
            .iter()
            .filter(move |file| file.source.text.contains(word))
            .filter_map(|file| file.parsed().map(|go| (file, go)))
    }

    /// The names of all types that are declared at the start of a line, without parsing.
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

    /// Returns true if some line may declare this name for the package: never `false` if one does,
    /// sometimes `true` if none does. Nothing is parsed.
    pub fn may_declare(&self, name: &str) -> bool {
        self.index.files.iter().any(|file| !file.declaring(name).is_empty())
    }

    /// The name of a file of tests that declares a method of this type, or a plain function, of
    /// this name.
    pub fn test_file_of(&self, receiver: Option<&str>, name: &str) -> Option<String> {
        let entries = fs_err::read_dir(&self.dir).ok()?.flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut tests: Vec<String> = names.filter(|file| file.ends_with("_test.go")).collect();
        tests.sort();
        let is_it = |one: DeclaredFunction| one.name == name && one.receiver.as_deref() == receiver;
        let declares = |file: &String| {
            text_of(&self.dir.join(file)).is_ok_and(|text| text.lines().filter_map(declared).any(is_it))
        };
        tests.into_iter().find(declares)
    }

    /// All functions and methods, without parsing.
    pub fn declared(&self) -> Vec<DeclaredFunction> {
        let lines = self.files.iter().flat_map(|file| file.source.text.lines());
        let mut found: Vec<DeclaredFunction> = lines.filter_map(declared).collect();
        found.sort();
        found.dedup();
        found
    }
}

/// The Go files of a folder. If it has not changed since it was last read, no file is opened before
/// it is needed.
pub(super) fn read(dir: &Path, shown: &str, indexes: &Indexes) -> Result<Package, LookupError> {
    let entries = fs_err::read_dir(dir).map_err(|_| LookupError::Absent)?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|n| is_source(n))
        .collect();
    names.sort();
    let key = index::key(dir, shown, &names);
    if let Some(index) = key.as_ref().and_then(|key| indexes.recall(key)) {
        return Ok(from_index(dir, shown, index));
    }
    let package = read_now(dir, shown, &names)?;
    if package.files.is_empty() {
        return Err(LookupError::Absent);
    }
    if let Some(key) = key {
        indexes.keep(&key, &package.index);
    }
    Ok(package)
}

/// The package of an index that was kept. A file that can no longer be read has no declarations.
fn from_index(dir: &Path, shown: &str, index: Index) -> Package {
    let source = |file: &FileIndex| {
        let (path, name) = (dir.join(&file.name), format!("{shown}/{}", file.name));
        GoSource::new(Box::new(move || SourceFile::new(name, text_of(&path).unwrap_or_default())))
    };
    Package { files: index.files.iter().map(source).collect(), index, dir: dir.to_owned() }
}

fn read_now(dir: &Path, shown: &str, names: &[String]) -> Result<Package, LookupError> {
    let mut texts = Vec::new();
    for name in names {
        let text = text_of(&dir.join(name)).map_err(|error| LookupError::Unavailable(error.to_string()))?;
        if !is_ignored(&text) {
            texts.push((name, text));
        }
    }
    let index = Index::new(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let source = |(name, text): (&String, String)| {
        let source = SourceFile::new(format!("{shown}/{name}"), text);
        GoSource::new(Box::new(move || source))
    };
    Ok(Package { files: texts.into_iter().map(source).collect(), index, dir: dir.to_owned() })
}

fn text_of(path: &Path) -> std::io::Result<String> {
    let bytes = fs_err::read(path)?;
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn is_source(name: &str) -> bool {
    let stem = name.strip_suffix(".go");
    stem.is_some_and(|stem| !stem.ends_with("_test") && !stem.starts_with(['_', '.']))
}

/// Returns true if a constraint above the package clause keeps the file out of every build.
fn is_ignored(text: &str) -> bool {
    text.lines()
        .take_while(|line| !line.starts_with("package "))
        .any(|line| matches!(line.trim(), "//go:build ignore" | "// +build ignore"))
}

/// The import paths of the folders in the nearest parent of `package` that has any.
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
    use super::super::lines::names_in_line;
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
