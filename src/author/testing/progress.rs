//! Runs programs in parallel, passes on their lines, and counts their outcomes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::observe::Observed;

/// Counts of the outcomes.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub ok: usize,
    pub remembered: usize,
    pub failed: usize,
    pub mutants: usize,
    pub unnoticed: usize,
}

/// Receivers of lines, each called as soon as a line is known.
#[derive(Clone, Copy)]
pub struct Messages<'a> {
    /// Receives verdicts.
    pub say: &'a (dyn Fn(&str) + Sync),
    /// Receives notes on the progress.
    pub note: &'a (dyn Fn(&str) + Sync),
}

/// The observation of a case, true if it was remembered; or the reason why there is none.
pub(super) type Observation = Result<(Observed, bool), String>;

/// The results of the work, in the order of `all`.
pub(super) fn in_parallel<T: Sync, R: Send>(jobs: usize, all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(all.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = all.get(at) else { break };
                    let result = work(one);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
