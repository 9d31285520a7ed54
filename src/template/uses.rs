//! The uses of names in a template that are not its own.
//!
//! In: the syntax tree of a template in its frame. Out: uses of free names (read, assigned, as a
//! package), `return` and `skip`, each with its place. Go's scopes are followed, so that a local
//! variable is not taken for a parameter. The tree is walked without recursion.

use std::collections::BTreeSet;
use std::ops::Range;

use tree_sitter::Node;

use super::frame::is_function;
use super::{FragmentKind, Framed};
use crate::source::children;

/// The way in which a name is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// It is read, or used as a type.
    Read,
    /// It may be a key of a map, or the name of a field.
    Key,
    /// It is assigned.
    Assigned,
    /// It comes before a dot.
    Qualifier {
        /// The name after the dot.
        member: String,
    },
    /// `return`, perhaps with values.
    Return {
        /// True if it has values.
        values: bool,
    },
    /// `skip`, perhaps in a function literal.
    Skip {
        /// True if it is in a function literal.
        in_literal: bool,
    },
    /// `recover` is called, not in a function literal.
    Recover,
    /// It is declared at the top of the template.
    Declared,
}

/// A use of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The name.
    pub name: String,
    /// Its place in the text.
    pub range: Range<usize>,
    /// The way in which it is used.
    pub how: How,
}

/// Finds all uses in a text that is one fragment of a Go file; ranges are those of the text.
/// `bound` are the names that the rule binds.
pub fn uses_in(text: &str, kind: FragmentKind, bound: &BTreeSet<String>) -> Vec<Use> {
    Framed::parse(text, kind).uses(bound)
}

impl Framed {
    /// Returns all uses of names. `bound` are the names that the rule binds.
    pub fn uses(&self, bound: &BTreeSet<String>) -> Vec<Use> {
        let Some(root) = self.root() else { return Vec::new() };
        let mut found = uses(root, self.file(), bound);
        found.retain(|one| self.holds(&one.range));
        for found in &mut found {
            found.range = self.offset(found.range.start)..self.offset(found.range.end);
        }
        found
    }
}

/// Finds all uses below a node. `bound` are the names that the rule binds: `:=` at the top assigns
/// them.
fn uses(root: Node<'_>, text: &str, bound: &BTreeSet<String>) -> Vec<Use> {
    let mut walk = UseWalk {
        text,
        bound,
        scopes: vec![BTreeSet::new()],
        literals: 0,
        steps: vec![WalkStep::Visit(root)],
        found: Vec::new(),
    };
    while let Some(step) = walk.steps.pop() {
        match step {
            WalkStep::Visit(node) => walk.visit(node),
            WalkStep::Declare(node) => walk.declare(node),
            WalkStep::Assign(node) => walk.assign(node),
            WalkStep::Leave { literal } => {
                walk.scopes.pop();
                walk.literals -= usize::from(literal);
            }
        }
    }
    walk.found.sort_by_key(|u| u.range.start);
    walk.found
}

