//! Advice for what authors bring along from other languages and tools.
//!
//! In: text that the grammar does not accept. Out: how the same is written in a rule file, if the
//! text looks like something that is known from elsewhere.

/// Returns advice for a file that begins like one of another kind.
pub(super) fn file(text: &str) -> Option<&'static str> {
    let text = text.trim_start();
    let first = text.lines().next().unwrap_or_default().trim_end();
    let key = first.split(':').next().unwrap_or_default();
    let is_key = first.contains(':') && key.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
    if text.starts_with(['{', '[']) {
        Some("this looks like JSON; a rule file is `plugin NAME { target \"import path\" [1.0.0, ) { … } }`")
    } else if first == "---" || is_key {
        Some("this looks like YAML; a rule file is `plugin NAME { target \"import path\" [1.0.0, ) { … } }`")
    } else if text.starts_with("import") {
        Some("`import` belongs in a plugin: write it on a line after `plugin NAME {`")
    } else if text.starts_with("package ") {
        Some("a rule file is no Go file; it begins with `plugin NAME {`")
    } else if text.starts_with("target") || text.starts_with("rule ") {
        Some("a target belongs in a plugin, and a rule in a target: begin with `plugin NAME {`")
    } else {
        comment(text)
    }
}

/// Returns true if lines end with a carriage return alone, as on old Macs.
pub(super) fn has_old_line_ends(text: &str) -> bool {
    text.contains('\r') && !text.contains('\n')
}

/// Returns advice for a word that begins no item; `rest` follows it. Misspelt keywords are left to
/// the nearest one, which tools can put in by themselves.
pub(super) fn item(word: &str, rest: &str) -> Option<&'static str> {
    Some(match word {
        "around" | "advice" | "intercept" | "wrap" => {
            "write `enter { … }` for what runs before the function's body, and `exit { … }` for what runs after it"
        }
        "after" if rest.trim_start().starts_with('`') => {
            "there is no `after`: write `before` and the statement that follows"
        }
        "after" | "finally" | "defer" | "onExit" | "on_exit" | "OnExit" | "onLeave" => {
            "write `exit { … }`: it runs when the function returns or panics"
        }
        "onEnter" | "on_enter" | "OnEnter" | "begin" => {
            "write `enter { … }`: it runs before the function's body"
        }
        "var" | "let" | "local" | "vars" => {
            "write `state NAME TYPE` for a value that exit reads; a variable of enter alone is declared in its template"
        }
        "skip" => "write `may skip` here, and `skip` in the enter template",
        "package" | "module" => "write `target \"import path\" [1.0.0, ) { … }`",
        "type" | "const" => "write declarations in `decl { … }`, in the target",
        "range" => "write `versions [1.7.0, )`",
        "receiver" | "method" => "write `recv NAME *TYPE`, and `func NAME` on the next line",
        "args" | "arguments" => "write the parameters after the function's name, as in `func F(ctx, name)`",
        "return" | "returns" => "write the results after the parameters, as in `func F(ctx) (n, err)`",
        _ => return None,
    })
}

/// Returns advice for a comment of another language.
pub(super) fn comment(text: &str) -> Option<&'static str> {
    let is_comment = text.starts_with(['#', ';']) || text.starts_with("--") || text.starts_with("<!--");
    is_comment.then_some("comments begin with `//`")
}

/// Returns advice for versions in another notation. `before` is the text of the line up to the
/// mistake, `rest` what follows.
pub(super) fn versions(before: &str, rest: &str) -> Option<&'static str> {
    let in_interval =
        before.rfind(['[', '(']).is_some_and(|at| before.get(at..).is_some_and(|t| !t.contains([')', ']'])));
    let next = rest.chars().next().unwrap_or('\n');
    if before.trim_end().ends_with('"') && before.contains('@') {
        return Some("leave out the version from the path, and write it after that: `\"PATH\" [1.2.0, )`");
    }
    match next {
        '*' | 'x' | 'X' if in_interval || next == '*' => Some(
            "a version has numbers only: `[1.7.0, 1.8.0)` is all of 1.7, `[1.7.0, )` 1.7.0 and all that follow",
        ),
        '-' | '.' | ':' | '–' | '…' if in_interval => {
            Some("write a comma between the ends of an interval, as in `[1.7.0, 1.9.0]`")
        }
        c if in_interval && c.is_ascii_digit() => {
            Some("write a comma between the ends of an interval, as in `[1.7.0, 1.9.0]`")
        }
        '^' | '~' | '>' | '<' | '=' | '"' | '@' => {
            Some("write versions as intervals: `[1.7.0, )` is `>= 1.7.0`, `[1.7.0, 2.0.0)` is `^1.7.0`")
        }
        _ if ["latest", "any", "all"].iter().any(|word| rest.starts_with(word)) => Some(
            "write the versions as an interval: `[1.7.0, )` is 1.7.0 and all that follow, the newest included",
        ),
        _ => None,
    }
}

