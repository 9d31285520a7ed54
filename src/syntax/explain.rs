//! Explains why the grammar does not accept some text, and how to write it.
//!
//! In: text that no item matches, or the place where the parser stopped. Out: findings. It guesses
//! the author's intent; it fixes nothing.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Help, SourceFile, codes, nearest};

use super::grammar::{self, Node, ParseError, Rule};
use super::habits;

/// A block that contains items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Plugin,
    Target,
    Struct,
    Rule,
}

impl Block {
    const ALL: [Self; 4] = [Self::Plugin, Self::Target, Self::Struct, Self::Rule];

    fn name(self) -> &'static str {
        match self {
            Self::Plugin => "plugin",
            Self::Target => "target",
            Self::Struct => "struct",
            Self::Rule => "rule",
        }
    }

    /// Returns the keywords that its items begin with.
    fn keywords(self) -> &'static [&'static str] {
        match self {
            Self::Plugin => &["import", "target"],
            Self::Target => &["decl", "struct", "port", "rule", "bare"],
            Self::Struct => &["field"],
            Self::Rule => &[
                "versions",
                "go",
                "platforms",
                "recv",
                "func",
                "call",
                "param",
                "result",
                "priority",
                "state",
                "may",
                "enter",
                "exit",
                "before",
                "replace",
            ],
        }
    }

    fn grammar_rule(self) -> Rule {
        match self {
            Self::Plugin => Rule::plugin_item_alone,
            Self::Target => Rule::target_item_alone,
            Self::Struct => Rule::struct_item_alone,
            Self::Rule => Rule::rule_item_alone,
        }
    }
}

/// Reports the mistakes in the bad items of one block.
pub(super) struct BadItems {
    place: Block,
    after_bad: bool,
}

impl BadItems {
    pub(super) fn new(place: Block) -> Self {
        Self { place, after_bad: false }
    }

    /// Remembers whether the previous item was a bad one.
    pub(super) fn after(&mut self, bad: bool) {
        self.after_bad = bad;
    }

    /// Explains one bad item.
    pub(super) fn explain(&self, source: &Arc<SourceFile>, node: &Node<'_>, out: &mut Vec<Diagnostic>) {
        let (start, text) = (node.as_span().start(), node.as_str().trim_end());
        if text.starts_with("//") {
            let found = Diagnostic::new(&codes::syntax::UNEXPECTED)
                .with("expected", format!("an item of a {}", self.place.name()))
                .with("found", "a documentation comment")
                .at(source, start..start + text.len(), "it documents nothing");
            out.push(found.help("write `//`, or move it above what it documents: a plugin, target, rule, `decl`, `struct` or `port`"));
            return;
        }
        let word = leading_word(text);
        if word.is_empty() && self.after_bad {
            return; // the rest of the bad item before it
        }
        if self.place.keywords().contains(&word) {
            out.push(self.malformed(source, start, text, word));
        } else {
            out.push(self.unknown_item(source, start, text, word));
        }
    }

    /// Explains an item whose keyword is right, but not the text after it.
    fn malformed(&self, source: &Arc<SourceFile>, start: usize, text: &str, word: &str) -> Diagnostic {
        let stop = match grammar::parse_whole(self.place.grammar_rule(), text) {
            Err(stop) => ParseError { at: start + stop.at, ..stop },
            Ok(()) => ParseError { at: start + text.len(), expected: vec![Rule::line_end] },
        };
        unexpected(source, &stop, word)
    }

    fn unknown_item(&self, source: &Arc<SourceFile>, start: usize, text: &str, word: &str) -> Diagnostic {
        let shown = if word.is_empty() { first_token(text) } else { word };
        let found = Diagnostic::new(&codes::syntax::UNKNOWN_ITEM)
            .with("word", unseen(shown).map_or_else(|| shown.to_owned(), |(code, _)| code))
            .with("place", self.place.name())
            .at(source, start..start + shown.len(), "");
        if let Some(other) = Block::ALL.into_iter().find(|p| p.keywords().contains(&word)) {
            return found.help(format!("`{word}` belongs in a {}; move it there", other.name()));
        }
        if let Some((_, help)) = unseen(shown) {
            return found.help(help);
        }
        if let Some(help) =
            habits::item(word, text.get(word.len()..).unwrap_or_default()).or_else(|| habits::comment(text))
        {
            return found.help(help);
        }
        if let Some(near) = nearest(word, self.place.keywords().iter().copied()) {
            return found.help(Help::did_you_mean(near));
        }
        found.help(format!("here may stand: {}", self.place.keywords().join(", ")))
    }
}

