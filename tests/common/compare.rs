//! Compares plain with woven output: text of a process that may differ is masked, as `gorulec test`
//! does it; the rest has to be equal line by line. Nothing is masked on standard output.

use std::fmt::Write as _;

use gorule::author::testing::mask::masked;

use super::process::Output;

/// The difference between two runs, in words; nothing if they are equal.
pub fn difference(plain: &Output, woven: &Output) -> Option<String> {
    let mut out = String::new();
    if plain.end != woven.end {
        writeln!(out, "  plain ended with {}, woven with {}", plain.end, woven.end).unwrap();
    }
    let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    out += &first_difference("standard output", &lines(&plain.stdout), &lines(&woven.stdout));
    out +=
        &first_difference("standard error", &lines(&masked(&plain.stderr)), &lines(&masked(&woven.stderr)));
    (!out.is_empty()).then_some(out)
}

/// The first line that differs, with the lines around it.
fn first_difference(name: &str, plain: &[String], woven: &[String]) -> String {
    let same = plain.iter().zip(woven).take_while(|(a, b)| a == b).count();
    if same == plain.len() && same == woven.len() {
        return String::new();
    }
    let mut out = format!("  {name} differs from line {}\n", same + 1);
    for (mark, lines) in [("-", plain), ("+", woven)] {
        for line in lines.iter().skip(same).take(6) {
            writeln!(out, "    {mark} {line}").unwrap();
        }
    }
    out
}
