//! Renders templates, once for each range of versions in which the result is the same.

use std::collections::BTreeMap;

use super::{
    FUNC_PLACEHOLDER, LABEL_PLACEHOLDER, NAME_PLACEHOLDER, PACKAGE_PLACEHOLDER, RulePlace,
    VERSION_PLACEHOLDER,
};
use crate::syntax::ast::{Plugin, Template};
use crate::template::{Constant, FragmentKind, Framed, Pieces, StartPosition};
use crate::version::Version;

/// A text for the versions from one on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The first version that it applies to; `None`: all below the next variant's.
    pub since: Option<Version>,
    /// Go text.
    pub text: String,
}

/// The reason for which a template cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct TemplateError {
    /// A description of the mistake.
    pub reason: String,
    /// The byte offset of the mistake.
    pub offset: usize,
}

impl TemplateError {
    /// The same error at its offset in a larger text.
    pub(super) fn shifted(mut self, by: usize) -> Self {
        self.offset += by;
        self
    }
}

/// Renders a template in all its variants, lowest version first. `check` reports all mistakes; here
/// the first one is the error.
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

/// A parsed variant of a template.
pub(super) struct ReadVariant {
    /// The first version that it applies to; `None`: all below the next variant's.
    pub(super) since: Option<Version>,
    /// Go text.
    pub(super) text: Framed,
}

/// The templates of a plugin by their offsets, each rendered and parsed once.
pub(super) struct ReadTemplates(BTreeMap<usize, Result<Vec<ReadVariant>, TemplateError>>);

impl ReadTemplates {
    /// Reads all templates of a plugin. `text` is the file that it was read from.
    pub(super) fn new(plugin: &Plugin, text: &str) -> Self {
        let mut all = BTreeMap::new();
        for target in &plugin.targets {
            let decls = target.decls.iter().map(|decl| (decl, FragmentKind::Declarations));
            let rules = target.rules.iter().flat_map(|rule| {
                let hooks = rule.enter.iter().chain(&rule.exit);
                let anchors = rule.anchors.iter();
                let anchors = anchors.map(|one| (&one.template, FragmentKind::of_anchor(one.kind)));
                hooks.map(|hook| (hook, FragmentKind::Statements)).chain(anchors)
            });
            for (template, kind) in decls.chain(rules) {
                let at = RulePlace::of_template(text, template, kind, &target.package.node);
                all.insert(template.span.start, read(template, kind, at));
            }
        }
        Self(all)
    }

    /// The variants of a template; empty for a template of another plugin.
    pub(super) fn variants(&self, template: &Template) -> Result<&[ReadVariant], TemplateError> {
        match self.0.get(&template.span.start) {
            Some(Ok(variants)) => Ok(variants),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(&[]),
        }
    }
}

fn read(template: &Template, kind: FragmentKind, at: RulePlace) -> Result<Vec<ReadVariant>, TemplateError> {
    let rendered = render_variants(&template.node, at).map_err(|e| e.shifted(template.span.start))?;
    let parsed = |Rendered { since, text }| ReadVariant { since, text: Framed::parse(&text, kind) };
    Ok(rendered.into_iter().map(parsed).collect())
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