/// Explains a file that does not begin as a file must.
pub(super) fn header(source: &Arc<SourceFile>, stop: &ParseError) -> Diagnostic {
    if stop.at >= source.text.trim_end().len() && stop.expected.contains(&Rule::kw_plugin)
        || source.text.trim().is_empty()
    {
        return Diagnostic::new(&codes::syntax::EMPTY)
            .at(source, stop.at..stop.at, "")
            .help("write `plugin NAME { target \"import path\" [1.0.0, ) { rule NAME { … } } }`");
    }
    let mut stop = ParseError { at: stop.at, expected: stop.expected.clone() };
    if stop.expected.contains(&Rule::kw_plugin) {
        stop.expected = vec![Rule::kw_plugin];
    }
    let rest = source.text.get(stop.at..).unwrap_or_default();
    let word = leading_word(rest);
    let found = unexpected(source, &stop, "plugin");
    match (habits::file(rest), nearest(word, ["plugin"])) {
        (Some(help), _) => found.help(help),
        (None, Some(near)) => found.help(Help::did_you_mean(near)),
        (None, None) => found,
    }
}

/// Explains text that does not continue as the grammar requires.
fn unexpected(source: &Arc<SourceFile>, stop: &ParseError, item: &str) -> Diagnostic {
    let rest = source.text.get(stop.at..).unwrap_or_default();
    let (found, width) = found_text(rest);
    let in_list = stop.expected.contains(&Rule::close_paren); // a line may end in it, but need not
    let said = stop.expected.iter().filter(|kind| !(in_list && **kind == Rule::line_end));
    let mut words: Vec<&str> = said.filter_map(|kind| grammar::word(*kind)).collect();
    words.sort_unstable();
    words.dedup();
    let expected = match words.split_last() {
        None => "something else".to_owned(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    };
    Diagnostic::new(&codes::syntax::UNEXPECTED)
        .with("expected", expected)
        .with("found", found)
        .at(source, stop.at..stop.at + width, "")
        .help(
            habit(source, item, stop, rest)
                .or_else(|| hint(item, stop, rest))
                .unwrap_or_else(|| format!("it is written as {}", form(item))),
        )
}

/// Advice for a path behind `target own`.
const OWN_HAS_NO_PATH: &str = "`target own { … }` has no path: it is for all packages of the build's own modules; for some of them write a pattern, as in `target \"example.com/app/...\"`";

/// Returns advice for text that is written as in another language or tool.
fn habit(source: &Arc<SourceFile>, item: &str, stop: &ParseError, rest: &str) -> Option<String> {
    let before = source.text.get(..stop.at)?;
    let line = before.get(before.rfind('\n').map_or(0, |at| at + 1)..)?;
    if habits::has_old_line_ends(&source.text) {
        return Some("lines end with a carriage return alone: save the file with line feeds".to_owned());
    }
    let expects = |kind: Rule| stop.expected.contains(&kind);
    let kinds =
        [Rule::interval_open, Rule::interval_close, Rule::low, Rule::high, Rule::comma, Rule::versions];
    let in_versions = matches!(item, "target" | "versions" | "go") && kinds.into_iter().any(expects);
    if matches!(item, "plugin" | "rule" | "bare")
        && let Some(name) = habits::without_hyphens(line, rest)
    {
        return Some(format!("names have letters, digits and `_`: write `{name}`"));
    }
    if in_versions && ["\"own\"", "\"main\""].iter().any(|path| line.trim_end().ends_with(path)) {
        return Some("for packages of your own write `target own { … }`".to_owned());
    }
    if in_versions && rest.starts_with('"') && line.trim_end().ends_with("target own") {
        return Some(OWN_HAS_NO_PATH.to_owned());
    }
    let versions = in_versions.then(|| habits::versions(line, rest)).flatten();
    versions.or_else(|| habits::rest_of(item, rest)).map(str::to_owned)
}

/// Describes the text at the place, and returns its width.
fn found_text(rest: &str) -> (String, usize) {
    match rest.chars().next() {
        None => ("the end of the file".to_owned(), 0),
        Some('\n' | '\r') => ("the end of the line".to_owned(), 0),
        Some(_) => {
            let token = first_token(rest);
            let shown = unseen(token).map_or_else(|| token.to_owned(), |(code, _)| code);
            (format!("`{shown}`"), token.len())
        }
    }
}

/// Describes a character that is invisible, or that looks like a space or like a part of the one
/// before it: `U+200B`, and a remedy.
fn unseen(token: &str) -> Option<(String, &'static str)> {
    let c = token.chars().next().filter(|c| !c.is_ascii() || c.is_control() && !c.is_whitespace())?;
    let help = if matches!(c, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}') {
        "names have letters and digits, as in Go: write the letter and its accent as one character, or leave the accent out"
    } else if c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    {
        "remove this character, which editors show as a blank or not at all"
    } else {
        return None;
    };
    Some((format!("U+{:04X}", u32::from(c)), help))
}

