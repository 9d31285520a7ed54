//! One rule against one version of its package.
//!
//! In: a rule, the Go files of a package. Out: what keeps the rule from holding there, each with its place in the rule
//! and, where there is one, in the Go file.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Help, SourceFile, codes, nearest};
use crate::modules::{Declared, GoSource, Package};
use crate::platform::Platform;
use crate::source::{AnchorError, AnchorShape, Function, GoFile, callee, find_anchor, pattern};
use crate::syntax::ast::{AnchorKind, Receiver, Rule, Selector, SelectorKind, Spanned, Target, Template};
use crate::template::FragmentKind;
use crate::version::Version;

use super::names::Packages;
use super::promoted::{self, Promoted, promoted};
use super::template::Readings;
use super::words::unlikely;
use super::{Signature, scope, signature};
use crate::template::{How, Use};

/// What is compared with what.
pub(super) struct Subject<'a> {
    pub(super) source: &'a Arc<SourceFile>,
    pub(super) target: &'a Target,
    pub(super) decls: &'a [&'a Template],
    pub(super) ports: &'a [&'a str],
    pub(super) rule: &'a Rule,
    pub(super) names: &'a Packages,
    pub(super) readings: &'a Readings,
    pub(super) package: &'a Package,
    pub(super) version: &'a Version,
}

/// A function that was found, and its file.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) file: &'a GoSource,
    pub(super) go: &'a GoFile,
    pub(super) function: &'a Function,
}

/// Directives that forbid calls.
const NO_CALLS: [&str; 4] = ["go:nosplit", "go:systemstack", "go:nowritebarrier", "go:nowritebarrierrec"];

/// What is wrong with the rule in this version, and what is to be known of it.
pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut out = declared(subject);
    if !out.iter().any(|found| found.code == &codes::functions::NO_TYPE) {
        out.extend(super::scope_names::unknown(subject));
    }
    out
}

/// The same without a look at the names in templates.
pub(super) fn declared(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    if let Some(problem) = subject.rule.recv.as_ref().and_then(|recv| subject.no_type(recv)) {
        return vec![problem];
    }
    if let Some(by) = subject.rule.func.selector.as_ref().filter(|by| subject.selected(by).is_empty()) {
        out.push(
            Diagnostic::new(&codes::functions::NO_FUNCTION)
                .with("package", &subject.target.package.node)
                .with("function", format!("{} `{}`", by.kind.word(), by.text.node))
                .at(subject.source, by.text.span.clone(), "")
                .help(few(&subject.package.declared().iter().collect::<Vec<_>>(), None)),
        );
    }
    for name in &subject.rule.func.names {
        match subject.find(name) {
            Ok(candidates) => out.extend(subject.on_platforms(name, &candidates)),
            Err(problem) => out.push(*problem),
        }
    }
    out
}

/// The functions of a rule for calls whose types the packages that call them cannot write.
pub(super) fn unwritable(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for name in &subject.rule.func.names {
        let mut candidates = subject.find(name).unwrap_or_default();
        candidates.retain(|found| found.function.receiver.is_none()); // of a method something else is said
        let signature = |found: &Found<'_>| callee([found.go], &subject.target.package.node, &name.node);
        // One that can be written is enough: others may be for other platforms.
        let refused: Option<Vec<String>> = candidates.iter().map(|found| signature(found).err()).collect();
        let why = refused.and_then(|all| all.into_iter().next());
        if let (Some(why), Some(found)) = (why, candidates.first()) {
            out.push(
                Diagnostic::new(&codes::functions::CALLEE)
                    .with("function", format!("`{}`", name.node))
                    .with("why", why)
                    .at(subject.source, name.span.clone(), "")
                    .and(&found.file.source, head(found.function), "declared here")
                    .help("hook the function itself, with a target for its package; or a function that can be called so"),
            );
        }
    }
    out
}

/// The functions that the rule is for, as they are declared in this version.
pub(super) fn signatures(subject: &Subject<'_>) -> Vec<Signature> {
    let mut found = Vec::new();
    let named = subject.rule.func.names.iter().map(|name| subject.find(name).unwrap_or_default());
    let selected = subject.rule.func.selector.iter().map(|by| subject.selected(by));
    for all in named.chain(selected) {
        for Found { file, go, function } in all {
            let results = function.results_range.as_ref().map(|range| format!(" {}", go.slice(range)));
            let text = format!("{}{}", go.slice(&function.params_range), results.unwrap_or_default());
            found.push(Signature {
                name: function.display(),
                file: file.source.name.rsplit('/').next().unwrap_or_default().to_owned(),
                text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            });
        }
    }
    found
}

