//! What stands in double braces in a template.
//!
//! In: the text of a template. Out: its tags, or what is wrong with them; and the text as it is for one version, every offset
//! as it was.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Help, SourceFile, codes, nearest};
use crate::syntax::ast::Template;
use crate::version::Version;

/// The words that double braces may hold.
const WORDS: [&str; 6] = ["#since", "version", "package", "func", "name", "label"];

/// Something in double braces.
#[derive(Debug)]
pub(super) struct Tag {
    range: Range<usize>,
    kind: TagKind,
}

#[derive(Debug)]
enum TagKind {
    Since(Version),
    Else,
    End,
    Constant,
    Comment,
}

impl Tag {
    pub(super) fn since(&self) -> Option<&Version> {
        match &self.kind {
            TagKind::Since(version) => Some(version),
            _ => None,
        }
    }
}

/// Finds what stands in double braces, and what is wrong with it.
pub(super) fn tags(source: &Arc<SourceFile>, template: &Template, out: &mut Vec<Diagnostic>) -> Vec<Tag> {
    let text = template.node.as_str();
    let mut tags = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("{{")).map(|found| at + found) {
        let body = text.get(start + 2..).unwrap_or_default();
        let len = body.find("}}").unwrap_or(body.len());
        let inner = body.get(..len).unwrap_or_default();
        let end = (start + 2 + len + 2).min(text.len());
        let place = template.span.start + start..template.span.start + end;
        let escaped = text.get(..start).is_some_and(|before| before.ends_with('\\'));
        let kind = tag_kind(inner, &mut open, &place);
        match if escaped { kind.and(Err(behind_backslash())) } else { kind } {
            Ok(kind) => tags.push(Tag { range: start..end, kind }),
            Err(problem) => {
                let first_line = text.get(start..end).unwrap_or_default().lines().next().map_or(2, str::len);
                out.push(problem.at(source, place.start..place.start + first_line, ""));
            }
        }
        at = end;
    }
    for block in open {
        let found =
            Diagnostic::new(&codes::templates::HELPER_MISUSED).with("what", "`{{#since}}` is never closed");
        out.push(found.at(source, block.place, "opened here").help("write `{{/since}}`"));
    }
    tags
}

/// A block that is not closed yet.
struct Open {
    place: Range<usize>,
    has_else: bool,
}

/// Handlebars takes a backslash before its braces for one that is meant for itself.
fn behind_backslash() -> Diagnostic {
    Diagnostic::new(&codes::templates::HELPER_MISUSED)
        .with("what", "a backslash stands before `{{`")
        .help("write the backslash in a string of its own, as in `\"\\\\\" + \"{{version}}\"`")
}

fn tag_kind(inner: &str, open: &mut Vec<Open>, place: &Range<usize>) -> Result<TagKind, Diagnostic> {
    let kind = word_kind(inner.trim_matches('~').trim(), open, place)?;
    if inner.starts_with('~') || inner.ends_with('~') {
        let found =
            Diagnostic::new(&codes::templates::HELPER_MISUSED).with("what", "`~` stands in double braces");
        return Err(found.help("leave it out: blanks around double braces stay as they are"));
    }
    Ok(kind)
}

fn word_kind(trimmed: &str, open: &mut Vec<Open>, place: &Range<usize>) -> Result<TagKind, Diagnostic> {
    let misused = |what: &str, help: &str| {
        Err(Diagnostic::new(&codes::templates::HELPER_MISUSED).with("what", what).help(help))
    };
    if let Some(argument) = trimmed.strip_prefix("#since") {
        let quoted = argument.trim();
        let version = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"')).and_then(Version::parse);
        open.push(Open { place: place.clone(), has_else: false });
        return match version {
            Some(version) => Ok(TagKind::Since(version)),
            None => misused("`since` takes one version in quotes", "write it as in `{{#since \"1.9.0\"}}`"),
        };
    }
    match trimmed {
        "else" => {
            let Some(block) = open.last_mut() else {
                return misused("`{{else}}` stands in no block", "write it in `{{#since \"…\"}}`");
            };
            if std::mem::replace(&mut block.has_else, true) {
                return misused(
                    "a second `{{else}}` stands in one block",
                    "for three ways write one block in another: `{{#since \"1.9.0\"}}…{{else}}{{#since \"1.5.0\"}}…{{else}}…{{/since}}{{/since}}`",
                );
            }
            Ok(TagKind::Else)
        }
        "/since" => match open.pop() {
            Some(_) => Ok(TagKind::End),
            None => misused("`{{/since}}` closes nothing", "open the block with `{{#since \"…\"}}`"),
        },
        "version" | "package" | "func" | "name" | "label" => Ok(TagKind::Constant),
        comment if comment.starts_with('!') => Ok(TagKind::Comment),
        other => Err(unknown_helper(other)),
    }
}

fn unknown_helper(text: &str) -> Diagnostic {
    let name = text.split_whitespace().next().unwrap_or("{{");
    let simple = name.chars().all(|c| c.is_alphanumeric() || "_#/".contains(c));
    let help = match nearest(name, WORDS).filter(|_| simple) {
        Some(near) => Help::did_you_mean(near),
        None => "here may stand: #since \"VERSION\", else, /since, version, package, func, name, label; where Go's braces are meant, \
                 put a blank between them: `{ {`"
            .into(),
    };
    let shown = if simple { name } else { "{{" };
    Diagnostic::new(&codes::templates::UNKNOWN_HELPER).with("name", shown).help(help)
}

/// The text with every tag, and every block that is not for this version, replaced by text of the same length.
pub(super) fn mask(text: &str, tags: &[Tag], version: Option<&Version>) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut blocks: Vec<bool> = Vec::new();
    let mut at = 0;
    let copy = |out: &mut Vec<u8>, range: Range<usize>, keep: bool| {
        for byte in text.as_bytes().get(range).unwrap_or_default() {
            out.push(if keep || *byte == b'\n' { *byte } else { b' ' });
        }
    };
    for tag in tags {
        let keep = blocks.iter().all(|kept| *kept);
        copy(&mut out, at..tag.range.start, keep);
        match &tag.kind {
            // Twice a dot: no Go but in a string, which is where constants belong.
            TagKind::Constant if keep => out.extend("1.".bytes().cycle().take(tag.range.len())),
            _ => copy(&mut out, tag.range.clone(), false),
        }
        match &tag.kind {
            TagKind::Since(since) => blocks.push(version.is_some_and(|v| v >= since)),
            TagKind::Else => blocks.last_mut().into_iter().for_each(|kept| *kept = !*kept),
            TagKind::End => drop(blocks.pop()),
            TagKind::Constant | TagKind::Comment => {}
        }
        at = tag.range.end;
    }
    copy(&mut out, at..text.len(), true);
    String::from_utf8_lossy(&out).into_owned()
}
