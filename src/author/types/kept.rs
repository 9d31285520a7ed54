//! Remembers what builds have said, passes and failures alike.
//!
//! In: a key, and a build. Out: what the build left out, with places in the rule files as they are
//! now. Only permanent answers are remembered: what a woven build has left out, and releases whose
//! own source has a mistake in its types. What the network, a toolchain or a disk has refused is
//! asked for again, and so is what could not be said again in the same words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::super::scratch::{MissingCause, MissingItem};
use super::no_build::NoBuild;
use super::subjects::Subjects;
use crate::check::{Checked, Landmark, Landmarks};
use crate::item::Item;
use crate::source::line_column;
use crate::store::{load, save, use_file};

/// The end of the name of a rule file in a compiler's message.
const SUFFIX: &str = ".gorule:";

/// The result of a build.
pub(super) type BuildResult = Result<BTreeSet<MissingItem>, NoBuild>;

#[derive(Serialize, Deserialize)]
struct KeptItem {
    cause: MissingCause,
    package: String,
    plugin: String,
    item: Option<Item>,
    place: Vec<StoredText>,
    text: Vec<StoredText>,
}

/// A piece of a text that mentions places.
#[derive(Serialize, Deserialize)]
enum StoredText {
    Text(String),
    /// A place in the file of a plugin: `gin.gorule:14:20`.
    Place(String, Landmark),
}

/// Makes a build, unless its result is remembered.
pub(super) fn tried(subjects: &Subjects<'_>, key: &str, build: impl FnOnce() -> BuildResult) -> BuildResult {
    let path = subjects.folder.join(key);
    let known = use_file(&path).then(|| load::<Vec<KeptItem>>(&path).ok()).flatten();
    if let Some(known) = known.and_then(|known| recall(subjects, &known)) {
        return Ok(known);
    }
    let entries = build()?;
    if let Some(kept) = keep(subjects, &entries) {
        let _ = save(&path, &kept);
    }
    Ok(entries)
}

/// Makes a build of a release, unless it is remembered that the release cannot be built. The key
/// does not depend on the rules.
pub(super) fn buildable(
    subjects: &Subjects<'_>,
    key: &str,
    build: impl FnOnce() -> BuildResult,
) -> BuildResult {
    let path = subjects.folder.join(key);
    if let Some(reason) = use_file(&path).then(|| load(&path).ok()).flatten() {
        return Err(NoBuild { reason, of_release: true });
    }
    let result = build();
    if let Err(refusal) = &result
        && refusal.of_release
        && is_permanent(&refusal.reason)
    {
        let _ = save(&path, &refusal.reason);
    }
    result
}

/// The entries as they are stored; `None` if they could not be said again in the same words.
fn keep(subjects: &Subjects<'_>, entries: &BTreeSet<MissingItem>) -> Option<Vec<KeptItem>> {
    let files = PluginFiles::of(subjects, entries.iter().map(|entry| entry.plugin.as_str()));
    let kept: Vec<KeptItem> = entries.iter().map(|entry| files.keep(entry)).collect::<Option<_>>()?;
    let again: Option<BTreeSet<MissingItem>> = kept.iter().map(|kept| files.recall(kept)).collect();
    (again.as_ref() == Some(entries)).then_some(kept)
}

fn recall(subjects: &Subjects<'_>, kept: &[KeptItem]) -> Option<BTreeSet<MissingItem>> {
    let files = PluginFiles::of(subjects, kept.iter().map(|kept| kept.plugin.as_str()));
    kept.iter().map(|kept| files.recall(kept)).collect()
}

/// Returns true if the compiler has refused a line for its types. A missing module, a tool of C or
/// a full disk is reported at a line of Go too.
fn is_permanent(reason: &str) -> bool {
    const SIGNS: [&str; 10] = [
        ": undefined: ",
        " undefined (type ",
        ": cannot use ",
        ": not enough arguments",
        ": too many arguments",
        ": assignment mismatch",
        ": invalid operation",
        " redeclared in this block",
        "missing return",
        ": syntax error",
    ];
    let is_of_c = reason.contains("undefined: C.") || reason.contains("could not ");
    SIGNS.iter().any(|sign| reason.contains(sign)) && !is_of_c
}

/// The rule files of plugins, by the plugins' names.
struct PluginFiles<'a>(Vec<(&'a Checked, Landmarks)>);

