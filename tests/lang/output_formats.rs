//! `--format short|json|sarif`: the same findings in every format, SARIF by its official schema,
//! streams and exit codes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::rule_files::{Fixture, all};
use gorule::author::compile::CompileReport;
use gorule::author::output::Format;
use gorule::diagnostic::Screen;
use serde_json::Value;

use crate::fixed_world::compile_text;

const FORMATS: [&str; 4] = ["human", "short", "json", "sarif"];

fn show(format: Format, report: &CompileReport) -> String {
    format.show(&report.findings, &report.coverage, Screen::default())
}

fn json(report: &CompileReport) -> Value {
    serde_json::from_str(&show(Format::Json, report)).unwrap()
}

fn sarif(report: &CompileReport) -> Value {
    serde_json::from_str(&show(Format::Sarif, report)).unwrap()
}

fn fixture(name: &str) -> Fixture {
    all("bad").into_iter().find(|fixture| fixture.name == name).unwrap_or_else(|| panic!("no fixture {name}"))
}

/// The schema as OASIS publishes it. The crate that carries it is fetched as a dependency and never
/// compiled.
fn official_schema() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let found = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let folder = PathBuf::from(found["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned();
    let text = std::fs::read_to_string(folder.join("src/schema.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    // The pattern of these two fields, which nothing here writes, is no regular expression: a
    // bracket is missing.
    for holder in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][holder]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    assert!(schema["title"].as_str().unwrap().contains("SARIF) Version 2.1.0"), "{}", schema["title"]);
    schema
}

#[test]
fn sarif_is_valid_by_the_official_schema() {
    let schema = official_schema();
    let validator =
        jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema is one");
    let mut places = 0;
    for fixture in all("bad") {
        let log = sarif(&fixture.report());
        let problems: Vec<String> =
            validator.iter_errors(&log).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(problems.is_empty(), "{}: {problems:#?}", fixture.name);
        places += log["runs"][0]["results"].as_array().unwrap().len();
    }
    assert!(places > 100, "{places}");
    let mut broken = sarif(&fixture("GR0003_empty").report());
    broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    assert!(!validator.is_valid(&broken), "line 0 passes: the schema is not applied");
}

/// SARIF has what code scanning requires beyond the schema.
#[test]
fn sarif_has_what_code_scanning_wants() {
    let report = fixture("GR0401_misspelt_function").report();
    let log = sarif(&report);
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), gorule::diagnostic::entries().count());
    for rule in rules {
        for field in [&rule["id"], &rule["shortDescription"]["text"], &rule["help"]["text"]] {
            assert!(!field.as_str().unwrap().is_empty(), "{rule}");
        }
        assert!(rule["fullDescription"]["text"].as_str().unwrap().chars().count() <= 1024, "{rule}");
        assert!(["error", "warning"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
    }
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.starts_with(['/', '.']) && !uri.contains(':'), "{uri}");
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().ends_with(":1"));
    }
}

/// An alert stays the same one when lines are put above it, and two on equal lines are two.
#[test]
fn fingerprints_follow_the_line() {
    let fixture = fixture("GR0105_state_not_used");
    let text = String::from_utf8(fixture.body()).unwrap();
    let moved = format!("\n\n// a comment\n{text}");
    let prints = |text: &str| -> Vec<Value> {
        let log = sarif(&compile_text("a.gorule", text.as_bytes()));
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results.into_iter().map(|result| result["partialFingerprints"].clone()).collect()
    };
    assert_eq!(prints(&text), prints(&moved));
    let twice = prints("plugin p {\n    nonsense\n    nonsense\n}\n");
    assert_eq!(twice.len(), 2);
    assert_ne!(twice[0], twice[1]);
}

#[test]
fn documents_look_as_they_did() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/formats");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in ["GR0401_misspelt_function", "GR0404_too_few", "GR0001_several_at_once"] {
            let report = fixture(name).report();
            insta::assert_snapshot!(format!("{name}_short"), show(Format::Short, &report));
            insta::assert_snapshot!(format!("{name}_json"), show(Format::Json, &report));
            let mut log = sarif(&report);
            log["runs"][0]["tool"]["driver"]["rules"] = "all of the registry".into();
            for result in log["runs"][0]["results"].as_array_mut().unwrap() {
                result["ruleIndex"] = "its place in the registry".into();
            }
            insta::assert_snapshot!(format!("{name}_sarif"), format!("{log:#}"));
        }
    });
}

