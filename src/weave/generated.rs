//! Renders the one file that a woven package gets besides its own: guards, points, ports and
//! `decl`s.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use handlebars::Handlebars;
use serde::Serialize;

use super::locate::FunctionMatch;
use super::options::WeaveOptions;
use super::unit::template_file;
use super::{PlacedDecl, PlacedRule, Text, constants};
use crate::bundle::Import;
use crate::codegen::{POINT, fault_port};

/// The name of that file.
pub const GENERATED_FILE: &str = "goagent_hooks.go";

/// A rule at a function, as the agent names it when a template faults.
#[derive(Serialize)]
pub(super) struct Point {
    number: usize,
    plugin: String,
    rule: String,
    package: String,
    function: String,
}

impl Point {
    pub fn of_hook(target: &FunctionMatch<'_>, number: usize) -> Self {
        Self::new(target.placed, target.package, target.function.display(), number)
    }

    pub fn new(placed: &PlacedRule, package: &str, function: String, number: usize) -> Self {
        let (plugin, rule) = (placed.plugin.clone(), placed.rule.name.clone());
        Self { number, plugin, rule, package: package.to_owned(), function }
    }
}

#[derive(Serialize)]
struct Decl {
    file: String,
    line: u32,
    column: u32,
    text: String,
}

/// A guard of a function in a `decl` that bare rules call.
#[derive(Serialize)]
struct DeclGuard<'a> {
    key: &'a str,
    plugin: &'a str,
    function: &'a str,
    /// The function to which it hands a fault.
    tells: String,
}

#[derive(Serialize)]
struct FileData<'a> {
    package: &'a str,
    path: &'a str,
    point: &'a str,
    guards: Vec<DeclGuard<'a>>,
    imports: Vec<Import>,
    directives: bool,
    points: &'a [Point],
    decls: Vec<Decl>,
    ports: &'a str,
}

static FILE: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut engine = Handlebars::new();
    engine.register_escape_fn(handlebars::no_escape);
    let _ = engine.register_template_string("file", include_str!("generated.go.hbs"));
    engine
});

/// The text of the file and its imports.
pub(super) fn render(
    package: &str,
    decls: &[&PlacedDecl],
    points: &[Point],
    ports: &Text,
    options: &WeaveOptions<'_>,
) -> (String, BTreeSet<Import>) {
    let mut imports = BTreeSet::new();
    if !points.is_empty() {
        imports.insert(Import { alias: "goagent_agent".to_owned(), path: "goagent/agent".to_owned() });
    }
    let (mut texts, mut guards) = (Vec::new(), Vec::new());
    imports.extend(ports.imports.iter().cloned());
    for placed in decls {
        let Some(code) = placed.template.at(options.version) else { continue };
        imports.extend(code.imports.iter().cloned());
        guards.extend(code.guards.iter().map(|guard| DeclGuard {
            key: &guard.key,
            plugin: &placed.plugin,
            function: &guard.function,
            tells: fault_port(&placed.plugin),
        }));
        texts.push(Decl {
            file: template_file(&placed.plugin),
            line: code.line,
            column: code.column,
            text: constants::of_package(&code.text, options),
        });
    }
    // Go honours the directive only in files that import this package.
    let linknamed = texts.iter().any(|decl| decl.text.contains("//go:linkname "));
    if linknamed && imports.iter().all(|import| import.path != "unsafe") {
        imports.insert(Import { alias: "_".to_owned(), path: "unsafe".to_owned() });
    }
    let data = FileData {
        package,
        path: options.package,
        point: POINT,
        guards,
        imports: imports.iter().cloned().collect(),
        directives: options.directives,
        points,
        decls: texts,
        ports: ports.text.trim_start(),
    };
    (FILE.render("file", &data).unwrap_or_default(), imports)
}
