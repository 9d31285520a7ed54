//! Findings as SARIF 2.1.0, for code scanning.
//!
//! In: [`Diagnostic`] values and the folder that paths are relative to. Out: one log with one run, all codes of the registry
//! as its rules. Findings about no file (no such folder, no Go) are notifications of the run: a result must have a place.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::position::{line_text, region};
use super::{Diagnostic, Entry, Label, entries};

/// What author's paths are relative to.
const ROOT: &str = "%SRCROOT%";
/// What paths of Go source are relative to: they begin with a module and its version, or with Go's.
const GO: &str = "%GOSOURCE%";

/// The whole log. `root` is the folder that paths are relative to, with `/` between its parts.
pub fn to_text(diagnostics: &[Diagnostic], root: &str) -> String {
    let rules: Vec<&Entry> = entries().collect();
    let mut seen = BTreeMap::new();
    let (mut results, mut notifications) = (Vec::new(), Vec::new());
    for found in diagnostics {
        let index = rules.iter().position(|rule| rule.code == found.code.code).unwrap_or_default();
        match found.labels.split_first() {
            Some(labels) => results.push(result(found, index, labels, root, &mut seen)),
            None => notifications.push(json!({
                "descriptor": { "id": found.code.code, "index": index },
                "level": found.code.severity.word(),
                "message": { "text": message(found) },
            })),
        }
    }
    let successful = notifications.is_empty();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver(&rules) },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                ROOT: { "description": { "text": "the folder in which gorulec was run" } },
                GO: { "description": { "text": "source of Go (go1.22.0/net/http) and of modules (example.com/lib@v1.2.0)" } },
            },
            "invocations": [{ "executionSuccessful": successful, "toolExecutionNotifications": notifications }],
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn driver(rules: &[&Entry]) -> Value {
    let mut driver = json!({
        "name": "gorulec",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(|entry| rule(entry)).collect::<Vec<_>>(),
    });
    if let (Some(fields), Some(book)) = (driver.as_object_mut(), super::entry::book()) {
        fields.insert("informationUri".to_owned(), book.into());
    }
    driver
}

fn rule(entry: &Entry) -> Value {
    let help = format!("{}\n\n{}", entry.explanation, entry.remedy);
    let mut rule = json!({
        "id": entry.code,
        "shortDescription": { "text": entry.title() },
        "fullDescription": { "text": entry.explanation },
        "help": { "text": help, "markdown": help },
        "defaultConfiguration": { "level": entry.severity.word() },
    });
    if let (Some(fields), Some(url)) = (rule.as_object_mut(), entry.url()) {
        fields.insert("helpUri".to_owned(), url.into());
    }
    rule
}

/// Message, notes and help in one text: code scanning shows no other.
fn message(found: &Diagnostic) -> String {
    let notes = found.notes.iter().map(|note| format!("\nnote: {note}"));
    let help = found.help.iter().map(|help| format!("\nhelp: {help}"));
    std::iter::once(found.message()).chain(notes).chain(help).collect()
}

fn result(
    found: &Diagnostic,
    index: usize,
    (first, others): (&Label, &[Label]),
    root: &str,
    seen: &mut BTreeMap<String, usize>,
) -> Value {
    let related: Vec<Value> = others
        .iter()
        .enumerate()
        .map(|(id, label)| {
            let mut place = location(label, root);
            if let Some(fields) = place.as_object_mut() {
                fields.insert("id".to_owned(), id.into());
                let text = if label.text.is_empty() { "see here" } else { &label.text };
                fields.insert("message".to_owned(), json!({ "text": text }));
            }
            place
        })
        .collect();
    let mut result = json!({
        "ruleId": found.code.code,
        "ruleIndex": index,
        "level": found.code.severity.word(),
        "message": { "text": message(found) },
        "locations": [location(first, root)],
        "relatedLocations": related,
        "partialFingerprints": { "primaryLocationLineHash": fingerprint(found, first, seen) },
    });
    if let (Some(fields), Some(fix)) = (result.as_object_mut(), &found.fix) {
        fields.insert("fixes".to_owned(), json!([fixed(fix, first, root)]));
    }
    result
}

fn fixed(text: &str, label: &Label, root: &str) -> Value {
    json!({
        "description": { "text": format!("write `{text}`") },
        "artifactChanges": [{
            "artifactLocation": artifact(&label.file.name, root),
            "replacements": [{ "deletedRegion": area(label), "insertedContent": { "text": text } }],
        }],
    })
}

/// The same for the same mistake on the same line, wherever the line moves; equal ones are numbered.
fn fingerprint(found: &Diagnostic, label: &Label, seen: &mut BTreeMap<String, usize>) -> String {
    let line = line_text(&label.file.text, label.span.start);
    let parts = [found.code.code, &found.message(), line].join("\0");
    let hash = blake3::hash(parts.as_bytes()).to_hex();
    let short: String = hash.chars().take(16).collect();
    let times = seen.entry(format!("{}\0{short}", label.file.name)).or_default();
    *times += 1;
    format!("{short}:{times}")
}

fn location(label: &Label, root: &str) -> Value {
    json!({ "physicalLocation": { "artifactLocation": artifact(&label.file.name, root), "region": area(label) } })
}

fn area(label: &Label) -> Value {
    let region = region(&label.file, &label.span);
    json!({
        "startLine": region.start.line, "startColumn": region.start.column,
        "endLine": region.end.line, "endColumn": region.end.column,
    })
}

/// A path as a URI: relative where it can be.
fn artifact(name: &str, root: &str) -> Value {
    let path = name.replace('\\', "/");
    let below = path.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')).unwrap_or(&path);
    let mut relative = below;
    while let Some(rest) = relative.strip_prefix("./") {
        relative = rest.trim_start_matches('/');
    }
    if relative.starts_with('/') {
        return json!({ "uri": format!("file://{}", escape(relative)) });
    }
    let is_go = std::path::Path::new(name).extension().is_some_and(|extension| extension == "go");
    json!({ "uri": escape(relative), "uriBaseId": if is_go { GO } else { ROOT } })
}

/// Percent-encodes what may not stand in the path of a URI. A colon may not stand in its first part.
fn escape(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'@' | b'!' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_folder_where_they_can_be() {
        let uri = |name: &str| artifact(name, "/home/me/x")["uri"].as_str().unwrap().to_owned();
        assert_eq!(uri("./a b/ä.gorule"), "a%20b/%C3%A4.gorule");
        assert_eq!(uri("/home/me/x/a.gorule"), "a.gorule");
        assert_eq!(uri("/home/me/xy/a.gorule"), "file:///home/me/xy/a.gorule");
        assert_eq!(uri("../a.gorule"), "../a.gorule");
        assert_eq!(artifact("example.com/lib@v1.0.0/lib.go", "/")["uriBaseId"], GO);
    }
}
