//! Fragments and variants.

use super::*;
use crate::version::Version;

fn imports() -> Imports {
    Imports(vec![("agent".into(), "goagent/agent".into()), ("strings".into(), "strings".into())])
}

fn read(text: &str, place: Place) -> bundle::Fragment {
    fragment(text, FragmentKind::Statements, &imports(), &BTreeSet::new(), place)
}

fn at(line: u32, column: u32) -> Place {
    Place { line, column, restore: true }
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
        let place = Place { line: 1, column: 1, restore: false };
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
