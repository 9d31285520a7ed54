//! Decides if a field can be added to a struct type, and at which place.
//!
//! In: the files of a package in which the type's name or the field's name occurs. Out: the place
//! after the last field, or the obstacles. Pure and without types: it leaves to the compiler what
//! only the compiler can know.

use std::collections::BTreeSet;
use std::ops::Range;

use tree_sitter::Node;

use super::{GoFile, TypeDecl, children, is_predeclared_type, walk};

/// At most this many types are followed to decide if values can be compared.
const MAX_TYPES: usize = 16;

/// A field to add.
#[derive(Debug, Clone)]
pub struct Added<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type, as the package could write it.
    pub ty: &'a str,
    /// True if values of the type can be compared, whatever the package declares.
    pub comparable: bool,
}

/// The place for fields in one declaration of the type (there may be one for each platform).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSlot {
    /// The file.
    pub file: usize,
    /// The declaration.
    pub decl: Range<usize>,
    /// The offset at which text is to be inserted.
    pub at: usize,
    /// True if a field is before it.
    pub behind_field: bool,
}

/// An obstacle to adding a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The package has no type of this name.
    Absent,
    /// The type is something else.
    NotStruct(&'static str),
    /// The type and all its fields are exported: other packages may write its values without the
    /// names of fields, and may convert them to types with the same fields.
    Open,
    /// A field or method of this name is in the package.
    Taken(String),
    /// A value is written without the names of its fields.
    Unkeyed,
    /// Code depends on the type's size or layout.
    Layout(&'static str),
    /// Values are compared: two that were the same would differ by the new field.
    Compared(&'static str),
    /// Its values can be compared, those of the new field cannot.
    Incomparable(String),
}

/// An obstacle and its place: the index of the file, and the range in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldObstacle {
    /// The obstacle.
    pub obstacle: Obstacle,
    /// Its place; `None` if it has none.
    pub place: Option<(usize, Range<usize>)>,
}

/// Returns the places at which fields can be added to a type, or all obstacles.
pub fn slots(
    name: &str,
    added: &[Added<'_>],
    files: &[&GoFile],
) -> Result<Vec<FieldSlot>, Vec<FieldObstacle>> {
    let decls = declarations(name, files);
    let mut found = Vec::new();
    let mut slots = Vec::new();
    for (index, ty) in &decls {
        match slot(*index, ty, files) {
            Ok(slot) => slots.push(slot),
            Err(obstacle) => found.push(at(obstacle, *index, &ty.name_range)),
        }
    }
    if decls.is_empty() {
        found.push(FieldObstacle { obstacle: Obstacle::Absent, place: None });
    }
    if found.is_empty() {
        found = Examiner { name, added, files, decls: &decls }.examine();
    }
    if found.is_empty() { Ok(slots) } else { Err(found) }
}

/// Returns true if another struct type has the same fields as this one. Then values of it may be
/// converted without any word that shows it, so that [`slots`] must get all declarations of the
/// files. Otherwise it is enough to have all types, and the declarations that may matter.
pub fn has_twins(name: &str, files: &[&GoFile]) -> bool {
    !twins(name, &declarations(name, files), files).is_empty()
}

/// Returns true if the text of a declaration may have an obstacle to these fields: it has a field's
/// name, or the type's name, and not merely as the type of a variable or in a sentence.
pub fn may_matter(text: &str, name: &str, fields: &[&str]) -> bool {
    // `T{`, `T[K]{` and `map[T]`, possibly with a comment in between. `(*T)(x)`.
    // `unsafe.Sizeof(T(x))`.
    let is_made_use_of = |(before, behind): (&str, &str)| {
        let pointer = before.trim_end().strip_suffix('*').map(str::trim_end);
        behind.trim_start().starts_with(['{', '[', ']', '/'])
            || pointer.is_some_and(|before| before.ends_with('('))
            || text.contains("Sizeof")
    };
    fields.iter().any(|field| around(text, field).next().is_some()) || around(text, name).any(is_made_use_of)
}

/// The texts before and after a word, for each occurrence that is not a part of a longer word.
fn around<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let parts = text
        .match_indices(word)
        .filter_map(move |(at, _)| Some((text.get(..at)?, text.get(at + word.len()..)?)));
    parts.filter(move |(before, behind)| !before.ends_with(is_part) && !behind.starts_with(is_part))
}

/// The declarations of a type, with their files.
fn declarations<'a>(name: &str, files: &[&'a GoFile]) -> Vec<(usize, &'a TypeDecl)> {
    let types = files.iter().enumerate().flat_map(|(at, go)| go.types.iter().map(move |ty| (at, ty)));
    types.filter(|(_, ty)| ty.name == name).collect()
}

