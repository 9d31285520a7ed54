//! Runs of programs side by side: where their lines go, and how many of which kind there were.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::observe::Observed;

/// How often what came about.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub ok: usize,
    pub remembered: usize,
    pub failed: usize,
    pub mutants: usize,
    pub unnoticed: usize,
}

/// Where lines go, each as soon as it is known.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    /// Verdicts.
    pub say: &'a (dyn Fn(&str) + Sync),
    /// What is going on.
    pub note: &'a (dyn Fn(&str) + Sync),
}

/// What was seen of a case and whether that was remembered, or why nothing was seen.
pub(super) type Observation = Result<(Observed, bool), String>;

/// The results in the order of what is given.
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
