//! `goagent inspect BINARY` and `goagent inspect --bundle FILE`: the rules woven into a binary, or
//! the content of a bundle.
//!
//! In: one file. Out: a text; JSON for a binary.

use std::fmt::Write as _;

use super::options;
use crate::bundle::{Functions, Plugin, Reach, Rule, Target};
use crate::codegen::written_name;
use crate::diagnostic::counted;
use crate::toolexec::bundles::{LoadedBundle, NamedBundle};
use crate::toolexec::protocol::{LONG_MANIFEST, MANIFEST};

/// Returns the text for these arguments.
pub fn inspect(words: &[String]) -> anyhow::Result<String> {
    match words {
        [flag] if matches!(flag.as_str(), "--help" | "-h" | "-help") => Ok(options::help(Some("inspect"))),
        [flag, file] if flag == "--bundle" => bundle(file),
        [word] if word.starts_with("--bundle=") => bundle(word.trim_start_matches("--bundle=")),
        [path] if !path.starts_with('-') => binary(path),
        _ => anyhow::bail!("name one binary, or --bundle and one bundle; see `goagent inspect --help`"),
    }
}

/// Returns the manifest that the linker was given when the binary was built.
fn binary(path: &str) -> anyhow::Result<String> {
    let bytes = fs_err::read(path)?;
    let json = |text: &[u8]| {
        let value = serde_json::Deserializer::from_slice(text).into_iter::<serde_json::Value>().next()?.ok();
        value.filter(serde_json::Value::is_object)
    };
    let short = behind(&bytes, MANIFEST).find_map(json);
    let long = || behind(&bytes, LONG_MANIFEST).find_map(|digits| json(&bytes_of(digits)?));
    let Some(manifest) = short.or_else(long) else {
        anyhow::bail!(
            "{path} says nothing of goagent: it was built without it, or no rule was for any of its packages"
        );
    };
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}

/// Returns everything after each occurrence of these words.
fn behind<'a>(bytes: &'a [u8], words: &'static str) -> impl Iterator<Item = &'a [u8]> {
    let found = bytes.windows(words.len()).enumerate().filter(|(_, window)| *window == words.as_bytes());
    found.filter_map(|(at, _)| bytes.get(at + words.len()..))
}

/// Decodes hexadecimal digits up to a full stop; `None` if something other than a full stop follows
/// them.
fn bytes_of(digits: &[u8]) -> Option<Vec<u8>> {
    let end = digits.iter().position(|byte| !byte.is_ascii_hexdigit())?;
    let (digits, rest) = digits.split_at(end);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if rest.first() == Some(&b'.') { digits.chunks(2).map(byte).collect() } else { None }
}

/// Returns the parts of a bundle that a reviewer wants to know.
fn bundle(word: &str) -> anyhow::Result<String> {
    let LoadedBundle { name, digest, bundle } = NamedBundle::parse(word).read()?;
    let targets = bundle.plugins.iter().flat_map(|plugin| &plugin.targets);
    let rules = targets.map(|target| target.rules.len()).sum();
    let mut out = format!(
        "bundle {name}\nblake3 {digest}\n{}, {}\n",
        counted(bundle.plugins.len(), "plugin"),
        counted(rules, "rule")
    );
    for plugin in &bundle.plugins {
        show_plugin(plugin, &mut out);
    }
    Ok(out)
}

fn show_plugin(plugin: &Plugin, out: &mut String) {
    let about = plugin.doc.lines().next().filter(|line| !line.is_empty());
    let _ = writeln!(out, "\nplugin {}{}", plugin.name, about.map(|l| format!(": {l}")).unwrap_or_default());
    for Target { package, reach, versions, decls, structs, ports, rules } in &plugin.targets {
        let decls =
            if decls.is_empty() { String::new() } else { format!(", {}", counted(decls.len(), "decl")) };
        let _ = match reach {
            Reach::Package => writeln!(out, "  {package} {versions}{decls}"),
            Reach::Pattern => writeln!(out, "  all packages {package}{decls}"),
            Reach::Own => writeln!(out, "  the packages of the main modules{decls}"),
        };
        for item in structs {
            let fields: Vec<&str> =
                item.fields.iter().map(|field| written_name(&plugin.name, &field.name)).collect();
            let fields = fields.join(", ");
            let _ = writeln!(
                out,
                "    adds {fields} to {} ({}.gorule:{})",
                item.type_name, plugin.name, item.line
            );
        }
        for port in ports.iter().filter(|port| port.written) {
            let name = written_name(&plugin.name, &port.name);
            let _ = writeln!(out, "    port {name} ({}.gorule:{})", plugin.name, port.line);
        }
        for rule in rules {
            let powers = powers(rule);
            let powers =
                if powers.is_empty() { String::new() } else { format!("; may {}", powers.join(", ")) };
            let _ = writeln!(
                out,
                "    {}/{} ({}.gorule:{}) at {}{powers}",
                plugin.name,
                rule.name,
                plugin.name,
                rule.line,
                functions(rule)
            );
        }
    }
}

fn functions(rule: &Rule) -> String {
    let names = match &rule.functions {
        Functions::Named(names) => names.join(", "),
        Functions::Called { package, names } => {
            return format!("calls of {} of {package}", names.join(", "));
        }
        Functions::Matching(glob) => return format!("all that are called {glob}"),
        Functions::Marked(mark) => return format!("all that are marked {mark}"),
    };
    match &rule.receiver {
        Some(receiver) if receiver.pointer => format!("(*{}).{names}", receiver.type_name),
        Some(receiver) => format!("{}.{names}", receiver.type_name),
        None => names,
    }
}

/// The ways in which a rule can change the program's behaviour.
fn powers(rule: &Rule) -> Vec<String> {
    let assignable =
        rule.params.iter().chain(&rule.results).flatten().filter(|param| param.assignable).count();
    let assignable = assignable + rule.binds.iter().filter(|bind| bind.assignable).count();
    let mut out = Vec::new();
    if assignable > 0 {
        out.push(format!("assign parameters or results ({assignable})"));
    }
    if rule.may_skip {
        out.push("skip the function".to_owned());
    }
    if !rule.anchors.is_empty() {
        out.push(format!("edit the function at {}", counted(rule.anchors.len(), "place")));
    }
    if rule.bare {
        out.push("panic (it has no guard)".to_owned());
    }
    out
}
