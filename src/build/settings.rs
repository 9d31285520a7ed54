//! The settings from a command line and `goagent.toml`: the bundles with the rules that are on, and
//! the way to report.
//!
//! In: [`BuildOptions`], the folder that go works in. Out: [`Settings`], or a [`SettingsError`].

use std::collections::BTreeSet;
use std::io::IsTerminal as _;

use camino::Utf8Path;

use super::config::{self, Config};
use super::invocation::Invocation;
use super::options::{BuildOptions, ConfigFile, ReportTo};
use crate::bundle::{Bundle, Plugin, Rule, Target};
use crate::codegen::RUNTIME;
use crate::diagnostic::codes::config::CONFIG_NAME;
use crate::diagnostic::{Diagnostic, Screen, nearest, render};
use crate::embedded;
use crate::report::Disabled;
use crate::store::Store;
use crate::toolexec::bundles::{LoadedBundle, NamedBundle};

/// The settings that apply to a build.
#[derive(Debug, Default)]
pub struct Settings {
    /// True if a rule that cannot be woven is an error.
    pub strict: bool,
    /// True if every rule is named.
    pub verbose: bool,
    /// The destination of the report.
    pub report: ReportTo,
    /// The `goagent.toml` that was read.
    pub config: Option<String>,
    /// The bundles, without the rules that are off.
    pub bundles: Vec<LoadedBundle>,
    /// The plugins and rules that are off.
    pub disabled: Vec<Disabled>,
}

/// The reason for which there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The request is not understood: nothing is built. The text is complete, with its newline.
    #[error("{0}")]
    Mistake(String),
    /// goagent failed on its own side: the build continues without it.
    #[error("{0}")]
    Trouble(String),
}

/// The name of the bundle that goagent carries.
pub const STANDARD: &str = "standard";

/// A name, its state, and the flag or the line of the file that sets it.
struct Switch {
    name: String,
    on: bool,
    by: String,
}

impl Switch {
    /// Returns true if the switch applies to a rule.
    fn fits(&self, plugin: &str, rule: &str) -> bool {
        match self.name.split_once('/') {
            Some((p, r)) => p == plugin && r == rule,
            None => self.name == "*" || self.name == plugin,
        }
    }
}

impl Settings {
    /// Reads `goagent.toml` and the bundles.
    pub fn load(invocation: &Invocation) -> Result<Self, SettingsError> {
        let standard = standard().map_err(|error| {
            SettingsError::Trouble(format!("the standard plugins cannot be kept: {error:#}; set GOAGENT_CACHE to a folder that may be written"))
        });
        // A mistake takes precedence: it is one regardless of the folder.
        let others = Self::read(invocation, standard.as_ref().ok()).map_err(SettingsError::Mistake)?;
        standard.map(|_| others)
    }

    fn read(invocation: &Invocation, standard: Option<&LoadedBundle>) -> Result<Self, String> {
        let options = &invocation.options;
        if let Some(mistake) = options.mistakes.first() {
            return Err(format!("goagent: {mistake}; see `goagent {} --help`\n", invocation.command));
        }
        let dir = invocation.dir();
        let config = config_of(options, (!invocation.is_versioned()).then_some(&dir))?;
        let mut bundles = Vec::new();
        let with_std = !options.no_std && !config.no_std;
        let mut known: Vec<Bundle> = standard.iter().map(|loaded| loaded.bundle.clone()).collect();
        bundles.extend(standard.filter(|_| with_std).cloned());
        bundles.extend(config.bundles.iter().cloned());
        for word in &options.bundles {
            let read = NamedBundle::parse(word).read();
            bundles.push(read.map_err(|error| format!("goagent: --bundle {word}: {error}\n"))?);
        }
        known.extend(bundles.iter().map(|loaded| loaded.bundle.clone()));
        let switches = if standard.is_some() { switches(options, &config, &known)? } else { Vec::new() };
        let mut disabled = Vec::new();
        for loaded in &mut bundles {
            disabled.extend(apply(&switches, &mut loaded.bundle));
        }
        disabled.sort();
        Ok(Self {
            strict: options.strict || config.strict,
            verbose: options.verbose || config.verbose,
            report: options.report.clone(),
            config: config.file.as_ref().map(|file| file.name.clone()),
            bundles,
            disabled,
        })
    }

    /// Returns the bundles from which plans are made.
    pub fn rules(&self) -> Vec<Bundle> {
        self.bundles.iter().map(|loaded| loaded.bundle.clone()).collect()
    }
}

fn standard() -> anyhow::Result<LoadedBundle> {
    let bundle = embedded::standard_bundle(&Store::open()?)?;
    let digest = blake3::hash(&bundle.encode()?).to_hex().to_string();
    Ok(LoadedBundle { name: STANDARD.to_owned(), digest, bundle })
}

