//! Impossible imports: cycles, and packages that are out of reach.
//!
//! In: a target, its package in each release, and the imports of packages (those of Go and of the
//! target's module from their sources, those of the module that is linked in from what goagent
//! carries). Out: diagnostics.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::codegen::{self, AGENT, PREDECLARED, RUNTIME};
use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::modules::{Home, Release};
use crate::source::is_module_path;
use crate::syntax::ast::{Anchor, Import, Plugin, Rule, Span, Spanned, Target};
use crate::template::FragmentKind;

use super::super::context::CheckContext;
use super::super::findings::Findings;
use super::super::text::rule::bare_unneeded;
use super::super::wording;
use super::digest;

/// The imports of one target.
pub(super) struct ImportCheck<'a> {
    pub(super) context: &'a CheckContext<'a>,
    pub(super) source: &'a Arc<SourceFile>,
    pub(super) plugin: &'a Plugin,
    pub(super) target: &'a Target,
    pub(super) home: &'a Home,
}

/// Impossible imports: for each the releases, a chain of imports, and the cause.
type Violations<'a> = BTreeMap<(usize, String), (Vec<String>, Vec<String>, Cause<'a>)>;

/// Something that may be impossible: the place of the diagnostic, the cause, and the package that
/// is needed.
type Wanted<'a> = ((usize, String), Cause<'a>, &'a str);

/// Text that is compiled in the target's package.
struct CompiledText<'a> {
    span: &'a Span,
    /// True if it does not belong to a rule.
    declared: bool,
    /// The import paths that it needs.
    needs: BTreeSet<String>,
}

