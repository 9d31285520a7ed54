//! The result of compiling templates, as the commands report it.

use super::attempts::Attempt;
use crate::diagnostic::Diagnostic;

/// The result of compiling templates.
#[derive(Debug, Default)]
pub struct Compilation {
    /// The templates that do not compile, or could not be compiled.
    pub findings: Vec<Diagnostic>,
    /// The builds of packages that rules name.
    pub(in crate::author) attempts: Vec<Attempt>,
    /// The versions with which programs for rules for many packages were compiled.
    pub programs: Vec<String>,
}
