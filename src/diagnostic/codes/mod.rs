//! The tables of codes, one for each phase.
//!
//! In: nothing. Out: entries for the registry. A message is lower case without a final full stop; what an author should
//! write instead depends on the case and is said where the mistake is found.

pub mod config;
pub mod forms;
pub mod functions;
pub mod packages;
pub mod structure;
pub mod syntax;
pub mod templates;
pub mod types;

use super::Entry;

/// All tables, in the order of their codes.
pub(super) const TABLES: [&[&Entry]; 8] = [
    syntax::TABLE,
    structure::TABLE,
    forms::TABLE,
    templates::TABLE,
    packages::TABLE,
    functions::TABLE,
    types::TABLE,
    config::TABLE,
];

/// Declares the entries of one table and the table.
macro_rules! codes {
    ($($name:ident = $code:literal, $severity:ident, $message:literal, $explanation:literal, $remedy:literal;)*) => {
        $(
            #[doc = $explanation]
            pub static $name: $crate::diagnostic::Entry = $crate::diagnostic::Entry {
                code: $code,
                severity: $crate::diagnostic::Severity::$severity,
                message: $message,
                explanation: $explanation,
                remedy: $remedy,
            };
        )*
        /// The entries of this phase.
        pub(super) const TABLE: &[&$crate::diagnostic::Entry] = &[$(&$name),*];
    };
}
use codes;
