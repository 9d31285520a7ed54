//! Codes of mistakes that show in a file itself, without any Go source: `GR01..`.

super::table::codes! {
    DUPLICATE_RULE = "GR0101", Error, "rule `{rule}` is declared twice for one package",
        "Rules are named in reports and switched on and off by name.",
        "Give one of the rules another name.";
    DUPLICATE_PLUGIN = "GR0102", Error, "plugin `{plugin}` is declared twice",
        "Plugins are named in reports, and are put in order by name.",
        "Give one of the plugins another name, or compile only one of the files.";
    NAME_TWICE = "GR0103", Error, "`{name}` is bound twice in one rule",
        "Receiver, parameters, results and state share one scope in the templates.",
        "Choose another name. Names are bound by position, so they need not be those of the Go source.";
    NAME_RESERVED = "GR0104", Error, "`{name}` cannot be bound: it is {why}",
        "The name means something else in templates.",
        "Choose another name.";
    STATE_UNUSED = "GR0105", Warning, "state `{name}` is {how}",
        "State carries a value from enter to exit: enter assigns it, exit reads it.",
        "Use it in both, or declare a local variable in the one template that needs it.";
    NOTHING_TO_DO = "GR0106", Error, "rule `{rule}` does nothing",
        "A rule has enter, exit, before or replace.",
        "Add `enter` or `exit` (in a bare rule also `before` or `replace`), or remove the rule.";
    AGENT_IN_BARE = "GR0107", Error, "`{name}` cannot be used in {place}",
        "Bare rules are for packages below the agent, which cannot import it without a cycle.",
        "Use only what the target package has; or hook a package above the agent, with a rule that is not bare.";
    ANCHOR_NOT_BARE = "GR0108", Error, "`{kind}` is in a rule that is not bare",
        "Only bare rules may edit inside of a function's body; all others run on entry and on exit.",
        "Write `bare rule`, or use enter and exit.";
    RUNTIME_HOOK = "GR0109", Error, "`{item}` cannot be used in package runtime",
        "In runtime only anchors of bare rules and linknamed declarations are possible: its export data and its lines must stay as they are.",
        "Use `before` and `replace` in a `bare rule`, and `decl` with `//go:linkname`.";
    ASSIGNED_WITHOUT_VAR = "GR0110", Error, "`{name}` is assigned, but is not `var`",
        "Only what is marked `var` may be assigned, so that the rules that can change a program are known.",
        "Write `var` before the name in the `func` line if the program is to see the new value. Otherwise assign to a local variable. `:=` at the top of a template assigns too, since the names of the rule stand in the same scope.";
    UNKNOWN_QUALIFIER = "GR0111", Error, "package `{name}` is not imported",
        "Types and templates name packages by the plugin's imports; agent and semconv are always there.",
        "Correct the name, or add the `import` to the plugin.";
    IMPORT_UNUSED = "GR0112", Warning, "import {path} is not used",
        "No type and no template of the plugin mentions it.",
        "Remove the line.";
    IMPORT_BAD = "GR0113", Error, "{path} cannot be imported: {why}",
        "Generated code imports under names of its own, so that only named imports of real packages have a meaning.",
        "Import a package of its own name or under a name that is not `_` or `.`; `agent` and `semconv` need no import.";
    IMPORT_TWICE = "GR0114", Error, "the name `{name}` is imported twice",
        "A package name stands for one import path.",
        "Give one of the two another name: `import other \"path\"`.";
    SKIP_UNDECLARED = "GR0115", Error, "`skip` in a rule that does not say `may skip`",
        "A rule that can keep a function from running says so, so that such rules are known.",
        "Add the line `may skip` to the rule.";
    SKIP_MISPLACED = "GR0116", Error, "`skip` cannot stand {place}",
        "`skip` returns from the function before its body runs: only enter can do that, and not from a function literal.",
        "Write `skip` in enter, outside of function literals.";
    SKIP_UNUSED = "GR0117", Warning, "the rule says `may skip`, but never does",
        "The words cost a test in every call and worry those who look for rules that skip.",
        "Remove the line.";
    FUNCTION_TWICE = "GR0118", Error, "function `{name}` is named twice",
        "A rule applies once to each function.",
        "Remove one of the two.";
    VERSIONS_OUTSIDE = "GR0119", Error, "`{item}` {range} and the target's {target} have no version in common",
        "A rule's versions narrow those of its target.",
        "Correct the one range or the other.";
    EXIT_ONLY = "GR0120", Error, "`{name}` is known only in exit",
        "Whether a panic passes through a function shows when it ends.",
        "Move the code to exit.";
    LONE_TYPE = "GR0121", Error, "`{name}` alone is a name here, not a type",
        "In lists one word is the name of a parameter of any type.",
        "Write `_ string` for an unnamed parameter of that type, or choose a name.";
    NAME_NOT_LOWER = "GR0122", Error, "`{name}` is not the name of a plugin",
        "Plugins are named in lower case: ASCII letters, digits and `_`, a letter first. No `_` is beside another or at the end: woven code has `__` between the name of the plugin and the names that it declares.",
        "Write the name in lower case, such as `net_http`.";
    BAD_PACKAGE_PATH = "GR0123", Error, "`{path}` is not an import path",
        "A target is named as Go code imports it.",
        "Write the path as in an `import` of Go code: no scheme, no version.";
    DECL_TWICE = "GR0125", Error, "`{name}` is declared twice in one package",
        "Declarations of a target, and those of targets with the same package and versions in common, share the scope of the package.",
        "Rename or remove one of the two.";
    BOUND_UNCHECKED = "GR0126", Error, "`var` on a parameter without a name",
        "`var` lets a template assign it, and a template can assign only what has a name.",
        "Give the parameter a name, or leave out `var`.";
    TOO_MANY_FUNCTIONS = "GR0127", Error, "rule `{rule}` names {count} functions, more than {limit}",
        "Each is compared with every version of its package; the limit keeps that bounded.",
        "Write several rules.";
    DECL_NAME = "GR0128", Error, "`{name}` cannot be declared: it is {why}",
        "What `decl` declares is seen by all files of the target package: their own code would mean something else.",
        "Choose a name that the package will not have, such as one that begins with `goagent`.";
    NO_RULES = "GR0129", Warning, "{what} has no rule",
        "What `decl` and `struct` add is added where a rule of the plugin is woven: without one nothing is done.",
        "Add a rule, or remove it.";
    FIELD_NAME = "GR0131", Error, "`{name}` cannot be the name of a field that is added: {why}",
        "An exported field would be seen by what walks over values: encoders, loggers, users' code. A blank one is of no use.",
        "Choose a name that begins with a lower-case letter, such as one that begins with `goagent`.";
    FIELD_TWICE = "GR0132", Error, "field `{name}` is added to `{type}` twice",
        "Targets with the same package add to the same types.",
        "Remove one of the two.";
    STRUCT_EMPTY = "GR0133", Error, "nothing is added to `{type}`",
        "A `struct` lists the fields to add.",
        "Write `field name Type`, or remove it.";
    STRUCT_FIXED = "GR0134", Error, "no field can be added to a type of package {package}: {why}",
        "Go's compiler and runtime know these types by heart, or share their memory: with one field more they would read and write the wrong bytes.",
        "Keep the value elsewhere: in a field of a type of your own, in the state of a rule, or in a map in `decl`.";
    PORT_PLACE = "GR0135", Error, "package {package} can have no port: {why}",
        "A port is for packages of Go's standard library that the agent itself depends on; package runtime has none, since what it declares is seen by all others.",
        "Above the agent use a rule that is not bare: it can call the agent itself.";
    PORT_SIGNATURE = "GR0136", Error, "`{text}` is not the signature of a port",
        "The package calls a port, and package main has its body: both have to understand its types.",
        "Write it as in Go: `(key string, n int) bool`. Types of packages need an `import` in the plugin.";
    BELOW_AGENT = "GR0137", Error, "{what} needs the agent, which depends on {package}",
        "An ordinary rule calls the agent, and the agent imports this package: that would be a cycle of imports.",
        "Write `bare rule`, without the agent, and reach the agent through a `port`; or hook a package above the agent.";
    PORT_NAME = "GR0138", Error, "`{name}` is not known in the body of a port",
        "The body is in package main: it knows its own parameters, the agent and the plugin's imports, and nothing of the target package.",
        "Hand over what it needs as parameters; or add an `import`.";
    PLATFORM = "GR0139", Error, "`{name}` is no platform that Go has",
        "A platform is a GOOS, `linux`, or a GOOS with a GOARCH, `darwin/arm64`.",
        "Correct the name; `go tool dist list` shows them all.";
}
