//! Properties of weaving, on text alone; the tests of whole builds show that woven code compiles
//! and runs.

use proptest::prelude::*;

use std::collections::BTreeMap;

use super::*;
use crate::bundle::{Fragment, Functions, Import, Receiver, Rule, Template, Variant};
use crate::source::GoFile;

fn fragment(text: &str) -> Fragment {
    Fragment {
        text: text.to_owned(),
        line: 1,
        column: 1,
        imports: vec![Import { alias: "goagent_os".into(), path: "os".into() }],
        names: text.split(' ').chain(["_"]).map(str::to_owned).collect(),
        returns: false,
        skips: false,
        guards: Vec::new(),
    }
}

pub(super) fn template(text: &str) -> Template {
    Template { variants: vec![Variant { since: None, code: fragment(text) }] }
}

pub(crate) fn rule(functions: Functions) -> Rule {
    Rule {
        name: "r".into(),
        doc: String::new(),
        line: 1,
        bare: true,
        versions: None,
        go: None,
        platforms: Vec::new(),
        receiver: None,
        functions,
        binds: Vec::new(),
        params: None,
        results: None,
        priority: 0,
        state: Vec::new(),
        may_skip: false,
        may_be_absent: false,
        enter: Some(template("enter()")),
        exit: Some(template("exit()")),
        anchors: Vec::new(),
        off: false,
    }
}

pub(crate) fn unit_of(rules: Vec<Rule>) -> Unit {
    let rules = rules
        .into_iter()
        .map(|rule| PlacedRule {
            plugin: "p".into(),
            block: 0,
            wide: false,
            callees: BTreeMap::new(),
            state: RuleState::On,
            rule,
        })
        .collect();
    Unit { rules, ..Unit::empty("example.com/p") }
}

fn every() -> Rule {
    rule(Functions::Matching("*".into()))
}

/// A rule that names all parameters and results of functions called `f` with one of each.
fn naming() -> Rule {
    let param = |name: &str| crate::bundle::Param { name: Some(name.into()), assignable: true };
    Rule {
        params: Some(vec![param("a")]),
        results: Some(vec![param("b")]),
        enter: Some(template("use a b")),
        exit: Some(template("use a b")),
        ..rule(Functions::Named(vec!["f".into()]))
    }
}

fn weave_one(rules: Vec<Rule>, text: &str) -> Woven {
    weave(&unit_of(rules), &[GoSourceFile { path: "/src/a.go".into(), text: text.to_owned() }])
}

fn text_of(woven: &Woven) -> &str {
    woven.files.first().map_or("", |(_, text)| text.as_str())
}

fn woven_names(woven: &Woven) -> Vec<&str> {
    woven.outcomes.iter().filter(|o| o.skipped.is_none()).map(|o| o.function.as_str()).collect()
}

#[test]
fn a_pattern_selects_by_the_displayed_name() {
    let text = "package p\nfunc F() {}\nfunc (t *T) F() {}\nfunc (t T) G() {}\nfunc asm()\n//go:nosplit\nfunc n() {}\n";
    let woven = weave_one(vec![every()], text);
    assert_eq!(woven_names(&woven), ["F", "(*T).F", "T.G"]);
    let skipped: Vec<_> = woven.outcomes.iter().filter(|o| o.skipped.is_some()).collect();
    assert_eq!((skipped.len(), skipped[0].function.as_str()), (1, "n"), "one without a body is nobody's");
    let of = |glob: &str| weave_one(vec![rule(Functions::Matching(glob.into()))], text);
    assert_eq!(woven_names(&of("*.F")), ["(*T).F"]);
    assert_eq!(woven_names(&of("T.*")), ["T.G"]);
    let none = of("H*");
    assert!(none.files.is_empty() && none.outcomes[0].skipped.is_some());
}

#[test]
fn a_mark_selects_by_a_directive_comment() {
    let text = "package p\n\n// Doc.\n//goagent:span name\nfunc A() {}\n\n//goagent:spanner\nfunc B() {}\n\n// goagent:span\nfunc C() {}\n\n//goagent:span\n\nfunc D() {}\n\n//goagent:span\n//go:noinline\nfunc (t T) E() {}\n";
    for mark in ["goagent:span", "//goagent:span"] {
        let woven = weave_one(vec![rule(Functions::Marked(mark.into()))], text);
        assert_eq!(woven_names(&woven), ["A", "T.E"]);
    }
}

