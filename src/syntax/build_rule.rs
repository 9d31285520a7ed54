//! Builds the syntax tree of a rule from pest's nodes.
//!
//! In: the node of a rule. Out: [`ast::Rule`]; an item given twice is a mistake here, since the
//! tree has room for only one.

use crate::diagnostic::{Diagnostic, Help, codes, nearest};
use crate::platform::Platform;

use super::ast::{
    self, Anchor, AnchorKind, Bind, FuncPattern, Param, Receiver, Selector, SelectorKind, Span, Spanned,
    StateVar,
};
use super::build::{
    TreeBuilder, import_path, item_span, name, name_and_type, outer_docs, part, span, template, text,
    type_text, unquoted,
};
use super::explain::{BadItems, Block};
use super::grammar::{Node, Rule};
use super::intervals;

/// The items of a rule as they are found.
#[derive(Default)]
struct Items {
    versions: Option<Spanned<crate::version::VersionSet>>,
    go: Option<Spanned<crate::version::VersionSet>>,
    platforms: Vec<Spanned<Platform>>,
    recv: Option<Receiver>,
    func: Option<FuncPattern>,
    binds: Vec<Bind>,
    priority: Option<Spanned<i32>>,
    state: Vec<StateVar>,
    may_skip: Option<Span>,
    may_be_absent: bool,
    enter: Option<ast::Template>,
    exit: Option<ast::Template>,
    anchors: Vec<Anchor>,
}

impl TreeBuilder<'_> {
    /// Reads one rule.
    pub(super) fn rule(&mut self, node: &Node<'_>) -> Option<ast::Rule> {
        let rule_name = name(node)?;
        let bare = part(node, Rule::kw_bare);
        let before = self.problems.len();
        let items = self.items(node);
        let Some(func) = items.func else {
            if self.problems.len() == before {
                self.problems.push(
                    Diagnostic::new(&codes::syntax::NO_FUNC)
                        .with("rule", &rule_name.node)
                        .at(self.source, rule_name.span.clone(), "this rule")
                        .help("add a line such as `func ServeHTTP(rw, req)`"),
                );
            }
            return None;
        };
        let keyword = if bare.is_some() { Rule::kw_bare } else { Rule::kw_rule };
        Some(ast::Rule {
            docs: outer_docs(node),
            bare: bare.map(|b| span(&b)),
            name: rule_name,
            versions: items.versions,
            go: items.go,
            platforms: items.platforms,
            recv: items.recv,
            func,
            binds: items.binds,
            priority: items.priority,
            state: items.state,
            may_skip: items.may_skip,
            may_be_absent: items.may_be_absent,
            enter: items.enter,
            exit: items.exit,
            anchors: items.anchors,
            span: item_span(node, keyword),
        })
    }

    fn items(&mut self, node: &Node<'_>) -> Items {
        let mut items = Items::default();
        let mut seen: Vec<(&'static str, Span)> = Vec::new();
        let mut bad = BadItems::new(Block::Rule);
        for item in node.clone().into_inner() {
            if item.as_rule() == Rule::bad_item {
                bad.explain(self.source, &item, &mut self.problems);
                bad.after(true);
                continue;
            }
            if let Some(word) = single(item.as_rule()) {
                self.once(word, &item, &mut seen);
            }
            self.item(&item, &mut items);
            bad.after(false);
        }
        items
    }

    /// Reports an item that is given a second time.
    fn once(&mut self, word: &'static str, item: &Node<'_>, seen: &mut Vec<(&'static str, Span)>) {
        let here = item.as_span().start()..item.as_span().start() + word.len();
        match seen.iter().find(|(known, _)| *known == word) {
            Some((_, first)) => self.problems.push(
                Diagnostic::new(&codes::syntax::DUPLICATE_ITEM)
                    .with("item", word)
                    .at(self.source, here, "given again")
                    .and(self.source, first.clone(), "first given here")
                    .help(duplicate_help(word)),
            ),
            None => seen.push((word, here)),
        }
    }

    fn item(&mut self, item: &Node<'_>, items: &mut Items) {
        match item.as_rule() {
            Rule::versions_item => items.versions = self.versions(item),
            Rule::go_item => items.go = self.versions(item),
            Rule::platforms => items.platforms = platforms(item),
            Rule::recv => items.recv = receiver(item),
            Rule::func | Rule::call => items.func = function(item),
            Rule::param_item => items.binds.extend(bind(item, false)),
            Rule::result_item => items.binds.extend(bind(item, true)),
            Rule::priority => items.priority = self.priority(item),
            Rule::state => items.state.extend(name_and_type(item).map(|(name, ty)| StateVar { name, ty })),
            Rule::may_skip => items.may_skip = Some(span(item)),
            Rule::may_be_absent => items.may_be_absent = true,
            Rule::enter => items.enter = template(item),
            Rule::exit => items.exit = template(item),
            Rule::before => items.anchors.extend(anchor(item, AnchorKind::Before)),
            Rule::replace => items.anchors.extend(anchor(item, AnchorKind::Replace)),
            _ => {}
        }
    }

    fn versions(&mut self, item: &Node<'_>) -> Option<Spanned<crate::version::VersionSet>> {
        let node = part(item, Rule::versions)?;
        Some(intervals::versions(self.source, &node, &mut self.problems))
    }

    fn priority(&mut self, item: &Node<'_>) -> Option<Spanned<i32>> {
        let level = part(item, Rule::level)?;
        let value = match level.as_str() {
            "low" => Ok(0),
            "medium" => Ok(1),
            "high" => Ok(2),
            number => number.parse(),
        };
        let span = span(&level);
        if let Ok(node) = value {
            return Some(Spanned { node, span });
        }
        let help = match nearest(level.as_str(), ["low", "medium", "high"]) {
            Some(word) => Help::did_you_mean(word),
            None => "write one of the words, or a number between -2147483648 and 2147483647".into(),
        };
        self.problems.push(
            Diagnostic::new(&codes::syntax::UNEXPECTED)
                .with("expected", "`low`, `medium`, `high` or a number")
                .with("found", format!("`{}`", level.as_str()))
                .at(self.source, span, "")
                .help(help),
        );
        None
    }
}

/// Returns the keyword of an item that may occur only once.
fn single(kind: Rule) -> Option<&'static str> {
    Some(match kind {
        Rule::versions_item => "versions",
        Rule::go_item => "go",
        Rule::platforms => "platforms",
        Rule::recv => "recv",
        Rule::func | Rule::call => "func",
        Rule::priority => "priority",
        Rule::may_skip => "may skip",
        Rule::may_be_absent => "may be absent",
        Rule::enter => "enter",
        Rule::exit => "exit",
        _ => return None,
    })
}

