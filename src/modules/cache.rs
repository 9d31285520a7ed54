//! What the module cache holds.
//!
//! In: its folder, module paths. Out: versions and folders, with Go's escaping of capital letters. Read only.

use std::path::{Path, PathBuf};

use super::Release;
use crate::version::Version;

/// The module whose versions are Go's own.
pub(super) const TOOLCHAIN: &str = "golang.org/toolchain";

/// How many folders of the cache are looked into for guesses.
const MAX_GUESSES: usize = 2000;

/// `github.com/Azure/x` → `github.com/!azure/x`.
pub(super) fn escape(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 4);
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The reverse of [`escape`].
fn unescape(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '!' => out.extend(chars.next().map(|next| next.to_ascii_uppercase())),
            _ => out.push(c),
        }
    }
    out
}

/// The folder of a module at a version; it need not exist.
pub(super) fn folder(modcache: &Path, module: &str, tag: &str) -> PathBuf {
    modcache.join(format!("{}@{}", escape(module), escape(tag)))
}

/// The versions of a module that are unpacked in the cache, as Go's tools call them.
pub(super) fn versions(modcache: &Path, module: &str) -> Vec<String> {
    let escaped = escape(module);
    let (parent, last) = escaped.rsplit_once('/').unwrap_or(("", &escaped));
    let prefix = format!("{last}@");
    let mut found: Vec<String> = names(&modcache.join(parent))
        .iter()
        .filter_map(|name| name.strip_prefix(&prefix))
        .map(unescape)
        .collect();
    found.sort();
    found
}

/// The same as releases.
pub(super) fn releases(modcache: &Path, module: &str) -> Vec<Release> {
    let tags = versions(modcache, module).into_iter();
    tags.filter_map(|tag| Version::parse(&tag).map(|version| Release { version, tag, on_disk: true }))
        .collect()
}

/// The modules in the cache, by import path.
pub(super) fn modules(modcache: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![String::new()];
    let mut looked = 0;
    while let Some(path) = todo.pop() {
        looked += 1;
        if looked > MAX_GUESSES {
            break;
        }
        for name in names(&modcache.join(&path)) {
            let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            match below.rsplit_once('@') {
                Some((module, _)) => found.push(unescape(module)),
                None if below != "cache" => todo.push(below),
                None => {}
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The folders in a folder; none where it cannot be read.
fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs_err::read_dir(dir) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}
