//! Finds the declarations of a package that may have a name, without reading its files again.
//!
//! In: the texts of a package's files, once. Out: an index that is kept between runs, under a key
//! that changes when any file of the folder changes. The index never leaves out a declaration of a
//! name; it may include one that only looks like it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::lines::{declared, names_in_line};
use crate::source::{imports, outline};
use crate::store::{load, save, use_file};

/// The version of the index, raised whenever the index of the same files would be different.
const REVISION: u32 = 5;
/// Replaces the name of a function whose line does not show it.
const ANY: &str = "";

/// The declarations of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    /// A digest of the package's files.
    pub(super) digest: String,
    /// The import paths of the files, on any platform.
    pub(super) imports: BTreeSet<String>,
    /// The files, in the order of their names.
    pub(super) files: Vec<FileIndex>,
}

/// The declarations of one file, with their places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileIndex {
    /// The file's name.
    pub(super) name: String,
    /// The end of the package clause and the imports.
    head: usize,
    /// The ranges of the declarations.
    declarations: Vec<(usize, usize)>,
    /// Fingerprints of the names of functions and methods, each with its declaration; sorted.
    functions: Vec<(u32, u32)>,
    /// The same for methods with their types, `T.F`, and for plain functions, `.F`.
    methods: Vec<(u32, u32)>,
    /// The same for words that lines may declare for the package.
    words: Vec<(u32, u32)>,
}

impl FileIndex {
    fn new(name: &str, text: &str) -> Self {
        let outline = outline(text);
        let (mut functions, mut methods, mut words) = (Vec::new(), Vec::new(), Vec::new());
        for (at, range) in (0_u32..).zip(&outline.declarations) {
            let lines = text.get(range.clone()).unwrap_or_default().lines();
            let mut lines = lines.skip_while(|line| line.trim_start().starts_with("//")).peekable();
            let first = lines.peek().copied().unwrap_or_default().trim_start();
            match declared(first) {
                Some(found) => {
                    functions.push((fingerprint(&found.name), at));
                    methods.push((method(found.receiver.as_deref(), &found.name), at));
                }
                None if first.starts_with("func") => {
                    functions.push((fingerprint(ANY), at));
                    methods.push((fingerprint(ANY), at));
                    words.push((fingerprint(ANY), at));
                }
                None => {}
            }
            // Names in a function's body are its own.
            let own = if first.starts_with("func") { 1 } else { usize::MAX };
            words.extend(lines.take(own).flat_map(names_in_line).map(|word| (fingerprint(word), at)));
        }
        for list in [&mut functions, &mut methods, &mut words] {
            list.sort_unstable();
            list.dedup();
        }
        let declarations = outline.declarations.iter().map(|range| (range.start, range.end)).collect();
        Self { name: name.to_owned(), head: outline.head.end, declarations, functions, methods, words }
    }

    /// The declarations that may declare this name for the package.
    pub(super) fn declaring(&self, name: &str) -> Vec<Range<usize>> {
        self.places(&self.words, &[fingerprint(name), fingerprint(ANY)])
    }

    /// The declarations of types, and those others whose text `others` accepts.
    pub(super) fn types_and(&self, text: &str, others: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
        let is_type = |own: &str| {
            let first = own.lines().map(str::trim_start).find(|line| !line.starts_with("//"));
            first.is_some_and(|line| line.starts_with("type"))
        };
        let all = self.declarations.iter().map(|(start, end)| *start..*end);
        let own = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
        all.filter(|range| is_type(own(range)) || others(own(range))).collect()
    }

    /// The functions and methods that may have this name.
    pub(super) fn functions(&self, name: &str) -> Vec<Range<usize>> {
        self.places(&self.functions, &[fingerprint(name), fingerprint(ANY)])
    }

    /// The methods of a type, or the plain functions, that may have this name.
    pub(super) fn methods(&self, receiver: Option<&str>, name: &str) -> Vec<Range<usize>> {
        self.places(&self.methods, &[method(receiver, name), fingerprint(ANY)])
    }

    /// The declarations with any of these fingerprints, in the order of the file.
    fn places(&self, list: &[(u32, u32)], wanted: &[u32]) -> Vec<Range<usize>> {
        let mut found: Vec<u32> = Vec::new();
        for wanted in wanted {
            let from = list.partition_point(|(print, _)| print < wanted);
            let same = list.iter().skip(from).take_while(|(print, _)| print == wanted);
            found.extend(same.map(|(_, at)| *at));
        }
        found.sort_unstable();
        found.dedup();
        let place = |at: u32| self.declarations.get(at as usize);
        found.into_iter().filter_map(place).map(|(start, end)| *start..*end).collect()
    }

    /// The package clause and the imports.
    pub(super) fn head(&self) -> Range<usize> {
        0..self.head
    }
}

impl Index {
    /// The index of files, which are given by name and text in the order of their names.
    pub(super) fn new<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut hasher = blake3::Hasher::new();
        let (mut indexes, mut imported) = (Vec::new(), BTreeSet::new());
        for (name, text) in files {
            imported.extend(imports(text));
            hasher.update(name.as_bytes()).update(&[0]);
            hasher.update(&text.len().to_le_bytes()).update(text.as_bytes());
            indexes.push(FileIndex::new(name, text));
        }
        let digest = hasher.finalize().to_hex().chars().take(16).collect();
        Self { digest, imports: imported, files: indexes }
    }
}

