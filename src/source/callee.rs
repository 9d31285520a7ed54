//! Writes the signature of a function as other packages can write it.
//!
//! In: the Go files of a package and the name of one of its plain functions. Out: its parameters
//! and results with package names of our own, and the import paths for these names; or the reason
//! for which no other package can write them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use tree_sitter::Node;

use super::{FileNames, Function, GoFile, GoParam, NameResolver, canonical, children};

/// A function that other packages call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callee {
    /// The name in the package clause.
    pub package_name: String,
    /// The types of its parameters; if the last one is variadic, that is the type of an element.
    pub params: Vec<String>,
    /// True if the last parameter is `...T`.
    pub variadic: bool,
    /// The types of its results.
    pub results: Vec<String>,
    /// Import paths by the names that the types have for them.
    pub imports: BTreeMap<String, String>,
}

/// Reads the signature of `path.name`.
pub fn callee<'a>(
    files: impl IntoIterator<Item = &'a GoFile>,
    path: &str,
    name: &str,
) -> Result<Callee, String> {
    let found = files.into_iter().find_map(|go| Some((go, go.find(None, name).next()?)));
    let Some((go, function)) = found else { return Err(format!("{path} has no function {name}")) };
    if function.type_params.is_some() {
        return Err(format!("{name} has type parameters"));
    }
    if !function.clean {
        return Err(format!("the syntax of {name} was not understood"));
    }
    let writer = TypeWriter { go, path, function, names: RefCell::default(), tried: RefCell::default() };
    let params = function.params.iter().map(|param| writer.ty(param)).collect::<Result<_, _>>()?;
    let results = function.results.iter().map(|param| writer.ty(param)).collect::<Result<_, _>>()?;
    Ok(Callee {
        package_name: go.package_name.clone(),
        params,
        variadic: function.params.last().is_some_and(|param| param.variadic),
        results,
        imports: writer.names.into_inner(),
    })
}

/// The name that woven code uses for the package of a path.
pub fn foreign_name(path: &str) -> String {
    let words: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("goagent_of_{words}")
}

/// Marks a name that only the package itself can write.
const HIDDEN: char = '\u{e000}';

struct TypeWriter<'a> {
    go: &'a GoFile,
    path: &'a str,
    function: &'a Function,
    /// The packages that the written types need.
    names: RefCell<BTreeMap<String, String>>,
    /// The packages named so far in the type that is being written.
    tried: RefCell<BTreeMap<String, String>>,
}

impl TypeWriter<'_> {
    fn ty(&self, param: &GoParam) -> Result<String, String> {
        let text = self.go.slice(&param.ty);
        let refused = |why: &str| Err(format!("the type {text} of {} {why}", self.function.name));
        if let Some(why) = unwritable(self.go, &param.ty) {
            return refused(why);
        }
        let Ok(written) = canonical(text, self) else { return refused("is not understood") };
        // Words that turned out to be names of parameters have been removed.
        if let Some((_, rest)) = written.split_once(HIDDEN) {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let name = rest.get(..end).unwrap_or_default();
            return refused(&format!("has {name} in it, which other packages cannot name"));
        }
        let tried = std::mem::take(&mut *self.tried.borrow_mut());
        let used = tried.into_iter().filter(|(name, _)| written.contains(&format!("{name}.")));
        self.names.borrow_mut().extend(used);
        Ok(without_any(&written))
    }

    fn foreign(&self, path: &str) -> String {
        let name = foreign_name(path);
        self.tried.borrow_mut().insert(name.clone(), path.to_owned());
        name
    }
}

impl NameResolver for TypeWriter<'_> {
    fn package(&self, name: &str) -> Option<String> {
        let names = FileNames { go: self.go, target: "", params: Vec::new() };
        let path = names.package(name)?;
        Some(if path == "C" { format!("{HIDDEN}C") } else { self.foreign(&path) })
    }

    fn unqualified(&self, name: &str) -> Option<String> {
        if is_predeclared_type(name) {
            return None;
        }
        if name.starts_with(char::is_uppercase) {
            return Some(format!("{}.{name}", self.foreign(self.path)));
        }
        Some(format!("{HIDDEN}{name}"))
    }
}

