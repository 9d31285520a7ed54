//! Tests of modules with a fake cache and a fake `go`.

use std::path::Path;

use super::*;
use crate::gotool::question::{GoMissing, Output};

/// A `go` that answers `go env` and a few questions about one module.
struct Fake {
    root: tempfile::TempDir,
    /// Published tags of `example.com/Lib`; `None`: the list is refused.
    published: Option<Vec<&'static str>>,
}

impl Fake {
    fn new(published: Option<Vec<&'static str>>) -> Self {
        let root = tempfile::tempdir().unwrap();
        let files = [
            ("go/src/net/http/server.go", "package http\n\nfunc Serve() {}\n"),
            (
                "cache/golang.org/toolchain@v0.0.1-go1.20.1.linux-amd64/src/net/http/server.go",
                "package http\n",
            ),
            (
                "cache/golang.org/toolchain@v0.0.1-go1.20.1.darwin-arm64/src/net/http/server.go",
                "package http\n",
            ),
            ("cache/example.com/!lib@v1.1.0/lib.go", "package lib\n"),
            ("cache/example.com/!lib@v1.1.0/sub/sub.go", "package sub\n"),
            ("cache/example.com/!lib@v1.1.0/sub/sub_test.go", "package sub\n"),
            ("cache/example.com/!lib/nested@v0.1.0/nested.go", "package nested\n"),
        ];
        for (path, text) in files {
            let path = root.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        Self { root, published }
    }
}

impl GoCommand for Fake {
    fn run(&self, args: &[&str], _: Option<&Path>, env: &[(&str, &str)]) -> Result<Output, GoMissing> {
        let ok = |stdout: String| Ok(Output { success: true, stdout, stderr: String::new() });
        let failed =
            |text: &str| Ok(Output { success: false, stdout: String::new(), stderr: text.to_owned() });
        match args {
            ["env", ..] => ok(serde_json::json!({
                "GOROOT": self.root.path().join("go"), "GOMODCACHE": self.root.path().join("cache"),
                "GOVERSION": "go1.26.8 X:nocoverageredesign", "GOHOSTOS": "linux", "GOHOSTARCH": "amd64",
            })
            .to_string()),
            ["list", .., "example.com/Lib"] => {
                assert!(env.contains(&("GOWORK", "off")));
                match &self.published {
                    Some(tags) => ok(serde_json::json!({ "Versions": tags }).to_string()),
                    None => failed("403 Forbidden"),
                }
            }
            ["list", .., "example.com/gone"] => failed(
                "go: example.com/gone@v1.0.0: parsing go.mod:\n\tmodule declares its path as: example.com/Lib\n\t        but was required as: example.com/gone",
            ),
            ["list", .., "golang.org/toolchain"] => ok(serde_json::json!({
                "Versions": ["v0.0.1-go1.21.0.linux-amd64", "v0.0.1-go1.22.0.plan9-386"]
            })
            .to_string()),
            ["mod", "download", .., "example.com/Lib@v1.5.0"] => {
                ok(serde_json::json!({ "Dir": self.root.path().join("cache/example.com/!lib@v1.1.0") })
                    .to_string())
            }
            ["mod", "download", ..] => ok("{\"Error\": \"not available\"}".to_owned()),
            _ => failed("404 Not Found"),
        }
    }
}

fn v(text: &str) -> Version {
    Version::parse(text).unwrap()
}

fn shown(known: &KnownReleases) -> Vec<String> {
    known.releases.iter().map(|r| format!("{} {}", r.version, r.on_disk)).collect()
}

#[test]
fn the_longest_prefix_that_is_a_module_holds_a_package() {
    let fake = Fake::new(Some(vec!["v1.0.0"]));
    let modules = Modules::new(&fake, false).unwrap();
    let module = |path: &str| Ok(Home::Module(path.to_owned()));
    assert_eq!(modules.home("net/http"), Ok(Home::Std));
    assert_eq!(modules.home("example.com/Lib/sub"), module("example.com/Lib"));
    assert_eq!(modules.home("example.com/Lib/nested/x"), module("example.com/Lib/nested"));
    assert_eq!(modules.home("example.com/other"), Err(LookupError::Absent));
    let (module, package) = ("example.com/Lib".to_owned(), "example.com/Lib/sub".to_owned());
    assert_eq!(modules.home("example.com/gone/sub"), Err(LookupError::Renamed { module, package }));
}

#[test]
fn the_path_that_a_module_declares_is_found_in_all_that_says_it() {
    for why in [
        "module declares its path as: example.com/a/v2\n\t        but was required as: example.com/b",
        "not found: example.com/b@v2.0.0: invalid version: go.mod has post-v2 module path \"example.com/a/v2\" at revision v2.0.0",
    ] {
        assert_eq!(answers::declared_path(why), Some("example.com/a/v2"));
    }
    assert_eq!(answers::declared_path("404 Not Found"), None);
    let of = |text| module_line(text);
    assert_eq!(of("// a comment\nmodule example.com/a // moved\n\ngo 1.20\n"), Some("example.com/a"));
    assert_eq!(of("module \"example.com/a\"\n"), Some("example.com/a"));
    assert_eq!(of("module (\n\texample.com/a\n)\n"), Some("example.com/a"));
    assert_eq!(of("modules example.com/a\n"), None);
}

#[test]
fn published_versions_and_those_on_disk_are_joined() {
    let fake = Fake::new(Some(vec!["v1.0.0", "v1.1.0", "v1.2.0-rc.1"]));
    let modules = Modules::new(&fake, false).unwrap();
    let known = modules.releases(&Home::Module("example.com/Lib".into()), &[]);
    assert_eq!(shown(&known), ["1.0.0 false", "1.1.0 true", "1.2.0-rc.1 false"]);
    assert_eq!(known.incomplete, None);
}

#[test]
fn where_the_list_is_refused_the_cache_and_the_named_versions_count() {
    let fake = Fake::new(None);
    let modules = Modules::new(&fake, false).unwrap();
    let known = modules.releases(&Home::Module("example.com/Lib".into()), &[v("1.5.0"), v("1.6.0")]);
    assert_eq!(shown(&known), ["1.1.0 true", "1.5.0 true"]);
    assert_eq!(known.incomplete.as_deref(), Some("403 Forbidden"));
}

#[test]
fn offline_nothing_is_asked() {
    let fake = Fake::new(Some(vec!["v1.0.0"]));
    let modules = Modules::new(&fake, true).unwrap();
    let home = Home::Module("example.com/Lib".into());
    assert_eq!(shown(&modules.releases(&home, &[v("1.5.0")])), ["1.1.0 true"]);
    assert!(matches!(modules.home("example.com/other"), Err(LookupError::Unavailable(_))));
    let absent = Release { version: v("1.0.0"), tag: "v1.0.0".into(), on_disk: false };
    assert!(matches!(modules.package(&home, "example.com/Lib", &absent), Err(LookupError::Unavailable(_))));
}

#[test]
fn gos_of_this_platform_are_the_versions_of_the_standard_library() {
    let fake = Fake::new(None);
    let modules = Modules::new(&fake, false).unwrap();
    let known = modules.releases(&Home::Std, &[]);
    assert_eq!(shown(&known), ["1.20.1 true", "1.21.0 false", "1.26.8 true"]);
    for release in known.releases.iter().filter(|r| r.on_disk) {
        assert!(modules.package(&Home::Std, "net/http", release).is_ok(), "{release:?}");
    }
    let local = known.releases.last().unwrap();
    assert_eq!(modules.package(&Home::Std, "net/htp", local).unwrap_err(), LookupError::Absent);
    assert_eq!(modules.siblings(&Home::Std, "net/htp", local), ["net/http"]);
}

impl Fake {
    /// Makes a version half extracted, with Go's marker for that.
    fn extracting(&self, module: &str, tag: &str) {
        let folder = self.root.path().join("cache/cache/download").join(module).join("@v");
        fs_err::create_dir_all(&folder).unwrap();
        fs_err::write(folder.join(format!("{tag}.partial")), "").unwrap();
    }
}

#[test]
fn what_go_has_not_extracted_to_the_end_is_not_read() {
    let fake = Fake::new(None);
    fake.extracting("example.com/!lib", "v1.1.0");
    fake.extracting("golang.org/toolchain", "v0.0.1-go1.20.1.linux-amd64");
    let home = Home::Module("example.com/Lib".into());
    let is_unavailable = |trouble: LookupError| match trouble {
        LookupError::Unavailable(why) => why.contains("example.com/Lib@v1.1.0 is not completely extracted"),
        _ => false,
    };
    for offline in [true, false] {
        let modules = Modules::new(&fake, offline).unwrap();
        assert_eq!(modules.home("example.com/Lib/sub"), Ok(home.clone()), "the path is still a module's");
        let known = modules.releases(&home, &[]);
        assert_eq!(shown(&known), ["1.1.0 false"]);
        let named = modules.named(&home, ["v1.1.0"].into_iter());
        assert_eq!(shown(&named), ["1.1.0 false"]);
        let read = modules.package(&home, "example.com/Lib/sub", &known.releases[0]);
        // The fake `go` has nothing to download: its message is passed on.
        let refused = read.unwrap_err();
        assert!(if offline { is_unavailable(refused) } else { refused.to_string() == "not available" });
        let local: Vec<_> = modules.local_go().iter().map(|go| go.version.to_string()).collect();
        assert_eq!(local, ["1.26.8"], "a toolchain that is being extracted is none");
    }
    let known = Modules::new(&fake, true).unwrap().releases(&home, &[]);
    assert!(known.incomplete.is_some_and(|why| is_unavailable(LookupError::Unavailable(why))));
}

#[test]
fn a_package_is_read_without_its_tests() {
    let fake = Fake::new(None);
    let modules = Modules::new(&fake, true).unwrap();
    let home = Home::Module("example.com/Lib".into());
    let release = modules.releases(&home, &[]).releases.remove(0);
    let package = modules.package(&home, "example.com/Lib/sub", &release).unwrap();
    let names: Vec<_> = package.files.iter().map(|f| f.source.name.as_str()).collect();
    assert_eq!(names, ["example.com/Lib@v1.1.0/sub/sub.go"]);
    assert_eq!(
        modules.cached_modules(),
        ["example.com/Lib", "example.com/Lib/nested", "golang.org/toolchain"]
    );
}

#[test]
fn pre_releases_count_only_where_there_is_nothing_else() {
    let release = |text: &str| Release { version: v(text), tag: format!("v{text}"), on_disk: false };
    let known =
        KnownReleases { releases: vec![release("1.0.0"), release("1.1.0-rc.1")], ..KnownReleases::default() };
    let set = |low: &str| crate::version::VersionSet {
        intervals: vec![crate::version::Interval {
            low: Some(crate::version::Bound { version: v(low), inclusive: true }),
            high: None,
        }],
    };
    assert_eq!(known.within(&[&set("1.0.0")]).len(), 1);
    assert_eq!(known.within(&[&set("1.0.5")]).len(), 1);
    assert_eq!(known.within(&[&set("1.2.0")]).len(), 0);
}

/// A release that is only in one machine's module cache and that no list names must not decide.
#[test]
fn releases_that_no_list_names_count_only_where_there_is_nothing_else() {
    let set = |low: &str| crate::version::VersionSet {
        intervals: vec![crate::version::Interval {
            low: Some(crate::version::Bound { version: v(low), inclusive: true }),
            high: None,
        }],
    };
    let home = Home::Module("example.com/Lib".into());
    let within = |published: Vec<&'static str>, named: &[Version], low: &str| {
        let fake = Fake::new(Some(published));
        let known = Modules::new(&fake, false).unwrap().releases(&home, named);
        known.within(&[&set(low)]).iter().map(|release| release.version.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(within(vec!["v1.0.0", "v1.2.0"], &[], "1.0.0"), ["1.0.0", "1.2.0"]);
    assert_eq!(within(vec!["v1.0.0", "v1.2.0"], &[v("1.1.0")], "1.0.0"), ["1.0.0", "1.1.0", "1.2.0"]);
    assert_eq!(within(vec!["v1.0.0"], &[], "1.1.0"), ["1.1.0"]);
    assert_eq!(within(vec![], &[], "1.0.0"), ["1.1.0"]);
}

#[test]
fn what_is_about_one_version_is_told_from_what_is_about_this_machine() {
    for why in [
        "reading https://proxy.example/example.com/b/@v/v1.0.0.zip: 404 Not Found",
        "example.com/b@v1.0.0: invalid version: unknown revision v1.0.0",
        "example.com/b@v1.0.0 requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)",
    ] {
        assert!(is_of_release(why), "{why}");
    }
    for why in [
        "module lookup disabled by GOPROXY=off",
        "dial tcp: lookup proxy.example: no such host",
        "write /go/pkg/mod/cache/download/example.com/b/@v/v1.0.0.zip: no space left on device",
        "verifying example.com/b@v1.0.0: checksum mismatch",
    ] {
        assert!(!is_of_release(why), "{why}");
    }
}

/// A toolchain that is downloaded while rules are compared occurs once in the lock.
#[test]
fn a_release_that_was_downloaded_meanwhile_is_the_same() {
    let release = |on_disk| Release { version: v("1.20.0"), tag: "go1.20.0".to_owned(), on_disk };
    let all: std::collections::BTreeSet<Release> = [release(false), release(true)].into();
    assert_eq!(all.len(), 1);
}