/// Returns the name that a hyphen was written in, with `_` in its place.
pub(super) fn without_hyphens(before: &str, rest: &str) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let start = before.rfind(|c| !is_part(c)).map_or(0, |at| at + 1);
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let name = format!("{}{}", before.get(start..)?, rest.get(..end)?);
    (rest.starts_with('-') && name.starts_with(char::is_alphabetic) && !name.ends_with('-'))
        .then(|| name.replace('-', "_").to_lowercase())
}

/// Returns advice for the rest of an item of this keyword.
pub(super) fn rest_of(item: &str, rest: &str) -> Option<&'static str> {
    Some(match item {
        "func" | "call" | "recv" if rest.starts_with("=>") => "write `enter { … }` on a line of its own",
        "func" | "call" if rest.starts_with("...") => {
            "name every parameter, with `_` for each that is not used; there is no `...` for the rest"
        }
        "func" if is_closure(rest) => {
            "function literals have no name in the source: hook the function that contains this one, or one that calls it"
        }
        "func" if rest.starts_with(',') => "write several functions as in `func (Next | Abort)`",
        "import" if rest.starts_with("as ") => {
            "write the name before the path, as in `import str \"strings\"`"
        }
        "enter" | "exit" if rest.starts_with('(') => {
            "a template has no parameters: bind them in the func line, as in `func Query(q)`"
        }
        "platforms" if rest.starts_with('!') => {
            "list the platforms that the rule is for, as in `platforms linux, darwin`; none can be excluded"
        }
        "recv" if rest.starts_with('.') => {
            "types of the target's own package are written without it, as in `recv c *Context`"
        }
        _ => return None,
    })
}

/// Returns true for what stack traces call a function literal after the name of its function:
/// `.func1`.
fn is_closure(rest: &str) -> bool {
    rest.strip_prefix(".func").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_other_tools_are_known() {
        for (before, rest) in [
            ("target \"a/b\" [1.7.0 ", "- 1.9.0]"),
            ("target \"a/b\" [1.7.0 ", "1.9.0)"),
            ("target \"a/b\" [1.7.", "*, )"),
            ("target \"a/b\" ", ">=1.7.0"),
            ("versions ", "^1.7"),
            ("versions ", "latest"),
            ("target \"a/b@v1.2.0\" ", "{"),
        ] {
            assert!(versions(before, rest).is_some(), "{before}{rest}");
        }
        assert_eq!(versions("target \"a/b\" [1.7.0, 1.9.0)", " x"), None);
    }

    #[test]
    fn misspelt_keywords_are_left_to_the_nearest_one() {
        for word in ["version", "params", "results", "exti"] {
            assert_eq!(item(word, " x"), None, "{word}");
        }
    }

    #[test]
    fn a_carriage_return_alone_is_an_old_line_end() {
        assert!(has_old_line_ends("plugin p {\r}\r"));
        assert!(!has_old_line_ends("plugin p {\r\n}\r\n"));
        assert!(!has_old_line_ends("plugin p { }"));
    }

    #[test]
    fn a_name_loses_its_hyphens() {
        assert_eq!(without_hyphens("plugin go", "-redis {").as_deref(), Some("go_redis"));
        assert_eq!(without_hyphens("plugin go-redis", "-v9 {").as_deref(), Some("go_redis_v9"));
        assert_eq!(without_hyphens("priority ", "-1"), None);
    }

    #[test]
    fn files_of_other_kinds_are_known() {
        for text in
            ["{\n \"plugin\": 1}", "---\nplugin: x", "name: gin\n", "# comment\nplugin p {", "import \"x\""]
        {
            assert!(file(text).is_some(), "{text}");
        }
        assert_eq!(file("plugin p {"), None);
        assert_eq!(file("plugni p {"), None);
    }
}
