//! The rules whose templates are compiled, and what they were compared with.

use camino::Utf8PathBuf;

use super::super::releases;
use crate::bundle::Bundle;
use crate::check::{Checked, Examined};
use crate::modules::Modules;

/// What is compiled.
pub struct Subjects<'a> {
    /// The plugins as they are written.
    pub checked: &'a [Checked],
    /// The same compiled.
    pub bundle: &'a Bundle,
    /// Rules and the releases in which they hold.
    pub examined: &'a [Examined],
    /// Go sources.
    pub modules: &'a Modules<'a>,
    /// Where verdicts are remembered.
    pub folder: Utf8PathBuf,
    /// Every release, each with the oldest and the newest Go; else the ends, with the Go of this machine.
    pub every: bool,
}

impl Subjects<'_> {
    /// The toolchains between which all others lie; `None`: that of this machine.
    pub(super) fn ends_of_go(&self) -> Vec<Option<String>> {
        if !self.every {
            return vec![None];
        }
        releases::ends_of_go(self.modules, None).into_iter().map(Some).collect()
    }
}
