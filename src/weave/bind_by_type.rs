//! Finds the parameters and results that a rule binds by their type.
//!
//! In: a function of any shape. Out: for each of its parameters and results the name that the rule
//! gives it, if any; the binds for which the function has no value; and, if it has no context, the
//! parameters that may hold one.

use std::fmt::Write as _;

use super::binding::Binding;
use super::locate::FunctionMatch;
use super::types::{CONTEXT, ContextHolder, Types};
use crate::bundle::{self, Bind};
use crate::source::{GoFile, GoParam};

/// The values that a rule binds by type in a function.
pub(super) struct TypeBindings<'a> {
    /// The parameters, as a rule that names its functions would have them.
    pub params: Vec<bundle::Param>,
    /// The results, likewise.
    pub results: Vec<bundle::Param>,
    /// The binds for which the function has no value.
    pub missing: Vec<&'a Bind>,
    /// If it has no context: the parameters that may hold one, by position.
    pub holders: Vec<(usize, ContextHolder)>,
}

/// Each bind takes the first parameter, or the last result, of exactly its type that no bind before
/// it has taken.
pub(super) fn by_type<'a>(go: &GoFile, target: &FunctionMatch<'a>, types: &Types<'_>) -> TypeBindings<'a> {
    let function = target.function;
    let binds = &target.placed.rule.binds;
    let spelt = |list: &[GoParam]| -> Vec<Option<String>> {
        list.iter().map(|param| types.spell(go, function, param, binds)).collect()
    };
    let unbound = |list: &[GoParam]| {
        list.iter().map(|_| bundle::Param { name: None, assignable: false }).collect::<Vec<_>>()
    };
    let mut params = (spelt(&function.params), unbound(&function.params));
    let mut results = (spelt(&function.results), unbound(&function.results));
    let mut missing = Vec::new();
    for bind in binds {
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
    let mut holders = Vec::new();
    if missing.iter().any(|bind| is_context(bind)) {
        for (at, (spelling, param)) in params.0.iter().zip(&function.params).enumerate() {
            let holds = spelling.as_ref().and_then(|spelling| types.holds(go, function, param, spelling));
            holders.extend(holds.map(|holds| (at, holds)));
        }
    }
    TypeBindings { params: params.1, results: results.1, missing, holders }
}

/// Returns true if the bind is for a context. If there is none, a parameter that may hold one takes
/// its place.
pub(super) fn is_context(bind: &Bind) -> bool {
    !bind.result && bind.canonical == CONTEXT
}

/// Go text that looks for a context in the parameters that may hold one; the first that holds one
/// is taken.
pub(super) fn look_for(bind: &Bind, bindings: &[Binding]) -> String {
    let (name, ty) = (&bind.name, &bind.ty.text);
    let holders = bindings.iter().filter_map(|b| Some((&b.name, b.holds?)));
    holders.fold(String::new(), |mut out, (holder, holds)| {
        // The result of the first conversion stays on the stack: nothing is allocated if there is
        // no context.
        let _ = match holds {
            ContextHolder::Request => write!(
                out,
                "if {name} == nil && {holder} != nil {{ {name} = goagent_agent.Held({holder}.Context()) }}; "
            ),
            ContextHolder::Perhaps => write!(
                out,
                "if {name} == nil {{ if _, goagent_ok := interface{{}}({holder}).({ty}); goagent_ok \
                 {{ {name} = goagent_agent.Held(interface{{}}({holder}).({ty})) }} }}; "
            ),
        };
        out
    })
}
