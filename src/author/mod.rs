//! The commands of `gorulec`, for those who write plugins.
//!
//! In: paths and options. Out: findings, and bundles. The arguments themselves are read in `src/bin`.

pub mod compile;
pub mod explain;
mod files;
pub mod fmt;
pub mod new;
pub mod output;
pub mod types;
pub mod update;
