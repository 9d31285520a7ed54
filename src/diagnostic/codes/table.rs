//! The macro in whose form a table of codes is written.

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
pub(crate) use codes;
