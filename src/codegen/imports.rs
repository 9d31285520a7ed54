//! The packages that the templates of a plugin can name.

use super::PREDECLARED;
use crate::source::{NameResolver, default_name};
use crate::syntax::ast;

/// The names by which a plugin's templates refer to packages.
#[derive(Debug, Clone)]
pub struct Imports(pub(super) Vec<(String, String)>);

impl Imports {
    /// The predeclared imports and those of the plugin.
    pub fn new(plugin: &ast::Plugin) -> Self {
        let own = plugin.imports.iter().map(|import| {
            let name =
                import.alias.as_ref().map_or_else(|| default_name(&import.path.node), |a| a.node.clone());
            (name, import.path.node.clone())
        });
        let predeclared = PREDECLARED.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned()));
        Self(predeclared.chain(own).collect())
    }

    /// The import path of a name.
    pub fn path(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, path)| path.as_str())
    }
}

impl NameResolver for Imports {
    fn package(&self, name: &str) -> Option<String> {
        self.path(name).map(str::to_owned)
    }

    fn unqualified(&self, _: &str) -> Option<String> {
        None
    }
}
