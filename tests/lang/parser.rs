//! The parser under arbitrary text: it never panics, and text in its language is read as written.

use gorule::syntax::ast::{Param, Rule};
use gorule::syntax::{decode, parse};
use proptest::prelude::*;

/// Text made of the pieces of the language, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("plugin p {".to_owned()),
        Just("target \"a.b/c\" [1.0.0, ) {".to_owned()),
        Just("rule r {".to_owned()),
        Just("bare rule r {\n".to_owned()),
        Just("func (a | b)(x, var y T) (_ error)\n".to_owned()),
        Just("recv e *E[K]\n".to_owned()),
        Just("versions (, 2.0.0], [3.0.0, )\n".to_owned()),
        Just("enter { f(\"}\") }\n".to_owned()),
        Just("before `x` { y }\n".to_owned()),
        Just("state a map[string]int\n".to_owned()),
        Just("/// doc\n".to_owned()),
        Just("//! doc\n".to_owned()),
        Just("}\n".to_owned()),
        Just("{".to_owned()),
        Just("/*".to_owned()),
        Just("'".to_owned()),
        "[(){}\\[\\],|`\"'/*\\\\ \n\ta-z0-9.é]{0,12}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn ident() -> impl Strategy<Value = String> {
    "[a-z][a-zA-Z0-9_]{0,6}".prop_filter("not a word of the language", |word| {
        !["var", "func", "map", "chan", "struct", "interface"].contains(&word.as_str())
    })
}

fn ty() -> impl Strategy<Value = String> {
    prop_oneof![
        ident(),
        Just("*T".to_owned()),
        Just("map[string][]int".to_owned()),
        Just("func(a, b int) (c error)".to_owned()),
        Just("context.Context".to_owned()),
        Just("struct{ a int; b string }".to_owned()),
        Just("...interface{}".to_owned()),
    ]
}

fn param() -> impl Strategy<Value = String> {
    (any::<bool>(), prop_oneof![ident(), Just("_".to_owned())], proptest::option::of(ty())).prop_map(
        |(var, name, ty)| {
            format!(
                "{}{name}{}",
                if var { "var " } else { "" },
                ty.map_or(String::new(), |t| format!(" {t}"))
            )
        },
    )
}

fn written(param: &Param) -> String {
    let name = param.name.as_ref().map_or("_", |n| n.node.as_str());
    let ty = param.ty.as_ref().map_or(String::new(), |t| format!(" {}", t.node));
    format!("{}{name}{ty}", if param.var.is_some() { "var " } else { "" })
}

fn only_rule(text: &str) -> Rule {
    let source = decode("a.gorule", text.as_bytes().to_vec()).unwrap();
    let parsed = parse(&source).unwrap_or_else(|problems| {
        panic!("{text}\n{}", gorule::diagnostic::render::to_text(&problems, false))
    });
    parsed.file.plugin.targets[0].rules[0].clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_gives_a_tree_or_findings(text in prop_oneof![pieces(), ".{0,200}"]) {
        let source = decode("a.gorule", text.into_bytes()).unwrap();
        if let Err(problems) = parse(&source) {
            prop_assert!(!problems.is_empty());
            for problem in &problems {
                for label in &problem.labels {
                    prop_assert!(source.text.get(label.span.clone()).is_some(), "{problem:?}");
                }
            }
            prop_assert!(!gorule::diagnostic::render::to_text(&problems, true).is_empty());
        }
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(source) = decode("a.gorule", bytes) {
            let _ = parse(&source);
        }
    }

    #[test]
    fn what_is_written_is_what_is_read(
        names in proptest::collection::vec(ident(), 1..4),
        params in proptest::collection::vec(param(), 0..5),
        results in proptest::option::of(proptest::collection::vec(param(), 0..3)),
        enter in "[a-z =().;]{0,30}",
        number in any::<i32>(),
    ) {
        let list = |list: &[String]| format!("({})", list.join(", "));
        let results_text = results.as_ref().map_or(String::new(), |r| list(r));
        let text = format!(
            "plugin p {{ target \"a.b/c\" [1.0.0, 2.0.0) {{ rule r {{\nfunc ({}){} {results_text}\npriority {number}\nenter {{{enter}}}\n}} }} }}",
            names.join(" | "), list(&params)
        );
        let rule = only_rule(&text);
        prop_assert_eq!(rule.func.names.iter().map(|n| n.node.clone()).collect::<Vec<_>>(), names);
        prop_assert_eq!(rule.func.params.unwrap().node.iter().map(written).collect::<Vec<_>>(), params);
        prop_assert_eq!(rule.func.results.map(|r| r.node.iter().map(written).collect::<Vec<_>>()), results);
        prop_assert_eq!(rule.priority.unwrap().node, number);
        let template = rule.enter.unwrap();
        prop_assert_eq!(&text[template.span.clone()], enter.as_str());
        prop_assert_eq!(template.node, enter);
        prop_assert_eq!(&text[rule.name.span], "r");
    }
}
