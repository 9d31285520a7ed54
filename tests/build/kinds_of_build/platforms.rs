//! Other platforms: linked, not run.

use super::module::Module;
use crate::common::process::run;

#[test]
fn other_platforms_link() {
    let probe = Module::probe();
    for (os, arch) in [("linux", "arm64"), ("darwin", "arm64"), ("windows", "amd64")] {
        probe.build(&[], &[("GOOS", os), ("GOARCH", arch), ("CGO_ENABLED", "0")]);
    }
}

/// Two rules for one function, each for its platforms.
const RULES: &str = "plugin systems {
    target own {
        rule here {
            platforms linux, darwin/arm64
            func      main
            enter     { println(\"hook: here\") }
        }

        rule there {
            platforms windows
            func      main
            enter     { println(\"hook: there\") }
        }
    }
}
";

#[test]
fn rules_for_platforms_are_left_out_on_others() {
    let probe = Module::probe();
    let bundle = probe.bundle(RULES);
    for (os, arch, here, there) in [
        ("linux", "arm64", true, false),
        ("darwin", "arm64", true, false),
        ("darwin", "amd64", false, false),
        ("windows", "amd64", false, true),
    ] {
        let mut plan = probe.go.goagent(&probe.path(), &["plan", "--no-std", &bundle, "."]);
        let said = run(plan.env("GOOS", os).env("GOARCH", arch));
        said.expect_success("goagent plan");
        let has = |name: &str| said.stdout.contains(&format!("systems/{name}\n"));
        assert_eq!((has("here"), has("there")), (here, there), "{os}/{arch}: {}", said.stdout);
    }
}
