//! The commands of `gorulec`, for those who write plugins.
//!
//! In: paths and options. Out: findings, and bundles. The arguments themselves are read in `src/bin`.

pub mod compile;
mod files;
pub mod types;
pub mod update;
