//! Recognizes declarations by the look of a single line of Go.
//!
//! In: a line as gofmt formats it. Out: the names that it may declare. The index of a package is
//! built from them, so that its files need not be parsed.

/// A function as one line of text shows it, for guesses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeclaredFunction {
    /// The receiver's type, for a method.
    pub receiver: Option<String>,
    /// Its name.
    pub name: String,
}

/// The words of a line that may be names it declares: those before `=`, after a keyword, between
/// commas.
pub(super) fn names_in_line(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim_start();
    let rest =
        ["func ", "type ", "var ", "const "].iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
    let rest = rest.trim_start_matches(['(', ' ']);
    let left = rest.split('=').next().unwrap_or_default();
    left.split(',').filter_map(|part| {
        let part = part.trim_start();
        let end = part.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(part.len());
        part.get(..end).filter(|word| !word.is_empty())
    })
}

/// The function that a line beginning with `func` declares; `None` if it is not formatted as gofmt
/// would, or declares none.
pub(super) fn declared(line: &str) -> Option<DeclaredFunction> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let rest = line.strip_prefix("func ")?;
    let (receiver, rest) = match rest.strip_prefix('(') {
        Some(inner) => {
            let (receiver, after) = inner.split_once(')')?;
            let without_params = receiver.split('[').next()?;
            let name = without_params.rsplit([' ', '*']).find(|part| !part.is_empty())?;
            (Some(name).filter(|name| name.chars().all(is_word))?.to_owned().into(), after.trim_start())
        }
        None => (None, rest),
    };
    let end = rest.find(|c: char| !is_word(c))?;
    let name = rest.get(..end)?;
    (!name.is_empty()).then(|| DeclaredFunction { receiver, name: name.to_owned() })
}
