//! Names in a template that refer to members of types: after a dot, as keys of composite literals,
//! in struct types.
//!
//! In: a text that is one fragment of a Go file. Out: each such name with its place. Go's scopes do
//! not apply to them; the type that a name belongs to is not known here. The tree is walked without
//! recursion.

use std::collections::BTreeMap;
use std::ops::Range;

use tree_sitter::Node;

use super::Framed;

/// The kind of elements that a composite literal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal {
    /// Fields: a key is the name of one.
    Fields,
    /// Elements of a map, an array or a slice: a key is an expression.
    Elements,
    /// Its type is another package's, whose fields can only be exported ones.
    Foreign,
    /// Its type is declared elsewhere.
    Unknown,
}

/// The way in which a member is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// After a dot.
    Selected,
    /// As a key of a composite literal.
    Key(Literal),
    /// As a declaration: of a field of a struct type, or of a method of an interface or of a type.
    Declared,
    /// As a type that is embedded in a struct, which gives its name to the field.
    Embedded,
}

/// A name of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name.
    pub name: String,
    /// Its place in the text.
    pub range: Range<usize>,
    /// The way in which it is named.
    pub role: Role,
}

/// The kinds of literals of named types, by the name of the type.
pub type Literals = BTreeMap<String, Literal>;

impl Framed {
    /// Returns the types that the text declares, at its top or in functions. If two have the same
    /// name, the first one counts.
    pub fn literals(&self) -> Literals {
        let mut found = Literals::new();
        self.each(|node| {
            if matches!(node.kind(), "type_spec" | "type_alias")
                && let (Some(name), Some(ty)) =
                    (node.child_by_field_name("name"), node.child_by_field_name("type"))
            {
                let literal = self.literal(Some(ty), &Literals::new());
                found.entry(self.text_of(name).to_owned()).or_insert(literal);
            }
        });
        found
    }

    /// Returns all names of members. `known` are the types that are declared elsewhere.
    pub fn members(&self, known: &Literals) -> Vec<Member> {
        let mut literals = known.clone();
        literals.extend(self.literals());
        let mut found = Vec::new();
        self.each(|node| self.members_of(node, &literals, &mut found));
        found.sort_by_key(|member| member.range.start);
        found
    }

    fn members_of(&self, node: Node<'_>, literals: &Literals, found: &mut Vec<Member>) {
        let mut add = |name: Node<'_>, role| {
            found.push(Member { name: self.text_of(name).to_owned(), range: self.place(name), role });
        };
        match node.kind() {
            "selector_expression" => {
                if let Some(field) = node.child_by_field_name("field") {
                    add(field, Role::Selected);
                }
            }
            "keyed_element" => {
                let key = lone(node.named_child(0)).filter(|key| key.kind() == "identifier");
                if let Some(key) = key {
                    add(key, Role::Key(self.literal(type_of(node), literals)));
                }
            }
            "field_declaration" => {
                let mut cursor = node.walk();
                let names: Vec<_> = node.children_by_field_name("name", &mut cursor).collect();
                if let Some(ty) = embedded(node).filter(|_| names.is_empty()) {
                    add(ty, Role::Embedded);
                }
                for name in names.into_iter().filter(Node::is_named) {
                    add(name, Role::Declared);
                }
            }
            "method_elem" | "method_spec" | "method_declaration" => {
                if let Some(name) = node.child_by_field_name("name") {
                    add(name, Role::Declared);
                }
            }
            _ => {}
        }
    }

    fn literal(&self, ty: Option<Node<'_>>, known: &Literals) -> Literal {
        let Some(ty) = ty else { return Literal::Unknown };
        match ty.kind() {
            "struct_type" => Literal::Fields,
            "map_type" | "slice_type" | "array_type" | "implicit_length_array_type" => Literal::Elements,
            "qualified_type" => Literal::Foreign,
            "generic_type" => self.literal(ty.child_by_field_name("type"), known),
            _ => known.get(self.text_of(ty)).copied().unwrap_or(Literal::Unknown),
        }
    }
}