#[test]
fn a_selecting_rule_binds_nothing() {
    let receiver = Receiver { name: Some("t".into()), pointer: false, type_name: "T".into() };
    let rule = Rule { receiver: Some(receiver), functions: Functions::Matching("*".into()), ..naming() };
    let woven = weave_one(vec![rule], "package p\nfunc f(int) error { return nil }\nfunc (T) g() {}\n");
    assert_eq!(woven_names(&woven), ["f", "T.g"]);
    assert!(text_of(&woven).contains("goagent_enter_1();"), "{}", text_of(&woven));
}

#[test]
fn functions_of_tests_are_not_woven() {
    let file = GoSourceFile { path: "/src/a_test.go".into(), text: "package p\nfunc F() {}\n".into() };
    assert!(weave(&unit_of(vec![every(), naming()]), &[file]).files.is_empty());
}

#[test]
fn helpers_are_generic_only_where_they_have_to_be() {
    let text = "package p\nfunc f[K comparable](a K) (b K) { return a }\nfunc g[_ any]() {}\nfunc (t *T[_]) h() {}\n";
    let woven = weave_one(vec![every()], text);
    assert_eq!(woven_names(&woven).len(), 3);
    assert!(!text_of(&woven).contains("goagent_enter_1["), "{}", text_of(&woven));
    let woven = weave_one(vec![naming()], text);
    assert!(text_of(&woven).contains("goagent_enter_1[K](&a, &b)"), "{}", text_of(&woven));
}

#[test]
fn names_far_to_the_right_begin_a_new_line() {
    let long = "x".repeat(180);
    let text = format!("package p\nfunc f(_ /* {long} */ map[string]int) (error) {{ return nil }}\n");
    let woven = weave_one(vec![naming()], &text);
    let widest = text_of(&woven).lines().take_while(|l| !l.starts_with('}')).map(str::len).max();
    assert!(widest <= Some(255), "{}", text_of(&woven));
    assert!(text_of(&woven).contains("(\n/*line :2:8*/goagent_param_0/*line :2:9*/"), "{}", text_of(&woven));
}

#[test]
fn rules_that_want_the_same_place_are_told_apart() {
    let anchor = |replace, pattern: &str, text: &str| crate::bundle::Anchor {
        replace,
        pattern: pattern.into(),
        template: template(text),
    };
    let bare =
        |anchors| Rule { enter: None, exit: None, anchors, ..rule(Functions::Named(vec!["f".into()])) };
    let text = "package p\nfunc f() { g(1 + 2) }\n";
    let inside = || anchor(true, "1 + 2", "3");
    let whole = || anchor(true, "g(1 + 2)", "h()");
    let woven = weave_one(vec![bare(vec![inside()]), bare(vec![whole()])], text);
    assert_eq!(woven_names(&woven).len(), 1, "the second is refused: {:?}", woven.outcomes);
    let woven = weave_one(vec![bare(vec![inside(), whole()]), bare(vec![whole()])], text);
    let names: Vec<bool> = woven.outcomes.iter().map(|o| o.skipped.is_none()).collect();
    assert_eq!(names, [false, true], "a rule that was refused leaves nothing behind");
}

#[test]
fn what_an_anchor_puts_in_stays_what_it_is() {
    let woven = |replace, pattern: &str, new: &str| {
        let anchor = crate::bundle::Anchor { replace, pattern: pattern.into(), template: template(new) };
        let named = Functions::Named(vec!["f".into()]);
        let rule = Rule { enter: None, exit: None, anchors: vec![anchor], ..rule(named) };
        let woven = weave_one(vec![rule], "package p\nfunc f(a, b int) int { g(); return a * b }\n");
        text_of(&woven).to_owned()
    };
    let text = woven(false, "g()", "\nx()\ny() // why\n");
    assert!(text.contains("{ x(); y(); /*line :2:24*/g(); return"), "{text}");
    let text = woven(true, "a", "a + 1 // why\n");
    assert!(text.contains("return (a + 1)/*line :2:37*/ * b"), "{text}");
    let text = woven(true, "a * b", "a + b");
    assert!(text.contains("return a + b/*line"), "{text}");
}

/// Returns true if all bytes of the original occur in order.
fn has_all_of(woven: &str, original: &str) -> bool {
    let mut rest = woven.bytes();
    original.bytes().all(|wanted| rest.any(|byte| byte == wanted))
}

