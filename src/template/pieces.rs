//! A template as pieces: Go text, and double braces.
//!
//! In: the text of a template. Out: its pieces, or each mistake in its double braces; the text for
//! one version, either with every offset unchanged ([`Pieces::masked`]) or as it is compiled
//! ([`Pieces::render`]).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use crate::version::Version;

/// A constant in double braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constant {
    /// The version of the target.
    Version,
    /// The import path of the target.
    Package,
    /// The name of the woven function.
    Func,
    /// The displayed name of the woven function, `(*T).F`.
    Name,
    /// The words after a directive comment, or the displayed name if there are none.
    Label,
}

impl Constant {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "version" => Self::Version,
            "package" => Self::Package,
            "func" => Self::Func,
            "name" => Self::Name,
            "label" => Self::Label,
            _ => return None,
        })
    }
}

/// A mistake in a pair of double braces.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueKind {
    /// A `{{#since}}` without its end.
    #[error("`{{{{#since}}}}` is never closed")]
    NeverClosed,
    /// A backslash before the braces.
    #[error("a backslash comes before `{{{{`")]
    Backslash,
    /// Handlebars' sign for trimming.
    #[error("`~` is in double braces")]
    Tilde,
    /// `#since` with anything but one version in quotes.
    #[error("`since` takes one version in quotes")]
    SinceArgument,
    /// `{{else}}` in no block.
    #[error("`{{{{else}}}}` stands in no block")]
    ElseOutside,
    /// A second `{{else}}`.
    #[error("a second `{{{{else}}}}` stands in one block")]
    SecondElse,
    /// `{{/since}}` without a beginning.
    #[error("`{{{{/since}}}}` closes nothing")]
    EndOutside,
    /// Any other text.
    #[error("`{0}` means nothing in double braces")]
    Unknown(String),
}

/// A mistake and its byte range in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The place of the double braces.
    pub range: Range<usize>,
    /// The mistake in them.
    pub kind: IssueKind,
}

/// Line and column of the first byte of a text in its `.gorule` file, both 1-based; columns count
/// bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartPosition {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PieceKind {
    Go,
    Since(Version),
    Else,
    End,
    Constant(Constant),
    Comment,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    range: Range<usize>,
    kind: PieceKind,
}

/// The pieces of a template, in order; together they are the whole text.
#[derive(Debug)]
pub struct Pieces<'a> {
    text: &'a str,
    pieces: Vec<Piece>,
}

impl<'a> Pieces<'a> {
    /// Reads a text. All mistakes are returned, in order.
    pub fn read(text: &'a str) -> Result<Self, Vec<Issue>> {
        let mut reader = PieceReader { pieces: Vec::new(), issues: Vec::new(), open: Vec::new() };
        let mut at = 0;
        while let Some(start) = text.get(at..).and_then(|rest| rest.find("{{")).map(|found| at + found) {
            let body = text.get(start + 2..).unwrap_or_default();
            let len = body.find("}}").unwrap_or(body.len());
            let range = start..(start + 2 + len + 2).min(text.len());
            reader.piece(at..start, PieceKind::Go);
            let escaped = text.get(..start).is_some_and(|before| before.ends_with('\\'));
            reader.braces(body.get(..len).unwrap_or_default(), &range, escaped);
            at = range.end;
        }
        reader.piece(at..text.len(), PieceKind::Go);
        let never_closed = |block: OpenBlock| Issue { range: block.range, kind: IssueKind::NeverClosed };
        reader.issues.extend(reader.open.into_iter().map(never_closed));
        if reader.issues.is_empty() { Ok(Self { text, pieces: reader.pieces }) } else { Err(reader.issues) }
    }

    /// Returns the versions at which the text may change, lowest first.
    pub fn steps(&self) -> BTreeSet<Version> {
        self.since_blocks().map(|(version, _)| version.clone()).collect()
    }

    /// Returns the version of each `since` block, with the place of its double braces.
    pub fn since_blocks(&self) -> impl Iterator<Item = (&Version, Range<usize>)> {
        self.pieces.iter().filter_map(|piece| match &piece.kind {
            PieceKind::Since(version) => Some((version, piece.range.clone())),
            _ => None,
        })
    }