/// Returns the name of an embedded type of the same package.
fn embedded(field: Node<'_>) -> Option<Node<'_>> {
    let ty = field.child_by_field_name("type")?;
    let ty = if ty.kind() == "generic_type" { ty.child_by_field_name("type")? } else { ty };
    (ty.kind() == "type_identifier").then_some(ty)
}

/// Returns the content of a `literal_element`.
fn lone(node: Option<Node<'_>>) -> Option<Node<'_>> {
    let node = node?;
    if node.kind() == "literal_element" { node.named_child(0) } else { Some(node) }
}

/// Returns the type of the literal that contains an element. It may be omitted if the literal is
/// itself an element.
fn type_of(element: Node<'_>) -> Option<Node<'_>> {
    let body = element.parent()?;
    let outer = body.parent()?;
    if outer.kind() == "composite_literal" {
        return outer.child_by_field_name("type");
    }
    let mut steps = Vec::new();
    let mut at = body;
    let ty = loop {
        let around = at.parent()?;
        match around.kind() {
            "literal_element" => at = around,
            "keyed_element" => {
                let is_key = around.named_child(0).is_some_and(|key| key == at);
                steps.push(if is_key { "key" } else { "value" });
                at = around;
            }
            "literal_value" => {
                if at.kind() != "keyed_element" {
                    steps.push("value");
                }
                at = around;
            }
            "composite_literal" => break around.child_by_field_name("type")?,
            _ => return None,
        }
    };
    steps.into_iter().rev().try_fold(ty, |ty, step| {
        let part = match (ty.kind(), step) {
            ("map_type", step) => ty.child_by_field_name(step)?,
            ("slice_type" | "array_type" | "implicit_length_array_type", "value") => {
                ty.child_by_field_name("element")?
            }
            _ => return None,
        };
        // `&T` may be omitted as well.
        if part.kind() == "pointer_type" { part.named_child(0) } else { Some(part) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::FragmentKind;

    fn of(text: &str) -> Vec<(String, Role)> {
        let known = Literals::from([("own".to_owned(), Literal::Fields)]);
        let found = Framed::parse(text, FragmentKind::Statements).members(&known);
        for member in &found {
            assert_eq!(text[member.range.clone()], member.name);
        }
        found.into_iter().map(|member| (member.name, member.role)).collect()
    }

    #[test]
    fn keys_are_fields_or_expressions() {
        use Literal::{Elements, Fields, Foreign, Unknown};
        for (text, literal) in [
            ("_ = T{k: v}", Unknown),
            ("_ = own{k: v}", Fields),
            ("_ = &own{k: v}", Fields),
            ("_ = struct{ k int }{k: v}", Fields),
            ("_ = map[T]T{k: v}", Elements),
            ("_ = [...]T{k: v}", Elements),
            ("_ = []T{k: v}", Elements),
            ("_ = http.Header{k: v}", Foreign),
            ("_ = []own{{k: v}}", Fields),
            ("_ = []*own{{k: v}}", Fields),
            ("_ = map[string]own{\"a\": {k: v}}", Fields),
            ("_ = map[own]T{{k: v}: a}", Fields),
            ("_ = [][]T{{k: v}}", Elements),
            ("_ = map[string]map[string]T{\"a\": {k: v}}", Elements),
            ("type t map[string]int; _ = t{k: v}", Elements),
            ("type t struct{ k int }; _ = []t{{k: v}}", Fields),
            ("_ = g[int]{k: v}", Unknown),
        ] {
            let keys: Vec<_> =
                of(text).into_iter().filter(|(_, role)| matches!(role, Role::Key(_))).collect();
            assert_eq!(keys, [("k".to_owned(), Role::Key(literal))], "{text}");
        }
    }

    #[test]
    fn members_are_selected_declared_and_embedded() {
        let found = of("type t struct { a, b int; own; *other; pkg.T; g[int] }; x.f(y.z)");
        let role = |name: &str| found.iter().find(|(n, _)| n == name).map(|(_, role)| *role);
        for name in ["a", "b"] {
            assert_eq!(role(name), Some(Role::Declared), "{name}");
        }
        for name in ["own", "other", "g"] {
            assert_eq!(role(name), Some(Role::Embedded), "{name}");
        }
        for name in ["f", "z"] {
            assert_eq!(role(name), Some(Role::Selected), "{name}");
        }
        assert_eq!((role("x"), role("T")), (None, None));
    }
}
