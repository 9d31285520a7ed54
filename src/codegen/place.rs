//! The place of a text in a rule file.

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
    /// Whether `/*line*/` comments restore positions: not in text that is put inside a function's body, nor in runtime.
    pub restore: bool,
}

impl RulePlace {
    /// The place of a template. `text` is the file, `package` the one that the template is for.
    pub(super) fn of_template(text: &str, template: &Template, kind: FragmentKind, package: &str) -> Self {
        let inside = matches!(kind, FragmentKind::Expression | FragmentKind::Inline);
        Self::of_offset(text, template.span.start, !inside && package != RUNTIME)
    }

    /// The place of an offset into a file.
    pub(super) fn of_offset(text: &str, offset: usize, restore: bool) -> Self {
        let (line, column) = line_column(text, offset);
        Self { line: small(line), column: small(column), restore }
    }
}

/// How a comment that restores a position begins.
pub(super) const MARK: &str = "/*line :";

/// A line without the comment that restores its position.
pub(super) fn unmarked(line: &str) -> &str {
    let line = line.trim_start();
    line.strip_prefix(MARK).and_then(|rest| rest.split_once("*/")).map_or(line, |(_, rest)| rest)
}

/// A line or column as the bundle holds it.
pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
