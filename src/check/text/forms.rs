//! Items that only some forms of targets and rules may have.
//!
//! In: a target or one of its rules. Out: diagnostics. The forms are targets for one package or for
//! many, and rules that name their functions or select them.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Help, SourceFile, codes};
use crate::syntax::ast::{Reach, Rule, Selector, SelectorKind, Span, Spanned, Target, Template};
use crate::template::Pieces;

use super::super::findings::Findings;

use super::names::bad_path;

/// Reports items that a target for many packages may not have.
pub(in crate::check) fn target(target: &Target, findings: &mut Findings) {
    if target.is_known() {
        return;
    }
    let name = match target.reach {
        Reach::Own => "the build's own packages",
        _ => "a pattern of packages",
    };
    let file = Arc::clone(findings.file());
    let versions = |item: &str, span: &Span| {
        Diagnostic::new(&codes::forms::WIDE_VERSIONS)
            .with("item", item)
            .with("target", name)
            .at(&file, span.clone(), "")
            .help("leave it out; `go [1.22, )` in a rule is the version of the toolchain")
    };
    if !target.versions.span.is_empty() {
        let text = findings.file().text.get(target.versions.span.clone()).unwrap_or_default();
        findings.push(versions(text.trim_end(), &target.versions.span));
    }
    for template in target.rules.iter().flat_map(templates).chain(&target.decls) {
        for (word, place) in Pieces::read(&template.node).iter().flat_map(Pieces::of_versions) {
            let start = template.span.start;
            let found = versions(word, &(start + place.start..start + place.end));
            findings.push(found.help("leave it out: these packages have no version"));
        }
    }
    for rule in &target.rules {
        if let Some(own) = &rule.versions {
            findings.push(versions("versions", &own.span));
        }
        if let Some(bare) = &rule.bare {
            findings.push(
                Diagnostic::new(&codes::forms::WIDE_BARE)
                    .at(findings.file(), bare.clone(), "")
                    .and(findings.file(), target.package.span.clone(), "this target")
                    .help("remove the word; rules that are not bare have a guard and the agent"),
            );
        }
    }
}

fn templates(rule: &Rule) -> impl Iterator<Item = &Template> {
    let anchors = rule.anchors.iter().map(|anchor| &anchor.template);
    rule.enter.iter().chain(&rule.exit).chain(anchors)
}

/// Reports items that a rule which selects its functions, or one which names them, may not have.
pub(in crate::check) fn rule(target: &Target, rule: &Rule, findings: &mut Findings) {
    if let Some(package) = &rule.func.call {
        call(target, rule, package, findings);
    }
    let Some(by) = &rule.func.selector else {
        for bind in &rule.binds {
            let (item, end) = if bind.result { ("result", 6) } else { ("param", 5) };
            findings.push(
                Diagnostic::new(&codes::forms::BOUND_BY_TYPE)
                    .with("item", item)
                    .at(findings.file(), bind.span.start..bind.span.start + end, "")
                    .and(findings.file(), rule.func.span.clone(), "the functions are named here")
                    .help(format!("bind `{}` by its position in the func line", bind.name.node)),
            );
        }
        return;
    };
    selector(by, findings);
    pointers_to_interfaces(rule, findings);
    if !target.is_known() {
        findings.extend(dot_star(by, findings.file()));
    }
    if let Some(recv) = &rule.recv {
        findings.push(
            Diagnostic::new(&codes::forms::SELECTED_RECV)
                .at(findings.file(), recv.span.clone(), "")
                .and(findings.file(), by.text.span.clone(), "the functions are selected here")
                .help(format!(
                    "remove the line; `matching \"(*{}).*\"` is all methods of a type",
                    recv.type_name.node
                )),
        );
    }
    for (what, word, list) in
        [("parameters", "param", &rule.func.params), ("results", "result", &rule.func.results)]
    {
        if let Some(list) = list {
            findings.push(
                Diagnostic::new(&codes::forms::SELECTED_LIST)
                    .with("what", what)
                    .at(findings.file(), list.span.clone(), "")
                    .help(format!(
                        "remove it, and write a line `{word} NAME TYPE` for each that the templates need"
                    )),
            );
        }
    }
}

/// Interfaces of Go's own packages that functions take by value.
const INTERFACES: [&str; 8] = [
    "any",
    "error",
    "context.Context",
    "http.Handler",
    "http.ResponseWriter",
    "http.RoundTripper",
    "io.Reader",
    "io.Writer",
];

/// Reports parameters and results that are looked for by a type which hardly any function has.
fn pointers_to_interfaces(rule: &Rule, findings: &mut Findings) {
    for bind in &rule.binds {
        let pointee = bind.ty.node.trim().strip_prefix('*').map(str::trim);
        if let Some(pointee) = pointee.filter(|ty| INTERFACES.contains(ty)) {
            findings.push(
                Diagnostic::new(&codes::unneeded::POINTER_TO_INTERFACE)
                    .with("type", &bind.ty.node)
                    .at(findings.file(), bind.ty.span.clone(), "")
                    .help(format!("write `{pointee}`")),
            );
        }
    }
}

