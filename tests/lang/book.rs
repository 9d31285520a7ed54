//! The book's pages `diagnostics.md` and `mistakes.md` agree with the registry and the fixtures.
//!
//! `GOAGENT_UPDATE_BOOK=1` writes the pages instead of comparing them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::common::rule_files::{Fixture, all};
use crate::fixed_world::compile_text;
use gorule::diagnostic::{Diagnostic, Entry, entries, render};

const DIAGNOSTICS_HEAD: &str = "# Diagnostics

Every message of `gorulec` has a code. An error keeps the bundle from being written; a warning does not. All mistakes are shown
at once: those of syntax file by file, then those of what a file says in itself and of what it says about Go packages. Each is
shown at its place in the `.gorule` file and, where it clashes with Go source, at the place there.

`gorulec explain CODE` shows the same text in a terminal. The examples are fixtures (`tests/fixtures/lang/bad`) over a small
module `example.com/lib` that is made for them; each is compiled, and compiled again when it is fixed. This page is written by
a test from the registry and the fixtures. [Mistakes](mistakes.md) lists all fixtures in a table.
";

const GROUPS: [(&str, &str, &str); 7] = [
    ("GR00", "Files and syntax", ""),
    ("GR01", "What a file says in itself", ""),
    ("GR02", "Templates and types", ""),
    ("GR03", "Packages and versions", ""),
    ("GR04", "Functions", ""),
    ("GR05", "Types", TYPES),
    ("GR09", "goagent.toml", CONFIG),
];

