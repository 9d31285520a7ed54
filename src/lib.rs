//! gorule: the rule compiler `gorulec` and the build front end `goagent` as one library.
//!
//! The main folders form the pipeline: `syntax` → `check` → `codegen` → `bundle` → `plan` → `weave`
//! → `toolexec`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod author;
pub mod build;
pub mod bundle;
pub mod check;
pub mod codegen;
pub mod diagnostic;
pub mod embedded;
pub mod gotool;
pub mod item;
pub mod lock;
pub mod modules;
pub mod plan;
pub mod platform;
pub mod report;
pub mod source;
pub mod store;
pub mod syntax;
pub mod template;
pub mod toolexec;
pub mod version;
pub mod weave;