impl<'a> PluginFiles<'a> {
    /// The files of these plugins; of all if one has no name.
    fn of<'n>(subjects: &Subjects<'a>, names: impl Iterator<Item = &'n str>) -> Self {
        let names: BTreeSet<&str> = names.collect();
        let is_used = |name: &str| names.contains(name) || names.contains("");
        let used = subjects.checked.iter().filter(|one| is_used(&one.file().plugin.name.node));
        Self(used.map(|one| (one, Landmarks::new(one.file(), &one.source().text))).collect())
    }

    fn file(&self, plugin: &str) -> Option<&(&'a Checked, Landmarks)> {
        self.0.iter().find(|(one, _)| one.file().plugin.name.node == plugin)
    }

    /// `None` if the entry has a place that nothing in the rule file stands for, or neither plugin
    /// nor package: then it is about the build.
    fn keep(&self, entry: &MissingItem) -> Option<KeptItem> {
        let MissingItem { cause, package, plugin, item, place, text } = entry;
        if plugin.is_empty() && package.is_empty() {
            return None;
        }
        Some(KeptItem {
            cause: *cause,
            package: package.clone(),
            plugin: plugin.clone(),
            item: item.clone(),
            place: self.pieces(place)?,
            text: self.pieces(text)?,
        })
    }

    fn recall(&self, kept: &KeptItem) -> Option<MissingItem> {
        let KeptItem { cause, package, plugin, item, place, text } = kept;
        Some(MissingItem {
            cause: *cause,
            package: package.clone(),
            plugin: plugin.clone(),
            item: item.clone(),
            place: self.joined(place)?,
            text: self.joined(text)?,
        })
    }

    /// Takes the places out of a text. A place without a column is that of an item, not shown.
    fn pieces(&self, text: &str) -> Option<Vec<StoredText>> {
        let mut out = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(SUFFIX) {
            let name = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_'));
            let (before, plugin) = before.split_at(name.map_or(0, |at| at + 1));
            let (line, after) = number(after)?;
            out.push(StoredText::Text(before.to_owned()));
            let column = after.strip_prefix(':').and_then(number);
            rest = if let Some((column, after)) = column {
                let (one, landmarks) = self.file(plugin)?;
                let landmark = landmarks.of(offset(&one.source().text, line, column)?)?;
                out.push(StoredText::Place(plugin.to_owned(), landmark));
                after
            } else {
                out.push(StoredText::Text(format!("{plugin}{SUFFIX}{line}")));
                after
            };
        }
        out.push(StoredText::Text(rest.to_owned()));
        Some(out)
    }

    fn joined(&self, pieces: &[StoredText]) -> Option<String> {
        let mut out = String::new();
        for piece in pieces {
            match piece {
                StoredText::Text(text) => out.push_str(text),
                StoredText::Place(plugin, landmark) => {
                    let (one, landmarks) = self.file(plugin)?;
                    let (line, column) = line_column(&one.source().text, landmarks.find(landmark)?);
                    let _ = write!(out, "{plugin}{SUFFIX}{line}:{column}");
                }
            }
        }
        Some(out)
    }
}

/// The number at the beginning of a text, and the text after it.
fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}

/// The offset of a 1-based line and column.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    Some(start + column.checked_sub(1)?).filter(|offset| *offset <= text.len())
}

#[cfg(test)]
mod tests {
    use super::is_permanent;

    #[test]
    fn only_what_the_compiler_says_of_types_is_permanent() {
        for reason in [
            "its own source does not compile: lib.go:3:5: undefined: x",
            "its own source does not compile: lib.go:7:1: c.engine.App undefined (type *Engine has no field or method App)",
        ] {
            assert!(is_permanent(reason), "{reason}");
        }
        for reason in [
            "its own source does not compile: lib.go:3:8: cannot find module providing package a.b/c: module lookup disabled by GOPROXY=off",
            "its own source does not compile: lib.go:3:8: no required module provides package a.b/c; to add it:",
            "its own source does not compile: lib.go:3:8: could not import a.b/c (open /tmp/x.a: no such file or directory)",
            "its own source does not compile: lib.go:4:11: fatal error: foo.h: No such file or directory",
            "its own source does not compile: lib.go:9:2: undefined: C.foo",
            "its own source does not compile: lib.go:9:2: write /tmp/b001/_pkg_.a: no space left on device",
            "go get a.b/c@v1.0.0: dial tcp: lookup proxy.example.com: no such host",
        ] {
            assert!(!is_permanent(reason), "{reason}");
        }
    }
}
