//! Lays out a `.gorule` file in the only standard way.
//!
//! In: a file that parses. Out: its text with every item on a line of its own, four spaces for each
//! level, values of neighbouring items aligned, one space where one belongs. Order, comments and
//! the words of Go stay; Go text is moved as a block and not laid out again.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceFile};

use super::format_go::{self, INDENT};
use super::grammar::{self, Node, Rule};

/// Returns a file's standard layout, or the findings if it does not parse.
pub fn format(source: &Arc<SourceFile>) -> Result<String, Vec<Diagnostic>> {
    let text = source.text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    super::parse(source)?;
    let laid_out = SourceFile::new(source.name.as_str(), text);
    super::parse(&laid_out)?;
    let Ok(nodes) = grammar::file(&laid_out.text) else { return Ok(laid_out.text.clone()) };
    let mut pieces = LayoutPieces { text: &laid_out.text, depth: 0, all: Vec::new() };
    for node in nodes {
        pieces.file(&node);
    }
    Ok(Printer { text: &laid_out.text, pieces: &pieces.all, out: String::new() }.print())
}

/// The kind of a piece of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LayoutKind {
    /// A documentation line.
    Doc,
    /// The head of a block, with its brace.
    Open,
    /// The brace that closes it.
    Close,
    /// An item.
    Item,
}

/// A part of the file that goes on lines of its own.
#[derive(Debug)]
struct LayoutPiece {
    kind: LayoutKind,
    depth: usize,
    start: usize,
    end: usize,
    /// The item's keyword, if values are aligned after such keywords.
    word: Option<String>,
    /// The rest of the piece, laid out; it may have several lines.
    text: String,
}

/// A collector of the pieces of a tree.
struct LayoutPieces<'a> {
    text: &'a str,
    depth: usize,
    all: Vec<LayoutPiece>,
}

/// Collects the tokens of a node, in order.
fn leaves<'a>(node: &Node<'a>, out: &mut Vec<Node<'a>>) {
    if node.as_rule() == Rule::docs {
        return;
    }
    let mut parts = node.clone().into_inner().peekable();
    let whole = matches!(node.as_rule(), Rule::template | Rule::pattern | Rule::import_path | Rule::string);
    if whole || parts.peek().is_none() {
        if !matches!(node.as_rule(), Rule::line_end | Rule::EOI | Rule::params) {
            out.push(node.clone());
        }
        return;
    }
    for part in parts {
        leaves(&part, out);
    }
}

impl<'a> LayoutPieces<'a> {
    fn file(&mut self, node: &Node<'a>) {
        for part in node.clone().into_inner() {
            match part.as_rule() {
                Rule::inner_doc => self.doc(&part),
                Rule::docs => self.docs(&part),
                Rule::plugin => self.block(&part),
                _ => {}
            }
        }
    }

    fn docs(&mut self, node: &Node<'a>) {
        for line in node.clone().into_inner().filter(|part| part.as_rule() == Rule::outer_doc) {
            self.doc(&line);
        }
    }

    fn doc(&mut self, node: &Node<'a>) {
        let text = node.as_str().trim_end().to_owned();
        self.push(LayoutKind::Doc, node.as_span().start(), node.as_span().end(), None, text);
    }

    fn push(&mut self, kind: LayoutKind, start: usize, end: usize, word: Option<String>, text: String) {
        self.all.push(LayoutPiece { kind, depth: self.depth, start, end, word, text });
    }

    /// Collects the pieces of `plugin`, `target`, `rule` or `struct` with their content.
    fn block(&mut self, node: &Node<'a>) {
        let mut head: Vec<Node<'a>> = Vec::new();
        let mut open = false;
        for part in node.clone().into_inner() {
            match part.as_rule() {
                Rule::docs => self.docs(&part),
                Rule::line_end => {}
                Rule::open_brace => {
                    head.push(part.clone());
                    self.head(&head);
                    open = true;
                    self.depth += 1;
                }
                Rule::close_brace => {
                    self.depth = self.depth.saturating_sub(1);
                    let span = part.as_span();
                    self.push(LayoutKind::Close, span.start(), span.end(), None, "}".to_owned());
                }
                _ if !open => leaves(&part, &mut head),
                Rule::target | Rule::rule | Rule::struct_ext => self.block(&part),
                _ => self.item(&part),
            }
        }
    }

    fn head(&mut self, tokens: &[Node<'a>]) {
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return };
        let text = self.join(tokens);
        self.push(LayoutKind::Open, first.as_span().start(), last.as_span().end(), None, text);
    }

