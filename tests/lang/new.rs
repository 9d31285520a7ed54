//! The output of `gorulec new` is accepted by `gorulec check` as it is.

use std::path::Path;
use std::process::{Command, Output};

use crate::fixed_world::{World, compile_text};
use gorule::author::new;
use gorule::gotool::Go;

fn written(package: &str, function: &str) -> String {
    new::write(package, function, &World, false)
        .unwrap_or_else(|error| panic!("{package} {function}: {error}"))
}

fn refused(package: &str, function: &str) -> String {
    new::write(package, function, &World, false).unwrap_err().to_string()
}

#[test]
fn what_is_written_looks_as_it_did() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/formats");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_snapshot!("new_method", written("example.com/lib", "Conn.Query"));
        insta::assert_snapshot!("new_function", written("example.com/lib@1.0.0", "Open"));
        insta::assert_snapshot!("new_generic", written("example.com/lib", "(*Tree).Get"));
    });
}

#[test]
fn every_function_of_the_small_world_can_be_begun_with() {
    for package in ["example.com/lib", "example.com/lib@1.1", "example.com/lib/pool", "net/http"] {
        let all = new::list(package, &World, false).unwrap();
        assert!(!all.is_empty(), "{package}");
        for candidate in all {
            let text = written(package, &candidate.name);
            let report = compile_text("a.gorule", text.as_bytes());
            assert!(report.bundle.is_some() && report.findings.is_empty(), "{text}");
        }
    }
}

/// The range begins at the lowest release that the rule fits. A signature that changes after the
/// version named makes it this one version.
#[test]
fn the_range_is_where_it_holds() {
    assert!(written("example.com/lib", "Conn.Close").contains("[1.2.0, )"));
    assert!(written("example.com/lib", "Conn.Query").contains("[1.0.0, )"));
    assert!(written("example.com/lib@1.0.0", "Conn.Close").contains("[1.0.0, 1.0.0]"));
    assert!(written("net/http", "Request.Context").contains("[1.18, )"));
    let offline = new::write("example.com/lib", "Conn.Query", &World, true).unwrap();
    assert!(
        offline.contains("[1.0.0, )") && offline.contains("Only the releases on this machine"),
        "{offline}"
    );
}

#[test]
fn what_cannot_be_begun_is_said() {
    assert!(refused("example.com/lib", "Conn.Qeury").contains("did you mean `Conn.Query`?"));
    assert!(refused("example.com/lib", "Zzz").contains("`gorulec new example.com/lib` lists"));
    assert!(refused("example.com/lib/wire", "Sender.Send").contains("write `sendable.Send`"));
    assert!(refused("example.com/lib/wire", "Sender.Reset").contains("write `deep.Reset`"));
    assert!(refused("example.com/lib/wire", "Sender.Flush").contains("the interface `Flusher`"));
    assert!(refused("example.com/lib/wire", "Sender.Close").contains("the package of `io.Closer`"));
    assert!(
        refused("example.com/old", "Open")
            .ends_with("its module declares its path as example.com/lib; did you mean example.com/lib?")
    );
    assert!(refused("example.com/lib", "hash").contains("GR0407"));
    assert!(refused("example.com/lib", "spin").contains("GR0408"));
    assert!(refused("example.com/lib@banana", "Open").contains("not a version"));
    assert!(refused("example.com/lib@3.0.0", "Open").contains("there are 1.0.0, 1.1.0 and 1.2.0"));
    assert!(refused("example.com/lib/pol", "Get").contains("did you mean example.com/lib/pool?"));
    assert!(refused("net/htttp", "Get").contains("did you mean net/http?"));
}

fn gorulec(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gorulec")).args(args).current_dir(folder).output().unwrap()
}

/// A database of checksums that nobody can reach and of which nothing is kept.
const NO_DATABASE: &str =
    "localhost.localdev/sumdb+00000c67+AcTrnkbUA+TU4heY3hkjiSES/DSQniBqIeQ/YppAUtK6 http://127.0.0.1:1";

/// Real packages; gin is downloaded if it is not there yet.
#[test]
fn real_functions() {
    let folder = tempfile::tempdir().unwrap();
    for (package, function, offline) in [
        ("net/http", "Client.Do", true),
        ("database/sql", "DB.QueryContext", true),
        ("github.com/gin-gonic/gin@1.9.1", "Engine.ServeHTTP", false),
    ] {
        let file = format!("{}.gorule", function.replace('.', "_"));
        let mut args = vec!["new", package, function, "-o", &file];
        args.extend(offline.then_some("--offline"));
        let output = gorulec(folder.path(), &args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // To compile its templates takes what gin requires, which may not be there yet.
        let mut check = vec!["check", "--format", "short", &file];
        check.extend(offline.then_some("--offline"));
        let checked = gorulec(folder.path(), &check);
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(checked.status.success() && said.is_empty(), "{file}: {said}");
        assert!(gorulec(folder.path(), &["fmt", "--check", &file]).status.success(), "{file}");
        assert_eq!(gorulec(folder.path(), &args).status.code(), Some(1), "a file that is there is kept");
    }
    // Now all that gin requires is there: no database of checksums is asked for it.
    let mut command = Command::new(env!("CARGO_BIN_EXE_gorulec"));
    command.args(["check", "--offline", "--format", "short", "Engine_ServeHTTP.gorule"]);
    command.current_dir(folder.path()).env("GOAGENT_CACHE", folder.path()).env("GOSUMDB", NO_DATABASE);
    command.env("GOTOOLCHAIN", "local"); // go itself would ask it for another toolchain
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.is_empty(), "{said}{}", String::from_utf8_lossy(&output.stderr));

    let list = gorulec(folder.path(), &["new", "--offline", "database/sql"]);
    let lines = String::from_utf8(list.stdout).unwrap();
    let names: Vec<&str> = lines.lines().map(|line| line.split('(').next().unwrap()).collect();
    let at = |name: &str| names.iter().position(|n| *n == name).unwrap_or_else(|| panic!("{name}: {lines}"));
    assert!(at("DB.QueryContext") < at("DB.Query"), "{lines}");
    assert!(!names.iter().any(|name| name.contains("driverConn")), "{lines}");
}

/// Some functions of two large packages, all of them with `GOAGENT_NEW_ALL=1` (minutes): the output
/// is accepted.
#[test]
fn functions_of_real_packages() {
    let step = if std::env::var_os("GOAGENT_NEW_ALL").is_some() { 1 } else { 25 };
    for package in ["net/http", "database/sql"] {
        let all = new::list(package, &Go::from_path(), true).unwrap();
        let refused: Vec<String> = all
            .iter()
            .step_by(step)
            .filter_map(|one| new::write(package, &one.name, &Go::from_path(), true).err())
            .map(|error| error.to_string())
            .collect();
        assert!(
            all.len() > 50 && refused.is_empty(),
            "{package}: {} refused\n{}",
            refused.len(),
            refused.concat()
        );
    }
}
