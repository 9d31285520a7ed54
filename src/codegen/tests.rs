//! Tests of fragments and variants.

use super::*;
use crate::version::Version;

fn imports() -> Imports {
    Imports(vec![("agent".into(), "goagent/agent".into()), ("strings".into(), "strings".into())])
}

fn read(text: &str, place: RulePlace) -> bundle::Fragment {
    let reader = FragmentReader { imports: &imports(), own: &OwnNames::default(), bound: &BTreeSet::new() };
    reader.fragment(text, FragmentKind::Statements, place)
}

fn at(line: u32, column: u32) -> RulePlace {
    RulePlace { line, column, restore: true }
}

#[test]
fn qualifiers_become_private_and_columns_are_restored() {
    let f = read(" agent.Route(c.FullPath()) ", at(7, 10));
    assert_eq!(f.text, " goagent_agent/*line :7:16*/.Route(c.FullPath()) ");
    assert_eq!(f.imports, [bundle::Import { alias: "goagent_agent".into(), path: "goagent/agent".into() }]);
    assert!(f.names.contains(&"c".to_owned()) && !f.names.contains(&"FullPath".to_owned()));
}

#[test]
fn skip_and_return_are_seen() {
    let f = read("if m == \"\" { skip }", at(1, 1));
    assert!(f.skips && !f.returns, "{f:?}");
    assert!(f.text.contains("{ goagent_skip = true; return }"));
    let f = read("f := func() { return }; f()", at(1, 1));
    assert!(!f.returns);
}

#[test]
fn a_template_without_helpers_is_verbatim() {
    let all = render_variants("x := `{`", at(1, 1)).unwrap();
    assert_eq!(all, [Rendered { since: None, text: "x := `{`".into() }]);
}

#[test]
fn one_variant_for_each_range() {
    let text = "a()\n{{#since \"1.9.0\"}}b(){{else}}c(){{/since}}\nd(\"{{package}}\")\n";
    let all = render_variants(text, at(5, 3)).unwrap();
    assert_eq!(all.len(), 2);
    assert!(all[0].since.is_none() && all[0].text.contains("c()") && !all[0].text.contains("b()"));
    assert_eq!(all[1].since, Version::parse("1.9.0"));
    let expected = format!("/*line :7:1*/d(\"{PACKAGE_PLACEHOLDER}\"/*line :7:16*/)");
    assert!(all[1].text.contains(&expected), "{}", all[1].text);
}

#[test]
fn unknown_constants_and_helpers_are_errors() {
    assert!(render_variants("{{versoin}}", at(1, 1)).unwrap_err().reason.contains("versoin"));
    assert!(render_variants("{{#until \"1\"}}{{/until}}", at(1, 1)).unwrap_err().reason.contains("until"));
    assert!(render_variants("{{#since 1.9}}{{/since}}", at(1, 1)).unwrap_err().reason.contains("in quotes"));
}

#[test]
fn a_local_variable_named_like_an_import_is_no_package() {
    for (text, expected) in [
        (
            "strings := local{}; println(strings.ToUpper(x), agent.F())",
            "strings := local{}; println(strings.ToUpper(x), goagent_agent.F())",
        ),
        (
            "for _, agent := range all { agent.Stop() }; agent.F()",
            "for _, agent := range all { agent.Stop() }; goagent_agent.F()",
        ),
        ("func(strings T) { strings.F() }(strings.X)", "func(strings T) { strings.F() }(goagent_strings.X)"),
    ] {
        let place = RulePlace { line: 1, column: 1, restore: false };
        assert_eq!(read(text, place).text, expected);
    }
}

#[test]
fn default_names_of_import_paths() {
    for (path, name) in [
        ("a/b/v9", "b"),
        ("net/http", "http"),
        ("gopkg.in/yaml.v3", "yaml"),
        ("x/go-y", "y"),
        ("x/amqp091-go", "amqp091"),
        ("x/nats.go", "nats"),
    ] {
        assert_eq!(default_name(path), name);
    }
}

/// Lowers a plugin from its text.
fn lowered(plugin: &str) -> bundle::Plugin {
    let source = crate::syntax::decode("p.gorule", plugin.as_bytes().to_vec()).unwrap();
    lower(&crate::syntax::parse(&source).unwrap().file, &source.text).unwrap()
}

fn without_positions(text: &str) -> String {
    let mut parts = text.split("/*line :");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |out, part| out + part.split_once("*/").unwrap().1)
}

