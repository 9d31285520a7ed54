//! Checks of a plugin and its targets that need no Go source.
//!
//! In: one parsed file. Out: findings. Rules are looked at in `rule`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::codegen::{RUNTIME, share_package};
use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::syntax::Parsed;
use crate::syntax::ast::{Plugin, Rule, Span, Spanned, Target, Template};
use crate::template::{FragmentKind, How};

use super::names::{self, Packages};

use super::super::agent_names::AgentUse;
use super::super::findings::Findings;
use super::misplaced::{not_below, skip_misplaced};
use super::{fields, flow, forms, own_names, ports, recursion, rule, shared, template, versions, words};

/// Checks one file. Returns its uses of the agent's names.
pub(in crate::check) fn check(parsed: &Parsed, findings: &mut Findings) -> Vec<AgentUse> {
    let plugin = &parsed.file.plugin;
    name(plugin, findings);
    let mut packages = Packages::new(plugin, findings);
    let mut before: Vec<(&Target, DeclaredNames)> = Vec::new();
    for target in &plugin.targets {
        let declared = check_target(target, &mut packages, findings);
        for (other, known) in before.iter().filter(|(other, _)| share_package(other, target)) {
            let mut known = known.clone();
            declare(declared.clone(), &mut known, findings);
            shared_rules(other, target, findings);
        }
        before.push((target, declared));
    }
    packages.unused(plugin, findings);
    own_names::check(plugin, findings);
    recursion::check(plugin, &packages, findings);
    unused(plugin, &packages, findings);
    shared::check(plugin, &packages, findings);
    without_rules(plugin, findings);
    packages.into_agent_uses()
}

/// Reports ports that are never called, and fields that nothing mentions.
fn unused(plugin: &Plugin, packages: &Packages, findings: &mut Findings) {
    let decls = plugin.targets.iter().flat_map(|target| &target.decls);
    let bodies = plugin.targets.iter().flat_map(|target| &target.ports).map(|port| &port.body);
    let rules = plugin.targets.iter().flat_map(|target| &target.rules).flat_map(rule::templates);
    let texts: Vec<&str> = decls.chain(bodies).chain(rules).map(|template| template.node.as_str()).collect();
    for target in &plugin.targets {
        for port in target.ports.iter().filter(|port| !packages.is_used(&port.name.node)) {
            findings.push(
                Diagnostic::new(&codes::unneeded::PORT_UNUSED)
                    .with("name", &port.name.node)
                    .at(findings.file(), port.name.span.clone(), "")
                    .help("call it in a template or in `decl`, or remove it"),
            );
        }
        for (item, (field, _)) in target.structs.iter().flat_map(|s| s.fields.iter().map(move |f| (s, f))) {
            if !texts.iter().any(|text| text.contains(&field.node)) {
                findings.push(
                    Diagnostic::new(&codes::unneeded::FIELD_UNUSED)
                        .with("name", &field.node)
                        .with("type", &item.type_name.node)
                        .at(findings.file(), field.span.clone(), "")
                        .help("use it in a template, or remove it"),
                );
            }
        }
    }
}

/// A plugin whose targets do nothing, or one of them.
fn without_rules(plugin: &Plugin, findings: &mut Findings) {
    let mut found = |what: String, span: &Span| {
        let found = Diagnostic::new(&codes::structure::NO_RULES).with("what", what);
        findings
            .push(found.at(findings.file(), span.clone(), "").help("add `rule NAME { … }`, or remove it"));
    };
    if !plugin.targets.is_empty() && plugin.targets.iter().all(|target| target.rules.is_empty()) {
        return found(format!("plugin `{}`", plugin.name.node), &plugin.name.span);
    }
    for target in &plugin.targets {
        let adds = !(target.decls.is_empty() && target.structs.is_empty() && target.ports.is_empty());
        if target.rules.is_empty() && !adds {
            found(format!("target {}", target.package.node), &target.package.span);
        }
    }
}

fn name(plugin: &Plugin, findings: &mut Findings) {
    let name = &plugin.name;
    let first = name.node.chars().next().unwrap_or('_');
    let good = name.node.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let ends = name.node.contains("__") || name.node.ends_with('_'); // see `codegen::private_name`
    if !good || ends || !first.is_ascii_lowercase() {
        findings.push(
            Diagnostic::new(&codes::structure::NAME_NOT_LOWER)
                .with("name", &name.node)
                .at(findings.file(), name.span.clone(), "")
                .help(if good && ends {
                    "write single `_`, between letters or digits, as in `net_http`"
                } else {
                    "write lower-case letters, digits and `_`, as in `net_http`"
                }),
        );
    }
}

/// The names that a target declares, with their places.
type DeclaredNames = BTreeMap<String, Span>;

/// Two rules of one name in targets that share a package, for the same versions.
fn shared_rules(first: &Target, second: &Target, findings: &mut Findings) {
    for rule in &second.rules {
        let own = |target: &Target, rule: &Rule| {
            rule.versions.as_ref().map_or_else(|| target.versions.node.clone(), |own| own.node.clone())
        };
        let other = first
            .rules
            .iter()
            .find(|other| other.name.node == rule.name.node && own(first, other).meets(&own(second, rule)));
        if let Some(other) = other {
            findings.push(rule_twice(&rule.name, &other.name.span, findings.file()));
        }
    }
}

fn rule_twice(name: &Spanned<String>, first: &Span, source: &Arc<SourceFile>) -> Diagnostic {
    Diagnostic::new(&codes::structure::DUPLICATE_RULE)
        .with("rule", &name.node)
        .at(source, name.span.clone(), "declared again")
        .and(source, first.clone(), "first declared here")
        .help("give one of them another name")
}

