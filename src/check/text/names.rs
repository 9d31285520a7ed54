//! The package names of a plugin.
//!
//! In: its imports. Out: the package that a name before a dot means, and whether the name is used.

use std::collections::{BTreeMap, BTreeSet};

use crate::codegen::{PREDECLARED, default_name};
use crate::diagnostic::{Diagnostic, Help, codes, nearest};
use crate::source::NameResolver;
use crate::syntax::ast::{Import, Plugin, Span};
use crate::template::{How, Use};

use super::super::agent_names::{AgentUse, is_of_agent};
use super::super::findings::Findings;
use super::template::ParsedTemplate;

/// The names under which a plugin knows packages.
pub(in crate::check) struct Packages {
    paths: BTreeMap<String, String>,
    used: BTreeSet<String>,
    agent_uses: Vec<AgentUse>,
}

impl Packages {
    /// Reads the imports of a plugin.
    pub(in crate::check) fn new(plugin: &Plugin, findings: &mut Findings) -> Self {
        let mut paths: BTreeMap<String, String> =
            PREDECLARED.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect();
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        for import in &plugin.imports {
            if let Some((why, help)) = why_not(import) {
                findings.push(
                    Diagnostic::new(&codes::structure::IMPORT_BAD)
                        .with("path", format!("\"{}\"", import.path.node))
                        .with("why", why)
                        .at(findings.file(), import.span.clone(), "")
                        .help(help),
                );
                continue;
            }
            let name = name_of(import);
            if let Some(first) = seen.get(&name) {
                findings.push(
                    Diagnostic::new(&codes::structure::IMPORT_TWICE)
                        .with("name", &name)
                        .at(findings.file(), import.span.clone(), "imported again")
                        .and(findings.file(), first.clone(), "first imported here")
                        .help("remove one of them, or give one another name, as in `import other \"path\"`"),
                );
            }
            seen.insert(name.clone(), import.span.clone());
            paths.insert(name, import.path.node.clone());
        }
        Self { paths, used: BTreeSet::new(), agent_uses: Vec::new() }
    }

    /// Returns true if a name means a package.
    pub(in crate::check) fn has(&self, name: &str) -> bool {
        self.paths.contains_key(name)
    }

    /// The import path that a name means.
    pub(in crate::check) fn path(&self, name: &str) -> Option<&str> {
        self.paths.get(name).map(String::as_str)
    }

    /// The names.
    pub(in crate::check) fn names(&self) -> impl Iterator<Item = &str> {
        self.paths.keys().map(String::as_str)
    }

    /// Returns true if a text of the plugin uses a name that is not a local variable there.
    pub(in crate::check) fn is_used(&self, name: &str) -> bool {
        self.used.contains(name)
    }

    /// Remembers a name in a template or `decl` that is not a local variable there. `spans` are the
    /// names that are spans.
    pub(in crate::check) fn note(&mut self, found: &Use, spans: &[&str]) {
        self.mark_used(&found.name);
        let How::Qualifier { member } = &found.how else { return };
        let path = self.path(&found.name).filter(|path| is_of_agent(path)).map(str::to_owned);
        if path.is_some() || spans.contains(&found.name.as_str()) {
            let (name, span) = (member.clone(), found.range.clone());
            self.agent_uses.push(AgentUse { package: path, name, span });
        }
    }

    /// Remembers the methods that a text calls on the spans that the agent's functions return.
    pub(in crate::check) fn note_methods(&mut self, code: &ParsedTemplate) {
        if !code.framed().text().contains(").") {
            return;
        }
        for (call, name, range) in code.framed().chained_calls() {
            let is_agent = call.operand.as_deref().and_then(|name| self.path(name)).is_some_and(is_of_agent);
            let returns_span = call.name.starts_with("Start") || RETURN_SPANS.contains(&call.name.as_str());
            if is_agent && returns_span {
                self.agent_uses.push(AgentUse { package: None, name, span: code.place(&range) });
            }
        }
    }

    /// The uses of the agent's names that were noted.
    pub(in crate::check) fn into_agent_uses(self) -> Vec<AgentUse> {
        self.agent_uses
    }

    /// Remembers that a name is used.
    pub(in crate::check) fn mark_used(&mut self, name: &str) {
        self.used.insert(name.to_owned());
    }

    /// Imports that nothing mentions.
    pub(in crate::check) fn unused(&self, plugin: &Plugin, findings: &mut Findings) {
        for import in plugin.imports.iter().filter(|import| !self.used.contains(&name_of(import))) {
            if self.path(&name_of(import)) == Some(&import.path.node) {
                findings.push(
                    Diagnostic::new(&codes::structure::IMPORT_UNUSED)
                        .with("path", format!("\"{}\"", import.path.node))
                        .at(findings.file(), import.span.clone(), "")
                        .help("remove the line"),
                );
            }
        }
    }

