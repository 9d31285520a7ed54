//! The promises of README.md and the book: the command that shows the main job does it, and links
//! lead somewhere.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::common;
use crate::common::console;
use crate::common::go::Go;
use crate::common::process::run;

/// The README's command to start goagent.
const CARGO_RUN: &str = "cargo run --release --quiet -- ";

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The README's command, with the goagent that is being tested, prints traces of the shape that the
/// README shows.
#[test]
fn the_command_does_what_is_shown() {
    let readme = read(&common::repository().join("README.md"));
    let command =
        readme.lines().find(|line| line.contains(CARGO_RUN)).expect("README.md has no such command");
    let goagent = format!("{} ", env!("CARGO_BIN_EXE_goagent"));
    let mut shell = Go::newest().program("sh", common::repository());
    let output = run(shell.arg("-c").arg(command.replace(CARGO_RUN, &goagent)));
    output.expect_success(command);

    let shape = |text: &str| -> Vec<(usize, String, String)> {
        console::take(text).0.into_iter().map(|span| (span.depth, span.kind, span.name)).collect()
    };
    let shown = shape(&readme);
    assert!(shown.len() >= 4, "README.md shows no trace");
    let seen = shape(&output.stderr);
    assert_eq!(seen[..shown.len()], shown, "{}", output.stderr);
    let transcript: Vec<&str> =
        readme.lines().filter(|line| line.starts_with("GET /") || line.starts_with("POST /")).collect();
    assert!(!transcript.is_empty());
    for line in transcript {
        assert!(output.stdout.lines().any(|out| out == line), "{line} is not in:\n{}", output.stdout);
    }
}

/// Every page is in the summary, and every link of a page leads to a file, and to a heading if it
/// names one.
#[test]
fn links_lead_somewhere() {
    let book = common::repository().join("book/src");
    let mut pages = BTreeSet::new();
    collect(&book, &mut pages);
    let summary = read(&book.join("SUMMARY.md"));
    for page in &pages {
        let name = page.strip_prefix(&book).unwrap().to_str().unwrap();
        assert!(
            name == "SUMMARY.md" || summary.contains(&format!("({name})")),
            "{name} is not in SUMMARY.md"
        );
    }
    for name in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        pages.insert(common::repository().join(name));
    }
    let broken: Vec<String> = pages.iter().flat_map(|page| broken_links(page)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn collect(folder: &Path, pages: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.insert(path);
        }
    }
}

/// Links out of the repository are not followed.
fn broken_links(page: &Path) -> Vec<String> {
    let text = without_code(&read(page));
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let is_broken = |link: &&str| {
        let (file, heading) = link.split_once('#').unwrap_or((link, ""));
        let target = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().join(file) };
        let is_heading = |target: &Path| headings(&read(target)).contains(heading);
        !target.exists() || (!heading.is_empty() && !is_heading(&target))
    };
    let inside = links.filter(|link| !link.contains("://"));
    inside.filter(is_broken).map(|link| format!("{}: {link} leads nowhere", page.display())).collect()
}

fn without_code(text: &str) -> String {
    let mut inside = false;
    let mut out = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            // Pieces between backticks, at odd positions, are code.
            out += &line.split('`').step_by(2).collect::<String>();
            out.push('\n');
        }
    }
    out
}

/// The headings' names in links, as mdBook makes them; `{#name}` at the end sets one.
fn headings(text: &str) -> BTreeSet<String> {
    let name = |line: &str| {
        if let Some((_, given)) = line.trim_end_matches('}').split_once("{#") {
            return given.to_owned();
        }
        let title = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        title.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect()
    };
    text.lines().filter(|line| line.starts_with('#')).map(name).collect()
}
