//! Things of a package that have the name of a function and are none.
//!
//! In: a package and a name. Out: the place of its declaration, and advice if that is something
//! that cannot be hooked.

use crate::diagnostic::Diagnostic;
use crate::modules::{GoSource, Package};
use crate::source::GoFile;
use crate::syntax::ast::{Span, Spanned};

use super::promoted::is_in_interface;
use super::subject::Comparison;

/// Advice for what may hold a function.
const IF_A_FUNCTION: &str = "if it holds a function, hook that one, or one that calls it";

/// Something that is no function, and its place if it is in a file of the package.
struct Namesake<'a> {
    /// Its kind: `a variable`.
    what: String,
    /// The advice.
    help: &'static str,
    place: Option<(&'a GoSource, Span)>,
}

/// Adds to a function that a package does not have what the package has under its name.
pub(super) fn explain(subject: &Comparison<'_>, name: &Spanned<String>, found: Diagnostic) -> Diagnostic {
    let ty = subject.rule.recv.as_ref().map(|recv| recv.type_name.node.as_str());
    let namesake = match ty {
        Some(ty) => member(subject.package, ty, &name.node),
        None => package_level(subject.package, &name.node),
    };
    let Some(namesake) = namesake.or_else(|| of_tests(subject.package, ty, &name.node)) else { return found };
    let found = found.help(format!("`{}` is {}: {}", name.node, namesake.what, namesake.help));
    match namesake.place {
        Some((file, span)) => found.and(&file.source, span, format!("declared here as {}", namesake.what)),
        None => found,
    }
}

/// A variable, a constant or a type.
fn package_level<'a>(package: &'a Package, name: &str) -> Option<Namesake<'a>> {
    let (file, go) = package.with_name(name).into_iter().find(|(_, go)| declared_at(go, name).is_some())?;
    let span = declared_at(go, name)?;
    let (what, help) = if go.types.iter().any(|ty| ty.name == name) {
        ("a type", "name a function, or write `recv` with the type and name its method")
    } else if !go.values.iter().any(|value| value == name) {
        return None;
    } else if is_constant(go.text(), span.start) {
        ("a constant", "name a function")
    } else {
        ("a variable", IF_A_FUNCTION)
    };
    Some(Namesake { what: what.to_owned(), help, place: Some((file, span)) })
}

/// A field of a struct, or a method of an interface.
fn member<'a>(package: &'a Package, ty: &str, name: &str) -> Option<Namesake<'a>> {
    let fields = package.with_name(ty).into_iter().find_map(|(file, go)| {
        let fields = go.types.iter().filter(|one| one.name == ty).flat_map(|one| one.fields.iter().flatten());
        let mut names = fields.filter_map(|field| field.name.as_ref());
        names.find(|(known, _)| known == name).map(|(_, span)| (file, span.clone()))
    });
    if fields.is_some() {
        return Some(Namesake { what: format!("a field of `{ty}`"), help: IF_A_FUNCTION, place: fields });
    }
    is_in_interface(package, ty, name).then(|| Namesake {
        what: format!("a method of the interface `{ty}`, which has no body"),
        help: "hook the types that implement it",
        place: None,
    })
}

/// A function of a test.
fn of_tests<'a>(package: &'a Package, ty: Option<&str>, name: &str) -> Option<Namesake<'a>> {
    let file = package.test_file_of(ty, name)?;
    let what = format!("declared in {file} only");
    Some(Namesake { what, help: "a build has no test files; name a function of the package", place: None })
}

/// Returns true if the specification at this place stands in a `const` declaration.
fn is_constant(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let own = before.get(line..).unwrap_or_default().trim_start();
    if own.starts_with("const ") || own.starts_with("var ") {
        return own.starts_with("const ");
    }
    let heads = before.lines().rev().map(str::trim_start);
    let head = heads.filter(|line| line.starts_with("const") || line.starts_with("var"));
    head.take(1).any(|line| line.starts_with("const"))
}

/// The place at which a Go file declares a name of its package.
pub(super) fn declared_at(go: &GoFile, name: &str) -> Option<Span> {
    let function = go.functions.iter().find(|f| f.receiver.is_none() && f.name == name);
    let ty = || go.types.iter().find(|ty| ty.name == name).map(|ty| ty.name_range.clone());
    let value = || go.values.iter().any(|v| v == name).then(|| word_at(go.text(), name)).flatten();
    function.map(|f| f.name_range.clone()).or_else(ty).or_else(value)
}

/// The first place of a word outside of comments that have a line of their own.
fn word_at(text: &str, word: &str) -> Option<Span> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(at, _)| at..at + word.len()).find(|span| {
        let before = text.get(..span.start).and_then(|t| t.chars().next_back());
        let after = text.get(span.end..).and_then(|t| t.chars().next());
        let line = text.get(..span.start).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
        let in_comment = line.trim_start().starts_with("//");
        !in_comment && !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}
