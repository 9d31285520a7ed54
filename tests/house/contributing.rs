//! Checks that CONTRIBUTING's table of questions leads to files and functions that exist.

use super::sources::repository;

/// The rows of the table: question, file, function.
fn answers(text: &str) -> Vec<[String; 3]> {
    let table = text.split("| question |").nth(1).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        [cells[0], cells[1].trim_matches('`'), cells[2].trim_matches('`')].map(str::to_owned)
    };
    rows.map(cells).collect()
}

#[test]
fn each_question_leads_to_a_function() {
    let text = std::fs::read_to_string(repository().join("CONTRIBUTING.md")).unwrap();
    let answers = answers(&text);
    assert!(answers.len() >= 8, "only {} questions were found", answers.len());
    for [question, file, function] in answers {
        let source = std::fs::read_to_string(repository().join(&file))
            .unwrap_or_else(|error| panic!("{question}: {file}: {error}"));
        let declares = |line: &str| {
            let line = line.trim_start();
            let is_rust =
                line.contains(&format!("fn {function}(")) || line.contains(&format!("fn {function}<"));
            let is_go = line.starts_with("func ") && line.contains(&format!("{function}("));
            is_rust || is_go
        };
        assert!(source.lines().any(declares), "{question}: {file} declares no function {function}");
    }
}
