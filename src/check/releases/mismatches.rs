//! Diagnostics about functions that a rule does not fit.
//!
//! In: a rule and the functions of its package that it may mean. Out: diagnostics, each with its
//! place in the rule and, if there is one, in the Go file.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Help, codes, nearest};
use crate::modules::DeclaredFunction;
use crate::source::{AnchorError, AnchorShape, FunctionSelector, Mismatch, SelectedBy, find_anchor, fits};
use crate::syntax::ast::{AnchorKind, Receiver, SelectorKind, Spanned};

use super::namesakes;
use super::promoted::{self, Promoted, promoted};
use super::signature;
use super::subject::{Comparison, FoundFunction, head};

impl<'a> Comparison<'a> {
    /// No function of the package is selected.
    pub(super) fn none_selected(&self, selector: &FunctionSelector<'_>) -> Diagnostic {
        let text = self.rule.func.selector.as_ref();
        let span = text.map_or_else(|| self.rule.func.span.clone(), |by| by.text.span.clone());
        let dot_star = text.filter(|by| by.kind == SelectorKind::Matching);
        let dot_star = dot_star.and_then(|by| by.text.node.split_once(".*"));
        let names = few(&self.package.declared().iter().collect::<Vec<_>>(), None);
        let help = match dot_star.filter(|(before, _)| !before.ends_with(')')) {
            Some((before, after)) => {
                format!("patterns are not regular expressions: write `{before}*{after}`; {names}")
            }
            None => names,
        };
        Diagnostic::new(&codes::functions::NO_FUNCTION)
            .with("package", &self.target.package.node)
            .with("function", self.describe_selector(selector))
            .at(self.source, span, "")
            .help(self.with_pointers().unwrap_or_else(|| help.into()))
    }

    /// Help for a pattern that lacks the parentheses of methods with a pointer receiver.
    fn with_pointers(&self) -> Option<Help> {
        let pattern = self.rule.func.selector.as_ref()?;
        let (ty, method) = pattern.text.node.split_once('.').filter(|(ty, _)| !ty.starts_with('('))?;
        let other = format!("(*{ty}).{method}");
        let mut files = self.package.files.iter().filter_map(|file| file.parsed());
        let is_there = files.any(|go| go.functions.iter().any(|one| fits(&other, &one.display())));
        is_there.then(|| Help::did_you_mean(&other))
    }

    /// The functions of a selector in messages: as they are named, or as they are selected.
    pub(super) fn describe_selector(&self, selector: &FunctionSelector<'_>) -> String {
        match (&self.rule.func.selector, selector.by) {
            (_, SelectedBy::Name { name, .. }) => self.display(name),
            (Some(by), _) => format!("{} `{}`", by.kind.word(), by.text.node),
            (None, _) => format!("`{}`", selector.display()),
        }
    }

