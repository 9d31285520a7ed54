//! Codes of `goagent.toml`: `GR09..`. They are goagent's own, the others are gorulec's.

super::table::codes! {
    CONFIG_SYNTAX = "GR0901", Error, "goagent.toml is not understood: {reason}",
        "A setting that is not understood would be one that does nothing.",
        "Write TOML, and values of the kind that the message asks for.";
    CONFIG_KEY = "GR0902", Error, "goagent.toml has no setting `{key}`",
        "A setting that nobody reads would look like one that counts.",
        "Correct the name; the message lists those there are.";
    CONFIG_NAME = "GR0903", Error, "no plugin and no rule of this build is called `{name}`",
        "A name that fits nothing would leave on what was meant to be off.",
        "Correct the name. `goagent plan` lists the plugins and rules of a build, `goagent inspect --bundle FILE` those of a bundle.";
    CONFIG_NO_PIN = "GR0904", Error, "the bundle {path} is named without its digest",
        "A bundle is code that is compiled into the program; who changes the file alone must not change the build.",
        "Look at what is in the bundle, then add the digest that the message names.";
    CONFIG_BUNDLE = "GR0905", Error, "the bundle {path} cannot be used: {reason}",
        "The build would go on without rules that it was meant to have.",
        "If the file was meant to change, look at what is in it, and name its new digest; else bring back the one that was pinned.";
}
