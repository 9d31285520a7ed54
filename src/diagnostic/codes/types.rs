//! Codes of mistakes that only the Go compiler can report: `GR05..`.

super::table::codes! {
    NOT_COMPILED = "GR0501", Error, "the woven package does not compile: {message}",
        "Templates are compiled by the real Go compiler, inside of the package that they are for and at its language version.",
        "Fix the Go text at the place that is shown. It sees what the package's own files see, the names that the rule binds, and the plugin's imports; nothing else.";
    NOT_WOVEN = "GR0502", Error, "rule `{rule}` is not woven: {reason}",
        "The rule fits the source as it is written, and the weaver cannot do it there.",
        "Write the rule in another way, as the reason says, or narrow it with `versions`.";
    TYPES_NOT_CHECKED = "GR0503", Warning, "templates for {package} were not compiled: {reason}",
        "Without a build of the package, mistakes in the types of a template show when a program is built: its plugin is left out then. So this is no success: the exit code is 3.",
        "See that `go build` of the package works on this machine, and try again. `--no-types` leaves the builds out on purpose.";
}
