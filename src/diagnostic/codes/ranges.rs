//! Codes of ranges of versions and of the packages that they are for: `GR015.`.

super::table::codes! {
    GO_UNSUPPORTED = "GR0150", Error, "no Go that goagent works with lies in {range}",
        "goagent works with Go from 1.18 on, so that such a rule would never be woven.",
        "Correct the range. The versions of a package of Go's standard library are Go's own, and so are those of `go`.";
    GO_TOO_LOW = "GR0151", Warning, "the range begins at Go {version}, and goagent works with Go from 1.18 on",
        "What lies below is never woven; often such a range was meant to be a module's.",
        "Begin the range at 1.18 or above.";
    MINOR_END = "GR0152", Warning, "`{end}]` leaves out {patch} and all later patches of {minor}",
        "A version of two numbers has the patch 0, and an end is that one version.",
        "Exclude the next minor version: `[1.20, 1.27)` has all of 1.26. If only the patch 0 is meant, write all three numbers.";
    BEYOND_TARGET = "GR0153", Warning, "`{item}` {range} reaches beyond the target's {target}",
        "A rule is for the versions that both ranges have in common.",
        "Keep the rule's ends within the target's, or widen the target.";
    PATTERN_OF_GO = "GR0154", Error, "no package of a build fits `{pattern}`: {first} is a folder of Go's standard library",
        "A pattern is for packages of modules; what belongs to Go is named package by package.",
        "Write a target for each package, with versions of Go: `target \"net/http\" [1.18, ) { … }`.";
    RETRACTED = "GR0155", Warning, "{release} of {module} is retracted{why}",
        "The module's go.mod asks programs not to use this release.",
        "End the range at a release that is not retracted.";
    DOT_STAR = "GR0156", Warning, "`{text}` selects {what}",
        "Patterns are not regular expressions: `.` is the dot between a type and its method, `*` any run of characters.",
        "Write `Handle*` for names that begin with Handle, `(*Handle).*` for the methods of a type, and `Handle.?*` for those that have the value as their receiver.";
}
