//! The language of rules and its compiler: what `gorulec` accepts, reports and writes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod book;
mod command_line;
mod common;
mod compared_versions;
mod expand;
mod fixed_world;
mod fmt;
mod function_matching;
mod lock;
mod mistakes;
mod new;
mod output_formats;
mod parser;
mod plugin_tests;
mod proxy;
mod reference;
mod remembered;
mod template_scopes;
mod template_types;
mod versions;