/// The names of other struct types with the same fields.
fn twins<'a>(name: &str, decls: &[(usize, &TypeDecl)], files: &[&'a GoFile]) -> Vec<&'a str> {
    let normal = |go: &GoFile, range: &Range<usize>| -> Vec<String> {
        go.slice(range).split_whitespace().map(str::to_owned).collect()
    };
    let own: Vec<Vec<String>> = decls
        .iter()
        .filter_map(|(file, ty)| Some(normal(files.get(*file)?, ty.struct_body.as_ref()?)))
        .collect();
    let others = files.iter().flat_map(|go| go.types.iter().map(move |ty| (go, ty)));
    let twins = others
        .filter(|(_, ty)| ty.name != name)
        .filter(|(go, ty)| ty.struct_body.as_ref().is_some_and(|body| own.contains(&normal(go, body))));
    twins.map(|(_, ty)| ty.name.as_str()).collect()
}

fn at(obstacle: Obstacle, file: usize, range: &Range<usize>) -> FieldObstacle {
    FieldObstacle { obstacle, place: Some((file, range.clone())) }
}

/// The place after the last field.
fn slot(file: usize, ty: &TypeDecl, files: &[&GoFile]) -> Result<FieldSlot, Obstacle> {
    if ty.alias {
        return Err(Obstacle::NotStruct("another name of a type"));
    }
    let (Some(body), Some(fields), Some(go)) = (&ty.struct_body, &ty.fields, files.get(file)) else {
        return Err(Obstacle::NotStruct("a type of another kind"));
    };
    let list = go.root().descendant_for_byte_range(body.start, body.end);
    let Some(list) = list.filter(|node| !node.has_error()) else {
        return Err(Obstacle::NotStruct("a type that was not understood"));
    };
    let open = ty.name.starts_with(char::is_uppercase)
        && fields
            .iter()
            .filter_map(|f| f.name.as_ref())
            .all(|(name, _)| name.starts_with(char::is_uppercase));
    if open {
        return Err(Obstacle::Open);
    }
    let last = children(list).into_iter().rev().find(|node| node.kind() == "field_declaration");
    let at = last.map_or(body.start + 1, |node| node.end_byte());
    Ok(FieldSlot { file, decl: ty.range.clone(), at, behind_field: last.is_some() })
}

struct Examiner<'a> {
    name: &'a str,
    added: &'a [Added<'a>],
    files: &'a [&'a GoFile],
    decls: &'a [(usize, &'a TypeDecl)],
}