    /// Returns each constant, with the place of its double braces.
    pub fn constants(&self) -> impl Iterator<Item = (Constant, Range<usize>)> {
        self.pieces.iter().filter_map(|piece| match piece.kind {
            PieceKind::Constant(constant) => Some((constant, piece.range.clone())),
            _ => None,
        })
    }

    /// Returns the double braces that depend on the target's version, with their places.
    pub fn of_versions(&self) -> impl Iterator<Item = (&'static str, Range<usize>)> {
        self.pieces.iter().filter_map(|piece| match piece.kind {
            PieceKind::Since(_) => Some(("{{#since}}", piece.range.clone())),
            PieceKind::Constant(Constant::Version) => Some(("{{version}}", piece.range.clone())),
            _ => None,
        })
    }

    /// Returns the text for one version (`None`: below all steps), of the same length and lines:
    /// double braces and the blocks for other versions are spaces, and a constant is text that is
    /// valid Go only in a string.
    pub fn masked(&self, version: Option<&Version>) -> String {
        let mut out = String::with_capacity(self.text.len());
        for (piece, kept) in self.walk(version) {
            let text = self.text.get(piece.range.clone()).unwrap_or_default();
            match piece.kind {
                PieceKind::Go if kept => out.push_str(text),
                // `1.1.` is not valid Go outside a string, and constants belong in strings.
                PieceKind::Constant(_) if kept => out.extend("1.".chars().cycle().take(text.len())),
                _ => out.extend(text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
            }
        }
        out
    }

    /// Returns the masked texts that differ, lowest version first, each with the first version that
    /// has it (`None`: below all steps).
    pub fn variants(&self) -> Vec<(Option<Version>, String)> {
        let mut found: Vec<(Option<Version>, String)> = Vec::new();
        for step in std::iter::once(None).chain(self.steps().into_iter().map(Some)) {
            let text = self.masked(step.as_ref());
            if found.iter().all(|(_, known)| *known != text) {
                found.push((step, text));
            }
        }
        found
    }

    /// Returns the text for one version, with constants replaced. If the position of the text is
    /// given, a `/*line*/` comment restores positions at the beginning of each line and after each
    /// pair of double braces, but never in a string, a rune or a comment: there it comes after
    /// their end.
    pub fn render(
        &self,
        version: Option<&Version>,
        at: Option<StartPosition>,
        constant: impl Fn(Constant) -> &'static str,
    ) -> String {
        let mut writer = TextWriter {
            out: String::with_capacity(self.text.len() * 2),
            at,
            token: BraceToken::Code,
            moved: at.is_some(),
            pending: None,
        };
        for (piece, kept) in self.walk(version) {
            let text = self.text.get(piece.range.clone()).unwrap_or_default();
            match piece.kind {
                PieceKind::Go if kept => writer.push_go(text),
                PieceKind::Constant(which) if kept => {
                    writer.flush();
                    writer.out.push_str(constant(which));
                    writer.skip(text);
                }
                _ => writer.skip(text),
            }
        }
        writer.out
    }

    /// Returns each piece, with `true` if it belongs to the text for a version.
    fn walk(&self, version: Option<&Version>) -> impl Iterator<Item = (&Piece, bool)> {
        let mut blocks: Vec<bool> = Vec::new();
        let version = version.cloned();
        self.pieces.iter().map(move |piece| {
            let kept = blocks.iter().all(|kept| *kept);
            match &piece.kind {
                PieceKind::Since(since) => blocks.push(version.as_ref().is_some_and(|v| v >= since)),
                PieceKind::Else => blocks.last_mut().into_iter().for_each(|kept| *kept = !*kept),
                PieceKind::End => drop(blocks.pop()),
                PieceKind::Go | PieceKind::Constant(_) | PieceKind::Comment => {}
            }
            (piece, kept)
        })
    }
}

/// A block that is not closed yet.
struct OpenBlock {
    range: Range<usize>,
    has_else: bool,
}

struct PieceReader {
    pieces: Vec<Piece>,
    issues: Vec<Issue>,
    open: Vec<OpenBlock>,
}

impl PieceReader {
    fn piece(&mut self, range: Range<usize>, kind: PieceKind) {
        if !range.is_empty() {
            self.pieces.push(Piece { range, kind });
        }
    }

