//! Directive comments that have no effect: misspelt ones, and those at places where no function can
//! be marked.
//!
//! In: the directives of rules, and the text of one of the user's own Go files. Out: for each
//! comment that was meant as a directive and is none, its line and the reason. Pure.

use crate::bundle::{Bundle, Functions};
use crate::source::{Comment, CommentPlace, GoFile, comments};

/// A directive comment without effect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct IdleDirective {
    /// The package.
    pub package: String,
    /// The file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The comment, `// goagent:span`, without the words after it.
    pub directive: String,
    /// The reason for which it has no effect.
    pub reason: String,
}

/// The most letters that may be wrong in a misspelt directive.
const MAX_DISTANCE: usize = 2;

/// The tool whose directives are all known here.
const OURS: &str = "goagent";

/// Returns the directives that rules have: `goagent:span`.
pub fn known(bundles: &[Bundle]) -> Vec<String> {
    let targets = bundles.iter().flat_map(|bundle| &bundle.plugins).flat_map(|plugin| &plugin.targets);
    let mut marks: Vec<String> = targets
        .flat_map(|target| &target.rules)
        .filter_map(|rule| match &rule.functions {
            Functions::Marked(mark) => Some(mark.trim_start_matches("//").to_owned()),
            _ => None,
        })
        .collect();
    marks.sort();
    marks.dedup();
    marks
}

/// Returns the comments of a file that were meant as directives and have no effect: lines, the
/// comments and the reasons.
pub fn idle(known: &[String], is_test: bool, text: &str) -> Vec<(usize, String, String)> {
    // Most files have none: these are not parsed.
    if known.is_empty() || !text.lines().any(|line| line_may_have(known, line)) {
        return Vec::new();
    }
    let Ok(go) = GoFile::parse(text.to_owned()) else { return Vec::new() };
    let one = |comment: Comment| {
        let word = word_of(&comment.text)?;
        let reason = reason(known, is_test, &comment, word)?;
        let slashes = if comment.block { "/*" } else { "//" };
        let space = if comment.text.starts_with(word) { "" } else { " " };
        Some((comment.line, format!("{slashes}{space}{word}"), reason))
    };
    comments(&go).into_iter().filter_map(one).collect()
}

/// Returns true if a line has something like a directive. Nothing is parsed.
fn line_may_have(known: &[String], line: &str) -> bool {
    let starts = line.match_indices("//").chain(line.match_indices("/*"));
    let words = starts.filter_map(|(at, _)| word_of(line.get(at + 2..).unwrap_or_default()));
    words.into_iter().any(|word| nearest(known, word).is_some() || is_ours(word))
}

/// Returns the first word of a comment, if it has the form of a directive: `tool:word`.
fn word_of(comment: &str) -> Option<&str> {
    let word = comment.split_whitespace().next()?;
    let word = word.trim_end_matches("*/");
    let (tool, name) = word.split_once(':')?;
    let is_name = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    (is_name(tool) && is_name(name)).then_some(word)
}

fn is_ours(word: &str) -> bool {
    word.split(':').next().is_some_and(|tool| tool.eq_ignore_ascii_case(OURS))
}

/// Returns the directive that a word is or was meant to be.
fn nearest<'k>(known: &'k [String], word: &str) -> Option<&'k String> {
    let lower = word.to_ascii_lowercase();
    let distances = known.iter().map(|mark| (strsim::damerau_levenshtein(mark, &lower), mark));
    let (distance, mark) = distances.min()?;
    // A short word may have fewer wrong letters.
    (distance <= MAX_DISTANCE.min(mark.len() / 4)).then_some(mark)
}

