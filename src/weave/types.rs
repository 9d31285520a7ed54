//! Resolves the type names in a function's signature.
//!
//! In: the files of a package. Out: the one spelling of a type, with dot imports and the package's
//! own aliases resolved; and if the values of a type may hold a context. Types of other packages
//! are known by their names alone.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::GoSourceFile;
use crate::bundle::Bind;
use crate::source::{
    FileNames, Function, GoFile, GoParam, NameResolver, TypeDecl, canonical, is_predeclared_type, outline,
};

/// The type whose values carry a span from call to call.
pub(super) const CONTEXT: &str = "context.Context";

/// A package that is another name for Go's own: each of its types is an alias.
const SAME: (&str, &str) = ("golang.org/x/net/context", "context");

/// At most this many aliases may lead from one to the next.
const MAX_ALIASES: usize = 10;

/// The ways in which a parameter may hold a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContextHolder {
    /// It is a `*http.Request`, which has one.
    Request,
    /// Its type may implement `context.Context`: that is decided at run time.
    Perhaps,
}

/// The types of a package.
pub(super) struct Types<'a> {
    package: &'a str,
    files: &'a [GoSourceFile],
    declared: RefCell<BTreeMap<String, Option<DeclaredType>>>,
}

/// A type that the package declares.
#[derive(Debug, Clone)]
enum DeclaredType {
    /// Another name for this type.
    Alias(String),
    /// A type of its own; true if it may implement `context.Context`.
    Own(bool),
}

impl<'a> Types<'a> {
    pub fn new(package: &'a str, files: &'a [GoSourceFile]) -> Self {
        Self { package, files, declared: RefCell::default() }
    }

    /// The type of a parameter or result as `canonical` spells it; `None` if it cannot be read.
    pub fn spell(&self, go: &GoFile, function: &Function, param: &GoParam, binds: &[Bind]) -> Option<String> {
        let dots = if param.variadic { "..." } else { "" };
        let names = InFile { types: self, go, hidden: type_params(function), binds, aliases: MAX_ALIASES };
        canonical(&format!("{dots}{}", go.slice(&param.ty)), &names).ok()
    }

    /// The way in which a parameter, of a type of this spelling, may hold a context; `None` if it
    /// cannot.
    pub fn holds(
        &self,
        go: &GoFile,
        function: &Function,
        param: &GoParam,
        spelling: &str,
    ) -> Option<ContextHolder> {
        if spelling == "*net/http.Request" {
            return Some(ContextHolder::Request);
        }
        let text = go.slice(&param.ty).trim();
        let name = text.strip_prefix('*').unwrap_or(text).trim();
        let name = name.split('[').next().unwrap_or_default().trim();
        let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
        let may = if param.variadic {
            false
        } else if let Some(inner) = name.strip_prefix("interface") {
            inner.chars().any(char::is_alphanumeric)
        } else if let Some((package, name)) = name.split_once('.') {
            let names = FileNames { go, target: self.package, params: Vec::new() };
            let path = names.package(package.trim()).unwrap_or_default();
            is_word(name.trim()) && !is_of_go(&path)
        } else if type_params(function).iter().any(|param| param == name) {
            !text.starts_with('*')
        } else {
            is_word(name) && !is_predeclared_type(name) && self.may_be_context(go, name)
        };
        may.then_some(ContextHolder::Perhaps)
    }

    fn may_be_context(&self, go: &GoFile, name: &str) -> bool {
        match self.declared(name, MAX_ALIASES) {
            Some(DeclaredType::Own(may)) => may,
            Some(DeclaredType::Alias(to)) => !is_predeclared_type(&to),
            None => go.imports.iter().any(|import| import.alias.as_deref() == Some(".")),
        }
    }

    /// The type that the package declares under a name.
    fn declared(&self, name: &str, aliases: usize) -> Option<DeclaredType> {
        if let Some(known) = self.declared.borrow().get(name) {
            return known.clone();
        }
        let files = self.files.iter().filter(|file| !file.is_test());
        let found = files.filter_map(|file| declaration(file, name)).find_map(|go| {
            let ty = go.types.iter().find(|ty| ty.name == name)?;
            Some(self.read(&go, ty, aliases))
        });
        self.declared.borrow_mut().insert(name.to_owned(), found.clone());
        found
    }

    fn read(&self, go: &GoFile, ty: &TypeDecl, aliases: usize) -> DeclaredType {
        let text = go.slice(&(ty.name_range.end..ty.range.end)).trim();
        let alias = text.strip_prefix('=').filter(|_| ty.alias && ty.type_params.is_empty() && aliases > 0);
        let spelt = alias.and_then(|text| {
            let names = InFile { types: self, go, hidden: Vec::new(), binds: &[], aliases: aliases - 1 };
            canonical(text, &names).ok()
        });
        match spelt {
            Some(spelling) => DeclaredType::Alias(spelling),
            None => DeclaredType::Own(self.may_implement(ty, text)),
        }
    }