    fn item(&mut self, node: &Node<'a>) {
        for part in node.clone().into_inner().filter(|part| part.as_rule() == Rule::docs) {
            self.docs(&part);
        }
        let mut tokens = Vec::new();
        leaves(node, &mut tokens);
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return };
        let (start, end) = (first.as_span().start(), end_of(last));
        let aligned = matches!(
            node.as_rule(),
            Rule::versions_item
                | Rule::go_item
                | Rule::platforms
                | Rule::recv
                | Rule::func
                | Rule::call
                | Rule::param_item
                | Rule::result_item
                | Rule::priority
                | Rule::state
                | Rule::enter
                | Rule::exit
                | Rule::before
                | Rule::replace
        );
        let second = tokens.get(1);
        let plain = second.is_some_and(|next| !has_comment(self.gap(first, next)));
        if aligned && plain {
            let rest = self.join(tokens.get(1..).unwrap_or_default());
            self.push(LayoutKind::Item, start, end, Some(first.as_str().to_owned()), rest);
        } else {
            let text = self.join(&tokens);
            self.push(LayoutKind::Item, start, end, None, text);
        }
    }

    fn gap(&self, a: &Node<'a>, b: &Node<'a>) -> &'a str {
        self.text.get(end_of(a)..b.as_span().start()).unwrap_or_default()
    }

    /// Returns the tokens of one item, with the spaces, lines and comments that belong between
    /// them.
    fn join(&self, tokens: &[Node<'a>]) -> String {
        let mut out = String::new();
        let mut broken: Vec<bool> = Vec::new();
        let depth = self.depth;
        for (at, token) in tokens.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            if let Some(before) = before {
                let gap = self.gap(before, token);
                let closes = token.as_rule() == Rule::close_paren;
                if before.as_rule() == Rule::open_paren {
                    broken.push(gap.contains('\n') && (!closes || has_comment(gap)));
                }
                let in_broken = broken.last().copied().unwrap_or(false);
                let lines = in_broken
                    && (closes || matches!(before.as_rule(), Rule::open_paren | Rule::comma | Rule::bar));
                let between = if lines {
                    Gap::Line(if closes { depth } else { depth + 1 })
                } else if blank(before.as_rule(), token.as_rule(), after_list(tokens, at)) {
                    Gap::Blank
                } else {
                    Gap::Nothing
                };
                separate(&mut out, gap, between, depth + 1);
                if closes {
                    broken.pop();
                }
            }
            let glued = before.is_some_and(|before| before.as_rule() == Rule::pattern);
            out.push_str(&self.token(token, glued));
        }
        out
    }

    fn token(&self, token: &Node<'a>, glued: bool) -> String {
        match token.as_rule() {
            Rule::template => format_go::template(token.as_str(), self.depth, glued),
            Rule::param_type | Rule::line_type | Rule::signature => token.as_str().trim().to_owned(),
            _ => token.as_str().to_owned(),
        }
    }
}

/// Returns the end of a token; the token of a type includes the spaces after it.
fn end_of(token: &Node<'_>) -> usize {
    let text = token.as_str();
    token.as_span().start() + text.trim_end().len().max(1).min(text.len())
}

/// Returns true if parameters come before the token: they follow functions without a space, results
/// after one.
fn after_list(tokens: &[Node<'_>], at: usize) -> bool {
    let lists = tokens.get(..at).unwrap_or_default();
    let before = [Rule::kw_func, Rule::kw_call, Rule::import_path];
    let first = lists.iter().map(Node::as_rule).find(|kind| !before.contains(kind));
    let names_in_list = first == Some(Rule::open_paren);
    let closed = lists.iter().filter(|token| token.as_rule() == Rule::close_paren).count();
    closed > usize::from(names_in_list)
}

/// Returns true if a space belongs between two tokens.
fn blank(left: Rule, right: Rule, results: bool) -> bool {
    match (left, right) {
        (_, Rule::comma | Rule::close_bracket | Rule::close_paren | Rule::open_bracket)
        | (Rule::open_paren | Rule::open_bracket | Rule::interval_open | Rule::star, _)
        | (Rule::word, Rule::signature | Rule::open_paren)
        | (Rule::low | Rule::high, Rule::interval_close) => false,
        (Rule::close_paren, Rule::open_paren) => results,
        _ => true,
    }
}

/// The separator of two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    Nothing,
    Blank,
    /// A new line at this level.
    Line(usize),
}

