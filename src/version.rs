//! Versions of Go modules and of Go itself, and the sets of them that rules name.
//!
//! In: text such as `1.9.0`, `v1.9.0`, `1.18`, `go1.27.3`, `go1.28rc1`. Out: values in the order of
//! semantic versions. It does not know which versions exist.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The oldest Go that goagent works with: major and minor.
pub const OLDEST_GO: (u64, u64) = (1, 18);

/// A version. `1.18` means `1.18.0`; a leading `v` or `go` is accepted; build metadata is dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(semver::Version);

impl Default for Version {
    fn default() -> Self {
        Self(semver::Version::new(0, 0, 0))
    }
}

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a version"))
    }
}

impl Version {
    /// Reads a version in any of the spellings of Go's tools; `None` if it is none of them.
    pub fn parse(text: &str) -> Option<Self> {
        let is_go = text.starts_with("go");
        let text = text.strip_prefix('v').or_else(|| text.strip_prefix("go")).unwrap_or(text);
        let text = text.split([' ', '+']).next()?;
        let (core, pre) = split_pre_release(text, is_go);
        if core.split('.').count() > 3 || core.is_empty() {
            return None;
        }
        let mut numbers = [0_u64; 3];
        for (slot, part) in numbers.iter_mut().zip(core.split('.')) {
            if part.len() > 1 && part.starts_with('0') {
                return None;
            }
            *slot = part.parse().ok()?;
        }
        let [major, minor, patch] = numbers;
        let mut version = semver::Version::new(major, minor, patch);
        if let Some(pre) = pre {
            version.pre = semver::Prerelease::new(&pre).ok()?;
        }
        Some(Self(version))
    }

    /// Returns the first release of a minor version.
    pub fn of_minor((major, minor): (u64, u64)) -> Self {
        Self(semver::Version::new(major, minor, 0))
    }

    /// Returns true if it is a pre-release (pseudo-versions are).
    pub fn is_pre_release(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// Returns the release that a pre-release comes before; `None` for releases, and for
    /// pseudo-versions, which denote commits.
    pub fn final_release(&self) -> Option<Self> {
        let (major, minor, patch) = self.core();
        let is_digit = |c: char| c.is_ascii_digit();
        let pseudo = self.0.pre.as_str().rsplit_once('-').is_some_and(|(time, commit)| {
            commit.len() == 12
                && time.len() >= 14
                && time.rsplit('.').next().is_some_and(|t| t.chars().all(is_digit))
        });
        (self.is_pre_release() && !pseudo).then(|| Self(semver::Version::new(major, minor, patch)))
    }

    /// Returns major and minor, as in Go's `1.21`.
    pub fn minor(&self) -> (u64, u64) {
        (self.0.major, self.0.minor)
    }

    /// Returns major, minor and patch without the rest.
    fn core(&self) -> (u64, u64, u64) {
        (self.0.major, self.0.minor, self.0.patch)
    }
}

/// Splits `1.9.0-rc.1` into (`1.9.0`, `rc.1`), and Go's own `1.28rc1` into (`1.28`, `rc.1`).
fn split_pre_release(text: &str, is_go: bool) -> (&str, Option<String>) {
    if let Some((core, pre)) = text.split_once('-') {
        return (core, if is_go { None } else { Some(pre.to_owned()) });
    }
    match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) if is_go => {
            let (core, pre) = text.split_at(at);
            let digits = pre.find(|c: char| c.is_ascii_digit()).unwrap_or(pre.len());
            let (word, number) = pre.split_at(digits);
            (core, Some(format!("{word}.{}", if number.is_empty() { "0" } else { number })))
        }
        _ => (text, None),
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An end of an interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The version written.
    pub version: Version,
    /// True if it is written `[` or `]` rather than `(` or `)`.
    pub inclusive: bool,
}

/// An interval; an absent end is unbounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: Option<Bound>,
    /// The upper end.
    pub high: Option<Bound>,
}

impl Interval {
    /// Returns true if the version is in the interval. A pre-release of an excluded upper end is
    /// not: `2.0.0-rc.1` is not in `[1.7.0, 2.0.0)`.
    pub fn contains(&self, version: &Version) -> bool {
        let above = self
            .low
            .as_ref()
            .is_none_or(|low| version > &low.version || (low.inclusive && version == &low.version));
        let below = self.high.as_ref().is_none_or(|high| {
            if high.inclusive {
                version <= &high.version
            } else {
                let of_the_end = version.core() == high.version.core() && !high.version.is_pre_release();
                version < &high.version && !of_the_end
            }
        });
        above && below
    }

