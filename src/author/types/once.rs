//! Merges the mistakes that several builds show.
//!
//! In: the entries that builds left out. Out: each mistake once, with the builds that show it, and
//! those that do not. Versions of Go word the same mistake differently, so compiler messages at one
//! place of one plugin are one mistake.

use std::collections::BTreeMap;

use super::super::scratch::{MissingCause, MissingItem};

/// The entries that a build left out.
pub(super) struct BuildFindings {
    /// A name that only builds of the same code share.
    pub of: String,
    /// The description of the build, for people.
    pub shown: String,
    /// The entries.
    pub missing: Vec<MissingItem>,
}

/// A mistake, with its builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UniqueMistake {
    /// The entry of the newest build that shows it.
    pub missing: MissingItem,
    /// The builds that show it.
    pub at: Vec<String>,
    /// The builds of the same code that do not show it.
    pub not_at: Vec<String>,
}

/// The identity of a mistake: the cause, the package, the plugin, the place (or the item and the
/// text), and a number among mistakes for which all of these are equal.
type MistakeKey = (MissingCause, String, String, String, usize);

/// All mistakes of these builds, each once. Later builds are newer ones.
pub(super) fn once(builds: &[BuildFindings]) -> Vec<UniqueMistake> {
    let mut seen: BTreeMap<MistakeKey, (MissingItem, Vec<usize>)> = BTreeMap::new();
    for (number, build) in builds.iter().enumerate() {
        let mut counts = BTreeMap::new();
        for one in &build.missing {
            let place = if one.place.is_empty() || one.cause != MissingCause::DoesNotCompile {
                let item = one.item.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("{item} {}", one.text)
            } else {
                one.place.clone()
            };
            let place = (one.cause, one.package.clone(), one.plugin.clone(), place);
            let count: &mut usize = counts.entry(place.clone()).or_default();
            // A declaration that the compiler blames at several places is one mistake.
            if *count > 0 && one.text.contains(" (at ") {
                continue;
            }
            let key = (place.0, place.1, place.2, place.3, *count);
            *count += 1;
            let known = seen.entry(key).or_insert_with(|| (one.clone(), Vec::new()));
            known.0 = one.clone();
            known.1.push(number);
        }
    }
    seen.into_values().map(|(missing, at)| mistake(builds, missing, &at)).collect()
}

fn mistake(builds: &[BuildFindings], missing: MissingItem, at: &[usize]) -> UniqueMistake {
    let of = |number: &usize| builds.get(*number);
    let shown = at.iter().filter_map(of).map(|build| build.shown.clone()).collect();
    let others = builds.iter().enumerate().filter(|(number, build)| {
        !at.contains(number) && at.iter().filter_map(of).any(|other| other.of == build.of)
    });
    let not_at = others.map(|(_, build)| build.shown.clone()).collect();
    UniqueMistake { missing, at: shown, not_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(place: &str, text: &str) -> MissingItem {
        MissingItem {
            cause: MissingCause::DoesNotCompile,
            package: "a".to_owned(),
            plugin: "p".to_owned(),
            item: None,
            place: place.to_owned(),
            text: text.to_owned(),
        }
    }

    fn built(of: &str, shown: &str, missing: &[MissingItem]) -> BuildFindings {
        BuildFindings { of: of.to_owned(), shown: shown.to_owned(), missing: missing.to_vec() }
    }

    #[test]
    fn one_place_is_one_mistake_whatever_its_words() {
        let builds = [
            built("a", "1.0", &[missing("p:1:1", "x declared but not used"), missing("p:1:1", "x is bad")]),
            built("a", "1.1", &[missing("p:1:1", "declared and not used: x")]),
            built("a", "1.2", &[missing("p:2:1", "y")]),
            built("b", "2.0", &[]),
        ];
        let found: Vec<_> = once(&builds)
            .into_iter()
            .map(|one| (one.missing.text, one.at.join(" "), one.not_at.join(" ")))
            .collect();
        let expected = [
            ("declared and not used: x", "1.0 1.1", "1.2"),
            ("x is bad", "1.0", "1.1 1.2"),
            ("y", "1.2", "1.0 1.1"),
        ];
        assert_eq!(found, expected.map(|(text, at, not)| (text.to_owned(), at.to_owned(), not.to_owned())));
    }
}