/// The reason for which no other package can write a type, whatever its names mean.
fn unwritable(go: &GoFile, ty: &Range<usize>) -> Option<&'static str> {
    let mut stack: Vec<Node<'_>> =
        go.root().descendant_for_byte_range(ty.start, ty.end).into_iter().collect();
    while let Some(node) = stack.pop() {
        let mut inside = children(node);
        inside.retain(|child| child.is_named() && child.kind() != "comment");
        match node.kind() {
            "struct_type" => return Some("is written out"),
            "interface_type" if !inside.is_empty() => return Some("is written out"),
            "array_type" if node.child_by_field_name("length").is_none_or(|n| n.kind() != "int_literal") => {
                return Some("has a length that may hang on a constant of its package");
            }
            "generic_type" => return Some("has type arguments, which not every Go knows"),
            _ => stack.append(&mut inside),
        }
    }
    None
}

/// Replaces `any` by `interface{}`: packages may be compiled as a version of Go that has no `any`.
fn without_any(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices("any") {
        let before = text.get(..at).and_then(|t| t.chars().next_back()).is_some_and(is_part);
        let after = text.get(at + 3..).and_then(|t| t.chars().next()).is_some_and(is_part);
        if !before && !after {
            out.push_str(text.get(done..at).unwrap_or_default());
            out.push_str("interface{}");
            done = at + 3;
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Go's predeclared types.
const TYPES: [&str; 22] = [
    "any",
    "bool",
    "byte",
    "comparable",
    "complex64",
    "complex128",
    "error",
    "float32",
    "float64",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "rune",
    "string",
    "uint",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "uintptr",
];

/// Returns true if a word is one of Go's predeclared types.
pub fn is_predeclared_type(word: &str) -> bool {
    TYPES.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, name: &str) -> Result<Callee, String> {
        callee(&[GoFile::parse(text.to_owned()).unwrap()], "x.org/lib", name)
    }

    const LIB: &str = "package lib\nimport ctx \"context\"\nimport \"net/http\"\n\
        func F(c ctx.Context, o *Options, f func(x any, R *http.Request) error, opts ...Option) (map[string][]byte, error) { return nil, nil }\n\
        func Hidden(o *options) {}\nfunc G[T any](t T) {}\nfunc Struct(s struct{ A int }) {}\nfunc Array(a [N]int, b [4]Options) {}\n\
        func Fixed(b [4]Options, any interface{}) {}\nfunc Words(c *Construct, i Reinterface) {}\n\
        func InMap(m map[string][N]int) {}\nfunc Tree(t T[int]) {}\nfunc Empty(i interface{ /* none */ }) {}\n";

    #[test]
    fn types_are_written_as_other_packages_can() {
        let found = of(LIB, "F").unwrap();
        let (context, lib) = ("goagent_of_context", "goagent_of_x_org_lib");
        assert_eq!(
            found.params,
            [
                format!("{context}.Context"),
                format!("*{lib}.Options"),
                "func(interface{},*goagent_of_net_http.Request)(error)".to_owned(),
                format!("{lib}.Option")
            ]
        );
        assert_eq!(found.results, ["map[string][]uint8", "error"]);
        assert!(found.variadic && found.package_name == "lib");
        assert_eq!(found.imports[lib], "x.org/lib");
        assert_eq!(found.imports.len(), 3);
        assert_eq!(
            of(LIB, "Words").unwrap().params,
            [format!("*{lib}.Construct"), format!("{lib}.Reinterface")]
        );
        assert_eq!(of(LIB, "Empty").unwrap().params, ["interface{}"]);
        assert_eq!(of(LIB, "Fixed").unwrap().params, [format!("[4]{lib}.Options"), "interface{}".to_owned()]);
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        for (name, why) in [
            ("Hidden", "options"),
            ("G", "type parameters"),
            ("Struct", "written out"),
            ("Array", "constant"),
            ("InMap", "constant"),
            ("Tree", "type arguments"),
            ("None", "no function"),
        ] {
            let said = of(LIB, name).unwrap_err();
            assert!(said.contains(why), "{name}: {said}");
        }
    }
}
