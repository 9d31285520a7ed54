//! `gorulec fmt`: stable, the tree stays the same, every comment stays, and the standard plugins
//! are laid out.

use std::path::Path;
use std::process::{Command, Stdio};

use camino::Utf8PathBuf;
use gorule::author::fmt;
use gorule::syntax::{decode, format, parse};
use proptest::prelude::*;
use regex::Regex;

use crate::common::rule_files;

/// The tree without places, Go text without the spaces that layout may change.
fn tree(text: &str) -> String {
    let source = decode("a.gorule", text.as_bytes().to_vec()).unwrap();
    let parsed = parse(&source).unwrap_or_else(|problems| {
        panic!("{text}\n{}", gorule::diagnostic::render::to_text(&problems, false))
    });
    let shown = format!("{:?}", parsed.file);
    let places = Regex::new(r"\d+\.\.\d+").unwrap();
    // Spaces around line ends, as `Debug` shows them: `\n`, `\t`.
    let ends = Regex::new(r"(?: |\\t|\\r)*(?:\\n(?: |\\t|\\r)*)+").unwrap();
    let edges = Regex::new(r#"node: "(?: |\\n|\\t)+|(?: |\\n|\\t)+", span"#).unwrap();
    let shown = ends.replace_all(&shown, "\\n").into_owned();
    let shown = edges.replace_all(&shown, |found: &regex::Captures<'_>| {
        if found[0].starts_with("node") { "node: \"".to_owned() } else { "\", span".to_owned() }
    });
    places.replace_all(&shown, "_").into_owned()
}

/// The comments of a file and the raw strings in it, in order: by a scanner that knows no layout.
fn comments_and_raw_strings(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let length = match rest.as_bytes() {
            [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => rest[2..].find("*/").unwrap() + 4,
            [b'`', ..] => rest[1..].find('`').unwrap() + 2,
            [quote @ (b'"' | b'\''), ..] => quoted(rest, *quote),
            _ => {
                at += rest.chars().next().unwrap().len_utf8();
                continue;
            }
        };
        let found = &rest[..length];
        if found.starts_with('`') {
            out.push(found.to_owned());
        } else if found.starts_with('/') {
            let lines: Vec<&str> = found.lines().map(str::trim).collect();
            out.push(lines.join("\n"));
        }
        at += length;
    }
    out
}

fn quoted(text: &str, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

fn formatted(text: &str) -> String {
    let source = decode("a.gorule", text.as_bytes().to_vec()).unwrap();
    format(&source).unwrap_or_else(|problems| {
        panic!("{text}\n{}", gorule::diagnostic::render::to_text(&problems, false))
    })
}

/// Checks all promises of the formatter on one text.
fn check(text: &str) {
    let once = formatted(text);
    assert_eq!(formatted(&once), once, "not stable, from:\n{text}");
    assert_eq!(tree(&once), tree(text), "another tree, from:\n{text}\nto:\n{once}");
    assert_eq!(comments_and_raw_strings(&once), comments_and_raw_strings(text), "from:\n{text}\nto:\n{once}");
    assert!(once.ends_with("}\n") || once.contains("//") || once.contains("*/"), "{once}");
    assert!(!once.contains("\n\n\n") || text.contains('`') || text.contains("/*") || text.contains("\n\n\n"));
}

fn plugins() -> Utf8PathBuf {
    Utf8PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/plugins"))
}

#[test]
fn the_standard_plugins_are_laid_out() {
    let report = fmt::format_files(&[plugins()]);
    let diffs: String = report.changes.iter().map(fmt::Change::diff).collect();
    assert!(report.findings.is_empty() && report.files >= 3);
    assert!(diffs.is_empty(), "`gorulec fmt plugins` would change:\n{diffs}");
}

#[test]
fn layout_keeps_what_is_said() {
    let mut seen = 0;
    for fixture in rule_files::all("bad").into_iter().chain(rule_files::all("good")) {
        for text in [String::from_utf8(fixture.body()).ok(), fixture.fixed()].into_iter().flatten() {
            let Ok(source) = decode("a.gorule", text.clone().into_bytes()) else { continue };
            if parse(&source).is_ok() {
                check(&text);
                seen += 1;
            }
        }
    }
    for file in rule_files::plugins() {
        check(&std::fs::read_to_string(file).unwrap());
        seen += 1;
    }
    assert!(seen > 150, "{seen}");
}

#[test]
fn a_file_laid_out_by_nobody() {
    let text = include_str!("../fixtures/lang/layout/before.txt");
    check(text);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/formats");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("layout", formatted(text)));
}

/// Text that may be between two tokens: nothing visible, or comments.
fn gap() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just(" ".to_owned()),
        1 => Just("\t ".to_owned()),
        1 => Just(" /* c */ ".to_owned()),
        1 => Just(" /* a\n   b */".to_owned()),
    ]
}

/// Text that may be at a place where a line may end.
fn line_gap() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just("\n".to_owned()),
        2 => Just("\n\n\n".to_owned()),
        1 => Just(" // trailing\n".to_owned()),
        1 => Just("\n  // own line\n".to_owned()),
        1 => Just("\n/* b */ /* c */\n\n// d\n".to_owned()),
        1 => Just("\t/* two\n lines */\n".to_owned()),
        1 => Just("\r\n".to_owned()),
    ]
}