/// Writes the separator of two tokens, and the comments between them; those on lines of their own
/// at `level`.
fn separate(out: &mut String, gap: &str, between: Gap, level: usize) {
    let mut rest = gap;
    let mut behind: Option<&str> = None;
    while let Some((space, comment, after)) = next_comment(rest) {
        if space.contains('\n') || behind.is_some_and(|comment| comment.starts_with("//")) {
            new_line(out, level);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
        out.push_str(comment.trim_end());
        behind = Some(comment);
        rest = after;
    }
    match (between, behind) {
        (Gap::Line(level), _) => new_line(out, level),
        (_, Some(comment)) if comment.starts_with("//") => new_line(out, level),
        (Gap::Blank, _) | (_, Some(_)) => out.push(' '),
        (Gap::Nothing, None) => {}
    }
}

fn new_line(out: &mut String, level: usize) {
    out.truncate(out.trim_end_matches(' ').len());
    let _ = write!(out, "\n{:1$}", "", level * INDENT);
}

fn has_comment(gap: &str) -> bool {
    next_comment(gap).is_some()
}

/// Returns the text before the first comment of a gap, the comment, and the text after it.
fn next_comment(gap: &str) -> Option<(&str, &str, &str)> {
    let at = gap.find('/')?;
    let (before, rest) = gap.split_at(at);
    let length = if let Some(inside) = rest.strip_prefix("/*") {
        inside.find("*/").map_or(rest.len(), |end| end + 4)
    } else {
        rest.find('\n').unwrap_or(rest.len())
    };
    let (comment, after) = rest.split_at(length);
    Some((before, comment, after))
}

/// A printer of pieces, one below the other, with the comments between them.
struct Printer<'a> {
    text: &'a str,
    pieces: &'a [LayoutPiece],
    out: String,
}

impl Printer<'_> {
    fn print(mut self) -> String {
        let widths = widths(self.pieces, self.text);
        let mut end = 0;
        let mut before: Option<LayoutKind> = None;
        for (at, piece) in self.pieces.iter().enumerate() {
            let gap = self.text.get(end..piece.start).unwrap_or_default();
            let inside = piece.depth + usize::from(piece.kind == LayoutKind::Close);
            let blank = self.comments(gap, before, inside);
            if blank && piece.kind != LayoutKind::Close {
                self.out.push('\n');
            }
            self.piece(piece, widths.get(at).copied().unwrap_or_default());
            end = piece.end;
            before = Some(piece.kind);
        }
        let rest = self.text.get(end..).unwrap_or_default().to_owned();
        self.comments(&rest, before, 0);
        self.out
    }

    fn piece(&mut self, piece: &LayoutPiece, width: usize) {
        let indent = piece.depth * INDENT;
        let _ = match &piece.word {
            Some(word) => writeln!(self.out, "{:indent$}{word:width$} {}", "", piece.text),
            None => writeln!(self.out, "{:indent$}{}", "", piece.text),
        };
    }

    /// Writes the comments between two pieces. Returns true if an empty line belongs before the
    /// next piece, which is not written yet.
    fn comments(&mut self, gap: &str, before: Option<LayoutKind>, depth: usize) -> bool {
        let mut rest = gap;
        let mut first = before;
        let mut on_line = before.is_some();
        while let Some((space, comment, after)) = next_comment(rest) {
            on_line &= !space.contains('\n');
            if on_line && !comment.contains('\n') {
                self.out.truncate(self.out.trim_end_matches('\n').len());
                let _ = writeln!(self.out, " {}", comment.trim_end());
            } else {
                if blank_line(space) && first.is_some_and(|kind| kind != LayoutKind::Open) {
                    self.out.push('\n');
                }
                on_line = false;
                let comment = format_go::comment(comment, column(gap, rest, space), depth * INDENT);
                let _ = writeln!(self.out, "{:1$}{comment}", "", depth * INDENT);
                first = Some(LayoutKind::Item);
            }
            rest = after;
        }
        blank_line(rest) && first.is_some_and(|kind| kind != LayoutKind::Open)
    }
}

/// Returns the column at which a comment of a gap begins, from 0; tabs count as one level.
fn column(gap: &str, rest: &str, space: &str) -> usize {
    let at = gap.len() - rest.len() + space.len();
    let line = gap.get(..at).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
    format_go::width(line)
}

fn blank_line(space: &str) -> bool {
    space.matches('\n').count() > 1
}

/// Returns, for each piece, the width of the keywords of its run. A run consists of items on one
/// line each, with no empty line between them.
fn widths(pieces: &[LayoutPiece], text: &str) -> Vec<usize> {
    let mut out = vec![0; pieces.len()];
    let mut run: Vec<usize> = Vec::new();
    let mut end = 0;
    let close = |run: &mut Vec<usize>, out: &mut Vec<usize>| {
        let word = |at: &usize| pieces.get(*at).and_then(|piece| piece.word.as_ref()).map_or(0, String::len);
        let width = run.iter().map(word).max().unwrap_or_default();
        for at in run.drain(..) {
            if let Some(slot) = out.get_mut(at) {
                *slot = width;
            }
        }
    };
    for (at, piece) in pieces.iter().enumerate() {
        let gap = text.get(end..piece.start).unwrap_or_default();
        let single = piece.kind == LayoutKind::Item && !piece.text.contains('\n');
        if !single || has_blank_line(gap) {
            close(&mut run, &mut out);
        }
        if single && piece.word.is_some() {
            run.push(at);
        }
        end = piece.end;
    }
    close(&mut run, &mut out);
    out
}

fn has_blank_line(gap: &str) -> bool {
    let mut rest = gap;
    while let Some((space, _, after)) = next_comment(rest) {
        if blank_line(space) {
            return true;
        }
        rest = after;
    }
    blank_line(rest)
}
