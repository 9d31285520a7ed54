//! The result of compiling templates.

use super::attempts::Attempt;
use crate::diagnostic::Diagnostic;

/// What compiling the templates gave.
#[derive(Debug, Default)]
pub struct Compilation {
    /// What does not compile, or could not be compiled.
    pub findings: Vec<Diagnostic>,
    /// The builds of packages that rules name.
    pub(in crate::author) attempts: Vec<Attempt>,
    /// The programs with functions for rules for many packages: what they were compiled with.
    pub programs: Vec<String>,
}
