//! The panic that passes through a function, for the exit of a rule.
//!
//! In: a rule and its exit. Out: the Go text by which an exit helper gets the panic, or hands it to
//! the spans in the rule's state. Where the depth of panics is noted is up to the callers.

use std::fmt::Write as _;

use super::options::mentions;
use crate::bundle::{Fragment, Rule, StateVar};
use crate::codegen::PANIC_NAMES;

/// The uses that an exit has for a panic.
pub(super) struct Panics<'a> {
    /// True if its template looks at the panic.
    named: bool,
    /// The spans that the panic is handed to before the template runs.
    spans: Vec<&'a StateVar>,
}

impl<'a> Panics<'a> {
    /// The uses of one exit of a rule; `None`: the rule has no exit.
    pub fn new(rule: &'a Rule, exit: Option<&Fragment>) -> Self {
        let is_there = exit.is_some() && rule.enter.is_some();
        Self {
            named: PANIC_NAMES.iter().any(|name| mentions(exit, name)),
            spans: rule.state.iter().filter(|var| is_there && var.takes_panic).collect(),
        }
    }

    /// Returns true if the exit helper needs the panic.
    pub fn are_needed(&self) -> bool {
        self.named || !self.spans.is_empty()
    }

    /// Returns true if this state is a span that the panic is handed to.
    pub fn handed_to(&self, var: &StateVar) -> bool {
        self.spans.iter().any(|span| span.name == var.name)
    }

    /// The beginning of an exit helper that is given the depth at which its function began.
    pub fn of_function(&self) -> String {
        const READ: &str = "goagent_agent.Panicking(goagent_depth); ";
        if self.named {
            return format!("panicking, panicValue := {READ}_, _ = panicking, panicValue; ");
        }
        format!("if goagent_panics, goagent_panic := {READ}goagent_panics {{ {}}}; ", self.handed())
    }

    /// The beginning of an exit helper that is given the panic itself.
    pub fn of_call(&self) -> String {
        if self.spans.is_empty() {
            return String::new();
        }
        format!("if goagent_panics {{ {}}}; ", self.handed())
    }

    /// The parameters of a helper that is given the panic itself.
    pub fn params(&self) -> &'static str {
        if self.named {
            "panicking bool, panicValue interface{}"
        } else {
            "goagent_panics bool, goagent_panic interface{}"
        }
    }

    fn handed(&self) -> String {
        self.spans.iter().fold(String::new(), |mut out, span| {
            let _ = write!(out, "{}.SetPanic(goagent_panic); ", span.name);
            out
        })
    }
}
