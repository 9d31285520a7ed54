//! Codes of items that do nothing, and of declarations that harm the program: `GR016.`.

super::table::codes! {
    EMPTY_TEMPLATE = "GR0160", Warning, "`{item}` of rule `{rule}` is empty",
        "The rule would be woven, cost a call, and do nothing.",
        "Write what is to be done, or remove the item.";
    VAR_UNUSED = "GR0161", Warning, "`{name}` is `var`, but no template assigns it",
        "`var` says that the rule may change what the program sees, and costs a pointer in every call.",
        "Remove the word `var`, or assign the name.";
    BARE_UNNEEDED = "GR0162", Warning, "rule `{rule}` need not be bare: the agent does not depend on package {package}",
        "Templates of bare rules have no guard: a panic in one ends the program. Only packages that the agent depends on need such rules, and rules with `before` or `replace`.",
        "Remove the word `bare`; the templates then have a guard, and the agent.";
    PORT_UNUSED = "GR0163", Warning, "port `{name}` is never called",
        "A port is a function that templates and `decl` of its target call.",
        "Call it, or remove it.";
    FIELD_UNUSED = "GR0164", Warning, "field `{name}` is added to `{type}`, and nothing uses it",
        "Every value of the type becomes larger by it.",
        "Use the field in a template, or remove it.";
    METHOD_EXPORTED = "GR0165", Error, "`{method}` would be an exported method of a type of the program",
        "Exported methods decide which interfaces a type has: the program, and libraries such as encoders and loggers, would treat its values in another way.",
        "Write a function that takes the value: `func goagentName(v *T)`; or a method whose name begins with a lower-case letter.";
    SHARED_VARIABLE = "GR0166", Warning, "variable `{name}` of `decl` is shared by all goroutines: {what}",
        "Templates run in many goroutines at once. A map that two of them write ends the program, and no guard can catch that; a span in such a variable is one for all calls.",
        "Keep what belongs to one call in `state`; guard what is shared with a `sync.Mutex`, or use a `sync.Map`.";
    POINTER_TO_INTERFACE = "GR0167", Warning, "`{type}` is a pointer to an interface, which hardly any function takes",
        "Types are compared exactly. In a function that has no such parameter the name is the zero value, and nothing tells of it.",
        "Write the type without the `*`.";
}
