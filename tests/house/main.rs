//! Checks the house rules of CONTRIBUTING: which folder may import which, the greatest length of
//! functions, files and comments, and the names that may repeat.
//!
//! `measures` reads the code with tree-sitter, `rules` compares its findings with budgets, `stats`
//! prints them (`.ci/stats`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod circles;
mod contributing;
mod layers;
mod measures;
mod pure;
mod rules;
mod sources;
mod stats;
