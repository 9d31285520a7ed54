//! Lowers checked rules to the bundle: templates are rendered for each range of versions, and their
//! qualifiers become private.
//!
//! In: a syntax tree that `check` has passed. Out: [`bundle::Plugin`]. Nothing here looks at a Go
//! package: `weave` completes what depends on the target's source (types of parameters, names).

mod constants;
mod fragment;
mod guards;
mod imports;
mod own;
mod place;
mod template;

use std::collections::BTreeSet;

use place::small;
use template::{ReadTemplates, ReadVariant};

use crate::bundle::{self, Template, Variant};
use crate::source::{canonical, line_column};
use crate::syntax::ast;
use crate::template::FragmentKind;

pub use crate::source::{default_name, is_module_path};
pub use constants::{
    AGENT, AGENT_SPAN, FUNC_PLACEHOLDER, LABEL_PLACEHOLDER, NAME_PLACEHOLDER, PACKAGE_PLACEHOLDER,
    PANIC_NAMES, PREDECLARED, RUNTIME, VERSION_PLACEHOLDER,
};
pub use fragment::FragmentReader;
pub use guards::{POINT, fault_port, has_guards};
pub use imports::Imports;
pub use own::{OwnNames, private_name, share_package, written_name};
pub use place::RulePlace;
pub use template::{Rendered, TemplateError, render_variants};

/// The import paths that a text of a plugin needs in some version. A text that cannot be rendered
/// needs none: `check` reports it.
pub fn paths_in(text: &str, kind: FragmentKind, imports: &Imports) -> BTreeSet<String> {
    let at = RulePlace { line: 1, column: 1, restore: false };
    let rendered = render_variants(text, at).unwrap_or_default();
    let none = BTreeSet::new();
    let own = OwnNames::default();
    let reader = FragmentReader { imports, own: &own, bound: &none };
    let needed = rendered.iter().flat_map(|one| reader.fragment(&one.text, kind, at).imports);
    needed.map(|import| import.path).collect()
}

/// Lowers a plugin. `text` is the file that the tree was read from.
pub fn lower(file: &ast::File, text: &str) -> Result<bundle::Plugin, TemplateError> {
    let plugin = &file.plugin;
    let templates = ReadTemplates::new(plugin, text);
    let target = |(target, own): (&ast::Target, OwnNames)| {
        let lowering = Lowering {
            text,
            templates: &templates,
            imports: Imports::new(plugin),
            own_of_main: own.of_main(),
            own,
            no_names: BTreeSet::new(),
        };
        lowering.target(target)
    };
    let targets = plugin.targets.iter().zip(OwnNames::of_each_target(plugin, &templates)).map(target);
    let targets = targets.collect::<Result<_, _>>()?;
    let docs = file.docs.iter().chain(&plugin.docs);
    Ok(bundle::Plugin { name: plugin.name.node.clone(), doc: joined(docs), targets })
}

fn joined<'a>(docs: impl Iterator<Item = &'a ast::Spanned<String>>) -> String {
    let lines: Vec<&str> = docs.map(|doc| doc.node.trim()).collect();
    lines.join("\n")
}

struct Lowering<'a> {
    text: &'a str,
    templates: &'a ReadTemplates,
    imports: Imports,
    /// The plugin's names in the target's package.
    own: OwnNames,
    /// The plugin's names in package main.
    own_of_main: OwnNames,
    /// The names that are bound outside of rules: none.
    no_names: BTreeSet<String>,
}

