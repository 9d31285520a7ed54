//! Checks of a rule file in itself, without any Go source.
//!
//! In: one parsed file. Out: diagnostics. `plugin` goes through the file; each of the other files
//! looks at one kind of item. Nothing here knows a Go package: that is `releases`.

mod fields;
mod flow;
mod forms;
mod misplaced;
pub(super) mod names;
mod own_names;
mod parts;
mod plugin;
mod ports;
mod recursion;
pub(super) mod rule;
pub(super) mod scope;
mod shared;
mod spans;
mod tags;
pub(super) mod template;
mod types;
pub(super) mod versions;
pub(super) mod words;

pub(super) use plugin::check;
