//! The callables that a `decl` declares: functions, methods, and variables that hold function
//! literals.
//!
//! In: the text of a `decl`. Out: each callable with the places at which its code begins. The tree
//! is walked without recursion.

use std::ops::Range;

use tree_sitter::Node;

use super::Framed;
use crate::source::children;

/// A function, a method or a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callable {
    /// Its name, without the type of a method.
    pub name: String,
    /// `F`, `T.F` or `(*T).F`.
    pub display: String,
    /// The offset of its name.
    pub at: usize,
    /// The whole declaration.
    pub range: Range<usize>,
    /// Its kind.
    pub kind: CallableKind,
    /// The offsets after the `{` of its body, or of the outermost function literals in a variable's
    /// declaration.
    pub bodies: Vec<usize>,
    /// The directives above it, without their slashes.
    pub directives: Vec<String>,
}

/// The kinds of callables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallableKind {
    /// A function.
    Function,
    /// A method.
    Method,
    /// A variable, or several of one declaration.
    Variable,
}

impl Framed {
    /// Returns all callables of a `decl`. A declaration of several variables yields one callable
    /// for each.
    pub fn callables(&self) -> Vec<Callable> {
        let Some(root) = self.root() else { return Vec::new() };
        let mut found = Vec::new();
        let mut directives: Vec<String> = Vec::new();
        for node in children(root) {
            match node.kind() {
                "comment" => {
                    directives
                        .extend(self.text_of(node).strip_prefix("//go:").map(|text| format!("go:{text}")));
                }
                "function_declaration" | "method_declaration" => {
                    found.extend(self.function(node, std::mem::take(&mut directives)));
                }
                "var_declaration" => self.variables(node, &mut found),
                _ => {}
            }
            if node.is_named() && node.kind() != "comment" {
                directives.clear();
            }
        }
        found
    }

    fn function(&self, node: Node<'_>, directives: Vec<String>) -> Option<Callable> {
        let name = node.child_by_field_name("name")?;
        let receiver = node.child_by_field_name("receiver").and_then(|list| list.named_child(0));
        let receiver =
            receiver.and_then(|param| param.child_by_field_name("type")).map(|ty| self.text_of(ty));
        let of = receiver.map(|ty| ty.split('[').next().unwrap_or(ty).trim());
        let display = match of {
            Some(ty) if ty.starts_with('*') => format!("({ty}).{}", self.text_of(name)),
            Some(ty) => format!("{ty}.{}", self.text_of(name)),
            None => self.text_of(name).to_owned(),
        };
        let body = node.child_by_field_name("body").map(|body| self.offset(body.start_byte()) + 1);
        Some(Callable {
            name: self.text_of(name).to_owned(),
            display,
            at: self.offset(name.start_byte()),
            range: self.place(node),
            kind: if of.is_some() { CallableKind::Method } else { CallableKind::Function },
            bodies: body.into_iter().collect(),
            directives,
        })
    }

    fn variables(&self, declaration: Node<'_>, found: &mut Vec<Callable>) {
        let mut nodes = vec![declaration];
        while let Some(node) = nodes.pop() {
            if node.kind() != "var_spec" {
                nodes.extend(children(node).into_iter().rev());
                continue;
            }
            let bodies = self.function_literals(node);
            let mut cursor = node.walk();
            for name in node.children_by_field_name("name", &mut cursor).filter(Node::is_named) {
                found.push(Callable {
                    name: self.text_of(name).to_owned(),
                    display: self.text_of(name).to_owned(),
                    at: self.offset(name.start_byte()),
                    range: self.place(node),
                    kind: CallableKind::Variable,
                    bodies: bodies.clone(),
                    directives: Vec::new(),
                });
            }
        }
    }

    /// Returns the offsets after the `{` of the outermost function literals.
    fn function_literals(&self, node: Node<'_>) -> Vec<usize> {
        let mut out = Vec::new();
        let mut nodes = vec![node];
        while let Some(node) = nodes.pop() {
            if node.kind() == "func_literal" {
                out.extend(node.child_by_field_name("body").map(|body| self.offset(body.start_byte()) + 1));
            } else {
                nodes.extend(children(node));
            }
        }
        out.sort_unstable();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::FragmentKind;

    #[test]
    fn functions_methods_and_variables_are_found_with_their_bodies() {
        use CallableKind::{Function, Method, Variable};
        let text = "//go:nosplit\n// f is one.\nfunc f(a int) { g() }\nfunc (t *own[K]) m() {}\nfunc (own) n() {}\n\
                    var (\n\ta, b = 1, func() { func() {}() }\n)\nvar c = own{f: func() {}}\nfunc none()\n";
        let found = Framed::parse(text, FragmentKind::Declarations).callables();
        let told: Vec<(&str, CallableKind, Vec<&str>)> = found
            .iter()
            .map(|one| {
                assert!(text[one.at..].starts_with(&one.name));
                (one.display.as_str(), one.kind, one.bodies.iter().map(|at| &text[*at - 1..*at]).collect())
            })
            .collect();
        assert_eq!(
            told,
            [
                ("f", Function, vec!["{"]),
                ("(*own).m", Method, vec!["{"]),
                ("own.n", Method, vec!["{"]),
                ("a", Variable, vec!["{"]),
                ("b", Variable, vec!["{"]),
                ("c", Variable, vec!["{"]),
                ("none", Function, vec![]),
            ]
        );
        assert_eq!(found[0].directives, ["go:nosplit"]);
        assert!(found[1].directives.is_empty());
    }
}
