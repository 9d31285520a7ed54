//! Measuring code that the benchmarks share: CPU seconds of child processes, and medians.
#![allow(dead_code)] // each uses a part of it
#![allow(clippy::expect_used)]

use nix::sys::resource::{UsageWho, getrusage};

/// CPU seconds of all processes that have been waited for.
#[allow(clippy::cast_precision_loss)] // seconds fit
pub fn children() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6)
        .iter()
        .sum()
}

/// The value in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Another goagent to measure beside this one: `GOAGENT_BENCH_OTHER`.
pub fn other_goagent() -> Option<String> {
    std::env::var("GOAGENT_BENCH_OTHER").ok().filter(|path| !path.is_empty())
}

/// Number of rounds: `GOAGENT_BENCH_ROUNDS` or, if that is not set, the benchmark's usual number.
pub fn rounds(usual: usize) -> usize {
    std::env::var("GOAGENT_BENCH_ROUNDS")
        .map_or(usual, |rounds| rounds.parse().expect("GOAGENT_BENCH_ROUNDS is a number"))
}
