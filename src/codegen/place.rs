//! The place of a text in a `.gorule` file.

use super::RUNTIME;
use crate::source::line_column;
use crate::syntax::ast::Template;
use crate::template::FragmentKind;

/// The place of a text in the `.gorule` file.
#[derive(Debug, Clone, Copy)]
pub struct RulePlace {
    /// 1-based line of its first byte.
    pub line: u32,
    /// 1-based byte column of its first byte.
    pub column: u32,
    /// True if `/*line*/` comments restore positions: not in text that is put into a function's
    /// body, nor in package runtime.
    pub restore: bool,
}

impl RulePlace {
    /// The place of a template. `text` is the file, `package` the package of the template's target.
    pub(super) fn of_template(text: &str, template: &Template, kind: FragmentKind, package: &str) -> Self {
        let inside = matches!(kind, FragmentKind::Expression | FragmentKind::Inline);
        Self::of_offset(text, template.span.start, !inside && package != RUNTIME)
    }

    /// The place of an offset in a file.
    pub(super) fn of_offset(text: &str, offset: usize, restore: bool) -> Self {
        let (line, column) = line_column(text, offset);
        Self { line: small(line), column: small(column), restore }
    }
}

/// The beginning of a comment that restores a position.
pub(super) const MARK: &str = "/*line :";

/// A line without the comment that restores its position, if it has one.
pub(super) fn unmarked(line: &str) -> &str {
    let line = line.trim_start();
    line.strip_prefix(MARK).and_then(|rest| rest.split_once("*/")).map_or(line, |(_, rest)| rest)
}

/// A line or column as the bundle stores it.
pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
