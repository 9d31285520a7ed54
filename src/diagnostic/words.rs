//! Small texts that many commands write: counts, and differences.
//!
//! In: numbers and texts. Out: words for people. Nothing here knows their subject.

/// Returns a count with its noun: `1 rule`, `2 rules`.
pub fn counted(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// Returns the difference between two texts, each with its name, as a unified diff.
pub fn diff(old: (&str, &str), new: (&str, &str)) -> String {
    similar::TextDiff::from_lines(old.1, new.1).unified_diff().header(old.0, new.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        assert_eq!((counted(1, "rule"), counted(0, "rule")), ("1 rule".to_owned(), "0 rules".to_owned()));
    }

    #[test]
    fn a_difference_names_both_texts() {
        assert_eq!(diff(("a", "x\n"), ("b", "y\n")), "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n");
    }
}
