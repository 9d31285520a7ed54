//! Words that have a meaning in Go or in the rule language.
//!
//! In: a word. Out: its meaning. Language specifications fix these; they are no facts about
//! packages.

/// Go's other predeclared names.
const VALUES: [&str; 22] = [
    "append", "cap", "clear", "close", "complex", "copy", "delete", "false", "imag", "iota", "len", "make",
    "max", "min", "new", "nil", "panic", "print", "println", "real", "recover", "true",
];

/// Names that have a meaning of their own in templates.
const TEMPLATE: [&str; 3] = ["panicking", "panicValue", "skip"];

/// The prefix of generated names.
pub const GENERATED: &str = "goagent_";

pub use crate::source::{is_keyword, is_predeclared_type};

pub fn is_predeclared(word: &str) -> bool {
    is_predeclared_type(word) || VALUES.contains(&word)
}

/// A name that a package will hardly have: `goagentName`.
pub fn unlikely(name: &str) -> String {
    let mut chars = name.chars();
    let capital: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
    format!("goagent{capital}")
}

/// The reason for which a rule may not bind this name, if there is one.
pub fn reserved(word: &str) -> Option<&'static str> {
    if is_keyword(word) {
        Some("a keyword of Go")
    } else if TEMPLATE.contains(&word) {
        Some("a word of templates")
    } else if crate::codegen::PREDECLARED.iter().any(|(name, _)| *name == word) {
        Some("a package that every template has")
    } else if word.starts_with(GENERATED) {
        Some("a name of generated code")
    } else {
        None
    }
}