    /// Returns the intersection of both; `None` if it is empty.
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        let ends = |a: &Option<Bound>, b: &Option<Bound>, highest: bool| match (a, b) {
            (Some(x), Some(y)) => Some(x.narrower(y, highest).clone()),
            (x, y) => x.clone().or_else(|| y.clone()),
        };
        let (low, high) = (ends(&self.low, &other.low, true), ends(&self.high, &other.high, false));
        let empty = match (&low, &high) {
            (Some(low), Some(high)) => {
                low.version > high.version
                    || low.version == high.version && !(low.inclusive && high.inclusive)
            }
            _ => false,
        };
        (!empty).then_some(Self { low, high })
    }
}

impl Bound {
    /// Returns the end that excludes more, of two lower ends (`highest`) or two upper ones.
    fn narrower<'a>(&'a self, other: &'a Self, highest: bool) -> &'a Self {
        let (x, y) = (&self.version, &other.version);
        let wins = if highest { x > y } else { x < y };
        if wins || x == y && !self.inclusive { self } else { other }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.low {
            Some(low) => write!(f, "{}{}", if low.inclusive { '[' } else { '(' }, low.version)?,
            None => f.write_str("(")?,
        }
        f.write_str(", ")?;
        match &self.high {
            Some(high) => write!(f, "{}{}", high.version, if high.inclusive { ']' } else { ')' }),
            None => f.write_str(")"),
        }
    }
}

/// A union of intervals.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VersionSet {
    /// The intervals, in the order written.
    pub intervals: Vec<Interval>,
}

impl VersionSet {
    /// Returns the set of every version.
    pub fn all() -> Self {
        Self { intervals: vec![Interval { low: None, high: None }] }
    }

    /// Returns true if any interval contains the version.
    pub fn contains(&self, version: &Version) -> bool {
        self.intervals.iter().any(|interval| interval.contains(version))
    }

    /// Returns true if an end lies in an interval or at one of its ends.
    pub fn reaches(&self, end: &Version) -> bool {
        self.intervals.iter().any(|interval| {
            interval.low.as_ref().is_none_or(|low| low.version <= *end)
                && interval.high.as_ref().is_none_or(|high| *end <= high.version)
        })
    }

    /// Returns what both have in common.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let of = |x: &Interval| other.intervals.iter().filter_map(|y| x.intersect(y)).collect::<Vec<_>>();
        Self { intervals: self.intervals.iter().flat_map(of).collect() }
    }

    /// Returns true if some version may be in both.
    pub fn meets(&self, other: &Self) -> bool {
        self.intervals.iter().any(|x| other.intervals.iter().any(|y| x.intersect(y).is_some()))
    }
}

impl fmt::Display for VersionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, interval) in self.intervals.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            interval.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| unreachable!("{text} is a version"))
    }

    #[test]
    fn spellings_of_go_and_of_modules() {
        assert_eq!(version("go1.18").to_string(), "1.18.0");
        assert_eq!(version("go1.28rc2").to_string(), "1.28.0-rc.2");
        assert_eq!(version("v1.2.3+incompatible").to_string(), "1.2.3");
        assert_eq!(version("1.2.3-rc.1").to_string(), "1.2.3-rc.1");
        assert!(version("go1.28rc2") < version("go1.28"));
        for text in ["", "v", "1.x", "1.2.3.4", "01.2", "go", "1..2"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_excluded_end_excludes_its_pre_releases() {
        let set = Interval {
            low: Some(Bound { version: version("1.7.0"), inclusive: true }),
            high: Some(Bound { version: version("2.0.0"), inclusive: false }),
        };
        assert!(set.contains(&version("1.7.0")));
        assert!(set.contains(&version("1.99.0-rc.1")));
        assert!(!set.contains(&version("2.0.0-rc.1")));
        assert!(!set.contains(&version("1.7.0-rc.1")));
        assert_eq!(set.to_string(), "[1.7.0, 2.0.0)");
    }
}
