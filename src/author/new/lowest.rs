//! The release from which a new rule holds.
//!
//! In: releases below the one whose signature the rule has, and a test of one. Out: the lowest from
//! which it seems to hold. `check` looks at the whole range afterwards.

/// The most releases that are tried: enough for a module of thousands of releases.
const TRIED: usize = 12;

/// Returns the lowest of some releases, lowest first, from which a rule holds; `None` if it does
/// not hold in the highest.
pub(super) fn lowest<T>(releases: &[T], holds: impl Fn(&T) -> bool) -> Option<&T> {
    let (mut from, mut first) = (0, releases.len());
    for _ in 0..TRIED {
        if from >= first {
            break;
        }
        let middle = from.midpoint(first);
        if releases.get(middle).is_some_and(&holds) {
            first = middle;
        } else {
            from = middle + 1;
        }
    }
    releases.get(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_found_wherever_it_is() {
        let all: Vec<usize> = (0..40).collect();
        for change in 0..40 {
            assert_eq!(lowest(&all, |one| *one >= change), Some(&change));
        }
        assert_eq!(lowest(&all, |_| false), None);
        assert_eq!(lowest(&[0; 0], |_| true), None);
    }
}
