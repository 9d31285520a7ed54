//! Codes of rules for many packages or for functions of any shape: `GR014.`.

super::table::codes! {
    WIDE_VERSIONS = "GR0140", Error, "`{item}` has no meaning for {target}",
        "The packages of a build's own modules have no versions, and a pattern may be for several modules.",
        "Leave the versions out; what depends on a version belongs in a target that names its package.";
    SELECTED_RECV = "GR0141", Error, "`recv` in a rule that selects its functions",
        "Such a rule is for functions and methods of any shape.",
        "Remove the line. A pattern can tell methods by what they are called: `(*Service).*`.";
    SELECTED_LIST = "GR0142", Error, "a list of {what} in a rule that selects its functions",
        "Such a rule is for functions of any shape, so that nothing can be bound by position.",
        "Bind by type, on lines of their own: `param ctx context.Context`, `result err error`.";
    BOUND_BY_TYPE = "GR0143", Error, "`{item}` in a rule that names its functions",
        "Where functions are named their parameters and results are known, and are bound by position.",
        "Bind it in the `func` line, or select the functions with `matching` or `marked`.";
    BAD_SELECTOR = "GR0144", Error, "`{text}` is not {what}",
        "A pattern is compared with names such as `F`, `T.F` and `(*T).F`; a directive is a comment such as `//goagent:span`.",
        "Write a pattern such as `(*Service).Handle*`, or a directive as Go has them: lower case, a colon, no blank.";
    WIDE_BARE = "GR0145", Error, "a bare rule in a target for many packages",
        "Bare rules are for packages below the agent, each of which has to be known.",
        "Write a rule that is not bare, or name the package.";
    CALL_PLACE = "GR0146", Error, "`call` in a target for one package",
        "A rule for calls is woven into those who call: the packages of the target. Whoever calls is the user's own code.",
        "Write it in `target own { … }`, or in a target with a pattern of packages.";
    CALL_RECV = "GR0147", Error, "`recv` in a rule for calls",
        "Which method a call means hangs on types, which weaving does not know; a package-level function is known by its name.",
        "Write a rule on the method itself: a target with its package, `recv` and `func`.";
    CALL_SKIP = "GR0148", Error, "`may skip` in a rule for calls",
        "A call is part of an expression of the user's: it cannot be left out.",
        "Remove the line; a rule on the function itself may skip it.";
    CALL_UNEXPORTED = "GR0149", Error, "`{name}` cannot be called from outside of {package}",
        "A rule for calls is woven into those who call, and other packages can name exported functions only.",
        "Name an exported function, or write a rule on the function itself in a target for its package.";
}