impl Lowering<'_> {
    fn target(&self, target: &ast::Target) -> Result<bundle::Target, TemplateError> {
        let package = &target.package.node;
        let decls = target
            .decls
            .iter()
            .map(|decl| self.template(decl, package, FragmentKind::Declarations, &self.no_names))
            .collect::<Result<Vec<Template>, _>>()?;
        let mut guarded = decls.iter().flat_map(|decl| &decl.variants).map(|variant| &variant.code.guards);
        let faults = guarded.any(|guards| !guards.is_empty()).then(|| guards::port(self.own.plugin()));
        let ports = target.ports.iter().map(|port| self.port(port)).chain(faults).collect();
        Ok(bundle::Target {
            package: package.clone(),
            reach: match target.reach {
                ast::Reach::Package => bundle::Reach::Package,
                ast::Reach::Pattern => bundle::Reach::Pattern,
                ast::Reach::Own => bundle::Reach::Own,
            },
            versions: target.versions.node.clone(),
            decls,
            structs: target.structs.iter().map(|item| self.struct_ext(item)).collect(),
            ports,
            rules: target.rules.iter().map(|rule| self.rule(rule, package)).collect::<Result<_, _>>()?,
        })
    }

    fn rule(&self, rule: &ast::Rule, package: &str) -> Result<bundle::Rule, TemplateError> {
        let bound = rule.bound_names();
        let body = |template: &Option<ast::Template>| {
            template.as_ref().map(|t| self.template(t, package, FragmentKind::Statements, &bound)).transpose()
        };
        let (line, _) = line_column(self.text, rule.name.span.start);
        let (enter, exit) = (body(&rule.enter)?, body(&rule.exit)?);
        let hands_panic = rule.bare.is_none() && exit.as_ref().is_some_and(|exit| !looks_at_panic(exit));
        Ok(bundle::Rule {
            name: rule.name.node.clone(),
            doc: joined(rule.docs.iter()),
            line: small(line),
            bare: rule.bare.is_some(),
            versions: rule.versions.as_ref().map(|set| set.node.clone()),
            go: rule.go.as_ref().map(|set| set.node.clone()),
            platforms: rule.platforms.iter().map(|platform| platform.node.clone()).collect(),
            receiver: rule.recv.as_ref().map(|recv| bundle::Receiver {
                name: recv.name.as_ref().map(|name| name.node.clone()),
                pointer: recv.pointer,
                type_name: recv.type_name.node.clone(),
            }),
            functions: functions(&rule.func),
            binds: rule.binds.iter().map(|bind| self.bind(bind)).collect(),
            params: rule.func.params.as_ref().map(|list| params(&list.node)),
            results: rule.func.results.as_ref().map(|list| params(&list.node)),
            priority: rule.priority.as_ref().map_or(0, |priority| priority.node),
            state: rule.state.iter().map(|var| self.state(var, hands_panic)).collect(),
            may_skip: rule.may_skip.is_some(),
            may_be_absent: rule.may_be_absent,
            enter,
            exit,
            anchors: rule.anchors.iter().map(|a| self.anchor(a, package)).collect::<Result<_, _>>()?,
            off: false,
        })
    }

    /// Go text outside of a rule's templates.
    fn fragment(&self, text: &str, kind: FragmentKind, at: RulePlace) -> bundle::Fragment {
        FragmentReader { imports: &self.imports, own: &self.own, bound: &self.no_names }
            .fragment(text, kind, at)
    }

    /// Go text that is put into package main.
    fn fragment_of_main(&self, text: &str, kind: FragmentKind, at: RulePlace) -> bundle::Fragment {
        FragmentReader { imports: &self.imports, own: &self.own_of_main, bound: &self.no_names }
            .fragment(text, kind, at)
    }

    fn ty(&self, ty: &ast::Spanned<String>) -> bundle::Fragment {
        self.fragment(&ty.node, FragmentKind::Type, self.place(ty.span.start, false))
    }

    fn state(&self, var: &ast::StateVar, hands_panic: bool) -> bundle::StateVar {
        let place = self.place(var.ty.span.start, true);
        let is_span = canonical(&var.ty.node, &self.imports).is_ok_and(|ty| ty == format!("{AGENT}.Span"));
        bundle::StateVar {
            name: var.name.node.clone(),
            ty: self.fragment(&var.ty.node, FragmentKind::Type, place),
            takes_panic: hands_panic && is_span,
        }
    }

    fn struct_ext(&self, item: &ast::StructExt) -> bundle::StructExt {
        let field = |(name, ty): &(ast::Spanned<String>, ast::Spanned<String>)| bundle::Field {
            name: self.own.private(&name.node),
            ty: self.ty(ty),
        };
        bundle::StructExt {
            type_name: item.type_name.node.clone(),
            line: small(line_column(self.text, item.span.start).0),
            fields: item.fields.iter().map(field).collect(),
        }
    }

    fn port(&self, port: &ast::Port) -> bundle::Port {
        let signature = format!("func{}", port.signature.node);
        let at = self.place(port.signature.span.start, false);
        let body = self.place(port.body.span.start, true);
        bundle::Port {
            name: self.own.private(&port.name.node),
            line: small(line_column(self.text, port.span.start).0),
            written: true,
            signature: self.fragment_of_main(&signature, FragmentKind::Type, at),
            body: self.fragment_of_main(&port.body.node, FragmentKind::Statements, body),
        }
    }

    fn bind(&self, bind: &ast::Bind) -> bundle::Bind {
        let place = self.place(bind.ty.span.start, false);
        // A variadic parameter is a slice in its function.
        let text = bind.ty.node.replacen("...", "[]", usize::from(bind.ty.node.starts_with("...")));
        bundle::Bind {
            name: bind.name.node.clone(),
            assignable: bind.var.is_some(),
            result: bind.result,
            ty: self.fragment(&text, FragmentKind::Type, place),
            canonical: canonical(&bind.ty.node, &self.imports).unwrap_or_default(),
        }
    }

    fn anchor(&self, anchor: &ast::Anchor, package: &str) -> Result<bundle::Anchor, TemplateError> {
        let replace = anchor.kind == ast::AnchorKind::Replace;
        let kind = FragmentKind::of_anchor(anchor.kind);
        let pattern = anchor.pattern.node.clone();
        Ok(bundle::Anchor {
            replace,
            pattern,
            template: self.template(&anchor.template, package, kind, &self.no_names)?,
        })
    }

    fn template(
        &self,
        raw: &ast::Template,
        package: &str,
        kind: FragmentKind,
        bound: &BTreeSet<String>,
    ) -> Result<Template, TemplateError> {
        let at = RulePlace::of_template(self.text, raw, kind, package);
        let reader = FragmentReader { imports: &self.imports, own: &self.own, bound };
        let variant = |one: &ReadVariant| Variant {
            since: one.since.clone(),
            code: reader.fragment_of(&one.text, kind, at),
        };
        Ok(Template { variants: self.templates.variants(raw)?.iter().map(variant).collect() })
    }

    fn place(&self, offset: usize, restore: bool) -> RulePlace {
        RulePlace::of_offset(self.text, offset, restore)
    }
}

/// Returns true if an exit looks at the panic itself, in the text for any version.
fn looks_at_panic(exit: &Template) -> bool {
    let mut names = exit.variants.iter().flat_map(|variant| &variant.code.names);
    names.any(|name| PANIC_NAMES.contains(&name.as_str()))
}

fn functions(func: &ast::FuncPattern) -> bundle::Functions {
    let text = |selector: &ast::Selector| selector.text.node.clone();
    let names = || func.names.iter().map(|name| name.node.clone()).collect();
    if let Some(package) = &func.call {
        return bundle::Functions::Called { package: package.node.clone(), names: names() };
    }
    match &func.selector {
        None => bundle::Functions::Named(names()),
        Some(by) if by.kind == ast::SelectorKind::Matching => bundle::Functions::Matching(text(by)),
        Some(by) => bundle::Functions::Marked(text(by)),
    }
}

fn params(list: &[ast::Param]) -> Vec<bundle::Param> {
    let lower = |param: &ast::Param| bundle::Param {
        name: param.name.as_ref().map(|name| name.node.clone()),
        assignable: param.var.is_some(),
    };
    list.iter().map(lower).collect()
}

#[cfg(test)]
mod tests;
