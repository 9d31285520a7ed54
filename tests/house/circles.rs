//! Circles of files that import each other.
//!
//! In: the files of src/. Out: groups of files each of which leads to all others by `use` and by
//! paths. A name that a `mod.rs` re-exports counts as the file that declares it. A file may use
//! what the `mod.rs` of its own room declares, which in turn uses its files: that is no circle.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::measures::is_test_module;
use super::sources::Source;

/// Each circle: its files, and which of them uses which.
pub fn circles(sources: &[Source]) -> Vec<String> {
    let program = Crate::new(sources);
    let edges: Edges<'_> =
        program.modules.values().map(|module| (module.file, program.used_by(module))).collect();
    let reach: Edges<'_> = edges.keys().map(|file| (*file, reachable(&edges, file))).collect();
    let mut out: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for (file, reached) in &reach {
        let circle: BTreeSet<&str> =
            reached.iter().copied().filter(|other| reach[other].contains(file)).collect();
        if circle.is_empty() || !seen.insert(circle.clone()) {
            continue;
        }
        let uses = |file: &str| edges[file].intersection(&circle).copied().collect::<Vec<_>>().join(", ");
        out.push(
            circle
                .iter()
                .map(|file| format!("{file} uses {}", uses(file)))
                .collect::<Vec<_>>()
                .join("\n    "),
        );
    }
    out
}

/// Files, and others that each leads to.
type Edges<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The files that a file leads to, itself among them only if there is a way back.
fn reachable<'a>(edges: &Edges<'a>, from: &str) -> BTreeSet<&'a str> {
    let mut out = BTreeSet::new();
    let mut rest: Vec<&str> = edges[from].iter().copied().collect();
    while let Some(file) = rest.pop() {
        if out.insert(file) {
            rest.extend(&edges[file]);
        }
    }
    out
}

/// A module that is a file.
pub struct Module<'a> {
    pub path: Vec<String>,
    pub file: &'a str,
    /// The bindings of `use`: the name (`*` for all), and its path.
    imports: Vec<(String, Vec<String>)>,
    /// Paths that are written out in code.
    pub paths: Vec<Vec<String>>,
    /// Names of the methods that are called.
    pub methods: Vec<String>,
    /// Names of the items that are declared in it.
    items: BTreeSet<String>,
}

/// The modules of the library that are files, by their paths.
pub struct Crate<'a> {
    pub modules: BTreeMap<Vec<String>, Module<'a>>,
}

impl<'a> Crate<'a> {
    pub fn new(sources: &'a [Source]) -> Self {
        let of_library = |it: &&Source| it.path.starts_with("src/") && !it.path.starts_with("src/bin/");
        let of_crate = sources.iter().filter(|it| of_library(it) && !it.is_test());
        let modules = of_crate.map(Module::new);
        Self { modules: modules.map(|module| (module.path.clone(), module)).collect() }
    }