#[test]
fn keys_and_members_are_private_where_they_are_the_plugins() {
    let decl = "type own struct { own, n int }\ntype embedded int\ntype holder struct { *embedded; n int }\nconst n, K = 1, 2\n\
                func goagentF() {}\nvar p = map[int]int{n: n}\n//go:linkname linked\nfunc linked()";
    let rules = |template: &str| {
        format!(
            "plugin q {{ import \"net/http\"\n target \"x.org/p\" [1.0.0, ) {{ struct Held {{ field mark int }}\n decl {{\n{decl}\n}}\n \
             rule r {{ func F(h)\n enter {{ {template} }} }} }} }}"
        )
    };
    for (template, expected) in [
        // Fields of the plugin's own, and others of the same name.
        ("h.mark = x.n", "h.goagent_q__mark = x.n"),
        ("_ = &Held{mark: 1, n: 2}", "_ = &Held{goagent_q__mark: 1, n: 2}"),
        ("_ = map[int]int{mark: 1}", "_ = map[int]int{mark: 1}"),
        ("mark := 1; _ = Held{mark: mark}", "mark := 1; _ = Held{goagent_q__mark: mark}"),
        (
            "_ = holder{embedded: nil}.embedded",
            "_ = goagent_q__holder{goagent_q__embedded: nil}.goagent_q__embedded",
        ),
        // Keys are fields or expressions.
        ("_ = own{n: n, own: 1}.own", "_ = goagent_q__own{n: goagent_q__n, own: 1}.own"),
        ("_ = map[int]int{n: n}", "_ = map[int]int{goagent_q__n: goagent_q__n}"),
        ("_ = []own{ {n: n}, n: {n: 1}}", "_ = []goagent_q__own{ {n: goagent_q__n}, goagent_q__n: {n: 1}}"),
        ("_ = T{n: n}; _ = T{(n): n}", "_ = T{n: goagent_q__n}; _ = T{(goagent_q__n): goagent_q__n}"),
        ("_ = http.Header{n: nil, K: nil}", "_ = goagent_http.Header{goagent_q__n: nil, K: nil}"),
        ("type n []int; _ = n{n(1): 2}", "type n []int; _ = n{n(1): 2}"),
        // A name that is bound, linknamed or declared elsewhere stays as it is.
        ("linked(); goagentF(); other()", "linked(); goagent_q__goagentF(); other()"),
        ("h = func(n int) int { return n }(n)", "h = func(n int) int { return n }(goagent_q__n)"),
        ("n: for { break n }", "n: for { break n }"),
    ] {
        let plugin = lowered(&rules(template));
        let target = &plugin.targets[0];
        let enter = &target.rules[0].enter.as_ref().unwrap().variants[0].code;
        assert_eq!(without_positions(&enter.text).trim(), expected);
        assert_eq!(target.structs[0].fields[0].name, "goagent_q__mark");
        let decl = without_positions(&target.decls[0].variants[0].code.text);
        for part in [
            "type goagent_q__own struct { own, n int }",
            "struct { *goagent_q__embedded; n int }",
            "goagent_q__p = map[int]int{goagent_q__n: goagent_q__n}",
            "func linked()",
        ] {
            assert!(decl.contains(part), "{part}\n{decl}");
        }
    }
}

#[test]
fn names_are_shared_by_the_targets_of_a_plugin_that_share_a_package() {
    let plugin = lowered(
        "plugin q { target \"x.org/p\" [1.0.0, 2.0.0) { decl { func f() {} }\n rule r { func F\n enter { f(); g() } } }\n \
         target \"x.org/p\" [1.5.0, 2.0.0) { decl { func g() {} }\n rule r { func G\n enter { f(); g() } } }\n \
         target \"x.org/p\" [2.0.0, ) { rule r { func G\n enter { f(); g() } } }\n \
         target \"x.org/q\" [1.0.0, ) { rule r { func G\n enter { f(); g() } } } }",
    );
    let names =
        |at: usize| plugin.targets[at].rules[0].enter.as_ref().unwrap().variants[0].code.names.clone();
    assert_eq!(names(0), ["goagent_q__f", "goagent_q__g"]);
    assert_eq!(names(1), names(0));
    assert_eq!(
        (names(2), names(3)),
        (vec!["f".to_owned(), "g".to_owned()], vec!["f".to_owned(), "g".to_owned()])
    );
}

