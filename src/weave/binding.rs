//! Values of a function that a template may use, and the names that woven code gives to unnamed
//! ones.

use super::types::ContextHolder;

/// A value of the function that a template may use.
#[derive(Debug, Clone)]
pub(super) struct Binding {
    /// The name in the rule.
    pub name: String,
    /// The expression for it in the function.
    pub access: String,
    /// Its type as the file writes it; for a variadic one, the slice type.
    pub ty: String,
    /// True if a template may assign it.
    pub assignable: bool,
    /// True if it is a result.
    pub result: bool,
    /// The list that gives it a name, if the source has none.
    pub given: Option<SignatureList>,
    /// For a parameter that may hold the context that the rule binds and the function does not
    /// have: the way in which it holds it.
    pub holds: Option<ContextHolder>,
}

/// A list of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignatureList {
    Receiver,
    Params,
    Results,
}

/// The name that woven code gives to a value that has none in the source.
pub(super) fn given_name(slot: SignatureList, index: usize) -> String {
    match slot {
        SignatureList::Receiver => format!("goagent_receiver_{index}"),
        SignatureList::Params => format!("goagent_param_{index}"),
        SignatureList::Results => format!("goagent_result_{index}"),
    }
}
