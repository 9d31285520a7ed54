//! Writes the functions of packages below the agent whose bodies are in package main.
//!
//! The package gets a variable without a value, and a function that calls the variable's value.
//! Package main gets the body, and a variable that the linker knows by the same name and whose
//! initial value is the body. Of two such variables the linker takes the one with a value: nothing
//! is set while the program runs, so there is no order and no race. In a program without the body
//! the variable is nil, and the function does nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::options::WeaveOptions;
use super::unit::template_file;
use super::{Outcome, Placed, PortBody};
use crate::bundle::{Fragment, Import, Port};
use crate::codegen::{AGENT, written_name};
use crate::item::Item;
use crate::source::{Function, GoFile, GoParam};

/// Go text and its imports.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// Declarations.
    pub text: String,
    /// Their imports.
    pub imports: BTreeSet<Import>,
}

/// The import that Go requires of a file with `go:linkname`, which generated code uses.
fn linkname() -> Import {
    Import { alias: "_".to_owned(), path: "unsafe".to_owned() }
}

/// The code for a package that calls ports.
pub(super) fn callers<'a>(options: &WeaveOptions<'_>, ports: impl Iterator<Item = &'a Placed<Port>>) -> Text {
    let mut out = Text::default();
    for placed in ports {
        let port = &placed.item;
        let parameters = within(options.package, &port.signature, &mut out.imports);
        let Some(caller) = caller(&port.name, &parameters) else { continue };
        let (variable, mut line, mut at) = (variable(port), String::new(), String::new());
        if options.directives && port.written {
            (line, at) = (line_of(placed), place_of(placed, &port.signature));
        }
        let _ = write!(
            out.text,
            "\n{line}//go:linkname {variable}\nvar {variable} func{at}{parameters}\n\n{line}{caller}"
        );
        out.imports.insert(linkname());
    }
    out
}

/// The directive, on a line of its own, for the line at which a port begins.
fn line_of(placed: &Placed<Port>) -> String {
    format!("//line {}:{}:1\n", template_file(&placed.plugin), placed.item.line)
}

/// The directive for the position of a text of a port.
fn place_of(placed: &Placed<Port>, code: &Fragment) -> String {
    format!("/*line {}:{}:{}*/", template_file(&placed.plugin), code.line, code.column)
}

/// The outcome of a port that a package has, if its author has written it.
pub(super) fn outcome(placed: &Placed<Port>) -> Option<Outcome> {
    let Placed { plugin, item: Port { name, line, written, .. } } = placed;
    let function = written_name(plugin, name).to_owned();
    let (plugin, line, item) = (plugin.clone(), *line, Item::Port(function.clone()));
    written.then_some(Outcome { plugin, item, line, function, place: None, skipped: None })
}

/// The code for package main. The guards come first: a directive would make them look like
/// templates in stack traces.
pub fn bodies(all: &[PortBody]) -> Text {
    let mut out = Text::default();
    for (number, PortBody { package, port: Placed { plugin, item } }) in all.iter().enumerate() {
        let Port { signature, body, .. } = item;
        let name = written_name(plugin, &item.name);
        out.imports.extend(signature.imports.iter().chain(&body.imports).cloned());
        out.imports
            .extend([linkname(), Import { alias: "goagent_agent".to_owned(), path: AGENT.to_owned() }]);
        let _ = write!(
            out.text,
            "\nvar goagent_port_point_{number} = goagent_agent.Point{{Plugin: {plugin:?}, Rule: {:?}, Package: {package:?}, Function: {name:?}}}\n\
             \nfunc goagent_port_guard_{number}() {{\n\tif v := recover(); v != nil {{\n\t\tgoagent_agent.Fault(&goagent_port_point_{number}, v)\n\t}}\n}}\n",
            Item::Port(name.to_owned()).to_string(),
        );
    }
    for (number, PortBody { package, port }) in all.iter().enumerate() {
        let Port { signature, body, .. } = &port.item;
        let (mut line, mut at, mut before) = (line_of(port), place_of(port, signature), place_of(port, body));
        if !port.item.written {
            // The function that receives faults must not look like a template in its stack trace.
            [&mut line, &mut at, &mut before].into_iter().for_each(String::clear);
        }
        let (parameters, variable) = (parameters(&signature.text), variable(&port.item));
        let _ = write!(
            out.text,
            "\n{line}func goagent_port_body_{number}{at}{parameters} {{\n\tdefer goagent_port_guard_{number}()\n{before}{}\n}}\n\
             \n{line}//go:linkname goagent_port_{number} {package}.{variable}\nvar goagent_port_{number} func{at}{parameters} = goagent_port_body_{number}\n",
            body.text,
        );
    }
    out
}