/// Reads the configuration file that is named, or the one that is found.
fn config_of(options: &BuildOptions, dir: Option<&camino::Utf8PathBuf>) -> Result<Config, String> {
    let path = match &options.config {
        ConfigFile::Named(path) => Some(path.clone()),
        ConfigFile::Nowhere => None,
        ConfigFile::Nearest => dir.and_then(|dir| config::find(dir)),
    };
    path.map_or_else(
        || Ok(Config::default()),
        |path| Config::read(&path).map_err(|findings| render_findings(&findings)),
    )
}

/// Renders findings as gorulec shows them.
fn render_findings(findings: &[Diagnostic]) -> String {
    let screen = Screen::new(std::io::stderr().is_terminal(), |name| std::env::var_os(name));
    render::to_screen(findings, screen)
}

/// Returns the switches of the file, then those of the command line. The last one that applies to a
/// rule counts.
fn switches(options: &BuildOptions, config: &Config, known: &[Bundle]) -> Result<Vec<Switch>, String> {
    let names = names(known);
    let mut all = Vec::new();
    let mut findings = Vec::new();
    for wish in &config.wishes {
        let file =
            config.file.clone().unwrap_or_else(|| crate::diagnostic::SourceFile::new(config::NAME, ""));
        if !names.contains(&wish.name) {
            let finding =
                Diagnostic::new(&CONFIG_NAME).with("name", &wish.name).at(&file, wish.span.clone(), "");
            findings.push(finding.help(advice(&wish.name, &names)));
        }
        let name = Utf8Path::new(&file.name).file_name().unwrap_or(config::NAME);
        all.push(Switch { name: wish.name.clone(), on: wish.on, by: format!("{name}:{}", wish.line) });
    }
    if !findings.is_empty() {
        return Err(render_findings(&findings));
    }
    for (name, on) in &options.switches {
        let by = if *on { "--enable" } else { "--disable" };
        if !names.contains(name) {
            let advice = advice(name, &names);
            return Err(format!(
                "goagent: {by} {name}: no plugin and no rule is called `{name}`; {advice}\n"
            ));
        }
        all.push(Switch { name: name.clone(), on: *on, by: by.to_owned() });
    }
    Ok(all)
}

/// Returns every name that a switch may have.
fn names(bundles: &[Bundle]) -> BTreeSet<String> {
    let mut names = BTreeSet::from(["*".to_owned()]);
    for plugin in bundles.iter().flat_map(|bundle| &bundle.plugins) {
        names.insert(plugin.name.clone());
        let rules = plugin.targets.iter().flat_map(|target| &target.rules);
        names.extend(rules.map(|rule| format!("{}/{}", plugin.name, rule.name)));
    }
    names
}

/// Suggests the name that was probably meant, or lists the existing ones.
fn advice(wanted: &str, names: &BTreeSet<String>) -> String {
    if let Some(name) = nearest(wanted, names.iter().map(String::as_str)) {
        return format!("did you mean `{name}`?");
    }
    let plugin = wanted.split('/').next().unwrap_or_default();
    let rules = format!("{plugin}/");
    let of_plugin: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix(&rules)).collect();
    if !of_plugin.is_empty() {
        return format!("the rules of {plugin} are {}", of_plugin.join(", "));
    }
    let plugins: Vec<&str> =
        names.iter().filter(|name| !name.contains('/') && *name != "*").map(String::as_str).collect();
    format!("the plugins are {}", plugins.join(", "))
}

/// Removes the rules that are off, and returns them.
fn apply(switches: &[Switch], bundle: &mut Bundle) -> Vec<Disabled> {
    let mut out = Vec::new();
    for plugin in &mut bundle.plugins {
        out.extend(apply_to(switches, plugin));
    }
    bundle.plugins.retain(|plugin| plugin.targets.iter().any(|t| !t.rules.is_empty() || !t.decls.is_empty()));
    out
}