enum WalkStep<'t> {
    Visit(Node<'t>),
    /// Names that exist from here on.
    Declare(Node<'t>),
    /// Expressions that are assigned.
    Assign(Node<'t>),
    Leave {
        literal: bool,
    },
}

struct UseWalk<'a, 't> {
    text: &'a str,
    bound: &'a BTreeSet<String>,
    scopes: Vec<BTreeSet<String>>,
    literals: usize,
    steps: Vec<WalkStep<'t>>,
    found: Vec<Use>,
}

/// Returns all nodes below a node.
fn descendants(node: Node<'_>) -> Vec<Node<'_>> {
    let mut all = children(node);
    let mut at = 0;
    while let Some(node) = all.get(at).copied() {
        all.extend(children(node));
        at += 1;
    }
    all
}

/// The most scopes that are open at the top of a framed template: the file's, and that of the
/// frame's function if it has one.
const TOP: usize = 2;

impl<'t> UseWalk<'_, 't> {
    fn text_of(&self, node: Node<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn is_local(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.contains(name))
    }

    fn add(&mut self, node: Node<'_>, how: How) {
        let name = self.text_of(node).to_owned();
        // A statement `skip` keeps its meaning, even if a name `skip` is declared.
        let is_word = matches!(how, How::Return { .. } | How::Skip { .. } | How::Declared);
        if name != "_" && (is_word || !self.is_local(&name)) {
            self.found.push(Use { name, range: node.byte_range(), how });
        }
    }

    /// Visits the children in order, except one field.
    fn visit_children(&mut self, node: Node<'t>, but: Option<&str>) {
        let left_out = but.and_then(|field| node.child_by_field_name(field));
        let all =
            children(node).into_iter().rev().filter(|child| Some(*child) != left_out && child.is_named());
        self.steps.extend(all.map(WalkStep::Visit));
    }

    fn open(&mut self, literal: bool) {
        self.scopes.push(BTreeSet::new());
        self.literals += usize::from(literal);
        self.steps.push(WalkStep::Leave { literal });
    }

    fn visit(&mut self, node: Node<'t>) {
        match node.kind() {
            "identifier" | "type_identifier" => self.add(node, How::Read),
            "selector_expression" => self.selector(node, "operand", "field"),
            "qualified_type" => self.selector(node, "package", "name"),
            "keyed_element" => self.keyed(node),
            "call_expression" => self.call(node),
            "return_statement" => {
                if self.literals == 0 {
                    self.add(node, How::Return { values: node.named_child_count() > 0 });
                }
                self.visit_children(node, None);
            }
            "expression_statement" if self.text_of(node) == "skip" => {
                self.add(node, How::Skip { in_literal: self.literals > 0 });
            }
            "short_var_declaration" | "range_clause" | "receive_statement" | "assignment_statement" => {
                self.assignment(node);
            }
            "inc_statement" | "dec_statement" => self.steps.extend(node.named_child(0).map(WalkStep::Assign)),
            "var_spec" | "const_spec" | "type_spec" | "type_alias" | "type_parameter_declaration" => {
                self.spec(node);
            }
            // The names are visible in the function's body only, see `function`.
            "parameter_declaration" | "variadic_parameter_declaration" => {
                self.steps.extend(node.child_by_field_name("type").map(WalkStep::Visit));
            }
            _ => self.scope(node),
        }
    }

    fn scope(&mut self, node: Node<'t>) {
        match node.kind() {
            "func_literal" => self.function(node, true),
            "function_declaration" | "method_declaration" => {
                if let Some(name) = node.child_by_field_name("name") {
                    self.add_declared(node, name);
                }
                self.function(node, false);
            }
            "type_switch_statement" => {
                self.open(false);
                let cases = children(node).into_iter().rev();
                let is_case = |c: &Node<'_>| matches!(c.kind(), "type_case" | "default_case");
                self.steps.extend(cases.filter(is_case).map(WalkStep::Visit));
                self.steps.extend(node.child_by_field_name("alias").map(WalkStep::Declare));
                let before = ["value", "initializer"].map(|field| node.child_by_field_name(field));
                self.steps.extend(before.into_iter().flatten().map(WalkStep::Visit));
            }
            "block"
            | "if_statement"
            | "for_statement"
            | "expression_switch_statement"
            | "select_statement"
            | "expression_case"
            | "default_case"
            | "type_case"
            | "communication_case" => {
                // The body of the frame's function shares the scope of its parameters, as in Go.
                let is_body =
                    node.kind() == "block" && node.parent().is_some_and(|around| is_function(around));
                if !is_body {
                    self.open(false);
                }
                self.visit_children(node, None);
            }
            "label_name" | "field_identifier" | "package_identifier" => {}
            _ => self.visit_children(node, None),
        }
    }

    /// Visits a function with its body: the scope of its parameters is the body, not their own
    /// types.
    fn function(&mut self, node: Node<'t>, literal: bool) {
        self.open(literal);
        let body = node.child_by_field_name("body");
        let parts =
            ["type_parameters", "receiver", "parameters", "result"].map(|f| node.child_by_field_name(f));
        let lists = || parts.into_iter().flatten().filter(|part| part.kind() == "parameter_list");
        let mut names = Vec::new();
        for declaration in lists().flat_map(children) {
            let mut cursor = declaration.walk();
            names.extend(declaration.children_by_field_name("name", &mut cursor).filter(Node::is_named));
        }
        self.steps.extend(body.map(WalkStep::Visit));
        self.steps.extend(names.into_iter().map(WalkStep::Declare));
        let [type_params, receiver, params, result] = parts;
        self.steps.extend([result, params, type_params].into_iter().flatten().map(WalkStep::Visit));
        if let Some(receiver) = receiver {
            self.receiver(receiver);
        }
    }

    /// Visits a receiver: its type is one of the package; its type parameters are new names, in the
    /// whole function.
    fn receiver(&mut self, receiver: Node<'t>) {
        let (mut base, mut params) = (None, Vec::new());
        for node in descendants(receiver) {
            let is_type = node.kind() == "type_identifier";
            if node.kind() == "type_arguments" {
                params.extend(descendants(node).into_iter().filter(|n| n.kind() == "type_identifier"));
            } else if is_type && base.is_none_or(|other: Node<'_>| node.start_byte() < other.start_byte()) {
                base = Some(node);
            }
        }
        if let Some(base) = base {
            self.add(base, How::Read);
        }
        let params: Vec<String> = params.into_iter().map(|name| self.text_of(name).to_owned()).collect();
        if let Some(scope) = self.scopes.last_mut() {
            scope.extend(params);
        }
    }

    /// Adds a function or type at the top of a `decl`; methods belong to their type.
    fn add_declared(&mut self, node: Node<'_>, name: Node<'_>) {
        if self.scopes.len() == 1 && node.kind() != "method_declaration" {
            self.add(name, How::Declared);
        }
    }

    fn selector(&mut self, node: Node<'t>, operand: &str, field: &str) {
        let (Some(operand), Some(field)) =
            (node.child_by_field_name(operand), node.child_by_field_name(field))
        else {
            return self.visit_children(node, None);
        };
        if matches!(operand.kind(), "identifier" | "package_identifier") {
            let member = self.text_of(field).to_owned();
            self.add(operand, How::Qualifier { member });
        } else {
            self.steps.push(WalkStep::Visit(operand));
        }
    }

    fn call(&mut self, node: Node<'t>) {
        let function = node.child_by_field_name("function");
        match function.filter(|f| self.literals == 0 && self.text_of(*f) == "recover") {
            Some(function) => {
                self.add(function, How::Recover);
                self.visit_children(node, Some("function"));
            }
            None => self.visit_children(node, None),
        }
    }

    /// Visits `key: value` of a composite literal.
    fn keyed(&mut self, node: Node<'t>) {
        let key = node.named_child(0);
        let lone = key.and_then(|k| if k.kind() == "literal_element" { k.named_child(0) } else { Some(k) });
        match (key, lone) {
            (Some(key), Some(lone)) if lone.kind() == "identifier" => {
                self.add(lone, How::Key);
                let rest = children(node).into_iter().rev().filter(|c| c.is_named() && *c != key);
                self.steps.extend(rest.map(WalkStep::Visit));
            }
            _ => self.visit_children(node, None),
        }
    }

    /// Visits `left = right` and `left := right`: the right side first.
    fn assignment(&mut self, node: Node<'t>) {
        if let Some(left) = node.child_by_field_name("left") {
            let declares = node.kind() == "short_var_declaration"
                || children(node).iter().any(|child| child.kind() == ":=");
            self.steps.push(if declares { WalkStep::Declare(left) } else { WalkStep::Assign(left) });
        }
        self.visit_children(node, Some("left"));
    }

    /// Visits `var a, b T = x`, `type T U`, parameters: type and value first, then the names.
    fn spec(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        let names: Vec<Node<'t>> =
            node.children_by_field_name("name", &mut cursor).filter(Node::is_named).collect();
        let rest = children(node).into_iter().rev().filter(|c| c.is_named() && !names.contains(c));
        let rest: Vec<WalkStep<'t>> = rest.map(WalkStep::Visit).collect();
        let is_type = matches!(node.kind(), "type_spec" | "type_alias" | "type_parameter_declaration");
        if is_type {
            for name in names {
                self.declare(name);
            }
            // Type parameters are visible in their own declaration only.
            if node.child_by_field_name("type_parameters").is_some() {
                self.open(false);
            }
            self.steps.extend(rest);
        } else {
            self.steps.extend(names.into_iter().map(WalkStep::Declare));
            self.steps.extend(rest);
        }
    }

    /// Declares names that are new here; at the top of a template those that the rule binds are
    /// assigned instead.
    fn declare(&mut self, node: Node<'t>) {
        if node.kind() == "expression_list" {
            for child in children(node).into_iter().filter(Node::is_named) {
                self.declare(child);
            }
            return;
        }
        let name = self.text_of(node).to_owned();
        let at_top = self.scopes.len() <= TOP && self.literals == 0;
        if at_top && self.bound.contains(&name) && !self.is_local(&name) {
            self.add(node, How::Assigned);
            return;
        }
        if self.scopes.len() == 1 {
            // It is visible in the whole package: its uses are reported, as those of functions are.
            return self.add(node, How::Declared);
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name);
        }
    }

    fn assign(&mut self, node: Node<'t>) {
        match node.kind() {
            "expression_list" => {
                self.steps
                    .extend(children(node).into_iter().rev().filter(Node::is_named).map(WalkStep::Assign));
            }
            "identifier" => self.add(node, How::Assigned),
            "parenthesized_expression" => self.steps.extend(node.named_child(0).map(WalkStep::Assign)),
            _ => self.steps.push(WalkStep::Visit(node)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, kind: FragmentKind) -> Vec<String> {
        let bound = ["a", "b"].map(str::to_owned).into();
        let found = uses_in(text, kind, &bound);
        found
            .into_iter()
            .filter(|u| u.name != "_")
            .map(|u| match u.how {
                How::Read => u.name,
                How::Key => format!("{}:", u.name),
                How::Assigned => format!("{}=", u.name),
                How::Qualifier { member } => format!("{}.{member}", u.name),
                How::Return { values } => format!("return {values}"),
                How::Skip { in_literal } => format!("skip {in_literal}"),
                How::Recover => format!("{}!", u.name),
                How::Declared => format!("decl {}", u.name),
            })
            .collect()
    }

    #[test]
    fn assignments_to_names_of_the_rule_are_seen_through_scopes() {
        for (text, expected) in [
            ("a = 1", vec!["a="]),
            ("a++", vec!["a="]),
            ("a += 1", vec!["a="]),
            ("x := 1; x = 2; _ = x", vec![]),
            ("x, a := f()", vec!["a=", "f"]),
            ("if a := 1; a > 0 { a = 2 }", vec![]),
            ("for a := range b { a = 1 }", vec!["b"]),
            ("for a = range b { }", vec!["a=", "b"]),
            ("func(a int) { a = 1 }(b)", vec!["int", "b"]),
            ("func() { a = 1 }()", vec!["a="]),
            ("{ var a int; a = 1 }; a = 2", vec!["int", "a="]),
            ("a.x = 1; b[0] = 2; *a = 3", vec!["a.x", "b", "a"]),
            ("switch a := b.(type) { case int: a = 1 }", vec!["b", "int"]),
            ("select { case a := <-b: _ = a }", vec!["b"]),
            ("if v, ok := a.(T); ok { b = v }", vec!["a", "T", "b="]),
            ("(a) = 1", vec!["a="]),
        ] {
            assert_eq!(of(text, FragmentKind::Statements), expected, "{text}");
        }
    }

    #[test]
    fn packages_returns_and_skips_are_seen() {
        for (text, expected) in [
            ("agent.Route(a.Path())", vec!["agent.Route", "a.Path"]),
            ("var s strings.Builder; s.Len()", vec!["strings.Builder"]),
            ("strings := 1; strings.x()", vec![]),
            ("return", vec!["return false"]),
            ("return 1", vec!["return true"]),
            ("func() int { return 1 }()", vec!["int"]),
            ("if a { skip }", vec!["a", "skip false"]),
            ("func() { skip }()", vec!["skip true"]),
            ("skip := 1; skip", vec!["skip false"]),
            ("if r := recover(); r != nil { }", vec!["recover!"]),
            ("defer func() { f(recover()) }()", vec!["f", "recover"]),
            ("recover := f; recover()", vec!["f"]),
            ("f(T{k: v})", vec!["f", "T", "k:", "v"]),
            ("x:\nfor { break x }", vec![]),
            ("var f func(agent int); agent.F(f)", vec!["int", "agent.F"]),
            ("type i interface { m(agent int) }; agent.F()", vec!["int", "agent.F"]),
            ("for _, agent := range a { agent.F() }; agent.F()", vec!["a", "agent.F"]),
            ("type t[agent any] struct{ v agent.T }; agent.F()", vec!["any", "agent.F"]),
        ] {
            assert_eq!(of(text, FragmentKind::Statements), expected, "{text}");
        }
    }

    #[test]
    fn declarations_of_a_decl_are_seen() {
        let found = of(
            "func f(x int) { y(x) }\nvar v, w int\ntype t struct{ a int }\nfunc (t) m() {}\nconst c = 1",
            FragmentKind::Declarations,
        );
        let declared: Vec<_> = found.iter().filter(|u| u.starts_with("decl ")).collect();
        assert_eq!(declared, ["decl f", "decl v", "decl w", "decl t", "decl c"]);
        assert!(found.contains(&"y".to_owned()) && !found.contains(&"x".to_owned()), "{found:?}");
    }
}
