//! Decides which functions a rule applies to, and if it can be woven into them.
//!
//! In: a rule's description of its functions, and a function as a file declares it. Out: the
//! reasons that keep the rule from the function; none if it fits. This is the only answer to that
//! question: `check` turns it into diagnostics, `weave` into skips, `new` into a list. Types are
//! not compared here: only `check` does that.

use super::{Function, pattern};

/// Directives of functions in which nothing may be called. The compiler reads them up to the first
/// space.
const FORBIDS_CALLS: [&str; 4] =
    ["go:nosplit", "go:systemstack", "go:nowritebarrier", "go:nowritebarrierrec"];

/// The directive of a function that forbids calls in it, if there is one.
pub fn forbidding_calls(directives: &[String]) -> Option<&str> {
    let forbids =
        |directive: &&str| FORBIDS_CALLS.contains(&directive.split(' ').next().unwrap_or(directive));
    directives.iter().map(String::as_str).find(forbids)
}

/// The functions of a rule: those of one name, or all that a pattern or a mark selects.
#[derive(Debug, Clone, Copy)]
pub struct FunctionSelector<'a> {
    /// The property by which they are found.
    pub by: SelectedBy<'a>,
    /// Number of their parameters; `None` for any number.
    pub params: Option<usize>,
    /// Number of their results; `None` for any number.
    pub results: Option<usize>,
    /// The code that the rule puts into them.
    pub insertion: Insertion,
}

/// The properties by which functions are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectedBy<'a> {
    /// By their name.
    Name {
        /// The name.
        name: &'a str,
        /// The type whose methods they are; `None` for plain functions.
        receiver: Option<ReceiverType<'a>>,
    },
    /// By a pattern over the displayed name, `F`, `T.F` or `(*T).F`.
    Matching(&'a str),
    /// By a directive comment, with or without its slashes.
    Marked(&'a str),
}

/// The type of a receiver as a rule writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiverType<'a> {
    /// Its name.
    pub name: &'a str,
    /// `*T` rather than `T`.
    pub pointer: bool,
}

/// The kinds of code that are put into a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insertion {
    /// Nothing: the rule applies to calls of it.
    Nothing,
    /// Text at places in its body.
    Text,
    /// Calls of enter or exit.
    Calls,
}

impl Insertion {
    /// The reasons that keep this out of a function, whatever the rule.
    pub fn bars(self, function: &Function) -> Vec<Mismatch<'_>> {
        if !function.clean {
            return vec![Mismatch::NotUnderstood];
        }
        let mut out = Vec::new();
        if self != Self::Nothing && function.body.is_none() {
            out.push(Mismatch::NoBody);
        }
        if self == Self::Calls {
            out.extend(forbidding_calls(&function.directives).map(Mismatch::ForbidsCalls));
        }
        out
    }
}

/// A reason that keeps a rule from a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch<'f> {
    /// The function has another name, or the pattern or the mark does not select it. Those without
    /// a body are never selected.
    NotSelected,
    /// It is a method of another type, a method rather than a plain function, or the reverse.
    OtherReceiver,
    /// It is a method of this type, with a pointer receiver rather than a value receiver, or the
    /// reverse.
    ReceiverKind {
        /// True if its receiver is a pointer.
        pointer: bool,
    },
    /// The parser did not understand it.
    NotUnderstood,
    /// It has another number of parameters.
    Params {
        /// Number that it has.
        has: usize,
        /// Number that the rule writes.
        wanted: usize,
    },
    /// It has another number of results.
    Results {
        /// Number that it has.
        has: usize,
        /// Number that the rule writes.
        wanted: usize,
    },
    /// It is written in assembly or linked by name.
    NoBody,
    /// This directive forbids calls in it.
    ForbidsCalls(&'f str),
}

impl Mismatch<'_> {
    /// Returns true if the rule means another function: then nothing is reported for this one.
    pub fn is_other_function(self) -> bool {
        matches!(self, Self::NotSelected | Self::OtherReceiver)
    }
}

