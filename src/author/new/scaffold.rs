//! Writes the text of a plugin from a function's signature.
//!
//! In: the source of a package and the name of a function. Out: a rule that binds the function's
//! receiver, parameters and results, with a span from enter to exit. Types that the rule language
//! could not name are left out: a name alone binds any type.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::check;
use crate::codegen::default_name;
use crate::modules::Package;
use crate::source::{Function, FunctionSelector, GoFile, GoParam};
use crate::syntax;

use super::candidates;

/// The function as the rule describes it.
#[derive(Debug, Clone, Default)]
pub(super) struct ScaffoldSignature {
    package_name: String,
    /// The name, as in `Client.Do`.
    name: String,
    receiver: Option<String>,
    function: String,
    params: Vec<String>,
    results: Vec<String>,
    /// Names and paths of the imports that the types need.
    imports: BTreeMap<String, String>,
    /// The expression by which a template gets the context of the call.
    context: Option<String>,
    /// The name of the last result, if that is an error.
    error: Option<String>,
    span: String,
}

/// Reads the declaration of a function; if there are several, the first one into which a rule can
/// be woven.
pub(super) fn signature(package: &Package, wanted: &str) -> Option<ScaffoldSignature> {
    let wanted: String = wanted.chars().filter(|c| !"()*".contains(*c)).collect();
    let simple = wanted.rsplit('.').next().unwrap_or_default();
    let declared = package.with_function(simple);
    let named = |(_, go): &(_, &'_ GoFile)| -> Vec<(GoFile, Function)> {
        let fits = go.functions.iter().filter(|function| candidates::name(function) == wanted);
        fits.map(|function| ((*go).clone(), function.clone())).collect()
    };
    let all: Vec<(GoFile, Function)> = declared.iter().flat_map(named).collect();
    let fits =
        |(_, function): &&(GoFile, Function)| FunctionSelector::every().mismatches(function).is_empty();
    let (go, function) = all.iter().find(fits).or_else(|| all.first())?;
    Some(SignatureReader::new(go).read(function))
}

/// Reader of one declaration.
struct SignatureReader<'a> {
    go: &'a GoFile,
    out: ScaffoldSignature,
    taken: BTreeSet<String>,
}

impl<'a> SignatureReader<'a> {
    fn new(go: &'a GoFile) -> Self {
        let out = ScaffoldSignature { package_name: go.package_name.clone(), ..ScaffoldSignature::default() };
        Self { go, out, taken: BTreeSet::new() }
    }

    fn read(mut self, function: &Function) -> ScaffoldSignature {
        self.out.name = candidates::name(function);
        self.out.function.clone_from(&function.name);
        let all = function.params.iter().chain(&function.results);
        let types: Vec<Option<String>> = all.map(|param| self.ty(param)).collect();
        self.taken.extend(self.out.imports.keys().cloned());
        self.receiver(function);
        let (params, results) = types.split_at(function.params.len());
        for (param, ty) in function.params.iter().zip(params) {
            let name = param.usable_name().map(|name| self.free(name));
            self.context(name.as_deref(), ty.as_deref());
            self.out.params.push(bound(name.as_deref(), ty.as_deref()));
        }
        let last = function.results.len().wrapping_sub(1);
        for (at, (result, ty)) in function.results.iter().zip(results).enumerate() {
            let is_error = at == last && ty.as_deref() == Some("error");
            let given = result.usable_name().or(is_error.then_some("err"));
            let name = given.map(|name| self.free(name));
            self.out.results.push(bound(name.as_deref(), ty.as_deref()));
            self.out.error = name.filter(|_| is_error);
        }
        self.out.span = self.free("span");
        self.out
    }

    fn receiver(&mut self, function: &Function) {
        let Some(receiver) = &function.receiver else { return };
        let initial = receiver.type_name.chars().next().map(|c| c.to_lowercase().to_string());
        let name = receiver.param.usable_name().map(str::to_owned).or(initial);
        let name = self.free(&name.unwrap_or_else(|| "self".to_owned()));
        let star = if receiver.pointer { "*" } else { "" };
        let params = match receiver.type_params.as_slice() {
            [] => String::new(),
            params => format!("[{}]", params.join(", ")),
        };
        self.out.receiver = Some(format!("{name} {star}{}{params}", receiver.type_name));
    }

    /// A name like this one that nothing else in the rule has.
    fn free(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        while check::is_taken(&free) || !self.taken.insert(free.clone()) {
            free.push('_');
        }
        free
    }

    /// A type as the rule writes it; `None` if it cannot.
    fn ty(&mut self, param: &GoParam) -> Option<String> {
        let text = self.go.slice(&param.ty);
        if text.contains(['\n', '/', '"', '`']) {
            return None;
        }
        let mut needed = Vec::new();
        for name in qualifiers(text) {
            needed.push((name.to_owned(), self.path(name)?));
        }
        self.out.imports.extend(needed);
        Some(if param.variadic { format!("...{text}") } else { text.to_owned() })
    }