fn platforms(item: &Node<'_>) -> Vec<Spanned<Platform>> {
    let parts = item.clone().into_inner().filter(|part| part.as_rule() == Rule::platform);
    parts.map(|part| Spanned { node: Platform::from_text(part.as_str()), span: span(&part) }).collect()
}

fn duplicate_help(word: &str) -> &'static str {
    match word {
        "func" => "name several functions in one line, as in `func (a | b)(x)`, or write a rule for each",
        "enter" | "exit" => "join the two templates",
        "platforms" => "join them with a comma, as in `linux, darwin/arm64`",
        "versions" | "go" => "join the intervals with a comma, as in `[1.2.0, 1.9.0), [2.0.0, )`",
        _ => "remove one of them",
    }
}

/// Returns a name, or `None` for `_`.
fn name_or_blank(node: &Node<'_>) -> Option<Spanned<String>> {
    (node.as_str() != "_").then(|| text(node))
}

fn receiver(item: &Node<'_>) -> Option<Receiver> {
    let node = part(item, Rule::receiver)?;
    let params = part(&node, Rule::type_params);
    let type_params = params.map_or_else(Vec::new, |p| {
        let names = p.into_inner().filter(|n| n.as_rule() == Rule::name);
        names.map(|n| text(&n)).collect()
    });
    Some(Receiver {
        name: part(&node, Rule::receiver_name).and_then(|n| name_or_blank(&n)),
        pointer: part(&node, Rule::star).is_some(),
        type_name: name(&node)?,
        type_params,
        span: trimmed(&node),
    })
}

fn function(item: &Node<'_>) -> Option<FuncPattern> {
    let selection = part(item, Rule::selection);
    let selector = selection.as_ref().and_then(selector);
    let node = selection.or_else(|| part(item, Rule::function))?;
    let functions = part(&node, Rule::functions);
    let names = functions.into_iter().flat_map(|f| f.into_inner().filter(|n| n.as_rule() == Rule::name));
    let results = part(&node, Rule::results).map(|r| match part(&r, Rule::params) {
        Some(list) => params(&list),
        None => lone_result(&r),
    });
    Some(FuncPattern {
        call: import_path(item),
        selector,
        names: names.map(|n| text(&n)).collect(),
        params: part(&node, Rule::params).map(|p| params(&p)),
        results,
        span: trimmed(&node),
    })
}

fn selector(node: &Node<'_>) -> Option<Selector> {
    let kind =
        if part(node, Rule::kw_marked).is_some() { SelectorKind::Marked } else { SelectorKind::Matching };
    Some(Selector { kind, text: unquoted(&part(node, Rule::selector)?) })
}

/// Reads `param` and `result`.
fn bind(item: &Node<'_>, result: bool) -> Option<Bind> {
    let (name, ty) = name_and_type(item)?;
    let var = part(item, Rule::kw_var).map(|v| span(&v));
    Some(Bind { result, var, name, ty, span: trimmed(item) })
}

/// Reads a single bare type, as in Go: it means `_ Type`.
fn lone_result(node: &Node<'_>) -> Spanned<Vec<Param>> {
    let ty = type_text(node);
    let span = ty.span.clone();
    Spanned { node: vec![Param { var: None, name: None, ty: Some(ty), span: span.clone() }], span }
}

fn params(node: &Node<'_>) -> Spanned<Vec<Param>> {
    let nodes = node.clone().into_inner().filter(|n| n.as_rule() == Rule::param);
    Spanned { node: nodes.filter_map(|n| param(&n)).collect(), span: span(node) }
}

fn param(node: &Node<'_>) -> Option<Param> {
    Some(Param {
        var: part(node, Rule::kw_var).map(|v| span(&v)),
        name: name_or_blank(&part(node, Rule::param_name)?),
        ty: part(node, Rule::param_type).map(|t| type_text(&t)),
        span: trimmed(node),
    })
}

/// Returns a node's place without the spaces that follow it.
fn trimmed(node: &Node<'_>) -> Span {
    let start = node.as_span().start();
    start..start + node.as_str().trim_end().len()
}

fn anchor(item: &Node<'_>, kind: AnchorKind) -> Option<Anchor> {
    let pattern = part(&part(item, Rule::pattern)?, Rule::pattern_text)?;
    Some(Anchor { kind, pattern: text(&pattern), template: template(item)?, span: span(item) })
}
