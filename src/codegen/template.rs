//! Templates rendered once for each range of versions in which the result is the same.

use super::{
    FUNC_PLACEHOLDER, LABEL_PLACEHOLDER, NAME_PLACEHOLDER, PACKAGE_PLACEHOLDER, RulePlace,
    VERSION_PLACEHOLDER,
};
use crate::template::{Constant, Pieces, StartPosition};
use crate::version::Version;

/// A text from a version on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The first version it is for; `None`: all below the next.
    pub since: Option<Version>,
    /// Go text.
    pub text: String,
}

/// Why a template cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct TemplateError {
    /// What is wrong.
    pub reason: String,
    /// The byte offset of the mistake.
    pub offset: usize,
}

impl TemplateError {
    /// The same error in a larger text.
    pub(super) fn shifted(mut self, by: usize) -> Self {
        self.offset += by;
        self
    }
}

/// Renders a template in all its variants, lowest first. `check` reports all mistakes; here the first one is the error.
pub fn render_variants(text: &str, at: RulePlace) -> Result<Vec<Rendered>, TemplateError> {
    if !text.contains("{{") {
        return Ok(vec![Rendered { since: None, text: text.to_owned() }]);
    }
    let pieces = Pieces::read(text).map_err(|issues| {
        let first = issues.into_iter().next();
        let (reason, offset) = first.map(|i| (i.kind.to_string(), i.range.start)).unwrap_or_default();
        TemplateError { reason, offset }
    })?;
    let position = at.restore.then_some(StartPosition { line: at.line as usize, column: at.column as usize });
    let mut out: Vec<Rendered> = Vec::new();
    for since in std::iter::once(None).chain(pieces.steps().into_iter().map(Some)) {
        let text = pieces.render(since.as_ref(), position, placeholder);
        if out.last().is_none_or(|last| last.text != text) {
            out.push(Rendered { since, text });
        }
    }
    Ok(out)
}

fn placeholder(constant: Constant) -> &'static str {
    match constant {
        Constant::Version => VERSION_PLACEHOLDER,
        Constant::Package => PACKAGE_PLACEHOLDER,
        Constant::Func => FUNC_PLACEHOLDER,
        Constant::Name => NAME_PLACEHOLDER,
        Constant::Label => LABEL_PLACEHOLDER,
    }
}
