//! Codes of what a file says in itself, without any Go source: `GR01..`.

super::codes! {
    DUPLICATE_RULE = "GR0101", Error, "rule `{rule}` is declared twice in this target",
        "Rules are named in reports and switched on and off by name.";
    DUPLICATE_PLUGIN = "GR0102", Error, "plugin `{plugin}` is declared twice",
        "Plugins are named in reports, and are put in order by name.";
    NAME_TWICE = "GR0103", Error, "`{name}` is bound twice in one rule",
        "Receiver, parameters, results and state share one scope in the templates.";
    NAME_RESERVED = "GR0104", Error, "`{name}` cannot be bound: it is {why}",
        "The name means something else in templates.";
    STATE_UNUSED = "GR0105", Warning, "state `{name}` is {how}",
        "State carries a value from enter to exit: enter assigns it, exit reads it.";
    NOTHING_TO_DO = "GR0106", Error, "rule `{rule}` does nothing",
        "A rule has enter, exit, before or replace.";
    AGENT_IN_BARE = "GR0107", Error, "`{name}` cannot be used in {place}",
        "Bare rules are for packages below the agent, which cannot import it without a cycle.";
    ANCHOR_NOT_BARE = "GR0108", Error, "`{kind}` stands in a rule that is not bare",
        "Only bare rules may edit inside of a function's body; all others run on entry and on exit.";
    RUNTIME_HOOK = "GR0109", Error, "`{item}` cannot be used in package runtime",
        "In runtime only anchors of bare rules and linknamed declarations are possible: its export data and its lines must stay as they are.";
    ASSIGNED_WITHOUT_VAR = "GR0110", Error, "`{name}` is assigned, but is not `var`",
        "Only what is marked `var` may be assigned, so that the rules that can change a program are known.";
    UNKNOWN_QUALIFIER = "GR0111", Error, "package `{name}` is not imported",
        "Types and templates name packages by the plugin's imports; agent and semconv are always there.";
    IMPORT_UNUSED = "GR0112", Warning, "import {path} is not used",
        "No type and no template of the plugin mentions it.";
    IMPORT_BAD = "GR0113", Error, "{path} cannot be imported: {why}",
        "Generated code imports under names of its own, so that only named imports of real packages have a meaning.";
    IMPORT_TWICE = "GR0114", Error, "the name `{name}` is imported twice",
        "A package name stands for one import path.";
    SKIP_UNDECLARED = "GR0115", Error, "`skip` in a rule that does not say `may skip`",
        "A rule that can keep a function from running says so, so that such rules are known.";
    SKIP_MISPLACED = "GR0116", Error, "`skip` cannot stand {place}",
        "`skip` returns from the function before its body runs: only enter can do that, and not from a function literal.";
    SKIP_UNUSED = "GR0117", Warning, "the rule says `may skip`, but never does",
        "The words cost a test in every call and worry those who look for rules that skip.";
    FUNCTION_TWICE = "GR0118", Error, "function `{name}` is named twice",
        "A rule applies once to each function.";
    VERSIONS_OUTSIDE = "GR0119", Error, "`{item}` {range} and the target's {target} have no version in common",
        "A rule's versions narrow those of its target.";
    EXIT_ONLY = "GR0120", Error, "`{name}` is known only in exit",
        "Whether a panic passes through a function shows when it ends.";
    LONE_TYPE = "GR0121", Error, "`{name}` alone is a name here, not a type",
        "In lists one word is the name of a parameter of any type.";
    NAME_NOT_LOWER = "GR0122", Error, "`{name}` is not the name of a plugin",
        "Plugins are named in lower case: ASCII letters, digits and `_`, a letter first.";
    BAD_PACKAGE_PATH = "GR0123", Error, "`{path}` is not an import path",
        "A target is named as Go code imports it.";
    NOT_SUPPORTED = "GR0124", Error, "`{item}` is not supported by this release",
        "The language has it, but nothing would be generated for it.";
    DECL_TWICE = "GR0125", Error, "`{name}` is declared twice in this target",
        "Declarations of one target share the scope of its package.";
    BOUND_UNCHECKED = "GR0126", Error, "`var` on a parameter without a name",
        "`var` lets a template assign it, and a template can assign only what has a name.";
    TOO_MANY_FUNCTIONS = "GR0127", Error, "rule `{rule}` names {count} functions, more than {limit}",
        "Each is compared with every version of its package; the limit keeps that bounded.";
}
