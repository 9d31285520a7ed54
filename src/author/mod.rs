//! The commands of `gorulec`, for authors of plugins.
//!
//! In: paths and options. Out: findings and bundles. The arguments themselves are read in
//! `src/bin`.

pub mod compile;
mod coverage;
pub mod expand;
pub mod explain;
mod files;
pub mod fmt;
mod linked_in;
pub mod new;
pub mod output;
mod releases;
mod scratch;
mod sound_texts;
pub mod testing;
mod types;
pub mod update;
pub mod versions;

use crate::diagnostic::Diagnostic;

pub use coverage::Coverage;
pub use scratch::AS_GOAGENT;

/// The reason for which a command has nothing to show.
#[derive(Debug)]
pub enum CommandError {
    /// The files have mistakes.
    Findings(Vec<Diagnostic>),
    /// The request cannot be met.
    Because(anyhow::Error),
}

impl From<anyhow::Error> for CommandError {
    fn from(why: anyhow::Error) -> Self {
        Self::Because(why)
    }
}

impl From<String> for CommandError {
    fn from(why: String) -> Self {
        Self::Because(anyhow::Error::msg(why))
    }
}
