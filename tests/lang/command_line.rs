//! The program `gorulec` as a user runs it: exit codes, bundles, input that is not text, the real
//! Go of this machine.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use gorule::bundle::Bundle;

/// A folder of one test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Templates are not compiled with Go: `template_types.rs` does that.
    fn gorulec(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gorulec"));
        command.env("GOAGENT_CACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/goagent-cache"));
        command.args(args).arg("--no-types").current_dir(self.path()).output().unwrap()
    }

    fn bundle(&self) -> Option<Bundle> {
        let bytes = std::fs::read(self.path().join("plugins.gobundle")).ok()?;
        Some(Bundle::decode(&bytes).unwrap())
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A rule for the net/http of the Go on this machine. `--offline` restricts it to what is here.
fn http(rule: &str) -> String {
    format!(
        "plugin web {{\n    target \"net/http\" [1.18, ) {{\n        rule server {{\n{rule}\n        }}\n    }}\n}}\n"
    )
}

const GOOD: &str =
    "recv sh serverHandler\nfunc ServeHTTP(rw ResponseWriter, req *Request)\nexit { _ = req.URL }";

/// Runs `compile` on one text: no bundle, exit code 1, and all these words in the message.
fn refused(text: impl AsRef<[u8]>, words: &[&str]) {
    let folder = Folder::new().with("a.gorule", text);
    let output = folder.gorulec(&["compile", "--offline", "a.gorule"]);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(folder.bundle().is_none());
    for word in words {
        assert!(message.contains(word), "`{word}` is not in:\n{message}");
    }
}

#[test]
fn the_mistakes_of_the_real_package_are_located_and_the_fixed_file_compiles() {
    let folder = Folder::new().with("a.gorule", http(GOOD));
    let output = folder.gorulec(&["compile", "--offline", "a.gorule"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("gorulec: 1 plugin, 1 rule, wrote plugins.gobundle"),
        "{}",
        stderr(&output)
    );
    assert_eq!(folder.bundle().unwrap().plugins[0].targets[0].rules[0].name, "server");

    let with = |old: &str, new: &str| {
        assert!(http(GOOD).contains(old));
        http(&GOOD.replace(old, new))
    };
    refused(with("ServeHTTP", "ServeHTPP"), &["a.gorule:5:6", "GR0401", "did you mean `ServeHTTP`?"]);
    refused(
        with("sh serverHandler", "sh *serverHandler"),
        &["a.gorule:4:6", "GR0403", "write `recv sh serverHandler`", "server.go:"],
    );
    refused(
        with(", req *Request", ""),
        &["a.gorule:5:15", "GR0404", "has 2 parameters, the rule binds 1", "server.go:"],
    );
    refused(with("{ _ = req.URL }", "{ _ = req.URL( }"), &["a.gorule:6:", "GR0201", "cannot be read"]);
    refused(
        http(GOOD).replace("net/http", "net/htttp"),
        &["a.gorule:2:12", "GR0301", "did you mean \"net/http\"?"],
    );
    refused(http(GOOD).replace("[1.18, )", "[0.1, 0.2)"), &["a.gorule:2:23", "GR0150", "[0.1.0, 0.2.0)"]);
}

#[test]
fn an_older_bundle_stays_as_it_was_where_something_is_wrong() {
    let folder = Folder::new().with("a.gorule", http("func")).with("plugins.gobundle", "old");
    assert_eq!(folder.gorulec(&["compile", "a.gorule"]).status.code(), Some(1));
    assert_eq!(std::fs::read(folder.path().join("plugins.gobundle")).unwrap(), b"old");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn check_writes_nothing() {
    let folder = Folder::new().with("a.gorule", http(GOOD));
    let output = folder.gorulec(&["check", "--offline", "."]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(folder.bundle().is_none());
    assert!(stderr(&output).contains("compared net/http with"), "{}", stderr(&output));
}

#[test]
fn the_same_files_give_the_same_bytes_in_any_order() {
    let other = http(GOOD).replace("plugin web", "plugin another");
    let folder =
        Folder::new().with("x/a.gorule", http(GOOD)).with("x/y/b.gorule", other).with("x/c.txt", "no");
    let compile = |args: &[&str], name: &str| {
        let output = folder.gorulec(&[&["compile", "--offline", "-o", name], args].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        std::fs::read(folder.path().join(name)).unwrap()
    };
    let whole = compile(&["x"], "1");
    assert_eq!(Bundle::decode(&whole).unwrap().plugins.len(), 2);
    assert_eq!(whole, compile(&["x/y/b.gorule", "x/a.gorule"], "2"));
    assert_eq!(whole, compile(&["x/a.gorule", "x", "x/y"], "3"));
}

#[test]
fn two_plugins_of_one_name_are_refused() {
    let folder = Folder::new().with("a.gorule", http(GOOD)).with("b.gorule", http(GOOD));
    let output = folder.gorulec(&["check", "--offline", "."]);
    assert_eq!(output.status.code(), Some(1));
    for word in ["GR0102", "./b.gorule:1:8", "./a.gorule:1:8"] {
        assert!(stderr(&output).contains(word), "{}", stderr(&output));
    }
}

#[test]
fn paths_without_rules_are_refused() {
    let folder = Folder::new().with("x/readme.txt", "no rules");
    for (path, word) in [("x", "GR0017"), ("nowhere", "GR0016"), ("nowhere.gorule", "GR0016")] {
        let output = folder.gorulec(&["compile", path]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(word), "{}", stderr(&output));
    }
    assert_eq!(folder.gorulec(&["compile"]).status.code(), Some(2));
    assert_eq!(folder.gorulec(&["compose", "x"]).status.code(), Some(2));
}

#[test]
fn a_bundle_that_cannot_be_written_is_said() {
    let folder = Folder::new().with("a.gorule", http(GOOD));
    let output = folder.gorulec(&["compile", "--offline", "a.gorule", "-o", "no/such/folder/x"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot write no/such/folder/x"), "{}", stderr(&output));
}

#[test]
fn a_bundle_takes_the_place_of_nothing_else() {
    let folder = Folder::new().with("a.gorule", http(GOOD)).with("real", "");
    let output = folder.gorulec(&["compile", "--offline", "a.gorule", "-o", "a.gorule"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("it is a rule file"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(folder.path().join("a.gorule")).unwrap(), http(GOOD));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("real", folder.path().join("plugins.gobundle")).unwrap();
        assert!(folder.gorulec(&["compile", "--offline", "a.gorule"]).status.success());
        assert!(folder.bundle().is_some() && folder.path().join("plugins.gobundle").is_symlink());
        // A pipe in place of a device, which a test for all users cannot make.
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let output = folder.gorulec(&["compile", "--offline", "a.gorule", "-o", "pipe"]);
        assert!(stderr(&output).contains("it is no regular file"), "{}", stderr(&output));
        assert!(!std::fs::symlink_metadata(&pipe).unwrap().is_file());
    }
}

#[test]
fn what_cannot_be_read_does_not_hide_the_rest() {
    let folder = Folder::new().with("d/b.gorule", "plugin");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", folder.path().join("d/a.gorule")).unwrap();
        assert!(Command::new("mkfifo").arg(folder.path().join("d/c.gorule")).status().unwrap().success());
        let output = folder.gorulec(&["check", "--offline", "d", "./d/b.gorule"]);
        for word in ["cannot read d/a.gorule", "d/b.gorule:1:7", "cannot read d/c.gorule"] {
            assert!(stderr(&output).contains(word), "{word}: {}", stderr(&output));
        }
        let output = folder.gorulec(&["check", "--offline", "/dev/zero"]);
        assert!(stderr(&output).contains("GR0005"), "{}", stderr(&output));
    }
    let output = folder.gorulec(&["check", "--offline", "d/b.gorule", "./d/b.gorule"]);
    assert!(stderr(&output).contains("1 error"), "{}", stderr(&output));
}

#[test]
fn without_go_the_compiler_says_so() {
    let folder = Folder::new().with("a.gorule", http(GOOD));
    let output = Command::new(env!("CARGO_BIN_EXE_gorulec"))
        .args(["compile", "a.gorule"])
        .current_dir(folder.path())
        .env("PATH", folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("GR0306") && folder.bundle().is_none(), "{}", stderr(&output));
}

#[test]
fn input_that_is_no_text_does_no_harm() {
    refused(b"", &["GR0003"]);
    refused(b"\xef\xbb\xbf", &["GR0003"]);
    refused(b"plugin p { // \xff\xfe\n}", &["GR0002", "a.gorule:1:15"]);
    refused(b"\xff\xfep\0l\0u\0g\0", &["GR0002"]);
    refused(b"plugin p {\0}", &["GR0004", "a.gorule:1:11"]);
    refused(vec![0; 4096], &["GR0004"]);
    refused("{".repeat(200_000), &["GR0006"]);
    refused("plugin p { ".to_owned() + &"(".repeat(200_000), &["GR0006"]);
    refused("plugin p { target ".repeat(10_000), &["GR0006"]);
    refused("x".repeat((256 << 10) + 1), &["GR0005"]);
    refused("plugin p {".to_owned() + &"{}".repeat(100_000) + "}", &["GR0010"]);
    refused(http("func f\nexit { x := \"never closed }"), &["GR0009"]);
    refused(http("func f\nexit { `never closed }"), &["GR0009"]);
    refused(http(&format!("func f({})\nexit {{ }}", "a, ".repeat(50_000))), &["GR0103"]);
    refused(http(&format!("func f\nexit {{ x = {}1{} }}", "(".repeat(100), ")".repeat(99))), &["GR0201"]);
    refused(http(&format!("func f(x {}int)\nexit {{ }}", "[]".repeat(50_000))), &["GR0204"]);
}

#[test]
fn expressions_without_end_are_refused_and_do_not_overflow_the_stack() {
    for word in ["1 + ", "a.", "f(", "!", "func() { "] {
        refused(http(&GOOD.replace("_ = req.URL", &format!("_ = {}1", word.repeat(20_000)))), &["GR0"]);
    }
    refused(http(&GOOD.replace("_ = req.URL", &format!("_ = {}1", "1 + ".repeat(20_000)))), &["GR0006"]);
    refused(http(&format!("func ({}a)\nexit {{ }}", "a | ".repeat(50_000))), &["GR0127"]);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_text() {
    let text = format!("\u{feff}{}", http(GOOD)).replace('\n', "\r\n");
    let folder = Folder::new().with("a.gorule", text);
    let output = folder.gorulec(&["compile", "--offline", "a.gorule"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let folder = Folder::new().with("a.gorule", "plugn x { }");
    let colored = |args: &[&str]| stderr(&folder.gorulec(args)).contains('\u{1b}');
    assert!(!colored(&["check", "a.gorule"]));
    assert!(colored(&["check", "--color", "always", "a.gorule"]));
    assert!(!colored(&["check", "--color", "never", "a.gorule"]));
}

#[test]
fn a_file_may_come_from_standard_input() {
    let check = |text: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gorulec"));
        command.args(["check", "--offline", "--no-types", "-"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = check(&http(GOOD));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = check("plugin p {\n    taget own { }\n}\n");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("<stdin>:2:5"), "{}", stderr(&output));
}

/// Go code may hold any character in a raw string or a comment.
#[test]
fn control_characters_of_a_file_are_shown_and_not_sent() {
    let folder = Folder::new().with("a.gorule", http("func Next\u{1b}[31m\nexit { /* \u{9b}2J */ x( }"));
    for format in ["human", "short"] {
        let output = folder.gorulec(&["check", "--offline", "--format", format, "a.gorule"]);
        let said = stderr(&output) + &String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("a.gorule:4:10: ") || said.contains("a.gorule:4:10\n"), "{said}");
        assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
    }
}
