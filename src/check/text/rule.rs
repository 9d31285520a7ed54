//! Checks of one rule that need no Go source.
//!
//! In: a rule and the package names of its plugin. Out: findings.

use std::collections::{BTreeMap, BTreeSet};

use crate::codegen::RUNTIME;
use crate::diagnostic::{Diagnostic, Help, codes, nearest};
use crate::platform::{PROCESSORS, SYSTEMS};
use crate::source::parse_tree;
use crate::syntax::ast::{AnchorKind, Rule, Spanned, Target, Template};
use crate::template::{FragmentKind, How, Use};

use super::super::findings::Findings;
use super::misplaced::{not_below, skip_misplaced};
use super::names::Packages;
use super::scope::{BindingKind, RuleScope};
use super::template;
use super::{types, versions};

/// The most functions that one rule may name.
pub(in crate::check) const MAX_FUNCTIONS: usize = 64;

/// The part of a rule that a template belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RulePart {
    Enter,
    Exit,
    Anchor,
}

/// Checks one rule.
pub(in crate::check) fn check(
    target: &Target,
    rule: &Rule,
    packages: &mut Packages,
    findings: &mut Findings,
) {
    let scope = RuleScope::new(rule, packages, findings);
    let mut checker =
        RuleChecker { target, rule, packages, findings, scope, used: BTreeSet::new(), skips: false };
    super::forms::rule(target, rule, checker.findings);
    checker.shape();
    checker.functions();
    versions::rule(target, rule, checker.findings);
    checker.platforms();
    checker.types();
    let before = checker.findings.len();
    checker.templates();
    let templates_are_read = checker.findings.len() == before;
    if templates_are_read {
        checker.unused();
    }
}

struct RuleChecker<'a> {
    target: &'a Target,
    rule: &'a Rule,
    packages: &'a mut Packages,
    findings: &'a mut Findings,
    scope: RuleScope,
    /// Names of the rule that a template uses, and where.
    used: BTreeSet<(String, &'static str)>,
    skips: bool,
}

