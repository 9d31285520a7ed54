//! Codes of mistakes in the text between braces: `GR02..`.

super::table::codes! {
    GO_SYNTAX = "GR0201", Error, "{what} is not valid Go: {found}",
        "Template text becomes Go source, and is parsed as such.",
        "Correct the Go code at the place shown, or just before it. Where the template has parts for several versions, the message says which of them is wrong.";
    UNKNOWN_HELPER = "GR0202", Error, "`{name}` is nothing that a template knows",
        "Double braces hold `#since`, `else`, `/since` or a constant: version, package, func.",
        "Correct the word. Where Go's own braces are meant, put a blank between them: `[][]int{ {1}, {2} }`.";
    HELPER_MISUSED = "GR0203", Error, "{what}",
        "Blocks in double braces are closed in the order in which they are opened; `#since` takes one version in quotes.",
        "Close `{{#since \"1.9.0\"}}` with `{{/since}}`; `{{else}}` goes between the two.";
    NOT_A_TYPE = "GR0204", Error, "`{text}` is not a Go type",
        "Types of a rule are compared with those of the source, and written to generated code.",
        "Write the type as in Go source.";
    RETURN_VALUE = "GR0205", Error, "`return` with a value in a template",
        "A template's `return` ends the template. Results of the function are assigned by name, marked `var`.",
        "Assign the result by its name, marked `var` in the `func` line; `skip` in enter returns from the function.";
    ANCHOR_NOT_GO = "GR0206", Error, "the text to look for is not a Go {what}",
        "`before` looks for a statement, `replace` for an expression, by their tokens.",
        "Copy a whole statement (for `before`) or expression (for `replace`) from the source of the function.";
    DECL_NOT_DECLARATION = "GR0207", Error, "`{what}` cannot stand in `decl`",
        "`decl` holds functions, types, variables and constants; imports stand in the plugin, statements in a rule.",
        "Move the import to the plugin, statements to a rule or a function.";
    RECOVER = "GR0208", Error, "`recover` in a template",
        "Exit runs while a panic passes through the function: `recover` would end the program's own panic. In enter there is none to recover.",
        "Read `panicking` and `panicValue` in exit. Panics in a template itself are caught without it; in a function literal `recover` is what it is in Go.";
    UNGUARDED = "GR0209", Error, "{what} may panic, and nothing guards it: {why}",
        "What a bare rule calls in `decl` has a guard: a fault in it is reported once and the program goes on. In package runtime, in what that is made of, and in functions that may not grow the stack, nothing can be deferred, so that a fault would end the program.",
        "Write it so that it cannot panic: range over values in place of an index, `v, ok := x.(T)` in place of `x.(T)`. Or do the work above: in an ordinary rule, or in the agent, for which the declaration keeps what is needed.";
    SPAN_DROPPED = "GR0210", Error, "the span that `{call}` starts never ends",
        "A span is sent when it ends. One that never does is lost, and stays the current one: what runs later on the goroutine becomes its child.",
        "Keep the span, in `state` if exit is to end it, and end it: `state span agent.Span`, `span = agent.StartInternal(…)` in enter, `span.EndErr(err)` in exit.";
    SPAN_ENDS_WITH_ENTER = "GR0211", Error, "the span ends with enter, before the function has run",
        "`defer` in a template runs at the end of the template, not of the function that the rule is for.",
        "Keep the span in `state`, and end it in exit.";
    CALLS_ITSELF = "GR0212", Error, "{item} calls {function}, into which it is woven",
        "The call would run the template again, without end, until the stack is full: the program would die, and no guard can catch that.",
        "Do without the call, or do in the template what the function does.";
    RESULT_IN_ENTER = "GR0213", Error, "result `{name}` is read in enter, where the function has not run yet",
        "In enter a result is the zero value of its type.",
        "Read it in exit.";
    RESULT_LOST = "GR0214", Error, "result `{name}` is assigned in enter, and the function runs after that",
        "What enter assigns to a result counts only if the function is skipped.",
        "Assign it in exit; or say `may skip`, and write `skip` after the assignment.";
    SKIP_WITHOUT_RESULTS = "GR0215", Warning, "`skip` leaves the function without a result",
        "No result is assigned in enter, so that the caller gets zero values: a nil pointer, say, together with a nil error.",
        "Assign the results before `skip`: name them in the `func` line with `var`.";
    UNREACHABLE = "GR0216", Error, "code after `{word}` never runs",
        "`skip` leaves the function, and `return` the template, at once.",
        "Write the code before it, or remove it.";
    ASSIGNED_IN_GOROUTINE = "GR0217", Error, "`{name}` is assigned in a goroutine of its own",
        "The function and exit use it at the same time: that is a data race, and the value may come too late.",
        "Assign it before the goroutine begins, or keep what the goroutine finds elsewhere.";
    COPY_ASSIGNED = "GR0218", Error, "`{name}` is a copy: what is assigned to a part of it is lost",
        "Templates get the values of what a rule binds. Only what is marked `var` is the program's own variable, and a receiver without `*` is a copy in the function too.",
        "Write `var` before the name in the `func` line if the program is to see the change; else assign to a local variable.";
    SINCE_FIXED = "GR0219", Warning, "{how} version of the rule's range is {version} or later",
        "One side of the `{{#since}}` block is then never used, so that nobody compares it with a source or compiles it.",
        "Remove the block and the side that is never used, or widen the range.";
    UNKNOWN_AGENT_NAME = "GR0220", Error, "{place} has no {what} `{name}`",
        "What templates can use of the agent is in the reference of the two packages.",
        "Write one of the names that the message lists.";
    SPAN_CHANGED_AFTER_END = "GR0221", Warning, "`{name}` has ended before this call, which changes nothing",
        "A span is sent as it is when it ends.",
        "Call it before the span ends.";
    CONTEXT_DROPPED = "GR0222", Error, "the context that `{name}.Context` returns is dropped",
        "The method does not change the context that it gets; it returns a new one, which has the span.",
        "Assign it to what the program hands on: `param var ctx context.Context` or `func F(var ctx)`, and `ctx = span.Context(ctx)`.";
    ERROR_OF_NIL = "GR0223", Warning, "`{name}` is nil if the function did not fail",
        "A method of a nil error panics. The guard catches that, and the rest of the template does not run.",
        "Write `if NAME != nil { … }` around it, or hand the error itself to `EndErr`, which knows nil.";
    SPAN_OPEN_AT_SKIP = "GR0224", Warning, "`skip` leaves `{name}` without an end: exit does not run after it",
        "A span that never ends is not sent, and stays the current one.",
        "End the span before `skip`, or start it after the condition.";
    SHADOWED = "GR0225", Warning, "`{name} :=` in a block declares another variable",
        "Go's `:=` declares a variable for the block that it is in. The name that the rule binds stays as it was.",
        "Write `=`, and declare other names on the left side before it.";
    VERSION_COMPARED = "GR0226", Error, "the version of the target is compared as text",
        "As text, `1.9.0` is greater than `1.10.0`.",
        "Write the two ways with `{{#since \"1.10.0\"}}…{{else}}…{{/since}}`.";
    NEW_IN_GO = "GR0227", Warning, "{name} exists since Go {since}, and the rule is for Go from {from} on",
        "With an older Go the template does not compile: the plugin is left out of such a build.",
        "Say with `go` from which Go on the rule is for, or use what older versions have too.";
}