    fn braces(&mut self, inner: &str, range: &Range<usize>, escaped: bool) {
        let kind = self.kind(inner.trim_matches('~').trim(), range);
        let trims = inner.starts_with('~') || inner.ends_with('~');
        let issue = match kind {
            Err(issue) => issue,
            Ok(_) if escaped => IssueKind::Backslash,
            Ok(_) if trims => IssueKind::Tilde,
            Ok(kind) => return self.piece(range.clone(), kind),
        };
        self.issues.push(Issue { range: range.clone(), kind: issue });
    }

    fn kind(&mut self, word: &str, range: &Range<usize>) -> Result<PieceKind, IssueKind> {
        if let Some(argument) = word.strip_prefix("#since") {
            let quoted = argument.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            self.open.push(OpenBlock { range: range.clone(), has_else: false });
            return quoted.and_then(Version::parse).map(PieceKind::Since).ok_or(IssueKind::SinceArgument);
        }
        match word {
            "else" => {
                let block = self.open.last_mut().ok_or(IssueKind::ElseOutside)?;
                let second = std::mem::replace(&mut block.has_else, true);
                if second { Err(IssueKind::SecondElse) } else { Ok(PieceKind::Else) }
            }
            "/since" => self.open.pop().map(|_| PieceKind::End).ok_or(IssueKind::EndOutside),
            comment if comment.starts_with('!') => Ok(PieceKind::Comment),
            other => Constant::parse(other)
                .map(PieceKind::Constant)
                .ok_or_else(|| IssueKind::Unknown(other.to_owned())),
        }
    }
}

/// The Go token that a writer is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BraceToken {
    Code,
    LineComment,
    BlockComment,
    RawString,
    /// A string or rune, by its quote. It ends with its line at the latest.
    Quoted(char),
}

struct TextWriter {
    out: String,
    /// The position in the file, if positions are restored.
    at: Option<StartPosition>,
    token: BraceToken,
    /// True if the next byte of code needs its position: a line begins, or double braces came
    /// before it.
    moved: bool,
    /// The first half of a comment's sign, or a backslash.
    pending: Option<char>,
}

impl TextWriter {
    /// Writes Go text that belongs to the output.
    fn push_go(&mut self, text: &str) {
        for c in text.chars() {
            self.flush();
            self.out.push(c);
            self.advance(c);
            self.step(c);
        }
    }

    /// Skips text that does not.
    fn skip(&mut self, text: &str) {
        for c in text.chars() {
            self.advance(c);
        }
        self.pending = None;
        self.moved = self.at.is_some();
    }

    /// Writes the position that is due, if a comment can be here.
    fn flush(&mut self) {
        if self.moved && self.token == BraceToken::Code && self.pending.is_none() {
            self.moved = false;
            if let Some(StartPosition { line, column }) = self.at {
                let _ = write!(self.out, "/*line :{line}:{column}*/");
            }
        }
    }

    fn advance(&mut self, c: char) {
        let Some(at) = &mut self.at else { return };
        if c == '\n' {
            *at = StartPosition { line: at.line + 1, column: 1 };
        } else {
            at.column += c.len_utf8();
        }
    }

