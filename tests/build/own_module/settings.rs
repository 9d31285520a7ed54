//! goagent.toml, switches, pins and GOAGENT=off.

use super::{LIB, MAIN, Module, shop};
use crate::common::go::Go;
use crate::common::process::{Output, run};

const RULES: &str = "plugin probe {\n    target \"example.com/m/lib\" [1.0.0, ) {\n        bare rule enter {\n            func F\n            \
    enter { println(\"woven\") }\n        }\n    }\n}\n";

fn module() -> Module {
    Module::new(&[("main.go", MAIN), ("lib/lib.go", LIB)])
}

fn plan(module: &Module, more: &[&str]) -> Output {
    module.goagent(&[&["plan"], more, &["."]].concat())
}

fn digest(bundle: &str) -> String {
    blake3::hash(&std::fs::read(bundle).unwrap()).to_hex().to_string()
}

/// Mistakes in the file: nothing is planned, and the place, the nearest name and the remedy are
/// shown.
#[test]
fn mistakes_in_goagent_toml() {
    let module = module();
    let bundle = module.bundle("probe.gobundle", &[RULES]);
    let digest = digest(&bundle);
    let unpinned = format!("bundles = [{{ path = {bundle:?} }}]\n");
    let zeros = "0".repeat(64);
    let other = format!("bundles = [{{ path = {bundle:?}, blake3 = \"{zeros}\" }}]\n");
    let short = format!("bundles = [{{ path = {bundle:?}, blake3 = \"abc\" }}]\n");
    let gone = format!("bundles = [{{ path = \"gone.gobundle\", blake3 = \"{zeros}\" }}]\n");
    for (text, parts) in [
        (
            "strict = true\nplugin = 1\n",
            vec!["GR0902", "goagent.toml:2:1", "`plugin`", "did you mean `plugins`?"],
        ),
        ("[plugins]\ndisabel = []\n", vec!["GR0902", "goagent.toml:2:1", "did you mean `disable`?"]),
        ("strict = \"yes\"\n", vec!["GR0901", "goagent.toml:1:10", "boolean"]),
        ("strict = \n", vec!["GR0901", "goagent.toml:1:"]),
        (
            "[plugins]\ndisable = [\n  \"gin\",\n  \"net_htp\",\n]\n",
            vec!["GR0903", "goagent.toml:4:3", "did you mean `net_http`?"],
        ),
        (
            "[plugins]\nenable = [\"net_http/none_of_these\"]\n",
            vec!["GR0903", "the rules of net_http are asked, client, "],
        ),
        (unpinned.as_str(), vec!["GR0904", "goagent.toml:1:21", digest.as_str(), "goagent inspect --bundle"]),
        (other.as_str(), vec!["GR0905", digest.as_str(), zeros.as_str()]),
        (short.as_str(), vec!["GR0905", "64 hexadecimal digits"]),
        (gone.as_str(), vec!["GR0905", "gone.gobundle"]),
    ] {
        module.write("goagent.toml", text);
        let refused = plan(&module, &[]);
        assert_eq!(
            (refused.end.as_str(), refused.stdout.as_str()),
            ("exit 2", ""),
            "{text}\n{}",
            refused.stderr
        );
        for part in parts {
            assert!(refused.stderr.contains(part), "{part} is not in:\n{}\n{text}", refused.stderr);
        }
    }
    plan(&module, &["--no-config"]).expect_success("without the broken file");
}

/// A pinned bundle of goagent.toml is woven, in whatever folder of the module go works; flags count
/// more.
#[test]
fn settings_of_the_repository() {
    let module = module();
    let bundle = module.bundle("probe.gobundle", &[RULES]);
    std::fs::copy(&bundle, module.path().join("probe.gobundle")).unwrap();
    let text = format!("bundles = [{{ path = \"probe.gobundle\", blake3 = {:?} }}]\n", digest(&bundle));
    module.write("goagent.toml", &text);
    let woven = "would weave example.com/m/lib";
    assert!(plan(&module, &[]).stdout.contains(woven));
    let below = run(module.go.goagent(&module.path().join("lib"), &["plan"]).arg(".."));
    assert!(below.stdout.contains(woven), "{}{}", below.stdout, below.stderr);

    module.write("goagent.toml", &format!("{text}strict = true\n[plugins]\ndisable = [\"probe\"]\n"));
    let off = plan(&module, &[]);
    assert!(off.stdout.contains("disabled probe for example.com/m/lib, by goagent.toml:4"), "{}", off.stdout);
    assert!(!off.stdout.contains(woven), "{}", off.stdout);
    off.expect_success("what is switched off is not missing");
    assert!(plan(&module, &["--enable", "probe/enter"]).stdout.contains(woven));
    assert!(!plan(&module, &["--enable", "probe", "--disable", "*"]).stdout.contains(woven));

    // A file in a folder above the module has no effect, whoever can write there.
    std::fs::rename(module.path().join("goagent.toml"), module.folder.path().join("goagent.toml")).unwrap();
    assert!(plan(&module, &[]).stdout.contains("nothing was woven"));
    let named = module.folder.path().join("goagent.toml");
    std::fs::write(&named, text.replace("probe.gobundle", &bundle)).unwrap();
    assert!(plan(&module, &["--config", named.to_str().unwrap()]).stdout.contains(woven));
}

