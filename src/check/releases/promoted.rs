//! Methods that a type has by embedding another.
//!
//! In: a package, a type of it and the name of a method. Out: the origin of the method, found as Go
//! finds it: level by level, through the embedded fields of structs. Declarations of other packages
//! are not read.

use std::collections::BTreeSet;

use crate::modules::Package;
use crate::source::{GoFile, TypeDecl};

/// The origin of a promoted method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promoted {
    /// A type of the package declares it.
    Method(String),
    /// It is a method of an embedded interface.
    Interface(String),
    /// It may come from this embedded type of another package, `http.Client`.
    Elsewhere(String),
}

/// The most types that are listed.
const LISTED: usize = 8;

/// Help for a method that a rule's type does not have: the types that have one of this name. The
/// type of a plain function is empty.
pub(in crate::check) fn others(name: &str, types: &BTreeSet<String>) -> String {
    let shown = |ty: &String| if ty.is_empty() { "no type".to_owned() } else { format!("`{ty}`") };
    let list: Vec<String> = types.iter().take(LISTED).map(shown).collect();
    let more = if types.len() > LISTED { " and more" } else { "" };
    format!("write another `recv`: `{name}` is declared on {}{more}", list.join(", "))
}

/// The types that a type embeds.
#[derive(Default)]
struct EmbeddedTypes {
    own: Vec<String>,
    foreign: Vec<String>,
}

/// Finds the type from which `ty` has the method, if it does not declare it itself.
pub fn promoted(package: &Package, ty: &str, method: &str) -> Option<Promoted> {
    let mut seen = BTreeSet::from([ty.to_owned()]);
    let (mut level, mut foreign) = (embedded(package, ty), None);
    while !level.own.is_empty() || !level.foreign.is_empty() {
        for name in &level.own {
            if declares(package, name, method) {
                return Some(Promoted::Method(name.clone()));
            }
            if is_in_interface(package, name, method) {
                return Some(Promoted::Interface(name.clone()));
            }
        }
        foreign = foreign.or_else(|| level.foreign.first().cloned());
        level.own.retain(|name| seen.insert(name.clone()));
        let below = level.own.iter().map(|name| embedded(package, name));
        level = below.fold(EmbeddedTypes::default(), |mut all, next| {
            all.own.extend(next.own);
            all.foreign.extend(next.foreign);
            all
        });
    }
    foreign.map(Promoted::Elsewhere)
}

fn declares(package: &Package, ty: &str, method: &str) -> bool {
    package.with_method(Some(ty), method).iter().any(|(_, go)| {
        let of_type = |function: &crate::source::Function| {
            function.receiver.as_ref().is_some_and(|receiver| receiver.type_name == ty)
        };
        go.functions.iter().any(|function| function.name == method && of_type(function))
    })
}

/// The types of the embedded fields of a struct, or what an alias stands for.
fn embedded(package: &Package, ty: &str) -> EmbeddedTypes {
    let mut out = EmbeddedTypes::default();
    for (go, declared) in declarations(package, ty) {
        let fields = declared.fields.iter().flatten();
        // An embedded field's name is its type.
        let types = fields.filter(|field| field.name.as_ref().is_some_and(|(_, at)| *at == field.ty));
        let types = types.map(|field| go.slice(&field.ty));
        let alias = go.slice(&declared.range).split_once('=').filter(|_| declared.alias).map(|(_, of)| of);
        for text in types.chain(alias) {
            let base = text.trim().trim_start_matches('*').split('[').next().unwrap_or_default();
            let list = if base.contains('.') { &mut out.foreign } else { &mut out.own };
            list.push(base.to_owned());
        }
    }
    out
}

/// Returns true if a type of the package is an interface with a method of this name.
pub(super) fn is_in_interface(package: &Package, ty: &str, method: &str) -> bool {
    declarations(package, ty).iter().any(|(go, declared)| {
        let text = go.slice(&declared.range);
        let mut lines = text.split(['\n', '{', ';']).map(str::trim_start);
        let begins = |line: &str| line.strip_prefix(method).is_some_and(|rest| rest.starts_with('('));
        text.contains("interface") && declared.fields.is_none() && lines.any(begins)
    })
}

fn declarations<'a>(package: &'a Package, ty: &str) -> Vec<(&'a GoFile, &'a TypeDecl)> {
    let files = package.with_name(ty).into_iter();
    files.flat_map(|(_, go)| go.types.iter().filter(|one| one.name == ty).map(move |one| (go, one))).collect()
}
