//! `gorulec explain CODE`: the meaning of a diagnostic, an example, and the example fixed.
//!
//! In: a code. Out: its section of the book's page on diagnostics as plain text. A test compares
//! the page with the registry and the fixtures, so that terminal, book and compiler agree.

use std::fmt::Write as _;

use crate::diagnostic::{Entry, entries, lookup, nearest};

/// The page as published.
const PAGE: &str = include_str!("../../book/src/diagnostics.md");
/// The width of the text, in columns.
const WIDTH: usize = 90;

/// There is no such code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no diagnostic `{code}`; {help}")]
pub struct Unknown {
    /// The code that was asked for.
    pub code: String,
    help: String,
}

/// The full explanation of a code. `gr0401`, `0401` and `401` mean `GR0401`.
pub fn explain(code: &str) -> Result<String, Unknown> {
    let entry = lookup(code).or_else(|| by_number(code)).ok_or_else(|| unknown_code(code))?;
    let section = section(entry.code).unwrap_or_default();
    let mut out = format!("{}[{}]: {}\n\n", entry.severity.word(), entry.code, entry.title());
    plain(section, &mut out);
    if let Some(url) = entry.url() {
        let _ = writeln!(out, "\n{url}");
    }
    Ok(out)
}

/// All codes with their messages, one on a line.
pub fn list() -> String {
    let line = |entry: &Entry| format!("{}  {:<7}  {}\n", entry.code, entry.severity.word(), entry.title());
    entries().map(line).collect()
}

fn by_number(code: &str) -> Option<&'static Entry> {
    let number: u32 = code.parse().ok()?;
    lookup(&format!("GR{number:04}"))
}

fn unknown_code(code: &str) -> Unknown {
    let help = match nearest(code, entries().map(|entry| entry.code)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`gorulec explain` lists all of them".to_owned(),
    };
    Unknown { code: code.to_owned(), help }
}

/// A code's section of the page, without its heading.
fn section(code: &str) -> Option<&'static str> {
    let start = PAGE.find(&format!("\n### {code} "))?;
    let body = PAGE.get(start + 1..)?.split_once('\n')?.1;
    let end = [body.find("\n### "), body.find("\n## ")].into_iter().flatten().min();
    body.get(..end.unwrap_or(body.len()))
}

/// Writes the page's markup as plain text: code is indented, other text is wrapped.
fn plain(section: &str, out: &mut String) {
    let mut in_code = false;
    for line in section.trim().lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            let _ = writeln!(out, "{}", format!("    {line}").trim_end());
        } else {
            wrap(&line.replace("**", ""), out);
        }
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

fn wrap(line: &str, out: &mut String) {
    let mut width = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            out.push('\n');
            width = 0;
        }
        if width > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained() {
        for entry in entries() {
            let text = explain(entry.code).unwrap();
            for part in [entry.code, entry.severity.word(), &entry.title()] {
                assert!(text.contains(part), "{}: {part} is missing in\n{text}", entry.code);
            }
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            for part in [entry.explanation, entry.remedy] {
                assert!(words(&text).contains(&words(part)), "{}: {part} is missing in\n{text}", entry.code);
            }
            assert!(text.lines().any(|line| line.starts_with("    ")), "{} has no example", entry.code);
            assert!(!text.contains("```") && !text.contains("**"), "{text}");
        }
        assert_eq!(list().lines().count(), entries().count());
    }

    #[test]
    fn codes_are_found_in_any_spelling_and_near_ones_are_named() {
        let whole = explain("GR0401").unwrap();
        for other in ["gr0401", "Gr0401", "0401", "401"] {
            assert_eq!(explain(other).unwrap(), whole);
        }
        assert!(explain("GR0499").unwrap_err().to_string().contains("did you mean `GR04"));
        assert!(explain("banana").unwrap_err().to_string().contains("lists all"));
    }
}
