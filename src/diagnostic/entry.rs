//! A kind of diagnostic: its code, severity, message and explanation.

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is compiled.
    Error,
    /// Something is probably not as meant.
    Warning,
}

/// A kind of finding.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// `GR0001` and so on; never given to another kind.
    pub code: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// The message; names in braces are placeholders for the finding's data.
    pub message: &'static str,
    /// The reason for which it is a mistake, in a sentence or two.
    pub explanation: &'static str,
    /// The remedy, in words that apply to every case.
    pub remedy: &'static str,
}

impl Severity {
    /// Returns `error` or `warning`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Entry {
    /// Returns the message without data: `…` replaces the parts that differ from case to case.
    pub fn title(&self) -> String {
        let mut out = String::new();
        let mut rest = self.message;
        while let Some((before, after)) = placeholder(rest) {
            let quoted = before.strip_suffix('`').zip(after.strip_prefix('`'));
            let (before, after) = quoted.unwrap_or((before, after));
            out.push_str(before);
            if !out.ends_with('…') {
                out.push('…');
            }
            rest = after;
        }
        out.push_str(rest);
        if out.contains(char::is_alphabetic) {
            return out;
        }
        let first = self.explanation.split(['.', ':', ';']).next().unwrap_or_default();
        let mut letters = first.chars();
        letters.next().map_or_else(String::new, |c| c.to_lowercase().chain(letters).collect())
    }

    /// Returns the address of its page, or, as long as the book is not published, the page's place
    /// in the book.
    pub fn page(&self) -> String {
        self.url().unwrap_or_else(|| self.page_in_book())
    }

    /// Returns the address of its page, if the book is published.
    pub fn url(&self) -> Option<String> {
        book().map(|book| format!("{}/{}", book.trim_end_matches('/'), self.page_in_book()))
    }

    fn page_in_book(&self) -> String {
        format!("diagnostics.html#{}", self.code)
    }
}

/// Returns the address of the book: the package's home page, once it has one.
pub(super) fn book() -> Option<&'static str> {
    Some(env!("CARGO_PKG_HOMEPAGE")).filter(|address| !address.is_empty())
}

/// Returns the text before the first `{name}` and the text after it.
fn placeholder(message: &str) -> Option<(&str, &str)> {
    let (before, after) = message.split_once('{')?;
    let (name, after) = after.split_once('}')?;
    (!name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase())).then_some((before, after))
}

/// Replaces each `{name}` by its value; a name without a value stays, so that a test sees it.
pub(super) fn fill(message: &str, data: &[(&'static str, String)]) -> String {
    let mut out = String::with_capacity(message.len() + 32);
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            out.push_str(after);
            return out;
        };
        if let Some((_, value)) = data.iter().find(|(key, _)| *key == name) {
            out.push_str(value);
        } else {
            out.push('{');
            out.push_str(name);
            out.push('}');
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::super::codes::{entries, lookup};
    use super::*;

    #[test]
    fn codes_are_in_order_and_given_once() {
        let all: Vec<_> = entries().map(|e| e.code).collect();
        let mut sorted = all.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(all, sorted);
    }

    #[test]
    fn messages_are_lower_case_and_have_no_full_stop() {
        for entry in entries() {
            assert!(!entry.message.ends_with('.'), "{}", entry.code);
            let first = entry.message.split(' ').next().unwrap();
            assert!(first == "Go" || !first.chars().any(char::is_uppercase), "{}", entry.code);
            assert!(entry.explanation.ends_with('.'), "{}", entry.code);
        }
    }

    #[test]
    fn values_take_the_place_of_names() {
        let data = [("a", "1".to_owned()), ("b", "{a}".to_owned())];
        assert_eq!(fill("x {a} y {b} {c}", &data), "x 1 y {a} {c}");
        assert_eq!(fill("open {", &data), "open {");
    }

    #[test]
    fn titles_have_no_data() {
        for entry in entries() {
            let title = entry.title();
            let no_data = !title.replace("`{`", "").replace("`}`", "").contains(['{', '}']);
            assert!(no_data && title.contains(char::is_alphabetic), "{}: {title}", entry.code);
            assert!(entry.remedy.ends_with('.') || entry.remedy.ends_with('`'), "{}", entry.code);
            assert!(entry.page().ends_with(&format!("diagnostics.html#{}", entry.code)));
        }
    }

    #[test]
    fn a_code_is_found_in_any_case() {
        assert_eq!(lookup("gr0001").map(|e| e.code), Some("GR0001"));
        assert_eq!(lookup("GR9999"), None);
    }
}
