//! The packages of the module that is linked in, as rules see them.
//!
//! In: the sources that goagent carries. Out: what each package imports, and the exported names of
//! `agent` and `semconv`. The sources are goagent's own and formatted, so that lines are enough.

use crate::check::{AgentNames, Carried};
use crate::codegen::{AGENT, PREDECLARED};
use crate::embedded;
use crate::source::imports;

/// The packages that are linked in, with their imports.
pub(super) fn carried() -> Carried {
    let mut carried = Carried::new();
    for (file, text) in embedded::runtime_sources() {
        carried.entry(package_of(&file)).or_default().extend(imports(&text));
    }
    carried
}

/// The names that the linked-in packages offer to templates.
pub(super) fn agent_names() -> AgentNames {
    let mut names = AgentNames::default();
    for (file, text) in embedded::runtime_sources() {
        let path = package_of(&file);
        if PREDECLARED.iter().all(|(_, known)| *known != path) {
            continue;
        }
        for (receiver, name) in exported(&text) {
            if receiver.is_none() {
                names.packages.entry(path.clone()).or_default().insert(name);
            } else if receiver == Some("Span") && path == AGENT {
                names.span_methods.insert(name);
            }
        }
    }
    names
}

fn package_of(file: &str) -> String {
    format!("goagent/{}", file.rsplit_once('/').map_or("", |(folder, _)| folder))
}

/// The exported names that a formatted Go file declares, with the receivers of methods.
fn exported(text: &str) -> Vec<(Option<&str>, String)> {
    let mut found = Vec::new();
    let mut in_group = false;
    for line in text.lines() {
        in_group = match line {
            "const (" | "var (" | "type (" => true,
            ")" => false,
            _ => in_group,
        };
        let (receiver, rest) = if let Some(method) = line.strip_prefix("func (") {
            let (receiver, rest) = method.split_once(')').unwrap_or_default();
            (receiver.rsplit([' ', '*']).next(), rest.trim_start())
        } else {
            let words = ["func ", "type ", "var ", "const "];
            let declared = words.iter().find_map(|word| line.strip_prefix(word));
            let grouped = line.strip_prefix('\t').filter(|_| in_group);
            (None, declared.or(grouped).unwrap_or_default())
        };
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default();
        if name.starts_with(|c: char| c.is_ascii_uppercase()) {
            found.push((receiver, name.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::source::GoFile;

    #[test]
    fn the_lines_say_what_the_parser_says() {
        let names = agent_names();
        for (_, path) in PREDECLARED {
            let mut parsed = BTreeSet::new();
            let mut methods = BTreeSet::new();
            for (file, text) in embedded::runtime_sources().filter(|(file, _)| package_of(file) == path) {
                let go = GoFile::parse(text).unwrap_or_else(|_| panic!("{file}"));
                for function in &go.functions {
                    match &function.receiver {
                        None => drop(parsed.insert(function.name.clone())),
                        Some(receiver) if receiver.type_name == "Span" => {
                            methods.insert(function.name.clone());
                        }
                        Some(_) => {}
                    }
                }
                parsed.extend(go.types.iter().map(|ty| ty.name.clone()).chain(go.values.iter().cloned()));
            }
            let is_exported = |name: &String| name.starts_with(|c: char| c.is_ascii_uppercase());
            parsed.retain(is_exported);
            methods.retain(is_exported);
            assert_eq!(names.packages[path], parsed, "{path}");
            if path == AGENT {
                assert_eq!(names.span_methods, methods);
            }
        }
        assert!(names.packages[AGENT].contains("StartInternal") && names.span_methods.contains("EndErr"));
        assert!(names.packages[AGENT].contains("RoleHTTPClient"));
    }
}