/// Reports items that a rule for calls may not have.
fn call(target: &Target, rule: &Rule, package: &Spanned<String>, findings: &mut Findings) {
    if target.is_known() {
        findings.push(
            Diagnostic::new(&codes::forms::CALL_PLACE)
                .at(findings.file(), package.span.clone(), "")
                .and(findings.file(), target.package.span.clone(), "this target")
                .help("move the rule to `target own { … }`, or to a target with a pattern of packages"),
        );
    }
    let function = package.node.rsplit_once('.').filter(|(_, name)| name.starts_with(char::is_uppercase));
    let with_function = function.map(|(path, name)| {
        Help::from(format!("write `call \"{path}\" {name}`, with its parameters after it"))
    });
    if let Some(help) = with_function.or_else(|| bad_path(&package.node).map(Help::from)) {
        findings.push(
            Diagnostic::new(&codes::structure::BAD_PACKAGE_PATH)
                .with("path", &package.node)
                .at(findings.file(), package.span.clone(), "")
                .help(help),
        );
    }
    let names = rule.func.names.iter().filter(|_| function.is_none());
    for name in names.filter(|name| !name.node.starts_with(char::is_uppercase)) {
        findings.push(
            Diagnostic::new(&codes::forms::CALL_UNEXPORTED)
                .with("name", &name.node)
                .with("package", &package.node)
                .at(findings.file(), name.span.clone(), "")
                .help("name an exported function; or write a rule on the function itself, in a target for its package"),
        );
    }
    if let Some(recv) = &rule.recv {
        let name = rule.func.names.first().map(|name| name.node.as_str()).unwrap_or_default();
        findings.push(
            Diagnostic::new(&codes::forms::CALL_RECV)
                .at(findings.file(), recv.span.clone(), "")
                .and(findings.file(), package.span.clone(), "the rule is for calls")
                .help(format!("write `target \"{}\" [VERSIONS] {{ … }}` and there a rule with this `recv` and `func {name}`", package.node)),
        );
    }
    if let Some(skip) = &rule.may_skip {
        findings.push(
            Diagnostic::new(&codes::forms::CALL_SKIP)
                .at(findings.file(), skip.clone(), "")
                .and(findings.file(), package.span.clone(), "the rule is for calls")
                .help("remove the line; a rule on the function itself may skip it"),
        );
    }
}

fn selector(by: &Selector, findings: &mut Findings) {
    let text = by.text.node.as_str();
    let (good, what, help) = match by.kind {
        SelectorKind::Matching => (
            is_pattern(text) && !text.starts_with("main."),
            "a pattern",
            "write a pattern, without a package, over names such as `F`, `T.F` and `(*T).F`, as in `(*Service).Handle*`",
        ),
        SelectorKind::Marked => (
            is_directive(text.strip_prefix("//").unwrap_or(text)),
            "a directive comment",
            "write it as Go has them, lower case with a colon and without arguments, as in `goagent:span`",
        ),
    };
    if !good {
        findings.push(
            Diagnostic::new(&codes::forms::BAD_SELECTOR)
                .with("text", text)
                .with("what", what)
                .at(findings.file(), by.text.span.clone(), "")
                .help(help),
        );
    }
}

/// Reports a pattern that looks like a regular expression: `.*` after a word that need not be a
/// type, or at the beginning.
fn dot_star(by: &Selector, source: &Arc<SourceFile>) -> Option<Diagnostic> {
    let text = by.text.node.as_str();
    let (before, after) = text.split_once(".*").filter(|_| by.kind == SelectorKind::Matching)?;
    let start = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
    let word = before.get(start..).unwrap_or_default();
    let (what, help) = if before.is_empty() {
        ("nothing: no name begins with a dot".to_owned(), format!("write `*{after}`"))
    } else if word.is_empty() {
        return None;
    } else {
        let what = format!("only methods that have a value of a type `{word}` as their receiver");
        (
            what,
            format!(
                "write `{before}*{after}` for names without a dot, or `(*{word}).*{after}` for methods of a pointer; if it is as meant, write `{before}.?*{after}`"
            ),
        )
    };
    let found = Diagnostic::new(&codes::ranges::DOT_STAR).with("text", text).with("what", what);
    Some(found.at(source, by.text.span.clone(), "").help(help))
}

/// Returns true if a function's name can match the pattern.
fn is_pattern(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let (c, wild) = if c == '\\' { (chars.next().unwrap_or('\\'), "*().") } else { (c, "*().?") };
        if !(c.is_alphanumeric() || c == '_' || wild.contains(c)) {
            return false;
        }
    }
    !text.is_empty()
}

/// `tool:word`.
fn is_directive(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_graphic())
    };
    text.split_once(':').is_some_and(|(tool, word)| {
        part(tool) && part(word) && tool.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    })
}
