//! The toolchains that tests run with.

use std::process::Command;

use super::go::Go;
use super::process::run;

/// The oldest toolchain and the newest.
const USUAL: [&str; 2] = ["go1.18.10", "go1.27.3"];
/// The last patch of every minor version.
const EVERY: [&str; 10] = [
    "go1.18.10",
    "go1.19.13",
    "go1.20.14",
    "go1.21.13",
    "go1.22.12",
    "go1.23.12",
    "go1.24.13",
    "go1.25.9",
    "go1.26.8",
    "go1.27.3",
];

/// The tests of one toolchain may be left out with `GOAGENT_TEST_GO`: `all`, or names with commas
/// between.
fn chosen() -> Vec<String> {
    let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect();
    match std::env::var("GOAGENT_TEST_GO").as_deref() {
        Err(_) | Ok("") => {
            let mut usual: Vec<String> = names(&USUAL);
            let local = local();
            if !usual.contains(&local) {
                usual.push(local);
            }
            usual
        }
        Ok("all") => names(&EVERY),
        Ok(list) => names(&list.split(',').collect::<Vec<_>>()),
    }
}

/// The version of the `go` that is installed.
fn local() -> String {
    let output = run(Command::new("go").args(["env", "GOVERSION"]).env("GOTOOLCHAIN", "local"));
    output.expect_success("go env GOVERSION").stdout.trim().to_owned()
}

impl Go {
    /// The toolchains to test with.
    pub fn all() -> Vec<Self> {
        chosen().into_iter().map(|name| Self { name }).collect()
    }

    /// The oldest and the newest of them.
    pub fn oldest_and_newest() -> Vec<Self> {
        let mut all = Self::all();
        all.sort_by_key(Self::version);
        all.dedup();
        match (all.first().cloned(), all.last().cloned()) {
            (Some(first), Some(last)) if first != last => vec![first, last],
            (first, _) => first.into_iter().collect(),
        }
    }

    /// The newest of them.
    pub fn newest() -> Self {
        Self::all().into_iter().max_by_key(Self::version).unwrap()
    }

    /// Minor and patch, to compare by.
    pub fn version(&self) -> (u32, u32) {
        let mut parts = self.name.trim_start_matches("go1.").split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }
}