impl<'a> Subject<'a> {
    /// How a function is named in messages.
    pub(super) fn display(&self, name: &str) -> String {
        match &self.rule.recv {
            Some(recv) if recv.pointer => format!("`(*{}).{name}`", recv.type_name.node),
            Some(recv) => format!("`{}.{name}`", recv.type_name.node),
            None => format!("`{name}`"),
        }
    }

    /// The functions with a body that a selector is for.
    fn selected(&self, by: &Selector) -> Vec<Found<'a>> {
        let text = by.text.node.as_str();
        let fits = |function: &Function| match by.kind {
            SelectorKind::Matching => pattern::fits(text, &function.display()),
            SelectorKind::Marked => function.mark(text).is_some(),
        };
        let mut out = Vec::new();
        for file in &self.package.files {
            let Some(go) = file.go() else { continue };
            let all = go.functions.iter().filter(|function| function.body.is_some() && fits(function));
            out.extend(all.map(|function| Found { file, go, function }));
        }
        out
    }

    fn no_type(&self, recv: &Receiver) -> Option<Diagnostic> {
        let name = recv.type_name.node.as_str();
        if self.package.has_type(name) {
            return None;
        }
        let known = self.package.types();
        let wanted: Vec<&str> = self.rule.func.names.iter().map(|n| n.node.as_str()).collect();
        let declared = self.package.declared();
        let owners: BTreeSet<&String> = declared
            .iter()
            .filter(|d| wanted.contains(&d.name.as_str()))
            .filter_map(|d| d.receiver.as_ref())
            .collect();
        let owner = owners.first().filter(|_| owners.len() == 1).map(|owner| (*owner).clone());
        let help = match nearest(name, known.iter().map(String::as_str)).map(str::to_owned).or(owner) {
            Some(near) => Help::did_you_mean(&near),
            None => {
                "write a type that the package declares; types of other packages have no place here".into()
            }
        };
        Some(
            Diagnostic::new(&codes::functions::NO_TYPE)
                .with("package", &self.target.package.node)
                .with("name", name)
                .at(self.source, recv.type_name.span.clone(), "")
                .help(help),
        )
    }

    /// The declarations that the rule means: several where a function is declared for each platform.
    fn find(&self, name: &'a Spanned<String>) -> Result<Vec<Found<'a>>, Box<Diagnostic>> {
        let receiver = self.rule.recv.as_ref().map(|recv| recv.type_name.node.as_str());
        let own = named(&name.node, self.package.with_method(receiver, &name.node));
        let own: Vec<Found<'a>> = own.into_iter().filter(|f| self.receiver_fits(f.function)).collect();
        if !own.is_empty() {
            return Ok(own);
        }
        let all = named(&name.node, self.package.with_function(&name.node));
        let right: Vec<Found<'a>> = all.iter().copied().filter(|f| self.receiver_fits(f.function)).collect();
        if !right.is_empty() {
            return Ok(right);
        }
        Err(Box::new(match self.nearest_wrong(&all) {
            Some(found) => self.wrong_receiver(name, found),
            None => self.promoted(name, &all).unwrap_or_else(|| self.no_function(name, &all)),
        }))
    }

    fn receiver_fits(&self, function: &Function) -> bool {
        match (&self.rule.recv, &function.receiver) {
            (None, None) => true,
            (Some(wanted), Some(has)) => {
                wanted.type_name.node == has.type_name && wanted.pointer == has.pointer
            }
            _ => false,
        }
    }

    /// Of the functions of that name, the one that is probably meant: of the same type, or the only one there is.
    fn nearest_wrong(&self, all: &[Found<'a>]) -> Option<Found<'a>> {
        let wanted = self.rule.recv.as_ref().map(|recv| recv.type_name.node.as_str());
        let same_type = |f: &&Found<'a>| type_of(f) == wanted;
        let alone = || {
            let promoted = wanted.and_then(|ty| promoted(self.package, ty, &all.first()?.function.name));
            let types: BTreeSet<Option<&str>> = all.iter().map(type_of).collect();
            all.first().filter(|_| promoted.is_none() && types.len() == 1)
        };
        all.iter().find(same_type).or_else(alone).copied()
    }

    /// What is said of a method that the receiver's type has by embedding.
    fn promoted(&self, name: &Spanned<String>, all: &[Found<'a>]) -> Option<Diagnostic> {
        let ty = self.rule.recv.as_ref()?.type_name.node.as_str();
        let from = promoted(self.package, ty, &name.node)?;
        let help = match &from {
            Promoted::Method(owner) => {
                let found = all.iter().find(|found| type_of(found) == Some(owner))?;
                let wrong = self.wrong_receiver(name, *found);
                let help = wrong.help.clone().unwrap_or_default();
                return Some(
                    wrong.help(format!("{help}: `{ty}` has it by embedding, and there it is declared")),
                );
            }
            Promoted::Interface(owner) => format!(
                "`{ty}` has it from the interface `{owner}`, which it embeds; hook the types that implement the interface"
            ),
            Promoted::Elsewhere(owner) => format!(
                "`{ty}` embeds `{owner}`; if `{}` is promoted from there, write a target for the package of `{owner}`",
                name.node
            ),
        };
        Some(self.no_function(name, all).help(help))
    }

    fn wrong_receiver(&self, name: &Spanned<String>, found: Found<'_>) -> Diagnostic {
        let wanted = self.rule.recv.as_ref();
        let not = match wanted {
            None => "a plain function".to_owned(),
            Some(recv) => format!("a method of `{}`", written(recv.pointer, &recv.type_name.node)),
        };
        let (is, help) = match &found.function.receiver {
            None => ("a plain function".to_owned(), "remove the `recv` line".to_owned()),
            Some(has) => {
                let ty = written(has.pointer, &has.type_name);
                let given = wanted.and_then(|recv| recv.name.as_ref()).map(|name| format!("{} ", name.node));
                let params = if has.type_params.is_empty() {
                    String::new()
                } else {
                    format!("[{}]", has.type_params.join(", "))
                };
                let same_type = wanted.is_some_and(|recv| recv.type_name.node == has.type_name);
                let kind = match (same_type, has.pointer) {
                    (true, true) => ", as the method has a pointer receiver",
                    (true, false) => ", as the method has a value receiver",
                    (false, _) => "",
                };
                let line = format!("write `recv {}{ty}{params}`{kind}", given.unwrap_or_default());
                (format!("a method of `{ty}`"), line)
            }
        };
        let span = wanted.map_or_else(|| name.span.clone(), |recv| recv.span.clone());
        Diagnostic::new(&codes::functions::WRONG_RECEIVER)
            .with("function", format!("`{}`", name.node))
            .with("is", is)
            .with("not", not)
            .at(self.source, span, "")
            .and(&found.file.source, head(found.function), "declared here")
            .help(help)
    }

    fn no_function(&self, name: &Spanned<String>, all: &[Found<'_>]) -> Diagnostic {
        let declared = self.package.declared();
        let receiver = self.rule.recv.as_ref().map(|recv| recv.type_name.node.as_str());
        let same: Vec<&Declared> = declared.iter().filter(|d| d.receiver.as_deref() == receiver).collect();
        let near = nearest(&name.node, same.iter().map(|d| d.name.as_str()));
        let elsewhere = || {
            let near = nearest(&name.node, declared.iter().map(|d| d.name.as_str()))?;
            declared.iter().find(|d| d.name == near)
        };
        let help = match (near, near.is_none().then(elsewhere).flatten()) {
            (Some(near), _) => Help::did_you_mean(near),
            (None, Some(other)) => match &other.receiver {
                Some(ty) => format!("did you mean `{}`, a method of {ty}?", other.name).into(),
                None => format!("did you mean `{}`, a plain function?", other.name).into(),
            },
            (None, None) => few(&same, receiver).into(),
        };
        let types: BTreeSet<String> =
            all.iter().map(|found| type_of(found).unwrap_or_default().to_owned()).collect();
        let help = if types.is_empty() { help } else { promoted::others(&name.node, &types).into() };
        Diagnostic::new(&codes::functions::NO_FUNCTION)
            .with("package", &self.target.package.node)
            .with("function", self.display(&name.node))
            .at(self.source, name.span.clone(), "")
            .help(help)
    }

    /// The problems of the declarations for the rule's platforms. A rule that names none holds where one declaration fits, and what
    /// becomes of it elsewhere is said.
    fn on_platforms(&self, name: &Spanned<String>, candidates: &[Found<'_>]) -> Vec<Diagnostic> {
        let platforms = &self.rule.platforms;
        let meant = |f: &&Found<'_>| {
            let may_have =
                |one: &Spanned<Platform>| one.node.may_have(&f.file.source.name, &f.file.source.text);
            platforms.is_empty() || platforms.iter().any(may_have)
        };
        let of_each: Vec<(&Found<'_>, Vec<Diagnostic>)> =
            candidates.iter().filter(meant).map(|found| (found, self.function(*found))).collect();
        let (fitting, others): (Vec<_>, Vec<_>) =
            of_each.into_iter().partition(|(_, problems)| problems.is_empty());
        if let (true, true, Some(found)) = (fitting.is_empty(), others.is_empty(), candidates.first()) {
            return vec![self.no_platform(name, found)];
        }
        if fitting.is_empty() || !platforms.is_empty() {
            return others.into_iter().map(|(_, problems)| problems).min_by_key(Vec::len).unwrap_or_default();
        }
        let elsewhere = |(found, problems): (&Found<'_>, Vec<Diagnostic>)| {
            let reason = problems.first().map(Diagnostic::message).unwrap_or_default();
            self.elsewhere(name, found, &reason)
        };
        others.into_iter().map(elsewhere).collect()
    }

    fn no_platform(&self, name: &Spanned<String>, found: &Found<'_>) -> Diagnostic {
        let span = self.rule.platforms.first().map_or_else(|| name.span.clone(), |one| one.span.clone());
        Diagnostic::new(&codes::functions::NO_PLATFORM)
            .with("function", self.display(&name.node))
            .at(self.source, span, "")
            .and(&found.file.source, head(found.function), "declared here")
            .help("name a platform that has the file, or leave `platforms` out")
    }

    fn elsewhere(&self, name: &Spanned<String>, found: &Found<'_>, reason: &str) -> Diagnostic {
        let file = found.file.source.name.rsplit('/').next().unwrap_or_default();
        Diagnostic::new(&codes::functions::ELSEWHERE)
            .with("rule", &self.rule.name.node)
            .with("function", self.display(&name.node))
            .with("file", file)
            .with("reason", reason)
            .at(self.source, name.span.clone(), "")
            .and(&found.file.source, head(found.function), "declared here")
            .help("bind what all the declarations have; or say with `platforms` what the rule is for, and write another rule for the rest")
    }

    fn function(&self, found: Found<'_>) -> Vec<Diagnostic> {
        let display = self.display(&found.function.name);
        let new = |code| Diagnostic::new(code).with("function", display.clone());
        let span = self.rule.func.span.clone();
        if !found.function.clean {
            return vec![
                new(&codes::functions::NOT_READ)
                    .at(self.source, span, "")
                    .and(&found.file.source, head(found.function), "declared here")
                    .help("hook a function that calls it, or one that it calls"),
            ];
        }
        let mut out = Vec::new();
        if found.function.body.is_none() {
            out.push(
                new(&codes::functions::NO_BODY)
                    .at(self.source, span.clone(), "")
                    .and(&found.file.source, head(found.function), "declared here, without a body")
                    .help("hook a function that calls it"),
            );
        }
        let hooks = self.rule.enter.is_some() || self.rule.exit.is_some();
        if let Some(directive) =
            found.function.directives.iter().find(|d| hooks && NO_CALLS.contains(&d.as_str()))
        {
            out.push(
                new(&codes::functions::NO_STACK)
                    .with("directive", directive)
                    .at(self.source, span, "")
                    .and(&found.file.source, head(found.function), "declared here")
                    .help("hook a function that calls it"),
            );
        }
        out.extend(signature::check(self, found));
        out.extend(self.anchors(found));
        out
    }

    fn anchors(&self, found: Found<'_>) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        for anchor in &self.rule.anchors {
            let (shape, word) = match anchor.kind {
                AnchorKind::Before => (AnchorShape::Statement, "before"),
                AnchorKind::Replace => (AnchorShape::Expression, "replace"),
            };
            let (times, help) = match find_anchor(found.go, found.function, shape, &anchor.pattern.node) {
                Ok(_) | Err(AnchorError::NotGo(_)) => continue, // what is not Go is said without any Go source
                Err(AnchorError::Absent) => {
                    ("nowhere".to_owned(), "copy a whole statement or expression from the function's source")
                }
                Err(AnchorError::Several(n)) => {
                    (format!("{n} times"), "choose a longer piece of text that occurs once")
                }
            };
            out.push(
                Diagnostic::new(&codes::functions::ANCHOR)
                    .with("kind", word)
                    .with("times", times)
                    .with("function", self.display(&found.function.name))
                    .at(self.source, anchor.pattern.span.clone(), "")
                    .and(&found.file.source, head(found.function), "in this function")
                    .help(help),
            );
        }
        out
    }
}

/// The type whose method a function is.
fn type_of<'a>(found: &Found<'a>) -> Option<&'a str> {
    found.function.receiver.as_ref().map(|receiver| receiver.type_name.as_str())
}

/// The functions of a name in some files.
fn named<'a>(name: &str, files: Vec<(&'a GoSource, &'a GoFile)>) -> Vec<Found<'a>> {
    let of = |(file, go): (&'a GoSource, &'a GoFile)| {
        go.functions.iter().filter(|f| f.name == name).map(move |function| Found { file, go, function })
    };
    files.into_iter().flat_map(of).collect()
}

/// `*T` or `T`.
fn written(pointer: bool, name: &str) -> String {
    if pointer { format!("*{name}") } else { name.to_owned() }
}

/// A function's declaration without its body.
pub(super) fn head(function: &Function) -> std::ops::Range<usize> {
    let end = function.results_range.as_ref().unwrap_or(&function.params_range).end;
    function.range.start..end
}

/// Some names to choose from.
fn few(same: &[&Declared], receiver: Option<&str>) -> String {
    let names: Vec<&str> = same.iter().map(|d| d.name.as_str()).take(8).collect();
    match (names.as_slice(), receiver) {
        ([], Some(ty)) => format!("`{ty}` has no methods in this package"),
        ([], None) => "the package has no plain functions".to_owned(),
        (names, Some(ty)) => format!("methods of `{ty}` are {}{}", names.join(", "), more(same.len())),
        (names, None) => format!("functions of the package are {}{}", names.join(", "), more(same.len())),
    }
}

fn more(count: usize) -> &'static str {
    if count > 8 { " and more" } else { "" }
}

/// Names of `decl` that the package has already.
pub(super) fn clashes(
    source: &Arc<SourceFile>,
    target: &Target,
    package: &Package,
    version: &Version,
    readings: &Readings,
) -> Vec<Diagnostic> {
    let ports = target.ports.iter().map(|port| (port.name.node.clone(), port.name.span.clone()));
    let decls = target.decls.iter().flat_map(|decl| {
        let uses = readings.uses(decl, FragmentKind::Declarations, version, &BTreeSet::new());
        let uses: Vec<Use> = uses.map(|uses| uses.to_vec()).unwrap_or_default();
        uses.into_iter().filter(|found| found.how == How::Declared).map(|found| (found.name, found.range))
    });
    let names = ports.chain(decls).filter(|(name, _)| !matches!(name.as_str(), "init" | "_"));
    names.filter_map(|(name, range)| clash(source, target, package, &name, range)).collect()
}

fn clash(
    source: &Arc<SourceFile>,
    target: &Target,
    package: &Package,
    name: &str,
    range: std::ops::Range<usize>,
) -> Option<Diagnostic> {
    let files = package.with_name(name);
    let (file, span) =
        files.into_iter().find_map(|(file, go)| Some((file, scope::declared_at(go, name)?)))?;
    Some(
        Diagnostic::new(&codes::functions::DECL_CLASH)
            .with("package", &target.package.node)
            .with("name", name)
            .at(source, range, "declared again")
            .and(&file.source, span, "declared here")
            .help(format!("choose a name that the package will not have, such as `{}`", unlikely(name))),
    )
}
