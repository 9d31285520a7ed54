//! The operations that may panic in the functions of a `decl`, as far as the text shows them.
//!
//! In: the text of a `decl`. Out: places, each with a description. A nil pointer does not show. An
//! index that is a number, of an array behind a pointer, as in `(*[2]uint32)(p)[1]`, is not
//! reported: the compiler has checked it.

use std::ops::Range;

use tree_sitter::Node;

use super::{Callable, Framed};
use crate::source::walk;

/// An operation that may panic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MayPanic {
    /// Its description, for people.
    pub what: &'static str,
    /// Its place in the text.
    pub range: Range<usize>,
}

impl Framed {
    /// Returns the operations that may panic in these callables of a `decl`.
    pub fn may_panic(&self, callables: &[&Callable]) -> Vec<MayPanic> {
        let Some(root) = self.root().filter(|_| !callables.is_empty()) else { return Vec::new() };
        let is_concerned = |range: &Range<usize>| {
            callables.iter().any(|one| one.range.start <= range.start && range.end <= one.range.end)
        };
        let mut found = Vec::new();
        walk(root, |node| {
            if let Some(what) = what(node, self.file()) {
                found.push(MayPanic { what, range: self.place(node) });
            }
            true
        });
        found.retain(|one| is_concerned(&one.range));
        found.sort_by_key(|one| one.range.start);
        found
    }
}

fn what(node: Node<'_>, text: &str) -> Option<&'static str> {
    let of = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
    let field = |name: &str| node.child_by_field_name(name);
    let is_number = |node: Node<'_>| matches!(node.kind(), "int_literal" | "float_literal");
    match node.kind() {
        "index_expression" => {
            let compared = field("operand").is_some_and(|operand| of(operand).starts_with("(*["))
                && field("index").is_some_and(is_number);
            (!compared).then_some("an index")
        }
        "slice_expression" => Some("a slice of something"),
        "send_statement" => Some("a value that is sent"),
        "type_assertion_expression" => {
            let list = node.parent().filter(|parent| parent.kind() == "expression_list");
            let statement = list.and_then(|list| list.parent());
            let left = statement.and_then(|statement| statement.child_by_field_name("left"));
            let has_ok = left.is_some_and(|left| left.named_child_count() == 2);
            (!has_ok).then_some("a type that is asserted")
        }
        "binary_expression" => {
            let operator = field("operator").map(of).unwrap_or_default();
            let divides = matches!(operator, "/" | "%");
            (divides && !field("right").is_some_and(is_number)).then_some("a division")
        }
        "assignment_statement" => {
            let operator = field("operator").map(of).unwrap_or_default();
            matches!(operator, "/=" | "%=").then_some("a division")
        }
        "call_expression" => match field("function").map(of).unwrap_or_default() {
            "panic" => Some("`panic`"),
            "close" => Some("`close`"),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::FragmentKind;

    #[test]
    fn what_may_panic_is_found_and_what_cannot_is_not() {
        for (body, expected) in [
            ("_ = list[n]", vec!["an index"]),
            ("seen[\"a\"] = 1", vec!["an index"]),
            ("_ = (*[2]uint32)(p)[1]", vec![]),
            ("_ = (*[2]uint32)(p)[n]", vec!["an index"]),
            ("_ = list[1:]", vec!["a slice of something"]),
            ("_ = a / n; _ = a % 8; _ = a * n", vec!["a division"]),
            ("a /= n", vec!["a division"]),
            ("_ = v.(int)", vec!["a type that is asserted"]),
            ("f(v.(int))", vec!["a type that is asserted"]),
            ("w, ok := v.(int); _, _ = w, ok", vec![]),
            ("switch v.(type) { case int: }", vec![]),
            ("panic(\"x\")", vec!["`panic`"]),
            ("close(c); c <- 1", vec!["`close`", "a value that is sent"]),
            ("for _, x := range list { _ = x }", vec![]),
        ] {
            let text = format!("func f() {{ {body} }}\nvar list = other[1]\n");
            let framed = Framed::parse(&text, FragmentKind::Declarations);
            let callables = framed.callables();
            let concerned: Vec<_> = callables.iter().filter(|one| one.name == "f").collect();
            let found: Vec<_> = framed.may_panic(&concerned).into_iter().map(|m| m.what).collect();
            assert_eq!(found, expected, "{body}");
        }
    }
}
