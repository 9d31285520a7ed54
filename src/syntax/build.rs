//! Builds the syntax tree from pest's nodes.
//!
//! In: pest's nodes of a whole file. Out: [`ast::File`], or every mistake in it. It reads shapes
//! only: `check` decides whether names fit together.

use std::sync::Arc;

use pest::iterators::Pairs;

use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::version::VersionSet;

use super::ast::{self, Reach, Span, Spanned};
use super::explain::{self, Block};
use super::grammar::{Node, Rule};
use super::intervals;

/// Reads the nodes of a file.
pub(super) fn file(source: &Arc<SourceFile>, nodes: Pairs<'_, Rule>) -> Result<ast::File, Vec<Diagnostic>> {
    let mut builder = TreeBuilder { source, problems: Vec::new() };
    let file = nodes.into_iter().next().and_then(|node| builder.file(&node));
    match file {
        Some(file) if builder.problems.is_empty() => Ok(file),
        _ => Err(builder.problems),
    }
}

/// A reader of nodes that collects their mistakes.
pub(super) struct TreeBuilder<'a> {
    pub(super) source: &'a Arc<SourceFile>,
    pub(super) problems: Vec<Diagnostic>,
}

/// Returns the place of a node.
pub(super) fn span(node: &Node<'_>) -> Span {
    node.as_span().start()..node.as_span().end()
}

/// Returns the first part of this kind.
pub(super) fn part<'a>(node: &Node<'a>, kind: Rule) -> Option<Node<'a>> {
    node.clone().into_inner().find(|part| part.as_rule() == kind)
}

/// Returns a node's text and place.
pub(super) fn text(node: &Node<'_>) -> Spanned<String> {
    Spanned { node: node.as_str().to_owned(), span: span(node) }
}

/// Returns a type's text and place, without spaces around it.
pub(super) fn type_text(node: &Node<'_>) -> Spanned<String> {
    let (start, raw) = (node.as_span().start(), node.as_str());
    let lead = raw.len() - raw.trim_start().len();
    let trimmed = raw.trim();
    Spanned { node: trimmed.to_owned(), span: start + lead..start + lead + trimmed.len() }
}

/// Returns the text between a template's braces.
pub(super) fn template(node: &Node<'_>) -> Option<ast::Template> {
    let node = part(node, Rule::template)?;
    part(&node, Rule::go_text).map(|t| text(&t))
}

/// Returns the name part of a node.
pub(super) fn name(node: &Node<'_>) -> Option<Spanned<String>> {
    part(node, Rule::name).map(|n| text(&n))
}

fn docs(node: &Node<'_>, kind: Rule, mark: &str) -> Vec<Spanned<String>> {
    let lines = node.clone().into_inner().filter(|n| n.as_rule() == kind);
    lines
        .map(|n| Spanned { node: n.as_str().trim_start_matches(mark).trim().to_owned(), span: span(&n) })
        .collect()
}

/// Returns the `///` lines above an item.
pub(super) fn outer_docs(node: &Node<'_>) -> Vec<Spanned<String>> {
    part(node, Rule::docs).map_or_else(Vec::new, |d| docs(&d, Rule::outer_doc, "///"))
}

/// Returns an item's place without its documentation.
pub(super) fn item_span(node: &Node<'_>, keyword: Rule) -> Span {
    let start = part(node, keyword).map_or(node.as_span().start(), |k| k.as_span().start());
    start..node.as_span().end()
}

