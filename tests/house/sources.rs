//! The files of this repository, parsed.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tree_sitter::{Node, Parser, Tree};

/// The languages whose files are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Rust,
    Go,
}

/// One parsed file.
pub struct Source {
    /// Its path below the repository's root, with `/`.
    pub path: String,
    pub text: String,
    pub language: Language,
    tree: Tree,
}

impl Source {
    /// Parses a file; its extension determines the language.
    pub fn new(path: &str, text: &str) -> Self {
        let (language, grammar) = match path.rsplit('.').next() {
            Some("go") => (Language::Go, tree_sitter_go::LANGUAGE),
            _ => (Language::Rust, tree_sitter_rust::LANGUAGE),
        };
        let mut parser = Parser::new();
        parser.set_language(&grammar.into()).unwrap();
        let tree = parser.parse(text, None).unwrap();
        Self { path: path.to_owned(), text: text.to_owned(), language, tree }
    }

    pub fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    pub fn text_of(&self, node: Node<'_>) -> &str {
        &self.text[node.byte_range()]
    }

    /// The file's folder, below the repository's root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Returns true if the whole file is a test: Go's `_test.go`; Rust's `tests.rs` and
    /// `tests_….rs`.
    pub fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap();
        match self.language {
            Language::Go => name.ends_with("_test.go"),
            Language::Rust => {
                self.path.starts_with("tests/") || name == "tests.rs" || name.starts_with("tests_")
            }
        }
    }

    /// All nodes, parents first.
    pub fn nodes(&self) -> Vec<Node<'_>> {
        let mut out = Vec::new();
        let mut rest = vec![self.root()];
        while let Some(node) = rest.pop() {
            out.push(node);
            let children: Vec<Node<'_>> = node.children(&mut node.walk()).collect();
            rest.extend(children.into_iter().rev());
        }
        out
    }
}

pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program's Rust files, by path; their unit tests are in them.
pub static PROGRAM: LazyLock<Vec<Source>> = LazyLock::new(|| load(&["src", "benches"], Language::Rust));

/// The integration tests.
pub static TESTS: LazyLock<Vec<Source>> = LazyLock::new(|| load(&["tests"], Language::Rust));

/// The Go module that is linked in, with its tests.
pub static RUNTIME: LazyLock<Vec<Source>> = LazyLock::new(|| load(&["runtime"], Language::Go));

/// Go programs of the tests, the benchmarks and the examples.
pub static GO_PROGRAMS: LazyLock<Vec<Source>> =
    LazyLock::new(|| load(&["tests", "benches", "examples"], Language::Go));

fn load(folders: &[&str], language: Language) -> Vec<Source> {
    let extension = match language {
        Language::Rust => "rs",
        Language::Go => "go",
    };
    let paths = paths(folders, extension);
    assert!(!paths.is_empty(), "no .{extension} file below {folders:?}");
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(repository()).unwrap().to_str().unwrap().replace('\\', "/");
        let source = Source::new(&path, &text);
        // Some of the fixtures are mistakes.
        assert!(path.starts_with("tests/") || !source.root().has_error(), "{path} is not understood");
        source
    };
    paths.into_iter().map(read).collect()
}

/// The files with this extension below the folders, except those in `testdata`.
fn paths(folders: &[&str], extension: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut rest: Vec<PathBuf> = folders.iter().map(|folder| repository().join(folder)).collect();
    while let Some(folder) = rest.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "testdata" && name != "target" {
                rest.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}