/// A signature without the keyword `func`.
fn parameters(signature: &str) -> &str {
    signature.strip_prefix("func").unwrap_or(signature)
}

/// The name by which the linker knows the variable, without its package.
fn variable(port: &Port) -> String {
    format!("goagent_port_{}", port.name)
}

/// Parameters and results as the package itself writes them: its own types have no qualifier there.
fn within(package: &str, signature: &Fragment, imports: &mut BTreeSet<Import>) -> String {
    let mut text = parameters(&signature.text).to_owned();
    for import in &signature.imports {
        if import.path == package {
            text = text.replace(&format!("{}.", import.alias), "");
        } else {
            imports.insert(import.clone());
        }
    }
    text
}

/// The function that calls the variable's value; `None` if the signature was not understood.
fn caller(name: &str, parameters: &str) -> Option<String> {
    let go = GoFile::parse(format!("package p\nfunc {name}{parameters} {{ }}\n")).ok()?;
    let Function { params, results, clean: true, .. } = go.functions.first()? else { return None };
    let ty = |param: &GoParam| format!("{}{}", if param.variadic { "..." } else { "" }, go.slice(&param.ty));
    let list = |kind: &str, list: &[GoParam]| {
        let named = list.iter().enumerate().map(|(at, param)| format!("goagent_{kind}_{at} {}", ty(param)));
        named.collect::<Vec<_>>().join(", ")
    };
    let arguments: Vec<String> = params
        .iter()
        .enumerate()
        .map(|(at, param)| format!("goagent_param_{at}{}", if param.variadic { "..." } else { "" }))
        .collect();
    let leave = if results.is_empty() { "" } else { "return " };
    let result = if results.is_empty() { String::new() } else { format!(" ({})", list("result", results)) };
    Some(format!(
        "func {name}({}){result} {{\n\tif goagent_main_body := goagent_port_{name}; goagent_main_body != nil {{\n\t\t{leave}goagent_main_body({})\n\t}}\n\treturn\n}}\n",
        list("param", params),
        arguments.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::{caller, parameters};

    #[test]
    fn a_caller_has_names_for_everything() {
        let of = |signature| {
            caller("f", parameters(signature))
                .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(
            of("func(int, ...string)").unwrap(),
            "func f(goagent_param_0 int, goagent_param_1 ...string) { if goagent_main_body := goagent_port_f; goagent_main_body != nil { \
             goagent_main_body(goagent_param_0, goagent_param_1...) } return }"
        );
        assert_eq!(
            of("func(_, b *T) (int, error)").unwrap(),
            "func f(goagent_param_0 *T, goagent_param_1 *T) (goagent_result_0 int, goagent_result_1 error) { if goagent_main_body := goagent_port_f; \
             goagent_main_body != nil { return goagent_main_body(goagent_param_0, goagent_param_1) } return }"
        );
        assert_eq!(
            of("func() (ok bool)").unwrap().split('{').next().unwrap(),
            "func f() (goagent_result_0 bool) "
        );
        assert_eq!(of("func(a b c)"), None);
    }
}
