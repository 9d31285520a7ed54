//! Translates messages of the Go compiler about woven code to the names and files that authors have
//! written.
//!
//! In: a message, the names of plugins and the private names of packages. Out: the message without
//! a name of generated code. An identifier of woven code begins with `goagent_`, and is translated
//! as a whole.

use std::collections::BTreeSet;

use crate::codegen::{fault_port, written_name};
use crate::weave::{GENERATED_FILE, TEMPLATE_FOLDER};

/// The prefixes of every name of generated code.
const GENERATED: [&str; 2] = ["goagent_", "Goagent_"];

/// The names in woven code that are known to be an author's.
pub(super) struct AuthorWords<'a> {
    /// The private names of packages.
    pub aliases: BTreeSet<&'a str>,
    /// The plugins whose own names may occur in the code.
    pub plugins: BTreeSet<&'a str>,
}

impl AuthorWords<'_> {
    /// Returns the message in the names that its reader knows.
    pub fn translate(&self, message: &str) -> String {
        let message = without_folders(&without_copies(message));
        let mut out = String::with_capacity(message.len());
        let mut rest = message.as_str();
        while let Some(at) = GENERATED.iter().filter_map(|prefix| rest.find(prefix)).min() {
            let (before, found) = rest.split_at(at);
            out.push_str(before);
            let end = found.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(found.len());
            let (name, after) = found.split_at(end);
            if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                out.push_str(name); // part of another name
                rest = after;
                continue;
            }
            let (words, after) = self.translated(name, after);
            out.push_str(&words);
            rest = after;
        }
        out + rest
    }

    /// Translates a name, and returns it with the rest of the text after it.
    fn translated<'t>(&self, name: &str, after: &'t str) -> (String, &'t str) {
        let rest = GENERATED.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        let is_file = after.starts_with(".go") && !after.starts_with(".go(");
        if is_file {
            return (file(name, rest), after);
        }
        if self.aliases.contains(name) {
            return (rest.to_owned(), after);
        }
        if let Some(own) =
            self.plugins.iter().map(|plugin| written_name(plugin, name)).find(|own| *own != name)
        {
            return (own.to_owned(), after);
        }
        if self.plugins.iter().any(|plugin| fault_port(plugin) == name) {
            return ("the guard".to_owned(), after);
        }
        // `goagent_this_call.state_began` is a value that a call stores.
        let kept = after.strip_prefix(".state_").or_else(|| after.strip_prefix(".param_"));
        if let (true, Some(kept)) = (rest == "this_call", kept) {
            return (String::new(), kept);
        }
        let (word, after_word) = rest.split_once('_').unwrap_or((rest, ""));
        let number = after_word.split('_').next().and_then(|digits| digits.parse::<usize>().ok());
        let words = match (word, number) {
            ("port", None) if !after_word.is_empty() => return self.translated(after_word, after),
            ("enter" | "exit", _) => word.to_owned(),
            ("guard" | "point" | "faulted", _) => "the guard".to_owned(),
            ("call" | "site", _) | ("this", None) => "the call".to_owned(),
            ("skip", _) => "skip".to_owned(),
            ("depth", _) => "panicking".to_owned(),
            ("state", Some(_)) => after_word.split_once('_').map_or(rest, |(_, name)| name).to_owned(),
            ("ptr", _) => after_word.to_owned(),
            ("param", Some(at)) => format!("parameter {}", at + 1),
            ("result", Some(at)) => format!("result {}", at + 1),
            ("receiver" | "type", Some(_)) => "a name that the function leaves out".to_owned(),
            ("rest", None) => "the last parameter".to_owned(),
            _ => rest.to_owned(),
        };
        (words, after)
    }
}

/// Returns the file's own name, also for a woven copy; a file that no author has written is
/// goagent's.
fn file(name: &str, rest: &str) -> String {
    let copied = rest.split_once('_').filter(|(number, _)| number.parse::<u32>().is_ok());
    match copied {
        Some((_, original)) => original.to_owned(),
        None if format!("{name}.go") == GENERATED_FILE || rest == "boot" => {
            "goagent's own ".to_owned() + rest
        }
        None => name.to_owned(),
    }
}

/// Removes the real place that a place of a line directive carries in brackets:
/// `p.gorule:5:2[goagent_hooks.go:7:2]`.
fn without_copies(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let inside = after.split(']').next().unwrap_or_default();
        let is_copy = before.ends_with(|c: char| c.is_ascii_digit())
            && inside
                .rsplit(['/', '\\'])
                .next()
                .is_some_and(|file| file.starts_with("goagent_") && file.contains(".go:"));
        rest = if let Some(behind) = after.get(inside.len() + 1..).filter(|_| is_copy) {
            behind
        } else {
            out.push('[');
            after
        };
    }
    out + rest
}

/// Removes the folders that line directives give to `.gorule` files, and names the agent's packages
/// without their path.
fn without_folders(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once(TEMPLATE_FOLDER) {
        let start = before.rfind(|c: char| c.is_whitespace() || "(\"'".contains(c)).map_or(0, |at| at + 1);
        out.push_str(before.get(..start).unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out.replace("goagent/agent.", "agent.").replace("goagent/semconv.", "semconv.")
}

#[cfg(test)]
mod tests {
    use super::AuthorWords;

    #[test]
    fn nothing_of_generated_code_is_left() {
        let words = AuthorWords {
            aliases: ["goagent_strings", "goagent_agent"].into(),
            plugins: ["p", "net_http"].into(),
        };
        for (message, expected) in [
            ("undefined: goagent_strings.Upper", "undefined: strings.Upper"),
            (
                "\"strings\" imported as goagent_strings and not used",
                "\"strings\" imported as strings and not used",
            ),
            ("goagent_p__half redeclared", "half redeclared"),
            ("lib.Goagent_p__Half undefined, Xoagent_p", "lib.Half undefined, Xoagent_p"),
            ("cannot use goagent_net_http__a.b (type goagent_p__t)", "cannot use a.b (type t)"),
            ("undefined: goagent_q__x", "undefined: q__x"),
            ("declared and not used: goagent_skip_1", "declared and not used: skip"),
            ("goagent_state_12_began undefined", "began undefined"),
            ("goagent_this_call.state_began undefined", "began undefined"),
            ("invalid operation: *goagent_ptr_size", "invalid operation: *size"),
            ("cannot use goagent_param_0", "cannot use parameter 1"),
            ("not enough arguments in call to goagent_enter_3", "not enough arguments in call to enter"),
            ("goagent_port_goagent_p__told undefined", "told undefined"),
            (
                "\t/w/b1/goagent_1_context.go:12:3: other declaration",
                "\t/w/b1/context.go:12:3: other declaration",
            ),
            ("\t/w/goagent/plugins/p.gorule:5:3: other", "\tp.gorule:5:3: other"),
            ("at goagent/plugins/p.gorule:5:2[goagent_hooks.go:7:2]", "at p.gorule:5:2"),
            ("at a.go:5:2[/w/b1/goagent_0_a.go:6:2]: x[1]", "at a.go:5:2: x[1]"),
            ("have F(goagent/agent.Span)", "have F(agent.Span)"),
            ("my_goagent_x is yours", "my_goagent_x is yours"),
        ] {
            assert_eq!(words.translate(message), expected);
        }
    }
}
