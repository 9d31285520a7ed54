//! Compares Go types, given as text, by their meaning.
//!
//! In: the text of a type, and the meaning of package names in its file. Out: one spelling for all
//! texts that mean the same type: without spaces, with import paths for package names, `any` for
//! `interface{}`, names of parameters left out. This module does not know if a type exists.

use std::fmt::Write as _;

/// Go's keywords.
const KEYWORDS: [&str; 25] = [
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

/// Returns true if a word is a keyword of Go.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// The greatest depth to which types may nest.
const MAX_DEPTH: usize = 100;

/// The reason for which a text cannot be read as a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeError {
    /// The text is not a Go type; the offset is that of the first token that cannot be part of one.
    NotGo(usize),
    /// The package name at this place is not imported.
    Unknown {
        /// The name.
        name: String,
        /// Its offset in the text.
        at: usize,
    },
}

/// The meanings of the names of a file.
pub trait NameResolver {
    /// The import path of a package name; `Some("")` for the target package itself.
    fn package(&self, name: &str) -> Option<String>;
    /// Another spelling of a name without a package, such as `$0` for the first type parameter;
    /// `None` if the name stays as it is.
    fn unqualified(&self, name: &str) -> Option<String>;
}

/// The one spelling of a type. A variadic parameter's type begins with `...`.
pub fn canonical(text: &str, names: &dyn NameResolver) -> Result<String, TypeError> {
    let tokens = tokens(text);
    let mut parser = Parser { tokens: &tokens, at: 0, end: text.len(), depth: 0, names };
    let mut out = String::new();
    if parser.eat("...") {
        out.push_str("...");
    }
    parser.ty(&mut out)?;
    match parser.peek() {
        None => Ok(out),
        Some(token) => Err(TypeError::NotGo(token.at)),
    }
}

struct TypeToken<'a> {
    text: &'a str,
    at: usize,
}

/// Splits a text into words, `...`, `<-`, strings and single characters; spaces and comments are
/// left out.
fn tokens(text: &str) -> Vec<TypeToken<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        let len = if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
        } else if rest.starts_with("...") {
            3
        } else if rest.starts_with("<-") {
            2
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '`' || first == '"' {
            rest.char_indices().skip(1).find(|(_, c)| *c == first).map_or(rest.len(), |(end, _)| end + 1)
        } else {
            first.len_utf8()
        };
        let token = rest.get(..len).unwrap_or_default();
        let blank =
            first.is_whitespace() && first != '\n' || token.starts_with("//") || token.starts_with("/*");
        if !blank {
            out.push(TypeToken { text: token, at });
        }
        at += len.max(1);
    }
    out
}

