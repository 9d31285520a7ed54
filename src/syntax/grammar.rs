//! The parser that pest generates from `grammar/gorule.pest`, and the words for its rules.
//!
//! In: text whose braces are balanced. Out: pest's pairs, or the place where it stopped and the
//! rules that could have matched there, in words that an author knows. Only this file runs pest;
//! other files of this folder read its pairs.

#![allow(missing_docs)]

use std::num::NonZeroUsize;

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};
use pest_derive::Parser;

/// The most work that a parse may take: far more than any file below the size limit needs.
const CALL_LIMIT: usize = 200_000_000;

#[derive(Parser)]
#[grammar = "../grammar/gorule.pest"]
struct Grammar;

/// A node that pest found.
pub(super) type Node<'a> = Pair<'a, Rule>;

/// The place where the parser stopped.
#[derive(Debug)]
pub(super) struct ParseError {
    /// The offset in the text that was parsed.
    pub at: usize,
    /// The rules that could have matched there.
    pub expected: Vec<Rule>,
}

/// Parses a whole file.
pub(super) fn file(text: &str) -> Result<Pairs<'_, Rule>, ParseError> {
    parse(Rule::file, text)
}

/// Parses text that must be one item.
pub(super) fn parse_whole(kind: Rule, text: &str) -> Result<(), ParseError> {
    parse(kind, text).map(|_| ())
}

fn parse(kind: Rule, text: &str) -> Result<Pairs<'_, Rule>, ParseError> {
    pest::set_call_limit(NonZeroUsize::new(CALL_LIMIT));
    Grammar::parse(kind, text).map_err(|error| {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let expected = match error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives,
            ErrorVariant::CustomError { .. } => Vec::new(),
        };
        ParseError { at, expected }
    })
}

/// Returns an author's words for the rule; `None` if it need not be mentioned.
pub(super) fn word(kind: Rule) -> Option<&'static str> {
    Some(match kind {
        Rule::open_brace | Rule::template => "`{`",
        Rule::close_brace => "`}`",
        Rule::open_paren | Rule::params => "`(`",
        Rule::close_paren => "`)`",
        Rule::open_bracket | Rule::type_params => "`[`",
        Rule::close_bracket => "`]`",
        Rule::comma => "`,`",
        Rule::bar => "`|`",
        Rule::star => "`*`",
        Rule::back_quote | Rule::pattern => "Go text between back quotes",
        Rule::line_end | Rule::EOI | Rule::item_end => "the end of the line",
        Rule::string | Rule::import_path => "an import path in double quotes",
        Rule::alias
        | Rule::word
        | Rule::name
        | Rule::functions
        | Rule::function
        | Rule::param
        | Rule::param_name => "a name",
        Rule::receiver | Rule::receiver_name => "a receiver such as `e *Engine`",
        Rule::param_type | Rule::line_type => "a Go type",
        Rule::results => "results",
        Rule::signature => "a signature such as `(key string) bool`",
        Rule::level => "`low`, `medium`, `high` or a number",
        Rule::versions | Rule::interval | Rule::interval_open => "versions such as `[1.7.0, )`",
        Rule::interval_close => "`)` or `]`",
        Rule::low | Rule::high => "a version",
        Rule::plugin | Rule::kw_plugin => "`plugin`",
        Rule::kw_own => "`own`",
        Rule::selector => "text in double quotes",
        Rule::kw_rule => "`rule`",
        Rule::kw_skip => "`skip`",
        Rule::kw_var => "`var`",
        _ => return None,
    })
}