impl FunctionSelector<'_> {
    /// A selector of all functions that enter and exit can be put into.
    pub fn every() -> Self {
        Self { by: SelectedBy::Matching("*"), params: None, results: None, insertion: Insertion::Calls }
    }

    /// All reasons that keep the rule from a function; empty if it fits. If the rule means another
    /// function, if the receiver is of the other kind or the syntax was not understood, that is the
    /// only reason.
    pub fn mismatches<'f>(&self, function: &'f Function) -> Vec<Mismatch<'f>> {
        if let Some(other) = self.identity_mismatch(function) {
            return vec![other];
        }
        let bars = self.insertion.bars(function);
        if bars.contains(&Mismatch::NotUnderstood) {
            return bars;
        }
        let mut out = self.arity(function.params.len(), function.results.len());
        out.extend(bars);
        out
    }

    /// Returns true if the rule means a function, though it may not fit.
    pub fn means(&self, function: &Function) -> bool {
        !self.identity_mismatch(function).is_some_and(Mismatch::is_other_function)
    }

    /// The reasons that keep the rule from a function with these numbers of parameters and results.
    pub fn arity<'f>(&self, params: usize, results: usize) -> Vec<Mismatch<'f>> {
        let params = self.params.filter(|wanted| *wanted != params).map(|w| (w, params));
        let results = self.results.filter(|wanted| *wanted != results).map(|w| (w, results));
        let params = params.map(|(wanted, has)| Mismatch::Params { has, wanted });
        params.into_iter().chain(results.map(|(wanted, has)| Mismatch::Results { has, wanted })).collect()
    }

    fn identity_mismatch<'f>(&self, function: &Function) -> Option<Mismatch<'f>> {
        let (name, receiver) = match self.by {
            SelectedBy::Name { name, receiver } => (name, receiver),
            SelectedBy::Matching(_) | SelectedBy::Marked(_) => {
                let selected = function.body.is_some() && self.selects(function);
                return (!selected).then_some(Mismatch::NotSelected);
            }
        };
        if function.name != name {
            return Some(Mismatch::NotSelected);
        }
        match (receiver, &function.receiver) {
            (None, None) => None,
            (Some(wanted), Some(has)) if wanted.name == has.type_name => {
                (wanted.pointer != has.pointer).then_some(Mismatch::ReceiverKind { pointer: has.pointer })
            }
            _ => Some(Mismatch::OtherReceiver),
        }
    }

    fn selects(&self, function: &Function) -> bool {
        match self.by {
            SelectedBy::Name { name, .. } => function.name == name,
            SelectedBy::Matching(glob) => pattern::fits(glob, &function.display()),
            SelectedBy::Marked(mark) => function.mark(mark).is_some(),
        }
    }

    /// Returns true if a file may have a function that the rule means, by its text alone. Never
    /// false if it has one: the words that select a function are in the file as they are.
    pub fn may_be_in(&self, text: &str) -> bool {
        match self.by {
            SelectedBy::Name { name, .. } => has_word(text, name),
            SelectedBy::Matching(glob) => {
                text.contains("func") && literal_parts(glob).iter().all(|word| text.contains(word.as_str()))
            }
            SelectedBy::Marked(mark) => text.contains(&format!("//{}", mark.trim_start_matches("//"))),
        }
    }

    /// A short description of the functions: `F`, `T.F` or `(*T).F`; the pattern or the mark.
    pub fn display(&self) -> String {
        match self.by {
            SelectedBy::Name { name, receiver: None } => name.to_owned(),
            SelectedBy::Name { name, receiver: Some(ReceiverType { name: ty, pointer: true }) } => {
                format!("(*{ty}).{name}")
            }
            SelectedBy::Name { name, receiver: Some(ReceiverType { name: ty, .. }) } => {
                format!("{ty}.{name}")
            }
            SelectedBy::Matching(text) => text.to_owned(),
            SelectedBy::Marked(mark) => mark.trim_start_matches("//").to_owned(),
        }
    }
}

/// Returns true if a name occurs in a text that declares functions, and not as a part of a longer
/// name.
fn has_word(text: &str, name: &str) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let bytes = text.as_bytes();
    let alone = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        !is_part(before) && !is_part(bytes.get(at + name.len()))
    };
    text.contains("func") && text.match_indices(name).any(|(at, _)| alone(at))
}

/// The words of a pattern: each is a part of one name.
fn literal_parts(glob: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut letters = glob.chars();
    while let Some(letter) = letters.next() {
        let letter = if letter == '\\' { letters.next().unwrap_or('\\') } else { letter };
        let is_word = letter.is_alphanumeric() || letter == '_';
        match out.last_mut() {
            Some(last) if is_word => last.push(letter),
            _ => out.push(String::new()),
        }
    }
    out.retain(|part| !part.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::GoFile;

    #[test]
    fn the_words_of_a_pattern() {
        assert_eq!(literal_parts(r"(\*Server).Handle*"), ["Server", "Handle"]);
        assert_eq!(literal_parts("*"), Vec::<String>::new());
        assert_eq!(literal_parts("a?b_1"), ["a", "b_1"]);
    }

    #[test]
    fn reasons_are_told_apart() {
        let text = "package p\nfunc F(a, b int) error\n//go:nosplit x\nfunc (t T) G() {}\n//go:nosplits\nfunc H() {}\n";
        let go = GoFile::parse(text.to_owned()).unwrap();
        let [f, g, h] = go.functions.as_slice() else { panic!("{:?}", go.functions) };
        let receiver = |pointer| Some(ReceiverType { name: "T", pointer });
        let named = |name, receiver| FunctionSelector {
            by: SelectedBy::Name { name, receiver },
            params: Some(1),
            ..FunctionSelector::every()
        };
        assert_eq!(
            named("F", None).mismatches(f),
            [Mismatch::Params { has: 2, wanted: 1 }, Mismatch::NoBody]
        );
        assert_eq!(named("F", receiver(true)).mismatches(f), [Mismatch::OtherReceiver]);
        assert_eq!(named("G", receiver(true)).mismatches(g), [Mismatch::ReceiverKind { pointer: false }]);
        let params = Mismatch::Params { has: 0, wanted: 1 };
        let forbidden = Mismatch::ForbidsCalls("go:nosplit x");
        assert_eq!(named("G", receiver(false)).mismatches(g), [params, forbidden]);
        assert_eq!(named("G", None).mismatches(h), [Mismatch::NotSelected]);
        let every = FunctionSelector::every();
        assert_eq!(every.mismatches(f), [Mismatch::NotSelected], "one without a body is never selected");
        assert_eq!(every.mismatches(g), [forbidden]);
        assert_eq!(every.mismatches(h), [], "another directive");
        let text_only = FunctionSelector { insertion: Insertion::Text, ..every };
        assert_eq!(text_only.mismatches(g), []);
        let called = FunctionSelector { params: None, insertion: Insertion::Nothing, ..named("F", None) };
        assert_eq!(called.mismatches(f), [], "calls need no body");
    }
}