/// A rule that is off is not in the program, and nothing else is missing.
#[test]
fn a_plugin_is_switched_off() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    let built = go.build_woven(
        &shop(),
        &["--strict", "--disable=gin,x_net_http2,net_http/client", "."],
        &folder.path().join("shop"),
    );
    assert!(built.output.stderr.contains("goagent: disabled gin for github.com/gin-gonic/gin, by --disable"));
    let inspected = run(&mut go.goagent(folder.path(), &["inspect", "shop"]));
    let said = &inspected.expect_success("inspect").stdout;
    assert!(said.contains("\"server\"") && !said.contains("gin") && !said.contains("\"client\""), "{said}");

    let wrong = run(&mut go.goagent(&shop(), &["build", "--disable", "gim", "."]));
    assert_eq!(wrong.end, "exit 2");
    assert!(wrong.stderr.contains("did you mean `gin`?"), "{}", wrong.stderr);
}

/// A bundle is pinned on the command line by the digest that gorulec prints.
#[test]
fn a_bundle_is_pinned() {
    let go = Go::newest();
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("standard.gobundle");
    let plugins = crate::common::repository().join("plugins/gin");
    let mut gorulec = go.program(env!("CARGO_BIN_EXE_gorulec"), folder.path());
    let compiled = run(gorulec.args(["compile", "-o"]).arg(&bundle).arg(plugins));
    let digest = digest(bundle.to_str().unwrap());
    assert!(
        compiled.expect_success("gorulec").stderr.contains(&format!("has blake3 {digest}")),
        "{}",
        compiled.stderr
    );

    let inspected = run(go.goagent(folder.path(), &["inspect", "--bundle"]).arg(&bundle));
    let said = &inspected.expect_success("inspect").stdout;
    for part in [
        digest.as_str(),
        "1 plugin, 3 rules",
        "github.com/gin-gonic/gin [1.5.0, )",
        "gin/route",
        "(*Context).Next",
    ] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }

    let planned = |pin: &str| {
        let pinned = format!("{}@blake3:{pin}", bundle.display());
        run(&mut go.goagent(&shop(), &["plan", "--no-std", "--bundle", &pinned, "."]))
    };
    assert!(planned(&digest).expect_success("the right pin").stdout.contains("gin/route"));
    let refused = planned(&"0".repeat(64));
    assert_eq!(refused.end, "exit 2");
    assert!(refused.stderr.contains(&digest), "{}", refused.stderr);
    assert_eq!(planned("12").end, "exit 2");
}

/// A platform that has put goagent in the place of go can take it out again, and gets a message.
#[test]
fn goagent_off() {
    let module = Module::new(&[(
        "main.go",
        "package main\n\nimport \"net/http\"\n\nfunc main() { _ = http.StatusOK }\n",
    )]);
    let off = module.goagent_with(&["build", "--verbose", "-o", "out", "."], &[("GOAGENT", "off")]);
    off.expect_success("goagent build");
    assert_eq!(off.stderr, "goagent: nothing is woven, by GOAGENT=off\n");
    let inspected = module.goagent(&["inspect", "out"]);
    assert!(inspected.stderr.contains("says nothing of goagent"), "{}", inspected.stderr);

    for (words, value, part) in [
        (["build", "--strict", "."], "off", "--strict contradict"),
        (["build", "-x", "."], "no", "GOAGENT=no is not understood"),
    ] {
        let refused = module.goagent_with(&words, &[("GOAGENT", value)]);
        assert_eq!(refused.end, "exit 2");
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
}

/// goagent's flags have two dashes: a test's own flag of the same name is the test's.
#[test]
fn flags_of_the_users_tests() {
    let test = "package lib\n\nimport (\n\t\"flag\"\n\t\"testing\"\n)\n\nvar strict = flag.Bool(\"strict\", false, \"\")\nvar report = \
        flag.String(\"report\", \"\", \"\")\n\nfunc TestFlags(t *testing.T) {\n\tif !*strict || *report != \"x\" {\n\t\tt.Fatal(*strict, \
        *report)\n\t}\n}\n";
    let module = Module::new(&[("lib/lib.go", LIB), ("lib/lib_test.go", test)]);
    module.goagent(&["test", "./lib", "-strict", "-report=x"]).expect_success("go's words go to the test");
}
