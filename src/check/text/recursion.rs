//! Templates that call the function into which they are woven.
//!
//! In: a plugin. Out: diagnostics. Calls are followed through the functions of `decl`, the bodies
//! of ports and the templates of other rules for the same package; what the package's own functions
//! call is not known here. A method counts if the type of the value before the dot is written: the
//! receiver, or a parameter with a type.

use std::collections::{BTreeMap, BTreeSet};

use crate::codegen::share_package;
use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::ast::{Plugin, Rule, Span, Target, Template};
use crate::template::{Call, FragmentKind, Framed, Pieces};

use super::super::findings::Findings;
use super::names::Packages;

/// A function of the package, with the type of its receiver.
type FunctionKey = (Option<String>, String);

/// Checks all rules of a plugin that name their functions.
pub(super) fn check(plugin: &Plugin, packages: &Packages, findings: &mut Findings) {
    for target in &plugin.targets {
        let shared: Vec<&Target> =
            plugin.targets.iter().filter(|other| share_package(target, other)).collect();
        let rules = target.rules.iter().filter(|rule| rule.func.call.is_none());
        let called = rules.filter(|rule| {
            let before = if rule.recv.is_some() { "." } else { "" };
            rule.func.names.iter().any(|name| is_called(&shared, &format!("{before}{}", name.node)))
        });
        let mut bodies = None;
        for rule in called {
            let bodies = bodies.get_or_insert_with(|| Bodies::new(&shared, packages));
            bodies.follow(target, rule, findings);
        }
    }
}

/// Returns true if a text of the targets may call a function of this name; a method begins with a
/// dot.
fn is_called(targets: &[&Target], name: &str) -> bool {
    let (call, instance) = (format!("{name}("), format!("{name}["));
    let may = |text: &Template| text.node.contains(&call) || text.node.contains(&instance);
    targets.iter().any(|target| {
        target.decls.iter().any(may)
            || target.ports.iter().any(|port| may(&port.body))
            || target.rules.iter().flat_map(templates).any(|(template, _)| may(template))
    })
}

fn templates(rule: &Rule) -> impl Iterator<Item = (&Template, FragmentKind)> {
    let hooks = rule.enter.iter().chain(&rule.exit).map(|hook| (hook, FragmentKind::Statements));
    let anchors = rule.anchors.iter();
    hooks.chain(anchors.map(|one| (&one.template, FragmentKind::of_anchor(one.kind))))
}

/// A call in a body.
struct BodyCall {
    /// The function that is called, if it is one of the package or of the plugin.
    function: FunctionKey,
    place: Span,
}

/// The bodies from which functions are called, for targets that share a package.
struct Bodies<'a> {
    targets: &'a [&'a Target],
    packages: &'a Packages,
    /// The calls of each function of `decl` and of each port.
    declared: BTreeMap<String, Vec<BodyCall>>,
}