    /// Help for a package name that is not known, in a target for this package.
    pub(in crate::check) fn help_for_unknown(&self, name: &str, target: &str) -> Help {
        if default_name(target) == name {
            return "leave out the package: types of the target's own are written without it, as in `*Context`"
                .into();
        }
        match nearest(name, self.paths.keys().map(String::as_str)) {
            Some(near) => Help::did_you_mean(near),
            None => format!("add `{}` to the plugin{}", import_of(name), whole_path(name)).into(),
        }
    }
}

/// The functions of the agent that return a span, beside those that start one.
const RETURN_SPANS: [&str; 4] = ["Current", "FromContext", "ServerSpan", "Serving"];

/// The packages of the standard library that templates need most, by name.
const STANDARD: [(&str, &str); 30] = [
    ("atomic", "sync/atomic"),
    ("binary", "encoding/binary"),
    ("bufio", "bufio"),
    ("bytes", "bytes"),
    ("context", "context"),
    ("debug", "runtime/debug"),
    ("errors", "errors"),
    ("filepath", "path/filepath"),
    ("fmt", "fmt"),
    ("hex", "encoding/hex"),
    ("http", "net/http"),
    ("io", "io"),
    ("json", "encoding/json"),
    ("log", "log"),
    ("math", "math"),
    ("net", "net"),
    ("os", "os"),
    ("path", "path"),
    ("reflect", "reflect"),
    ("regexp", "regexp"),
    ("runtime", "runtime"),
    ("slog", "log/slog"),
    ("sort", "sort"),
    ("sql", "database/sql"),
    ("strconv", "strconv"),
    ("strings", "strings"),
    ("sync", "sync"),
    ("time", "time"),
    ("tls", "crypto/tls"),
    ("url", "net/url"),
];

/// The line that imports a package of this name: with its path if it is one of Go's.
pub(in crate::check) fn import_of(name: &str) -> String {
    let path = STANDARD.iter().find(|(known, _)| *known == name).map(|(_, path)| *path);
    path.map_or_else(|| format!("import \"…/{name}\""), |path| format!("import \"{path}\""))
}

/// Returns true if a package of this name is one of Go's that templates need most.
pub(in crate::check) fn is_standard(name: &str) -> bool {
    STANDARD.iter().any(|(known, _)| *known == name)
}

/// The rest of the advice if the path of a package of this name is not known.
fn whole_path(name: &str) -> &'static str {
    if is_standard(name) { "" } else { ", with the whole import path" }
}

/// The names of a plugin in one target, whose own package may be named too.
pub(in crate::check) struct InTarget<'a> {
    pub(in crate::check) packages: &'a Packages,
    pub(in crate::check) target: &'a str,
}

impl NameResolver for InTarget<'_> {
    fn package(&self, name: &str) -> Option<String> {
        let path = self.packages.path(name)?;
        Some(if path == self.target { String::new() } else { path.to_owned() })
    }

    fn unqualified(&self, _: &str) -> Option<String> {
        None
    }
}

/// The name an import gives.
pub(in crate::check) fn name_of(import: &Import) -> String {
    import.alias.as_ref().map_or_else(|| default_name(&import.path.node), |alias| alias.node.clone())
}

/// The reason for which an import has no meaning in a plugin, and what to write instead.
pub(in crate::check) fn why_not(import: &Import) -> Option<(&'static str, &'static str)> {
    let path = import.path.node.as_str();
    let alias = import.alias.as_ref().map(|alias| alias.node.as_str());
    if matches!(alias, Some("_" | ".")) {
        return Some(("it has no name", "import it under a name, and use the name"));
    }
    if PREDECLARED.iter().any(|(name, known)| *known == path || alias == Some(name)) {
        return Some(("agent and semconv are always there", "remove the line"));
    }
    if path == "C" {
        return Some(("generated code is plain Go", "move what needs C to a Go package"));
    }
    if let Some(help) = bad_path(path) {
        return Some(("it is not an import path", help));
    }
    None
}

/// Help for a text that is no import path; `None` if it is one.
pub(in crate::check) fn bad_path(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        Some("write the path as Go code imports it, such as \"net/http\"")
    } else if path.contains("://") {
        Some("leave out what comes before the host: \"github.com/gin-gonic/gin\"")
    } else if path.contains('@') {
        Some("leave out the version; ranges of versions follow the path")
    } else if matches!(path, "..." | "./...") {
        Some(
            "for all packages of the build's own modules write `target own { … }`; a pattern begins with a path, as in \"example.com/app/...\"",
        )
    } else if path == "main" {
        Some("no package can import package main; for packages of your own write `target own { … }`")
    } else if path.starts_with("vendor/") || path.contains("/vendor/") {
        Some("leave out everything up to `vendor/`: Go code imports the package without it")
    } else if path.starts_with(['.', '/']) || path.ends_with('/') || path.contains("//") {
        Some("write the whole path, without a slash at its ends")
    } else if path
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "!\"#$%&'()*,:;<=>?[\\]^`{|}".contains(c))
    {
        Some("import paths have letters, digits, and - . _ ~ / only")
    } else {
        None
    }
}