impl Examiner<'_> {
    fn examine(&self) -> Vec<FieldObstacle> {
        let comparable = self.decls.iter().all(|(_, ty)| self.may_compare(ty));
        let mut found = if comparable { self.incomparable() } else { Vec::new() };
        let twins = twins(self.name, self.decls, self.files);
        for (index, go) in self.files.iter().enumerate() {
            walk(go.root(), |node| {
                if let Some(obstacle) = self.node(go, node, comparable, &twins) {
                    found.push(at(obstacle, index, &node.byte_range()));
                }
                true
            });
        }
        found.sort_by_key(|one| one.place.as_ref().map(|(file, range)| (*file, range.start)));
        let mut seen = BTreeSet::new();
        found.retain(|one| seen.insert(format!("{:?}", one.obstacle)));
        found
    }

    /// An obstacle for each field whose values cannot be compared, or may not be comparable.
    fn incomparable(&self) -> Vec<FieldObstacle> {
        let place = self.decls.first().map(|(file, ty)| (*file, ty.name_range.clone()));
        let unsure = |added: &&Added<'_>| {
            !added.comparable && !self.is_comparable(added.ty, &mut Vec::new()).unwrap_or(false)
        };
        let way = |added: &Added<'_>| FieldObstacle {
            obstacle: Obstacle::Incomparable(added.ty.to_owned()),
            place: place.clone(),
        };
        self.added.iter().filter(unsure).map(way).collect()
    }

    fn node(&self, go: &GoFile, node: Node<'_>, comparable: bool, twins: &[&str]) -> Option<Obstacle> {
        let text = |node: Node<'_>| go.slice(&node.byte_range());
        match node.kind() {
            "field_identifier" if self.added.iter().any(|added| added.name == text(node)) => {
                Some(Obstacle::Taken(text(node).to_owned()))
            }
            "composite_literal" => self.literal(go, node),
            "call_expression" | "type_conversion_expression" => self.call(go, node, twins),
            "map_type" if comparable => {
                let key = node.child_by_field_name("key");
                let is_key = key.is_some_and(|key| is_named(text(key), self.name));
                is_key.then_some(Obstacle::Compared("as the keys of a map"))
            }
            "binary_expression" if comparable => self.comparison(go, node),
            _ => None,
        }
    }

    /// Finds a literal of the type, or of a slice, array or map of it, without names of fields.
    fn literal(&self, go: &GoFile, node: Node<'_>) -> Option<Obstacle> {
        let ty = node.child_by_field_name("type")?;
        let body = node.child_by_field_name("body")?;
        self.is_unkeyed(go.slice(&ty.byte_range()), body).then_some(Obstacle::Unkeyed)
    }

    /// Returns true if a literal of a type, or a nested one whose type is left out, is one of ours
    /// without names.
    fn is_unkeyed(&self, ty: &str, body: Node<'_>) -> bool {
        let mut steps = vec![(ty.trim().to_owned(), body)];
        while let Some((ty, body)) = steps.pop() {
            if is_named(&ty, self.name) {
                let unkeyed =
                    |node: &Node<'_>| node.kind() == "literal_element" || node.kind() == "literal_value";
                if children(body).iter().any(unkeyed) {
                    return true;
                }
                continue;
            }
            let (key, element) = inner_types(&ty);
            for entry in children(body) {
                let parts: Vec<Node<'_>> = match entry.kind() {
                    "keyed_element" => children(entry).into_iter().filter(Node::is_named).collect(),
                    "literal_element" | "literal_value" => vec![entry],
                    _ => continue,
                };
                let keyed = parts.len() == 2;
                for (at, part) in parts.into_iter().enumerate() {
                    let ty = if keyed && at == 0 { &key } else { &element };
                    let Some(ty) = ty else { continue };
                    if let Some(literal) = elided(part) {
                        let ty = ty.trim().strip_prefix('*').unwrap_or(ty).trim().to_owned();
                        steps.push((ty, literal));
                    }
                }
            }
        }
        false
    }

    /// Finds `(*T)(x)`, `unsafe.Sizeof(T{})`, and `U(t)` if U has the same fields.
    fn call(&self, go: &GoFile, node: Node<'_>, twins: &[&str]) -> Option<Obstacle> {
        let called = node.child_by_field_name("function").or_else(|| node.child_by_field_name("type"))?;
        let function: String = go.slice(&called.byte_range()).split_whitespace().collect();
        let rest = go.slice(&(called.end_byte()..node.end_byte()));
        let argument = rest.trim().trim_start_matches('(').trim_end_matches(')').trim();
        let pointer = function.strip_prefix("(*").and_then(|f| f.strip_suffix(')'));
        if pointer.is_some_and(|ty| is_named(ty, self.name)) && argument != "nil" {
            return Some(Obstacle::Layout("made of other memory by a conversion of pointers"));
        }
        if function == "unsafe.Sizeof" && has_word(argument, self.name) {
            return Some(Obstacle::Layout("asked for its size"));
        }
        let converts =
            !twins.is_empty() && (is_named(&function, self.name) || twins.contains(&function.as_str()));
        converts.then_some(Obstacle::Layout("converted from or to a type of the same fields"))
    }

    /// Finds `x == T{}`.
    fn comparison(&self, go: &GoFile, node: Node<'_>) -> Option<Obstacle> {
        let operator = node.child_by_field_name("operator")?;
        if !matches!(go.slice(&operator.byte_range()), "==" | "!=") {
            return None;
        }
        let is_ours = |side: &str| {
            let mut node = node.child_by_field_name(side);
            while let Some(inner) = node.filter(|n| n.kind() == "parenthesized_expression") {
                node = inner.named_child(0);
            }
            let ty = node.filter(|n| n.kind() == "composite_literal")?.child_by_field_name("type")?;
            Some(is_named(go.slice(&ty.byte_range()), self.name))
        };
        let ours = [is_ours("left"), is_ours("right")].contains(&Some(true));
        ours.then_some(Obstacle::Compared("with == or !="))
    }

    /// Returns true if values of a struct may be compared, as far as this package shows.
    fn may_compare(&self, ty: &TypeDecl) -> bool {
        self.struct_comparable(ty, &mut vec![self.name.to_owned()]).unwrap_or(true)
    }

    fn struct_comparable(&self, ty: &TypeDecl, seen: &mut Vec<String>) -> Option<bool> {
        let go = self.files.iter().find(|go| go.types.iter().any(|known| std::ptr::eq(known, ty)))?;
        let mut sure = true;
        for field in ty.fields.as_ref()? {
            match self.is_comparable(go.slice(&field.ty), seen) {
                Some(false) => return Some(false),
                Some(true) => {}
                None => sure = false,
            }
        }
        sure.then_some(true)
    }

    /// Returns true if values of a type can be compared; `None` if this package does not show it.
    fn is_comparable(&self, ty: &str, seen: &mut Vec<String>) -> Option<bool> {
        let ty = ty.trim();
        if ty.starts_with("[]")
            || ty.starts_with("map[")
            || ty.starts_with("func(")
            || ty.starts_with("func (")
        {
            return Some(false);
        }
        if ty.starts_with('[') {
            return self.is_comparable(ty.split_once(']')?.1, seen);
        }
        if ty.starts_with('*')
            || ty.starts_with("chan ")
            || ty.starts_with("<-chan")
            || ty.starts_with("interface{")
            || ty.starts_with("interface {")
        {
            return Some(true);
        }
        if ty == "unsafe.Pointer" || is_predeclared_type(ty) {
            return Some(true);
        }
        if seen.len() > MAX_TYPES || seen.iter().any(|name| name == ty) {
            return None;
        }
        seen.push(ty.to_owned());
        let mut all = self.files.iter().flat_map(|go| go.types.iter().map(move |decl| (go, decl)));
        let (go, decl) = all.find(|(_, decl)| decl.name == ty)?;
        if decl.fields.is_some() {
            return self.struct_comparable(decl, seen);
        }
        let rest = go.slice(&(decl.name_range.end..decl.range.end)).trim_start();
        self.is_comparable(rest.strip_prefix('=').unwrap_or(rest), seen)
    }
}

/// Returns true if a type's text names this type, with or without type arguments.
fn is_named(ty: &str, name: &str) -> bool {
    ty.trim().strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.trim_start().starts_with('['))
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|part| part == word)
}

/// The types of the keys and the elements of a composite type.
fn inner_types(ty: &str) -> (Option<String>, Option<String>) {
    if let Some(rest) = ty.strip_prefix("map[") {
        let mut depth = 1_usize;
        for (at, c) in rest.char_indices() {
            match c {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let (key, element) = (rest.get(..at), rest.get(at + 1..));
                return (key.map(str::to_owned), element.map(str::to_owned));
            }
        }
        return (None, None);
    }
    let element =
        ty.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(_, element)| element.to_owned());
    (None, element)
}

/// The literal whose type is left out, if an element is one.
fn elided(element: Node<'_>) -> Option<Node<'_>> {
    let mut node = element;
    while node.kind() == "literal_element" {
        node = node.named_child(0)?;
    }
    (node.kind() == "literal_value").then_some(node)
}

#[cfg(test)]
mod tests;