fn apply_to(switches: &[Switch], plugin: &mut Plugin) -> Vec<Disabled> {
    let name = plugin.name.clone();
    let off = |rule: &Rule| {
        let last = switches.iter().rev().find(|switch| switch.fits(&name, &rule.name));
        last.filter(|switch| !switch.on).map(|switch| switch.by.clone())
    };
    let mut out: Vec<Disabled> = Vec::new();
    for target in &mut plugin.targets {
        for rule in &target.rules {
            let Some(by) = off(rule) else { continue };
            match out.iter_mut().find(|known| known.rule.as_ref() == Some(&rule.name)) {
                Some(known) => drop(known.packages.insert(target.package.clone())),
                None => out.push(Disabled {
                    plugin: name.clone(),
                    rule: Some(rule.name.clone()),
                    packages: BTreeSet::from([target.package.clone()]),
                    by,
                }),
            }
        }
        if target.package == RUNTIME {
            // Other rules depend on those of runtime: the weaver has to know which are off.
            target.rules.iter_mut().for_each(|rule| rule.off = off(rule).is_some());
        } else {
            target.rules.retain(|rule| off(rule).is_none());
        }
    }
    let mut left = plugin.targets.iter().flat_map(|target| &target.rules);
    if !out.is_empty() && left.all(|rule| rule.off) {
        // Declarations exist for rules only.
        plugin.targets.clear();
        let packages = out.iter().flat_map(|one| one.packages.iter().cloned()).collect();
        let by = out.first().map(|one| one.by.clone()).unwrap_or_default();
        return vec![Disabled { plugin: name.clone(), rule: None, packages, by }];
    }
    // Fields and ports serve the rules of other blocks as well.
    let has_ports = |target: &Target| target.ports.iter().any(|port| port.written);
    plugin.targets.retain(|t| !t.rules.is_empty() || !t.structs.is_empty() || has_ports(t));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Fragment, Functions, Port, Reach};
    use crate::version::VersionSet;

    fn plugin(name: &str, rules: &[(&str, &str)]) -> Plugin {
        let target = |(package, rule): &(&str, &str)| Target {
            package: (*package).to_owned(),
            reach: Reach::Package,
            versions: VersionSet { intervals: Vec::new() },
            decls: Vec::new(),
            structs: Vec::new(),
            ports: Vec::new(),
            rules: vec![Rule {
                name: (*rule).to_owned(),
                doc: String::new(),
                line: 1,
                bare: false,
                versions: None,
                go: None,
                platforms: Vec::new(),
                receiver: None,
                functions: Functions::Named(vec!["F".to_owned()]),
                binds: Vec::new(),
                params: None,
                results: None,
                priority: 0,
                state: Vec::new(),
                may_skip: false,
                may_be_absent: false,
                enter: None,
                exit: None,
                anchors: Vec::new(),
                off: false,
            }],
        };
        Plugin { name: name.to_owned(), doc: String::new(), targets: rules.iter().map(target).collect() }
    }

    fn left(words: &[(&str, bool)]) -> (Vec<String>, Vec<String>) {
        let mut bundle = Bundle {
            plugins: vec![
                plugin("gin", &[("x/gin", "route")]),
                plugin("http", &[("n/http", "a"), ("n/h2", "b")]),
            ],
        };
        let switch = |(name, on): &(&str, bool)| Switch { name: (*name).to_owned(), on: *on, by: "-".into() };
        let switches: Vec<Switch> = words.iter().map(switch).collect();
        let off = apply(&switches, &mut bundle);
        let on = names(&[bundle]).into_iter().filter(|name| name.contains('/')).collect();
        let off =
            off.into_iter().map(|d| d.rule.map_or(d.plugin.clone(), |rule| format!("{}/{rule}", d.plugin)));
        (on, off.collect())
    }

    #[test]
    fn the_last_word_that_fits_counts() {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        assert_eq!(left(&[]), (words(&["gin/route", "http/a", "http/b"]), words(&[])));
        assert_eq!(left(&[("http/b", false)]), (words(&["gin/route", "http/a"]), words(&["http/b"])));
        assert_eq!(
            left(&[("http", false), ("http/b", true)]),
            (words(&["gin/route", "http/b"]), words(&["http/a"]))
        );
        assert_eq!(left(&[("*", false), ("gin", true)]), (words(&["gin/route"]), words(&["http"])));
        assert_eq!(left(&[("gin", true), ("*", false)]).0, words(&[]));
    }

    #[test]
    fn fields_and_ports_stay_for_the_rules_of_other_blocks() {
        let code = Fragment {
            text: "func()".into(),
            line: 1,
            column: 1,
            imports: Vec::new(),
            names: Vec::new(),
            returns: false,
            skips: false,
            guards: Vec::new(),
        };
        let port = Port { name: "told".into(), line: 1, written: true, signature: code.clone(), body: code };
        let mut bundle = Bundle { plugins: vec![plugin("p", &[("x", "a"), ("x", "b"), ("x", "c")])] };
        bundle.plugins[0].targets[1].ports.push(port);
        bundle.plugins[0].targets[1].rules.clear();
        let off = Switch { name: "p/a".into(), on: false, by: "-".into() };
        assert_eq!(apply(&[off], &mut bundle).len(), 1);
        let left: Vec<_> = bundle.plugins[0].targets.iter().map(|t| (t.rules.len(), t.ports.len())).collect();
        assert_eq!(left, [(0, 1), (1, 0)]);
    }

    #[test]
    fn advice_names_the_nearest_or_what_there_is() {
        let names =
            names(&[Bundle { plugins: vec![plugin("net_http", &[("p", "server"), ("p", "client")])] }]);
        assert_eq!(advice("net_htpt", &names), "did you mean `net_http`?");
        assert_eq!(advice("net_http/zzzzzzzzzzzz", &names), "the rules of net_http are client, server");
        assert_eq!(advice("banana", &names), "the plugins are net_http");
    }
}
