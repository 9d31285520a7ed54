//! Templates through the real Go compiler: its messages are shown at the place in the `.gorule`
//! file.

use std::path::PathBuf;

use crate::common::go::Go;
use crate::common::kept;
use crate::common::process::{Output, run};

/// A rule for a small package of the Go that is installed; only what is on this machine is used.
fn check(template: &str, decl: &str) -> Output {
    let text = format!(
        "plugin p {{\n    import \"strings\"\n\n    target \"encoding/hex\" [1.18, ) {{\n{decl}        rule one {{\n            \
         func EncodedLen(n int) (size int)\n            state s int\n            enter {{ {template} }}\n            exit {{ _ = s }}\n        \
         }}\n    }}\n}}\n"
    );
    check_file(&text)
}

/// Checks a whole file.
fn check_file(text: &str) -> Output {
    checked(text, &[])
}

/// The same with variables.
fn checked(text: &str, variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.gorule"), text).unwrap();
    let go = Go { name: "local".to_owned() };
    let mut command = go.program(env!("CARGO_BIN_EXE_gorulec"), folder.path());
    command.env("GOAGENT_CACHE", without_verdicts()).envs(variables.iter().copied());
    run(command.args(["check", "--offline", "p.gorule"]))
}

/// A cache that keeps the facts about Go's releases, and no verdict: each check compiles.
fn without_verdicts() -> PathBuf {
    let folder = kept("goagent-cache-without-verdicts");
    std::fs::write(folder.join("verdicts"), "a file, so that nothing is kept here").unwrap();
    folder
}

#[test]
fn mistakes_in_types_are_shown_at_their_place() {
    let good = check("s = strings.Count(\"a\", \"a\") + n", "");
    good.expect_success("a template that is right");
    assert!(!good.stderr.contains("GR05"), "{}", good.stderr);

    let wrong = check("s = strings.Count(\"a\", 3)", "");
    assert_eq!(wrong.end, "exit 1");
    assert!(
        wrong.stderr.contains("error[GR0501]") && wrong.stderr.contains("p.gorule:8:44"),
        "{}",
        wrong.stderr
    );
    assert!(wrong.stderr.contains("cannot use 3"), "{}", wrong.stderr);

    let wrong = check("s = half(n)", "        decl { func half(n int) string { return n / 2 } }\n");
    assert_eq!(wrong.end, "exit 1");
    assert!(
        wrong.stderr.contains("p.gorule:9:25") && wrong.stderr.contains("p.gorule:5:"),
        "{}",
        wrong.stderr
    );
}

/// The compiler looks at directives after the types, so such a file is compiled to the end.
#[test]
fn a_misplaced_directive_is_shown_at_its_place() {
    let decl = "        decl {\n            //go:noinline\n            var goagentN int\n        }\n";
    let wrong = check("s = n", decl);
    assert_eq!(wrong.end, "exit 1", "{}", wrong.stderr);
    assert!(
        wrong.stderr.contains("p.gorule:6:") && wrong.stderr.contains("misplaced compiler directive"),
        "{}",
        wrong.stderr
    );
}

/// The package is not known: the templates are compiled with functions that have everything that is
/// bound, and with some that have none of it.
#[test]
fn rules_for_many_packages_are_compiled_too() {
    let check = |enter: &str| {
        let text = format!(
            "plugin p {{\n    import \"context\"\n\n    target own {{\n        rule one {{\n            func marked \"x:y\"\n            \
             param var ctx context.Context\n            param rest ...string\n            result err error\n            \
             enter {{ {enter} }}\n            exit {{ _ = err.Error() }}\n        }}\n    }}\n}}\n"
        );
        check_file(&text)
    };
    let good = check("ctx = context.WithValue(ctx, \"{{label}}\", rest[0])");
    good.expect_success("a template that is right");
    assert!(!good.stderr.contains("GR05"), "{}", good.stderr);
    for (enter, place, said) in [
        ("ctx = rest", "p.gorule:10:27", "cannot use rest"),
        ("_ = unknown", "p.gorule:10:25", "undefined: unknown"),
        // The placeholders of constants and packages have another length than the text that
        // replaces them.
        (
            "_ = agent.Current().Recording() == (\"{{label}} {{package}}\" == unknown)",
            "p.gorule:10:84",
            "undefined: unknown",
        ),
    ] {
        let wrong = check(enter);
        assert_eq!(wrong.end, "exit 1", "{}", wrong.stderr);
        assert!(wrong.stderr.contains("error[GR0501]"), "{}", wrong.stderr);
        assert!(wrong.stderr.contains(place) && wrong.stderr.contains(said), "{}", wrong.stderr);
    }
}

