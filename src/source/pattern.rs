//! Matches globs with the displayed names of functions.
//!
//! In: a pattern and a name. Out: true if they fit. The time is at most proportional to the product
//! of both lengths.

/// Returns true if a name fits: `*` is any run of characters, `?` is any single one, `\` takes the
/// next one literally.
pub fn fits(pattern: &str, name: &str) -> bool {
    let pattern = parts(pattern);
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    // The state to go back to if the text after the last star does not fit: the star may then take
    // one more character.
    let mut retry: Option<(usize, usize)> = None;
    while let Some(&letter) = name.get(n) {
        match pattern.get(p) {
            Some(PatternPart::Run) => {
                retry = Some((p + 1, n));
                p += 1;
                continue;
            }
            Some(PatternPart::One) => {}
            Some(PatternPart::Char(wanted)) if *wanted == letter => {}
            _ => {
                let Some((after_star, from)) = retry else { return false };
                retry = Some((after_star, from + 1));
                (p, n) = (after_star, from + 1);
                continue;
            }
        }
        p += 1;
        n += 1;
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|part| matches!(part, PatternPart::Run)))
}

enum PatternPart {
    Run,
    One,
    Char(char),
}

fn parts(pattern: &str) -> Vec<PatternPart> {
    let mut out = Vec::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        out.push(match letter {
            '*' => PatternPart::Run,
            '?' => PatternPart::One,
            '\\' => PatternPart::Char(letters.next().unwrap_or('\\')),
            other => PatternPart::Char(other),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_question_marks_and_escapes() {
        for (pattern, name) in [
            ("*", ""),
            ("*", "(*T).F"),
            ("(*Server).*", "(*Server).Serve"),
            (r"(\*Server).Serve", "(*Server).Serve"),
            ("Handle*", "HandleFunc"),
            ("*.Close", "(*Rows).Close"),
            ("*a*b*c", "xaxbxbxc"),
            ("T.?et", "T.Get"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("", "F"),
            ("Handle", "HandleFunc"),
            (r"(\*Server).Serve", "(*HTTPServer).Serve"),
            ("*.Close", "Close"),
            ("*a*b*c", "xaxcxb"),
            ("?", ""),
        ] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
        assert!(!fits(&"*a".repeat(200), &"a".repeat(199)));
        assert!(fits(&"*a".repeat(200), &"a".repeat(2000)));
    }
}