/// Returns the reason for which a comment has no effect; `None` if it has one, or is none of
/// goagent's directives.
fn reason(known: &[String], is_test: bool, comment: &Comment, word: &str) -> Option<String> {
    let is_spaced = !comment.text.starts_with(word);
    let Some(mark) = nearest(known, word) else {
        let others: Vec<String> = known.iter().map(|mark| format!("//{mark}")).collect();
        let is_meant = is_ours(word) && !is_spaced && !comment.block;
        return is_meant.then(|| format!("no rule is for it; the directives are {}", others.join(", ")));
    };
    if mark != word {
        return Some(format!("it is misspelt: write //{mark}"));
    }
    if comment.block {
        return Some(format!("a directive is a line comment: write //{mark}"));
    }
    if is_spaced {
        return Some(format!("a directive has no space after the slashes: write //{mark}"));
    }
    if is_test {
        return Some("files of tests are not woven".to_owned());
    }
    match &comment.place {
        CommentPlace::Function { has_body: true, .. } => None,
        CommentPlace::Function { name, .. } => Some(format!("{name} has no body")),
        CommentPlace::Apart(name) => Some(format!("an empty line separates it from {name}")),
        CommentPlace::Other(what) => {
            Some(format!("it is above a {what}, and only functions and methods can be marked"))
        }
        CommentPlace::Within => Some(
            "it is within a declaration; only functions and methods can be marked, no function literals"
                .to_owned(),
        ),
        CommentPlace::Behind => {
            Some("it is behind code; it belongs above the function, on a line of its own".to_owned())
        }
        CommentPlace::Nowhere => Some("there is no function below it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let known = ["corp:audit", "goagent:span"].map(str::to_owned);
        let found = idle(&known, false, &format!("package p\n\n{text}"));
        found.into_iter().map(|(line, directive, reason)| format!("{line} {directive}: {reason}")).collect()
    }

    #[test]
    fn what_marks_a_function_and_what_is_others_is_fine() {
        for text in [
            "//goagent:span\nfunc F() {}\n",
            "// F is.\n//\n//goagent:span checkout\nfunc F() {}\n",
            "//corp:audit\n//goagent:span\nfunc (t T) F() {}\n",
            "//go:noinline\n//nolint:errcheck\n//lint:ignore SA1000 x\n//corp:other\nfunc F() {}\n",
            "var s = `\n//goagent:spna\n`\n",
            "// goagent: what it is\n// See https://x.org/goagent:span, or goagent:span.\nvar s = \"//goagent:span\"\n",
        ] {
            assert_eq!(of(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_does_nothing_is_said_with_its_line() {
        for (text, wanted) in [
            (
                "// goagent:span\nfunc F() {}\n",
                "3 // goagent:span: a directive has no space after the slashes",
            ),
            ("//goagent:span\n\nfunc F() {}\n", "3 //goagent:span: an empty line separates it from F"),
            ("//goagent:spna\nfunc F() {}\n", "3 //goagent:spna: it is misspelt: write //goagent:span"),
            ("//goagent:Span\nfunc F() {}\n", "3 //goagent:Span: it is misspelt: write //goagent:span"),
            ("//goagnet:span\nfunc F() {}\n", "3 //goagnet:span: it is misspelt: write //goagent:span"),
            ("//goagent:spans\nfunc F() {}\n", "3 //goagent:spans: it is misspelt: write //goagent:span"),
            ("//corp:audti\nfunc F() {}\n", "3 //corp:audti: it is misspelt: write //corp:audit"),
            (
                "//goagent:trace\nfunc F() {}\n",
                "3 //goagent:trace: no rule is for it; the directives are //corp:audit, //",
            ),
            (
                "func F() {\n\t//goagent:span\n\t_ = func() {}\n}\n",
                "4 //goagent:span: it is within a declaration",
            ),
            ("func F() {} //goagent:span\n", "3 //goagent:span: it is behind code"),
            ("//goagent:span\nvar f = func() {}\n", "3 //goagent:span: it is above a var"),
            ("//goagent:span\ntype T int\n", "3 //goagent:span: it is above a type"),
            ("//goagent:span\nfunc F()\n", "3 //goagent:span: F has no body"),
            ("/*goagent:span*/\nfunc F() {}\n", "3 /*goagent:span: a directive is a line comment"),
            ("//goagent:span\n", "3 //goagent:span: there is no function below it"),
        ] {
            let found = of(text);
            assert!(found.len() == 1 && found[0].starts_with(wanted), "{text}: {found:?}");
        }
        let known = ["goagent:span".to_owned()];
        let tests = idle(&known, true, "package p\n//goagent:span\nfunc F() {}\n");
        assert_eq!(tests[0].2, "files of tests are not woven");
        assert!(idle(&[], false, "package p\n//goagent:spna\nfunc F() {}\n").is_empty());
    }
}
