//! The place of a text in a rule file.

/// The place of a text in the `.gorule` file.
#[derive(Debug, Clone, Copy)]
pub struct RulePlace {
    /// 1-based line of its first byte.
    pub line: u32,
    /// 1-based byte column of its first byte.
    pub column: u32,
    /// Whether `/*line*/` comments restore positions: not in text that is put inside a function's body, nor in runtime.
    pub restore: bool,
}
