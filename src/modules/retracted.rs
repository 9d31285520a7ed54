//! Releases that their own module asks programs not to use.
//!
//! In: the text of a go.mod. Out: its `retract` lines.

use crate::version::Version;

/// A `retract` line: the versions from one to another, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retraction {
    low: Version,
    high: Version,
    /// The reason that the module gives; it may be empty.
    pub reason: String,
}

impl Retraction {
    /// Returns true if it is about a version.
    pub fn covers(&self, version: &Version) -> bool {
        self.low <= *version && *version <= self.high
    }
}

/// The retractions of a go.mod.
pub(super) fn retractions(text: &str) -> Vec<Retraction> {
    let (mut found, mut in_block, mut above) = (Vec::new(), false, "");
    for line in text.lines().map(str::trim) {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let (code, comment) = (code.trim(), comment.trim());
        if code.is_empty() {
            above = comment;
            continue;
        }
        let rest = match code.strip_prefix("retract").filter(|rest| rest.starts_with([' ', '\t', '(', '['])) {
            Some(rest) if rest.trim() == "(" => {
                in_block = true;
                continue;
            }
            Some(rest) => Some(rest.trim()),
            None => in_block.then_some(code),
        };
        if code == ")" {
            in_block = false;
        } else if let Some((low, high)) = rest.and_then(versions) {
            let reason = if comment.is_empty() { above } else { comment };
            found.push(Retraction { low, high, reason: reason.to_owned() });
        }
        above = "";
    }
    found
}

/// `v1.0.0`, or `[v1.0.0, v1.1.0]`.
fn versions(text: &str) -> Option<(Version, Version)> {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let (low, high) = inner.and_then(|inner| inner.split_once(',')).unwrap_or((text, text));
    Some((Version::parse(low.trim())?, Version::parse(high.trim())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_blocks_are_read() {
        let text = "module m\n\ngo 1.18\n\nretract v1.0.1 // broken\n\nretract (\n\t// by accident\n\tv1.2.0\n\t[v1.3.0, v1.4.0]\n)\n\nrequire a v1.9.0\n";
        let all = retractions(text);
        let why = |text: &str| {
            let version = Version::parse(text).unwrap();
            all.iter().find(|one| one.covers(&version)).map(|one| one.reason.as_str())
        };
        assert_eq!(why("v1.0.1"), Some("broken"));
        assert_eq!(why("v1.2.0"), Some("by accident"));
        assert_eq!(why("v1.3.5"), Some(""));
        for free in ["v1.0.0", "v1.0.2", "v1.5.0", "v1.9.0"] {
            assert_eq!(why(free), None, "{free}");
        }
    }
}