/// Above the codes of types.
const TYPES: &str = "
The Go compiler finds these: `gorulec` builds each package with the rules woven in. What the lock speaks of was built by `gorulec update`
in every release; what has changed since is built in [a few of them](versions.md#what-is-compiled), with the Go on this machine. A release that
cannot be built without the rules either gives its place to the next one. `--no-types` leaves it out.
";

/// Above the codes of the configuration.
const CONFIG: &str = "
These are goagent's. Nothing is built where one is found. What may stand in the file is told in
[Trust](trust.md#goagenttoml).
";

/// Examples of mistakes that no single file shows: the action, the message, and the remedy.
const ELSEWHERE: [(&str, &str, &str); 15] = [
    (
        "GR0005",
        "$ gorulec check everything.gorule\nerror[GR0005]: the file is larger than 256 KiB",
        "$ gorulec check plugins\ngorulec: 12 plugins, 80 rules",
    ),
    (
        "GR0016",
        "$ gorulec check plugin\nerror[GR0016]: cannot read plugin: No such file or directory (os error 2)",
        "$ gorulec check plugins\ngorulec: 12 plugins, 80 rules",
    ),
    (
        "GR0017",
        "$ gorulec check src\nerror[GR0017]: no .gorule file in src",
        "$ gorulec check plugins\ngorulec: 12 plugins, 80 rules",
    ),
    (
        "GR0102",
        "$ head -n 1 a.gorule b.gorule\n==> a.gorule <==\nplugin web {\n\n==> b.gorule <==\nplugin web {\n\
         $ gorulec check a.gorule b.gorule\nerror[GR0102]: plugin `web` is declared twice",
        "$ head -n 1 a.gorule b.gorule\n==> a.gorule <==\nplugin web {\n\n==> b.gorule <==\nplugin web_extra {",
    ),
    (
        "GR0306",
        "$ PATH=/bin gorulec check plugins\nerror[GR0306]: Go cannot be asked where its sources are: cannot run `go`: \
         No such file or directory (os error 2); install Go, or put its bin folder on PATH",
        "$ PATH=/bin:/usr/local/go/bin gorulec check plugins\ngorulec: 12 plugins, 80 rules",
    ),
    (
        "GR0307",
        "$ head -n 1 plugins/gorule.lock\n<<<<<<< HEAD\n$ gorulec check plugins\nerror[GR0307]: the lock cannot be used: …",
        "$ gorulec update plugins",
    ),
    (
        "GR0308",
        "$ gorulec compile --locked plugins\nerror[GR0308]: plugin `web` is not as gorule.lock knows it",
        "$ gorulec update plugins\n$ gorulec compile --locked plugins",
    ),
    (
        "GR0501",
        "// example.com/lib: func (c *Conn) Query(q string) (*Rows, error)\nrule r {\n    recv c *Conn\n    \
         func Query(q string)\n    enter { var n int = q; _ = n }\n}",
        "rule r {\n    recv c *Conn\n    func Query(q string)\n    enter { var n int = len(q); _ = n }\n}",
    ),
    (
        "GR0502",
        "error[GR0502]: rule `r` is not woven: …",
        "rule r {\n    versions [1.4.0, ) // without the release that the message names\n    func invoke\n    enter { println() }\n}",
    ),
    (
        "GR0503",
        "warning[GR0503]: templates for example.com/lib were not compiled: …",
        "$ go build example.com/lib # says what is missing\n$ gorulec check plugins\ngorulec: 12 plugins, 80 rules",
    ),
    ("GR0901", "# goagent.toml\nstrict = yes", "# goagent.toml\nstrict = true"),
    ("GR0902", "# goagent.toml\nstrickt = true", "# goagent.toml\nstrict = true"),
    (
        "GR0903",
        "# goagent.toml\n[plugins]\ndisable = [\"net_htpp\"]",
        "# goagent.toml\n[plugins]\ndisable = [\"net_http\"]",
    ),
    (
        "GR0904",
        "# goagent.toml\n[[bundles]]\npath = \"own.gobundle\"",
        "# goagent.toml\n[[bundles]]\npath = \"own.gobundle\"\nblake3 = \"3ad0…\"",
    ),
    (
        "GR0905",
        "# goagent.toml; own.gobundle was compiled anew\n[[bundles]]\npath = \"own.gobundle\"\nblake3 = \"3ad0…\"",
        "# goagent.toml\n[[bundles]]\npath = \"own.gobundle\"\nblake3 = \"77c1…\"",
    ),
];

/// Compares a page with the text it should have, or writes it.
fn page(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src").join(name);
    if std::env::var_os("GOAGENT_UPDATE_BOOK").is_some() {
        std::fs::write(path, wanted).unwrap();
        return;
    }
    let has = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = has.lines().zip(wanted.lines()).find(|(has, wanted)| has != wanted);
    assert!(
        has == wanted,
        "book/src/{name} is not what the registry and the fixtures say, first at {differs:?}; \
         GOAGENT_UPDATE_BOOK=1 cargo test --test lang book writes it"
    );
}

/// The findings in the fixture under a short name, and the finding that it is there for.
struct Shown {
    fixture: Fixture,
    body: String,
    found: Vec<Diagnostic>,
}

impl Shown {
    fn of(fixture: Fixture) -> Self {
        let report = compile_text("a.gorule", &fixture.body());
        let body = String::from_utf8_lossy(&fixture.body()).replace('\0', "\u{2400}");
        Self { fixture, body, found: report.findings }
    }

    fn main(&self) -> &Diagnostic {
        let main = self.found.iter().find(|found| found.code.code == self.fixture.code());
        main.unwrap_or_else(|| panic!("{} does not show its code", self.fixture.name))
    }
}

fn fenced(text: &str) -> String {
    format!("```text\n{}\n```\n", text.trim_end())
}

fn section(entry: &Entry, shown: &[Shown]) -> String {
    let warning = if entry.severity.word() == "warning" { " (warning)" } else { "" };
    let mut out = format!(
        "### {} {}{warning} {{#{}}}\n\n{}\n\n",
        entry.code,
        entry.title(),
        entry.code,
        entry.explanation
    );
    let elsewhere = ELSEWHERE.iter().find(|(code, ..)| *code == entry.code);
    let (example, fixed) = if let Some((_, example, fixed)) = elsewhere {
        (fenced(example), (*fixed).to_owned())
    } else {
        let first = shown
            .iter()
            .find(|one| one.fixture.code() == entry.code)
            .unwrap_or_else(|| panic!("{} has no fixture", entry.code));
        let said = render::to_text(&first.found, false);
        let body = if first.body.trim().is_empty() { "(nothing)" } else { &first.body };
        (format!("{}\n{}", fenced(body), fenced(&said)), first.fixture.fixed().unwrap())
    };
    write!(out, "{example}\n**Remedy** — {}\n\n{}", entry.remedy, fenced(&fixed)).unwrap();
    out
}

#[test]
fn the_page_of_diagnostics_is_the_registry_and_its_fixtures() {
    let shown: Vec<Shown> = all("bad").into_iter().map(Shown::of).collect();
    let mut out = DIAGNOSTICS_HEAD.to_owned();
    for (prefix, title, about) in GROUPS {
        write!(out, "\n## {title}\n{about}").unwrap();
        for entry in entries().filter(|entry| entry.code.starts_with(prefix)) {
            write!(out, "\n{}", section(entry, &shown)).unwrap();
        }
    }
    for entry in entries() {
        assert!(out.contains(&format!("\n### {} ", entry.code)), "{} is in no group", entry.code);
    }
    page("diagnostics.md", &out);
}

const MISTAKES_HEAD: &str = "# Mistakes

What authors get wrong, and what `gorulec check` says about it. Each row is a file in `tests/fixtures/lang/bad`; the place is the
line and the column of the author's own text, and the code leads to its page. None of these reaches a build; each file is fixed
by the test, and compiles then. This page is written by a test from the fixtures.
";

/// A table of the page, and the number of its rows.
const KINDS: [(&str, usize); 5] =
    [("Syntax", 8), ("Resolution", 15), ("Templates and types", 8), ("Versions", 5), ("Clashes", 4)];

/// The table that a code belongs to.
fn kind(code: &str) -> &'static str {
    match code {
        "GR0013" | "GR0014" | "GR0119" | "GR0302" | "GR0304" | "GR0410" => "Versions",
        "GR0011" | "GR0101" | "GR0103" | "GR0104" | "GR0114" | "GR0118" | "GR0125" | "GR0415" => "Clashes",
        "GR0122" | "GR0123" | "GR0127" => "Resolution",
        "GR0106" | "GR0124" => "Syntax",
        "GR0406" | "GR0409" | "GR0414" => "Templates and types",
        _ if code.starts_with("GR00") => "Syntax",
        _ if ["GR01", "GR02", "GR05"].iter().any(|group| code.starts_with(group)) => "Templates and types",
        _ => "Resolution",
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn row(one: &Shown, mistake: &str) -> String {
    let found = one.main();
    let label = &found.labels[0];
    let before = &label.file.text[..label.span.start];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    format!(
        "| {} | {line}:{column} | [{}](diagnostics.md#{}) {} | {} |\n",
        cell(mistake),
        found.code.code,
        found.code.code,
        cell(&found.message()),
        cell(found.help.as_deref().unwrap())
    )
}

/// A message without the words that differ from case to case.
fn masked(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join("`…`")
}

#[test]
fn the_table_of_mistakes_is_the_fixtures() {
    let mut tables: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut errors: BTreeMap<&str, usize> = BTreeMap::new();
    let mut causes: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut titles: BTreeMap<String, String> = BTreeMap::new();
    let mut same: Vec<String> = Vec::new();
    for one in all("bad").into_iter().map(Shown::of) {
        let Some(mistake) = one.fixture.mistake() else { continue };
        let (found, name) = (one.main(), one.fixture.name.clone());
        let kind = kind(found.code.code);
        let cause = (masked(&found.message()), masked(found.help.as_deref().unwrap_or_default()));
        assert!(
            !found.labels.is_empty() && found.labels[0].file.name == "a.gorule",
            "{name}: not the author's text"
        );
        if let Some(other) = titles.insert(mistake.clone(), name.clone()) {
            same.push(format!("{name} and {other} are called the same"));
        }
        if let Some(other) = causes.insert(cause, name.clone()) {
            same.push(format!("{name} and {other} have the same cause"));
        }
        tables.entry(kind).or_default().push(row(&one, &mistake));
        *errors.entry(kind).or_default() += usize::from(found.is_error());
    }
    assert!(same.is_empty(), "{same:#?}");
    let mut out = MISTAKES_HEAD.to_owned();
    for (kind, least) in KINDS {
        assert!(errors[kind] >= least, "{kind}: {} mistakes, {least} are wanted", errors[kind]);
        write!(
            out,
            "\n## {kind}\n\n| mistake | line:column | message | what to do |\n| --- | --- | --- | --- |\n"
        )
        .unwrap();
        out += &tables[kind].concat();
    }
    let total: usize = errors.values().sum();
    assert!(total >= 40, "{total}");
    page("mistakes.md", &out);
}