const PIECES: [&str; 62] = [
    "func ",
    "func (t *T) ",
    "func (T[K]) ",
    "f",
    "g",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "[T any]",
    "()",
    "(a int)",
    "(b error)",
    "int",
    "...int",
    "_",
    ", ",
    "; ",
    "\n",
    "\n\n",
    " ",
    "\t",
    "\"",
    "`",
    "'",
    "\\",
    "//",
    "/*",
    "*/",
    "/*line :3:4*/",
    "\n//line a.go:9\n",
    "\n//go:nosplit\n",
    "\n//goagent:span\n",
    "import \"os\"",
    "type T struct",
    "type T[K any] = ",
    "var x = ",
    "const ",
    "return ",
    "if x ",
    "else ",
    "for ",
    "switch ",
    "case ",
    "go ",
    "defer ",
    "new(1)",
    "make(",
    "chan ",
    "<-",
    "map[string]",
    "interface",
    ":=",
    "=",
    "+",
    ".",
    "0x",
    "1",
    "\u{feff}",
    "é",
];

fn go_like() -> impl Strategy<Value = String> {
    let pieces = proptest::collection::vec(0..PIECES.len(), 0..120);
    let whole = proptest::collection::vec(
        prop_oneof![
            "func [fg]\\(a int\\) \\(b error\\) \\{ return nil \\}\n",
            "func \\(t T\\) [fg]\\(\\) \\{\\}\n"
        ],
        0..4,
    );
    (pieces, whole).prop_map(|(pieces, whole)| {
        let soup: String = pieces.iter().map(|i| PIECES[*i]).collect();
        format!("package p\n{}{soup}\n{}", whole.concat(), whole.concat())
    })
}

fn survives(text: &str) -> Result<(), TestCaseError> {
    let _ = GoFile::parse(text.to_owned());
    let _ = crate::source::first_syntax_error(text);
    let woven = weave_one(vec![naming(), every(), rule(Functions::Marked("goagent:span".into()))], text);
    for (_, new) in &woven.files {
        // `naming` replaces `_` names, and only those.
        prop_assert!(has_all_of(new, &text.replace('_', "")), "{text}\n----\n{new}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_woven_or_left_alone(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        survives(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_text_that_is_nearly_go_is_woven_or_left_alone(text in go_like()) {
        survives(&text)?;
    }
}

#[test]
fn a_guard_needs_the_recover_of_go() {
    let skipped = |text: &str| {
        let guarded = Rule { bare: false, ..every() };
        let files = [
            GoSourceFile { path: "/a.go".into(), text: "package p\n\nfunc f() {}\n".into() },
            GoSourceFile { path: "/b.go".into(), text: format!("package p\n\n{text}\n") },
        ];
        let outcomes = weave(&unit_of(vec![guarded]), &files).outcomes;
        outcomes
            .iter()
            .filter(|o| o.skipped.as_ref().is_some_and(|why| why.reason.contains("recover")))
            .count()
    };
    for own in
        ["func recover() int { return 1 }", "var (\n\ta = 1\n\trecover = f\n)", "type recover struct{}"]
    {
        assert!(skipped(own) > 0, "{own}");
    }
    for other in ["func g() { recover := f; recover() }", "func g(recover int) {}", "func (t T) recover() {}"]
    {
        assert_eq!(skipped(other), 0, "{other}");
    }
}

#[test]
fn type_parameters_without_a_name_are_given_one() {
    let text = "package p\n\nfunc (l *L[_, V]) f(v V) {}\n";
    let bind = Rule {
        receiver: Some(Receiver { name: Some("l".into()), pointer: true, type_name: "L".into() }),
        enter: Some(template("l . n")),
        ..naming()
    };
    let mut bind = bind;
    bind.params = None;
    bind.results = None;
    let files = [GoSourceFile { path: "/a.go".into(), text: text.into() }];
    let woven = weave(&unit_of(vec![bind]), &files);
    let text = &woven.files[0].1;
    assert!(
        text.contains("func (_ *L[goagent_type_0, V]) goagent_enter_1(l *L[goagent_type_0, V])"),
        "{text}"
    );
    assert!(text.contains("func (l *L[goagent_type_0/*line :3:13*/, V]) f(v V)"), "{text}");
}
