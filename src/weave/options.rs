//! What is the same for all files of a package.

use std::collections::BTreeSet;

use super::imported::Imported;
use super::refusal::Refusal;
use super::types::Types;
use crate::bundle::{Fragment, Template};
use crate::version::Version;

/// What is the same for all files of a package.
pub(super) struct WeaveOptions<'a> {
    /// What can be imported there.
    pub imported: Imported<'a>,
    /// What the names of its types mean.
    pub types: Types<'a>,
    /// Whether the package has Go's own `recover`.
    pub recovers: bool,
    /// The plugins whose `decl`s have guards, since bare rules call them.
    pub guarded: BTreeSet<&'a str>,
    /// Whether `//line` directives are written.
    pub directives: bool,
    /// The import path of the package.
    pub package: &'a str,
    /// The version of the target.
    pub version: Option<&'a Version>,
}

/// The text of a template for the version of the target.
pub(super) fn variant<'a>(
    template: &'a Template,
    options: &WeaveOptions<'_>,
) -> Result<&'a Fragment, Refusal> {
    template.at(options.version).ok_or(Refusal::NoVariant)
}