struct Parser<'a> {
    tokens: &'a [TypeToken<'a>],
    at: usize,
    end: usize,
    depth: usize,
    names: &'a dyn NameResolver,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&TypeToken<'_>> {
        self.tokens.get(self.at)
    }

    fn is(&self, text: &str) -> bool {
        self.peek().is_some_and(|token| token.text == text)
    }

    fn is_word(&self) -> bool {
        self.peek().is_some_and(|t| t.text.starts_with(|c: char| c.is_alphabetic() || c == '_'))
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.is(text);
        self.at += usize::from(found);
        found
    }

    fn stop(&self) -> TypeError {
        TypeError::NotGo(self.peek().map_or(self.end, |token| token.at))
    }

    fn need(&mut self, text: &str) -> Result<(), TypeError> {
        if self.eat(text) { Ok(()) } else { Err(self.stop()) }
    }

    fn lines(&mut self) {
        while self.eat("\n") {}
    }

    fn ty(&mut self, out: &mut String) -> Result<(), TypeError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.stop());
        }
        let result = self.ty_inner(out);
        self.depth -= 1;
        result
    }

    fn ty_inner(&mut self, out: &mut String) -> Result<(), TypeError> {
        if self.eat("*") {
            out.push('*');
            self.ty(out)
        } else if self.eat("(") {
            self.ty(out)?;
            self.need(")")
        } else if self.eat("[") {
            self.list_or_array(out)
        } else if self.eat("<-") {
            self.need("chan")?;
            out.push_str("<-chan ");
            self.ty(out)
        } else if self.is_word() {
            self.word(out)
        } else {
            Err(self.stop())
        }
    }

    fn list_or_array(&mut self, out: &mut String) -> Result<(), TypeError> {
        out.push('[');
        while !self.is("]") {
            let Some(token) = self.peek() else { return Err(self.stop()) };
            out.push_str(token.text);
            self.at += 1;
        }
        self.at += 1;
        out.push(']');
        self.ty(out)
    }

    fn word(&mut self, out: &mut String) -> Result<(), TypeError> {
        let Some((name, at)) = self.peek().map(|t| (t.text.to_owned(), t.at)) else {
            return Err(self.stop());
        };
        self.at += 1;
        match name.as_str() {
            "map" => {
                self.need("[")?;
                out.push_str("map[");
                self.ty(out)?;
                self.need("]")?;
                out.push(']');
                self.ty(out)
            }
            "chan" => {
                out.push_str(if self.eat("<-") { "chan<- " } else { "chan " });
                self.ty(out)
            }
            "func" => {
                out.push_str("func");
                self.signature(out)
            }
            "interface" | "struct" => self.body(&name, out),
            keyword if is_keyword(keyword) => Err(TypeError::NotGo(at)),
            _ => self.named(&name, at, out),
        }
    }

    /// Reads `Name` or `pkg.Name`, with the arguments of a generic type.
    fn named(&mut self, name: &str, at: usize, out: &mut String) -> Result<(), TypeError> {
        if self.eat(".") {
            let Some(member) = self.peek().filter(|_| self.is_word()).map(|t| t.text.to_owned()) else {
                return Err(self.stop());
            };
            self.at += 1;
            let Some(path) = self.names.package(name) else {
                return Err(TypeError::Unknown { name: name.to_owned(), at });
            };
            if !path.is_empty() {
                let _ = write!(out, "{path}.");
            }
            out.push_str(&member);
        } else {
            let other = self.names.unqualified(name);
            out.push_str(match (other.as_deref(), name) {
                (Some(other), _) => other,
                (None, "byte") => "uint8",
                (None, "rune") => "int32",
                (None, name) => name,
            });
        }
        if !self.eat("[") {
            return Ok(());
        }
        out.push('[');
        loop {
            self.ty(out)?;
            if !self.eat(",") {
                break;
            }
            out.push(',');
        }
        self.need("]")?;
        out.push(']');
        Ok(())
    }

    /// Reads the parameters and results of a function type, and drops the names.
    fn signature(&mut self, out: &mut String) -> Result<(), TypeError> {
        self.need("(")?;
        self.params(out)?;
        if self.eat("(") {
            let mut results = String::new();
            self.params(&mut results)?;
            if results != "()" {
                out.push_str(&results);
            }
            return Ok(());
        }
        let begins_type = self.is_word() || ["*", "[", "<-"].iter().any(|t| self.is(t));
        if begins_type {
            out.push('(');
            self.ty(out)?;
            out.push(')');
        }
        Ok(())
    }

    /// Reads a list up to its closing parenthesis. If one entry has a name and a type, entries of
    /// one word are names.
    fn params(&mut self, out: &mut String) -> Result<(), TypeError> {
        let mut entries: Vec<(String, Option<String>)> = Vec::new();
        self.lines();
        while !self.is(")") {
            entries.push(self.entry()?);
            self.lines();
            if !self.eat(",") {
                break;
            }
            self.lines();
        }
        self.need(")")?;
        let named = entries.iter().any(|(_, second)| second.is_some());
        let mut types: Vec<String> = Vec::new();
        let mut last = String::new();
        for (first, second) in entries.into_iter().rev() {
            let ty = match (second, named) {
                (Some(ty), _) => ty,
                (None, true) => last.clone(),
                (None, false) => first,
            };
            last.clone_from(&ty);
            types.push(ty);
        }
        types.reverse();
        let _ = write!(out, "({})", types.join(","));
        Ok(())
    }

    /// Reads a type, or a name and a type: which of the two shows only after the first.
    fn entry(&mut self) -> Result<(String, Option<String>), TypeError> {
        let start = self.at;
        let may_be_name = self.is_word() && self.peek().is_some_and(|t| !is_keyword(t.text));
        let mut first = String::new();
        let read = self.variadic(&mut first);
        let ends = self.is(",") || self.is(")") || self.is("\n");
        match &read {
            Ok(()) if ends => return Ok((first, None)),
            Ok(()) if !may_be_name => return Err(self.stop()),
            Err(error) if !may_be_name => return Err(error.clone()),
            _ => {}
        }
        self.at = start + 1;
        let mut second = String::new();
        match (self.variadic(&mut second), read) {
            (Ok(()), _) => Ok((String::new(), Some(second))),
            (Err(_), Err(unknown @ TypeError::Unknown { .. })) => Err(unknown),
            (Err(error), _) => Err(error),
        }
    }

    fn variadic(&mut self, out: &mut String) -> Result<(), TypeError> {
        if self.eat("...") {
            out.push_str("...");
        }
        self.ty(out)
    }

    /// Reads `interface{…}` and `struct{…}`: the tokens as they are, package names resolved.
    fn body(&mut self, word: &str, out: &mut String) -> Result<(), TypeError> {
        self.need("{")?;
        let mut inner: Vec<String> = Vec::new();
        let mut open = 1;
        while open > 0 {
            let Some(token) = self.peek() else { return Err(self.stop()) };
            let (text, at) = (token.text.to_owned(), token.at);
            self.at += 1;
            match text.as_str() {
                "{" => open += 1,
                "}" => open -= 1,
                _ => {}
            }
            if open == 0 {
                break;
            }
            let qualified = self.is(".") && text.starts_with(|c: char| c.is_alphabetic() || c == '_');
            if qualified {
                let Some(path) = self.names.package(&text) else {
                    return Err(TypeError::Unknown { name: text, at });
                };
                inner.push(path);
                continue;
            }
            let line = if text == "\n" { ";".to_owned() } else { text };
            if line != ";" || inner.last().is_some_and(|last| last != ";" && last != "{") {
                inner.push(line);
            }
        }
        if inner.last().is_some_and(|last| last == ";") {
            inner.pop();
        }
        if inner.is_empty() && word == "interface" {
            out.push_str("any");
        } else {
            let _ = write!(out, "{word}{{{}}}", inner.join(" "));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Fixed;

    impl NameResolver for Fixed {
        fn package(&self, name: &str) -> Option<String> {
            match name {
                "context" | "ctx" => Some("context".to_owned()),
                "self" => Some(String::new()),
                _ => None,
            }
        }

        fn unqualified(&self, name: &str) -> Option<String> {
            (name == "K").then(|| "$0".to_owned())
        }
    }

    fn of(text: &str) -> String {
        canonical(text, &Fixed).unwrap_or_else(|error| panic!("{text}: {error:?}"))
    }

    #[test]
    fn texts_that_mean_the_same_are_spelt_the_same() {
        for (a, b) in [
            ("context.Context", "ctx . Context"),
            ("interface{}", "any"),
            ("[]byte", "[] uint8"),
            ("map[rune]*T", "map[ int32 ] * T"),
            ("func(a, b int, c string) error", "func(int, int, string) (err error)"),
            ("func()", "func() ()"),
            ("func(int, ...string)", "func(x int, xs ...string)"),
            ("self.T", "T"),
            ("chan<- T", "chan <- T"),
            ("<-chan (T)", "<-chan T"),
            ("Tree[K, []V]", "Tree[$0,[]V]"),
            ("func(map[string]int) func() bool", "func(m map[string]int) (func() (ok bool))"),
            ("struct{ a int; b ctx.Context }", "struct {\n\ta int\n\tb context.Context\n}"),
            ("func(ctx.Context, func(int))", "func(c context.Context, f func(i int))"),
            ("func(*T)", "func(t *T)"),
            ("func([]T, Tree[int])", "func(a []T, b Tree[int])"),
            ("...ctx.Context", "... context.Context"),
        ] {
            let right = if b.contains('$') { b.to_owned() } else { of(b) };
            assert_eq!(of(a), right, "{a} and {b}");
        }
    }

    #[test]
    fn texts_that_mean_others_are_not() {
        for (a, b) in [
            ("*T", "T"),
            ("chan T", "chan<- T"),
            ("[]T", "[4]T"),
            ("func(int)", "func(int) int"),
            ("context.Context", "Context"),
            ("...T", "[]T"),
        ] {
            assert_ne!(of(a), of(b), "{a} and {b}");
        }
    }

    #[test]
    fn what_is_no_type_is_refused_at_its_place() {
        assert_eq!(canonical("*", &Fixed), Err(TypeError::NotGo(1)));
        assert_eq!(canonical("T U", &Fixed), Err(TypeError::NotGo(2)));
        assert_eq!(canonical("map[T", &Fixed), Err(TypeError::NotGo(5)));
        assert_eq!(canonical("if", &Fixed), Err(TypeError::NotGo(0)));
        assert_eq!(canonical("*htp.X", &Fixed), Err(TypeError::Unknown { name: "htp".into(), at: 1 }));
        assert_eq!(canonical("func(htp.X)", &Fixed), Err(TypeError::Unknown { name: "htp".into(), at: 5 }));
        assert!(canonical(&"*".repeat(10_000), &Fixed).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[\\[\\](){}*.,a-c \n\"`<-]{0,40}|.{0,20}") {
            let _ = canonical(&text, &Fixed);
        }
    }
}
