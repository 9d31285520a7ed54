//! Finds the calls in a Go file that rules apply to.
//!
//! In: a parsed file, the names of functions of another package. Out: each call with the bytes that
//! matter, or the reason for which it cannot be wrapped. The package is known by the file's
//! imports; a name that may mean something else is left alone.

use std::cell::OnceCell;
use std::ops::Range;

use tree_sitter::Node;

use crate::source::{Callee, GoFile, children};

/// A call of a function that a rule wraps.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// The function that is called.
    pub name: String,
    /// The call.
    pub range: Range<usize>,
    /// The bytes between its parentheses.
    pub arguments: Range<usize>,
    /// The number of its arguments.
    pub count: usize,
    /// The start of the body of the innermost function around it; `None` if it is in a variable of
    /// the package.
    pub body: Option<usize>,
    /// The reason for which it cannot be wrapped.
    pub refused: Option<String>,
}

/// Returns the calls of `path.name` for some names.
pub(super) fn find(go: &GoFile, path: &str, names: &[String], package_name: &str) -> Vec<Site> {
    let finder = SiteFinder { go, names };
    let mut out = Vec::new();
    for import in go.imports.iter().filter(|import| import.path == path) {
        match import.alias.as_deref() {
            Some("_") => {}
            Some(".") => finder.walk(None, &mut out),
            Some(alias) => finder.walk(Some(alias), &mut out),
            None => finder.walk(Some(package_name), &mut out),
        }
    }
    out.sort_by_key(|site| (site.range.start, std::cmp::Reverse(site.range.end)));
    out
}

struct SiteFinder<'a> {
    go: &'a GoFile,
    names: &'a [String],
}

impl SiteFinder<'_> {
    fn text(&self, node: Node<'_>) -> &str {
        self.go.slice(&node.byte_range())
    }

    /// Adds the calls in each declaration. Outer ones come before those in their arguments.
    fn walk(&self, package: Option<&str>, out: &mut Vec<Site>) {
        for top in children(self.go.root()) {
            let shadows = OnceCell::new();
            let is_shadowed = |at: usize| {
                let package = package.unwrap_or_default();
                shadows.get_or_init(|| self.shadows(top, package)).iter().any(|scope| scope.contains(&at))
            };
            let mut stack = vec![top];
            while let Some(node) = stack.pop() {
                if node.kind() == "call_expression" {
                    out.extend(self.site(node, package, &is_shadowed));
                }
                stack.extend(children(node).into_iter().rev());
            }
        }
    }

    /// Returns the site of a call; `None` if another function is called.
    fn site(
        &self,
        call: Node<'_>,
        package: Option<&str>,
        is_shadowed: &dyn Fn(usize) -> bool,
    ) -> Option<Site> {
        let mut function = call.child_by_field_name("function")?;
        while function.kind() == "parenthesized_expression" {
            function = function.named_child(0)?;
        }
        let list = call.child_by_field_name("arguments")?;
        let name = match package {
            None => function,
            Some(package) => {
                let operand = function.child_by_field_name("operand")?;
                if function.kind() != "selector_expression" || self.text(operand) != package {
                    return None;
                }
                function.child_by_field_name("field")?
            }
        };
        let name = self.text(name).to_owned();
        if !self.names.contains(&name) {
            return None;
        }
        let all: Vec<Node<'_>> =
            children(list).into_iter().filter(|n| n.is_named() && n.kind() != "comment").collect();
        let refused = match package {
            None => Some("its package is imported under no name".to_owned()),
            Some(_) => refused(call, &all, is_shadowed),
        };
        Some(Site {
            name,
            range: call.byte_range(),
            arguments: list.start_byte() + 1..list.end_byte().saturating_sub(1),
            count: all.len(),
            body: enclosing(call).map(|body| body.start_byte()),
            refused,
        })
    }

    /// The ranges in which the name of a package may be that of a variable: a declaration has that
    /// name, and they are its scope.
    fn shadows(&self, top: Node<'_>, package: &str) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let mut stack = vec![top];
        while let Some(node) = stack.pop() {
            let is_name =
                matches!(node.kind(), "identifier" | "type_identifier") && self.text(node) == package;
            if is_name && !is_qualifier(node) {
                out.extend(scope(node));
            }
            stack.extend(children(node));
        }
        out
    }
}

/// The reason for which a call cannot be wrapped, if there is one.
fn refused(call: Node<'_>, all: &[Node<'_>], is_shadowed: &dyn Fn(usize) -> bool) -> Option<String> {
    let why = match call.parent().map(|parent| parent.kind()) {
        Some("go_statement") => "it starts a goroutine",
        Some("defer_statement") => "it is deferred",
        _ if call.has_error() => "its syntax was not understood",
        _ if all.last().is_some_and(|last| last.kind() == "variadic_argument") => {
            "its last argument is a slice with dots"
        }
        _ if is_shadowed(call.start_byte()) => "its package's name may stand for something else there",
        _ => return None,
    };
    Some(why.to_owned())
}

/// Returns true if a name is before a dot, or is the key of a literal.
fn is_qualifier(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        "selector_expression" => parent.child_by_field_name("operand") == Some(node),
        "literal_element" => parent.parent().is_some_and(|element| {
            element.kind() == "keyed_element" && element.child_by_field_name("key") == Some(parent)
        }),
        _ => false,
    }
}

/// The range in which a name would mean what is declared here: from the end of its statement to the
/// end of its block; for a parameter, all of its function.
fn scope(node: Node<'_>) -> Option<Range<usize>> {
    let mut at = node;
    loop {
        let parent = at.parent()?;
        match parent.kind() {
            "parameter_list" | "type_parameter_list" => {
                return parent.parent().map(|owner| owner.byte_range());
            }
            "block"
            | "statement_list"
            | "if_statement"
            | "for_statement"
            | "expression_switch_statement"
            | "type_switch_statement"
            | "select_statement"
            | "expression_case"
            | "type_case"
            | "communication_case"
            | "default_case"
            | "source_file" => {
                return Some(at.end_byte()..parent.end_byte());
            }
            _ => at = parent,
        }
    }
}

/// The body of the innermost function around a call.
fn enclosing(call: Node<'_>) -> Option<Node<'_>> {
    let mut at = call;
    while let Some(parent) = at.parent() {
        if matches!(parent.kind(), "func_literal" | "function_declaration" | "method_declaration") {
            return parent.child_by_field_name("body");
        }
        at = parent;
    }
    None
}

/// The reason for which a call does not fit the function it calls, if there is one.
pub(super) fn unfit(go: &GoFile, site: &Site, callee: &Callee) -> Option<String> {
    let fixed = callee.params.len() - usize::from(callee.variadic);
    let fits = if callee.variadic { site.count >= fixed } else { site.count == fixed };
    if !fits {
        return Some("its arguments are the results of another call".to_owned());
    }
    if callee.results.is_empty() && !stands_alone(go, site) {
        return Some("it gives nothing and is no statement of a block".to_owned());
    }
    None
}

/// Returns true if a call is a statement that another statement may follow.
fn stands_alone(go: &GoFile, site: &Site) -> bool {
    let node = go.root().descendant_for_byte_range(site.range.start, site.range.end);
    let Some(mut node) = node else { return false };
    while node.kind() != "expression_statement" {
        match node.parent() {
            Some(parent) if parent.byte_range() == site.range => node = parent,
            _ => return false,
        }
    }
    node.parent().is_some_and(|parent| matches!(parent.kind(), "block" | "statement_list"))
}
