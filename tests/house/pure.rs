//! Rooms of src/ that only compute.

use super::circles::Crate;
use super::sources::Source;

/// They open no file, start no program, and ask neither the environment nor the network.
pub const PURE_ROOMS: [&str; 13] = [
    "version",
    "platform",
    "item",
    "source",
    "diagnostic",
    "syntax",
    "bundle",
    "template",
    "codegen",
    "check",
    "weave",
    "plan",
    "report",
];

/// The beginnings of paths that lead to the world outside.
const OUTSIDE: [&[&str]; 7] = [
    &["std", "fs"],
    &["std", "env"],
    &["std", "process"],
    &["std", "net"],
    &["std", "time"],
    &["fs_err"],
    &["tempfile"],
];

/// Methods of paths that ask the file system.
const METHODS: [&str; 7] =
    ["exists", "try_exists", "is_file", "is_dir", "read_dir", "canonicalize", "metadata"];

/// Each use of the world outside in a pure room's code; its tests may do as they like.
pub fn outside_access(sources: &[Source]) -> Vec<String> {
    let mut out = Vec::new();
    for module in Crate::new(sources).modules.values() {
        if !module.path.first().is_some_and(|room| PURE_ROOMS.contains(&room.as_str())) {
            continue;
        }
        for path in module.imported_paths().chain(&module.paths) {
            let reaches = |outside: &[&str]| {
                path.len() >= outside.len() && path.iter().zip(outside.iter()).all(|(a, b)| a == b)
            };
            if OUTSIDE.iter().any(|outside| reaches(outside)) {
                out.push(format!("{}: {}", module.file, path.join("::")));
            }
        }
        let methods = module.methods.iter().filter(|method| METHODS.contains(&method.as_str()));
        out.extend(methods.map(|method| format!("{}: .{method}()", module.file)));
    }
    out
}