fn check_target(target: &Target, packages: &mut Packages, findings: &mut Findings) -> DeclaredNames {
    forms::target(target, findings);
    versions::target(target, findings);
    if let Some(help) = names::bad_path(&target.package.node) {
        findings.push(
            Diagnostic::new(&codes::structure::BAD_PACKAGE_PATH)
                .with("path", &target.package.node)
                .at(findings.file(), target.package.span.clone(), "")
                .help(help),
        );
    }
    fields::structure(target, packages, findings);
    ports::structure(target, packages, findings);
    let mut declared = DeclaredNames::new();
    for port in &target.ports {
        findings.extend(not_declarable(&port.name.node, &port.name.span, packages, findings.file()));
        declare(BTreeMap::from([(port.name.node.clone(), port.name.span.clone())]), &mut declared, findings);
    }
    for decl in &target.decls {
        check_decl(target, decl, packages, &mut declared, findings);
    }
    rule_names(target, findings);
    for one in &target.rules {
        rule::check(target, one, packages, findings);
    }
    declared
}

/// Rejects a name in `decl` that is predeclared in Go, belongs to generated code, or is the name of
/// an import.
fn not_declarable(
    name: &str,
    span: &Span,
    packages: &Packages,
    source: &Arc<SourceFile>,
) -> Option<Diagnostic> {
    let why = if words::is_predeclared(name) {
        "a name that Go itself declares"
    } else if name.starts_with(words::GENERATED) {
        "a name of generated code"
    } else if packages.has(name) {
        "the name of an import"
    } else {
        return None;
    };
    let other = words::unlikely(name.strip_prefix(words::GENERATED).unwrap_or(name));
    let found = Diagnostic::new(&codes::structure::DECL_NAME).with("name", name).with("why", why);
    Some(found.at(source, span.clone(), "").help(format!("write another name, such as `{other}`")))
}

fn rule_names(target: &Target, findings: &mut Findings) {
    let mut seen: BTreeMap<&str, &Span> = BTreeMap::new();
    for rule in &target.rules {
        match seen.get(rule.name.node.as_str()) {
            Some(first) => findings.push(rule_twice(&rule.name, first, findings.file())),
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
    declared: &mut DeclaredNames,
    findings: &mut Findings,
) {
    let mut here = DeclaredNames::new();
    let mut skips: Vec<Span> = Vec::new();
    if target.is_known() {
        flow::since_blocks(decl, [&target.versions.node; 2], findings);
    }
    for code in template::read(decl, FragmentKind::Declarations, "decl", findings) {
        packages.note_methods(&code);
        if target.package.node == RUNTIME {
            findings.extend(seen_by_all(&code.top(), findings.file()));
        }
        for (kind, span) in code.top() {
            if let Some(what) = not_a_declaration(&kind) {
                let end =
                    findings.file().text.get(span.clone()).and_then(|t| t.lines().next()).map_or(1, str::len);
                findings.push(
                    Diagnostic::new(&codes::templates::DECL_NOT_DECLARATION)
                        .with("what", what)
                        .at(findings.file(), span.start..span.start + end, "")
                        .help(decl_help(&kind)),
                );
            }
        }
        for found in code.uses(&std::collections::BTreeSet::new()) {
            if found.how != How::Declared {
                packages.note(&found, &[]);
            }
            match &found.how {
                How::Qualifier { .. } if packages.has(&found.name) && target.package.node == RUNTIME => {
                    let place = "a declaration of package runtime";
                    not_below(&found.name, found.range, packages, place, findings);
                }
                How::Declared if found.name != "init" => {
                    here.entry(found.name).or_insert(found.range);
                }
                How::Skip { .. } => skips.push(found.range),
                _ => {}
            }
        }
    }
    skips.dedup();
    let file = Arc::clone(findings.file());
    findings.extend(skips.into_iter().map(|span| skip_misplaced("in `decl`", span, &file)));
    findings.extend(here.iter().filter_map(|(name, span)| not_declarable(name, span, packages, &file)));
    declare(here, declared, findings);
}

/// Reports a declaration in package runtime without a `//go:linkname`: every other package would
/// see it.
fn seen_by_all(top: &[(String, Span)], source: &Arc<SourceFile>) -> Option<Diagnostic> {
    let mut linknamed = false;
    for (kind, span) in top {
        let text = source.text.get(span.clone()).unwrap_or_default();
        if kind == "comment" {
            linknamed |= text.starts_with("//go:linkname ");
            continue;
        }
        if !linknamed || kind != "function_declaration" {
            let end = span.start + text.lines().next().map_or(0, str::len);
            return Some(
                Diagnostic::new(&codes::structure::RUNTIME_HOOK)
                    .with("item", "decl` without `//go:linkname")
                    .at(source, span.start..end, "")
                    .help("declare functions only, each with a line such as `//go:linkname goagentName` above it"),
            );
        }
        linknamed = false;
    }
    None
}

/// Adds names to what a target declares.
fn declare(here: DeclaredNames, declared: &mut DeclaredNames, findings: &mut Findings) {
    for (name, span) in here {
        match declared.get(&name) {
            Some(first) => findings.push(
                Diagnostic::new(&codes::structure::DECL_TWICE)
                    .with("name", &name)
                    .at(findings.file(), span, "declared again")
                    .and(findings.file(), first.clone(), "first declared here")
                    .help("remove one of them, or give it another name"),
            ),
            None => {
                declared.insert(name, span);
            }
        }
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
