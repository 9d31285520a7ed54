//! The tables of codes, one for each phase.
//!
//! In: nothing. Out: entries for the registry. A message is lower case without a final full stop;
//! the text that an author should write instead depends on the case and is added by the code that
//! finds the mistake.

mod table;

pub mod config;
pub mod forms;
pub mod functions;
pub mod packages;
pub mod ranges;
pub mod structure;
pub mod syntax;
pub mod templates;
pub mod types;
pub mod unneeded;

use super::entry::Entry;

/// All tables, in the order of their codes.
const TABLES: [&[&Entry]; 10] = [
    syntax::TABLE,
    structure::TABLE,
    forms::TABLE,
    ranges::TABLE,
    unneeded::TABLE,
    templates::TABLE,
    packages::TABLE,
    functions::TABLE,
    types::TABLE,
    config::TABLE,
];

/// Returns all entries, in the order of their codes.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    TABLES.iter().flat_map(|table| table.iter().copied())
}

/// Returns the entry of a code such as `GR0001`.
pub fn lookup(code: &str) -> Option<&'static Entry> {
    entries().find(|entry| entry.code.eq_ignore_ascii_case(code))
}
