//! Declarations of plugins: they are private, and a fault in one that a bare rule calls does not
//! end the program.

use super::Module;
use crate::common::go::Go;
use crate::common::process::run;

/// Builds plain and woven with every Go of the tests, and returns the woven program's output. Both
/// print the same.
fn woven(files: &[(&str, &str)], plugins: &[&str]) -> Vec<(String, String)> {
    let mut said = Vec::new();
    for go in Go::oldest_and_newest() {
        let module = Module { go, ..Module::new(files) };
        let bundle = module.bundle("rules.gobundle", plugins);
        module.go(&["build", "-o", "plain", "."]).expect_success("the plain build");
        let built = module.goagent(&["build", "--no-std", "--strict", "--bundle", &bundle, "-o", "out", "."]);
        built.expect_success("the woven build");
        let program = |name: &str| {
            let mut program = module.go.program(module.path().join(name).to_str().unwrap(), &module.path());
            run(program.env("OTEL_TRACES_EXPORTER", "none"))
        };
        let (plain, woven) = (program("plain"), program("out"));
        assert_eq!((&plain.stdout, &plain.end), (&woven.stdout, &woven.end), "{}", woven.stderr);
        said.push((built.stderr, woven.stderr));
    }
    said
}

/// The same text in a bare rule and in an ordinary one: nothing is printed except the faults, each
/// once.
#[test]
fn a_fault_in_what_a_bare_rule_calls_is_said_once_and_the_program_goes_on() {
    let rules = r#"plugin bad {
    target "example.com/m/lib" [1.0.0, ) {
        decl {
            type goagentCount struct{ seen map[string]int }
            func (c *goagentCount) add(key string) { c.seen[key]++ }
            var goagentAll goagentCount
            var goagentHook = func(list []int) int {
                return list[len(list)]
            }
            func goagentNth(list []int, n int) (got int, ok bool) {
                ok = true
                return list[n], true
            }
            func goagentInner(n int) int { return 1 / n }
            func goagentOuter(n int) int { return goagentInner(n) }
        }
        bare rule enter {
            func F(n)
            enter {
                goagentAll.add("F")
                _ = goagentHook([]int{n})
                if got, ok := goagentNth([]int{n}, n); got != 0 || !ok {
                    panic("results are what they were when it failed")
                }
                _ = goagentOuter(n - n)
            }
        }
    }
}
"#;
    let main = "package main\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/m/lib\"\n)\n\nfunc main() {\n\tfor n := 1; n < 4; n++ {\n\t\tfmt.Println(lib.F(n))\n\t}\n}\n";
    for (_, said) in woven(&[("main.go", main), ("lib/lib.go", super::LIB)], &[rules]) {
        let faults: Vec<&str> = said.lines().collect();
        let expected = [
            ("(*goagentCount).add", 5, "assignment to entry in nil map"),
            ("goagentHook", 8, "index out of range"),
            ("goagentNth", 12, "index out of range"),
            ("goagentOuter", 14, "integer divide by zero"),
        ];
        assert_eq!(faults.len(), expected.len(), "{said}");
        for (fault, (function, line, why)) in faults.into_iter().zip(expected) {
            let begin = format!(
                "goagent: rule decl {function} of plugin bad failed in example.com/m/lib.{function} at bad.gorule:{line}: "
            );
            assert!(fault.starts_with(&begin), "{begin}\n{said}");
            assert!(
                fault.contains(why) && fault.ends_with("the program goes on, this is said once"),
                "{said}"
            );
        }
    }
}

