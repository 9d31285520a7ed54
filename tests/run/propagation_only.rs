//! A program that is told to make no telemetry still passes on the trace context that it receives,
//! unless it is told not to.
use std::path::Path;
use std::process::Command;

use crate::common;
use crate::common::go::Go;
use crate::common::process::run;
use crate::common::telemetry::Sends;

const SENT: &str = "[00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01] [a=b]";

#[test]
fn a_disabled_program_passes_on_what_it_is_sent() {
    let source = common::repository().join("tests/fixtures/passing");
    let folder = tempfile::tempdir().unwrap();
    for go in Go::oldest_and_newest() {
        let plain = go.build_plain(&source, &["."], &folder.path().join("plain"));
        let woven = go.build_woven(&source, &["--strict", "."], &folder.path().join("woven"));
        let disabled = ("OTEL_SDK_DISABLED", "true");
        let nobody = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")];
        assert_eq!(first(&plain, &[]), "[] []", "{}", go.name);
        assert_eq!(first(&woven, &[disabled]), SENT, "{}", go.name);
        assert_eq!(first(&woven, &nobody), SENT, "{}", go.name);
        assert_eq!(first(&woven, &[disabled, ("OTEL_PROPAGATORS", "none")]), "[] []", "{}", go.name);
    }
}

/// The headers that the back end received with the first request; with the second one it receives
/// none.
fn first(binary: &Path, environment: &[(&str, &str)]) -> String {
    let output = run(Command::new(binary).as_usual().envs(environment.iter().copied()));
    let said = &output.expect_success("passing").stdout;
    let (first, rest) = said.split_once('\n').unwrap();
    assert_eq!((rest, output.stderr.as_str()), ("[] []\nanswers: 2\n", ""), "{environment:?}");
    first.to_owned()
}
