//! Parameters and results that a rule binds by their type.
//!
//! In: a function of any shape. Out: for each of its parameters and results the name that the rule gives it, if any, and what
//! the rule binds that the function has not.

use super::locate::Target;
use crate::bundle::{self, Bind};
use crate::source::{FileNames, GoFile, Param, canonical};

/// Names by position, as a rule that names its functions would have them. Each bind takes the first parameter, or the last
/// result, of exactly its type that no bind above it has taken.
pub(super) fn by_type<'a>(
    go: &GoFile,
    target: &Target<'a>,
    missing: &mut Vec<&'a Bind>,
) -> (Vec<bundle::Param>, Vec<bundle::Param>) {
    let function = target.function;
    let names = FileNames { go, target: target.package, params: Vec::new() };
    let types = |list: &[Param]| -> Vec<Option<String>> {
        let one = |param: &Param| {
            let dots = if param.variadic { "..." } else { "" };
            canonical(&format!("{dots}{}", go.slice(&param.ty)), &names).ok()
        };
        list.iter().map(one).collect()
    };
    let unbound = |list: &[Param]| {
        list.iter().map(|_| bundle::Param { name: None, assignable: false }).collect::<Vec<_>>()
    };
    let mut params = (types(&function.params), unbound(&function.params));
    let mut results = (types(&function.results), unbound(&function.results));
    for bind in &target.placed.rule.binds {
        let (types, named) = if bind.result { &mut results } else { &mut params };
        let fits = |ty: &Option<String>| ty.as_ref() == Some(&bind.canonical);
        let at = if bind.result { types.iter().rposition(fits) } else { types.iter().position(fits) };
        let taken = at.and_then(|at| types.get_mut(at)).is_some_and(|ty| ty.take().is_some());
        match at.and_then(|at| named.get_mut(at)).filter(|_| taken) {
            Some(slot) => {
                *slot = bundle::Param { name: Some(bind.name.clone()), assignable: bind.assignable };
            }
            None => missing.push(bind),
        }
    }
    (params.1, results.1)
}
