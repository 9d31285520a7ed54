//! Fields and ports: the code that a package gets, and does not get if something is in the way.

use super::tests::{rule, template, unit_of};
use super::*;
use crate::bundle::{Field, Fragment, Functions, Import, Port, Rule, StructExt, Template};
use crate::item::Item;

fn fragment(text: &str) -> Fragment {
    let import = Import { alias: "goagent_time".into(), path: "time".into() };
    Fragment { imports: vec![import], names: Vec::new(), ..template(text).variants.remove(0).code }
}

/// A unit with a bare rule at `f`, and a field for `T`.
fn unit(field: &str) -> Unit {
    let variant = crate::bundle::Variant { since: None, code: fragment("enter()") };
    let enter = Some(Template { variants: vec![variant] });
    let rule = Rule { enter, exit: None, ..rule(Functions::Named(vec!["f".into()])) };
    let ty = fragment("*goagent_time.Time");
    let item = StructExt { type_name: "T".into(), line: 3, fields: vec![Field { name: field.into(), ty }] };
    Unit { structs: vec![Placed { plugin: "p".into(), item }], ..unit_of(vec![rule]) }
}

fn files(texts: &[&str]) -> Vec<GoSourceFile> {
    let file =
        |(at, text): (usize, &&str)| GoSourceFile { path: format!("/src/{at}.go"), text: (*text).to_owned() };
    texts.iter().enumerate().map(file).collect()
}

#[test]
fn a_field_stands_behind_the_others_and_no_line_moves() {
    let texts = ["package p\nfunc f() {}\n", "package p\ntype T struct {\n\ta int // a\n}\n"];
    let woven = weave(&unit("goagentX"), &files(&texts));
    assert_eq!(woven.files.len(), 2);
    let text = &woven.files[1].1;
    assert!(text.contains("\ta int; goagentX *goagent_time.Time/*line :3:7*/ // a\n}"), "{text}");
    assert!(text.contains("package p; import goagent_time \"time\"/*line :1:10*/\n"), "{text}");
    assert_eq!(text.lines().count(), texts[1].lines().count() + 1, "the line directive at the top");
    assert!(woven.imports.contains("time"));
    let told: Vec<_> = woven.outcomes.iter().map(|o| (o.item.clone(), o.function.as_str())).collect();
    assert_eq!(told, [(Item::Rule("r".into()), "f"), (Item::Struct("T".into()), "T.goagentX")]);
}

#[test]
fn without_its_field_nothing_of_a_plugin_is_woven() {
    let reason = |text: &str, field: &str| {
        let woven = weave(&unit(field), &files(&[text]));
        assert!(!woven.changed(), "{text}");
        let skip = woven.outcomes[0].skipped.clone().unwrap();
        assert_eq!((woven.outcomes.len(), skip.code), (1, SkipCode::Field));
        skip.reason
    };
    let taken = reason("package p\nfunc f() {}\ntype T struct { x int }\n", "x");
    assert_eq!(taken, "no field can be added to T: the package has a field or method x already (line 3)");
    let open = reason("package p\nfunc f() {}\ntype T struct { X int }\n", "y");
    assert_eq!(open, "no field can be added to T: it is exported and so are all its fields (line 3)");
    let none = reason("package p\nfunc f() {}\n", "y");
    assert_eq!(none, "no field can be added to T: example.com/p has no such type for this platform");
}

#[test]
fn a_field_needs_a_rule_that_is_woven() {
    let woven = weave(&unit("goagentX"), &files(&["package p\ntype T struct { x int }\n"]));
    assert!(!woven.changed());
    assert_eq!(woven.outcomes.len(), 1, "the rule's: there is no f");
}

#[test]
fn two_plugins_may_not_add_one_name() {
    let mut unit = unit("goagentX");
    let mut other = unit.clone();
    other.rules[0].plugin = "q".into();
    other.structs[0].plugin = "q".into();
    unit.rules.append(&mut other.rules);
    unit.structs.append(&mut other.structs);
    let woven = weave(&unit, &files(&["package p\nfunc f() {}\ntype T struct { x int }\n"]));
    let skipped: Vec<_> = woven.outcomes.iter().map(|o| (o.plugin.as_str(), o.skipped.is_some())).collect();
    assert_eq!(skipped, [("p", false), ("q", true), ("p", false)]);
}

#[test]
fn a_port_is_a_variable_and_a_function_here_and_a_body_in_main() {
    let mut unit = unit("goagentX");
    unit.package = "time".into();
    unit.structs.clear();
    let (signature, body) = (fragment("func(at goagent_time.Time) bool"), fragment(" return true "));
    let item = Port { name: "told".into(), line: 2, written: true, signature, body };
    unit.ports.push(Placed { plugin: "p".into(), item });
    let woven = weave(&unit, &files(&["package time\nfunc f() {}\n"]));
    let text = woven.generated.unwrap();
    assert!(
        text.contains(
            "\n//line goagent/plugins/p.gorule:2:1\n//go:linkname goagent_port_told\n\
             var goagent_port_told func/*line goagent/plugins/p.gorule:1:1*/(at Time) bool\n"
        ),
        "{text}"
    );
    assert!(text.contains("func told(goagent_param_0 Time) (goagent_result_0 bool) {"), "{text}");
    assert!(text.contains("import _ \"unsafe\"") && !text.contains("goagent_time"), "{text}");
    let bodies = bodies(&[PortBody { package: "time".into(), port: unit.ports[0].clone() }]);
    let linked = "//go:linkname goagent_port_0 time.goagent_port_told\n\
                  var goagent_port_0 func/*line goagent/plugins/p.gorule:1:1*/(at goagent_time.Time) bool = ";
    assert!(bodies.text.contains(linked), "{}", bodies.text);
    let (guard, body) =
        (bodies.text.find("recover()"), bodies.text.find("//line goagent/plugins/p.gorule:2:1"));
    assert!(guard < body, "a guard is no template: {}", bodies.text);
    assert!(bodies.imports.iter().any(|import| import.path == "time"));
}

#[test]
fn what_is_linknamed_stands_in_a_file_that_imports_unsafe() {
    let woven = |text: &str| {
        let mut unit = unit_of(vec![rule(Functions::Named(vec!["f".into()]))]);
        unit.decls.push(PlacedDecl { plugin: "p".into(), block: 0, template: template(text) });
        weave(&unit, &files(&["package p\nfunc f() {}\n"])).generated.unwrap()
    };
    let text = woven("//go:linkname own\nfunc own() {}");
    assert!(text.contains("import _ \"unsafe\"\n"), "{text}");
    assert!(!woven("func own() {}").contains("unsafe"));
}

#[test]
fn a_template_in_a_body_does_not_mean_another_thing_of_the_name() {
    let of = |body: &str| {
        let mut code = fragment("goagent_p__own(x)");
        code.names = vec!["goagent_p__own".into()];
        let variants = vec![crate::bundle::Variant { since: None, code }];
        let anchor =
            crate::bundle::Anchor { replace: false, pattern: "x()".into(), template: Template { variants } };
        let rule = Rule {
            anchors: vec![anchor],
            enter: None,
            exit: None,
            ..rule(Functions::Named(vec!["f".into()]))
        };
        let woven = weave(&unit_of(vec![rule]), &files(&[&format!("package p\nfunc f() {{ {body} }}\n")]));
        woven.outcomes[0].skipped.clone().map(|skip| skip.reason)
    };
    assert_eq!(of("x()"), None);
    let why = of("own := 1; _ = own; x()");
    assert_eq!(
        why.as_deref(),
        Some("the function has something called own itself, which `decl` declares too")
    );
}
