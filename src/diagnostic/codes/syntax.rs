//! Codes of files and of their syntax: `GR00..`.

super::codes! {
    UNEXPECTED = "GR0001", Error, "expected {expected}, found {found}",
        "The text does not continue as the grammar says it must.";
    NOT_UTF8 = "GR0002", Error, "the file is not UTF-8 text",
        "Rules are read as UTF-8, as Go source is; another encoding would change what names mean.";
    EMPTY = "GR0003", Error, "the file holds no plugin",
        "A .gorule file declares exactly one plugin.";
    NUL_BYTE = "GR0004", Error, "there is a NUL byte in the file",
        "Go refuses NUL bytes in source, and template text becomes Go source.";
    TOO_LARGE = "GR0005", Error, "the file is larger than {limit}",
        "A rule file of this size is not written by hand; the limit keeps the compiler's memory bounded.";
    TOO_DEEP = "GR0006", Error, "code is nested more than {limit} deep",
        "The limit keeps the compiler's stack bounded; no Go function that is written by hand comes near it.";
    UNCLOSED_BRACE = "GR0007", Error, "`{` is never closed",
        "Every brace that is opened must be closed. Braces in Go text count unless they stand in strings, runes or comments.";
    UNOPENED_BRACE = "GR0008", Error, "`}` closes nothing",
        "There are more closing braces than opening ones before this place.";
    UNCLOSED_TEXT = "GR0009", Error, "{what} is never closed",
        "Strings and runes end on their own line, raw strings and block comments anywhere before the end of the file, by Go's lexical rules.";
    UNKNOWN_ITEM = "GR0010", Error, "`{word}` is not an item of a {place}",
        "Only the items that the language reference lists may stand here.";
    DUPLICATE_ITEM = "GR0011", Error, "`{item}` is given twice in one rule",
        "In a rule each item stands at most once, but for state, before and replace; of two, one would be without effect.";
    NO_FUNC = "GR0012", Error, "rule `{rule}` names no function",
        "A rule says with `func` which function it changes.";
    BAD_VERSION = "GR0013", Error, "`{text}` is not a version",
        "Versions are written as numbers, such as 1.18, 1.9.0 or 1.9.0-rc.1.";
    EMPTY_INTERVAL = "GR0014", Error, "the interval {interval} holds no version",
        "The lower end must be below the upper one, or equal to it with both ends included.";
    TWO_PLUGINS = "GR0015", Error, "the file goes on after its plugin",
        "A .gorule file declares exactly one plugin, so that its name and the file's belong together.";
    CANNOT_READ = "GR0016", Error, "cannot read {path}: {reason}",
        "The file or folder named on the command line could not be read.";
    NO_FILES = "GR0017", Error, "no .gorule file in {path}",
        "There is nothing to compile; a folder is searched for files that end in .gorule, with its subfolders.";
}
