//! Adds the fields of plugins to struct types of the package.
//!
//! If a field cannot be added, no rule of its plugin is woven here: the plugin's templates use the
//! field. A field is added only if a rule of its plugin is woven.

use std::collections::{BTreeMap, BTreeSet};

use super::available_imports::AvailableImports;
use super::edits::{Edit, Writers};
use super::options::WeaveOptions;
use super::refusal::Refusal;
use super::{GoSourceFile, Outcome, Placed, PlacedRule, Skip, SkipCode, Unit};
use crate::bundle::StructExt;
use crate::codegen::{AGENT_SPAN, written_name};
use crate::item::Item;
use crate::source::GoFile;
use crate::source::structs::{Added, FieldObstacle, FieldSlot, Obstacle, slots};

/// The fields of a unit, and the places found for them.
pub(super) struct Fields<'a> {
    unit: &'a Unit,
    /// The files that were parsed, by their index.
    files: Vec<(usize, GoFile)>,
    /// The fields that can be added, and their places.
    places: Vec<(&'a Placed<StructExt>, Vec<FieldSlot>)>,
    /// The plugins with a field that cannot be added.
    missing: BTreeMap<&'a str, Skip>,
}

impl<'a> Fields<'a> {
    /// Looks for a place for each field.
    pub fn new(unit: &'a Unit, files: &[GoSourceFile], imported: &AvailableImports<'_>) -> Self {
        let wanted: BTreeSet<&str> =
            unit.structs.iter().flat_map(|placed| mentioned_names(&placed.item)).collect();
        let concerned = |file: &GoSourceFile| wanted.iter().any(|word| file.text.contains(word));
        let parsed =
            files.iter().enumerate().filter(|(_, file)| concerned(file)).filter_map(|(index, file)| {
                let go = GoFile::parse(file.text.clone()).ok()?;
                Some((index, go))
            });
        let mut fields = Self { unit, files: parsed.collect(), places: Vec::new(), missing: BTreeMap::new() };
        for placed in &unit.structs {
            match fields.slots(placed, imported) {
                Ok(slots) => fields.places.push((placed, slots)),
                Err(why) => drop(fields.missing.insert(&placed.plugin, why)),
            }
        }
        fields
    }

    /// The reason for which a rule cannot be woven anywhere in the package, if there is one.
    pub fn barred(&self, placed: &PlacedRule, options: &WeaveOptions<'_>) -> Option<Skip> {
        let plugin = placed.plugin.as_str();
        let has_guard = !placed.rule.bare || options.guarded.contains(plugin);
        let own_recover = || (!options.recovers && has_guard).then(|| Refusal::OwnRecover.skip());
        self.missing.get(plugin).cloned().or_else(own_recover).or_else(|| options.imported.barred(placed))
    }

    fn slots(
        &self,
        placed: &'a Placed<StructExt>,
        imported: &AvailableImports<'_>,
    ) -> Result<Vec<FieldSlot>, Skip> {
        let item = &placed.item;
        if let Some(skip) = imported.refuse(item.fields.iter().flat_map(|field| &field.ty.imports)) {
            return Err(skip);
        }
        let files: Vec<&GoFile> = self.files.iter().map(|(_, go)| go).collect();
        let added: Vec<Added<'_>> = item
            .fields
            .iter()
            .map(|field| Added {
                name: &field.name,
                ty: &field.ty.text,
                comparable: field.ty.text == AGENT_SPAN,
            })
            .collect();
        let twice = self.places.iter().any(|(other, _)| {
            other.item.type_name == item.type_name
                && other.item.fields.iter().any(|f| item.fields.iter().any(|own| own.name == f.name))
        });
        if twice {
            let why = format!("another plugin adds a field of the same name to {}", item.type_name);
            return Err(SkipCode::Field.because(why));
        }
        slots(&item.type_name, &added, &files).map_err(|found| {
            let reasons: Vec<String> = found.iter().map(|way| self.reason(placed, way)).collect();
            let why = format!("no field can be added to {}: {}", item.type_name, reasons.join("; "));
            SkipCode::Field.because(why)
        })
    }

    fn reason(&self, placed: &Placed<StructExt>, way: &FieldObstacle) -> String {
        let name = &placed.item.type_name;
        let why = match &way.obstacle {
            Obstacle::Absent => return format!("{} has no such type for this platform", self.unit.package),
            Obstacle::NotStruct(what) => format!("it is {what}"),
            Obstacle::Open => "it is exported and so are all its fields".to_owned(),
            Obstacle::Taken(field) => {
                format!("the package has a field or method {} already", written_name(&placed.plugin, field))
            }
            Obstacle::Unkeyed => format!("a {name} is written without the names of its fields"),
            Obstacle::Layout(how) => format!("a {name} is {how}"),
            Obstacle::Compared(how) => format!("values of {name} are compared, {how}"),
            Obstacle::Incomparable(ty) => format!("its values can be compared, those of {ty} cannot"),
        };
        let place = way.place.as_ref().and_then(|(file, range)| {
            let (_, go) = self.files.get(*file)?;
            Some(format!(" (line {})", go.line_column(range.start).0))
        });
        why + &place.unwrap_or_default()
    }

    /// Adds the fields of these plugins, with an outcome for each.
    pub fn add(&self, plugins: &BTreeSet<&str>, writers: &mut Writers<'_>, outcomes: &mut Vec<Outcome>) {
        for (placed, slots) in &self.places {
            if !plugins.contains(placed.plugin.as_str()) || self.missing.contains_key(placed.plugin.as_str())
            {
                continue;
            }
            for slot in slots {
                self.add_at(placed, slot, writers, outcomes);
            }
        }
    }

    fn add_at(
        &self,
        placed: &Placed<StructExt>,
        slot: &FieldSlot,
        writers: &mut Writers<'_>,
        outcomes: &mut Vec<Outcome>,
    ) {
        let Some((index, go)) = self.files.get(slot.file) else { return };
        let Some(writer) = writers.writer(*index, go) else { return };
        let item = &placed.item;
        let texts: Vec<String> =
            item.fields.iter().map(|field| format!("{} {}", field.name, field.ty.text)).collect();
        let texts = texts.join("; ");
        let text = if slot.behind_field { format!("; {texts}") } else { format!(" {texts};") };
        let edit = Edit { range: slot.at..slot.at, text, restore: true };
        let skipped = writer.add(vec![edit]).err().map(|why| SkipCode::Overlap.because(why));
        if skipped.is_none() {
            writer.import(item.fields.iter().flat_map(|field| field.ty.imports.iter().cloned()));
        }
        let place = Some(writer.place(&slot.decl));
        outcomes.extend(item.fields.iter().map(|field| Outcome {
            plugin: placed.plugin.clone(),
            item: Item::Struct(item.type_name.clone()),
            line: item.line,
            function: format!("{}.{}", item.type_name, written_name(&placed.plugin, &field.name)),
            place: place.clone(),
            skipped: skipped.clone(),
        }));
    }
}

/// The words to look for: a file without any of them is not parsed.
fn mentioned_names(item: &StructExt) -> impl Iterator<Item = &str> {
    std::iter::once(item.type_name.as_str()).chain(item.fields.iter().map(|field| field.name.as_str()))
}
