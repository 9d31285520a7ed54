//! The rules of CONTRIBUTING that a program can check.

use super::circles::circles;
use super::measures::{DocComment, doc_comments, file_lengths, functions, repeated_types, wide_comments};
use super::pure::{PURE_ROOMS, outside_access};
use super::sources::{GO_PROGRAMS, PROGRAM, RUNTIME, Source, TESTS, repository};

/// The limits of CONTRIBUTING.
pub const LONGEST_FUNCTION: usize = 60;
pub const LONGEST_FILE: usize = 500;
pub const MOST_PARAMETERS: usize = 5;
pub const COMMENT_COLUMNS: usize = 100;

/// Files that describe the same things: as written, as compiled, as pinned.
const PHASES: [&str; 3] = ["src/syntax/ast.rs", "src/bundle/mod.rs", "src/lock.rs"];

/// The things that each phase has a type for, by the same name.
const PHASED: [&str; 13] = [
    "Anchor",
    "Bind",
    "Import",
    "Param",
    "Plugin",
    "Port",
    "Reach",
    "Receiver",
    "Rule",
    "StateVar",
    "StructExt",
    "Target",
    "Template",
];

#[test]
fn functions_are_short() {
    let long = |sources: &[Source]| {
        let long = functions(sources).into_iter().filter(|function| function.lines > LONGEST_FUNCTION);
        long.map(|it| format!("{} {}: {} lines", it.at, it.name, it.lines)).collect::<Vec<_>>()
    };
    none("functions that are too long in src and benches", long(&PROGRAM));
    none("functions that are too long in runtime", long(&RUNTIME));
    none("functions that are too long in tests", long(&TESTS));
}

#[test]
fn functions_take_few_parameters() {
    let many = |sources: &[Source]| {
        let many = functions(sources).into_iter().filter(|function| function.parameters > MOST_PARAMETERS);
        many.map(|it| format!("{} {}: {} parameters", it.at, it.name, it.parameters)).collect::<Vec<_>>()
    };
    none("functions with too many parameters in src and benches", many(&PROGRAM));
    none("functions with too many parameters in runtime", many(&RUNTIME));
    none("functions with too many parameters in tests", many(&TESTS));
}

#[test]
fn files_are_short() {
    let all = [&*PROGRAM, &*RUNTIME, &*TESTS, &*GO_PROGRAMS];
    let long =
        all.into_iter().flat_map(|sources| file_lengths(sources)).filter(|(_, lines)| *lines > LONGEST_FILE);
    none("files that are too long", long.map(|(path, lines)| format!("{path}: {lines} lines")));
}

#[test]
fn comments_are_narrow() {
    none("comments over 100 columns in src and benches", wide_comments(&PROGRAM, COMMENT_COLUMNS));
    none("comments over 100 columns in runtime", wide_comments(&RUNTIME, COMMENT_COLUMNS));
    none("comments over 100 columns in tests", wide_comments(&TESTS, COMMENT_COLUMNS));
}

#[test]
fn a_type_name_means_one_thing() {
    none("type names that are declared twice in src", repeated(&PROGRAM));
    none("type names that are declared twice in a package of runtime", repeated(&RUNTIME));
}

/// Each name that is declared more than once, with its places, except those that the phases share.
pub fn repeated(sources: &[Source]) -> Vec<String> {
    let mut out = Vec::new();
    for ((_, name), places) in repeated_types(sources) {
        let phased = PHASED.contains(&name.as_str())
            && places.iter().all(|place| PHASES.iter().any(|file| place.starts_with(file)));
        if !phased {
            out.push(format!("{name}: {}", places.join(", ")));
        }
    }
    out
}

#[test]
fn each_name_that_the_phases_may_share_is_shared() {
    let repeated = repeated_types(&PROGRAM);
    let single = PHASED.into_iter().filter(|name| !repeated.keys().any(|(_, it)| it == name));
    assert_eq!(single.collect::<Vec<_>>(), [""; 0], "these need no permission");
}

#[test]
fn no_files_import_each_other() {
    none("circles of files that import each other", circles(&PROGRAM));
}

#[test]
fn doc_comments_name_their_thing() {
    let asking = |sources: &[Source]| {
        let asking = doc_comments(sources).into_iter().filter(DocComment::asks);
        asking.map(|doc| format!("{}: {}", doc.at, doc.text)).collect::<Vec<_>>()
    };
    let rule = "doc comments that begin with What, Whether, Where, How or Why";
    none(&format!("{rule} in src and benches"), asking(&PROGRAM));
    none(&format!("{rule} in runtime"), asking(&RUNTIME));
}

#[test]
fn pure_rooms_do_no_io() {
    none(&format!("uses of the world outside in {PURE_ROOMS:?}"), outside_access(&PROGRAM));
}

/// The program and the Go module that it links in are released together.
#[test]
fn program_and_go_module_have_one_version() {
    let boot = std::fs::read_to_string(repository().join("runtime/boot/boot.go")).unwrap();
    let version = boot.lines().find_map(|line| line.strip_prefix("const Version = ")).unwrap();
    assert_eq!(version.trim_matches('"'), env!("CARGO_PKG_VERSION"), "runtime/boot/boot.go and Cargo.toml");
}

/// Fails if there are places that break a rule.
fn none(rule: &str, places: impl IntoIterator<Item = String>) {
    let places: Vec<String> = places.into_iter().collect();
    assert!(places.is_empty(), "{} {rule}:\n{}", places.len(), places.join("\n"));
}
