//! A panic is handed to the spans in a rule's state.

use super::tests::{rule, template, unit_of};
use super::tests_refused::{CALLER, calling, weave_texts, with_callees};
use crate::bundle::{Functions, Rule, StateVar};

/// A rule with a span and a number in its state, of which its exit reads the span.
fn with_span(rule: Rule, takes_panic: bool, exit: &str) -> Rule {
    let state = |name: &str, ty: &str, takes_panic: bool| {
        let ty = template(ty).variants.remove(0).code;
        StateVar { name: name.into(), ty, takes_panic }
    };
    let state = vec![state("span", "goagent_agent.Span", takes_panic), state("n", "int", false)];
    Rule { bare: false, state, exit: Some(template(exit)), ..rule }
}

fn function(takes_panic: bool, exit: &str) -> String {
    let rule = with_span(rule(Functions::Named(vec!["f".into()])), takes_panic, exit);
    weave_texts(&unit_of(vec![rule]), &[("a.go", "package p\nfunc f() {}\n")]).files.remove(0).1
}

fn call(takes_panic: bool, exit: &str) -> String {
    let rule = with_span(calling(&["Plain"]), takes_panic, exit);
    weave_texts(&with_callees(unit_of(vec![rule])), &[("a.go", CALLER)]).files.remove(0).1
}

const HANDED: &str = "span.SetPanic(goagent_panic)";

#[test]
fn the_helper_of_a_function_hands_it_over_before_its_template() {
    // An exit that does not read the span in this version hands it over as well.
    for exit in ["span .End()", "nothing"] {
        let text = function(true, exit);
        assert!(
            text.contains("goagent_depth_1 := goagent_agent.PanicDepth(); goagent_state_1_span, _ := "),
            "{text}"
        );
        assert!(text.contains("defer goagent_exit_1(goagent_depth_1, goagent_state_1_span)"), "{text}");
        let handed = format!(
            "if goagent_panics, goagent_panic := goagent_agent.Panicking(goagent_depth); goagent_panics {{ {HANDED}; }}; "
        );
        assert!(text.contains(&handed) && text.find(HANDED) < text.find(exit), "{text}");
    }
    let looks = function(false, "span panicking");
    assert!(
        looks.contains("panicking, panicValue := goagent_agent.Panicking(") && !looks.contains(HANDED),
        "{looks}"
    );
    let other = function(false, "span .End()");
    assert!(!other.contains("Panic"), "{other}");
}

#[test]
fn the_helper_of_a_call_hands_it_over_before_its_template() {
    for exit in ["span .End()", "nothing"] {
        let text = call(true, exit);
        assert!(
            text.contains("goagent_exit_1(goagent_panics bool, goagent_panic interface{}, span "),
            "{text}"
        );
        assert!(text.contains(&format!("if goagent_panics {{ {HANDED}; }}; ")), "{text}");
        assert!(
            text.contains("goagent_exit_1(panicking, panicValue, goagent_this_call.state_span)"),
            "{text}"
        );
    }
    let looks = call(false, "span panicking");
    assert!(looks.contains("panicking bool, panicValue interface{}") && !looks.contains(HANDED), "{looks}");
    let other = call(false, "span .End()");
    assert!(!other.contains("panicking") && !other.contains(HANDED), "{other}");
}
