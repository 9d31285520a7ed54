//! Test binaries: the agent sleeps in them. If it is woken, tests still find nothing of it except
//! its spans and headers.

use std::process::Command;

use super::module::Module;
use crate::common::process::run;
use crate::common::telemetry::Sends;

#[test]
fn the_agent_sleeps_in_tests_until_it_is_woken() {
    let module = Module::asleep();
    let spans = module.folder.path().join("spans");
    let to_file = |command: &mut Command| {
        command.as_usual().env("OTEL_TRACES_EXPORTER", "file").env("GOAGENT_FILE", &spans);
        command.env("OTEL_METRICS_EXPORTER", "none").env_remove("GOAGENT_IN_TESTS");
    };
    let words = ["test", "-count=1", "."];
    let binary = module.folder.path().join("asleep.test");
    let mut compile = module.goagent(&["test", "-c", "-o", binary.to_str().unwrap(), "."]);
    run(&mut compile).expect_success("goagent test -c");
    for mut asleep in [module.goagent(&words), module.go.program(binary.to_str().unwrap(), &module.path())] {
        to_file(&mut asleep);
        run(&mut asleep).expect_success("tests, asleep");
        assert!(!spans.exists(), "something was set up");
    }
    let mut awake = module.goagent(&words);
    to_file(&mut awake);
    run(awake.env("GOAGENT_IN_TESTS", "true")).expect_success("tests, awake");
    let text = std::fs::read_to_string(&spans).unwrap();
    assert_eq!(text.matches(r#""name":"Work""#).count(), 4, "{text}");
}
