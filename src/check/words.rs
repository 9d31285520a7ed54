//! Words that Go, or the rule language, has given a meaning.
//!
//! In: a word. Out: what it is. These are fixed by the language specification, not facts about packages.

/// Go's keywords.
const KEYWORDS: [&str; 25] = [
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

/// Go's predeclared types.
const TYPES: [&str; 22] = [
    "any",
    "bool",
    "byte",
    "comparable",
    "complex64",
    "complex128",
    "error",
    "float32",
    "float64",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "rune",
    "string",
    "uint",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "uintptr",
];

/// Go's other predeclared names.
const VALUES: [&str; 22] = [
    "append", "cap", "clear", "close", "complex", "copy", "delete", "false", "imag", "iota", "len", "make",
    "max", "min", "new", "nil", "panic", "print", "println", "real", "recover", "true",
];

/// Names that have a meaning of their own in templates.
const TEMPLATE: [&str; 3] = ["panicking", "panicValue", "skip"];

/// What generated names begin with.
pub const GENERATED: &str = "goagent_";

pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

pub fn is_predeclared_type(word: &str) -> bool {
    TYPES.contains(&word)
}

pub fn is_predeclared(word: &str) -> bool {
    is_predeclared_type(word) || VALUES.contains(&word)
}

/// Why a rule may not give this name to something, if it may not.
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
