//! The rules that are left out with a rule that cannot be woven.

use std::collections::BTreeSet;

use super::tests::{rule, template, unit_of};
use super::*;
use crate::bundle::{Functions, Rule, Template};

fn named(name: &str, function: &str, code: Template) -> Rule {
    Rule { name: name.into(), exit: None, enter: Some(code), ..rule(Functions::Named(vec![function.into()])) }
}

/// A template that mentions names.
fn mentions(text: &str, names: &[&str]) -> Template {
    let mut template = template(text);
    for variant in &mut template.variants {
        variant.code.names = names.iter().map(|name| (*name).to_owned()).collect();
    }
    template
}

/// Blocks of rules, each with its declaration.
fn unit(package: &str, blocks: Vec<(Vec<Rule>, Option<Template>)>) -> Unit {
    let mut unit = unit_of(Vec::new());
    package.clone_into(&mut unit.package);
    for (block, (rules, decl)) in (0..).zip(blocks) {
        unit.rules.extend(unit_of(rules).rules.into_iter().map(|placed| PlacedRule { block, ..placed }));
        unit.decls.extend(decl.map(|template| PlacedDecl { plugin: "p".into(), block, template }));
    }
    unit
}

/// A chain of three blocks: the second uses the first one's declaration, the third the second's;
/// and one block that uses nothing.
fn chain(package: &str) -> Unit {
    unit(
        package,
        vec![
            (
                vec![named("ground", "A", template("x()")), named("clear", "B", template("x()"))],
                Some(mentions("func word() int { return 1 }", &[])),
            ),
            (
                vec![named("end", "C", mentions("end()", &["end"]))],
                Some(mentions("func end() { word() }", &["word"])),
            ),
            (vec![named("panic", "D", mentions("end()", &["end"]))], None),
            (vec![named("alone", "E", template("x()"))], None),
        ],
    )
}

const ALL: &str = "package p\nfunc A() {}\nfunc B() {}\nfunc C() {}\nfunc D() {}\nfunc E() {}\n";

fn woven(unit: &Unit, text: &str) -> (BTreeSet<String>, Woven) {
    let woven = weave(unit, &[GoSourceFile { path: "/src/a.go".into(), text: text.to_owned() }]);
    let rules = woven.outcomes.iter().filter(|o| o.skipped.is_none()).map(|o| o.item.to_string()).collect();
    (rules, woven)
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn in_runtime_a_block_is_woven_as_a_whole() {
    let unit = chain(RUNTIME);
    assert_eq!(woven(&unit, ALL).0, set(&["ground", "clear", "end", "panic", "alone"]));
    let (rules, left) = woven(&unit, &ALL.replace("func B() {}\n", ""));
    assert_eq!(rules, set(&["alone"]), "one function is not there");
    let code = |rule: &str| {
        let found: Vec<_> = left.outcomes.iter().filter(|o| o.item.is_rule(rule)).collect();
        assert_eq!(found.len(), 1, "{rule}: {found:?}");
        found[0].skipped.as_ref().unwrap().code
    };
    assert_eq!(code("clear"), SkipCode::NotFound);
    assert_eq!([code("ground"), code("end"), code("panic")], [SkipCode::Depends; 3]);
    assert!(!left.generated.unwrap_or_default().contains("word"));
    let (rules, left) = woven(&unit, &ALL.replace("func D() {}\n", ""));
    assert_eq!(rules, set(&["ground", "clear", "end", "alone"]), "nothing depends on it");
    assert_eq!(left.declares, set(&["word", "end"]));
}

#[test]
fn elsewhere_a_block_is_there_with_one_of_its_rules() {
    let unit = chain("example.com/p");
    let (rules, _) = woven(&unit, &ALL.replace("func B() {}\n", ""));
    assert_eq!(rules, set(&["ground", "end", "panic", "alone"]));
    let (rules, _) = woven(&unit, &ALL.replace("func A() {}\nfunc B() {}\n", ""));
    assert_eq!(rules, set(&["alone"]), "what uses its declaration does not compile without it");
}

#[test]
fn what_depends_on_a_rule_that_is_switched_off_is_switched_off() {
    let mut unit = chain(RUNTIME);
    for (state, code) in [(RuleState::Disabled, SkipCode::Disabled), (RuleState::Faulty, SkipCode::Depends)] {
        unit.rules[1].state = state;
        let (rules, left) = woven(&unit, ALL);
        assert_eq!(rules, set(&["alone"]));
        let said: BTreeSet<_> = left
            .outcomes
            .iter()
            .filter_map(|o| Some((o.item.to_string(), o.skipped.as_ref()?.code)))
            .collect();
        let expected = ["ground", "end", "panic"].map(|rule| (rule.to_owned(), code));
        assert_eq!(said, BTreeSet::from(expected), "the rule itself is told of by others");
    }
}
