//! The measures of the house, as `.ci/stats` prints them.

use std::fmt::Write;

use super::circles::circles;
use super::measures::{DocComment, doc_comments, file_lengths, functions, wide_comments};
use super::pure::outside_access;
use super::rules::{COMMENT_COLUMNS, LONGEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS, repeated};
use super::sources::{PROGRAM, RUNTIME, Source, TESTS};

/// The seed of the sample of doc comments: the same tree gives the same sample.
const SEED: u64 = 18;

/// Writes the measures to a file below `target/tmp`, which `.ci/stats` prints.
/// `GOAGENT_STATS_SAMPLE` is the number of doc comments to draw.
#[test]
fn stats() {
    let mut out = String::new();
    let runtime = || RUNTIME.iter().filter(|source| !source.is_test());
    function_table(&mut out, "Rust: src, benches", PROGRAM.iter());
    function_table(&mut out, "Go: runtime without tests", runtime());
    let everything = || PROGRAM.iter().chain(RUNTIME.iter());
    let all_files: Vec<_> =
        everything().chain(TESTS.iter()).flat_map(|it| file_lengths(std::slice::from_ref(it))).collect();
    for limit in [400, LONGEST_FILE] {
        let long = all_files.iter().filter(|(_, lines)| *lines > limit);
        list(
            &mut out,
            &format!("files over {limit} lines"),
            long.map(|(path, lines)| format!("{path} {lines}")).collect(),
        );
    }
    list(&mut out, "type names declared more than once in src", repeated(&PROGRAM));
    list(&mut out, "type names declared more than once in a package of runtime", repeated(&RUNTIME));
    list(&mut out, "circles of files that import each other", circles(&PROGRAM));
    list(&mut out, "uses of files, programs or the environment in pure rooms", outside_access(&PROGRAM));
    for (name, sources) in [("src, benches", &PROGRAM), ("runtime", &RUNTIME), ("tests", &TESTS)] {
        let wide = wide_comments(sources, COMMENT_COLUMNS).len();
        writeln!(out, "comment lines over {COMMENT_COLUMNS} columns in {name}: {wide}").unwrap();
    }
    let docs = [doc_comments(&PROGRAM), doc_comments(&RUNTIME)];
    for (name, docs) in ["src, benches", "runtime"].iter().zip(&docs) {
        questions(&mut out, name, docs);
    }
    let wanted = std::env::var("GOAGENT_STATS_SAMPLE").map_or(0, |count| count.parse().expect("a number"));
    sample(&mut out, &docs.into_iter().flatten().collect::<Vec<_>>(), wanted);
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/stats.txt"), out).unwrap();
}

fn function_table<'a>(out: &mut String, name: &str, sources: impl Iterator<Item = &'a Source>) {
    let mut all: Vec<_> = sources.flat_map(|source| functions(std::slice::from_ref(source))).collect();
    all.sort_by_key(|function| function.lines);
    let at = |share: usize| all[(all.len() - 1) * share / 100].lines;
    let over = |limit: usize| all.iter().filter(|function| function.lines > limit).count();
    writeln!(
        out,
        "{name}: {} functions, median {}, p90 {}, max {}; over 40 lines {}, over 60 {}, over 80 {}",
        all.len(),
        at(50),
        at(90),
        at(100),
        over(40),
        over(LONGEST_FUNCTION),
        over(80)
    )
    .unwrap();
    for function in all.iter().rev().take(10) {
        writeln!(out, "    {} {} {}", function.lines, function.at, function.name).unwrap();
    }
    let many = all.iter().filter(|function| function.parameters > MOST_PARAMETERS);
    let many = many.map(|it| format!("{} {} {}", it.parameters, it.at, it.name)).collect();
    list(out, &format!("functions with more than {MOST_PARAMETERS} parameters"), many);
}

fn list(out: &mut String, name: &str, items: Vec<String>) {
    writeln!(out, "{name}: {}", items.len()).unwrap();
    for item in items {
        writeln!(out, "    {item}").unwrap();
    }
}

fn questions(out: &mut String, name: &str, docs: &[DocComment]) {
    let asking = docs.iter().filter(|doc| doc.asks()).count();
    let permille = asking * 1000 / docs.len();
    let share = format!("{}.{} %", permille / 10, permille % 10);
    let words = super::measures::QUESTION_WORDS.join("/");
    writeln!(out, "doc comments in {name}: {}, {asking} ({share}) begin with {words}", docs.len()).unwrap();
}

/// Draws doc comments without repetition, by a linear congruential generator.
fn sample(out: &mut String, docs: &[DocComment], wanted: usize) {
    if wanted > 0 {
        writeln!(out, "\n{wanted} doc comments, seed {SEED}:").unwrap();
    }
    let mut left: Vec<&DocComment> = docs.iter().collect();
    let mut state = SEED;
    for _ in 0..wanted.min(docs.len()) {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let drawn = left.swap_remove(usize::try_from(state >> 33).unwrap() % left.len());
        writeln!(out, "{}\n    {}", drawn.at, drawn.text).unwrap();
    }
}
