//! Checks that the folders of src/ are a pipeline whose arrows go one way: the folders that each
//! may `use` are listed here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Each folder (or file) of src/ and the ones it may use. Lower ones first; nobody may use one that
/// comes later.
const LAYERS: [(&str, &[&str]); 22] = [
    ("version", &[]),
    ("platform", &[]),
    ("item", &[]),
    ("gotool", &[]),
    ("source", &[]),
    ("store", &[]),
    ("diagnostic", &[]),
    ("syntax", &["version", "platform", "diagnostic"]),
    ("bundle", &["version", "platform"]),
    ("template", &["version", "source", "syntax"]),
    ("codegen", &["version", "platform", "source", "syntax", "bundle", "template"]),
    ("modules", &["version", "platform", "gotool", "source", "store", "diagnostic"]),
    ("lock", &["version", "item"]),
    (
        "check",
        &[
            "version",
            "platform",
            "source",
            "store",
            "diagnostic",
            "syntax",
            "template",
            "codegen",
            "modules",
            "item",
            "lock",
        ],
    ),
    ("weave", &["version", "item", "source", "bundle", "template", "codegen"]),
    ("plan", &["version", "platform", "gotool", "source", "bundle", "codegen", "weave"]),
    ("report", &["item", "weave", "plan"]),
    ("embedded", &["syntax", "bundle", "codegen", "store"]),
    (
        "toolexec",
        &[
            "version", "platform", "item", "gotool", "source", "store", "bundle", "codegen", "weave", "plan",
            "report", "embedded",
        ],
    ),
    (
        "build",
        &[
            "version",
            "platform",
            "gotool",
            "store",
            "diagnostic",
            "bundle",
            "codegen",
            "weave",
            "plan",
            "item",
            "report",
            "embedded",
            "toolexec",
        ],
    ),
    (
        "author",
        &[
            "version",
            "platform",
            "gotool",
            "source",
            "store",
            "diagnostic",
            "syntax",
            "bundle",
            "codegen",
            "modules",
            "lock",
            "check",
            "weave",
            "plan",
            "item",
            "report",
            "embedded",
        ],
    ),
    ("lib", &[]),
];

#[test]
fn arrows_go_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        LAYERS.iter().map(|(layer, may)| (*layer, may.iter().copied().collect())).collect();
    let mut position = BTreeMap::new();
    for (at, (layer, may)) in LAYERS.iter().enumerate() {
        for used in *may {
            assert!(position.contains_key(used), "{layer} comes before {used}, which it uses");
        }
        position.insert(*layer, at);
    }
    let mut wrong = Vec::new();
    let mut files = 0;
    for (layer, path) in rust_files(&src) {
        files += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        let may =
            allowed.get(layer.as_str()).unwrap_or_else(|| panic!("src/{layer} has no place in the pipeline"));
        for used in uses(&text) {
            if used != layer && LAYERS.iter().any(|(l, _)| *l == used) && !may.contains(used.as_str()) {
                wrong.push(format!("{} uses {used}", path.strip_prefix(&src).unwrap().display()));
            }
        }
    }
    assert!(files > 50, "only {files} files were looked at");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Rooms of a folder, lowest first, and the layers and rooms that each may not use though the
/// folder may.
const ROOMS: [(&str, &[&str]); 4] = [
    ("check/text", &["modules", "lock", "store", "super::releases"]),
    ("check/releases", &[]),
    ("author/types", &["super::compile", "super::update", "super::testing"]),
    ("author/testing", &["super::types"]),
];

#[test]
fn rooms_keep_to_themselves() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (room, may_not) in ROOMS {
        let files: Vec<_> =
            rust_files(&src).into_iter().filter(|(_, path)| path.starts_with(src.join(room))).collect();
        assert!(!files.is_empty(), "there is no room {room}");
        for (_, path) in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            let is_used = |name: &&&str| match name.strip_prefix("super::") {
                Some(sibling) => text.contains(&format!("super::super::{sibling}")),
                None => uses(text).contains(**name),
            };
            let used = may_not.iter().filter(is_used);
            wrong.extend(used.map(|name| format!("{} uses {name}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every file below src/ but the binaries, with the name of its layer.
fn rust_files(src: &Path) -> Vec<(String, std::path::PathBuf)> {
    let mut out = Vec::new();
    let mut folders = vec![src.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(src).unwrap().with_extension("");
            let layer = relative.components().next().unwrap().as_os_str().to_str().unwrap().to_owned();
            if layer == "bin" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                out.push((layer, path));
            }
        }
    }
    out
}

/// The first segment of each `crate::` path, those in braces too; tests at the end of a file may
/// use what they like.
fn uses(text: &str) -> BTreeSet<String> {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let mut out = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let names = rest.strip_prefix('{').map_or(rest, |list| list.split('}').next().unwrap());
        let several = rest.starts_with('{');
        for part in names.split(if several { ',' } else { '\0' }) {
            let name: String = part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            out.insert(name);
        }
    }
    out
}