type Tokens = Vec<&'static str>;

/// The functions of a rule, as tokens.
fn functions() -> impl Strategy<Value = Tokens> {
    prop_oneof![
        Just(vec!["func", "last"]),
        Just(vec!["func", "a", "(", ")", "error"]),
        Just(vec![
            "func",
            "(",
            "a",
            "|",
            "b",
            ")",
            "(",
            "x",
            ",",
            "var",
            "y",
            "map[string]int",
            ",",
            "_",
            ")",
            "(",
            "_",
            "error",
            ")"
        ]),
        Just(vec![
            "func", "(", "\n", "a", "|", "\n", "b", ")", "(", "\n", "x", ",", "\n", "y", "T", ",", "\n", ")"
        ]),
    ]
}

/// Templates with and without line ends.
fn body() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("{ x() }"),
        Just("{x()\n\ty()}"),
        Just("{\n\t\tif x {\n\t\t\ty(`a\n b`)\n\t\t}\n\n\n\t}"),
        Just("{ // why\n\n    /* a\n  b */ x()\n  }"),
        Just("{}"),
        Just("{{{#since \"1.0.0\"}}\n      a()\n{{else}}\n   b()\n    {{/since}} }"),
    ]
}

/// The items of a rule, in any order; those that may occur only once at most once.
fn items() -> impl Strategy<Value = Vec<Tokens>> {
    let others: Vec<Tokens> = vec![
        vec!["versions", "[1.0.0,", ")", ",", "(2.0.0,3.0.0]"],
        vec!["go", "(", ",", "1.22", ")"],
        vec!["recv", "e", "*", "Engine", "[", "K", ",", "V", "]"],
        vec!["priority", "-3"],
        vec!["state", "s", "agent.Span"],
        vec!["state", "longer", "map[string]struct{ a int; b string }"],
        vec!["may", "skip"],
        vec!["before", "`x\n  y`", "{ z() +\n 1 }"],
        vec!["replace", "`new(g)`", "{\n   &g{}\n }"],
    ];
    let others = proptest::sample::subsequence(others, 0..8);
    (others, functions(), proptest::option::of(body()), proptest::option::of(body()))
        .prop_map(|(mut items, func, enter, exit)| {
            items.push(func);
            items.extend(enter.map(|text| vec!["enter", text]));
            items.extend(exit.map(|text| vec!["exit", text]));
            items
        })
        .prop_shuffle()
}

fn file() -> impl Strategy<Value = String> {
    let gaps = proptest::collection::vec(proptest::collection::vec(gap(), 24), 12);
    let ends = proptest::collection::vec(line_gap(), 16);
    (items(), gaps, ends).prop_map(|(items, gaps, ends)| {
        let item = |(tokens, (gaps, end)): (&Tokens, (&Vec<String>, &String))| {
            let joined: String = tokens.iter().zip(gaps).flat_map(|(token, gap)| [*token, gap]).collect();
            format!("{}{end}", joined.trim_end_matches([' ', '\t']))
        };
        let items: String = items.iter().zip(gaps.iter().zip(&ends)).map(item).collect();
        let [.., a, b, c, d] = ends.as_slice() else { unreachable!() };
        format!(
            "//! Head.\n// note\nplugin p {{{a}target \"a.b/c\" [1.0.0, ) {{{b}/// Doc.\nrule r {{\n{items}}}{c}}}{d}}}"
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_layout_is_laid_out_once_and_for_all(text in file()) {
        check(&text);
    }
}

fn gorulec(folder: &Path, args: &[&str], input: &str) -> (Option<i32>, String, String) {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_gorulec"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn files_are_written_checked_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gorule");
    let (ugly, wanted) =
        ("plugin p {\n\n\n  import   \"strings\"\n}\n", "plugin p {\n    import \"strings\"\n}\n");
    std::fs::write(&path, ugly).unwrap();
    let (code, out, err) = gorulec(folder.path(), &["fmt", "--check"], "");
    assert_eq!(code, Some(1), "{err}");
    assert!(out.contains("+    import \"strings\"") && out.contains("a.gorule"), "{out}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), ugly);
    assert_eq!(gorulec(folder.path(), &["fmt"], "").0, Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), wanted);
    assert_eq!(gorulec(folder.path(), &["fmt", "--check", "a.gorule"], "").0, Some(0));

    assert_eq!(gorulec(folder.path(), &["fmt", "-"], ugly), (Some(0), wanted.to_owned(), String::new()));
    assert_eq!(gorulec(folder.path(), &["fmt", "--check", "-"], ugly).0, Some(1));
    let (code, out, err) = gorulec(folder.path(), &["fmt", "-"], "plugn p {}");
    assert!(code == Some(1) && out.is_empty() && err.contains("<stdin>:1:1"), "{err}");

    std::fs::write(folder.path().join("b.gorule"), "plugin {").unwrap();
    let (code, _, err) = gorulec(folder.path(), &["fmt", "."], "");
    assert!(code == Some(1) && err.contains("GR0007"), "{err}");
    assert_eq!(std::fs::read_to_string(folder.path().join("b.gorule")).unwrap(), "plugin {");
}
