//! Codes of packages and versions: `GR03..`.

super::table::codes! {
    NO_PACKAGE = "GR0301", Error, "there is no package {package}{where}",
        "Neither Go nor any module that can be had holds a package of this import path.",
        "Correct the path. Major versions from 2 on are part of it, as in `github.com/redis/go-redis/v9`. A module that has moved is found by the path in its go.mod only.";
    NO_RELEASE = "GR0302", Error, "no release of {module} lies in {range}",
        "A range without a release would make the rule one that never applies.",
        "Correct the range; the message names the releases next to it.";
    CANNOT_CHECK = "GR0303", Error, "{what} cannot be checked: {reason}",
        "What was not compared with real source is not compiled.",
        "Make the source available: a network and a module proxy, or `go mod download MODULE@VERSION` beforehand for `--offline`.";
    NOT_CHECKED = "GR0304", Warning, "{range} of {module} was not checked",
        "No version of this part of the range is on this machine, so the rules were compared with the rest of it only. So this is no success: the exit code is 3.",
        "Check the rules once more on a machine that can have the missing versions.";
    NO_IMPORT = "GR0305", Error, "there is no package {path} to import",
        "The standard library of the Go on this machine does not have it.",
        "Correct the path.";
    NO_GO = "GR0306", Error, "Go cannot be asked where its sources are: {reason}",
        "Rules are compared with the source of real packages, which the go command finds.",
        "Install Go, or put it on PATH, and see that `go env` works.";
    LOCK_UNREADABLE = "GR0307", Error, "the lock cannot be used: {reason}",
        "gorule.lock beside the plugins says what their rules were compared with; a damaged one would say so wrongly.",
        "Take the file from version control again, or make it anew with `gorulec update`.";
    NOT_LOCKED = "GR0308", Error, "plugin `{plugin}` is not as gorule.lock knows it",
        "With --locked only plugins are compiled that `gorulec update` has compared with every release.",
        "Run `gorulec update` on the folder, and commit `gorule.lock` with the plugin.";
    IMPORT_NAME = "GR0310", Warning, "package {path} is called `{name}`, and here `{assumed}`",
        "An import without a name of its own is known by the name that its path suggests; the package clause of this one has another name, by which Go code knows it.",
        "Write the name before the path, as Go code may: `import name \"path\"`.";
    IMPORT_CYCLE = "GR0311", Error, "{path} cannot be used in package {package}: it leads back there",
        "Templates are compiled inside of the target package, which then would import itself through others.",
        "Do without the package in the templates of this target, or hook a package above it.";
    IMPORT_FOREIGN = "GR0312", Error, "{path} cannot be used in package {package}, which does not import it",
        "A package of a module is in a program where something imports it; which version, the user's go.mod says. So templates may use those that the target package imports itself, in every version.",
        "Use what the package imports, or narrow the versions to those in which it imports this one; or declare what you need in `decl`.";
}
