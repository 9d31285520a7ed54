//! Reads the module cache.
//!
//! In: its folder, module paths. Out: versions and folders, with Go's escaping of capital letters.
//! Nothing is written. A version that Go has not extracted completely, as its marker
//! `cache/download/MODULE/@v/VERSION.partial` shows, is never returned as complete.

use std::path::{Path, PathBuf};

use super::release::Release;
use crate::version::Version;

/// The module whose versions are Go's own releases.
pub(super) const TOOLCHAIN: &str = "golang.org/toolchain";

/// At most this many folders of the cache are searched for modules to suggest.
const MAX_GUESSES: usize = 2000;

/// Escapes a path: `github.com/Azure/x` → `github.com/!azure/x`.
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

/// A version of a module whose folder is in the cache.
pub(super) struct Unpacked {
    /// The version, as Go's tools write it.
    pub(super) tag: String,
    /// True if all of it is there.
    pub(super) complete: bool,
}

/// The folder of a module at a version; it need not exist.
fn folder(modcache: &Path, module: &str, tag: &str) -> PathBuf {
    modcache.join(format!("{}@{}", escape(module), escape(tag)))
}

/// The folder of a module at a version, if all of it is there. The folder is checked before the
/// marker: Go writes the marker before it creates the folder, and removes it at the end.
pub(super) fn complete(modcache: &Path, module: &str, tag: &str) -> Option<PathBuf> {
    let dir = folder(modcache, module, tag);
    (dir.is_dir() && !is_partial(modcache, module, tag)).then_some(dir)
}

/// Returns true if Go is extracting a version, or was interrupted while doing so. Go itself treats
/// such a folder as absent.
pub(super) fn is_partial(modcache: &Path, module: &str, tag: &str) -> bool {
    let versions = modcache.join("cache/download").join(escape(module)).join("@v");
    // If the marker cannot be checked, it may be there.
    versions.join(format!("{}.partial", escape(tag))).try_exists().unwrap_or(true)
}

/// The versions of a module that have a folder in the cache.
pub(super) fn versions(modcache: &Path, module: &str) -> Vec<Unpacked> {
    let escaped = escape(module);
    let (parent, last) = escaped.rsplit_once('/').unwrap_or(("", &escaped));
    let prefix = format!("{last}@");
    let mut tags: Vec<String> = names(&modcache.join(parent))
        .iter()
        .filter_map(|name| name.strip_prefix(&prefix))
        .map(unescape)
        .collect();
    tags.sort();
    let unpacked = |tag: String| Unpacked { complete: !is_partial(modcache, module, &tag), tag };
    tags.into_iter().map(unpacked).collect()
}

/// The same versions as releases.
pub(super) fn releases(modcache: &Path, module: &str) -> Vec<Release> {
    let all = versions(modcache, module).into_iter();
    let release = |Unpacked { tag, complete }| {
        Version::parse(&tag).map(|version| Release { version, tag, on_disk: complete })
    };
    all.filter_map(release).collect()
}

/// The go.mod of the newest version of a module that Go has looked at, after that version; releases
/// are newer than pre-releases.
pub(super) fn newest_go_mod(modcache: &Path, module: &str) -> Option<(bool, Version, PathBuf)> {
    let dir = modcache.join("cache/download").join(escape(module)).join("@v");
    let files = fs_err::read_dir(dir).ok()?.flatten().map(|entry| entry.path());
    let versions = files.filter_map(|file| {
        let name = file.file_name()?.to_str()?.strip_suffix(".mod").map(unescape)?;
        let version = Version::parse(&name)?;
        Some((!version.is_pre_release(), version, file))
    });
    versions.max()
}

/// The paths of the modules in the cache, sorted; at most [`MAX_GUESSES`] folders are searched.
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

/// The folders in a folder; empty if it cannot be read.
fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs_err::read_dir(dir) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}
