//! The options that are the same for all files of a package.

use std::collections::BTreeSet;

use super::available_imports::AvailableImports;
use super::refusal::Refusal;
use super::types::Types;
use crate::bundle::{Fragment, Template};
use crate::version::Version;

/// The options that are the same for all files of a package.
pub(super) struct WeaveOptions<'a> {
    /// The packages that can be imported there.
    pub imported: AvailableImports<'a>,
    /// The meanings of the names of its types.
    pub types: Types<'a>,
    /// True if `recover` is Go's own in this package.
    pub recovers: bool,
    /// The plugins whose `decl`s have guards, because bare rules call them.
    pub guarded: BTreeSet<&'a str>,
    /// True if `//line` directives are written.
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

/// Returns true if a template mentions a name.
pub(super) fn mentions(fragment: Option<&Fragment>, name: &str) -> bool {
    fragment.is_some_and(|f| f.names.iter().any(|n| n == name))
}
