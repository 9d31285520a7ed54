//! Finds the methods that `decl`s add to types of the package itself.
//!
//! In: a unit. Out: each method with its position in the `.gorule` file. They can make other code
//! of the package wrong: by replacing a promoted method, or by satisfying an interface.

use super::{Positions, Unit};
use crate::template::{CallableKind, FragmentKind, Framed};

/// A method of a type of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedMethod {
    /// The plugin that adds it.
    pub plugin: String,
    /// The type.
    pub type_name: String,
    /// The method.
    pub name: String,
    /// Line and column in the `.gorule` file.
    pub place: (u32, u32),
}

/// All methods of a unit's declarations.
pub fn added_methods(unit: &Unit) -> Vec<AddedMethod> {
    let mut found = Vec::new();
    for placed in &unit.decls {
        let Some(code) = placed.template.at(unit.version.as_ref()) else { continue };
        let before = format!("//line x:{}:{}\n", code.line, code.column);
        let positioned = format!("{before}{}", code.text);
        let positions = Positions::new(&positioned);
        let callables = Framed::parse(&code.text, FragmentKind::Declarations).callables();
        for method in callables.into_iter().filter(|one| one.kind == CallableKind::Method) {
            let of = method.display.trim_start_matches(['(', '*']);
            let type_name = of.split([')', '.']).next().unwrap_or_default().to_owned();
            let (line, column) = positions.at(before.len() + method.at);
            let small = |number| u32::try_from(number).unwrap_or(u32::MAX);
            let place = (small(line), small(column));
            found.push(AddedMethod { plugin: placed.plugin.clone(), type_name, name: method.name, place });
        }
    }
    found
}
