//! A refusal concerns one rule at one place and is reported: the rest of the package is woven.

use super::tests::{rule, template, unit_of};
use super::*;
use crate::bundle::{Bind, Fragment, Functions, Import, Rule, StateVar, StructExt, Template};
use crate::source::{GoFile, callee};
use crate::version::Version;

const LIB: &str = "package lib\nimport \"x.org/types\"\nfunc Plain(n int) {}\nfunc Typed(t *types.T) {}\n";

fn fragment(text: &str, path: &str) -> Fragment {
    let imports = vec![Import { alias: "goagent_x".into(), path: path.into() }];
    Fragment { imports, ..template(text).variants.remove(0).code }
}

/// A rule at all functions, whose enter uses a parameter of a type of this package.
fn binding(path: &str) -> Rule {
    let ty = fragment("*goagent_x.T", path);
    let bind =
        Bind { name: "t".into(), assignable: false, result: false, ty, canonical: format!("*{path}.T") };
    Rule { binds: vec![bind], enter: Some(template("use t")), ..rule(Functions::Matching("*".into())) }
}

/// A rule that wraps calls of functions of x.org/lib.
pub(super) fn calling(names: &[&str]) -> Rule {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Rule { bare: false, ..rule(Functions::Called { package: "x.org/lib".into(), names }) }
}

pub(super) fn with_callees(mut unit: Unit) -> Unit {
    let files = [GoFile::parse(LIB.to_owned()).unwrap()];
    for placed in &mut unit.rules {
        if let Functions::Called { package, names } = &placed.rule.functions {
            placed.callees = names.iter().map(|name| (name.clone(), callee(&files, package, name))).collect();
        }
    }
    unit
}

/// For each outcome the code of its skip; `None` if it was woven.
fn skip_codes(woven: &Woven) -> Vec<Option<SkipCode>> {
    woven.outcomes.iter().map(|outcome| outcome.skipped.as_ref().map(|skip| skip.code)).collect()
}

pub(super) fn weave_texts(unit: &Unit, texts: &[(&str, &str)]) -> Woven {
    let file =
        |(name, text): &(&str, &str)| GoSourceFile { path: format!("/src/{name}"), text: (*text).to_owned() };
    weave(unit, &texts.iter().map(file).collect::<Vec<_>>())
}

#[test]
fn a_rule_that_binds_a_type_of_a_package_that_is_not_imported_is_left_out_alone() {
    let unit = unit_of(vec![binding("x.org/db"), rule(Functions::Matching("*".into()))]);
    let text = "package p\nfunc f(n int) {}\n";
    let woven = weave_texts(&unit, &[("a.go", text)]);
    assert_eq!(skip_codes(&woven), [Some(SkipCode::Import), None]);
    let reason = &woven.outcomes[0].skipped.as_ref().unwrap().reason;
    assert_eq!(reason, "its code needs x.org/db, which the package does not import");
    assert!(!woven.imports.contains("x.org/db"), "{:?}", woven.imports);
    let mut wide = unit.clone();
    wide.rules[0].wide = true;
    let both = skip_codes(&weave_texts(&wide, &[("a.go", &format!("{text}func g() {{}}\n"))]));
    assert_eq!(both, [Some(SkipCode::Import), None, None], "said once for a package");
    // Another file's import is enough, a test's is not, and no package imports itself.
    let importing = "package p\nimport _ \"x.org/db\"\n";
    let of =
        |unit: &Unit, name: &str| skip_codes(&weave_texts(unit, &[("a.go", text), (name, importing)]))[0];
    assert_eq!(of(&unit, "b.go"), None);
    assert_eq!(of(&unit, "b_test.go"), Some(SkipCode::Import));
    assert_eq!(of(&Unit { package: "x.org/db".into(), ..unit }, "b.go"), Some(SkipCode::Import));
}

#[test]
fn a_module_without_a_dot_is_not_of_the_standard_library() {
    let mut unit = unit_of(vec![binding("corp/db")]);
    let text = [("a.go", "package p\nfunc f(n int) {}\n")];
    assert!(unit.imports().contains("corp/db"));
    assert_eq!(skip_codes(&weave_texts(&unit, &text)), [None], "it may be of Go");
    unit.leave_to_others(|path| path == "corp/db");
    assert!(!unit.imports().contains("corp/db"));
    assert_eq!(skip_codes(&weave_texts(&unit, &text)), [Some(SkipCode::Import)]);
}