/// Indexes of earlier runs, in a folder; without a folder nothing is kept.
#[derive(Debug, Default)]
pub(super) struct Indexes {
    folder: Option<Utf8PathBuf>,
}

impl Indexes {
    /// The indexes in this folder.
    pub(super) fn new(folder: Utf8PathBuf) -> Self {
        Self { folder: Some(folder) }
    }

    /// The index that was kept under a key: that of a package whose folder has not changed.
    pub(super) fn recall(&self, key: &str) -> Option<Index> {
        load(&self.path(key).filter(|path| use_file(path))?).ok()
    }

    /// Keeps an index. If it cannot be written, it is computed again the next time.
    pub(super) fn keep(&self, key: &str, index: &Index) {
        if let Some(path) = self.path(key) {
            let _ = save(&path, index);
        }
    }

    fn path(&self, key: &str) -> Option<Utf8PathBuf> {
        self.folder.as_deref().map(|folder: &Utf8Path| folder.join(key))
    }
}

/// A key for the files of a folder as they are: the name of the package and its version, and the
/// names, sizes and modification times of the files (some installers set these times to the same
/// value for all versions). `None` if a file cannot be checked.
pub(super) fn key(dir: &Path, shown: &str, names: &[String]) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&REVISION.to_le_bytes()).update(dir.as_os_str().as_encoded_bytes());
    hasher.update(&[0]).update(shown.as_bytes());
    for name in names {
        let found = std::fs::metadata(dir.join(name)).ok()?;
        let age = found.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        hasher.update(&[0]).update(name.as_bytes()).update(&[0]);
        hasher.update(&found.len().to_le_bytes()).update(&age.as_nanos().to_le_bytes());
    }
    Some(hasher.finalize().to_hex().chars().take(32).collect())
}

fn fingerprint(name: &str) -> u32 {
    let hash = blake3::hash(name.as_bytes());
    hash.as_bytes().first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn method(receiver: Option<&str>, name: &str) -> u32 {
    fingerprint(&format!("{}.{name}", receiver.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_finds_what_lines_declare_and_its_key_follows_the_files() {
        let text = "package p\n\nfunc (t *T) Method() {\n\tx := 1\n}\n\nvar a, b = 1, 2\n";
        let index = Index::new([("a.go", text)].into_iter());
        let file = &index.files[0];
        let texts =
            |ranges: Vec<Range<usize>>| ranges.into_iter().map(|r| text[r].trim_end()).collect::<Vec<_>>();
        assert_eq!(texts(file.functions("Method")), ["func (t *T) Method() {\n\tx := 1\n}"]);
        assert_eq!(file.functions("Method"), file.methods(Some("T"), "Method"));
        assert_eq!(texts(file.declaring("b")), ["var a, b = 1, 2"]);
        for none in
            [file.functions("a"), file.methods(None, "Method"), file.declaring("x"), file.declaring("Method")]
        {
            assert!(none.is_empty());
        }
        assert_eq!(text[file.head()].trim_end(), "package p");

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.go");
        std::fs::write(&path, text).unwrap();
        let names = ["a.go".to_owned()];
        let before = key(dir.path(), "go1.26.8/p", &names).unwrap();
        assert_ne!(
            key(dir.path(), "go1.26.9/p", &names).unwrap(),
            before,
            "another version in the same place"
        );
        let kept = Indexes::new(Utf8PathBuf::from_path_buf(dir.path().join("facts")).unwrap());
        assert_eq!(kept.recall(&before), None);
        kept.keep(&before, &index);
        assert_eq!(kept.recall(&before), Some(index));
        std::fs::write(&path, "package p\n").unwrap();
        assert_ne!(key(dir.path(), "go1.26.8/p", &names).unwrap(), before);
        assert_eq!(key(dir.path(), "go1.26.8/p", &["b.go".to_owned()]), None);
    }

    /// A line that does not show the function's name may be any function's.
    #[test]
    fn a_function_is_found_however_it_is_laid_out() {
        for head in [
            "func\tF",
            "func /* c */ F",
            "func\nF",
            "func (t *(T)) F",
            "func (\n\tt *T,\n) F",
            "func F/* c */",
        ] {
            let text = format!("package p\n\n{head}() {{}}\n\nfunc G() {{}}\n");
            let file = &Index::new([("a.go", text.as_str())].into_iter()).files[0];
            assert_eq!(file.functions("F").len(), 1, "{head}");
            let receiver = head.contains('T').then_some("T");
            assert_eq!(file.methods(receiver, "F").len(), 1, "{head}");
            assert_eq!(file.declaring("F").len(), 1, "{head}");
        }
    }

    /// A file need not be formatted by gofmt.
    #[test]
    fn a_comment_may_be_indented() {
        let text = "package p\n\n  // F is documented.\n  func F() {}\n\n  // T too.\n  type T struct{}\n";
        let file = &Index::new([("a.go", text)].into_iter()).files[0];
        assert_eq!(file.functions("F").len(), 1);
        assert_eq!(file.declaring("T").len(), 1);
    }
}
