//! Converts byte offsets to lines and columns, as editors count them.
//!
//! In: a file and a byte range in it. Out: 1-based lines and columns; a column counts Unicode code
//! points, and a byte order mark does not count.

use std::ops::Range;

use serde::Serialize;

use super::SourceFile;

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Number of bytes before it.
    pub offset: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in code points, from 1.
    pub column: usize,
}

/// A half-open range of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Region {
    /// The first place.
    pub start: Position,
    /// The first place after it.
    pub end: Position,
}

/// Returns the region of a range of a file.
pub fn region(file: &SourceFile, range: &Range<usize>) -> Region {
    Region { start: position(&file.text, range.start), end: position(&file.text, range.end) }
}

fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let chars = before.get(start..).unwrap_or_default().trim_start_matches('\u{feff}').chars().count();
    Position { offset, line, column: chars + 1 }
}

/// Returns the line that a place is on, without spaces around it.
pub(super) fn line_text(text: &str, offset: usize) -> &str {
    let start = text.get(..offset).unwrap_or_default().rfind('\n').map_or(0, |at| at + 1);
    text.get(start..).unwrap_or_default().lines().next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_code_points_and_a_mark_at_the_start_is_none() {
        let file = SourceFile::new("a", "\u{feff}aé€x\r\nyz");
        let at = |offset| {
            let found = region(&file, &(offset..offset)).start;
            (found.line, found.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (1, 1));
        assert_eq!(at(4), (1, 2));
        assert_eq!(at(9), (1, 4));
        assert_eq!(at(12), (2, 1));
        assert_eq!(at(14), (2, 3));
        assert_eq!(line_text(&file.text, 13), "yz");
        assert_eq!(line_text(&file.text, 14), "yz");
    }
}
