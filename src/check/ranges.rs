//! Sets of versions against each other, and against what is published.
//!
//! In: sets and releases. Out: the ends that they name, and the widest set that holds. Pure.

use crate::version::{Bound, Interval, Version, VersionSet};

/// The versions that all sets name as ends.
pub(super) fn named(sets: &[&VersionSet]) -> Vec<Version> {
    let mut found: Vec<Version> = sets
        .iter()
        .flat_map(|set| &set.intervals)
        .flat_map(|interval| interval.low.iter().chain(&interval.high))
        .map(|bound| bound.version.clone())
        .filter(|version| sets.iter().all(|set| set.contains(version)))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The set of the releases that hold, written with releases as ends: `verdicts` are sorted, lowest first. `open` says
/// that the last verdict stands for all that will follow.
pub(super) fn widest(verdicts: &[(Version, bool)], open: bool) -> VersionSet {
    let mut intervals: Vec<Interval> = Vec::new();
    let mut low: Option<&Version> = None;
    for (version, holds) in verdicts {
        match (low, holds) {
            (None, true) => low = Some(version),
            (Some(start), false) => {
                intervals.push(between(start, Some(version)));
                low = None;
            }
            _ => {}
        }
    }
    if let Some(start) = low {
        let last = verdicts.last().map(|(version, _)| version);
        let high = if open { None } else { last };
        let mut interval = between(start, high);
        if let Some(bound) = &mut interval.high {
            bound.inclusive = true;
        }
        intervals.push(interval);
    }
    VersionSet { intervals }
}

fn between(low: &Version, high: Option<&Version>) -> Interval {
    Interval {
        low: Some(Bound { version: low.clone(), inclusive: true }),
        high: high.map(|version| Bound { version: version.clone(), inclusive: false }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn set(low: Option<&str>, high: Option<&str>) -> VersionSet {
        let bound = |text: &str, inclusive| Bound { version: v(text), inclusive };
        VersionSet {
            intervals: vec![Interval {
                low: low.map(|l| bound(l, true)),
                high: high.map(|h| bound(h, false)),
            }],
        }
    }

    #[test]
    fn sets_that_meet_and_that_do_not() {
        assert!(set(Some("1.0.0"), Some("2.0.0")).meets(&set(Some("1.9.0"), None)));
        assert!(!set(Some("1.0.0"), Some("2.0.0")).meets(&set(Some("2.0.0"), None)));
        assert!(set(None, None).meets(&set(Some("3.0.0"), Some("4.0.0"))));
        assert!(!set(Some("1.0.0"), Some("2.0.0")).meets(&VersionSet::default()));
    }

    #[test]
    fn the_widest_set_has_releases_as_ends() {
        let verdicts =
            [("1.0.0", false), ("1.1.0", true), ("1.2.0", true), ("1.3.0", false), ("1.4.0", true)];
        let verdicts: Vec<_> = verdicts.iter().map(|(t, holds)| (v(t), *holds)).collect();
        assert_eq!(widest(&verdicts, true).to_string(), "[1.1.0, 1.3.0), [1.4.0, )");
        assert_eq!(widest(&verdicts, false).to_string(), "[1.1.0, 1.3.0), [1.4.0, 1.4.0]");
        assert_eq!(widest(&verdicts[..1], true).to_string(), "");
    }

    #[test]
    fn ends_that_are_named_are_those_inside_of_all_sets() {
        let (a, b) = (set(Some("1.0.0"), Some("2.0.0")), set(Some("1.5.0"), None));
        let named: Vec<_> = named(&[&a, &b]).iter().map(ToString::to_string).collect();
        assert_eq!(named, ["1.5.0"]);
    }
}
