//! The rules whose templates are compiled, and what they were compared with.

use camino::Utf8PathBuf;

use super::super::releases;
use crate::bundle::Bundle;
use crate::check::{Checked, Examined};
use crate::modules::Modules;

/// The input of a compilation.
pub struct Subjects<'a> {
    /// The plugins as written.
    pub checked: &'a [Checked],
    /// The same plugins, compiled.
    pub bundle: &'a Bundle,
    /// The rules, and the releases in which they hold.
    pub examined: &'a [Examined],
    /// Go sources.
    pub modules: &'a Modules<'a>,
    /// The folder in which verdicts are remembered.
    pub folder: Utf8PathBuf,
    /// True if every release is built, with the oldest and the newest Go; otherwise only the ends
    /// and a few between them are, with the Go of this machine.
    pub every: bool,
}

impl Subjects<'_> {
    /// The oldest and the newest toolchain; `None` is this machine's.
    pub(super) fn ends_of_go(&self) -> Vec<Option<String>> {
        if !self.every {
            return vec![None];
        }
        releases::ends_of_go(self.modules, None).into_iter().map(Some).collect()
    }
}
