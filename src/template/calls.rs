//! The calls in a template, with what becomes of their results.
//!
//! In: a text that is one fragment of a Go file. Out: each call of a function that is named, alone
//! or after one other name; and the uses of a local variable. Places are offsets into the text.
//! Go's scopes are not followed: a caller compares places with those of [`Use`]s.
//!
//! [`Use`]: super::Use

use std::collections::BTreeMap;
use std::ops::Range;

use tree_sitter::Node;

use super::Framed;
use super::frame::is_function;
use crate::source::children;

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name before the dot, if there is one.
    pub operand: Option<String>,
    /// The name of the function.
    pub name: String,
    /// The place of the function's name, with the name before it.
    pub range: Range<usize>,
    /// The destination of its result.
    pub used: CallUse,
    /// True if it is the call of a `defer` statement.
    pub is_deferred: bool,
    /// True if it is a statement of its own that is in no block.
    pub at_top: bool,
    /// The function or method of a `decl` that it is in.
    pub inside: Option<String>,
}

/// The destination of a call's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallUse {
    /// Nothing: it is a statement, or assigned to `_`.
    Dropped,
    /// It is assigned to this variable.
    Assigned(String),
    /// Anything else.
    Other,
}

/// A use of a local variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalUse {
    /// A method is called, or a field is used.
    Member(String),
    /// It is handed on, compared or assigned.
    Value,
}

impl Framed {
    /// Returns all calls of functions that are named, in order.
    pub fn calls(&self) -> Vec<Call> {
        let mut found = Vec::new();
        let mut around: Option<Node<'_>> = None;
        self.each(|node| {
            if is_function(node) && self.holds(&node.byte_range()) {
                around = Some(node);
            } else if node.kind() == "call_expression"
                && let Some(mut call) = self.call(node)
            {
                let function = around.filter(|around| around.end_byte() >= node.end_byte());
                let name = function.and_then(|function| function.child_by_field_name("name"));
                call.inside = name.map(|name| self.text_of(name).to_owned());
                found.push(call);
            }
        });
        found.sort_by_key(|call| call.range.start);
        found
    }

    fn call(&self, node: Node<'_>) -> Option<Call> {
        let mut function = node.child_by_field_name("function")?;
        while matches!(function.kind(), "parenthesized_expression" | "type_instantiation_expression") {
            function = function.named_child(0)?;
        }
        let (operand, name) = match function.kind() {
            "identifier" => (None, function),
            "selector_expression" => {
                let operand = function.child_by_field_name("operand")?;
                (Some(operand), function.child_by_field_name("field")?)
            }
            _ => return None,
        };
        if operand.is_some_and(|operand| operand.kind() != "identifier") {
            return None;
        }
        Some(Call {
            operand: operand.map(|operand| self.text_of(operand).to_owned()),
            name: self.text_of(name).to_owned(),
            range: self.place(function),
            used: self.use_of(node),
            is_deferred: node.parent().is_some_and(|parent| parent.kind() == "defer_statement"),
            at_top: node.parent().is_some_and(|s| s.kind() == "expression_statement" && self.is_at_top(s)),
            inside: None,
        })
    }

    /// Returns what becomes of the result of a call.
    fn use_of(&self, call: Node<'_>) -> CallUse {
        let Some(parent) = call.parent() else { return CallUse::Other };
        if matches!(parent.kind(), "expression_statement" | "defer_statement" | "go_statement") {
            return CallUse::Dropped;
        }
        if parent.kind() != "expression_list" || parent.named_child_count() != 1 {
            return CallUse::Other;
        }
        let Some(statement) = parent.parent() else { return CallUse::Other };
        let left = match statement.kind() {
            "short_var_declaration" | "assignment_statement" => statement.child_by_field_name("left"),
            "var_spec" => statement.child_by_field_name("name"),
            _ => None,
        };
        match left.map(|left| self.text_of(left).trim()) {
            Some("_") => CallUse::Dropped,
            Some(name) if name.chars().all(|c| c.is_alphanumeric() || c == '_') => {
                CallUse::Assigned(name.to_owned())
            }
            _ => CallUse::Other,
        }
    }

    /// Returns the methods that are called on what a package's function returns, as in
    /// `agent.Current().End()`: the call of the function, and the method with its place.
    pub fn chained_calls(&self) -> Vec<(Call, String, Range<usize>)> {
        let mut found = Vec::new();
        self.each(|node| {
            if node.kind() != "selector_expression" {
                return;
            }
            let operand = node.child_by_field_name("operand");
            let call = operand.filter(|operand| operand.kind() == "call_expression");
            if let (Some(call), Some(field)) =
                (call.and_then(|call| self.call(call)), node.child_by_field_name("field"))
            {
                found.push((call, self.text_of(field).to_owned(), self.place(field)));
            }
        });
        found
    }

