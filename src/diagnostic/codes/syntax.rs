//! Codes of files and of their syntax: `GR00..`.

super::table::codes! {
    UNEXPECTED = "GR0001", Error, "expected {expected}, found {found}",
        "The text does not continue as the grammar says it must.",
        "Write what is expected. Each item has a line of its own; a `{` is on the line of its item. In a list of parameters one word alone is a name: an unnamed parameter of a given type is `_ TYPE`.";
    NOT_UTF8 = "GR0002", Error, "the file is not UTF-8 text",
        "Rules are read as UTF-8, as Go source is; another encoding would change what names mean.",
        "Save the file as UTF-8.";
    EMPTY = "GR0003", Error, "the file holds no plugin",
        "A .gorule file declares exactly one plugin.",
        "Write `plugin NAME { … }`, or delete the file.";
    NUL_BYTE = "GR0004", Error, "there is a NUL byte in the file",
        "Go refuses NUL bytes in source, and template text becomes Go source.",
        "Remove the byte. In a Go string it is written `\\x00`.";
    TOO_LARGE = "GR0005", Error, "the file is larger than {limit}",
        "A rule file of this size is not written by hand; the limit keeps the compiler's memory bounded.",
        "Split the file: each plugin has one of its own.";
    TOO_DEEP = "GR0006", Error, "code is nested more than {limit} deep",
        "The limit keeps the compiler's stack bounded; no Go function that is written by hand comes near it.",
        "Take long expressions apart; move inner parts of a template to functions in `decl`.";
    UNCLOSED_BRACE = "GR0007", Error, "`{` is never closed",
        "Every brace that is opened must be closed. Braces in Go text count unless they stand in strings, runes or comments.",
        "Write the closing brace. The message names a block that is probably meant: the first one whose closing brace is further left than the line that opens it.";
    UNOPENED_BRACE = "GR0008", Error, "`}` closes nothing",
        "There are more closing braces than opening ones before this place.",
        "Remove one closing brace, or open the block it was meant to close.";
    UNCLOSED_TEXT = "GR0009", Error, "{what} is never closed",
        "Strings and runes end on their own line, raw strings and block comments anywhere before the end of the file, by Go's lexical rules.",
        "Close the string or rune on its own line; close raw strings with a back quote and comments with `*/`. An apostrophe in Go text opens a rune.";
    UNKNOWN_ITEM = "GR0010", Error, "`{word}` is not an item of a {place}",
        "Only the items that the language reference lists may stand here.",
        "Write one of the items that may stand there. An item of another place is to be moved.";
    DUPLICATE_ITEM = "GR0011", Error, "`{item}` is given twice in one rule",
        "In a rule each item is written at most once, except state, before and replace; of two, one would be without effect.",
        "Join the two, or remove one. Several functions go in one line, `func (a | b)`; several ranges are joined by a comma.";
    NO_FUNC = "GR0012", Error, "rule `{rule}` names no function",
        "A rule says with `func` which function it changes.",
        "Add a `func` line.";
    BAD_VERSION = "GR0013", Error, "`{text}` is not a version",
        "Versions are written as numbers, such as 1.18, 1.9.0 or 1.9.0-rc.1.",
        "Write numbers and dots: `1.18`, `1.9.0`, `1.9.0-rc.1`.";
    EMPTY_INTERVAL = "GR0014", Error, "the interval {interval} holds no version",
        "The lower end must be below the upper one, or equal to it with both ends included.",
        "Put the ends in order. One version alone is `[1.9.0, 1.9.0]`.";
    TWO_PLUGINS = "GR0015", Error, "the file goes on after its plugin",
        "A .gorule file declares exactly one plugin, so that its name and the file's belong together.",
        "Move the rest into the plugin, or into another file.";
    CANNOT_READ = "GR0016", Error, "cannot read {path}: {reason}",
        "The file or folder named on the command line could not be read.",
        "See that the path is right and that the file may be read.";
    NO_FILES = "GR0017", Error, "no .gorule file in {path}",
        "There is nothing to compile; a folder is searched for files that end in .gorule, with its subfolders.",
        "Name a `.gorule` file or a folder with some.";
}
