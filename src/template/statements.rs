//! Facts about the statements of a template that do not depend on what its names mean.
//!
//! In: a text that is one fragment of a Go file. Out: whether it does anything, code that never
//! runs, function literals that run in goroutines of their own, assignments to parts of variables.
//! Places are offsets into the text. The tree is walked without recursion.

use std::collections::BTreeSet;
use std::ops::Range;

use tree_sitter::Node;

use super::Framed;
use crate::source::children;

/// A statement that never runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// The statement before it: `skip` or `return`.
    pub after: &'static str,
    /// Its place.
    pub range: Range<usize>,
}

/// An assignment to a field of a variable, or through a pointer that a local variable holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartAssigned {
    /// The variable that is named on the left side.
    pub name: String,
    /// The place of the name.
    pub range: Range<usize>,
    /// The way from the variable to what is assigned.
    pub path: PartPath,
}

/// The way from a variable to the part of it that is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartPath {
    /// One field, as in `v.f = 1`.
    Field,
    /// The value that it points to, as in `*v = 1`.
    Pointee,
    /// Anything longer or with an index.
    Other,
}

/// The address of a variable, taken for a local one: `p := &v`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointerTo {
    /// The local variable.
    pub pointer: String,
    /// The variable whose address it is.
    pub name: String,
    /// The place of that name.
    pub range: Range<usize>,
}

/// A variable that a `decl` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredVariable {
    /// Its name.
    pub name: String,
    /// The place of its name.
    pub range: Range<usize>,
    /// Its type; empty if none is written.
    pub ty: String,
    /// Its value; empty if none is written.
    pub value: String,
}

impl Framed {
    /// Returns true if there is nothing but blank space and comments.
    pub fn is_empty(&self) -> bool {
        let mut found = false;
        self.each(|node| {
            found |= node.child_count() == 0 && self.holds(&node.byte_range()) && !node.is_extra();
        });
        !found
    }

    /// Returns the kinds and places of the nodes at the top of the template, which is a `decl`.
    pub fn top(&self) -> Vec<(String, Range<usize>)> {
        let all = self.root().map(children).unwrap_or_default().into_iter();
        let inside = all.filter(|node| self.holds(&node.byte_range()) && node.is_named());
        inside.map(|node| (node.kind().to_owned(), self.place(node))).collect()
    }

    /// Returns the names of the variables that are declared at the top of the template.
    pub fn locals(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.each(|node| {
            let names = match node.kind() {
                "short_var_declaration" => node.child_by_field_name("left").map(children),
                "var_spec" => {
                    let mut cursor = node.walk();
                    Some(node.children_by_field_name("name", &mut cursor).collect())
                }
                _ => None,
            };
            if self.is_at_top(node) {
                let names = names.unwrap_or_default().into_iter().filter(Node::is_named);
                found.extend(names.map(|name| self.text_of(name).to_owned()));
            }
        });
        found
    }

    /// Returns the variables that `:=` declares in blocks, with their places.
    pub fn declared_in_blocks(&self) -> Vec<(String, Range<usize>)> {
        let mut found = Vec::new();
        self.each(|node| {
            if node.kind() == "short_var_declaration" && !self.is_at_top(node) {
                let names = node.child_by_field_name("left").map(listed).unwrap_or_default().into_iter();
                found.extend(names.map(|name| (self.text_of(name).to_owned(), self.place(name))));
            }
        });
        found
    }

    /// Returns the strings that stand beside `<`, `>`, `<=` or `>=`.
    pub fn compared_strings(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        self.each(|node| {
            if !matches!(node.kind(), "interpreted_string_literal" | "raw_string_literal") {
                return;
            }
            let around = node.parent().filter(|around| around.kind() == "binary_expression");
            let operator = around.and_then(|around| around.child_by_field_name("operator"));
            if operator.is_some_and(|operator| matches!(self.text_of(operator), "<" | ">" | "<=" | ">=")) {
                found.push(self.place(node));
            }
        });
        found
    }

