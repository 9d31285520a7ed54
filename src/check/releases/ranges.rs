//! Sets of versions against each other, and against what is published.
//!
//! In: sets and releases. Out: the ends that they name, and the widest set that holds. Pure.

use crate::version::{Bound, Interval, Version, VersionSet};

/// The versions that all sets name as ends.
pub(in crate::check) fn named(sets: &[&VersionSet]) -> Vec<Version> {
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

/// The set of the releases that hold, written with releases as ends: `verdicts` are sorted, lowest
/// first; `None`: it is not known. If one holds and the next does not, a version of `unseen`
/// between them belongs to neither. `open` says that the last verdict is for all that will follow.
pub(in crate::check) fn widest(
    verdicts: &[(Version, Option<bool>)],
    unseen: &[&Version],
    open: bool,
) -> VersionSet {
    let mut intervals: Vec<Interval> = Vec::new();
    let mut run: Option<(&Version, &Version)> = None;
    for (version, holds) in verdicts {
        run = match (run, holds) {
            (None, Some(true)) => Some((version, version)),
            (Some((low, _)), Some(true)) => Some((low, version)),
            (Some((low, high)), Some(false)) => {
                let is_unclear = unseen.iter().any(|one| *high < **one && **one < *version);
                let end = if is_unclear { (high, true) } else { (version, false) };
                intervals.push(between(low, Some(end)));
                None
            }
            (Some((low, high)), None) => {
                intervals.push(between(low, Some((high, true))));
                None
            }
            (None, _) => None,
        };
    }
    if let Some((low, high)) = run {
        intervals.push(between(low, (!open).then_some((high, true))));
    }
    VersionSet { intervals }
}

fn between(low: &Version, high: Option<(&Version, bool)>) -> Interval {
    Interval {
        low: Some(Bound { version: low.clone(), inclusive: true }),
        high: high.map(|(version, inclusive)| Bound { version: version.clone(), inclusive }),
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
        let mut verdicts: Vec<_> = verdicts.iter().map(|(t, holds)| (v(t), Some(*holds))).collect();
        assert_eq!(widest(&verdicts, &[], true).to_string(), "[1.1.0, 1.3.0), [1.4.0, )");
        assert_eq!(widest(&verdicts, &[], false).to_string(), "[1.1.0, 1.3.0), [1.4.0, 1.4.0]");
        assert_eq!(widest(&verdicts[..1], &[], true).to_string(), "");
        let unseen = v("1.2.5");
        let set = widest(&verdicts, &[&unseen], true).to_string();
        assert_eq!(set, "[1.1.0, 1.2.0], [1.4.0, )", "where it ceases to hold is not known");
        verdicts[2].1 = None;
        assert_eq!(
            widest(&verdicts, &[], true).to_string(),
            "[1.1.0, 1.1.0], [1.4.0, )",
            "it ends before what is not known"
        );
    }

    #[test]
    fn ends_that_are_named_are_those_inside_of_all_sets() {
        let (a, b) = (set(Some("1.0.0"), Some("2.0.0")), set(Some("1.5.0"), None));
        let named: Vec<_> = named(&[&a, &b]).iter().map(ToString::to_string).collect();
        assert_eq!(named, ["1.5.0"]);
    }
}