/// The agent depends on the package; and the report of the fault calls the function that the rule
/// is woven into.
#[test]
fn a_fault_below_the_agent_is_told_too() {
    let rules = "plugin bad {\n    target \"sync\" [1.18, ) {\n        decl {\n            var goagentSeen map[string]int\n            \
                 func goagentLocked() { goagentSeen[\"lock\"] = 1 }\n        }\n        bare rule lock {\n            \
                 recv m *Mutex\n            func Lock\n            enter { goagentLocked() }\n        }\n    }\n}\n";
    let main = "package main\n\nimport (\n\t\"fmt\"\n\t\"sync\"\n)\n\nfunc main() {\n\tvar mu sync.Mutex\n\tvar all sync.WaitGroup\n\tfor n := 0; n < 9; n++ {\n\t\tall.Add(1)\n\t\tgo func() {\n\t\t\tdefer all.Done()\n\t\t\tmu.Lock()\n\t\t\tdefer mu.Unlock()\n\t\t}()\n\t}\n\tall.Wait()\n\tfmt.Println(\"done\")\n}\n";
    for (built, said) in woven(&[("main.go", main)], &[rules]) {
        let told = said.lines().filter(|line| {
            line.starts_with("goagent: rule decl goagentLocked of plugin bad failed in sync.goagentLocked at bad.gorule:5: ")
        });
        assert_eq!((told.count(), said.lines().count()), (1, 1), "{said}\n{built}");
    }
}

/// Functions, types with methods, variables, constants, ports and fields of one name in two
/// plugins: all are there.
#[test]
fn plugins_with_the_same_names_are_both_woven() {
    let rules = |plugin: &str, number: u32| {
        format!(
            r#"plugin {plugin} {{
    import "strconv"

    target "example.com/m/lib" [1.0.0, ) {{
        struct Held {{
            field goagentMark *goagentT
        }}
        decl {{
            const goagentNumber = {number}
            type goagentBase struct{{ number int }}
            type goagentT struct{{ *goagentBase; count int }}
            func (t *goagentT) next() int {{ t.count++; return t.goagentBase.number + t.count }}
            var goagentAll = map[int]string{{goagentNumber: "{plugin}"}}
            func goagentTell(h *Held) string {{
                count := func(goagentNumber int) int {{ return goagentNumber }} // a parameter of the name
                return goagentAll[goagentNumber] + " " + strconv.Itoa(h.goagentMark.next()+count(0))
            }}
        }}
        rule made {{
            func New() (h *Held)
            exit {{ h.goagentMark = &goagentT{{goagentBase: &goagentBase{{number: goagentNumber}}}} }}
        }}
    }}
    target "example.com/m/lib" [1.0.0, ) {{
        rule used {{
            recv  h *Held
            func  Use
            state goagentText string
            enter {{ goagentText = goagentTell(h) }}
            exit  {{ println(goagentText, h.number) }}
        }}
    }}
}}
"#
        )
    };
    let (one, two) = (rules("one", 10), rules("two", 20));
    let lib = "package lib\n\ntype Held struct{ number int }\n\nfunc New() *Held { return &Held{number: 7} }\n\nfunc (h *Held) Use() {}\n";
    let main = "package main\n\nimport \"example.com/m/lib\"\n\nfunc main() {\n\th := lib.New()\n\th.Use()\n\th.Use()\n}\n";
    for (built, said) in woven(&[("main.go", main), ("lib/lib.go", lib)], &[&one, &two]) {
        assert!(!built.contains("skipped") && !built.contains("goagent_"), "{built}");
        assert_eq!(said, "two 21 7\none 11 7\ntwo 22 7\none 12 7\n", "{built}");
    }
}

/// Ports are names of the package as well.
#[test]
fn ports_of_one_name_reach_their_own_bodies() {
    let rules = |plugin: &str| {
        format!(
            "plugin {plugin} {{\n    target \"strings\" [1.18, ) {{\n        port goagentTold(text string) {{ println(\"{plugin}\", text) }}\n        \
             bare rule repeat {{\n            func  Repeat(s, _)\n            enter {{ goagentTold(s) }}\n        }}\n    }}\n}}\n"
        )
    };
    let main = "package main\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\nfunc main() { fmt.Println(strings.Repeat(\"main's own\", 2)) }\n";
    for (_, said) in woven(&[("main.go", main)], &[&rules("one"), &rules("two")]) {
        for plugin in ["one", "two"] {
            assert!(said.contains(&format!("{plugin} main's own\n")), "{said}");
        }
    }
}
