//! `goagent` as a build tool: what is woven, compiled, cached, reported and refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod built;
mod cache;
mod command_line;
mod common;
mod compile_count;
mod kinds_of_build;
mod own_module;
mod reports_over_one_cache;
mod rules_left_out;
mod source_tree;
mod woven_files;
