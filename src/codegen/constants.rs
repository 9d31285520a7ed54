//! Names that generated code and templates share.

/// The package that templates call for spans and other telemetry.
pub const AGENT: &str = "goagent/agent";

/// The type of a span as woven code spells it. Its values can be compared.
pub const AGENT_SPAN: &str = "goagent_agent.Span";

/// The names by which an exit looks at the panic that passes through the function.
pub const PANIC_NAMES: [&str; 2] = ["panicking", "panicValue"];

/// The imports that every plugin has.
pub const PREDECLARED: [(&str, &str); 2] = [("agent", AGENT), ("semconv", "goagent/semconv")];

/// The package whose positions and declarations must stay as they are; see the book, "How it
/// works".
pub const RUNTIME: &str = "runtime";

/// Placeholder for the version of the target in rendered text.
pub const VERSION_PLACEHOLDER: &str = "\u{e000}version\u{e000}";

/// Placeholder for the import path of the target in rendered text.
pub const PACKAGE_PLACEHOLDER: &str = "\u{e000}package\u{e000}";

/// Placeholder for the displayed name of the woven function, `(*T).F`, in rendered text.
pub const NAME_PLACEHOLDER: &str = "\u{e000}name\u{e000}";

/// Placeholder for the words after a directive comment, or for the displayed name if there are
/// none, in rendered text.
pub const LABEL_PLACEHOLDER: &str = "\u{e000}label\u{e000}";

/// Placeholder for the name of the woven function in rendered text.
pub const FUNC_PLACEHOLDER: &str = "\u{e000}func\u{e000}";
