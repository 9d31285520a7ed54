//! Text as a terminal may have it.
//!
//! In: text of rule files and Go files, and what is known of the terminal. Out: text without
//! control characters, and lines of the terminal's width. It asks nobody: the caller knows the
//! environment.

use std::borrow::Cow;
use std::ffi::OsString;
use std::ops::Range;

/// The width of a terminal that does not say its own.
const USUAL_WIDTH: usize = 100;
/// The least width to which text is wrapped.
const LEAST_WIDTH: usize = 40;

/// The way in which text for people is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Screen {
    /// True if it has colours.
    pub color: bool,
    /// The width to which notes and helps are wrapped; `None` if they are not.
    pub width: Option<usize>,
}

impl Screen {
    /// Returns the way for a stream that is a terminal, or is not. `NO_COLOR`, and `TERM=dumb`,
    /// mean no colours; `COLUMNS` is the width.
    pub fn new(terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let plain = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|value| value == "dumb");
        let columns = variable("COLUMNS").and_then(|value| value.to_str()?.parse::<usize>().ok());
        let width = columns.filter(|width| *width >= LEAST_WIDTH).unwrap_or(USUAL_WIDTH);
        Self { color: terminal && !plain && !dumb, width: terminal.then_some(width) }
    }

    /// Returns text with a line end in place of spaces where a line would be too long. `indent` is
    /// that of the first line on the screen, and of those that follow.
    pub(super) fn wrap(self, text: &str, (first, rest): (usize, usize)) -> String {
        let Some(width) = self.width else { return text.to_owned() };
        let mut out = String::with_capacity(text.len() + 16);
        let mut at = first;
        for (number, word) in text.split(' ').enumerate() {
            let len = word.chars().count();
            if number > 0 && at + 1 + len > width {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', rest));
                at = rest + first;
            } else if number > 0 {
                out.push(' ');
                at += 1;
            }
            out.push_str(word);
            at = word.rfind('\n').map_or(at + len, |end| first + word.len() - end - 1);
        }
        out
    }
}

/// Returns the character in place of one that a terminal would obey: its picture, or U+FFFD.
fn picture(c: char) -> Option<char> {
    match c {
        '\n' | '\t' => None,
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)),
        '\x7f' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some(char::REPLACEMENT_CHARACTER)
        }
        _ => None,
    }
}

/// Returns text with a picture in place of each character that a terminal would obey, one for one:
/// columns stay as they are. Line ends and tabs stay too.
pub fn visible(text: &str) -> Cow<'_, str> {
    if pictures(text).next().is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut from = 0;
    for (range, picture) in pictures(text) {
        out.push_str(text.get(from..range.start).unwrap_or_default());
        out.push(picture);
        from = range.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

/// Returns the range in `visible(text)` of a range of a text.
pub(super) fn visible_range(text: &str, range: &Range<usize>) -> Range<usize> {
    let grown = |at: usize| {
        let before = pictures(text).take_while(|(old, _)| old.end <= at);
        before.fold(at, |at, (old, picture)| at + picture.len_utf8() - old.len())
    };
    grown(range.start)..grown(range.end)
}

fn pictures(text: &str) -> impl Iterator<Item = (Range<usize>, char)> {
    text.char_indices().filter_map(move |(at, c)| {
        let ends_line = c == '\r' && text.get(at + 1..).is_some_and(|rest| rest.starts_with('\n'));
        let picture = picture(c).filter(|_| !ends_line)?;
        Some((at..at + c.len_utf8(), picture))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_is_what_the_environment_says() {
        let screen = |terminal, variables: &[(&str, &str)]| {
            let value =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, v)| v.into());
            let Screen { color, width } = Screen::new(terminal, value);
            (color, width)
        };
        assert_eq!(screen(true, &[]), (true, Some(100)));
        assert_eq!(screen(true, &[("NO_COLOR", "1"), ("COLUMNS", "72")]), (false, Some(72)));
        assert_eq!(screen(true, &[("NO_COLOR", ""), ("COLUMNS", "0")]), (true, Some(100)));
        assert_eq!(screen(true, &[("TERM", "dumb")]), (false, Some(100)));
        assert_eq!(screen(false, &[("COLUMNS", "72")]), (false, None));
    }

    #[test]
    fn lines_are_no_longer_than_the_screen() {
        let screen = Screen { color: false, width: Some(12) };
        assert_eq!(screen.wrap("help: one two three", (4, 2)), "help:\n  one\n  two\n  three");
        assert_eq!(screen.wrap("a verylongwordindeed b", (0, 0)), "a\nverylongwordindeed\nb");
        assert_eq!(Screen::default().wrap("one two three four", (4, 2)), "one two three four");
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(visible("a\tb\r\nc"), "a\tb\r\nc");
        assert_eq!(visible("\x1b[31m\r\x7f\u{9b}\u{202e}x"), "\u{241b}[31m\u{240d}\u{2421}\u{fffd}\u{fffd}x");
        let text = "a\x1bbc";
        let range = visible_range(text, &(2..3));
        assert_eq!(visible(text).get(range), Some("b"));
    }
}