    /// Returns the variables of a `decl`, each with its place, its type and its value, as far as
    /// they are written.
    pub fn declared_variables(&self) -> Vec<DeclaredVariable> {
        let mut found = Vec::new();
        self.each(|node| {
            let is_global = node.kind() == "var_spec" && !has_function_around(node);
            if !is_global || !self.holds(&node.byte_range()) {
                return;
            }
            let text = |field: &str| {
                node.child_by_field_name(field).map(|part| self.text_of(part).to_owned()).unwrap_or_default()
            };
            let mut cursor = node.walk();
            for name in node.children_by_field_name("name", &mut cursor).filter(Node::is_named) {
                found.push(DeclaredVariable {
                    name: self.text_of(name).to_owned(),
                    range: self.place(name),
                    ty: text("type"),
                    value: text("value"),
                });
            }
        });
        found
    }

    /// Returns true if nothing but the frame's function is around a statement.
    pub(super) fn is_at_top(&self, node: Node<'_>) -> bool {
        let lists = ["statement_list", "var_declaration", "var_spec_list", "labeled_statement"];
        let mut around = std::iter::successors(node.parent(), Node::parent);
        let around = around.find(|node| !lists.contains(&node.kind()));
        around.is_some_and(|block| block.kind() == "block" && !self.holds(&block.byte_range()))
    }

    /// Returns the first statement that never runs, if there is one.
    pub fn unreachable(&self) -> Option<Unreachable> {
        let mut found: Option<Unreachable> = None;
        self.each(|node| {
            let after = match node.kind() {
                "return_statement" => "return",
                "expression_statement" if self.text_of(node) == "skip" => "skip",
                _ => return,
            };
            let mut next = node.next_named_sibling();
            while let Some(comment) = next.filter(Node::is_extra) {
                next = comment.next_named_sibling();
            }
            // A label may be the target of a `goto`.
            let Some(next) = next.filter(|next| next.kind() != "labeled_statement") else { return };
            if self.holds(&next.byte_range())
                && found.as_ref().is_none_or(|one| next.start_byte() < one.range.start)
            {
                found = Some(Unreachable { after, range: self.place(next) });
            }
        });
        found
    }

    /// Returns the function literals that begin goroutines.
    pub fn goroutines(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        self.each(|node| {
            if node.kind() == "go_statement" {
                let call = node.named_child(0);
                let function = call.and_then(|call| call.child_by_field_name("function"));
                found.extend(function.filter(|f| f.kind() == "func_literal").map(|f| self.place(f)));
            }
        });
        found
    }

    /// Returns the assignments to parts of variables.
    pub fn parts_assigned(&self) -> Vec<PartAssigned> {
        let mut found = Vec::new();
        self.each(|node| {
            let left = match node.kind() {
                "assignment_statement" => node.child_by_field_name("left").map(children).unwrap_or_default(),
                "inc_statement" | "dec_statement" => node.named_child(0).into_iter().collect(),
                _ => return,
            };
            found.extend(left.into_iter().filter_map(|expression| self.part(expression)));
        });
        found
    }

    /// Returns the variable of an expression that denotes a part of one.
    fn part(&self, expression: Node<'_>) -> Option<PartAssigned> {
        let (mut at, mut path) = (expression, None);
        loop {
            let step = match at.kind() {
                "parenthesized_expression" => {
                    at = at.named_child(0)?;
                    continue;
                }
                "identifier" => {
                    let name = self.text_of(at).to_owned();
                    return Some(PartAssigned { name, range: self.place(at), path: path? });
                }
                "selector_expression" => PartPath::Field,
                "unary_expression" if self.text_of(at).starts_with('*') => PartPath::Pointee,
                "index_expression" => PartPath::Other,
                _ => return None,
            };
            path = Some(if path.is_none() { step } else { PartPath::Other });
            at = at.child_by_field_name("operand")?;
        }
    }

    /// Returns the names of the variables whose address is taken.
    pub fn addresses(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.each(|node| {
            if node.kind() == "unary_expression" && self.text_of(node).starts_with('&') {
                found.extend(node.child_by_field_name("operand").map(|of| self.text_of(of).to_owned()));
            }
        });
        found
    }

    /// Returns the local variables that hold the address of another variable.
    pub fn pointers(&self) -> Vec<PointerTo> {
        let mut found = Vec::new();
        self.each(|node| {
            let (left, right) = match node.kind() {
                "short_var_declaration" => ("left", "right"),
                "var_spec" => ("name", "value"),
                _ => return,
            };
            let names = node.child_by_field_name(left).map(listed).unwrap_or_default();
            let values = node.child_by_field_name(right).map(listed).unwrap_or_default();
            for (pointer, value) in names.into_iter().zip(values) {
                let operand = value.child_by_field_name("operand").filter(|o| o.kind() == "identifier");
                let is_address = value.kind() == "unary_expression" && self.text_of(value).starts_with('&');
                if let Some(operand) = operand.filter(|_| is_address) {
                    found.push(PointerTo {
                        pointer: self.text_of(pointer).to_owned(),
                        name: self.text_of(operand).to_owned(),
                        range: self.place(operand),
                    });
                }
            }
        });
        found
    }
}

