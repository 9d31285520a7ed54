//! Finds the comments of a Go file, and the declarations that they are above.
//!
//! In: a parsed file. Out: its comments, each with its line and its place, which decides if it can
//! mark a function. This module does not know which words are directives.

use tree_sitter::Node;

use super::{GoFile, children};

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its line, from 1.
    pub line: usize,
    /// Its text, without the characters that make it a comment.
    pub text: String,
    /// True if it is `/* … */`.
    pub block: bool,
    /// Its place.
    pub place: CommentPlace,
}

/// The place of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommentPlace {
    /// Directly above a function or method.
    Function {
        /// Its name, as `(*T).F` or `F`.
        name: String,
        /// True if it has a body.
        has_body: bool,
    },
    /// Above a function or method, and separated from it by an empty line.
    Apart(String),
    /// Directly above, or somewhere above, another declaration: its keyword.
    Other(&'static str),
    /// In a declaration.
    Within,
    /// After code, on the same line.
    Behind,
    /// Not above any declaration.
    Nowhere,
}

/// All comments of a file, in the order written.
pub fn comments(go: &GoFile) -> Vec<Comment> {
    let mut out = Vec::new();
    let top = children(go.root());
    for (at, node) in top.iter().enumerate() {
        if node.kind() == "comment" {
            out.push(comment(go, *node, || above(go, *node, top.get(at + 1..).unwrap_or_default())));
            continue;
        }
        let mut stack = vec![*node];
        while let Some(inner) = stack.pop() {
            if inner.kind() == "comment" {
                out.push(comment(go, inner, || CommentPlace::Within));
            }
            stack.extend(children(inner));
        }
    }
    out.sort_by_key(|comment| comment.line);
    out
}

fn comment(go: &GoFile, node: Node<'_>, place: impl FnOnce() -> CommentPlace) -> Comment {
    let text = go.slice(&node.byte_range());
    let line = node.start_position().row + 1;
    let before = go.text().get(..node.start_byte()).unwrap_or_default();
    let is_first = before.rsplit('\n').next().is_none_or(|start| start.trim().is_empty());
    let inner = text.get(2..).unwrap_or_default();
    let block = text.starts_with("/*");
    let inner = if block { inner.trim_end_matches("*/") } else { inner };
    let place = if is_first { place() } else { CommentPlace::Behind };
    Comment { line, text: inner.trim_end().to_owned(), block, place }
}

/// The declaration that a comment at the top level is above.
fn above(go: &GoFile, comment: Node<'_>, below: &[Node<'_>]) -> CommentPlace {
    let mut row = comment.end_position().row;
    let mut touches = true;
    for node in below.iter().filter(|node| node.kind() != "\n") {
        touches &= node.start_position().row == row + 1;
        row = node.end_position().row;
        let keyword = match node.kind() {
            "comment" => continue,
            "function_declaration" | "method_declaration" => {
                let found = go.functions.iter().find(|function| function.range == node.byte_range());
                let Some(function) = found else { return CommentPlace::Other("declaration") };
                let (name, has_body) = (function.display(), function.body.is_some());
                return if touches {
                    CommentPlace::Function { name, has_body }
                } else {
                    CommentPlace::Apart(name)
                };
            }
            "type_declaration" => "type",
            "var_declaration" => "var",
            "const_declaration" => "const",
            "import_declaration" => "import",
            "package_clause" => "package clause",
            _ => "declaration",
        };
        return CommentPlace::Other(keyword);
    }
    CommentPlace::Nowhere
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comment_is_found_with_what_it_is_above() {
        let text = "//a\npackage p\n\n//b\n// c\nfunc F() {\n\t//d\n\t_ = func() {} //e\n\t_ = \"//no\"\n}\n\n//f\n\n\
                    func (t *T) G()\n//g\nfunc (t *T) H()\n\n//h\ntype T int\n\n/*i*/\nvar f = 1 //j\n\n//k\n";
        let found = comments(&GoFile::parse(text.to_owned()).unwrap());
        let function = |name: &str, has_body| CommentPlace::Function { name: name.to_owned(), has_body };
        let places: Vec<(&str, CommentPlace)> =
            found.iter().map(|comment| (comment.text.as_str(), comment.place.clone())).collect();
        assert_eq!(
            places,
            [
                ("a", CommentPlace::Other("package clause")),
                ("b", function("F", true)),
                (" c", function("F", true)),
                ("d", CommentPlace::Within),
                ("e", CommentPlace::Behind),
                ("f", CommentPlace::Apart("(*T).G".to_owned())),
                ("g", function("(*T).H", false)),
                ("h", CommentPlace::Other("type")),
                ("i", CommentPlace::Other("var")),
                ("j", CommentPlace::Behind),
                ("k", CommentPlace::Nowhere),
            ]
        );
        assert_eq!(found[3].line, 7);
        assert!(found[8].block && !found[7].block);
    }
}
