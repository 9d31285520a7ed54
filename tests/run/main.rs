//! Woven programs at run time: they behave as plain ones do, the suites of libraries and real
//! programs of others too, and the telemetry that they send is right.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod at_large;
mod behaviour;
mod common;
mod every_function;
mod hard_plugins;
#[cfg(target_os = "linux")]
mod idle_program;
mod own_packages;
mod programs;
mod propagation_only;
mod readme;
mod real_collectors;
mod real_programs;
mod shop_traces;
mod token_positions;