/// Returns true if a node is in a function.
fn has_function_around(node: Node<'_>) -> bool {
    let kinds = ["function_declaration", "method_declaration", "func_literal"];
    std::iter::successors(node.parent(), Node::parent).any(|around| kinds.contains(&around.kind()))
}

/// Returns the members of a list of expressions, or the node itself if it is no list.
fn listed(node: Node<'_>) -> Vec<Node<'_>> {
    if node.kind() == "expression_list" {
        children(node).into_iter().filter(Node::is_named).collect()
    } else {
        vec![node]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::FragmentKind;

    fn framed(text: &str) -> Framed {
        Framed::parse(text, FragmentKind::Statements)
    }

    #[test]
    fn blank_space_and_comments_are_nothing() {
        for (text, expected) in
            [("", true), (" \n", true), ("// a\n/* b */", true), ("f()", false), ("{}", false)]
        {
            assert_eq!(framed(text).is_empty(), expected, "{text:?}");
        }
    }

    #[test]
    fn code_after_skip_and_return_never_runs() {
        for (text, expected) in [
            ("skip", None),
            ("if a { skip }\nf()", None),
            ("skip\nf()", Some(("skip", "f()"))),
            ("if a {\nreturn // b\n// c\nf()\n}", Some(("return", "f()"))),
            ("switch a { case 1: return\nf()\ncase 2: g() }", Some(("return", "f()"))),
            ("switch a { case 1: return\ncase 2: g() }", None),
            ("goto x\nreturn\nx: f()", None),
        ] {
            let found = framed(text).unreachable();
            let found = found.as_ref().map(|one| (one.after, &text[one.range.clone()]));
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn parts_of_variables_are_seen() {
        use PartPath::{Field, Other, Pointee};
        for (text, expected) in [
            ("v = 1", vec![]),
            ("v.f = 1; (v).g++", vec![("v", Field), ("v", Field)]),
            ("*v = 1", vec![("v", Pointee)]),
            (
                "v.f.g = 1; v[0] = 1; v.f[0], w.f = 1, 2",
                vec![("v", Other), ("v", Other), ("v", Other), ("w", Field)],
            ),
            ("f().g = 1", vec![]),
        ] {
            let found = framed(text).parts_assigned();
            let found: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.path)).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn variables_and_compared_strings_are_seen() {
        let text = "var a = map[string]int{}\nvar b, c T\nfunc f() { var d int }\n";
        let found = Framed::parse(text, FragmentKind::Declarations).declared_variables();
        let found: Vec<_> =
            found.iter().map(|v| (v.name.as_str(), v.ty.as_str(), v.value.as_str())).collect();
        assert_eq!(found, [("a", "", "map[string]int{}"), ("b", "T", ""), ("c", "T", "")]);
        let text = "if \"x\" >= v { a := \"y\"; b, c := f() == \"z\", 1 }";
        let framed = framed(text);
        let compared: Vec<_> = framed.compared_strings().into_iter().map(|range| &text[range]).collect();
        assert_eq!(compared, ["\"x\""]);
        let declared: Vec<_> = framed.declared_in_blocks().into_iter().map(|(name, _)| name).collect();
        assert_eq!(declared, ["a", "b", "c"]);
    }

    #[test]
    fn pointers_locals_and_goroutines_are_seen() {
        let text = "p, n := &v, 1\nvar q = &w\nif x := 1; x > 0 { y := &v }\ngo func() { f() }()\ngo f()";
        let framed = framed(text);
        let pointers: Vec<_> = framed.pointers().into_iter().map(|one| (one.pointer, one.name)).collect();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(pointers, [pair("p", "v"), pair("q", "w"), pair("y", "v")]);
        assert_eq!(framed.locals(), ["n", "p", "q"].map(str::to_owned).into());
        let [goroutine] = framed.goroutines().try_into().unwrap();
        assert_eq!(&text[goroutine], "func() { f() }");
    }
}
