//! `gorulec expand`: the code of a rule, at a version, and the message if there is no such thing.

use crate::fixed_world::World;
use camino::Utf8PathBuf;
use gorule::author::CommandError;
use gorule::author::expand::{ExpandRequest, expand};
use gorule::gotool::Go;

const LIB: &str = "plugin p {
    target \"example.com/lib\" [1.0.0, ) {
        rule one {
            func Open
            enter { _ = \"the first\" }
        }

        rule other {
            versions [1.1.0, )
            func Open
            enter { {{#since \"1.2.0\"}}_ = \"new\"{{else}}_ = \"old\"{{/since}} }
        }
    }
}
";

/// Expands a rule of a text; a refusal is returned as text too.
fn of(text: &str, rule: &str, version: Option<&str>) -> Result<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let file = Utf8PathBuf::from_path_buf(dir.path().join("p.gorule")).unwrap();
    std::fs::write(&file, text).unwrap();
    let version = version.map(str::to_owned);
    let request = ExpandRequest { file, rule: rule.to_owned(), version, offline: false };
    expand(&request, &World).map_err(|refused| match refused {
        CommandError::Because(why) => why.to_string(),
        CommandError::Findings(findings) => findings.iter().map(|found| found.code.code).collect(),
    })
}

#[test]
fn a_rule_is_shown_alone_at_the_highest_version_or_another() {
    let text = of(LIB, "one", None).unwrap();
    assert!(text.starts_with("# one at example.com/lib v1.2.0\n# woven at Open, line "), "{text}");
    assert!(text.contains("_ = \"the first\"") && !text.contains("\"new\""), "{text}");
    let added: Vec<&str> =
        text.lines().filter(|line| line.starts_with('+') && line.contains("func Open(")).collect();
    assert!(added.len() == 1 && added[0].contains("goagent_enter_1("), "{text}");
    assert!(text.contains("\n-func Open("), "{text}");

    let text = of(LIB, "p/other", None).unwrap();
    assert!(text.contains("\"new\"") && !text.contains("\"old\"") && !text.contains("the first"), "{text}");
    let text = of(LIB, "other", Some("1.1.0")).unwrap();
    assert!(text.contains(" v1.1.0\n") && text.contains("\"old\"") && !text.contains("\"new\""), "{text}");
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    assert_eq!(of(LIB, "othr", None).unwrap_err(), "no rule is called `othr`; did you mean `other`?");
    assert_eq!(of(LIB, "zzzzzz", None).unwrap_err(), "no rule is called `zzzzzz`; the rules are one, other");
    let outside = of(LIB, "other", Some("1.0.0")).unwrap_err();
    assert_eq!(outside, "1.0.0 is not among the versions of rule other, [1.0.0, ) and [1.1.0, )");
    let unknown = of(LIB, "one", Some("1.2.1")).unwrap_err();
    assert!(
        unknown.starts_with("no release 1.2.1 of example.com/lib is known; did you mean 1.2.0?"),
        "{unknown}"
    );
    assert!(unknown.ends_with("there is 1.0.0, 1.1.0 and 1.2.0"), "{unknown}");
    assert!(of(LIB, "one", Some("newest")).unwrap_err().contains("`newest` is not a version"));
    assert!(of(&LIB.replace("enter", "entre"), "one", None).unwrap_err().starts_with("GR"));
}

#[test]
fn a_rule_of_net_http_at_the_go_that_is_installed() {
    let file = Utf8PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/plugins/net_http/net_http.gorule"));
    let request = |rule: &str| ExpandRequest {
        file: file.clone(),
        rule: rule.to_owned(),
        version: None,
        offline: true,
    };
    let text = expand(&request("server"), &Go::from_path()).unwrap();
    assert!(text.starts_with("# server at net/http go1."), "{text}");
    assert!(text.contains("# woven at serverHandler.ServeHTTP, line "), "{text}");
    assert!(text.contains("-func (sh serverHandler) ServeHTTP(rw ResponseWriter, req *Request) {"), "{text}");
    assert!(text.contains("semconv.StartHTTPServer") || text.contains("StartHTTPServer("), "{text}");
    // A name that two targets use is shown for both, if both have a release.
    let text = expand(&request("loops"), &Go::from_path()).unwrap();
    assert!(text.contains("(*persistConn).readLoop") && text.contains("(*persistConn).writeLoop"), "{text}");
}
