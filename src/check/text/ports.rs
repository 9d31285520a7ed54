//! `port`: functions of a package below the agent whose bodies are in package main.
//!
//! In: a target. Out: diagnostics. The signature is compiled twice, in the package and in main. The
//! body belongs to main: it knows the plugin's imports and its own parameters and results, and
//! nothing of the package.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::codegen::RUNTIME;
use crate::diagnostic::{Diagnostic, Help, SourceFile, codes, nearest};
use crate::source::{Function, GoFile, TypeError, canonical, is_module_path};
use crate::syntax::ast::{Port, Span, Target};
use crate::template::{FragmentKind, How};

use super::names::{InTarget, Packages};

use super::super::findings::Findings;
use super::misplaced::skip_misplaced;
use super::{template, types, words};

/// Checks the ports of a target.
pub(in crate::check) fn structure(target: &Target, packages: &mut Packages, findings: &mut Findings) {
    for port in &target.ports {
        if let Some(why) = misplaced(target) {
            findings.push(
                Diagnostic::new(&codes::structure::PORT_PLACE)
                    .with("package", &target.package.node)
                    .with("why", why)
                    .at(findings.file(), port.name.span.clone(), "")
                    .help("write a rule that is not bare, which can call the agent; in runtime, a linknamed `decl`"),
            );
        }
        let Some(bound) = signature(port, target, packages, findings) else { continue };
        body(port, &bound, packages, findings);
    }
}

fn misplaced(target: &Target) -> Option<&'static str> {
    let package = target.package.node.as_str();
    if !target.is_known() {
        return Some("the target is for many");
    }
    if package == RUNTIME {
        Some("all others see what it declares")
    } else if is_module_path(package) {
        Some("the agent does not depend on it")
    } else {
        None
    }
}

/// The names of parameters and results; `None`: it is not understood.
fn signature(
    port: &Port,
    target: &Target,
    packages: &mut Packages,
    findings: &mut Findings,
) -> Option<BTreeSet<String>> {
    let text = format!("func{}", port.signature.node);
    match canonical(&text, &InTarget { packages, target: &target.package.node }) {
        Ok(_) => types::mark_packages(&text, packages),
        Err(TypeError::Unknown { name, at }) => {
            let at = (port.signature.span.start + at).saturating_sub("func".len());
            let help = packages.help_for_unknown(&name, &target.package.node);
            findings.push(types::unknown_qualifier(&name, at, findings.file()).help(help));
            return None;
        }
        Err(TypeError::NotGo(_)) => {
            findings.push(not_a_signature(port, findings.file()));
            return None;
        }
    }
    let file = GoFile::parse(format!("package p\nfunc f{} {{ }}\n", port.signature.node)).ok();
    let Some(Function { params, results, clean: true, .. }) =
        file.as_ref().and_then(|go| go.functions.first())
    else {
        findings.push(not_a_signature(port, findings.file()));
        return None;
    };
    Some(params.iter().chain(results).filter_map(|p| p.usable_name()).map(str::to_owned).collect())
}

fn not_a_signature(port: &Port, source: &Arc<SourceFile>) -> Diagnostic {
    Diagnostic::new(&codes::structure::PORT_SIGNATURE)
        .with("text", &port.signature.node)
        .at(source, port.signature.span.clone(), "")
        .help("write it as in Go: `(key string, n int) bool`")
}

fn body(port: &Port, bound: &BTreeSet<String>, packages: &mut Packages, findings: &mut Findings) {
    if let Some(at) = port.body.node.find("{{") {
        let at = port.body.span.start + at;
        findings.push(
            Diagnostic::new(&codes::templates::HELPER_MISUSED)
                .with("what", "`{{` is in the body of a port")
                .at(findings.file(), at..at + 2, "")
                .help("the body is plain Go, for all versions; if Go's braces are meant, put a space between them: `{ {`"),
        );
        return;
    }
    for code in template::read(&port.body, FragmentKind::Statements, "port", findings) {
        for found in code.uses(&BTreeSet::new()) {
            packages.note(&found, &[]);
            match &found.how {
                How::Qualifier { .. } if packages.has(&found.name) => {
                    let path = packages.path(&found.name).filter(|path| is_module_path(path));
                    findings.extend(path.map(|path| foreign(path, found.range, findings.file())));
                }
                How::Read | How::Assigned | How::Qualifier { .. }
                    if !bound.contains(&found.name) && !words::is_predeclared(&found.name) =>
                {
                    findings.push(unknown_name(&found.name, found.range, bound, packages, findings.file()));
                }
                How::Skip { .. } => {
                    findings.push(skip_misplaced("in the body of a port", found.range, findings.file()));
                }
                _ => {}
            }
        }
    }
}

/// A main need not import what the plugin's author thinks of.
fn foreign(path: &str, span: Span, source: &Arc<SourceFile>) -> Diagnostic {
    Diagnostic::new(&codes::packages::IMPORT_FOREIGN)
        .with("path", format!("\"{path}\""))
        .with("package", "main")
        .at(source, span, "the body of a port is in package main")
        .help("use Go's own packages; or hand over what it needs as a parameter of the port")
}

fn unknown_name(
    name: &str,
    span: Span,
    bound: &BTreeSet<String>,
    packages: &Packages,
    source: &Arc<SourceFile>,
) -> Diagnostic {
    let help: Help = match nearest(name, bound.iter().map(String::as_str).chain(packages.names())) {
        Some(near) => Help::did_you_mean(near),
        None => {
            "hand it over as a parameter of the port; or, if it is a package, add an `import` to the plugin"
                .into()
        }
    };
    Diagnostic::new(&codes::structure::PORT_NAME).with("name", name).at(source, span, "").help(help)
}