#[test]
fn what_bare_rules_call_has_a_guard_where_one_is_possible() {
    let guarded = |package: &str, bare: &str| {
        let decl = "func f() {}\nfunc g() { f() }\nfunc (t *T) m() {}\nfunc init() {}\n//go:nosplit\nfunc n() {}\n\
                    var v, w = func() { func() {}() }, h\nfunc h() {}";
        let plugin = lowered(&format!(
            "plugin q {{ target \"{package}\" [1.0.0, ) {{ decl {{\n{decl}\n}}\n {bare}rule r {{ func F(f)\n enter {{ g(); t.m(); \
             n(); v(); f() }} }} }} }}"
        ));
        let target = &plugin.targets[0];
        let code = &target.decls[0].variants[0].code;
        let names: Vec<String> = code.guards.iter().map(|guard| guard.function.clone()).collect();
        assert_eq!(code.text.matches("defer goagent_guard_q_").count(), names.len(), "{}", code.text);
        assert_eq!(target.ports.iter().filter(|port| !port.written).count(), usize::from(!names.is_empty()));
        names
    };
    // `f` is bound by the rule; `h` may be what `v` and `w` of the same declaration hold.
    assert_eq!(guarded("x.org/p", "bare "), ["g", "(*T).m", "v", "h"]);
    assert_eq!(guarded("strings", "bare "), ["g", "(*T).m", "v", "h"]);
    assert_eq!(guarded("x.org/p", ""), [""; 0]);
    for package in ["runtime", "internal/runtime/maps", "math/bits"] {
        assert_eq!(guarded(package, "bare "), [""; 0], "{package}");
    }
}

#[test]
fn what_is_exported_is_shared_by_the_packages_of_a_plugin() {
    let plugin = lowered(
        "plugin q { import \"x.org/p\"\n target \"x.org/p\" [1.0.0, ) { decl { func Told() {}\n type Kind int\n func own() {} }\n rule r { \
         func F\n enter { Told() } } }\n target \"x.org/other\" [1.0.0, ) { rule r { func G\n enter { p.Told(); var k p.Kind; p.Other(k); \
         p.own(); Told() } } }\n target \"strings\" [1.0.0, ) { port told(k int) { p.Told(); _ = p.Kind(k) }\n bare rule r { func G\n enter { \
         told(1) } } } }",
    );
    let body = &plugin.targets[2].ports[0].body.text;
    assert_eq!(
        without_positions(body).trim(),
        "goagent_p.Goagent_q__Told(); _ = goagent_p.Goagent_q__Kind(k)"
    );
    let text = |at: usize| {
        without_positions(&plugin.targets[at].rules[0].enter.as_ref().unwrap().variants[0].code.text)
    };
    assert_eq!(text(0).trim(), "Goagent_q__Told()");
    assert_eq!(
        text(1).trim(),
        "goagent_p.Goagent_q__Told(); var k goagent_p.Goagent_q__Kind; goagent_p.Other(k); goagent_p.own(); Told()"
    );
    for name in ["Told", "told", "_a"] {
        assert_eq!(written_name("q", &private_name("q", name)), name);
    }
}

#[test]
fn a_panic_is_handed_to_spans_unless_exit_looks_at_it() {
    let takes = |import: &str, state: &str, exit: &str| {
        let rule = format!("rule r {{ func F\n state s {state}\n enter {{ start() }}\n{exit} }}");
        let plugin = format!("plugin p {{ {import}\n target \"x.org/p\" [1.0.0, ) {{\n{rule}\n}} }}");
        lowered(&plugin).targets[0].rules[0].state[0].takes_panic
    };
    let end = "exit { s.End() }";
    assert!(takes("", "agent.Span", end));
    assert!(takes("", "( agent . Span )", end));
    assert!(takes("import own \"goagent/agent\"", "own.Span", end));
    assert!(!takes("import agent \"x.org/agent\"", "agent.Span", end));
    for other in ["*agent.Span", "[]agent.Span", "agent.Suppressed", "Span", "semconv.Span"] {
        assert!(!takes("", other, end), "{other}");
    }
    assert!(!takes("", "agent.Span", ""));
    for looks in [
        "if panicking { s.SetPanic(1) }",
        "s.SetPanic(panicValue)",
        "func() { _ = panicking }()",
        "{{#since \"1.2.0\"}}_ = panicking{{/since}}",
    ] {
        assert!(!takes("", "agent.Span", &format!("exit {{\n{looks}\ns.End() }}")), "{looks}");
    }
    assert!(takes("", "agent.Span", "exit { s.SetString(\"a\", \"panicking\") // panicValue\n }"));
    let bare = "plugin p { target \"runtime\" [1.20, ) { bare rule r { func F\n state s agent.Span\n exit { s.End() } } } }";
    assert!(!lowered(bare).targets[0].rules[0].state[0].takes_panic);
}
