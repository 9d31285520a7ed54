//! The content that goagent carries: the sources of the standard plugins and the runtime module.
//!
//! Both are written to goagent's own folder on first use, each under the digest of its content.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::Utf8PathBuf;
use rust_embed::RustEmbed;

use crate::bundle::Bundle;
use crate::store::{Store, use_file, write_whole};
use crate::{codegen, syntax};

/// The standard plugins.
#[derive(RustEmbed)]
#[folder = "plugins/"]
#[include = "*/*.gorule"]
#[exclude = "*/test/*"]
struct Plugins;

/// The module that is linked in, without its tests.
#[derive(RustEmbed)]
#[folder = "runtime/"]
#[include = "go.mod"]
#[include = "*.go"]
#[include = "*.s"]
#[exclude = "*_test.go"]
#[exclude = "*/testdata/*"]
struct Runtime;

/// The prefix of the tags that leave out files which call functions of the woven runtime.
const WITHOUT: &str = "!goagent_no";

/// Returns the tags with which the linked-in module is built if the woven runtime has these
/// functions and no others. A file that calls some of them by `//go:linkname` names its tag last in
/// its `//go:build` line; another file has the code for a runtime without them.
pub fn tags_without(declared: &BTreeSet<String>) -> BTreeSet<String> {
    let mut tags = BTreeSet::new();
    for (_, text) in runtime_sources() {
        if !calls_of_runtime(&text).all(|name| declared.contains(name)) {
            tags.extend(tag_of(&text).map(str::to_owned));
        }
    }
    tags
}

/// Returns the functions of the woven runtime that a file calls.
fn calls_of_runtime(text: &str) -> impl Iterator<Item = &str> {
    let names = text.lines().filter_map(|line| line.strip_prefix("//go:linkname ")?.split_once(" runtime."));
    names.map(|(_, name)| name.trim()).filter(|name| name.starts_with("goagent"))
}

/// Returns the tag that leaves a file out.
fn tag_of(text: &str) -> Option<&str> {
    let line = text.lines().find(|line| line.starts_with("//go:build "))?;
    line.split([' ', '(', ')']).rfind(|word| word.starts_with(WITHOUT))?.strip_prefix('!')
}

/// Returns the digest of the runtime module.
pub fn runtime_digest() -> String {
    digest_of::<Runtime>()
}

/// Returns a digest of names and contents.
fn digest_of<E: RustEmbed>() -> String {
    let mut names: Vec<_> = E::iter().collect();
    names.sort();
    let mut hasher = blake3::Hasher::new();
    for name in names {
        let content = E::get(&name).map(|file| file.data).unwrap_or_default();
        hasher
            .update(name.as_bytes())
            .update(&[0])
            .update(&(content.len() as u64).to_le_bytes())
            .update(&content);
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

/// Returns the standard plugins as a bundle. Whether their rules fit is decided by the real source
/// of each build.
pub fn standard_bundle(store: &Store) -> anyhow::Result<Bundle> {
    let digest = digest_of::<Plugins>();
    let path = store.root().join("plugins").join(format!("{digest}.gobundle"));
    if use_file(&path)
        && let Ok(bytes) = fs_err::read(&path)
        && let Ok(bundle) = Bundle::decode(&bytes)
    {
        return Ok(bundle);
    }
    let mut bundle = Bundle::default();
    let mut names: Vec<_> = Plugins::iter().collect();
    names.sort();
    for name in names {
        let Some(file) = Plugins::get(&name) else { continue };
        let source = syntax::decode(&name, file.data.into_owned())
            .map_err(|_| anyhow::anyhow!("{name}, which goagent carries, is not text; this is a defect"))?;
        let parsed = syntax::parse(&Arc::clone(&source))
            .map_err(|_| anyhow::anyhow!("{name}, which goagent carries, has a mistake; this is a defect"))?;
        bundle.plugins.push(codegen::lower(&parsed.file, &source.text)?);
    }
    write_whole(&path, &bundle.encode()?)?;
    Ok(bundle)
}

/// Returns the Go files of the runtime module: path and text.
pub fn runtime_sources() -> impl Iterator<Item = (String, String)> {
    let go = Runtime::iter().filter(|name| name.ends_with(".go"));
    go.filter_map(|name| {
        let text = String::from_utf8(Runtime::get(&name)?.data.into_owned()).ok()?;
        Some((name.into_owned(), text))
    })
}

/// Returns the folder of the runtime module, which is written if it does not exist, and its digest.
pub fn runtime_module(store: &Store) -> anyhow::Result<(Utf8PathBuf, String)> {
    let digest = runtime_digest();
    let dir = store.root().join("runtime").join(&digest);
    let complete = dir.join(".complete");
    if !use_file(&complete) {
        for name in Runtime::iter() {
            if let Some(file) = Runtime::get(&name) {
                write_whole(&dir.join(name.as_ref()), &file.data)?;
            }
        }
        write_whole(&complete, b"complete")?;
    }
    Ok((dir, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever parts of the runtime are left out, no file of the linked-in module calls a function
    /// that is missing.
    #[test]
    fn each_file_that_calls_the_woven_runtime_can_be_left_out() {
        let all: Vec<(String, String)> = runtime_sources().collect();
        let calling: Vec<_> =
            all.iter().filter(|(_, text)| calls_of_runtime(text).next().is_some()).collect();
        assert!(calling.len() > 2, "{calling:?}");
        for (name, text) in calling {
            let tag = tag_of(text).unwrap_or_else(|| panic!("{name} has no tag that leaves it out"));
            assert!(
                text.contains(&format!(",!{tag}")) || text.contains(&format!("+build !{tag}")),
                "{name}: Go 1.18"
            );
            let stands_in = |(other, text): &&(String, String)| {
                let constraint = text.lines().find(|line| line.starts_with("//go:build "));
                other != name && constraint.is_some_and(|line| line.split([' ', '(']).any(|word| word == tag))
            };
            assert!(all.iter().any(|one| stands_in(&one)), "{name}: no file has what is done without {tag}");
            let all_but_one = calls_of_runtime(text).skip(1).map(str::to_owned).collect();
            assert!(tags_without(&all_but_one).contains(tag), "{name}");
        }
        assert_eq!(
            tags_without(
                &all.iter().flat_map(|(_, text)| calls_of_runtime(text)).map(str::to_owned).collect()
            )
            .len(),
            0
        );
    }
}
