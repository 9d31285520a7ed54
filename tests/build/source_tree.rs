//! `goagent build` leaves nothing behind: the user's files, and the results of later plain builds,
//! are as they were.
use std::path::Path;
use std::process::Command;

use crate::common;
use crate::common::go::Go;
use crate::common::process::run;

/// A copy of the shop in a repository of its own, all of it committed.
fn shop_in_git() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    common::copy_folder(&common::repository().join("examples/shop"), folder.path());
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "--all"]);
    git(
        folder.path(),
        &["-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "-m", "shop"],
    );
    folder
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = run(Command::new("git").current_dir(folder).args(arguments));
    output.expect_success(&format!("git {arguments:?}")).stdout.clone()
}

#[test]
fn nothing_is_left_behind() {
    for go in Go::oldest_and_newest() {
        let shop = shop_in_git();
        let out = tempfile::tempdir().unwrap();
        let read = |path: &Path| std::fs::read(path).unwrap();
        let before = go.build_plain(shop.path(), &["."], &out.path().join("before"));
        let module = (read(&shop.path().join("go.mod")), read(&shop.path().join("go.sum")));

        let woven = go.build_woven(shop.path(), &["."], &out.path().join("woven"));
        assert_ne!(read(&woven.binary), read(&before.binary), "{}: nothing was woven", go.name);
        assert!(woven.output.stderr.contains("net/http"), "{}: {}", go.name, woven.output.stderr);
        assert_eq!(git(shop.path(), &["status", "--porcelain", "--ignored"]), "", "{}", go.name);
        assert_eq!(
            (read(&shop.path().join("go.mod")), read(&shop.path().join("go.sum"))),
            module,
            "{}",
            go.name
        );

        let after = go.build_plain(shop.path(), &["."], &out.path().join("after"));
        assert!(read(&before.binary) == read(&after.binary), "{}: a plain build gives other bytes", go.name);
        assert!(
            git(shop.path(), &["status", "--porcelain", "--ignored"]).is_empty(),
            "{}: the comparison has left something behind itself",
            go.name
        );
        run(&mut go.go(shop.path(), &["mod", "verify"])).expect_success("go mod verify");
    }
}

/// With -trimpath the same source gives the same bytes in any folder, from a cold cache of
/// goagent's as well.
#[test]
fn another_folder_gives_the_same_bytes() {
    let go = Go::newest();
    let build = |cache: Option<&Path>| {
        let folder = tempfile::tempdir().unwrap();
        common::copy_folder(&common::repository().join("examples/shop"), folder.path());
        let out = folder.path().join("out");
        let mut command =
            go.goagent(folder.path(), &["build", "-trimpath", "-buildvcs=false", "-o", "out", "."]);
        if let Some(cache) = cache {
            command.env("GOAGENT_CACHE", cache);
        }
        run(&mut command).expect_success("goagent build");
        std::fs::read(out).unwrap()
    };
    let cold = tempfile::tempdir().unwrap();
    assert!(build(None) == build(Some(cold.path())), "another folder gives other bytes");
}
