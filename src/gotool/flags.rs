//! Parses the go command's flags: which take a value, which `go list` needs, and how `-gcflags` add
//! up.
//!
//! In: the words of GOFLAGS and of the command line. Out: flags apart from packages, and the flags
//! chosen for `go list` in the user's module (the plan) and in goagent's (the resolve).

/// Flags of build, run, install and test that take no value, except one joined by `=`.
const SWITCHES: [&str; 27] = [
    "a",
    "n",
    "race",
    "msan",
    "asan",
    "cover",
    "v",
    "work",
    "x",
    "linkshared",
    "modcacherw",
    "trimpath",
    "json",
    "i",
    "c",
    "short",
    "failfast",
    "benchmem",
    "fullpath",
    "artifacts",
    "buildvcs",
    "test.v",
    "test.short",
    "test.failfast",
    "test.benchmem",
    "h",
    "help",
];

/// goagent's own flags, which are parsed together with go's. They have two dashes: with one dash
/// they may be flags of the user's tests.
#[derive(Debug, Default)]
pub struct OwnFlags {
    /// Flags that take no value, or only one joined by `=`.
    pub switches: Vec<String>,
    /// Flags that take a value.
    pub values: Vec<String>,
}

impl OwnFlags {
    /// Returns true if a flag is one of them.
    pub fn has(&self, flag: &Flag) -> bool {
        flag.double && self.has_name(&flag.name)
    }

    fn has_name(&self, name: &str) -> bool {
        self.switches.iter().chain(&self.values).any(|own| own == name)
    }

    fn is_switch(&self, name: &str) -> bool {
        self.switches.iter().any(|own| own == name)
    }
}

/// Flags of `go test` and of its build that take a value. All flags that are neither here nor in
/// [`SWITCHES`] are flags of the tests.
const VALUES_OF_TEST: [&str; 48] = [
    "C",
    "p",
    "asmflags",
    "buildmode",
    "compiler",
    "gccgoflags",
    "gcflags",
    "installsuffix",
    "ldflags",
    "mod",
    "modfile",
    "overlay",
    "pgo",
    "pkgdir",
    "tags",
    "toolexec",
    "covermode",
    "coverpkg",
    "bench",
    "benchtime",
    "blockprofile",
    "blockprofilerate",
    "count",
    "coverprofile",
    "cpu",
    "cpuprofile",
    "debug-actiongraph",
    "debug-runtime-trace",
    "debug-trace",
    "exec",
    "fuzz",
    "fuzzcachedir",
    "fuzzminimizetime",
    "fuzztime",
    "list",
    "memprofile",
    "memprofilerate",
    "mutexprofile",
    "mutexprofilefraction",
    "o",
    "outputdir",
    "parallel",
    "run",
    "shuffle",
    "skip",
    "timeout",
    "trace",
    "vet",
];

/// Returns true if a flag after `go test` is go's.
fn is_of_test(name: &str) -> bool {
    let short = name.strip_prefix("test.").unwrap_or(name);
    SWITCHES.contains(&short) || VALUES_OF_TEST.contains(&short)
}

/// Flags that decide which packages are in a build and at which version.
const FOR_PLAN: [&str; 14] = [
    "C",
    "mod",
    "modfile",
    "overlay",
    "tags",
    "race",
    "msan",
    "asan",
    "compiler",
    "installsuffix",
    "buildmode",
    "linkshared",
    "pgo",
    "modcacherw",
];

/// Flags that decide the compiler's output for a package outside the user's module.
const FOR_RESOLVE: [&str; 11] = [
    "race",
    "msan",
    "asan",
    "trimpath",
    "tags",
    "buildmode",
    "linkshared",
    "compiler",
    "installsuffix",
    "asmflags",
    "pgo",
];

/// Flags that, together with both of these, decide the compiler's output for a package of the
/// user's module.
const FOR_EXPORT: [&str; 6] = ["gcflags", "cover", "covermode", "coverpkg", "buildvcs", "gccgoflags"];

/// One flag: its name, its value, and the number of its dashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The name without dashes, `gcflags`.
    pub name: String,
    /// The text after `=`, or the next word.
    pub value: Option<String>,
    /// True if it was written with two dashes.
    pub double: bool,
}

impl Flag {
    /// The flag as one word, `-name=value`.
    pub fn word(&self) -> String {
        match &self.value {
            Some(value) => format!("-{}={value}", self.name),
            None => format!("-{}", self.name),
        }
    }

    /// Returns true if a switch is on.
    fn is_on(&self) -> bool {
        !matches!(self.value.as_deref(), Some("false" | "0" | "f" | "F"))
    }
}

/// The parsed words after `go build`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The flags, in the order written.
    pub flags: Vec<Flag>,
    /// Packages or .go files. For `run` one package or several files: the program's arguments are
    /// in `rest`.
    pub packages: Vec<String>,
    /// Words that are not for go: the arguments of the program that `run` starts, the flags of the
    /// tests and their values, `-args` and what follows it.
    pub rest: Vec<String>,
}

