//! Decides which packages woven code can import in a package.
//!
//! Go's packages and goagent's own are given to the compiler. A package of another module is there
//! only if the package imports it itself: if the code of a rule needs one that is not there, the
//! rule is left out, and nothing else of the package.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::{GoSourceFile, PlacedDecl, PlacedRule, Skip, SkipCode, Unit};
use crate::bundle::{Bind, Fragment, Import, Rule, Template};
use crate::source;

/// The imports of a package, read at the first question.
pub(super) struct AvailableImports<'a> {
    unit: &'a Unit,
    files: &'a [GoSourceFile],
    own: OnceCell<BTreeSet<String>>,
}

impl<'a> AvailableImports<'a> {
    pub fn new(unit: &'a Unit, files: &'a [GoSourceFile]) -> Self {
        Self { unit, files, own: OnceCell::new() }
    }

    /// Returns true if a path can be imported.
    pub fn has(&self, path: &str) -> bool {
        if !self.unit.is_foreign(path) {
            return true;
        }
        let read = || {
            let files = self.files.iter().filter(|file| !file.is_test());
            files.flat_map(|file| source::imports(&file.text)).collect()
        };
        path != self.unit.package && self.own.get_or_init(read).contains(path)
    }

    /// The reason for which code with these imports cannot be added, if there is one.
    pub fn refuse<'i>(&self, imports: impl IntoIterator<Item = &'i Import>) -> Option<Skip> {
        let missing = imports.into_iter().find(|import| !self.has(&import.path))?;
        let why = format!("its code needs {}, which the package does not import", missing.path);
        Some(SkipCode::Import.because(why))
    }

    /// The reason for which a rule cannot be woven anywhere, if there is one: its code, or the
    /// declarations of its block, need an import that is not there.
    pub fn barred(&self, placed: &PlacedRule) -> Option<Skip> {
        let at = |template: &'a Template| template.at(self.unit.version.as_ref());
        let block = |decl: &&PlacedDecl| decl.plugin == placed.plugin && decl.block == placed.block;
        let decls = self.unit.decls.iter().filter(block).filter_map(|decl| at(&decl.template));
        self.refuse(decls.flat_map(|code| &code.imports)).or_else(|| self.refuse(self.needed(&placed.rule)))
    }

    /// The imports that the code of a rule needs. A type that it binds is written only if the
    /// function has no value of that type, which is so everywhere in a package that does not import
    /// it.
    fn needed<'r>(&self, rule: &'r Rule) -> impl Iterator<Item = &'r Import> {
        let at = |template: &'r Template| template.at(self.unit.version.as_ref());
        let hooks: Vec<&Fragment> = rule.enter.iter().chain(&rule.exit).filter_map(at).collect();
        let used = |bind: &&Bind| hooks.iter().any(|hook| hook.names.contains(&bind.name));
        let binds: Vec<&Fragment> = rule.binds.iter().filter(used).map(|bind| &bind.ty).collect();
        let anchors = rule.anchors.iter().filter_map(|anchor| at(&anchor.template));
        let anchors: Vec<&Fragment> = anchors.collect();
        let all = hooks.into_iter().chain(binds).chain(anchors);
        all.chain(rule.state.iter().map(|var| &var.ty)).flat_map(|code| &code.imports)
    }
}
