//! Rules for the user's own packages: functions by pattern or directive comment, bound by type; and
//! the standard plugin `span`.
//!
//! Programs of tests/fixtures/forms, plain and woven, with the oldest and the newest Go that are
//! here.
mod calls;
mod contexts;
mod selected;
mod spans;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common;
use crate::common::process::{Output, run};
use crate::common::telemetry::Sends;

/// A program of the fixtures.
fn fixture(name: &str) -> PathBuf {
    common::repository().join("tests/fixtures/forms").join(name)
}

/// Runs a binary with the console exporter.
fn console(binary: &Path) -> Output {
    run(Command::new(binary).only_spans("console"))
}