    pub(super) fn no_type(&self, recv: &Receiver) -> Option<Diagnostic> {
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

    /// Reports that none of the functions with a name is the one that the rule means.
    pub(super) fn not_declared(&self, name: &Spanned<String>, all: &[FoundFunction<'a>]) -> Diagnostic {
        match self.nearest_wrong(all) {
            Some(found) => self.wrong_receiver(name, found),
            None => self.promoted(name, all).unwrap_or_else(|| self.no_function(name, all)),
        }
    }

    /// Of the functions of that name, the one that is probably meant: of the same type, or the only
    /// one there is.
    fn nearest_wrong(&self, all: &[FoundFunction<'a>]) -> Option<FoundFunction<'a>> {
        let wanted = self.rule.recv.as_ref().map(|recv| recv.type_name.node.as_str());
        let same_type = |f: &&FoundFunction<'a>| type_of(f) == wanted;
        let alone = || {
            let promoted = wanted.and_then(|ty| promoted(self.package, ty, &all.first()?.function.name));
            let types: BTreeSet<Option<&str>> = all.iter().map(type_of).collect();
            all.first().filter(|_| promoted.is_none() && types.len() == 1)
        };
        all.iter().find(same_type).or_else(alone).copied()
    }

    /// Reports a method that the receiver's type has by embedding; `None` if it has none.
    fn promoted(&self, name: &Spanned<String>, all: &[FoundFunction<'a>]) -> Option<Diagnostic> {
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

    fn wrong_receiver(&self, name: &Spanned<String>, found: FoundFunction<'_>) -> Diagnostic {
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

    fn no_function(&self, name: &Spanned<String>, all: &[FoundFunction<'_>]) -> Diagnostic {
        let declared = self.package.declared();
        let receiver = self.rule.recv.as_ref().map(|recv| recv.type_name.node.as_str());
        let same: Vec<&DeclaredFunction> =
            declared.iter().filter(|d| d.receiver.as_deref() == receiver).collect();
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
        let found = Diagnostic::new(&codes::functions::NO_FUNCTION)
            .with("package", &self.target.package.node)
            .with("function", self.display(&name.node))
            .at(self.source, name.span.clone(), "")
            .help(help);
        namesakes::explain(self, name, found)
    }

    pub(super) fn no_platform(
        &self,
        selector: &FunctionSelector<'_>,
        found: &FoundFunction<'_>,
    ) -> Diagnostic {
        let span =
            self.rule.platforms.first().map_or_else(|| self.rule.func.span.clone(), |one| one.span.clone());
        Diagnostic::new(&codes::functions::NO_PLATFORM)
            .with("function", self.describe_selector(selector))
            .at(self.source, span, "")
            .and(&found.file.source, head(found.function), "declared here")
            .help("name a platform that has the file, or leave `platforms` out")
    }

    /// A declaration that the rule does not fit, beside one that it fits.
    pub(super) fn other_declaration(
        &self,
        name: Option<&Spanned<String>>,
        found: &FoundFunction<'_>,
        reason: &str,
    ) -> Diagnostic {
        let file = found.file.source.name.rsplit('/').next().unwrap_or_default();
        let selected = self.rule.func.selector.as_ref();
        let span = name.map(|name| &name.span).or(selected.map(|by| &by.text.span));
        let help = match name {
            Some(_) => {
                "bind what all the declarations have; or say with `platforms` what the rule is for, and write another rule for the rest"
            }
            None => "select other functions; or leave it as it is: each build reports what is not woven",
        };
        Diagnostic::new(&codes::functions::ELSEWHERE)
            .with("rule", &self.rule.name.node)
            .with("function", self.display_of(found))
            .with("file", file)
            .with("reason", reason)
            .at(self.source, span.unwrap_or(&self.rule.func.span).clone(), "")
            .and(&found.file.source, head(found.function), "declared here")
            .help(help)
    }

    /// All that keeps the rule from a function.
    pub(super) fn problems(
        &self,
        name: Option<&Spanned<String>>,
        found: FoundFunction<'_>,
        mismatches: &[Mismatch<'_>],
    ) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        for mismatch in mismatches {
            match (mismatch, name) {
                (Mismatch::ReceiverKind { .. }, Some(name)) => return vec![self.wrong_receiver(name, found)],
                (Mismatch::NotUnderstood, _) => {
                    let help = "hook a function that calls it, or one that it calls";
                    let problem = self.barred(&codes::functions::NOT_READ, found);
                    return vec![
                        problem.and(&found.file.source, head(found.function), "declared here").help(help),
                    ];
                }
                (Mismatch::NoBody, _) => out.push(
                    self.barred(&codes::functions::NO_BODY, found)
                        .and(&found.file.source, head(found.function), "declared here, without a body")
                        .help("hook a function that calls it"),
                ),
                (Mismatch::ForbidsCalls(directive), _) => out.push(
                    self.barred(&codes::functions::NO_STACK, found)
                        .with("directive", *directive)
                        .and(&found.file.source, head(found.function), "declared here")
                        .help("hook a function that calls it"),
                ),
                // The lists are compared below, with their types.
                _ => {}
            }
        }
        out.extend(signature::check(self, found, mismatches));
        out.extend(self.anchors(found));
        out
    }

    fn barred(&self, code: &'static crate::diagnostic::Entry, found: FoundFunction<'_>) -> Diagnostic {
        let span = self.rule.func.span.clone();
        Diagnostic::new(code).with("function", self.display_of(&found)).at(self.source, span, "")
    }

    fn anchors(&self, found: FoundFunction<'_>) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        for anchor in &self.rule.anchors {
            let (shape, word) = match anchor.kind {
                AnchorKind::Before => (AnchorShape::Statement, "before"),
                AnchorKind::Replace => (AnchorShape::Expression, "replace"),
            };
            let (times, help) = match find_anchor(found.go, found.function, shape, &anchor.pattern.node) {
                // A pattern that is not Go is reported without any Go source.
                Ok(_) | Err(AnchorError::NotGo(_)) => continue,
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
                    .with("function", self.display_of(&found))
                    .at(self.source, anchor.pattern.span.clone(), "")
                    .and(&found.file.source, head(found.function), "in this function")
                    .help(help),
            );
        }
        out
    }
}

/// The type whose method a function is.
fn type_of<'a>(found: &FoundFunction<'a>) -> Option<&'a str> {
    found.function.receiver.as_ref().map(|receiver| receiver.type_name.as_str())
}

/// `*T` or `T`.
fn written(pointer: bool, name: &str) -> String {
    if pointer { format!("*{name}") } else { name.to_owned() }
}

/// Some names to choose from.
fn few(same: &[&DeclaredFunction], receiver: Option<&str>) -> String {
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
