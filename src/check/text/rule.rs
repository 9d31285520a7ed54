//! Checks of one rule that need no Go source.
//!
//! In: a rule and the package names of its plugin. Out: findings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::codegen::{RUNTIME, is_module_path};
use crate::diagnostic::{Diagnostic, Help, SourceFile, codes, nearest};
use crate::platform::{PROCESSORS, SYSTEMS};
use crate::source::parse_tree;
use crate::syntax::ast::{AnchorKind, Rule, Span, Spanned, Target, Template};
use crate::template::{FragmentKind, How, Use};

use super::super::findings::Findings;
use super::misplaced::{not_below, skip_misplaced};
use super::names::Packages;
use super::parts::{RulePart, RuleTemplate, RuleTemplates, span_states};
use super::scope::{BindingKind, RuleScope};
use super::{flow, spans, template, types, versions};

/// The most functions that one rule may name.
pub(in crate::check) const MAX_FUNCTIONS: usize = 64;

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
    let templates = checker.templates();
    let templates_are_read = checker.findings.len() == before;
    if templates_are_read {
        checker.unused();
    }
    checker.meaning(templates, templates_are_read);
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
        let package = &self.target.package.node;
        if let Some(bare) = rule.bare.as_ref().filter(|_| rule.anchors.is_empty() && is_module_path(package))
        {
            self.findings.push(bare_unneeded(rule, package, bare, self.findings.file()));
        }
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
        let package = &self.target.package.node;
        // Types of the called package are written without it.
        let called = func.call.as_ref().map_or(package, |called| &called.node);
        for ty in of_lists {
            types::ty(ty, called, self.packages, self.findings);
        }
        for ty in alone {
            types::ty(ty, package, self.packages, self.findings);
        }
    }

    /// Reads all templates, and checks the names in them.
    fn templates(&mut self) -> Vec<RuleTemplate> {
        let rule = self.rule;
        let mut all = Vec::new();
        if let Some(enter) = &rule.enter {
            self.template(enter, RulePart::Enter, FragmentKind::Statements, &mut all);
        }
        if let Some(exit) = &rule.exit {
            self.template(exit, RulePart::Exit, FragmentKind::Statements, &mut all);
        }
        for anchor in &rule.anchors {
            let kind = FragmentKind::of_anchor(anchor.kind);
            self.template(&anchor.template, RulePart::Anchor, kind, &mut all);
        }
        all
    }

    fn template(&mut self, text: &Template, part: RulePart, kind: FragmentKind, all: &mut Vec<RuleTemplate>) {
        let item = match (part, kind) {
            (RulePart::Enter, _) => "enter",
            (RulePart::Exit, _) => "exit",
            (RulePart::Anchor, FragmentKind::Expression) => "replace",
            (RulePart::Anchor, _) => "before",
        };
        let bound = if part == RulePart::Anchor { BTreeSet::new() } else { self.scope.set() };
        let variants = template::read(text, kind, item, self.findings);
        if !variants.is_empty() && variants.iter().all(|code| code.framed().is_empty()) {
            self.findings.push(
                Diagnostic::new(&codes::unneeded::EMPTY_TEMPLATE)
                    .with("item", item)
                    .with("rule", &self.rule.name.node)
                    .at(self.findings.file(), text.span.clone(), "")
                    .help("write the Go code that is to run, or remove it"),
            );
        }
        let range = self.rule.versions.as_ref().map_or(&self.target.versions.node, |own| &own.node);
        if self.target.is_known() {
            flow::since_blocks(text, [&self.target.versions.node, range], self.findings);
        }
        for code in variants {
            flow::compared_versions(text, &code, self.findings);
            self.packages.note_methods(&code);
            let uses = code.uses(&bound);
            for found in &uses {
                self.one_use(found, part, item);
            }
            all.push(RuleTemplate { part, code, uses });
        }
    }

    /// Checks what the templates mean, as far as that shows without types.
    fn meaning(&mut self, all: Vec<RuleTemplate>, are_read: bool) {
        let Self { target, rule, packages, scope, .. } = self;
        let span_states = span_states(rule, target, packages);
        let templates = RuleTemplates { rule, scope, packages, span_states, all };
        flow::check(&templates, self.findings);
        spans::check(&templates, self.findings);
        if are_read {
            flow::unassigned(&templates, self.findings);
        }
    }

    fn one_use(&mut self, found: &Use, part: RulePart, what: &'static str) {
        if part != RulePart::Anchor && self.scope.names.contains_key(&found.name) {
            self.used.insert((found.name.clone(), what));
        }
        let spans = span_states(self.rule, self.target, self.packages);
        self.packages.note(found, &spans);
        match &found.how {
            How::Assigned => self.assigned(found, part),
            How::Qualifier { member } if self.names_own_package(found) => {
                let found = Diagnostic::new(&codes::packages::IMPORT_CYCLE)
                    .with("path", format!("\"{}\"", self.target.package.node))
                    .with("package", &self.target.package.node)
                    .at(self.findings.file(), found.range.clone(), "")
                    .help(format!("templates are in the package already: write `{member}`, and no import"));
                self.findings.push_once(found);
            }
            How::Qualifier { .. } if self.packages.has(&found.name) => {
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
            How::Read if found.name == "skip" => {
                self.skips = true;
                let place = skip_misplaced("with arguments or in an expression", found.range.clone(), self.findings.file());
                self.findings.push(place.help("write `skip` alone, as a statement; assign results before it"));
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

    /// Returns true if a name means the target's own package, which cannot import itself.
    fn names_own_package(&self, found: &Use) -> bool {
        self.target.is_known() && self.packages.path(&found.name) == Some(&self.target.package.node)
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

/// The templates of a rule.
pub(in crate::check) fn templates(rule: &Rule) -> impl Iterator<Item = &Template> {
    let anchors = rule.anchors.iter().map(|anchor| &anchor.template);
    rule.enter.iter().chain(&rule.exit).chain(anchors)
}

/// A bare rule for a package above the agent.
pub(in crate::check) fn bare_unneeded(
    rule: &Rule,
    package: &str,
    bare: &Span,
    source: &Arc<SourceFile>,
) -> Diagnostic {
    Diagnostic::new(&codes::unneeded::BARE_UNNEEDED)
        .with("rule", &rule.name.node)
        .with("package", package)
        .at(source, bare.clone(), "")
        .help("remove the word; the templates then have a guard, and the agent")
}

fn anchor_word(kind: AnchorKind) -> &'static str {
    match kind {
        AnchorKind::Before => "before",
        AnchorKind::Replace => "replace",
    }
}