/// Parses words. `run` has one package (or several .go files). `test` may mix flags and packages; a
/// flag that go does not know there is for the tests, and so is everything from the first word
/// after it that is neither a flag nor the value of one of go's.
pub fn parse(words: &[String], command: &str, own: &OwnFlags) -> Words {
    let mut out = Words::default();
    let mut for_tests = false;
    let mut iter = words.iter().peekable();
    while let Some(word) = iter.next() {
        if word == "-args" || word == "--args" {
            out.rest.push(word.clone());
            out.rest.extend(iter.by_ref().cloned());
            break;
        }
        let is_flag = word.len() > 1 && word.starts_with('-');
        let after_packages = command != "test" && !out.packages.is_empty();
        if !is_flag && for_tests {
            out.rest.push(word.clone());
            out.rest.extend(iter.by_ref().cloned());
            break;
        }
        if !is_flag || after_packages {
            let another_file = is_go_file(word) && out.packages.iter().all(|p| is_go_file(p));
            if command == "run" && !out.packages.is_empty() && !another_file {
                out.rest.push(word.clone());
                out.rest.extend(iter.by_ref().cloned());
                break;
            }
            out.packages.push(word.clone());
            continue;
        }
        let bare = word.trim_start_matches('-');
        let double = word.starts_with("--");
        let name = bare.split('=').next().unwrap_or_default();
        if command == "test" && !(is_of_test(name) || double && own.has_name(name)) {
            for_tests = true;
            out.rest.push(word.clone());
            continue;
        }
        let (name, value) = match bare.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None if SWITCHES.contains(&bare) || (double && own.is_switch(bare)) => (bare.to_owned(), None),
            None => (bare.to_owned(), iter.next().cloned()),
        };
        out.flags.push(Flag { name, value, double });
    }
    out
}

fn is_go_file(word: &str) -> bool {
    std::path::Path::new(word).extension().is_some_and(|e| e == "go")
}

/// Parses GOFLAGS: words separated by spaces, each of which may be quoted as a whole.
pub fn parse_goflags(text: &str) -> Vec<Flag> {
    split_quoted(text)
        .into_iter()
        .filter_map(|word| {
            let bare = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?.to_owned();
            let (name, value) = match bare.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (bare, None),
            };
            Some(Flag { name, value, double: word.starts_with("--") })
        })
        .collect()
}

/// Splits lists of flags as Go does: white space separates words; a word that begins with a quote
/// ends at the next such quote.
pub fn split_quoted(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, next) = if first == '"' || first == '\'' {
            let inner = rest.get(1..).unwrap_or_default();
            inner.split_once(first).unwrap_or((inner, ""))
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        out.push(word.to_owned());
        rest = next.trim_start();
    }
    out
}

/// A word in the form that [`split_quoted`] reads back.
pub fn quoted(word: &str) -> String {
    if !word.contains(char::is_whitespace) && !word.starts_with(['"', '\'']) {
        return word.to_owned();
    }
    if word.contains('\'') { format!("\"{word}\"") } else { format!("'{word}'") }
}

/// The last value given for a flag.
pub fn last<'a>(flags: &'a [Flag], name: &str) -> Option<&'a str> {
    flags.iter().rev().find(|flag| flag.name == name).and_then(|flag| flag.value.as_deref())
}

/// Returns true if a switch is given and on.
pub fn is_on(flags: &[Flag], name: &str) -> bool {
    flags.iter().rev().find(|flag| flag.name == name).is_some_and(Flag::is_on)
}

/// The flags that the plan's `go list` needs. `-C` comes first, as go wants it.
pub fn for_plan(flags: &[Flag]) -> Vec<String> {
    let mut chosen: Vec<&Flag> = flags.iter().filter(|f| FOR_PLAN.contains(&f.name.as_str())).collect();
    chosen.sort_by_key(|flag| flag.name != "C");
    chosen.into_iter().map(Flag::word).collect()
}

/// The flags that the resolve's `go list` needs, with those `-gcflags` whose patterns may match
/// packages that it lists.
pub fn for_resolve(flags: &[Flag]) -> Vec<String> {
    let mut out: Vec<String> =
        flags.iter().filter(|f| FOR_RESOLVE.contains(&f.name.as_str())).map(Flag::word).collect();
    for flag in flags.iter().filter(|f| f.name == "gcflags") {
        let (pattern, _) = split_pattern(flag.value.as_deref().unwrap_or_default());
        if pattern.is_some_and(|p| !p.starts_with('.')) {
            out.push(flag.word());
        }
    }
    out
}

/// The flags of the user's command line that `go list -export` needs to find the output of their
/// build.
pub fn for_export(flags: &[Flag]) -> Vec<String> {
    let wanted = |name: &str| {
        [FOR_PLAN.as_slice(), &FOR_RESOLVE, &FOR_EXPORT].iter().any(|names| names.contains(&name))
    };
    let mut chosen: Vec<&Flag> = flags.iter().filter(|flag| wanted(&flag.name)).collect();
    chosen.sort_by_key(|flag| flag.name != "C");
    chosen.into_iter().map(Flag::word).collect()
}