    /// The import path of a name in this file.
    fn path(&self, name: &str) -> Option<String> {
        let imports = &self.go.imports;
        let by_alias = imports.iter().find(|import| import.alias.as_deref() == Some(name));
        let plain = || imports.iter().filter(|import| import.alias.is_none());
        let by_name = || plain().find(|import| default_name(&import.path) == name);
        let by_end = || plain().find(|import| import.path.rsplit('/').next() == Some(name));
        let found = by_alias.or_else(by_name).or_else(by_end)?;
        (!check::is_taken(name)).then(|| found.path.clone())
    }

    /// Notes the source of the call's context: a context itself is preferred to a request that has
    /// one.
    fn context(&mut self, name: Option<&str>, ty: Option<&str>) {
        let (Some(name), Some(ty)) = (name, ty) else { return };
        let of_http = self.out.imports.get("http").is_some_and(|path| path == "net/http");
        let own_request = self.out.package_name == "http" && self.out.params.len() < 2;
        let expression = match ty {
            "context.Context" => name.to_owned(),
            "*http.Request" if of_http => format!("{name}.Context()"),
            "*Request" if own_request => format!("{name}.Context()"),
            _ => return,
        };
        if self.out.context.is_none() || ty == "context.Context" {
            self.out.context = Some(expression);
        }
    }
}

/// `name Type`, `name` or `_ Type`.
fn bound(name: Option<&str>, ty: Option<&str>) -> String {
    [Some(name.unwrap_or("_")), ty].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The words before dots: these are package names, as nothing else in a type has a dot.
fn qualifiers(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices('.').filter_map(move |(at, _)| {
        let before = text.get(..at)?;
        let start = before.rfind(|c| !is_word(c)).map_or(0, |end| end + 1);
        before.get(start..).filter(|word| !word.is_empty())
    })
}

/// The whole plugin. With its versions goes whether there may be releases that nobody looked at.
pub(super) fn text(package: &str, versions: (&str, bool), signature: &ScaffoldSignature) -> String {
    let plain = plugin(package, versions, signature);
    let source = crate::diagnostic::SourceFile::new("new.gorule", plain.as_str());
    syntax::format(&source).unwrap_or(plain)
}

fn plugin(package: &str, (versions, incomplete): (&str, bool), signature: &ScaffoldSignature) -> String {
    let ScaffoldSignature { name, package_name, .. } = signature;
    let mut out = format!(
        "//! A span for each call of {package_name}.{name}.\n\nplugin {} {{\n",
        plugin_name(package_name)
    );
    for (name, path) in &signature.imports {
        let alias = if default_name(path) == *name { String::new() } else { format!("{name} ") };
        let _ = writeln!(out, "import {alias}\"{path}\"");
    }
    if !signature.imports.is_empty() {
        out.push('\n');
    }
    let left_out = if incomplete { "// Only the releases on this machine were looked at.\n" } else { "" };
    let _ = write!(
        out,
        "// The versions in which the rule holds. `gorulec check` says where a wider range stops to hold.\n\
         {left_out}target \"{package}\" {versions} {{\nrule {} {{\n",
        snake(&signature.function)
    );
    if let Some(receiver) = &signature.receiver {
        let _ = writeln!(out, "recv {receiver}");
    }
    let results = match signature.results.as_slice() {
        [] => String::new(),
        results => format!(" ({})", results.join(", ")),
    };
    let _ = writeln!(out, "func {}({}){results}", signature.function, signature.params.join(", "));
    out + &templates(signature) + "}\n}\n}\n"
}

fn templates(signature: &ScaffoldSignature) -> String {
    let ScaffoldSignature { span, name, package_name, .. } = signature;
    let context = signature.context.as_deref().unwrap_or("nil");
    let end = match &signature.error {
        Some(error) => format!("{span}.EndErr({error})"),
        None => format!("{span}.End()"),
    };
    format!(
        "\n// What enter assigns and exit reads.\n\
         state {span} agent.Span\n\n\
         // Runs before the body. A name may be assigned where the lists above say `var`.\n\
         enter {{\n    {span} = agent.StartInternal({context}, \"{package_name}.{name}\")\n}}\n\n\
         // Runs when the function ends, with the results as they are then; also while a panic passes through,\n\
         // which the span has been given by then.\n\
         exit {{ {end} }}\n"
    )
}

/// The name of a plugin for a package, in lower case.
fn plugin_name(package: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = package.chars().map(word).collect();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name } else { format!("p{name}") }
}

/// A name in snake case: `QueryContext` → `query_context`, `ServeHTTP` → `serve_http`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let starts = letter.is_uppercase()
            && before.is_some_and(|before| {
                let next_is_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
                !before.is_uppercase() || next_is_small
            });
        if starts {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rules_and_packages_in_types() {
        assert_eq!(snake("QueryContext"), "query_context");
        assert_eq!(snake("ServeHTTP"), "serve_http");
        assert_eq!(snake("HTTPServe"), "http_serve");
        assert_eq!(snake("Do"), "do");
        let of = |text| qualifiers(text).collect::<Vec<_>>();
        assert_eq!(of("map[a.B]func(c.D) *e.F"), ["a", "c", "e"]);
        assert_eq!(of("[...]int"), [""; 0]);
        assert_eq!(plugin_name("Yaml-3"), "yaml_3");
    }
}
