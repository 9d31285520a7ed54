//! Handlebars in templates: rendered once for each range of versions in which the result is the same.

use std::collections::BTreeSet;

use handlebars::{Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, Renderable};

use super::{
    FUNC_PLACEHOLDER, LABEL_PLACEHOLDER, NAME_PLACEHOLDER, PACKAGE_PLACEHOLDER, Place, VERSION_PLACEHOLDER,
    marks,
};
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
    /// A byte offset at or before the mistake.
    pub offset: usize,
}

impl TemplateError {
    /// The same error in a larger text.
    pub(super) fn shifted(mut self, by: usize) -> Self {
        self.offset += by;
        self
    }
}

/// Whether a text has anything for handlebars to do.
fn is_plain(text: &str) -> bool {
    !text.contains("{{")
}

/// Renders a template in all its variants, lowest first.
pub fn render_variants(text: &str, at: Place) -> Result<Vec<Rendered>, TemplateError> {
    if is_plain(text) {
        return Ok(vec![Rendered { since: None, text: text.to_owned() }]);
    }
    let marked = if at.restore { marks::mark(text, at) } else { text.to_owned() };
    let steps = breakpoints(text)?;
    let mut out: Vec<Rendered> = Vec::new();
    for since in std::iter::once(None).chain(steps.into_iter().map(Some)) {
        let rendered = render(&marked, since.as_ref()).map_err(|error| described(text, &error))?;
        if out.last().is_none_or(|last| last.text != rendered) {
            out.push(Rendered { since, text: rendered });
        }
    }
    Ok(out)
}

fn render(text: &str, at: Option<&Version>) -> Result<String, handlebars::RenderError> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_escape_fn(handlebars::no_escape);
    engine.register_helper("since", Box::new(Since(at.cloned())));
    let data = serde_json::json!({
        "version": VERSION_PLACEHOLDER,
        "func": FUNC_PLACEHOLDER,
        "package": PACKAGE_PLACEHOLDER,
        "name": NAME_PLACEHOLDER,
        "label": LABEL_PLACEHOLDER,
    });
    engine.render_template(text, &data)
}

/// `{{#since "1.9.0"}}…{{else}}…{{/since}}`.
struct Since(Option<Version>);

impl HelperDef for Since {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let wanted = helper.param(0).and_then(|p| p.value().as_str()).and_then(Version::parse);
        let holds = matches!((&wanted, &self.0), (Some(wanted), Some(at)) if at >= wanted);
        let block = if holds { helper.template() } else { helper.inverse() };
        block.map_or(Ok(()), |template| template.render(registry, context, render, out))
    }
}

/// The versions named by `{{#since "…"}}`, lowest first.
fn breakpoints(text: &str) -> Result<BTreeSet<Version>, TemplateError> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("{{") {
        let inner = text.get(at + "{{".len()..).unwrap_or_default().split("}}").next().unwrap_or_default();
        let Some(argument) = inner.trim().strip_prefix("#since") else { continue };
        let argument = argument.trim();
        let unquoted = argument.strip_prefix('"').and_then(|a| a.strip_suffix('"'));
        let version = unquoted.and_then(Version::parse).ok_or_else(|| TemplateError {
            reason: format!(
                "`since` takes one version in quotes, as in {{{{#since \"1.9.0\"}}}}, not `{argument}`"
            ),
            offset: at,
        })?;
        found.insert(version);
    }
    Ok(found)
}

fn described(text: &str, error: &handlebars::RenderError) -> TemplateError {
    let offset = text.find("{{").unwrap_or(0);
    let reason = match error.reason() {
        handlebars::RenderErrorReason::TemplateError(inner) => inner.reason().to_string(),
        handlebars::RenderErrorReason::MissingVariable(Some(name)) => {
            format!("no constant is called `{name}`")
        }
        handlebars::RenderErrorReason::HelperNotFound(name) => format!("no helper is called `{name}`"),
        other => other.to_string(),
    };
    TemplateError { reason, offset }
}