/// A type that only the packages themselves may have keeps no other rule from being compiled.
#[test]
fn a_type_of_packages_that_are_not_known_is_said_at_its_place() {
    let rule = |name: &str, ty: &str, enter: &str| {
        format!(
            "        rule {name} {{\n            func marked \"x:y\"\n            param v {ty}\n            enter {{ {enter} }}\n        }}\n"
        )
    };
    let (first, second) = (
        rule("first", "map[string]*Conn", "_ = v"),
        rule("second", "func(error) string", "_ = v == unknown"),
    );
    let wrong = check_file(&format!("plugin p {{\n    target own {{\n{first}{second}    }}\n}}\n"));
    for said in
        ["p.gorule:5:21", "`map[string]*Conn` is a type of the packages themselves", "undefined: unknown"]
    {
        assert!(wrong.stderr.contains(said), "{said}: {}", wrong.stderr);
    }
}

/// Around calls of a module's function: the module's newest release is built with.
#[test]
fn rules_for_calls_of_a_module_are_compiled_too() {
    let go = Go { name: "local".to_owned() };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("go.mod"), "module m\n\ngo 1.18\n").unwrap();
    run(&mut go.go(folder.path(), &["mod", "download", "github.com/pkg/errors@v0.9.1"]))
        .expect_success("a module");
    let check = |enter: &str| {
        check_file(&format!(
            "plugin p {{\n    target own {{\n        rule one {{\n            call \"github.com/pkg/errors\" New(message \
             string) error\n            enter {{ {enter} }}\n        }}\n    }}\n}}\n"
        ))
    };
    let good = check("_ = message + \"\"");
    good.expect_success("a template that is right");
    assert!(!good.stderr.contains("GR05"), "{}", good.stderr);
    let wrong = check("_ = message + 1");
    assert_eq!(wrong.end, "exit 1", "{}", wrong.stderr);
    assert!(
        wrong.stderr.contains("error[GR0501]") && wrong.stderr.contains("p.gorule:5:"),
        "{}",
        wrong.stderr
    );
    assert!(wrong.stderr.contains("github.com/pkg/errors@v0.9.1"), "{}", wrong.stderr);
}

#[test]
fn a_package_that_go_cannot_build_is_said() {
    let text = "plugin p {\n    target \"net/http\" [1.18, ) {\n        rule one {\n            recv serverHandler\n            func \
                ServeHTTP\n            exit { _ = 1 }\n        }\n    }\n}\n";
    // No compiler gets through.
    let output = checked(text, &[("GOCACHE", "off")]);
    assert_eq!(output.end, "exit 3", "nothing is wrong, and nothing was compiled: {}", output.stderr);
    assert!(output.stderr.contains("warning[GR0503]"), "{}", output.stderr);
}

