//! What `gorulec check` remembers: passes and failures, whatever comments say and wherever the text
//! stands. With `GOCACHE=off` Go compiles nothing, so that a check that says the same has compiled
//! nothing.

use std::path::PathBuf;

use crate::common::go::Go;
use crate::common::process::{Output, run};

/// No compiler gets through.
const NO_BUILDS: &[(&str, &str)] = &[("GOCACHE", "off")];

/// A folder with a rule file and a memory of its own.
struct Author(tempfile::TempDir);

impl Author {
    fn new(text: &str) -> Self {
        let author = Self(tempfile::tempdir().unwrap());
        author.write(text);
        author
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, text: &str) {
        std::fs::write(self.path("p.gorule"), text).unwrap();
    }

    fn check(&self, variables: &[(&str, &str)]) -> Output {
        let go = Go { name: "local".to_owned() };
        let mut command = go.program(env!("CARGO_BIN_EXE_gorulec"), self.0.path());
        command.env("GOAGENT_CACHE", self.path("memory")).envs(variables.iter().copied());
        run(command.args(["check", "--offline", "p.gorule"]))
    }

    /// Checks twice; the second time nothing can be built.
    #[track_caller]
    fn check_twice(&self) -> Output {
        let first = self.check(&[]);
        self.says_the_same(&first);
        first
    }

    #[track_caller]
    fn says_the_same(&self, before: &Output) {
        let again = self.check(NO_BUILDS);
        assert_eq!((&again.end, &again.stdout, &again.stderr), (&before.end, &before.stdout, &before.stderr));
    }

    /// Returns true if a check of this text builds something.
    fn builds(&self, text: &str) -> bool {
        self.write(text);
        self.check(NO_BUILDS).stderr.contains("build cache is disabled by GOCACHE=off")
    }
}

const PLUGIN: &str = "plugin p {
    import \"strings\"

    target \"encoding/hex\" [1.26, ) {
        decl {
            //go:noinline
            func goagentHalf(n int) int { return n / 2 }
        }

        rule one {
            func EncodedLen(n int) (size int)
            state s int
            enter { s = strings.Count(\"a\", \"a\") + goagentHalf(n) }
            exit { _ = s }
        }

        rule two {
            func DecodedLen
            enter { println(\"two // three\") }
        }
    }
}
";

/// Replaces a text that there is.
#[track_caller]
fn edited(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn a_mistake_in_types_is_compiled_once() {
    let wrong = edited(PLUGIN, "\"a\")", "3)");
    let author = Author::new(&wrong);
    let first = author.check_twice();
    assert_eq!(first.end, "exit 1", "{}", first.stderr);
    assert!(
        first.stderr.contains("error[GR0501]") && first.stderr.contains("p.gorule:13:44"),
        "{}",
        first.stderr
    );

    // The place is that of the text as it is now.
    author.write(&edited(
        &wrong,
        "        rule one {",
        "        // One.\n        // Two.\n        rule one {",
    ));
    let moved = author.check(NO_BUILDS);
    assert_eq!(moved.end, "exit 1", "{}", moved.stderr);
    assert!(moved.stderr.contains("p.gorule:15:44") && !moved.stderr.contains("GR0503"), "{}", moved.stderr);
    assert!(author.builds(&edited(&wrong, "3)", "4)")), "another mistake is compiled");
}

#[test]
fn what_a_message_mentions_moves_along() {
    let wrong = edited(
        PLUGIN,
        "n int) int { return n / 2 }",
        "n int) string { return \"\" }\n            func goagentHalf() {}",
    );
    let author = Author::new(&wrong);
    let first = author.check_twice();
    assert_eq!(first.end, "exit 1", "{}", first.stderr);
    let moved = edited(&wrong, "    target", "    // why\n    target");
    author.write(&moved);
    let second = author.check(NO_BUILDS);
    assert!(second.stderr.contains("p.gorule:8:18: other declaration"), "{}", second.stderr);
    std::fs::remove_dir_all(author.path("memory/verdicts")).unwrap();
    let fresh = author.check(&[]);
    assert_eq!((&fresh.end, &fresh.stderr), (&second.end, &second.stderr));
}

#[test]
fn a_rule_that_cannot_be_woven_is_tried_once() {
    let rule = |name: &str, factor: u32| {
        format!(
            "        bare rule {name} {{\n            func EncodedLen\n            replace `n * 2` {{ n * {factor} }}\n        }}\n"
        )
    };
    let author = Author::new(&format!(
        "plugin p {{\n    target \"encoding/hex\" [1.26, ) {{\n{}{}    }}\n}}\n",
        rule("one", 3),
        rule("two", 4)
    ));
    let first = author.check_twice();
    assert_eq!(first.end, "exit 1", "{}", first.stderr);
    assert!(first.stderr.contains("error[GR0502]"), "{}", first.stderr);
}

#[test]
fn comments_blank_space_and_the_order_of_items_build_nothing() {
    let author = Author::new(PLUGIN);
    author.check_twice().expect_success("a plugin that is right");
    let two = PLUGIN.split_once("        rule two").unwrap().1.split_once("    }\n}").unwrap().0;
    let moved = edited(PLUGIN, &format!("        rule two{two}"), "");
    let moved = edited(&moved, "        rule one", &format!("        rule two{two}\n        rule one"));
    for text in [
        edited(PLUGIN, "plugin", "//! What it is for.\n\n/// More.\nplugin"),
        edited(PLUGIN, "        rule one", "        /// What.\n        // why\n        rule one"),
        edited(PLUGIN, "{ s = strings", "{\n                // first\n                s=/* two */strings"),
        edited(PLUGIN, "return n / 2", "/* why */ return n/2 /* so */"),
        edited(
            &edited(PLUGIN, "            state s int\n", ""),
            "{ _ = s }\n",
            "{ _ = s }\n            state s int\n",
        ),
        moved,
    ] {
        author.write(&text);
        let output = author.check(NO_BUILDS);
        output.expect_success(&text);
        assert!(!output.stderr.contains("GR05"), "{}", output.stderr);
    }
    for text in [
        edited(PLUGIN, "//go:noinline\n", "// go:noinline\n"),
        edited(PLUGIN, "two // three", "two // four"),
        edited(PLUGIN, "+ goagentHalf", "- goagentHalf"),
    ] {
        assert!(author.builds(&text), "{text}");
    }
}

#[test]
fn what_this_machine_refused_is_tried_again() {
    let author = Author::new(PLUGIN);
    let refused = author.check(NO_BUILDS);
    assert_eq!(refused.end, "exit 3", "{}", refused.stderr);
    let output = author.check(&[]);
    output.expect_success("Go builds again");
    assert!(!output.stderr.contains("GR05"), "{}", output.stderr);
}
