//! The weaver's input: Go files of this repository, whole, altered and mixed, and rules of every
//! form.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gorule::bundle::{Functions, Rule, StructExt, Target};
use gorule::codegen;
use gorule::source::{GoFile, callee};
use gorule::syntax::{decode, parse};
use gorule::weave::{GoSourceFile, Placed, PlacedRule, RuleState, Unit, weave};

use super::random::Random;
use super::texts::altered;

/// Rules that find something in most files.
const RULES: &str = r#"
plugin p {
    import "context"
    import "time"

    target "example.com/p" [1.0.0, ) {
        struct Conn {
            field goagentField interface{}
        }
        struct Span {
            field goagentField interface{}
        }
        rule named {
            func  (scheme | text | withoutUser)(a) (var s)
            enter { _ = s }
            exit  { s += a }
        }
        rule method {
            recv  t *Tree
            func  (Get | F)(var a, _)
            may skip
            enter {
                _ = t
                if a == 0 {
                    skip
                }
            }
        }
    }
    target own {
        rule every {
            func   matching "*"
            param  var ctx context.Context
            result var err error
            state  begun int
            enter {
                begun = len("{{label}}")
                ctx = nil
            }
            exit {
                if panicking || begun == 0 {
                    err = nil
                }
            }
        }
        rule marked {
            func  marked "goagent:span"
            enter { println("{{name}}") }
        }
        rule called {
            call  "time" (Sleep | Since)(d)
            enter { _ = d }
            exit  { _ = d }
        }
    }
}
"#;

/// Go files that are not large.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders = vec!["runtime", "tests/programs", "tests/fixtures"];
    let mut paths: Vec<_> =
        folders.drain(..).map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).collect();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let mut inner: Vec<_> =
                std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
            inner.sort();
            paths.extend(inner);
        } else if path.extension().is_some_and(|end| end == "go") {
            found.extend(std::fs::read(path).ok().filter(|text| text.len() < 12_000));
        }
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

pub fn bytes(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut out = altered(random, seeds, 6);
    out.truncate(16_000);
    out
}

fn unit() -> Unit {
    let source = decode("p.gorule", RULES.as_bytes().to_vec()).unwrap();
    let plugin = codegen::lower(&parse(&source).unwrap().file, &source.text).unwrap();
    let time = "package time\ntype Duration int64\ntype Time struct{}\nfunc Sleep(d Duration)\nfunc Since(t Time) Duration\n";
    let time = [GoFile::parse(time.to_owned()).unwrap()];
    let placed = |(block, target): (u32, &Target)| -> Vec<PlacedRule> {
        let rules = target.rules.iter().map(|rule| {
            let names = match &rule.functions {
                Functions::Called { names, .. } => names.clone(),
                _ => Vec::new(),
            };
            let callees: BTreeMap<_, _> = names
                .into_iter()
                .map(|name| {
                    let found = callee(&time, "time", &name);
                    (name, found)
                })
                .collect();
            PlacedRule {
                plugin: "p".into(),
                block,
                wide: block > 0,
                state: RuleState::On,
                callees,
                rule: rule.clone(),
            }
        });
        rules.collect()
    };
    let mut rules: Vec<PlacedRule> = (0..).zip(&plugin.targets).flat_map(placed).collect();
    // If a field cannot be added, its plugin is left out: each has its own plugin, with a rule,
    // since a field needs a rule.
    let structs = plugin.targets.iter().flat_map(|target| target.structs.clone());
    let structs: Vec<Placed<StructExt>> =
        structs.map(|item| Placed { plugin: format!("of_{}", item.type_name), item }).collect();
    let marked = rules.iter().find(|placed| placed.rule.name == "marked").unwrap().clone();
    for Placed { plugin, .. } in &structs {
        let rule = Rule { functions: Functions::Matching("*".to_owned()), ..marked.rule.clone() };
        rules.push(PlacedRule { plugin: plugin.clone(), rule, ..marked.clone() });
    }
    Unit { rules, structs, ..Unit::empty("example.com/p") }
}

/// The rules that are woven into a file, and the types that get a field.
pub fn found(bytes: &[u8]) -> BTreeSet<String> {
    let file = GoSourceFile { path: "/p/a.go".into(), text: String::from_utf8_lossy(bytes).into_owned() };
    let outcomes = weave(&unit(), &[file]).outcomes;
    outcomes.into_iter().filter(|one| one.skipped.is_none()).map(|one| one.item.to_string()).collect()
}

/// Weaves rules into a file of any content: no panic, and the woven file has all of the original in
/// it, line by line at its place.
pub fn woven(bytes: &[u8]) {
    thread_local!(static UNIT: Unit = unit());
    let text = String::from_utf8_lossy(bytes).into_owned();
    let file = GoSourceFile { path: "/p/a.go".into(), text: text.clone() };
    let woven = UNIT.with(|unit| weave(unit, &[file]));
    for (_, new) in &woven.files {
        // `_` names are given names, and only those disappear.
        let original = text.replace('_', "");
        let mut rest = new.bytes();
        assert!(original.bytes().all(|wanted| rest.any(|byte| byte == wanted)), "{text}\n----\n{new}");
    }
}
