//! Codes of what stands between braces: `GR02..`.

super::codes! {
    GO_SYNTAX = "GR0201", Error, "{what} is not valid Go: {found}",
        "Template text becomes Go source, and is parsed as such.";
    UNKNOWN_HELPER = "GR0202", Error, "`{name}` is nothing that a template knows",
        "Double braces hold `#since`, `else`, `/since` or a constant: version, package, func.";
    HELPER_MISUSED = "GR0203", Error, "{what}",
        "Blocks in double braces are closed in the order in which they are opened; `#since` takes one version in quotes.";
    NOT_A_TYPE = "GR0204", Error, "`{text}` is not a Go type",
        "Types of a rule are compared with those of the source, and written to generated code.";
    RETURN_VALUE = "GR0205", Error, "`return` with a value in a template",
        "A template's `return` ends the template. Results of the function are assigned by name, marked `var`.";
    ANCHOR_NOT_GO = "GR0206", Error, "the text to look for is not a Go {what}",
        "`before` looks for a statement, `replace` for an expression, by their tokens.";
    DECL_NOT_DECLARATION = "GR0207", Error, "`{what}` cannot stand in `decl`",
        "`decl` holds functions, types, variables and constants; imports stand in the plugin, statements in a rule.";
}
