//! The functions of a plan in the order of the sources: file by file, from top to bottom.

use std::collections::BTreeMap;

use crate::report::{PackageVersion, WovenItem};

/// A function's place: its file and its line. A function without a place comes first.
type PlaceInFile<'a> = Option<(&'a str, usize)>;

/// Returns the lines of each package: its name, then each function with its place and its rules.
pub fn lines(woven: &BTreeMap<PackageVersion, Vec<WovenItem>>) -> Vec<String> {
    let mut out = Vec::new();
    for (subject, rules) in woven {
        out.push(format!("  {subject}"));
        out.extend(of_package(rules));
    }
    out
}

fn of_package(rules: &[WovenItem]) -> Vec<String> {
    let mut functions: BTreeMap<(PlaceInFile<'_>, &str), Vec<String>> = BTreeMap::new();
    for rule in rules {
        for function in &rule.functions {
            let place = function.place.as_deref().and_then(parse);
            let names = functions.entry((place, function.name.as_str())).or_default();
            names.push(format!("{}/{}", rule.plugin, rule.item));
        }
    }
    let shown: Vec<(String, &str, String)> = functions
        .into_iter()
        .map(|((place, name), rules)| {
            let place = place.map_or_else(String::new, |(file, line)| format!("{file}:{line}"));
            (place, name, rules.join(", "))
        })
        .collect();
    let width = |of: fn(&(String, &str, String)) -> usize| shown.iter().map(of).max().unwrap_or_default();
    let (first, second) = (width(|one| one.0.chars().count()), width(|one| one.1.chars().count()));
    shown.iter().map(|(place, name, rules)| format!("    {place:first$}  {name:second$}  {rules}")).collect()
}

fn parse(place: &str) -> PlaceInFile<'_> {
    let (file, line) = place.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Item;
    use crate::report::WovenFunction;

    #[test]
    fn by_file_and_line_not_by_rule_or_by_text() {
        let function = |(name, place): &(&str, Option<&str>)| WovenFunction {
            name: (*name).to_owned(),
            place: place.map(str::to_owned),
        };
        let item = |item, functions: &[(&str, Option<&str>)]| WovenItem {
            plugin: "p".into(),
            item,
            place: "p.gorule:1".into(),
            functions: functions.iter().map(function).collect(),
        };
        let rules = [
            item(Item::Rule("one".into()), &[("B", Some("b.go:5")), ("Late", Some("a.go:100"))]),
            item(Item::Rule("two".into()), &[("Early", Some("a.go:9")), ("Late", Some("a.go:100"))]),
            item(Item::Struct("T".into()), &[("T.x", None)]),
        ];
        let subject = PackageVersion { package: "m/x".into(), version: Some("1.2.0".into()) };
        let expected = [
            "  m/x 1.2.0",
            "              T.x    p/struct T",
            "    a.go:9    Early  p/two",
            "    a.go:100  Late   p/one, p/two",
            "    b.go:5    B      p/one",
        ];
        assert_eq!(lines(&BTreeMap::from([(subject, rules.to_vec())])), expected);
    }
}
