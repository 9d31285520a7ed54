//! What only weaving knows of the constants in templates: the version, the package, the function.
//!
//! In: rendered text with placeholders. Out: the text with Go-quoted values. They stand in strings; `codegen` has put a
//! position behind each, so that their length moves nothing.

use super::options::WeaveOptions;
use crate::bundle::{Functions, Rule};
use crate::codegen::{
    FUNC_PLACEHOLDER, LABEL_PLACEHOLDER, NAME_PLACEHOLDER, PACKAGE_PLACEHOLDER, VERSION_PLACEHOLDER,
};
use crate::source::Function;

/// What is the same for a whole package.
pub(super) fn of_package(text: &str, options: &WeaveOptions<'_>) -> String {
    let version = options.version.map(ToString::to_string).unwrap_or_default();
    text.replace(VERSION_PLACEHOLDER, &version).replace(PACKAGE_PLACEHOLDER, options.package)
}

/// What differs from function to function too.
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

/// The same for the call of a function in another one.
pub(super) fn of_call(text: &str, callee: &str, owner: &str, options: &WeaveOptions<'_>) -> String {
    of_package(text, options)
        .replace(FUNC_PLACEHOLDER, callee)
        .replace(NAME_PLACEHOLDER, owner)
        .replace(LABEL_PLACEHOLDER, owner)
}

/// Text that may stand between the quotes of any Go string; between back quotes its escapes are seen.
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
