//! Mistakes that several builds show, each once.
//!
//! In: what builds left out. Out: each mistake with the builds that show it, and those that do not. Versions of Go word one
//! mistake in their own ways: what is at one place of one plugin is one mistake.

use std::collections::BTreeMap;

use super::scratch::Entry;

/// A build that was made.
pub(super) struct Built {
    /// What tells builds of the same code from others.
    pub of: String,
    /// Of what it was, for people.
    pub shown: String,
    /// What it left out, each with whether its code does not compile.
    pub entries: Vec<(bool, Entry)>,
}

/// A mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Whether its code does not compile.
    pub woven: bool,
    /// What the newest build that shows it says.
    pub entry: Entry,
    /// The builds that show it.
    pub at: Vec<String>,
    /// Builds of the same code that do not.
    pub not_at: Vec<String>,
}

/// What tells mistakes apart: the package and the plugin, the place (else rule and text), and the how manieth there.
type Key = (bool, String, String, String, usize);

/// Each mistake of these builds. Later builds are newer ones.
pub(super) fn once(builds: &[Built]) -> Vec<Mistake> {
    let mut seen: BTreeMap<Key, (Entry, Vec<usize>)> = BTreeMap::new();
    for (number, build) in builds.iter().enumerate() {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (woven, entry) in &build.entries {
            let place = if entry.place.is_empty() || !woven {
                format!("{} {} {}", entry.rule.as_deref().unwrap_or_default(), entry.code, entry.text())
            } else {
                entry.place.clone()
            };
            let count =
                counts.entry(format!("{woven} {} {} {place}", entry.package, entry.plugin)).or_default();
            let key = (*woven, entry.package.clone(), entry.plugin.clone(), place, *count);
            *count += 1;
            let one = seen.entry(key).or_insert_with(|| (entry.clone(), Vec::new()));
            one.0 = entry.clone();
            one.1.push(number);
        }
    }
    seen.into_iter().map(|((woven, ..), (entry, at))| mistake(builds, woven, entry, &at)).collect()
}

fn mistake(builds: &[Built], woven: bool, entry: Entry, at: &[usize]) -> Mistake {
    let of = |number: &usize| builds.get(*number);
    let shown = at.iter().filter_map(of).map(|build| build.shown.clone()).collect();
    let others = builds.iter().enumerate().filter(|(number, build)| {
        !at.contains(number) && at.iter().filter_map(of).any(|other| other.of == build.of)
    });
    let not_at = others.map(|(_, build)| build.shown.clone()).collect();
    Mistake { woven, entry, at: shown, not_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(place: &str, message: &str) -> (bool, Entry) {
        let (place, message) = (place.to_owned(), message.to_owned());
        (true, Entry { plugin: "p".to_owned(), place, message, ..Entry::default() })
    }

    fn built(of: &str, shown: &str, entries: &[(bool, Entry)]) -> Built {
        Built { of: of.to_owned(), shown: shown.to_owned(), entries: entries.to_vec() }
    }

    #[test]
    fn one_place_is_one_mistake_whatever_its_words() {
        let builds = [
            built("a", "1.0", &[entry("p:1:1", "x declared but not used"), entry("p:1:1", "x is bad")]),
            built("a", "1.1", &[entry("p:1:1", "declared and not used: x")]),
            built("a", "1.2", &[entry("p:2:1", "y")]),
            built("b", "2.0", &[]),
        ];
        let found: Vec<_> = once(&builds)
            .into_iter()
            .map(|one| (one.entry.message, one.at.join(" "), one.not_at.join(" ")))
            .collect();
        let expected = [
            ("declared and not used: x", "1.0 1.1", "1.2"),
            ("x is bad", "1.0", "1.1 1.2"),
            ("y", "1.2", "1.0 1.1"),
        ];
        assert_eq!(found, expected.map(|(text, at, not)| (text.to_owned(), at.to_owned(), not.to_owned())));
    }
}