    /// Follows Go's tokens by one character.
    fn step(&mut self, c: char) {
        let before = self.pending.take();
        self.token = match (self.token, c) {
            (BraceToken::Code, '/') if before == Some('/') => BraceToken::LineComment,
            (BraceToken::Code, '*') if before == Some('/') => BraceToken::BlockComment,
            (BraceToken::Code, '/') => {
                self.pending = Some('/');
                BraceToken::Code
            }
            (BraceToken::Code, '`') => BraceToken::RawString,
            (BraceToken::Code, '"' | '\'') => BraceToken::Quoted(c),
            (BraceToken::BlockComment, '/') if before == Some('*') => BraceToken::Code,
            (BraceToken::BlockComment, '*') => {
                self.pending = Some('*');
                BraceToken::BlockComment
            }
            (BraceToken::RawString, '`') | (BraceToken::LineComment | BraceToken::Quoted(_), '\n') => {
                BraceToken::Code
            }
            (BraceToken::Quoted(quote), '\\') if before != Some('\\') => {
                self.pending = Some('\\');
                BraceToken::Quoted(quote)
            }
            (BraceToken::Quoted(quote), _) if c == quote && before != Some('\\') => BraceToken::Code,
            (token, _) => token,
        };
        if c == '\n' && self.token == BraceToken::Code {
            self.moved = self.at.is_some();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str) -> String {
        let at = Some(StartPosition { line: 7, column: 3 });
        Pieces::read(text).unwrap().render(None, at, |_| "X")
    }

    fn issues(text: &str) -> Vec<IssueKind> {
        Pieces::read(text).unwrap_err().into_iter().map(|issue| issue.kind).collect()
    }

    #[test]
    fn each_line_and_each_pair_of_braces_is_followed_by_its_position() {
        assert_eq!(marked("a {{func}} c"), "/*line :7:3*/a X/*line :7:13*/ c");
        assert_eq!(marked("f(\"{{func}}\", c)\nd"), "/*line :7:3*/f(\"X\"/*line :7:15*/, c)\n/*line :8:1*/d");
        assert_eq!(marked("`{{func}}\n` + c"), "/*line :7:3*/`X\n`/*line :8:2*/ + c");
        assert_eq!(marked("a / b\n/ c"), "/*line :7:3*/a / b\n/*line :8:1*// c");
    }

    #[test]
    fn no_position_is_written_in_strings_runes_or_comments() {
        assert_eq!(marked("// {{func}} '\nc"), "/*line :7:3*/// X '\n/*line :8:1*/c");
        assert_eq!(marked("/* {{func}} */c"), "/*line :7:3*//* X *//*line :7:17*/c");
        assert_eq!(marked("`a\n\"`\n'\\''\"\\\\\"x"), "/*line :7:3*/`a\n\"`\n/*line :9:1*/'\\''\"\\\\\"x");
    }

    #[test]
    fn a_block_is_kept_from_its_version_on() {
        let pieces = Pieces::read("a{{#since \"1.9.0\"}}b{{else}}c{{/since}}d{{!x}}").unwrap();
        let at = |version: &str| Version::parse(version);
        assert_eq!(pieces.steps().len(), 1);
        for (version, expected) in
            [(None, "acd"), (at("1.8.9"), "acd"), (at("1.9.0"), "abd"), (at("2.0.0"), "abd")]
        {
            assert_eq!(pieces.render(version.as_ref(), None, |_| ""), expected, "{version:?}");
            let masked = pieces.masked(version.as_ref());
            assert_eq!(masked.replace(' ', ""), expected);
            assert_eq!(masked.len(), pieces.text.len());
        }
        let marked = pieces.render(None, Some(StartPosition { line: 1, column: 1 }), |_| "");
        assert_eq!(marked, "/*line :1:1*/a/*line :1:29*/c/*line :1:40*/d");
    }

    #[test]
    fn variants_are_the_texts_that_differ() {
        let text = "{{#since \"1.2.0\"}}a{{else}}b{{/since}}{{#since \"1.5.0\"}}{{/since}}";
        let pieces = Pieces::read(text).unwrap();
        let found: Vec<_> = pieces
            .variants()
            .into_iter()
            .map(|(since, text)| (since.map(|version| version.to_string()), text.trim().to_owned()))
            .collect();
        assert_eq!(found, [(None, "b".to_owned()), (Some("1.2.0".to_owned()), "a".to_owned())]);
    }

    #[test]
    fn each_mistake_has_its_kind() {
        for (text, expected) in [
            ("{{#since \"1.9\"}}", IssueKind::NeverClosed),
            ("\\{{func}}", IssueKind::Backslash),
            ("{{~func}}", IssueKind::Tilde),
            ("{{else}}", IssueKind::ElseOutside),
            ("{{/since}}", IssueKind::EndOutside),
            ("T{{1}, {2}}", IssueKind::Unknown("1}, {2".into())),
            ("{{#since 1.9}}{{/since}}", IssueKind::SinceArgument),
            ("{{#since \"1.9\"}}{{else}}{{else}}{{/since}}", IssueKind::SecondElse),
        ] {
            assert_eq!(issues(text), [expected], "{text}");
        }
        assert_eq!(issues("{{versoin}}{{/since}}").len(), 2);
    }
}