    /// Returns the parameters and receivers of all functions of a `decl`, with the names of their
    /// types: without `*` and type arguments. Of two with one name the last one counts.
    pub fn parameter_types(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        self.each(|node| {
            if node.kind() != "parameter_declaration" {
                return;
            }
            let Some(ty) = node.child_by_field_name("type") else { return };
            let ty = self.text_of(ty).trim_start_matches('*');
            let ty = ty.split('[').next().unwrap_or(ty);
            let mut cursor = node.walk();
            for name in node.children_by_field_name("name", &mut cursor).filter(Node::is_named) {
                found.insert(self.text_of(name).to_owned(), ty.to_owned());
            }
        });
        found
    }

    /// Returns the uses of a variable of this name, other than its declaration and assignments to
    /// it. A variable of the same name in another scope counts too.
    pub fn uses_of_local(&self, name: &str) -> Vec<LocalUse> {
        let mut found = Vec::new();
        self.each(|node| {
            if node.kind() != "identifier" || self.text_of(node) != name {
                return;
            }
            let Some(parent) = node.parent() else { return };
            if parent.kind() == "selector_expression" {
                let member = parent.child_by_field_name("field").map(|field| self.text_of(field).to_owned());
                found.extend(member.map(LocalUse::Member));
            } else if !is_left(node, parent) {
                found.push(LocalUse::Value);
            }
        });
        found
    }
}

/// Returns true if a name is on the left side of a declaration or an assignment.
fn is_left(name: Node<'_>, parent: Node<'_>) -> bool {
    let list = if parent.kind() == "expression_list" { parent } else { name };
    list.parent().is_some_and(|statement| match statement.kind() {
        "short_var_declaration" | "assignment_statement" => {
            statement.child_by_field_name("left") == Some(list)
        }
        "var_spec" => children(statement).first() == Some(&name),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::FragmentKind;

    fn calls(text: &str, kind: FragmentKind) -> Vec<(String, CallUse, bool)> {
        let shown = |call: Call| {
            let operand = call.operand.map(|operand| format!("{operand}.")).unwrap_or_default();
            assert!(text[call.range.clone()].ends_with(&call.name));
            (format!("{operand}{}", call.name), call.used, call.is_deferred)
        };
        Framed::parse(text, kind).calls().into_iter().map(shown).collect()
    }

    #[test]
    fn results_are_dropped_assigned_or_used() {
        use CallUse::{Assigned, Dropped, Other};
        let to = |name: &str| Assigned(name.to_owned());
        for (text, name, used) in [
            ("a.F()", "a.F", Dropped),
            ("_ = a.F()", "a.F", Dropped),
            ("x := a.F(1)", "a.F", to("x")),
            ("x = F()", "F", to("x")),
            ("var x = F()", "F", to("x")),
            ("var x T = F()", "F", to("x")),
            ("x, y = F(), 1", "F", Other),
            ("x.y = F()", "F", Other),
            ("if F() { }", "F", Other),
            ("return F()", "F", Other),
            ("x := F() + 1", "F", Other),
            ("go F()", "F", Dropped),
        ] {
            assert_eq!(calls(text, FragmentKind::Statements), [(name.to_owned(), used, false)], "{text}");
        }
        assert!(calls("defer x.End()", FragmentKind::Statements)[0].2);
        assert_eq!(calls("f().g(); a.b.c()", FragmentKind::Statements), [("f".to_owned(), Other, false)]);
    }

    #[test]
    fn calls_of_a_decl_know_their_function() {
        let text = "func f() { g() }\nfunc (t) m() { h() }\nvar v = i()\n";
        let found = Framed::parse(text, FragmentKind::Declarations).calls();
        let found: Vec<_> = found.iter().map(|c| (c.name.as_str(), c.inside.as_deref())).collect();
        assert_eq!(found, [("g", Some("f")), ("h", Some("m")), ("i", None)]);
    }

    #[test]
    fn methods_of_results_are_seen() {
        let text = "agent.Current().End(); f().g().h(); x.y.z()";
        let found = Framed::parse(text, FragmentKind::Statements).chained_calls();
        let found: Vec<_> = found
            .iter()
            .map(|(call, method, at)| (call.name.as_str(), method.as_str(), &text[at.clone()]))
            .collect();
        assert_eq!(found, [("Current", "End", "End"), ("f", "g", "g")]);
    }

    #[test]
    fn uses_of_a_variable_are_members_or_values() {
        let framed = Framed::parse("s := f()\ns.A()\ns = g\nh(s)\nvar s = 1", FragmentKind::Statements);
        assert_eq!(framed.uses_of_local("s"), [LocalUse::Member("A".to_owned()), LocalUse::Value]);
    }
}