#[derive(Clone, Copy)]
enum Cause<'a> {
    /// A rule, or a declaration, needs the agent, and the package is below it.
    Below { what: &'a str, name: &'a str, span: &'a Span },
    /// An import leads back to the package.
    Cycle(&'a Import),
    /// A package of a module that the target's package does not import itself.
    Foreign(&'a Import),
}

impl<'a> ImportCheck<'a> {
    /// Reports what cannot be imported in any of these releases. Returns true if everything can.
    pub(super) fn check(&self, releases: &[Release], findings: &mut Findings) -> bool {
        let mut found: Violations<'a> = BTreeMap::new();
        let wanted = self.wanted();
        for release in releases {
            self.at(release, &wanted, &mut found);
        }
        self.bare(releases, findings);
        let clean = found.is_empty();
        findings.extend(
            found.into_values().map(|(versions, chain, cause)| self.finding(cause, &versions, &chain)),
        );
        clean
    }

    /// Reports bare rules for a package of Go that the agent does not depend on, and that have no
    /// need of being bare.
    fn bare(&self, releases: &[Release], findings: &mut Findings) {
        let package = &self.target.package.node;
        let above = || releases.iter().all(|release| self.chain(AGENT, release).is_none());
        let rules = self.target.rules.iter().filter(|rule| rule.anchors.is_empty());
        let bare: Vec<_> = rules.filter_map(|rule| Some((rule, rule.bare.as_ref()?))).collect();
        // The text alone says it of a module's package.
        if bare.is_empty() || is_module_path(package) || package == RUNTIME || !above() {
            return;
        }
        for (rule, span) in bare {
            findings.push(bare_unneeded(rule, package, span, self.source));
        }
    }

    /// A digest of everything but the release that the answer depends on: the packages that are
    /// needed, and those that goagent carries. Most edits of a template leave it unchanged.
    pub(super) fn digest(&self) -> String {
        let wanted: BTreeSet<(&str, bool)> = self
            .wanted()
            .into_iter()
            .map(|(_, cause, root)| (root, matches!(cause, Cause::Foreign(_))))
            .collect();
        digest::imports(&self.target.package.node, &wanted, self.context.carried)
    }

    fn at(&self, release: &Release, wanted: &[Wanted<'a>], found: &mut Violations<'a>) {
        let mut chains: BTreeMap<&str, Option<Vec<String>>> = BTreeMap::new();
        for (key, cause, root) in wanted {
            if let Cause::Foreign(import) = cause {
                self.foreign(import, release, found);
                continue;
            }
            if let Some(chain) = chains.entry(*root).or_insert_with(|| self.chain(root, release)) {
                let entry = found.entry(key.clone()).or_insert_with(|| (Vec::new(), chain.clone(), *cause));
                entry.0.push(release.version.to_string());
            }
        }
    }

    /// Lists what may be impossible, with the package that is needed for each.
    fn wanted(&self) -> Vec<Wanted<'a>> {
        let mut out = Vec::new();
        for rule in self.target.rules.iter().filter(|rule| rule.bare.is_none()) {
            let hooks = rule.enter.is_some() || rule.exit.is_some();
            if !(hooks && self.target.package.node == RUNTIME) {
                let cause = Cause::Below { what: "rule", name: &rule.name.node, span: &rule.name.span };
                out.push(((rule.name.span.start, String::new()), cause, AGENT));
            }
        }
        let parts = self.parts();
        for (name, path) in PREDECLARED {
            if let Some(part) = parts.iter().find(|part| part.declared && part.needs.contains(path)) {
                let cause = Cause::Below { what: "what is declared", name, span: part.span };
                out.push(((part.span.start, name.to_owned()), cause, path));
            }
        }
        for import in &self.plugin.imports {
            let path = import.path.node.as_str();
            if path != self.target.package.node && parts.iter().any(|part| part.needs.contains(path)) {
                let cause = if is_module_path(path) { Cause::Foreign(import) } else { Cause::Cycle(import) };
                out.push(((import.span.start, path.to_owned()), cause, path));
            }
        }
        out
    }

    /// A package of a module can be had where the target's package has it.
    fn foreign(&self, import: &'a Import, release: &Release, found: &mut Violations<'a>) {
        let package = self.context.modules.package(self.home, &self.target.package.node, release);
        if package.is_ok_and(|package| !package.imports().contains(&import.path.node)) {
            let key = (import.span.start, String::new());
            let entry = found.entry(key).or_insert_with(|| (Vec::new(), Vec::new(), Cause::Foreign(import)));
            entry.0.push(release.version.to_string());
        }
    }

    /// Text that is compiled in the target's package.
    fn parts(&self) -> Vec<CompiledText<'a>> {
        let imports = codegen::Imports::new(self.plugin);
        let part = |declared, text: &'a Spanned<String>, kind| {
            let typed = text.node.trim_start_matches("...");
            // A signature is written without its `func`.
            let signature =
                (kind == FragmentKind::Type && typed.starts_with('(')).then(|| format!("func{typed}"));
            let needs = codegen::paths_in(signature.as_deref().unwrap_or(typed), kind, &imports);
            CompiledText { span: &text.span, declared, needs }
        };
        let Target { decls, structs, ports, rules, .. } = self.target;
        let mut parts: Vec<CompiledText<'a>> =
            decls.iter().map(|decl| part(true, decl, FragmentKind::Declarations)).collect();
        let fields = structs.iter().flat_map(|item| item.fields.iter().map(|(_, ty)| ty));
        let types = fields.chain(ports.iter().map(|port| &port.signature));
        parts.extend(types.map(|ty| part(true, ty, FragmentKind::Type)));
        for Rule { enter, exit, state, anchors, binds, .. } in rules {
            let hooks = enter.iter().chain(exit);
            parts.extend(hooks.map(|template| part(false, template, FragmentKind::Statements)));
            let inside =
                |anchor: &'a Anchor| part(false, &anchor.template, FragmentKind::of_anchor(anchor.kind));
            parts.extend(anchors.iter().map(inside));
            let types = state.iter().map(|state| &state.ty).chain(binds.iter().map(|bind| &bind.ty));
            parts.extend(types.map(|ty| part(false, ty, FragmentKind::Type)));
        }
        parts
    }

    /// The import chain from a package to the target's; `None` if the available sources have none.
    fn chain(&self, root: &str, release: &Release) -> Option<Vec<String>> {
        let target = self.target.package.node.as_str();
        let mut from: BTreeMap<String, String> = BTreeMap::new();
        let mut queue = VecDeque::from([root.to_owned()]);
        while let Some(path) = queue.pop_front() {
            for import in self.imports_of(&path, release) {
                if import == root || from.contains_key(&import) {
                    continue;
                }
                from.insert(import.clone(), path.clone());
                if import == target {
                    let mut chain = vec![import];
                    while let Some(before) = chain.last().and_then(|last| from.get(last)) {
                        chain.push(before.clone());
                    }
                    chain.reverse();
                    return Some(chain);
                }
                queue.push_back(import);
            }
        }
        None
    }

    fn imports_of(&self, path: &str, release: &Release) -> BTreeSet<String> {
        if let Some(carried) = self.context.carried.get(path) {
            return carried.clone();
        }
        let of =
            |home: &Home| self.context.modules.package(home, path, release).map(|p| p.imports().clone()).ok();
        let found = match self.home {
            Home::Std if !is_module_path(path) => of(&Home::Std),
            Home::Module(module) if path.starts_with(module.as_str()) => of(self.home),
            _ => None, // Go's own packages import no module
        };
        found.unwrap_or_default()
    }

    fn finding(&self, cause: Cause<'_>, versions: &[String], chain: &[String]) -> Diagnostic {
        let package = &self.target.package.node;
        let seen = format!("compared with {}", wording::describe_versions(versions));
        match cause {
            Cause::Below { what, name, span } => Diagnostic::new(&codes::structure::BELOW_AGENT)
                .with("what", if what == "rule" { format!("rule `{name}`") } else { what.to_owned() })
                .with("package", package)
                .at(self.source, span.clone(), "")
                .note(format!("{}; {seen}", describe_chain(chain)))
                .help(if what == "rule" {
                    format!("write `bare rule {name}`, and call a `port` where the agent is wanted; or hook a package above")
                } else {
                    "leave the agent out of it; a `port` has a body that can call it".to_owned()
                }),
            Cause::Cycle(import) => Diagnostic::new(&codes::packages::IMPORT_CYCLE)
                .with("path", format!("\"{}\"", import.path.node))
                .with("package", package)
                .at(self.source, import.path.span.clone(), "")
                .and(self.source, self.target.package.span.clone(), "used for this target")
                .note(format!("{}; {seen}", describe_chain(chain)))
                .help(format!("do without it in templates for {package}; or hook a package above it")),
            Cause::Foreign(import) => Diagnostic::new(&codes::packages::IMPORT_FOREIGN)
                .with("path", format!("\"{}\"", import.path.node))
                .with("package", package)
                .at(self.source, import.path.span.clone(), "")
                .and(self.source, self.target.package.span.clone(), "used for this target")
                .note(seen)
                .help(format!("use what {package} imports itself, or declare what you need in `decl`")),
        }
    }
}

/// `a imports b, which imports c`.
fn describe_chain(chain: &[String]) -> String {
    let mut out = chain.first().cloned().unwrap_or_default();
    for (at, path) in chain.iter().skip(1).enumerate() {
        out.push_str(if at == 0 { " imports " } else { ", which imports " });
        out.push_str(path);
    }
    out
}