/// Splits `pattern=list`; a value that begins with a dash has no pattern.
fn split_pattern(value: &str) -> (Option<&str>, &str) {
    let value = value.trim_start();
    if value.starts_with('-') || !value.contains('=') {
        return (None, value);
    }
    value.split_once('=').map_or((None, value), |(pattern, list)| (Some(pattern), list))
}

/// A package as `-gcflags` patterns see it.
#[derive(Debug, Clone, Copy)]
pub struct GcflagsTarget<'a> {
    /// Its import path.
    pub path: &'a str,
    /// Its folder.
    pub dir: &'a str,
    /// True if it is in the standard library.
    pub standard: bool,
    /// True if it was named on the command line.
    pub named: bool,
}

/// The user's compiler flags for a package: the whole list of the last entry that matches it.
pub fn user_gcflags<'a>(flags: &'a [Flag], subject: GcflagsTarget<'_>, cwd: &str) -> &'a str {
    let entries = flags.iter().rev().filter(|f| f.name == "gcflags").filter_map(|f| f.value.as_deref());
    for value in entries {
        let (pattern, list) = split_pattern(value);
        if pattern.map_or(subject.named, |p| matches(p, subject, cwd)) {
            return list;
        }
    }
    ""
}

/// Returns true if a pattern of packages, written in the folder `cwd`, matches a package.
pub fn matches(pattern: &str, subject: GcflagsTarget<'_>, cwd: &str) -> bool {
    match pattern {
        "all" => true,
        "std" => subject.standard,
        "cmd" => subject.path.starts_with("cmd/"),
        _ if pattern.starts_with('.') => {
            let joined = format!("{}/{}", cwd.trim_end_matches('/'), pattern.trim_start_matches("./"));
            let joined = joined.trim_end_matches("/.").trim_end_matches('/');
            wildcard(joined, subject.dir)
        }
        _ => wildcard(pattern, subject.path),
    }
}

/// Matches a pattern with Go's `...`, which stands for any text; `x/...` also matches `x`.
fn wildcard(pattern: &str, text: &str) -> bool {
    if pattern.strip_suffix("/...").is_some_and(|head| !head.contains("...") && head == text) {
        return true;
    }
    let mut parts = pattern.split("...");
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn subject(path: &str) -> GcflagsTarget<'_> {
        GcflagsTarget { path, dir: "/src/m", standard: !path.contains('.'), named: path == "example.com/m" }
    }

    #[test]
    fn run_stops_at_its_package() {
        let parsed = parse(&words("-race -tags a,b . -port 80 x"), "run", &OwnFlags::default());
        assert_eq!(parsed.packages, ["."]);
        assert_eq!(parsed.rest, ["-port", "80", "x"]);
        assert_eq!(last(&parsed.flags, "tags"), Some("a,b"));
        let parsed = parse(&words("a.go b.go -v"), "run", &OwnFlags::default());
        assert_eq!((parsed.packages.len(), parsed.rest.len()), (2, 1));
    }

    #[test]
    fn test_mixes_flags_and_packages() {
        let parsed = parse(&words("./a -run X ./b -args -q ./c"), "test", &OwnFlags::default());
        assert_eq!(parsed.packages, ["./a", "./b"]);
        assert_eq!(parsed.rest, ["-args", "-q", "./c"]);
        let parsed = parse(&words("./a -update -v -golden x ./b -run Y"), "test", &OwnFlags::default());
        assert_eq!((parsed.packages, parsed.flags.len()), (vec!["./a".to_owned()], 1));
        assert_eq!(parsed.rest, ["-update", "-golden", "x", "./b", "-run", "Y"]);
    }

    #[test]
    fn the_last_matching_gcflags_win_whole() {
        let flags =
            parse(&words("-gcflags=all=-N -gcflags=net/...=-l -gcflags=-m"), "build", &OwnFlags::default())
                .flags;
        assert_eq!(user_gcflags(&flags, subject("net/http"), "/src"), "-l");
        assert_eq!(user_gcflags(&flags, subject("net"), "/src"), "-l");
        assert_eq!(user_gcflags(&flags, subject("nett"), "/src"), "-N");
        assert_eq!(user_gcflags(&flags, subject("example.com/m"), "/src"), "-m");
        let flags = parse(&words("-gcflags=./...=-S"), "build", &OwnFlags::default()).flags;
        assert_eq!(user_gcflags(&flags, subject("example.com/m"), "/src"), "-S");
        assert_eq!(user_gcflags(&flags, subject("example.com/m"), "/other"), "");
        assert_eq!(for_resolve(&flags), Vec::<String>::new());
    }

    #[test]
    fn quoting_reads_back() {
        assert_eq!(split_quoted(" -a '-b c'  \"d e\" "), ["-a", "-b c", "d e"]);
        for word in ["plain", "with space", "it's here"] {
            assert_eq!(split_quoted(&quoted(word)), [word]);
        }
        assert_eq!(parse_goflags("-mod=vendor -race")[0].word(), "-mod=vendor");
    }
}
