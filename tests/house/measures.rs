//! Measures functions, files, type names and comments.
//!
//! In: parsed files. Out: findings with their place in the code; nothing is judged here.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::sources::{Language, Source};

/// Words with which a doc comment begins that names no thing.
pub const QUESTION_WORDS: [&str; 5] = ["What", "Whether", "Where", "How", "Why"];

/// A function with a body, or a method.
pub struct Function {
    pub at: String,
    pub name: String,
    /// From its `fn` or `func` to its closing brace.
    pub lines: usize,
    /// Without the receiver.
    pub parameters: usize,
}

/// All functions with a body. Closures and function literals count as lines of the function around.
pub fn functions(sources: &[Source]) -> Vec<Function> {
    let mut out = Vec::new();
    for source in sources {
        for node in source.nodes() {
            let is_function =
                matches!(node.kind(), "function_item" | "function_declaration" | "method_declaration");
            if !is_function || node.child_by_field_name("body").is_none() {
                continue;
            }
            out.push(Function {
                at: location(source, node),
                name: source.text_of(node.child_by_field_name("name").unwrap()).to_owned(),
                lines: node.end_position().row - node.start_position().row + 1,
                parameters: parameters(node.child_by_field_name("parameters").unwrap()),
            });
        }
    }
    out
}

fn parameters(list: Node<'_>) -> usize {
    let children: Vec<Node<'_>> = list.named_children(&mut list.walk()).collect();
    let count = |node: &Node<'_>| match node.kind() {
        "parameter" | "variadic_parameter_declaration" => 1,
        // Go: `a, b int` are two, `int` is one.
        "parameter_declaration" => node.children_by_field_name("name", &mut node.walk()).count().max(1),
        _ => 0,
    };
    children.iter().map(count).sum()
}

/// The number of lines of each file.
pub fn file_lengths(sources: &[Source]) -> Vec<(String, usize)> {
    sources.iter().map(|source| (source.path.clone(), source.text.lines().count())).collect()
}

/// Type names that are declared more than once in src or in one Go package, with the places.
pub fn repeated_types(sources: &[Source]) -> BTreeMap<(String, String), Vec<String>> {
    let mut out: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let of_product = |source: &&Source| !source.is_test() && !source.path.starts_with("benches/");
    for source in sources.iter().filter(of_product) {
        for node in source.nodes() {
            if let Some(name) = declared_type(source, node) {
                let space = match source.language {
                    Language::Rust => String::new(),
                    Language::Go => source.folder().to_owned(),
                };
                let name = source.text_of(name).to_owned();
                out.entry((space, name)).or_default().push(location(source, node));
            }
        }
    }
    out.retain(|_, places| places.len() > 1);
    out
}

/// The name of the type that the node declares. Associated types, types of tests, and types in Go
/// files for some platforms only are left out.
fn declared_type<'a>(source: &Source, node: Node<'a>) -> Option<Node<'a>> {
    match node.kind() {
        "struct_item" | "enum_item" | "union_item" | "trait_item" | "type_item" => {
            let parents = || std::iter::successors(node.parent(), Node::parent);
            let inside = parents().nth(1).is_some_and(|it| matches!(it.kind(), "impl_item" | "trait_item"));
            let in_tests = parents().any(|parent| is_test_module(source, parent));
            if inside || in_tests { None } else { node.child_by_field_name("name") }
        }
        "type_spec" | "type_alias" if !source.text.contains("//go:build") => node.child_by_field_name("name"),
        _ => None,
    }
}

/// Returns true if the node is `#[cfg(test)] mod …`.
pub fn is_test_module(source: &Source, node: Node<'_>) -> bool {
    let attributes = std::iter::successors(node.prev_sibling(), Node::prev_sibling)
        .take_while(|it| matches!(it.kind(), "attribute_item" | "line_comment"));
    let mut texts = attributes.map(|it| source.text_of(it));
    node.kind() == "mod_item" && texts.any(|text| text.contains("cfg(test)"))
}

/// Lines with a comment that are wider than `columns`. A tab is four columns. Addresses, tables and
/// Go's directives are left out, as they cannot be wrapped.
pub fn wide_comments(sources: &[Source], columns: usize) -> Vec<String> {
    let mut out = Vec::new();
    for source in sources {
        let lines: Vec<&str> = source.text.lines().collect();
        let mut rows = BTreeSet::new();
        for node in source.nodes().into_iter().filter(is_comment) {
            let text = source.text_of(node).trim_end();
            rows.extend((0..text.lines().count()).map(|line| node.start_position().row + line));
        }
        for row in rows {
            let line = lines[row];
            let whole = line.trim_start();
            let fixed = whole.starts_with("//go:") || whole.starts_with("//export ") || line.contains("://");
            let table = whole.trim_start_matches(['/', '!', ' ']).starts_with('|');
            let width: usize = line.chars().map(|c| if c == '\t' { 4 } else { 1 }).sum();
            if width > columns && !fixed && !table {
                out.push(format!("{}:{} ({width})", source.path, row + 1));
            }
        }
    }
    out
}

fn is_comment(node: &Node<'_>) -> bool {
    matches!(node.kind(), "line_comment" | "block_comment" | "comment")
}

/// One doc comment.
pub struct DocComment {
    pub at: String,
    /// Its text without markers, in one line.
    pub text: String,
}

