//! Checks of a plugin and its targets that need no Go source.
//!
//! In: one parsed file. Out: findings. Rules are looked at in `rule`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::codegen::{FragmentKind, RUNTIME};
use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::syntax::Parsed;
use crate::syntax::ast::{Plugin, Span, Target, Template};

use super::names::{self, Packages};
use super::uses::How;
use super::{fields, forms, ports, rule, template};

/// Checks one file.
pub(super) fn check(parsed: &Parsed, out: &mut Vec<Diagnostic>) {
    let (source, plugin) = (&parsed.source, &parsed.file.plugin);
    name(plugin, source, out);
    let mut packages = Packages::of(plugin, source, out);
    for target in &plugin.targets {
        check_target(target, &mut packages, source, out);
    }
    packages.unused(plugin, source, out);
}

fn name(plugin: &Plugin, source: &Arc<SourceFile>, out: &mut Vec<Diagnostic>) {
    let name = &plugin.name;
    let first = name.node.chars().next().unwrap_or('_');
    let good = name.node.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !good || !first.is_ascii_lowercase() {
        out.push(
            Diagnostic::new(&codes::structure::NAME_NOT_LOWER)
                .with("name", &name.node)
                .at(source, name.span.clone(), "")
                .help("write lower-case letters, digits and `_`, as in `net_http`"),
        );
    }
}

fn check_target(
    target: &Target,
    packages: &mut Packages,
    source: &Arc<SourceFile>,
    out: &mut Vec<Diagnostic>,
) {
    forms::target(target, source, out);
    if let Some(help) = names::bad_path(&target.package.node) {
        out.push(
            Diagnostic::new(&codes::structure::BAD_PACKAGE_PATH)
                .with("path", &target.package.node)
                .at(source, target.package.span.clone(), "")
                .help(help),
        );
    }
    fields::structure(target, packages, source, out);
    ports::structure(target, packages, source, out);
    let mut declared: BTreeMap<String, Span> = BTreeMap::new();
    for port in &target.ports {
        declare(
            BTreeMap::from([(port.name.node.clone(), port.name.span.clone())]),
            &mut declared,
            source,
            out,
        );
    }
    for decl in &target.decls {
        check_decl(target, decl, packages, &mut declared, source, out);
    }
    rule_names(target, source, out);
    for one in &target.rules {
        rule::check(target, one, packages, source, out);
    }
}

fn rule_names(target: &Target, source: &Arc<SourceFile>, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, &Span> = BTreeMap::new();
    for rule in &target.rules {
        match seen.get(rule.name.node.as_str()) {
            Some(first) => out.push(
                Diagnostic::new(&codes::structure::DUPLICATE_RULE)
                    .with("rule", &rule.name.node)
                    .at(source, rule.name.span.clone(), "declared again")
                    .and(source, (*first).clone(), "first declared here")
                    .help("give one of them another name"),
            ),
            None => {
                seen.insert(&rule.name.node, &rule.name.span);
            }
        }
    }
}

fn check_decl(
    target: &Target,
    decl: &Template,
    packages: &mut Packages,
    declared: &mut BTreeMap<String, Span>,
    source: &Arc<SourceFile>,
    out: &mut Vec<Diagnostic>,
) {
    let mut here: BTreeMap<String, Span> = BTreeMap::new();
    for code in template::read(source, decl, FragmentKind::Declarations, "decl", out) {
        for (kind, span) in code.top() {
            if let Some(what) = not_a_declaration(&kind) {
                let end = source.text.get(span.clone()).and_then(|t| t.lines().next()).map_or(1, str::len);
                out.push(
                    Diagnostic::new(&codes::templates::DECL_NOT_DECLARATION)
                        .with("what", what)
                        .at(source, span.start..span.start + end, "")
                        .help(decl_help(&kind)),
                );
            }
        }
        for found in code.uses(&std::collections::BTreeSet::new()) {
            match &found.how {
                How::Qualifier { .. } if packages.has(&found.name) => {
                    packages.mark(&found.name);
                    if target.package.node == RUNTIME {
                        not_below(
                            &found.name,
                            found.range,
                            packages,
                            "a declaration of package runtime",
                            source,
                            out,
                        );
                    }
                }
                How::Declared if found.name != "init" => {
                    here.entry(found.name).or_insert(found.range);
                }
                _ => {}
            }
        }
    }
    declare(here, declared, source, out);
}

/// Adds names to what a target declares.
fn declare(
    here: BTreeMap<String, Span>,
    declared: &mut BTreeMap<String, Span>,
    source: &Arc<SourceFile>,
    out: &mut Vec<Diagnostic>,
) {
    for (name, span) in here {
        match declared.get(&name) {
            Some(first) => out.push(
                Diagnostic::new(&codes::structure::DECL_TWICE)
                    .with("name", &name)
                    .at(source, span, "declared again")
                    .and(source, first.clone(), "first declared here")
                    .help("remove one of them, or give it another name"),
            ),
            None => {
                declared.insert(name, span);
            }
        }
    }
}

/// Says so where the agent is used by code that the agent itself depends on.
pub(super) fn not_below(
    name: &str,
    span: Span,
    packages: &Packages,
    place: &str,
    source: &Arc<SourceFile>,
    out: &mut Vec<Diagnostic>,
) {
    if packages.path(name).is_some_and(|path| path.starts_with("goagent/")) {
        out.push(
            Diagnostic::new(&codes::structure::AGENT_IN_BARE)
                .with("name", name)
                .with("place", place)
                .at(source, span, "")
                .help("keep to the package's own names here, or hook a package above the agent"),
        );
    }
}

fn not_a_declaration(kind: &str) -> Option<&'static str> {
    match kind {
        "function_declaration"
        | "method_declaration"
        | "type_declaration"
        | "const_declaration"
        | "var_declaration"
        | "comment" => None,
        "import_declaration" => Some("import"),
        "package_clause" => Some("package"),
        _ => Some("a statement"),
    }
}

fn decl_help(kind: &str) -> &'static str {
    match kind {
        "import_declaration" => "write `import \"path\"` in the plugin, outside of any target",
        "package_clause" => "leave it out: the code becomes part of the target package",
        _ => "write it in a function",
    }
}
