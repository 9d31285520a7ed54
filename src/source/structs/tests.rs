//! Fields and their obstacles, on small sources.

use super::*;
use crate::source::outline;

fn found(ty: &str, field: (&str, &str), text: &str) -> Vec<Obstacle> {
    let go = GoFile::parse(format!("package p\n{text}\n")).unwrap();
    let added = [Added { name: field.0, ty: field.1, comparable: false }];
    let all = slots(ty, &added, &[&go]);
    let parts = parts(go.text(), (ty, field.0));
    if !has_twins(ty, &[&parts]) {
        assert_eq!(slots(ty, &added, &[&parts]), all, "without the declarations that do not matter");
    }
    match all {
        Ok(_) => Vec::new(),
        Err(found) => found.into_iter().map(|one| one.obstacle).collect(),
    }
}

/// The types of a file, and the declarations that may matter for a type and a field.
fn parts(text: &str, (ty, field): (&str, &str)) -> GoFile {
    let outline = outline(text);
    let matters = |range: &Range<usize>| {
        text[range.clone()].contains("type ") || may_matter(&text[range.clone()], ty, &[field])
    };
    let declarations = outline.declarations.into_iter().filter(matters);
    let parts: Vec<_> = std::iter::once(outline.head).chain(declarations).collect();
    GoFile::parse_parts(text, &parts).unwrap()
}

#[test]
fn a_type_that_is_only_mentioned_does_not_matter() {
    let matters = |text: &str| may_matter(text, "T", &["span"]);
    for text in
        ["// T is.\nfunc f() {}", "func (t *T) f(u T, v ...*T) (w T) { return g(t, TT{}) }", "var t, u *T"]
    {
        assert!(!matters(text), "{text}");
    }
    for text in
        ["v = T /* x */ {1}", "v = T[K]{1}", "map[ T ]int", "( *T )(v)", "unsafe.Sizeof(T(v))", "t.span"]
    {
        assert!(matters(text), "{text}");
    }
}

fn with_field(text: &str) -> String {
    let go = GoFile::parse(format!("package p\n{text}")).unwrap();
    let added = [Added { name: "goagentX", ty: "int", comparable: true }];
    let slots = slots("T", &added, &[&go]).unwrap();
    let mut text = go.text().to_owned();
    for slot in slots.iter().rev() {
        text.insert_str(slot.at, if slot.behind_field { "; X int" } else { " X int;" });
    }
    text.split_once('\n').unwrap().1.to_owned()
}

#[test]
fn fields_stand_behind_the_last_one() {
    assert_eq!(with_field("type T struct{ a int }"), "type T struct{ a int; X int }");
    assert_eq!(
        with_field("type T struct{ a, B int; c string `x` }"),
        "type T struct{ a, B int; c string `x`; X int }"
    );
    assert_eq!(
        with_field("type t struct{}\ntype T struct {\n\ta int // x\n\tt\n}"),
        "type t struct{}\ntype T struct {\n\ta int // x\n\tt; X int\n}"
    );
    assert_eq!(
        with_field("type (\n\tT struct {\n\t\ta func(int) (\n\t\t\tint)\n\t})"),
        "type (\n\tT struct {\n\t\ta func(int) (\n\t\t\tint); X int\n\t})"
    );
}

#[test]
fn what_is_no_open_struct_is_refused() {
    let x = ("goagentX", "int");
    assert_eq!(found("T", x, "type T struct { a int }"), []);
    assert_eq!(found("T", x, "type U struct { a int }"), [Obstacle::Absent]);
    assert!(matches!(found("T", x, "type T interface { a() }")[..], [Obstacle::NotStruct(_)]));
    assert!(matches!(found("T", x, "type T = struct { a int }")[..], [Obstacle::NotStruct(_)]));
    assert_eq!(found("T", x, "type T struct { A, B int }"), [Obstacle::Open]);
    assert_eq!(found("t", x, "type t struct { A, B int }"), []);
    assert_eq!(found("T", x, "type T struct {}"), [Obstacle::Open]);
    assert_eq!(found("T", x, "type T struct { A, b int }"), []);
}

#[test]
fn names_that_are_taken() {
    let taken = |text: &str| found("T", ("span", "int"), text);
    let expected = [Obstacle::Taken("span".into())];
    assert_eq!(taken("type T struct { span int }"), expected);
    assert_eq!(taken("type T struct { a int }\nfunc (t *T) span() {}"), expected);
    assert_eq!(taken("type E struct { span int }\ntype T struct { E; b int }"), expected);
    assert_eq!(taken("type T struct { a int }\nvar span int"), []);
}

#[test]
fn literals_without_names_of_fields() {
    let of = |text: &str| {
        found("T", ("goagentX", "int"), &format!("type T struct {{ a, b int }}\nvar v = {text}"))
    };
    for text in [
        "T{1, 2}",
        "&T{1, 2}",
        "[]T{{1, 2}}",
        "[]*T{{1, 2}}",
        "[...]T{3: {1, 2}}",
        "map[string]T{\"a\": {1, 2}}",
        "[][]T{{{1, 2}}}",
    ] {
        assert_eq!(of(text), [Obstacle::Unkeyed], "{text}");
    }
    for text in
        ["T{a: 1}", "T{}", "[]T{{}, {a: 1}}", "[]T{x, y}", "map[string]int{\"T\": 1}", "TT{1, 2}", "[]int{1}"]
    {
        assert_eq!(of(text), [], "{text}");
    }
}

#[test]
fn layouts_and_comparisons() {
    let of = |text: &str| found("T", ("goagentX", "*int"), &format!("type T struct {{ a, b int }}\n{text}"));
    assert_eq!(of("var v = (*T)(nil)"), []);
    assert!(matches!(of("func f() { v := (*T)(p) }")[..], [Obstacle::Layout(_)]));
    assert!(matches!(of("var n = unsafe.Sizeof(T{})")[..], [Obstacle::Layout(_)]));
    assert!(matches!(
        of("type U struct { a, b int }\nfunc f(u U) T { return T(u) }")[..],
        [Obstacle::Layout(_)]
    ));
    assert_eq!(of("type U struct { a int }\nfunc f(u U) { g(u) }"), []);
    assert!(matches!(of("var m map[T]int")[..], [Obstacle::Compared(_)]));
    assert!(matches!(of("func f(t T) bool { return t == (T{}) }")[..], [Obstacle::Compared(_)]));
    assert_eq!(of("var m map[string]T"), []);
}

#[test]
fn a_comparable_struct_gets_no_field_that_is_not() {
    let of = |ty: &str, text: &str| found("T", ("goagentX", ty), text);
    let no = |ty: &str| vec![Obstacle::Incomparable(ty.to_owned())];
    assert_eq!(of("[]int", "type T struct { a int }"), no("[]int"));
    assert_eq!(of("list", "type T struct { a int }\ntype list []int"), no("list"));
    assert_eq!(of("http.Header", "type T struct { a int }"), no("http.Header"));
    assert_eq!(of("list", "type T struct { a int }\ntype list struct { p *int }"), []);
    assert_eq!(of("[]int", "type T struct { a []int }"), []);
    assert_eq!(of("[]int", "type T struct { e }\ntype e struct { f func() }"), []);
    assert_eq!(of("[4]*int", "type T struct { a int }"), []);
    assert_eq!(of("[]int", "type T struct { a interfaces }\ntype interfaces []any"), []);
}