    /// Only an interface, a struct that embeds something, and a type with a method `Value` can be a
    /// context; and a type defined by another named type, which may be an interface.
    fn may_implement(&self, ty: &TypeDecl, text: &str) -> bool {
        if let Some(fields) = &ty.fields {
            let embeds = |field: &GoParam| field.name.as_ref().is_some_and(|(_, range)| *range == field.ty);
            return fields.iter().any(embeds) || self.has_value(&ty.name);
        }
        let is_unnamed = ["func", "map", "chan", "[", "*", "<-"].iter().any(|start| text.starts_with(start));
        let is_basic = is_predeclared_type(text);
        !(is_unnamed || is_basic) || self.has_value(&ty.name)
    }

    fn has_value(&self, name: &str) -> bool {
        self.files.iter().any(|file| {
            file.text.match_indices(") Value(").any(|(at, _)| {
                let before = file.text.get(..at).unwrap_or_default();
                before.ends_with(name) || before.ends_with(']')
            })
        })
    }
}

/// The part of a file that may declare a type of this name.
fn declaration(file: &GoSourceFile, name: &str) -> Option<GoFile> {
    let text = file.text.as_str();
    if !text.contains(name) || !text.contains("type") {
        return None;
    }
    let outline = outline(text);
    let mut parts = vec![outline.head.clone()];
    parts.extend(outline.declarations.into_iter().filter(|range| {
        let code = text.get(range.clone()).unwrap_or_default();
        code.contains(name) && code.lines().any(|line| line.trim_start().starts_with("type"))
    }));
    if parts.len() == 1 {
        return None;
    }
    GoFile::parse_parts(text, &parts).or_else(|| GoFile::parse(text.to_owned()).ok())
}

fn type_params(function: &Function) -> Vec<String> {
    let receiver = function.receiver.iter().flat_map(|r| &r.type_params);
    receiver.chain(&function.type_param_names).cloned().collect()
}

/// Returns true if a package is one of Go's: none of their types holds a context, except those that
/// are known by name.
fn is_of_go(path: &str) -> bool {
    const FIRST: [&str; 42] = [
        "archive",
        "bufio",
        "bytes",
        "cmp",
        "compress",
        "container",
        "crypto",
        "database",
        "debug",
        "embed",
        "encoding",
        "errors",
        "expvar",
        "flag",
        "fmt",
        "go",
        "hash",
        "html",
        "image",
        "index",
        "io",
        "iter",
        "log",
        "maps",
        "math",
        "mime",
        "net",
        "os",
        "path",
        "plugin",
        "reflect",
        "regexp",
        "runtime",
        "slices",
        "sort",
        "strconv",
        "strings",
        "sync",
        "syscall",
        "testing",
        "text",
        "time",
    ];
    let first = path.split('/').next().unwrap_or_default();
    FIRST.contains(&first) || matches!(path, "unicode" | "unicode/utf8" | "unicode/utf16" | "unsafe")
}

/// The names of a file, with the types of its package.
struct InFile<'a> {
    types: &'a Types<'a>,
    go: &'a GoFile,
    /// Type parameters: they hide everything else of their names.
    hidden: Vec<String>,
    /// The binds of the rule, whose types may come by a dot import.
    binds: &'a [Bind],
    aliases: usize,
}

impl InFile<'_> {
    fn file(&self) -> FileNames<'_> {
        FileNames { go: self.go, target: self.types.package, params: Vec::new() }
    }

    /// The type that a dot import brings. Go lets no two of them, nor one and the package, declare
    /// the same name.
    fn dotted(&self, name: &str) -> Option<String> {
        let dots = self.go.imports.iter().filter(|import| import.alias.as_deref() == Some("."));
        let mut spellings = dots.map(|import| format!("{}.{name}", canonical_path(import.path.clone())));
        let is_bound = |spelling: &String| {
            spelling == CONTEXT
                || spelling == "net/http.Request"
                || self.binds.iter().any(|bind| bind.canonical.contains(spelling.as_str()))
        };
        spellings.find(is_bound)
    }
}

impl NameResolver for InFile<'_> {
    fn package(&self, name: &str) -> Option<String> {
        self.file().package(name).map(canonical_path)
    }

    fn unqualified(&self, name: &str) -> Option<String> {
        if is_predeclared_type(name) || self.hidden.iter().any(|hidden| hidden == name) {
            return None;
        }
        match self.types.declared(name, self.aliases) {
            Some(DeclaredType::Alias(spelling)) => Some(spelling),
            Some(DeclaredType::Own(_)) => None,
            None => self.dotted(name),
        }
    }
}

fn canonical_path(path: String) -> String {
    if path == SAME.0 { SAME.1.to_owned() } else { path }
}