impl DocComment {
    /// Returns true if it begins with a word that asks instead of naming the thing.
    pub fn asks(&self) -> bool {
        let first: String = self.text.chars().take_while(|c| c.is_alphanumeric()).collect();
        QUESTION_WORDS.contains(&first.as_str())
    }
}

/// All doc comments: in Rust each block of `///` and `//!`, in Go each comment right above a
/// declaration or a field.
pub fn doc_comments(sources: &[Source]) -> Vec<DocComment> {
    let mut out = Vec::new();
    for source in sources {
        let mut block: Vec<Node<'_>> = Vec::new();
        for node in source.nodes().into_iter().filter(|node| is_comment(node) && is_whole_line(source, *node))
        {
            let goes_on = block.last().is_some_and(|last| {
                last.start_position().row + 1 == node.start_position().row
                    && marker(source, *last) == marker(source, node)
            });
            if !goes_on {
                out.extend(doc_comment(source, &std::mem::take(&mut block)));
            }
            block.push(node);
        }
        out.extend(doc_comment(source, &block));
    }
    out
}

/// The beginning of a comment: if it changes, the block ends.
fn marker<'a>(source: &'a Source, node: Node<'_>) -> &'a str {
    let text = source.text_of(node);
    let is_doc = text.starts_with("//!") || text.starts_with("///") && !text.starts_with("////");
    if is_doc { &text[..3] } else { "//" }
}

fn is_whole_line(source: &Source, node: Node<'_>) -> bool {
    let before = &source.text[node.start_byte() - node.start_position().column..node.start_byte()];
    before.trim().is_empty()
}

fn doc_comment(source: &Source, block: &[Node<'_>]) -> Option<DocComment> {
    let (first, last) = (block.first()?, block.last()?);
    let documents = match source.language {
        Language::Rust => marker(source, *first) != "//",
        Language::Go => documents_declaration(*last),
    };
    let lines = block.iter().map(|node| source.text_of(*node).trim_start_matches(['/', '!']).trim());
    let text = lines.collect::<Vec<_>>().join(" ");
    (documents && !text.starts_with("go:")).then(|| DocComment { at: location(source, *first), text })
}

/// Returns true if a Go comment ends right above the thing that it describes.
fn documents_declaration(comment: Node<'_>) -> bool {
    comment.next_named_sibling().is_some_and(|next| {
        let adjacent = next.start_position().row == comment.end_position().row + 1;
        let kinds = [
            "package_clause",
            "function_declaration",
            "method_declaration",
            "type_declaration",
            "var_declaration",
            "const_declaration",
            "type_spec",
            "type_alias",
            "var_spec",
            "const_spec",
            "field_declaration",
            "method_elem",
        ];
        let in_function = std::iter::successors(next.parent(), Node::parent).any(|it| it.kind() == "block");
        adjacent && kinds.contains(&next.kind()) && !in_function
    })
}

fn location(source: &Source, node: Node<'_>) -> String {
    format!("{}:{}", source.path, node.start_position().row + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUST: &str = r"//! Where it is.

/// Whether it is so;
/// or not.
struct One;
impl Iterator for One { type Item = u8; fn f(&self, a: u8, (b, c): (u8, u8)) -> u8 {
    1
} }
fn outer<'a, T>(x: &'a T) where T: Copy {
    fn inner() {}
}
#[cfg(test)]
mod tests {
    struct One;
}
mod other {
    // comment
    pub enum One { A }
}
";

    const GO: &str = r"// Package p is one.
package p

// T is a type
// of two lines.
type T struct {
	// How it is.
	a, b int
}

// stray

func f(a, b int, c ...string) (int, error) {
	return 0, nil
}
func (t *T) m(int, string) { type T int }
";

    fn sources() -> [Source; 2] {
        [Source::new("src/a.rs", RUST), Source::new("p/p.go", GO)]
    }

    #[test]
    fn functions_are_measured() {
        let found = functions(&sources());
        let found: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.lines, it.parameters)).collect();
        assert_eq!(found, [("f", 3, 2), ("outer", 3, 1), ("inner", 1, 0), ("f", 3, 3), ("m", 1, 2)]);
    }

    #[test]
    fn types_are_counted_in_one_space() {
        let repeated = repeated_types(&sources());
        let expected = [
            (("p".to_owned(), "T".to_owned()), vec!["p/p.go:6".to_owned(), "p/p.go:16".to_owned()]),
            ((String::new(), "One".to_owned()), vec!["src/a.rs:5".to_owned(), "src/a.rs:18".to_owned()]),
        ];
        assert_eq!(repeated, BTreeMap::from(expected));
    }

    #[test]
    fn comments_are_measured() {
        assert_eq!(
            wide_comments(&sources(), 12),
            [
                "src/a.rs:1 (16)",
                "src/a.rs:3 (21)",
                "src/a.rs:17 (14)",
                "p/p.go:1 (20)",
                "p/p.go:4 (14)",
                "p/p.go:5 (16)",
                "p/p.go:7 (17)"
            ]
        );
        let docs = doc_comments(&sources());
        let docs: Vec<_> = docs.iter().map(|doc| (doc.text.as_str(), doc.asks())).collect();
        let expected = [
            ("Where it is.", true),
            ("Whether it is so; or not.", true),
            ("Package p is one.", false),
            ("T is a type of two lines.", false),
            ("How it is.", true),
        ];
        assert_eq!(docs, expected);
    }
}
