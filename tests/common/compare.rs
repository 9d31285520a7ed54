//! Plain against woven: what may differ in what a process wrote is masked, the rest has to be equal line by line.
//!
//! Masked on standard error are addresses, the arguments in frames of stack traces (a function that the compiler could
//! inline has none), goroutine and thread numbers, and ports; and after a fatal error of the runtime all goroutines but
//! the one that failed. Nothing is masked on standard output.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::process::Output;

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| Regex::new("0x[0-9a-f]+").unwrap());
static GOROUTINE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bgoroutine \d+\b").unwrap());
static THREAD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bm=-?\d+\b").unwrap());
static PORT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(127\.0\.0\.1|\[::1\]):\d+").unwrap());
static PLACE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(\t.*\.(?:go|s):\d+)(?: .*)?$").unwrap());

/// Masks standard error.
pub fn masked(stderr: &str) -> Vec<String> {
    // A server that is closed while a client shakes hands says so, or not: that is chance, in both.
    let lines: Vec<&str> = stderr.lines().filter(|line| !line.contains("TLS handshake error")).collect();
    let lines = without_other_goroutines(&lines);
    let mut out = Vec::new();
    for (line, next) in lines.iter().zip(lines.iter().skip(1).chain([&""])) {
        let framed = if PLACE.is_match(next) && !line.starts_with('\t') {
            without_arguments(line)
        } else {
            PLACE.replace(line, |found: &Captures| found[1].to_owned()).into_owned()
        };
        let line = ADDRESS.replace_all(&framed, "0x?");
        let line = GOROUTINE.replace_all(&line, "goroutine N");
        let line = THREAD.replace_all(&line, "m=N");
        out.push(PORT.replace_all(&line, "$1:PORT").into_owned());
    }
    out
}

/// After a fatal error of the runtime the first goroutine is kept: what the others, and the runtime's own, were doing
/// just then is chance.
fn without_other_goroutines<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let Some(fatal) = lines.iter().position(|line| line.contains("fatal error: ")) else {
        return lines.to_vec();
    };
    let first = lines.iter().skip(fatal).position(|line| line.starts_with("goroutine ")).map(|at| fatal + at);
    let goroutine = lines.iter().skip(first.unwrap_or(lines.len())).take_while(|line| !line.is_empty());
    lines[..=fatal].iter().chain(goroutine).copied().collect()
}

/// `net/http.(*conn).serve(0xc000, {0x1, 0x2})` → `net/http.(*conn).serve(...)`.
fn without_arguments(frame: &str) -> String {
    if !frame.ends_with(')') {
        return frame.to_owned();
    }
    let mut depth = 0;
    for (at, letter) in frame.char_indices().rev() {
        match letter {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return format!("{}(...)", &frame[..at]);
        }
    }
    frame.to_owned()
}

/// What differs between two runs, in words; nothing where they are equal.
pub fn difference(plain: &Output, woven: &Output) -> Option<String> {
    let mut out = String::new();
    if plain.end != woven.end {
        out += &format!("  plain ended with {}, woven with {}\n", plain.end, woven.end);
    }
    let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    out += &first_difference("standard output", &lines(&plain.stdout), &lines(&woven.stdout));
    out += &first_difference("standard error", &masked(&plain.stderr), &masked(&woven.stderr));
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
            out += &format!("    {mark} {line}\n");
        }
    }
    out
}