    /// The files whose items a module uses, without the `mod.rs` above it.
    fn used_by(&self, module: &Module<'a>) -> BTreeSet<&'a str> {
        let mut out = BTreeSet::new();
        for path in module.imported_paths().chain(&module.paths) {
            if let Some(used) = self.declaring(module, path, 0)
                && !module.path.starts_with(&used.path)
            {
                out.insert(used.file);
            }
        }
        out
    }

    /// The module that declares what a path names in `module`; `None` for another crate's.
    fn declaring(&self, module: &Module<'a>, path: &[String], depth: usize) -> Option<&Module<'a>> {
        if depth > 8 {
            return None;
        }
        let mut at = module.path.clone();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => {
                at.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            first if self.is_module(&at, first) || module.import(first).is_some_and(|it| it != path) => {}
            _ => return None,
        }
        while let Some(segment) = rest.first().filter(|segment| self.is_module(&at, segment)) {
            at.push(segment.clone());
            rest = &rest[1..];
        }
        let reached = self.modules.get(&at)?;
        let Some(name) = rest.first().filter(|name| !reached.items.contains(*name)) else {
            return Some(reached);
        };
        if let Some(import) = reached.import(name) {
            let further: Vec<String> = import.iter().chain(&rest[1..]).cloned().collect();
            return self.declaring(reached, &further, depth + 1).or(Some(reached));
        }
        let globs = reached.imports.iter().filter(|(bound, _)| bound == "*");
        let mut declaring = globs.filter_map(|(_, glob)| self.declaring(reached, glob, depth + 1));
        declaring.find(|it| it.items.contains(name)).or(Some(reached))
    }

    fn is_module(&self, parent: &[String], name: &str) -> bool {
        self.modules.contains_key(&[parent, &[name.to_owned()]].concat())
    }
}

impl<'a> Module<'a> {
    fn new(source: &'a Source) -> Self {
        let below = source.path.trim_start_matches("src/").trim_end_matches(".rs");
        let path =
            below.split('/').filter(|part| !matches!(*part, "mod" | "lib")).map(str::to_owned).collect();
        let mut module = Self {
            path,
            file: &source.path,
            imports: Vec::new(),
            paths: Vec::new(),
            methods: Vec::new(),
            items: BTreeSet::new(),
        };
        module.read(source, source.root());
        module
    }

    pub fn imported_paths(&self) -> impl Iterator<Item = &Vec<String>> {
        self.imports.iter().map(|(_, path)| path)
    }

    fn import(&self, name: &str) -> Option<&Vec<String>> {
        self.imports.iter().find(|(bound, _)| bound == name).map(|(_, path)| path)
    }

    /// Reads the node and all nodes below it, except tests.
    fn read(&mut self, source: &Source, node: Node<'_>) {
        match node.kind() {
            "use_declaration" => {
                let tree = node.child_by_field_name("argument").unwrap();
                let text: String = source.text_of(tree).split_whitespace().collect::<Vec<_>>().join(" ");
                import_tree(&[], &text, &mut self.imports);
                return;
            }
            "scoped_identifier" | "scoped_type_identifier" => {
                let segments = source.text_of(node).split("::").map(|segment| segment.trim().to_owned());
                self.paths.push(segments.collect());
            }
            "call_expression" => {
                let called = node.child_by_field_name("function").unwrap();
                let method = called.child_by_field_name("field").map(|name| source.text_of(name).to_owned());
                self.methods.extend(method);
            }
            "mod_item" if is_test_module(source, node) => return,
            _ => {}
        }
        let is_item = node.kind().ends_with("_item") || node.kind() == "macro_definition";
        if is_item
            && node.parent().is_some_and(|parent| parent.kind() == "source_file")
            && let Some(name) = node.child_by_field_name("name")
            && node.kind() != "mod_item"
        {
            self.items.insert(source.text_of(name).to_owned());
        }
        for child in node.children(&mut node.walk()) {
            self.read(source, child);
        }
    }
}

/// Adds the bindings of a use tree, `a::{b, c as d, e::*}`.
fn import_tree(prefix: &[String], text: &str, out: &mut Vec<(String, Vec<String>)>) {
    let text = text.trim();
    let mut path = prefix.to_vec();
    if let Some((head, list)) = text.split_once('{') {
        path.extend(segments(head));
        let list = list.trim_end().strip_suffix('}').unwrap();
        parts(list)
            .iter()
            .filter(|part| !part.trim().is_empty())
            .for_each(|part| import_tree(&path, part, out));
        return;
    }
    let (text, alias) = text.split_once(" as ").map_or((text, None), |(text, alias)| (text, Some(alias)));
    path.extend(segments(text));
    let last = path.last().unwrap().clone();
    if matches!(last.as_str(), "*" | "self") {
        path.pop();
    }
    let name = if last == "self" { path.last().unwrap().clone() } else { last };
    out.push((alias.map_or(name, str::to_owned), path));
}

fn segments(text: &str) -> impl Iterator<Item = String> {
    text.split("::").map(str::trim).filter(|segment| !segment.is_empty()).map(str::to_owned)
}

/// The parts between the commas that are in no braces.
fn parts(list: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0, 0);
    let mut out = Vec::new();
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                out.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(&list[start..]);
    out
}

#[test]
fn circles_are_found_through_re_exports_and_paths() {
    let front = "mod inner; mod other; pub use inner::Thing as Renamed; struct Front; fn f() { other::g() }";
    let other = "use super::inner; #[cfg(test)] mod tests { use crate::b::g; } pub fn g() {}";
    let files = [
        ("src/lib.rs", "mod a; mod b;"),
        ("src/a/mod.rs", front),
        ("src/a/inner.rs", "use super::Front; pub struct Thing; fn f() { crate::b::g() }"),
        ("src/a/other.rs", other),
        ("src/b.rs", "use crate::a::Renamed; use std::fmt; pub fn g() {}"),
    ];
    let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
    let expected = "src/a/inner.rs uses src/b.rs\n    src/b.rs uses src/a/inner.rs";
    assert_eq!(circles(&sources), [expected]);
}