impl RuleChecker<'_> {
    fn platforms(&mut self) {
        for Spanned { node, span } in &self.rule.platforms {
            let unknown = |name: &str, known: &[&'static str]| {
                (!known.contains(&name)).then(|| nearest(name, known.iter().copied()))
            };
            let processor = node.processor.as_deref().and_then(|name| unknown(name, &PROCESSORS));
            let Some(near) = unknown(&node.system, &SYSTEMS).or(processor) else { continue };
            let help = near
                .map_or_else(|| "write a GOOS such as `linux`, or `linux/arm64`".into(), Help::did_you_mean);
            self.findings.push(
                Diagnostic::new(&codes::structure::PLATFORM)
                    .with("name", node.to_string())
                    .at(self.findings.file(), span.clone(), "")
                    .help(help),
            );
        }
    }

    fn bare(&self) -> bool {
        self.rule.bare.is_some()
    }

    /// Reports items that a rule of this kind may not have.
    fn shape(&mut self) {
        let rule = self.rule;
        if rule.enter.is_none() && rule.exit.is_none() && rule.anchors.is_empty() {
            self.findings.push(
                Diagnostic::new(&codes::structure::NOTHING_TO_DO)
                    .with("rule", &rule.name.node)
                    .at(self.findings.file(), rule.name.span.clone(), "this rule")
                    .help("add `enter { … }` or `exit { … }`"),
            );
        }
        if !self.bare() {
            for anchor in &rule.anchors {
                let word = anchor_word(anchor.kind);
                let span = anchor.span.start..anchor.span.start + word.len();
                self.findings.push(
                    Diagnostic::new(&codes::structure::ANCHOR_NOT_BARE)
                        .with("kind", word)
                        .at(self.findings.file(), span, "")
                        .and(self.findings.file(), rule.name.span.clone(), "this rule is not bare")
                        .help(format!("write `bare rule {}`, or use enter and exit", rule.name.node)),
                );
            }
        }
        if self.target.is_known() && self.target.package.node == RUNTIME {
            for (item, template) in [("enter", &rule.enter), ("exit", &rule.exit)] {
                if let Some(template) = template {
                    let start = template.span.start;
                    self.findings.push(
                        Diagnostic::new(&codes::structure::RUNTIME_HOOK)
                            .with("item", item)
                            .at(self.findings.file(), start..start + 1, "")
                            .help("write a `bare rule` with `before` or `replace`"),
                    );
                }
            }
        }
        for anchor in &rule.anchors {
            self.anchor_pattern(anchor.kind, &anchor.pattern);
        }
    }

    fn anchor_pattern(&mut self, kind: AnchorKind, pattern: &Spanned<String>) {
        let (frame, what) = match kind {
            AnchorKind::Before => (FragmentKind::Statements, "statement"),
            AnchorKind::Replace => (FragmentKind::Expression, "expression"),
        };
        let (before, after) = frame.frame();
        let text = format!("{before}{}{after}", pattern.node);
        let good = parse_tree(text.as_bytes()).is_some_and(|tree| !tree.root_node().has_error());
        if !good || pattern.node.trim().is_empty() {
            self.findings.push(
                Diagnostic::new(&codes::templates::ANCHOR_NOT_GO)
                    .with("what", what)
                    .at(self.findings.file(), pattern.span.clone(), "")
                    .help(format!("copy a whole {what} from the Go source")),
            );
        }
    }

    fn functions(&mut self) {
        let count = self.rule.func.names.len();
        if count > MAX_FUNCTIONS {
            self.findings.push(
                Diagnostic::new(&codes::structure::TOO_MANY_FUNCTIONS)
                    .with("rule", &self.rule.name.node)
                    .with("count", count.to_string())
                    .with("limit", MAX_FUNCTIONS.to_string())
                    .at(self.findings.file(), self.rule.name.span.clone(), "this rule")
                    .help("write several rules"),
            );
            return;
        }
        let mut seen: BTreeMap<&str, &Spanned<String>> = BTreeMap::new();
        for name in &self.rule.func.names {
            if let Some(first) = seen.get(name.node.as_str()) {
                self.findings.push(
                    Diagnostic::new(&codes::structure::FUNCTION_TWICE)
                        .with("name", &name.node)
                        .at(self.findings.file(), name.span.clone(), "named again")
                        .and(self.findings.file(), first.span.clone(), "first named here")
                        .help("remove one of them"),
                );
            } else {
                seen.insert(&name.node, name);
            }
        }
    }

    fn types(&mut self) {
        let func = &self.rule.func;
        let lists = func.params.iter().chain(&func.results);
        let of_lists = lists.flat_map(|list| &list.node).filter_map(|param| param.ty.as_ref());
        let alone =
            self.rule.state.iter().map(|state| &state.ty).chain(self.rule.binds.iter().map(|bind| &bind.ty));
        for ty in of_lists.chain(alone) {
            types::ty(ty, self.target, self.packages, self.findings);
        }
    }

    fn templates(&mut self) {
        let rule = self.rule;
        if let Some(enter) = &rule.enter {
            self.template(enter, RulePart::Enter, FragmentKind::Statements, "enter");
        }
        if let Some(exit) = &rule.exit {
            self.template(exit, RulePart::Exit, FragmentKind::Statements, "exit");
        }
        for anchor in &rule.anchors {
            let kind = FragmentKind::of_anchor(anchor.kind);
            self.template(&anchor.template, RulePart::Anchor, kind, anchor_word(anchor.kind));
        }
    }

    fn template(&mut self, text: &Template, part: RulePart, kind: FragmentKind, what: &'static str) {
        let bound = if part == RulePart::Anchor { BTreeSet::new() } else { self.scope.set() };
        for code in template::read(text, kind, what, self.findings) {
            for found in code.uses(&bound) {
                self.one_use(&found, part, what);
            }
        }
    }

    fn one_use(&mut self, found: &Use, part: RulePart, what: &'static str) {
        if part != RulePart::Anchor && self.scope.names.contains_key(&found.name) {
            self.used.insert((found.name.clone(), what));
        }
        match &found.how {
            How::Assigned => self.assigned(found, part),
            How::Qualifier { .. } if self.packages.has(&found.name) => {
                self.packages.mark_used(&found.name);
                if self.bare() {
                    not_below(
                        &found.name,
                        found.range.clone(),
                        self.packages,
                        "a bare rule",
                        self.findings,
                    );
                }
            }
            How::Read | How::Key | How::Qualifier { .. } => self.read(found, part),
            How::Return { values: true } if part != RulePart::Anchor => self.findings.push(
                Diagnostic::new(&codes::templates::RETURN_VALUE)
                    .at(self.findings.file(), found.range.clone(), "")
                    .help("assign results by name, and write `return` alone; `skip` in enter returns from the function"),
            ),
            How::Skip { in_literal } => self.skip(found, part, *in_literal),
            How::Recover if part != RulePart::Anchor => self.findings.push(
                Diagnostic::new(&codes::templates::RECOVER)
                    .at(self.findings.file(), found.range.clone(), "")
                    .help(if part == RulePart::Exit {
                        "read `panicking` and `panicValue`: they leave the panic as it is"
                    } else {
                        "remove it; a panic in the template itself is caught without it"
                    }),
            ),
            How::Return { .. } | How::Recover | How::Declared => {}
        }
    }

    fn read(&mut self, found: &Use, part: RulePart) {
        let exit_only = matches!(found.name.as_str(), "panicking" | "panicValue");
        if exit_only && part == RulePart::Enter {
            self.findings.push(
                Diagnostic::new(&codes::structure::EXIT_ONLY)
                    .with("name", &found.name)
                    .at(self.findings.file(), found.range.clone(), "")
                    .help("move this to exit"),
            );
        }
    }

    fn assigned(&mut self, found: &Use, part: RulePart) {
        let Some(bound) = self.scope.names.get(&found.name).filter(|_| part != RulePart::Anchor) else {
            return;
        };
        if bound.assignable {
            return;
        }
        let help = match bound.kind {
            BindingKind::Receiver => "a receiver cannot be replaced; assign to a local variable".to_owned(),
            BindingKind::Param | BindingKind::Result if self.rule.func.selector.is_some() => format!(
                "write `var` before the name, as in `param var {} …`, if the program is to see the new value; otherwise assign to a local variable",
                found.name
            ),
            _ => format!(
                "write `var {}` in the rule's func line, if the program is to see the new value; otherwise assign to a local variable",
                found.name
            ),
        };
        self.findings.push(
            Diagnostic::new(&codes::structure::ASSIGNED_WITHOUT_VAR)
                .with("name", &found.name)
                .at(self.findings.file(), found.range.clone(), "assigned here")
                .and(self.findings.file(), bound.span.clone(), format!("bound here as {}", bound.kind.text()))
                .help(help),
        );
    }

    fn skip(&mut self, found: &Use, part: RulePart, in_literal: bool) {
        self.skips = true;
        let place = match part {
            RulePart::Exit => Some("in exit"),
            RulePart::Anchor => Some("at an anchor"),
            RulePart::Enter if in_literal => Some("in a function literal"),
            RulePart::Enter => None,
        };
        if let Some(place) = place {
            self.findings.push(skip_misplaced(place, found.range.clone(), self.findings.file()));
        } else if self.rule.may_skip.is_none() {
            self.findings.push(
                Diagnostic::new(&codes::structure::SKIP_UNDECLARED)
                    .at(self.findings.file(), found.range.clone(), "")
                    .and(self.findings.file(), self.rule.name.span.clone(), "this rule")
                    .help("add a line `may skip` to the rule"),
            );
        }
    }

    /// Reports what is declared and not used.
    fn unused(&mut self) {
        if let Some(span) = self.rule.may_skip.as_ref().filter(|_| !self.skips) {
            self.findings.push(
                Diagnostic::new(&codes::structure::SKIP_UNUSED)
                    .at(self.findings.file(), span.clone(), "")
                    .help("remove the line, or write `skip` in enter"),
            );
        }
        for state in &self.rule.state {
            let in_part = |part: &'static str| self.used.contains(&(state.name.node.clone(), part));
            let (how, help) = match (in_part("enter"), in_part("exit")) {
                (true, true) => continue,
                (false, false) => ("never used", "remove the line"),
                (true, false) => {
                    ("never used in exit", "use it in exit, or declare it in enter as a local variable")
                }
                (false, true) => (
                    "never assigned in enter",
                    "assign it in enter, or declare it in exit as a local variable",
                ),
            };
            self.findings.push(
                Diagnostic::new(&codes::structure::STATE_UNUSED)
                    .with("name", &state.name.node)
                    .with("how", how)
                    .at(self.findings.file(), state.name.span.clone(), "")
                    .help(help),
            );
        }
    }
}

fn anchor_word(kind: AnchorKind) -> &'static str {
    match kind {
        AnchorKind::Before => "before",
        AnchorKind::Replace => "replace",
    }
}