impl TreeBuilder<'_> {
    fn file(&mut self, node: &Node<'_>) -> Option<ast::File> {
        if let Some(rest) = part(node, Rule::after_plugin) {
            let start = rest.as_span().start();
            let line = rest.as_str().lines().next().unwrap_or_default().trim_end();
            self.problems.push(
                Diagnostic::new(&codes::syntax::TWO_PLUGINS)
                    .at(self.source, start..start + line.len(), "this is outside of the plugin")
                    .help("move it into the plugin, or into a file of its own if it is another plugin"),
            );
        }
        let plugin_node = part(node, Rule::plugin)?;
        let outer = outer_docs(node);
        let plugin = self.plugin(&plugin_node, outer)?;
        Some(ast::File { docs: docs(node, Rule::inner_doc, "//!"), plugin })
    }

    fn plugin(&mut self, node: &Node<'_>, docs: Vec<Spanned<String>>) -> Option<ast::Plugin> {
        let mut plugin = ast::Plugin {
            docs,
            name: name(node)?,
            imports: Vec::new(),
            targets: Vec::new(),
            span: span(node),
        };
        let mut bad = explain::BadItems::new(Block::Plugin);
        for item in node.clone().into_inner() {
            match item.as_rule() {
                Rule::import => plugin.imports.extend(Self::import(&item)),
                Rule::target => plugin.targets.extend(self.target(&item)),
                Rule::bad_item => bad.explain(self.source, &item, &mut self.problems),
                _ => continue,
            }
            bad.after(item.as_rule() == Rule::bad_item);
        }
        Some(plugin)
    }

    fn import(node: &Node<'_>) -> Option<ast::Import> {
        Some(ast::Import {
            alias: part(node, Rule::alias).map(|a| text(&a)),
            path: import_path(node)?,
            span: span(node),
        })
    }

    fn target(&mut self, node: &Node<'_>) -> Option<ast::Target> {
        let (reach, package) = named_package(node)?;
        let versions = match part(node, Rule::versions) {
            Some(versions) => intervals::versions(self.source, &versions, &mut self.problems),
            None => Spanned { node: VersionSet::all(), span: package.span.end..package.span.end },
        };
        let mut target = ast::Target {
            docs: outer_docs(node),
            reach,
            package,
            versions,
            decls: Vec::new(),
            structs: Vec::new(),
            ports: Vec::new(),
            rules: Vec::new(),
            span: item_span(node, Rule::kw_target),
        };
        let mut bad = explain::BadItems::new(Block::Target);
        for item in node.clone().into_inner() {
            match item.as_rule() {
                Rule::decl => target.decls.extend(template(&item)),
                Rule::struct_ext => target.structs.extend(self.struct_ext(&item)),
                Rule::port => target.ports.extend(Self::port(&item)),
                Rule::rule => target.rules.extend(self.rule(&item)),
                Rule::bad_item => bad.explain(self.source, &item, &mut self.problems),
                _ => continue,
            }
            bad.after(item.as_rule() == Rule::bad_item);
        }
        Some(target)
    }

    fn struct_ext(&mut self, node: &Node<'_>) -> Option<ast::StructExt> {
        let mut fields = Vec::new();
        let mut bad = explain::BadItems::new(Block::Struct);
        for item in node.clone().into_inner() {
            match item.as_rule() {
                Rule::field => fields.extend(name_and_type(&item)),
                Rule::bad_item => bad.explain(self.source, &item, &mut self.problems),
                _ => continue,
            }
            bad.after(item.as_rule() == Rule::bad_item);
        }
        Some(ast::StructExt { type_name: name(node)?, fields, span: item_span(node, Rule::kw_struct) })
    }

    fn port(node: &Node<'_>) -> Option<ast::Port> {
        Some(ast::Port {
            name: name(node)?,
            signature: type_text(&part(node, Rule::signature)?),
            body: template(node)?,
            span: item_span(node, Rule::kw_port),
        })
    }
}

/// Reads `name Type` of a field or of a state.
pub(super) fn name_and_type(node: &Node<'_>) -> Option<(Spanned<String>, Spanned<String>)> {
    Some((name(node)?, type_text(&part(node, Rule::line_type)?)))
}

/// Returns the packages that a target names, and the way it names them.
fn named_package(node: &Node<'_>) -> Option<(Reach, Spanned<String>)> {
    if let Some(word) = part(node, Rule::kw_own) {
        return Some((Reach::Own, text(&word)));
    }
    if let Some(pattern) = part(node, Rule::wide_path) {
        return Some((Reach::Pattern, unquoted(&pattern)));
    }
    Some((Reach::Package, import_path(node)?))
}

/// Returns the text between double quotes; the span is that of the quotes.
pub(super) fn unquoted(node: &Node<'_>) -> Spanned<String> {
    let text = node.as_str();
    let inside = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    Spanned { node: inside.to_owned(), span: span(node) }
}

/// Returns the import path of a node.
pub(super) fn import_path(node: &Node<'_>) -> Option<Spanned<String>> {
    let path = part(node, Rule::import_path)?;
    Some(unquoted(&path))
}
