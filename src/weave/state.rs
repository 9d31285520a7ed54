//! State variables in generated code.

use super::unit::template_file;
use crate::bundle::StateVar;

/// A state variable as generated code declares it.
pub(super) fn declared(var: &StateVar, plugin: &str, directives: bool) -> String {
    format!("{} {}", var.name, type_at_its_place(var, plugin, directives))
}

/// The type of a state variable, with the position at which the author wrote it.
pub(super) fn type_at_its_place(StateVar { ty, .. }: &StateVar, plugin: &str, directives: bool) -> String {
    if directives {
        format!("/*line {}:{}:{}*/{}", template_file(plugin), ty.line, ty.column, ty.text)
    } else {
        ty.text.clone()
    }
}