#[test]
fn the_body_of_a_port_is_compiled_in_a_main() {
    let text = "plugin p {\n    target \"context\" [1.18, ) {\n        port goagentTold(why string) {\n            \
                agent.Current().SetString(\"why\", why)\n        }\n        bare rule one {\n            func WithCancel\n            \
                enter { goagentTold(\"x\") }\n        }\n    }\n}\n";
    let good = check_file(text);
    good.expect_success("a port that is right");
    assert!(!good.stderr.contains("GR05"), "{}", good.stderr);
    let wrong = check_file(&text.replace("SetString(", "SetInt("));
    assert_eq!(wrong.end, "exit 1");
    assert!(
        wrong.stderr.contains("error[GR0501]") && wrong.stderr.contains("p.gorule:4:43"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn the_type_of_a_field_is_compiled() {
    let text = "plugin p {\n    target \"encoding/hex\" [1.18, ) {\n        struct dumper {\n            field goagentSpan agent.Span\n        \
                }\n        rule one {\n            recv h *dumper\n            func Close() error\n            exit { \
                h.goagentSpan.End() }\n        }\n    }\n}\n";
    let good = check_file(text);
    good.expect_success("a field that is right");
    assert!(!good.stderr.contains("GR05"), "{}", good.stderr);
    let wrong = check_file(&text.replace("agent.Span", "*agent.Spam"));
    assert_eq!(wrong.end, "exit 1");
    assert!(wrong.stderr.contains("error[GR0501]") && wrong.stderr.contains("Spam"), "{}", wrong.stderr);
}

/// A rule that names other platforms is compiled for one of them; if it does not, and only they
/// have its function, that is reported.
#[test]
fn functions_of_other_platforms_are_compiled_for_them() {
    let text = "plugin p {\n    target \"mime\" [1.18, ) {\n        rule one {\n            platforms windows\n            func \
                initMimeWindows\n            state s string\n            enter { s = \"x\" }\n            exit { _ = s + windowsOnly \
                }\n        }\n    }\n}\n";
    // With it, a rule whose function only this machine's platform has: nothing is reported about it
    // in the build for the other.
    let here = "}\n        rule two {\n            func loadMimeFile\n            enter { _ = 1 }\n        }\n    }\n}\n";
    let both = text.replace("windowsOnly", "\"y\"").replace("}\n    }\n}\n", here);
    let good = check_file(&both);
    good.expect_success("a template of another platform");
    assert!(both.contains("rule two") && !good.stderr.contains("GR05"), "{}", good.stderr);
    let wrong = check_file(&text.replace("windowsOnly", "1"));
    assert_eq!(wrong.end, "exit 1");
    assert!(
        wrong.stderr.contains("error[GR0501]") && wrong.stderr.contains("for windows/amd64"),
        "{}",
        wrong.stderr
    );
    let silent = check_file(&text.replace("windowsOnly", "1").replace("platforms windows", ""));
    assert_eq!(silent.end, "exit 3", "{}", silent.stderr);
    assert!(silent.stderr.contains("rule `one` has no function in the build"), "{}", silent.stderr);
}

/// Number of the compiler's mistakes that are shown.
fn count(output: &Output) -> usize {
    output.stderr.matches("error[GR0501]").count()
}

/// The type of `state` is in the signatures of generated functions: its mistake is shown once, at
/// the author's text.
#[test]
fn a_wrong_type_of_state_is_shown_at_its_line() {
    let text = "plugin p {\n    import \"strings\"\n\n    target \"encoding/hex\" [1.18, ) {\n        rule one {\n            func EncodedLen(n \
                int) (var size)\n            state s int\n            state b *strings.Bulder\n            may skip\n            enter { s, b = n, \
                nil; skip }\n            exit { _, _ = s, b }\n        }\n    }\n}\n";
    let wrong = check_file(text);
    assert_eq!((wrong.end.as_str(), count(&wrong)), ("exit 1", 1), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("p.gorule:8:30") && wrong.stderr.contains("Bulder"), "{}", wrong.stderr);
}

/// A mistake that a `decl` causes in the package's own code is shown at the `decl`: here a method
/// replaces a promoted one.
#[test]
fn a_method_that_hides_a_promoted_one_is_shown_at_its_declaration() {
    let text = "plugin p {\n    target \"text/template/parse\" [1.18, ) {\n        decl {\n            const goagentN = 1\n\n            func (i *IfNode) tree() \
                string { return \"\" }\n        }\n        rule one {\n            func Parse\n            enter { _ = goagentN }\n        \
                }\n    }\n}\n";
    let wrong = check_file(text);
    assert_eq!((wrong.end.as_str(), count(&wrong)), ("exit 1", 1), "{}", wrong.stderr);
    assert!(
        wrong.stderr.contains("p.gorule:6:30") && wrong.stderr.contains("(at node.go:"),
        "{}",
        wrong.stderr
    );
}

/// Generated code has its own names; authors see theirs.
#[test]
fn nothing_of_generated_code_is_shown() {
    let decl = "        decl {\n            type goagentT struct{ n int }\n            func goagentF(t goagentT, s strings.Builder) int { return t.n }\n        }\n";
    for (template, said) in [
        ("s = goagentF(n, strings.Builder{})", "goagentT value in argument to goagentF"),
        (
            "s = goagentF(goagentT{}, strings.NewReader(\"\"))",
            "strings.Builder value in argument to goagentF",
        ),
        (
            "s = goagentF(goagentT{m: n}, strings.Builder{})",
            "unknown field m in struct literal of type goagentT",
        ),
        ("s = goagentF(goagentT{})", "have (goagentT)"),
        ("s = goagentT{}.m", "m undefined (type goagentT has no field or method m)"),
    ] {
        let wrong = check(template, decl);
        assert!(wrong.stderr.contains(said), "{template}: {}", wrong.stderr);
        assert!(!wrong.stderr.contains("goagent_") && !wrong.stderr.contains("goagent/"), "{}", wrong.stderr);
    }
}

/// Nor is the copy of a file that is compiled in its place.
#[test]
fn a_method_that_the_package_has_is_shown_with_its_own_place() {
    let text = "plugin p {\n    target \"text/template/parse\" [1.18, ) {\n        decl {\n            func (t *TextNode) tree() *Tree { return \
                nil }\n        }\n        rule one {\n            func Parse\n            enter { _ = 1 }\n        }\n    }\n}\n";
    let wrong = check_file(text);
    assert_eq!((wrong.end.as_str(), count(&wrong)), ("exit 1", 1), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("p.gorule:4:32") && wrong.stderr.contains("node.go:"), "{}", wrong.stderr);
    assert!(!wrong.stderr.contains("goagent_"), "{}", wrong.stderr);
}

/// The lines of the package are others in each release; the mistake is one.
#[test]
fn a_mistake_is_shown_once_for_all_versions() {
    let go = Go { name: "local".to_owned() };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("go.mod"), "module m\n\ngo 1.18\n").unwrap();
    for version in ["v0.8.0", "v0.9.1"] {
        let module = format!("github.com/pkg/errors@{version}");
        run(&mut go.go(folder.path(), &["mod", "download", &module])).expect_success("a module");
    }
    let wrong = check_file(
        "plugin p {\n    target \"github.com/pkg/errors\" [0.8.0, 0.9.1] {\n        bare rule one {\n            func Cause\n            \
         before `return err` { var n int = \"x\"; _ = n }\n        }\n    }\n}\n",
    );
    assert_eq!((wrong.end.as_str(), count(&wrong)), ("exit 1", 1), "{}", wrong.stderr);
    for said in ["p.gorule:5:", "errors v0.8.0", "errors v0.9.1"] {
        assert!(wrong.stderr.contains(said), "{said}: {}", wrong.stderr);
    }
}