#[test]
fn declarations_and_fields_need_their_imports_too() {
    let mut unit = unit_of(vec![rule(Functions::Matching("*".into()))]);
    let text = [("a.go", "package p\nfunc f(n int) {}\ntype T struct { n int }\n")];
    let variant = crate::bundle::Variant { since: None, code: fragment("var x goagent_x.T", "x.org/db") };
    let template = Template { variants: vec![variant] };
    unit.decls.push(PlacedDecl { plugin: "p".into(), block: 1, template });
    assert_eq!(skip_codes(&weave_texts(&unit, &text)), [None], "it is another block's");
    unit.decls[0].block = 0;
    assert_eq!(skip_codes(&weave_texts(&unit, &text)), [Some(SkipCode::Import)]);
    unit.decls.clear();
    let field = crate::bundle::Field { name: "goagentX".into(), ty: fragment("goagent_x.T", "x.org/db") };
    let item = StructExt { type_name: "T".into(), line: 1, fields: vec![field] };
    unit.structs.push(Placed { plugin: "p".into(), item });
    assert_eq!(skip_codes(&weave_texts(&unit, &text)), [Some(SkipCode::Import)]);
}

pub(super) const CALLER: &str =
    "package p\nimport \"x.org/lib\"\nfunc f() { lib.Plain(1); lib.Typed(nil) }\n";

#[test]
fn calls_whose_code_cannot_be_added_stay_as_they_are() {
    let mut unit = with_callees(unit_of(vec![calling(&["Plain", "Typed"])]));
    let woven = weave_texts(&unit, &[("a.go", CALLER)]);
    assert_eq!(skip_codes(&woven), [Some(SkipCode::Call), None]);
    let mut later = unit.clone();
    later.version = Version::parse("1.0.0");
    later.rules[0].rule.enter.as_mut().unwrap().variants[0].since = Version::parse("2.0.0");
    let woven = weave_texts(&later, &[("a.go", CALLER)]);
    assert_eq!(skip_codes(&woven), [Some(SkipCode::Call), Some(SkipCode::NoVariant)]);
    assert!(!woven.changed(), "half an edit stays: {:?}", woven.files);
    let ty = fragment("goagent_x.T", "x.org/db");
    unit.rules[0].rule.state.push(StateVar { name: "s".into(), ty, takes_panic: false });
    let woven = weave_texts(&unit, &[("a.go", CALLER)]);
    assert_eq!(skip_codes(&woven), [Some(SkipCode::Import); 2]);
}

#[test]
fn a_call_where_another_rule_replaces_something_is_left_out_alone() {
    let anchor = crate::bundle::Anchor {
        replace: true,
        pattern: "lib.Plain(1)".into(),
        template: template("other()"),
    };
    let replacing =
        Rule { enter: None, exit: None, anchors: vec![anchor], ..rule(Functions::Named(vec!["f".into()])) };
    let unit = with_callees(unit_of(vec![replacing, calling(&["Plain"])]));
    let text = format!("{CALLER}func g() {{ lib.Plain(2) }}\n");
    let woven = weave_texts(&unit, &[("a.go", &text)]);
    assert_eq!(skip_codes(&woven), [None, Some(SkipCode::Overlap), None]);
    let text = &woven.files[0].1;
    assert!(text.contains("goagent_site_1.enter_1(") && !text.contains("goagent_site_0"), "{text}");
}

#[test]
fn a_function_in_parentheses_is_called_too() {
    let unit = with_callees(unit_of(vec![calling(&["Plain"])]));
    let text = "package p\nimport \"x.org/lib\"\nfunc f() { ((lib.Plain))(1) }\n";
    let woven = weave_texts(&unit, &[("a.go", text)]);
    assert_eq!(skip_codes(&woven), [None]);
    assert!(woven.files[0].1.contains("((lib.Plain))(goagent_site_0.enter_1("), "{}", woven.files[0].1);
}

#[test]
fn what_keeps_a_rule_from_calls_is_said() {
    let texts = [("a.go", CALLER), ("b.go", "package p\nfunc recover() {}\n")];
    let unit = with_callees(unit_of(vec![calling(&["Plain"])]));
    assert_eq!(skip_codes(&weave_texts(&unit, &texts)), [Some(SkipCode::OwnRecover)]);
    let mut unit = unit;
    let field = crate::bundle::Field { name: "goagentX".into(), ty: fragment("goagent_x.T", "time") };
    let item = StructExt { type_name: "Absent".into(), line: 1, fields: vec![field] };
    unit.structs.push(Placed { plugin: "p".into(), item });
    assert_eq!(skip_codes(&weave_texts(&unit, &texts[..1])), [Some(SkipCode::Field)]);
}