/// Every format names the same codes at the same places.
#[test]
fn formats_agree() {
    for fixture in all("bad") {
        let report = fixture.report();
        let short = show(Format::Short, &report);
        let lines: Vec<String> =
            short.lines().map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(": ")).collect();
        let document = json(&report);
        assert_eq!(document["schema"], gorule::diagnostic::json::SCHEMA);
        let of_json: Vec<String> =
            document["findings"].as_array().unwrap().iter().map(line_of_json).collect();
        assert_eq!(lines, of_json, "{}", fixture.name);
        let log = sarif(&report);
        let of_sarif: Vec<String> =
            log["runs"][0]["results"].as_array().unwrap().iter().map(line_of_sarif).collect();
        assert_eq!(lines, of_sarif, "{}", fixture.name);
        let errors = report.findings.iter().filter(|found| found.is_error()).count();
        assert_eq!(document["errors"], errors, "{}", fixture.name);
    }
}

fn line_of_json(found: &Value) -> String {
    let (place, start) = (&found["place"], &found["place"]["start"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let at = format!("{}:{}:{}", text(&place["file"]), start["line"], start["column"]);
    format!("{at}: {}[{}]", text(&found["severity"]), text(&found["code"]))
}

fn line_of_sarif(found: &Value) -> String {
    let place = &found["locations"][0]["physicalLocation"];
    let region = &place["region"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let at = format!(
        "{}:{}:{}",
        text(&place["artifactLocation"]["uri"]),
        region["startLine"],
        region["startColumn"]
    );
    format!("{at}: {}[{}]", text(&found["level"]), text(&found["ruleId"]))
}

/// A fix is the whole remedy: after it is applied, the mistake is not found again at that place.
#[test]
fn fixes_mend_what_they_are_for() {
    let mut fixes = 0;
    for fixture in all("bad") {
        let body = String::from_utf8_lossy(&fixture.body()).into_owned();
        for found in fixture.report().findings {
            let Some(fix) = &found.fix else { continue };
            fixes += 1;
            let mut fixed = body.clone();
            fixed.replace_range(found.labels[0].span.clone(), fix);
            let report = compile_text(&format!("{}.gorule", fixture.name), fixed.as_bytes());
            let again = report.findings.iter().any(|other| {
                other.code == found.code && other.labels[0].span.start == found.labels[0].span.start
            });
            assert!(!again, "{}: {} is no remedy", fixture.name, found.help.unwrap());
        }
    }
    assert!(fixes > 8, "{fixes}");
}

fn gorulec(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gorulec")).args(args).current_dir(folder).output().unwrap()
}

#[test]
fn exit_codes_are_the_same_and_standard_output_has_the_document_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.gorule"), "plugn x { }\n").unwrap();
    std::fs::write(
        folder.path().join("good.gorule"),
        "plugin g {\n    target \"net/http\" [1.18, ) {\n        rule r {\n            func Get\n            enter { println() }\n        }\n    }\n}\n",
    )
    .unwrap();
    for format in FORMATS {
        for (file, code) in [("bad.gorule", 1), ("good.gorule", 0), ("nowhere.gorule", 1)] {
            let output = gorulec(folder.path(), &["check", "--offline", "--format", format, file]);
            assert_eq!(output.status.code(), Some(code), "{format} {file}");
            let stdout = String::from_utf8(output.stdout).unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            match format {
                "human" => assert!(stdout.is_empty(), "{stdout}"),
                "short" => assert_eq!(stdout.lines().count(), usize::try_from(code).unwrap(), "{stdout}"),
                _ => assert!(serde_json::from_str::<Value>(&stdout).is_ok(), "{stdout}"),
            }
            assert_eq!(stderr.lines().count() == 1, format != "human", "{format} {file}: {stderr}");
        }
    }
    assert_eq!(gorulec(folder.path(), &["check", "--format", "xml", "."]).status.code(), Some(2));
    let compiled = gorulec(folder.path(), &["compile", "--offline", "--format", "json", "good.gorule"]);
    assert!(compiled.status.success() && folder.path().join("plugins.gobundle").exists());
}

/// Findings about no file are notifications: code scanning refuses a result without a place.
#[test]
fn what_has_no_place_is_a_notification() {
    let folder = tempfile::tempdir().unwrap();
    let output = gorulec(folder.path(), &["check", "--format", "sarif", "."]);
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["toolExecutionNotifications"][0]["descriptor"]["id"], "GR0017");
    assert_eq!(log["runs"][0]["results"], Value::Array(Vec::new()));
}
