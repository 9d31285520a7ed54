//! Rules for the user's own packages: functions by pattern or directive comment, bound by type; and the standard plugin `span`.
//!
//! Programs of tests/fixtures/forms, plain and woven, with the oldest and the newest Go that are here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "forms/calls.rs"]
mod calls;
mod common;
#[path = "forms/contexts.rs"]
mod contexts;
#[path = "forms/selected.rs"]
mod selected;
#[path = "forms/spans.rs"]
mod spans;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::process::{Output, Sends, run};

/// A program of the fixtures.
fn fixture(name: &str) -> PathBuf {
    common::repository().join("tests/fixtures/forms").join(name)
}

/// Runs a binary with the console exporter.
fn console(binary: &Path) -> Output {
    run(Command::new(binary).only_spans("console"))
}