impl<'a> Bodies<'a> {
    fn new(targets: &'a [&'a Target], packages: &'a Packages) -> Self {
        let mut bodies = Self { targets, packages, declared: BTreeMap::new() };
        for target in targets {
            for decl in &target.decls {
                for framed in variants(decl, FragmentKind::Declarations) {
                    let types = framed.parameter_types();
                    for (call, function) in bodies.calls(&framed, decl, target, &types) {
                        let Some(inside) = call.inside else { continue };
                        bodies.declared.entry(inside).or_default().push(function);
                    }
                }
            }
            for port in &target.ports {
                let framed = Framed::parse(&port.body.node, FragmentKind::Statements);
                let calls = bodies.calls(&framed, &port.body, target, &BTreeMap::new());
                let calls = calls.into_iter().map(|(_, function)| function);
                bodies.declared.entry(port.name.node.clone()).or_default().extend(calls);
            }
        }
        bodies
    }

    /// The calls in a text of functions that may be the package's. `types` are those of the names
    /// before a dot.
    fn calls(
        &self,
        framed: &Framed,
        template: &Template,
        target: &Target,
        types: &BTreeMap<String, String>,
    ) -> Vec<(Call, BodyCall)> {
        let uses = framed.uses(&BTreeSet::new());
        let is_free = |call: &Call| uses.iter().any(|found| found.range.start == call.range.start);
        let function = |call: &Call| match call.operand.as_deref() {
            None => is_free(call).then(|| (None, call.name.clone())),
            Some(operand) if self.packages.path(operand) == Some(&target.package.node) => {
                Some((None, call.name.clone()))
            }
            Some(operand) => types.get(operand).map(|ty| (Some(ty.clone()), call.name.clone())),
        };
        let start = template.span.start;
        let known = framed.calls().into_iter().filter_map(|call| Some((function(&call)?, call)));
        known
            .map(|(function, call)| {
                let place = start + call.range.start..start + call.range.end;
                (call, BodyCall { function, place })
            })
            .collect()
    }

    /// The calls in the templates of a rule.
    fn calls_of_rule(&self, target: &Target, rule: &Rule) -> Vec<BodyCall> {
        let mut types: BTreeMap<String, String> = BTreeMap::new();
        if let Some(recv) = &rule.recv {
            types.extend(recv.name.iter().map(|name| (name.node.clone(), recv.type_name.node.clone())));
        }
        for param in rule.func.params.iter().chain(&rule.func.results).flat_map(|list| &list.node) {
            if let (Some(name), Some(ty)) = (&param.name, &param.ty) {
                types.insert(name.node.clone(), base_type(&ty.node));
            }
        }
        let mut found = Vec::new();
        for (template, kind) in templates(rule) {
            for framed in variants(template, kind) {
                let calls = self.calls(&framed, template, target, &types);
                found.extend(calls.into_iter().map(|(_, function)| function));
            }
        }
        found
    }

    /// Reports the calls by which a rule's templates come back to its function.
    fn follow(&self, target: &Target, rule: &Rule, findings: &mut Findings) {
        let own = functions(rule);
        let mut seen: BTreeSet<FunctionKey> = BTreeSet::new();
        let mut queue: Vec<(BodyCall, Option<String>)> =
            self.calls_of_rule(target, rule).into_iter().map(|call| (call, None)).collect();
        while let Some((call, through)) = queue.pop() {
            if own.contains(&call.function) {
                findings.push_once(calls_itself(rule, &call, through.as_deref(), findings));
                continue;
            }
            if !seen.insert(call.function.clone()) {
                continue;
            }
            let (receiver, name) = &call.function;
            let step = Some(name.clone());
            if receiver.is_none() {
                let calls = self.declared.get(name).into_iter().flatten();
                let copied =
                    |call: &BodyCall| BodyCall { function: call.function.clone(), place: call.place.clone() };
                queue.extend(calls.map(|call| (copied(call), step.clone())));
            }
            for (other_target, other) in self.rules_for(&call.function) {
                let calls = self.calls_of_rule(other_target, other);
                queue.extend(calls.into_iter().map(|call| (call, step.clone())));
            }
        }
    }

    /// The rules that are woven into a function.
    fn rules_for(&self, function: &FunctionKey) -> impl Iterator<Item = (&'a Target, &'a Rule)> {
        let all = self.targets.iter().flat_map(|target| target.rules.iter().map(move |rule| (*target, rule)));
        let is_named = |rule: &Rule| rule.func.call.is_none() && functions(rule).contains(function);
        all.filter(move |(_, rule)| is_named(rule))
    }
}

/// The functions that a rule names.
fn functions(rule: &Rule) -> BTreeSet<FunctionKey> {
    let receiver = rule.recv.as_ref().map(|recv| recv.type_name.node.clone());
    rule.func.names.iter().map(|name| (receiver.clone(), name.node.clone())).collect()
}

/// The name in a type such as `*T[K]`.
fn base_type(ty: &str) -> String {
    let ty = ty.trim().trim_start_matches('*');
    ty.split('[').next().unwrap_or(ty).trim().to_owned()
}

/// The variants of a template, parsed.
fn variants(template: &Template, kind: FragmentKind) -> Vec<Framed> {
    let Ok(pieces) = Pieces::read(&template.node) else { return Vec::new() };
    pieces.variants().iter().map(|(_, text)| Framed::parse(text, kind)).collect()
}

fn calls_itself(rule: &Rule, call: &BodyCall, through: Option<&str>, findings: &Findings) -> Diagnostic {
    let item = match through {
        None => format!("rule `{}`", rule.name.node),
        Some(name) => format!("`{name}`, to which the templates of rule `{}` lead,", rule.name.node),
    };
    let function = match &call.function {
        (Some(receiver), name) => format!("`{receiver}.{name}`"),
        (None, name) => format!("`{name}`"),
    };
    Diagnostic::new(&codes::templates::CALLS_ITSELF)
        .with("item", item)
        .with("function", function)
        .at(findings.file(), call.place.clone(), "called here")
        .and(findings.file(), rule.func.span.clone(), "the rule is woven into it")
        .help("do without the call; or call what the function itself calls")
}
