//! Added fields beside the types of a real package.
//!
//! In: a target, and its package at some version. Out: diagnostics. `source` finds the obstacles to
//! a field.

use std::sync::Arc;

use crate::codegen::AGENT_SPAN;
use crate::diagnostic::{Diagnostic, Entry, Help, SourceFile, codes, nearest};
use crate::modules::{GoSource, Package};
use crate::source::GoFile;
use crate::source::structs::{Added, FieldObstacle, Obstacle, has_twins, may_matter, slots};
use crate::syntax::ast::{Span, StructExt, Target};

use super::super::text::words::unlikely;

/// Reports the obstacles to adding a target's fields to its package at one version.
pub(super) fn check(target: &Target, package: &Package, source: &Arc<SourceFile>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let own: Vec<(&str, Vec<&str>)> = target.structs.iter().map(names).collect();
    let matters = |text: &str| own.iter().any(|(name, fields)| may_matter(text, name, fields));
    let key = format!("{own:?}");
    for (item, (name, fields)) in target.structs.iter().zip(&own) {
        let words: Vec<&str> = std::iter::once(*name).chain(fields.iter().copied()).collect();
        let mut files = package.types_and(&words, (&key, &matters));
        let mut parsed: Vec<&GoFile> = files.iter().map(|(_, go)| *go).collect();
        if has_twins(name, &parsed) {
            files = files.iter().filter_map(|(file, _)| Some((*file, file.parsed()?))).collect();
            parsed = files.iter().map(|(_, go)| *go).collect();
        }
        let added: Vec<Added<'_>> = item
            .fields
            .iter()
            .map(|(name, ty)| Added {
                name: &name.node,
                ty: &ty.node,
                comparable: format!("goagent_{}", ty.node) == AGENT_SPAN,
            })
            .collect();
        let found = slots(name, &added, &parsed).err().unwrap_or_default();
        let said = FieldFindings { item, target, package, files: &files, source };
        out.extend(found.iter().map(|way| said.finding(way)));
    }
    out
}

/// The name of the type of a `struct`, and those of its fields.
fn names(item: &StructExt) -> (&str, Vec<&str>) {
    (&item.type_name.node, item.fields.iter().map(|(name, _)| name.node.as_str()).collect())
}

/// The context of diagnostics about one `struct` block.
struct FieldFindings<'a> {
    item: &'a StructExt,
    target: &'a Target,
    package: &'a Package,
    files: &'a [(&'a GoSource, &'a GoFile)],
    source: &'a Arc<SourceFile>,
}

impl FieldFindings<'_> {
    fn finding(&self, way: &FieldObstacle) -> Diagnostic {
        let (code, with, help) = self.code_and_help(&way.obstacle);
        let package = &self.target.package.node;
        let mut found =
            Diagnostic::new(code).with("package", package).at(self.source, self.span(&way.obstacle), "");
        if !with.iter().any(|(name, _)| *name == "name") {
            found = found.with("name", &self.item.type_name.node);
        }
        for (name, value) in with {
            found = found.with(name, value);
        }
        if let Some((file, range)) = &way.place
            && let Some((source, _)) = self.files.get(*file)
        {
            let text = source.source.text.get(range.clone()).unwrap_or_default();
            let end = range.start + text.lines().next().unwrap_or_default().len();
            found = found.and(&source.source, range.start..end, "here");
        }
        found.help(help)
    }

    /// The place in the rule file: the field's, if the obstacle is about one.
    fn span(&self, obstacle: &Obstacle) -> Span {
        let fields = &self.item.fields;
        let field = match obstacle {
            Obstacle::Taken(name) => fields.iter().find(|(own, _)| own.node == *name).map(|(own, _)| own),
            Obstacle::Incomparable(ty) => fields.iter().find(|(_, own)| own.node == *ty).map(|(_, own)| own),
            _ => None,
        };
        field.unwrap_or(&self.item.type_name).span.clone()
    }

    fn code_and_help(&self, obstacle: &Obstacle) -> (&'static Entry, Vec<(&'static str, String)>, Help) {
        use codes::functions as f;
        let name = &self.item.type_name.node;
        let other: Help =
            "add the field to another type, one of which the package hands around pointers".into();
        match obstacle {
            Obstacle::Absent => {
                let types = self.package.types();
                let help = nearest(name, types.iter().map(String::as_str)).map_or_else(
                    || "write a struct type that the package declares".into(),
                    Help::did_you_mean,
                );
                (&f::NO_TYPE, Vec::new(), help)
            }
            Obstacle::NotStruct(what) => {
                let help = "write a struct type that the package declares".into();
                (&f::NOT_STRUCT, vec![("what", (*what).to_owned())], help)
            }
            Obstacle::Open => (
                &f::STRUCT_OPEN,
                Vec::new(),
                "add the field to a type that has an unexported field already".into(),
            ),
            Obstacle::Taken(field) => {
                let other = unlikely(field);
                let help = format!("choose a name that the package will not have, such as `{other}`").into();
                (&f::FIELD_TAKEN, vec![("name", field.clone())], help)
            }
            Obstacle::Unkeyed => (&f::STRUCT_UNKEYED, Vec::new(), other),
            Obstacle::Layout(how) => (&f::STRUCT_LAYOUT, vec![("how", (*how).to_owned())], other),
            Obstacle::Compared(how) => (&f::STRUCT_COMPARED, vec![("how", (*how).to_owned())], other),
            Obstacle::Incomparable(ty) => {
                (&f::FIELD_INCOMPARABLE, vec![("type", ty.clone())], format!("write `*{ty}`").into())
            }
        }
    }
}
