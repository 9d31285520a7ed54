//! Replaces the constants of templates that only weaving knows: the version, the package, the
//! function.
//!
//! In: rendered text with placeholders. Out: the text with the values. The placeholders are in
//! strings; `codegen` has put a position after each, so that the length of a value moves nothing.

use super::options::WeaveOptions;
use crate::bundle::{Functions, Rule};
use crate::codegen::{
    FUNC_PLACEHOLDER, LABEL_PLACEHOLDER, NAME_PLACEHOLDER, PACKAGE_PLACEHOLDER, VERSION_PLACEHOLDER,
};
use crate::source::Function;

/// Replaces the constants that are the same for a whole package.
pub(super) fn of_package(text: &str, options: &WeaveOptions<'_>) -> String {
    let version = options.version.map(ToString::to_string).unwrap_or_default();
    text.replace(VERSION_PLACEHOLDER, &version).replace(PACKAGE_PLACEHOLDER, options.package)
}

/// Replaces those that differ from function to function too.
pub(super) fn of_function(
    text: &str,
    rule: &Rule,
    function: &Function,
    options: &WeaveOptions<'_>,
) -> String {
    let label = || match &rule.functions {
        Functions::Marked(mark) => function.mark(mark).filter(|words| !words.is_empty()).map(str::to_owned),
        _ => None,
    };
    of_package(text, options)
        .replace(FUNC_PLACEHOLDER, &function.name)
        .replace(NAME_PLACEHOLDER, &function.display())
        .replace(LABEL_PLACEHOLDER, &inside_string(&label().unwrap_or_else(|| function.display())))
}

/// Replaces the same constants for the call of a function in another one.
pub(super) fn of_call(text: &str, callee: &str, owner: &str, options: &WeaveOptions<'_>) -> String {
    of_package(text, options)
        .replace(FUNC_PLACEHOLDER, callee)
        .replace(NAME_PLACEHOLDER, owner)
        .replace(LABEL_PLACEHOLDER, owner)
}

/// Text that may be between the quotes of any Go string; between backticks its escapes remain
/// visible.
fn inside_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\x22"),
            '\'' => out.push_str("\\x27"),
            '\\' => out.push_str("\\x5c"),
            '`' => out.push_str("\\x60"),
            control if control.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::inside_string;

    #[test]
    fn a_label_ends_no_string() {
        assert_eq!(inside_string("check out"), "check out");
        assert_eq!(inside_string("\"a\\`\u{7}'é"), "\\x22a\\x5c\\x60\\x27é");
    }
}
