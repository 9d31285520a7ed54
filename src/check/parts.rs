//! The parts of a rule file that mean something by themselves, each with a name that does not
//! depend on where it stands.
//!
//! In: a syntax tree. Out: names and places. Comments, documentation and the order of independent
//! items are in no part: what is remembered of a rule goes by these parts.

use crate::source::normal;
use crate::syntax::ast::{
    Anchor, Bind, File, FuncPattern, Import, Plugin, Port, Rule, Span, Spanned, StateVar, StructExt, Target,
    Template,
};

/// A part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// The text without comments; empty for a flag.
    pub text: String,
    /// Its place.
    pub place: (usize, usize),
}

/// The parts of one item.
struct Parts<'a> {
    text: &'a str,
    within: String,
    out: Vec<Part>,
}

impl<'a> Parts<'a> {
    fn new(text: &'a str, within: String) -> Self {
        Self { text, within, out: Vec::new() }
    }

    fn add(&mut self, name: &str, span: &Span) {
        let text = normal(self.text.get(span.clone()).unwrap_or_default());
        let name = format!("{}{name}", self.within);
        self.out.push(Part { name, text, place: (span.start, span.end) });
    }

    fn written<T>(&mut self, name: &str, item: Option<&Spanned<T>>) {
        if let Some(item) = item {
            self.add(name, &item.span);
        }
    }

    /// Adds a part of which only the existence counts.
    fn flag(&mut self, name: &str, is_set: bool) {
        let name = format!("{}{name}", self.within);
        self.out.extend(is_set.then(|| Part { name, text: String::new(), place: (0, 0) }));
    }

    /// The parts in the order of their names.
    fn sorted(mut self) -> Vec<Part> {
        self.out.sort();
        self.out
    }
}

/// The parts of a rule, in an order that does not depend on that of its items.
pub fn of_rule(rule: &Rule, text: &str) -> Vec<Part> {
    rule_within(rule, text, String::new())
}

fn rule_within(rule: &Rule, text: &str, within: String) -> Vec<Part> {
    let mut parts = Parts::new(text, within);
    let Rule {
        docs: _,
        bare,
        name,
        versions,
        go,
        platforms,
        recv,
        func,
        binds,
        priority,
        state,
        may_skip,
        may_be_absent,
        enter,
        exit,
        anchors,
        span: _,
    } = rule;
    parts.add("name", &name.span);
    parts.flag("bare", bare.is_some());
    parts.flag("may skip", may_skip.is_some());
    parts.flag("may be absent", *may_be_absent);
    parts.written("versions", versions.as_ref());
    parts.written("go", go.as_ref());
    for (at, platform) in platforms.iter().enumerate() {
        parts.add(&format!("platform {at}"), &platform.span);
    }
    if let Some(recv) = recv {
        parts.add("recv", &recv.span);
    }
    function(func, &mut parts);
    for (at, Bind { result: _, var: _, name: _, ty: _, span }) in binds.iter().enumerate() {
        parts.add(&format!("bind {at}"), span);
    }
    parts.written("priority", priority.as_ref());
    for StateVar { name, ty } in state {
        parts.add(&format!("state {}", name.node), &name.span);
        parts.add(&format!("type of {}", name.node), &ty.span);
    }
    parts.written("enter", enter.as_ref());
    parts.written("exit", exit.as_ref());
    for (at, Anchor { kind: _, pattern: _, template: _, span }) in anchors.iter().enumerate() {
        parts.add(&format!("anchor {at}"), span);
    }
    parts.sorted()
}

fn function(func: &FuncPattern, parts: &mut Parts<'_>) {
    let FuncPattern { call, selector, names: _, params: _, results: _, span } = func;
    parts.written("call", call.as_ref());
    if let Some(selector) = selector {
        parts.add(selector.kind.word(), &selector.text.span);
    }
    parts.add("func", span);
}

/// The parts that a plugin has for all rules of a package: imports, and what is declared for it.
pub fn of_package(plugin: &Plugin, package: &str, text: &str) -> Vec<Part> {
    let mut parts = Parts::new(text, String::new());
    for Import { alias: _, path, span } in &plugin.imports {
        parts.add(&format!("import {}", path.node), span);
    }
    for target in plugin.targets.iter().filter(|target| target.package.node == package) {
        declared(target, &mut parts);
    }
    parts.sorted()
}

/// The package and the versions of a target.
pub fn of_target(target: &Target, text: &str) -> Vec<Part> {
    let mut parts = Parts::new(text, String::new());
    parts.add("package", &target.package.span);
    parts.add("versions", &target.versions.span);
    parts.out
}

fn declared(target: &Target, parts: &mut Parts<'_>) {
    for Template { node, span } in &target.decls {
        let digest = blake3::hash(normal(node).as_bytes()).to_hex();
        parts.add(&format!("decl {digest}"), span);
    }
    for StructExt { type_name, fields: _, span } in &target.structs {
        parts.add(&format!("struct {}", type_name.node), span);
    }
    for Port { name, signature: _, body: _, span } in &target.ports {
        parts.add(&format!("port {}", name.node), span);
    }
}

/// All parts of a file. Those of one name are numbered.
pub fn of_file(file: &File, text: &str) -> Vec<Part> {
    let plugin = &file.plugin;
    let mut parts = Parts::new(text, String::new());
    parts.add("plugin", &plugin.name.span);
    for Import { alias: _, path, span } in &plugin.imports {
        parts.add(&format!("import {}", path.node), span);
    }
    for target in &plugin.targets {
        let versions = normal(text.get(target.versions.span.clone()).unwrap_or_default());
        parts.within = format!("{} {versions}: ", target.package.node);
        parts.add("package", &target.package.span);
        parts.add("versions", &target.versions.span);
        declared(target, &mut parts);
        for rule in &target.rules {
            let within = format!("{}rule {}: ", parts.within, rule.name.node);
            parts.out.extend(rule_within(rule, text, within));
        }
    }
    let mut all = parts.sorted();
    let mut seen = std::collections::BTreeMap::new();
    for part in &mut all {
        let count: &mut usize = seen.entry(part.name.clone()).or_default();
        if *count > 0 {
            part.name = format!("{} #{count}", part.name);
        }
        *count += 1;
    }
    all
}