/// Returns the form of an item.
fn form(item: &str) -> &'static str {
    match item {
        "plugin" => "`plugin NAME { … }`",
        "import" => "`import \"path\"` or `import name \"path\"`",
        "target" => {
            "`target \"import path\" [1.0.0, ) { … }`, `target own { … }` or `target \"path/...\" { … }`"
        }
        "decl" => "`decl { … }`",
        "struct" => "`struct Type { field name Type }`",
        "field" => "`field name Type`",
        "port" => "`port name(key string) bool { … }`",
        "rule" | "bare" => "`rule NAME { … }` or `bare rule NAME { … }`",
        "recv" => "`recv e *Engine`, `recv *Engine` or `recv t *Tree[K, V]`",
        "func" => {
            "`func NAME`, `func (A | B)(x, _ T)`, `func NAME(x, _ T) (n int, err error)`, `func matching \"Handle*\"` or `func marked \"goagent:span\"`"
        }
        "call" => "`call \"import path\" NAME(x, _ T) (n int, err error)`",
        "param" => "`param ctx context.Context`",
        "result" => "`result err error`",
        "priority" => "`priority low`, `medium`, `high` or a number",
        "state" => "`state name Type`",
        "may" => "`may skip` or `may be absent`",
        "enter" | "exit" => "`enter { … }` and `exit { … }`, with Go statements",
        "before" => "before, a Go statement between back quotes, and `{ … }`",
        "replace" => "replace, a Go expression between back quotes, and `{ … }`",
        _ => "`versions [1.7.0, )`, `go [1.22, )`",
    }
}

/// Returns advice for mistakes that are easily made.
fn hint(item: &str, stop: &ParseError, rest: &str) -> Option<String> {
    let expects = |kind: Rule| stop.expected.contains(&kind);
    let next = rest.chars().next().unwrap_or('\n');
    let in_list = expects(Rule::param) || expects(Rule::param_name) || expects(Rule::close_paren);
    let text = if let Some((_, help)) = unseen(rest) {
        help
    } else if let Some(text) = function_hint(item, stop, next) {
        text
    } else if item == "recv" && next == '(' {
        "write the receiver without parentheses, as in `recv e *Engine`"
    } else if item == "func" && next == '(' && expects(Rule::line_end) {
        "results follow the parameters once; write several results in one list"
    } else if matches!(item, "func" | "call") && in_list && "*[<(.".contains(next) {
        "a lone word in a list is a name; write `_ TYPE` for one that needs no name, as in `(_ *Reply, err error)`"
    } else if expects(Rule::interval) || expects(Rule::versions) || expects(Rule::interval_open) {
        "write versions as intervals: `[1.7.0, )` from 1.7.0 on, `[1.2.0, 1.9.0)` up to 1.9.0 without it, `[1.9.0, 1.9.0]` for one"
    } else if expects(Rule::open_brace) && "\r\n".contains(next) {
        "the `{` is on the same line"
    } else if matches!(item, "before" | "replace") && expects(Rule::pattern) {
        "write the Go text to look for between back quotes"
    } else if (expects(Rule::line_end) || expects(Rule::EOI)) && !"\r\n)".contains(next) {
        "write each item on a line of its own"
    } else {
        return None;
    };
    Some(text.to_owned())
}

/// Returns advice for functions that are named as in Go.
fn function_hint(item: &str, stop: &ParseError, next: char) -> Option<&'static str> {
    let expects = |kind: Rule| stop.expected.contains(&kind);
    let in_names = expects(Rule::bar) || expects(Rule::name) && !expects(Rule::close_paren);
    let is_word = next.is_alphabetic() || next == '_';
    let may_end = [Rule::line_end, Rule::item_end, Rule::EOI].into_iter().any(expects);
    Some(match (item, next) {
        ("func", '*') if in_names => {
            "write the receiver on a line of its own, as in `recv c *Conn`, and only the name here"
        }
        ("func", _) if expects(Rule::bar) && is_word => {
            "write the receiver on a line of its own, as in `recv c Conn`; several functions are written `func (A | B)`"
        }
        ("func" | "call", ',') if expects(Rule::bar) => "several functions are written `(A | B)`",
        ("func", '.') if may_end => {
            "write the type of a method on a line of its own, as in `recv c *Conn`, and only the name here"
        }
        ("call", '.') if may_end => {
            "only functions can be named, not methods: write a rule on the method itself, in a target for its package"
        }
        ("func" | "call", '[') if may_end && !expects(Rule::close_paren) => {
            "leave type parameters out: a generic function is named like any other"
        }
        ("recv", '*') if may_end => {
            "a receiver is a name and a type, as in `recv e *Engine`; it cannot be `var`"
        }
        _ => return None,
    })
}

/// Returns the word at the start, or nothing.
fn leading_word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// Returns the word or the character at the start.
fn first_token(text: &str) -> &str {
    let word = leading_word(text);
    if !word.is_empty() {
        return word;
    }
    let width = text.chars().next().map_or(0, char::len_utf8);
    text.get(..width).unwrap_or_default()
}
