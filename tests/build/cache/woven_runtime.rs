//! The woven runtime takes the plain one's place when a program is linked, because importers cannot
//! tell them apart; if they can, everything is compiled against it.
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cache::world::{GOAGENT, World, expect_woven};
use crate::common;
use crate::common::go::Go;
use crate::common::process::run;
use crate::common::telemetry::Sends;
use camino::{Utf8Path, Utf8PathBuf};
use gorule::gotool::archive::export_data;
use gorule::store::{Store, load, save};
use gorule::toolexec::protocol::{Job, Session};
use gorule::version::Version;
use gorule::weave::Unit;

/// The plain runtime's archive with these flags, or the woven one's with these and a mark.
fn archive(go: &Go, flags: &[&str], marked: &[String]) -> Vec<u8> {
    let mut list = go.go(common::repository(), &["list", "-export", "-f", "{{.Export}}"]);
    list.current_dir(common::repository().join("tests/fixtures/cache/probe"));
    let output = run(list.args(flags).args(marked).arg("runtime"));
    std::fs::read(output.expect_success("go list -export runtime").stdout.trim()).unwrap()
}

/// The rules of the standard plugins for this Go's runtime, and a store with a job for them.
fn runtime_unit(go: &Go, store: &Store) -> Unit {
    let bundle = gorule::embedded::standard_bundle(store).unwrap();
    let version = Version::parse(&go.name).unwrap();
    gorule::plan::unit(
        &[bundle],
        &gorule::plan::BuildPackage::named("runtime"),
        Some(&version),
        &version,
        &mut Vec::new(),
    )
    .unwrap()
}

/// For each kind of build that compiles runtime in another way.
#[test]
fn importers_cannot_tell_the_woven_runtime_from_the_plain_one() {
    for go in Go::all() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap());
        let unit = runtime_unit(&go, &store);
        for (flags, own) in [([].as_slice(), ""), (&["-race"], ""), (&["-gcflags=all=-N -l"], "-N -l ")] {
            let digest: String =
                blake3::hash(format!("{flags:?}{}", unit.digest()).as_bytes()).to_hex()[..32].to_owned();
            let job = Job { unit: unit.clone(), archives: BTreeMap::new(), remarks: None };
            save(&store.job(&digest), &job).unwrap();
            let session = store.session("test");
            let marked = [
                format!("-gcflags=runtime={own}-goagent={digest}"),
                format!("-toolexec={GOAGENT} toolexec --session={session}"),
            ];
            let (plain, woven) = (archive(&go, flags, &[]), archive(&go, flags, &marked));
            assert!(plain != woven, "{} {flags:?}: nothing is woven", go.name);
            let (plain, woven) = (export_data(&plain).unwrap(), export_data(&woven).unwrap());
            assert!(plain.len() > 5_000, "{} {flags:?}: {} bytes", go.name, plain.len());
            assert!(plain == woven, "{} {flags:?}: the export data of runtime differs", go.name);
        }
    }
}

/// The session of the only build that a world has seen.
fn session(world: &World) -> Session {
    let sessions: Vec<PathBuf> = std::fs::read_dir(world.path("goagent/sessions"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    load(Utf8Path::from_path(&sessions[0]).unwrap()).unwrap()
}

/// So goagent does not mark it, and the linker puts it in.
#[test]
fn the_woven_runtime_is_put_in_by_the_linker() {
    for go in Go::all() {
        let world = World::empty(&go);
        let mut build = world.build(true, "out");
        expect_woven(run(build.env("GOCACHE", Go::cache())).expect_success("the build"));
        let session = session(&world);
        assert!(
            session.notes.is_empty() && !session.marks.contains_key("runtime"),
            "{}: {session:?}",
            go.name
        );
        let woven = std::fs::read(&session.runtime.expect("it is put in").archive).unwrap();
        assert_eq!(export_data(&woven), export_data(&archive(&go, &[], &[])), "{}", go.name);
    }
}

/// A declaration that importers can see.
const SEEN: &str = "plugin seen {
    target \"runtime\" [1.18, ) {
        decl { func GoagentSeen() int { return 1 } }
        bare rule version {
            func Version
            replace `buildVersion` { buildVersion }
        }
    }
}
";

#[test]
fn where_importers_can_tell_everything_is_compiled_against_it() {
    let go = Go::newest();
    let world = World::empty(&go);
    world.write_bundle("seen", SEEN);
    let mut build = world.build(true, "out");
    build.arg(format!("--bundle={}", world.path("seen.gobundle").display())).env("GOCACHE", Go::cache());
    let output = run(&mut build);
    output.expect_success("the build");
    assert!(output.stderr.contains("looks different to its importers"), "{}", output.stderr);
    assert!(output.stderr.contains("example.com/probe/a"), "{}", output.stderr);
    let session = session(&world);
    assert!(session.runtime.is_none() && session.marks.contains_key("runtime"), "{session:?}");
    let mut program = world.command(world.path("out"));
    let ran = run(program.only_spans("console"));
    ran.expect_success("the program");
    assert_eq!(ran.stdout, "hello world 1\n");
    assert!(ran.stderr.contains("say world"), "no span: {}", ran.stderr);
}
