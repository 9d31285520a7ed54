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
        "Close `{{#since \"1.9.0\"}}` with `{{/since}}`; `{{else}}` stands between the two.";
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
        "What a bare rule calls in `decl` has a guard: a fault in it is told once and the program goes on. In package runtime, in what that is made of, and in functions that may not grow the stack, nothing can be deferred, so that a fault would end the program.",
        "Write it so that it cannot panic: range over values in place of an index, `v, ok := x.(T)` in place of `x.(T)`. Or do the work above: in an ordinary rule, or in the agent, for which the declaration keeps what is needed.";
    NEW_IN_GO = "GR0210", Warning, "{name} exists since Go {since}, and the rule is for Go from {from} on",
        "With an older Go the template does not compile: the plugin is left out of such a build.",
        "Say with `go` from which Go on the rule is for, or use what older versions have too.";
}
