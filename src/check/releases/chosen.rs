//! The releases of a range that rules are compared with, if no lock names them and not all are
//! taken.
//!
//! In: releases, lowest first. Out: some of them. It depends on the list alone: whoever has the
//! same list takes the same ones, whatever is on their machines. Pure.

/// The number of releases taken between the ends of an interval.
pub(super) const BETWEEN: usize = 3;
/// The most releases that a rule is compared with in addition, to find where it begins or stops
/// fitting.
pub(super) const FOR_CHANGES: usize = 12;
/// The number of releases that are tried in place of one that cannot be had.
pub(super) const INSTEAD: usize = 5;

/// The ends, and what lies evenly between them.
pub(super) fn spread<T: Clone>(all: &[T]) -> Vec<T> {
    let last = all.len().saturating_sub(1);
    let mut at: Vec<usize> = (0..=BETWEEN + 1).map(|part| last * part / (BETWEEN + 1)).collect();
    at.dedup();
    at.iter().filter_map(|at| all.get(*at).cloned()).collect()
}

/// The releases that may take the place of `wanted`, nearest first: those above the lowest release,
/// those below any other.
pub(super) fn in_place_of<'a, T: PartialEq>(wanted: &T, all: &'a [T]) -> Vec<&'a T> {
    let Some(at) = all.iter().position(|one| one == wanted) else { return Vec::new() };
    let (below, rest) = all.split_at(at);
    let above = rest.iter().skip(1);
    if below.is_empty() { above.collect() } else { below.iter().rev().chain(above).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_three_between_are_taken() {
        assert_eq!(spread(&(0..22).collect::<Vec<_>>()), [0, 5, 10, 15, 21]);
        assert_eq!(spread(&[7, 8, 9]), [7, 8, 9]);
        assert_eq!(spread(&[7]), [7]);
        assert_eq!(spread(&[0; 0]), [0; 0]);
    }

    #[test]
    fn the_next_towards_the_middle_comes_first() {
        assert_eq!(in_place_of(&1, &[1, 2, 3]), [&2, &3]);
        assert_eq!(in_place_of(&3, &[1, 2, 3]), [&2, &1]);
        assert_eq!(in_place_of(&2, &[1, 2, 3]), [&1, &3]);
        assert_eq!(in_place_of(&4, &[1, 2, 3]), [&0; 0]);
    }
}
