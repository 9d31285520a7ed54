//! What is in this build → what is woven.
//!
//! In: bundles, the packages of the build, Go's version. Out: one [`Unit`] for each package that a rule is for, the main
//! packages, and what was left out with its reason. Pure: whoever calls it has run `go list`.

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::{Bundle, Plugin, Template};
use crate::codegen::RUNTIME;
use crate::gotool::list::Package;
use crate::version::Version;
use crate::weave::{PlacedDecl, PlacedRule, Unit};

/// What is to be done in one build.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The packages to weave, by import path.
    pub units: BTreeMap<String, Unit>,
    /// The packages that get the start-up file: mains, and what `go test` was asked to test.
    pub boots: Vec<String>,
    /// Targets that are in the build and not woven, and why.
    pub left_out: Vec<LeftOut>,
    /// Whether runtime itself is what is built, as a check of its rules does.
    pub is_runtime: bool,
}

impl Plan {
    /// Whether nothing would make a span: then the program is built as it is, and nothing is linked in.
    pub fn is_idle(&self) -> bool {
        !self.is_runtime && self.units.keys().all(|package| package == RUNTIME)
    }
}

/// A target of a plugin that is in the build and not woven.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// The plugin.
    pub plugin: String,
    /// The package.
    pub package: String,
    /// Why.
    pub reason: String,
}

/// Which of a build's packages a plan is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boots {
    /// Mains (build, run, install).
    Mains,
    /// Mains and all named packages (test).
    Named,
}

/// Makes the plan.
pub fn plan(bundles: &[Bundle], packages: &[Package], go: &Version, boots: Boots) -> Plan {
    let mut plan = Plan::default();
    for package in packages {
        let version = version_of(package, go);
        if let Some(unit) = unit(bundles, &package.path, version.as_ref(), go, &mut plan.left_out) {
            plan.units.insert(package.path.clone(), unit);
        }
    }
    plan.is_runtime = packages.iter().any(|package| package.named && package.path == RUNTIME);
    plan.boots = boots_of(&plan, packages, boots);
    plan.left_out.sort();
    plan.left_out.dedup();
    plan
}

/// The mains (for `go test` all named packages) that have a woven package below them. One that has none is left as it is:
/// it could make no span, and what is linked in would be of no use to it.
fn boots_of(plan: &Plan, packages: &[Package], boots: Boots) -> Vec<String> {
    let woven = |path: &str| path != RUNTIME && plan.units.contains_key(path);
    let named: Vec<&Package> = packages.iter().filter(|package| package.named).collect();
    // Tests may need what the package itself does not: `p.test` and `p_test` count for `p`.
    let reaching: BTreeSet<&str> = named
        .iter()
        .filter(|p| woven(&p.path) || p.deps.iter().any(|dep| woven(dep)))
        .map(|p| tested(&p.path))
        .collect();
    let wanted = named.iter().filter(|p| p.name == "main" || boots == Boots::Named);
    let all: BTreeSet<String> =
        wanted.filter(|p| reaching.contains(tested(&p.path))).map(|p| p.path.clone()).collect();
    all.into_iter().collect()
}

/// `p.test` and `p_test` → `p`.
pub fn tested(path: &str) -> &str {
    path.strip_suffix(".test").or_else(|| path.strip_suffix("_test")).unwrap_or(path)
}

/// The version by which rules choose: Go's for the standard library, the module's else; `None` for the user's own code
/// and for a module that a folder replaces.
fn version_of(package: &Package, go: &Version) -> Option<Version> {
    if package.standard { Some(go.clone()) } else { Version::parse(&package.version) }
}

/// The rules of all bundles for one package, in the order in which they enter.
pub fn unit(
    bundles: &[Bundle],
    package: &str,
    version: Option<&Version>,
    go: &Version,
    left_out: &mut Vec<LeftOut>,
) -> Option<Unit> {
    let mut rules = Vec::new();
    let mut decls = Vec::new();
    for bundle in bundles {
        let mut plugins: Vec<&Plugin> = bundle.plugins.iter().collect();
        plugins.sort_by(|a, b| a.name.cmp(&b.name));
        for plugin in plugins {
            let before = (rules.len(), decls.len());
            choose(plugin, package, version, go, &mut rules, &mut decls);
            let named = plugin.targets.iter().any(|target| target.package == package);
            if named && before == (rules.len(), decls.len()) {
                left_out.push(LeftOut {
                    plugin: plugin.name.clone(),
                    package: package.to_owned(),
                    reason: why_left_out(plugin, package, version),
                });
            }
        }
    }
    rules.sort_by_key(|placed: &PlacedRule| std::cmp::Reverse(placed.rule.priority));
    let some = !rules.is_empty() || !decls.is_empty();
    some.then(|| Unit {
        package: package.to_owned(),
        version: version.cloned(),
        go: go.clone(),
        rules,
        decls,
    })
}

fn choose(
    plugin: &Plugin,
    package: &str,
    version: Option<&Version>,
    go: &Version,
    rules: &mut Vec<PlacedRule>,
    decls: &mut Vec<PlacedDecl>,
) {
    for (block, target) in (0..).zip(&plugin.targets).filter(|(_, target)| target.package == package) {
        if version.is_some_and(|v| !target.versions.contains(v)) {
            continue;
        }
        let place = |template: &Template| PlacedDecl {
            plugin: plugin.name.clone(),
            block,
            template: template.clone(),
        };
        decls.extend(target.decls.iter().map(place));
        let admitted = target.rules.iter().filter(|rule| rule.admits(&target.versions, version, go));
        rules.extend(admitted.map(|rule| PlacedRule {
            plugin: plugin.name.clone(),
            block,
            rule: rule.clone(),
        }));
    }
}

fn why_left_out(plugin: &Plugin, package: &str, version: Option<&Version>) -> String {
    let targets = plugin.targets.iter().filter(|target| target.package == package);
    let ranges: Vec<String> = targets.map(|target| target.versions.to_string()).collect();
    let version = version.map_or_else(|| "unknown".to_owned(), ToString::to_string);
    format!("version {version} is outside of {}", ranges.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Functions, Rule, Target};
    use crate::version::{Bound, Interval, VersionSet};

    fn since(version: &str) -> VersionSet {
        let low = Some(Bound { version: Version::parse(version).unwrap(), inclusive: true });
        VersionSet { intervals: vec![Interval { low, high: None }] }
    }

    fn rule(name: &str, priority: i32, versions: Option<VersionSet>) -> Rule {
        Rule {
            name: name.into(),
            doc: String::new(),
            line: 1,
            bare: false,
            versions,
            go: None,
            receiver: None,
            functions: Functions::Named(vec!["F".into()]),
            params: None,
            results: None,
            priority,
            state: Vec::new(),
            may_skip: false,
            enter: None,
            exit: None,
            anchors: Vec::new(),
        }
    }

    fn bundle(plugin: &str, rules: Vec<Rule>) -> Bundle {
        let target = Target { package: "x.org/p".into(), versions: since("1.2.0"), decls: Vec::new(), rules };
        Bundle { plugins: vec![Plugin { name: plugin.into(), doc: String::new(), targets: vec![target] }] }
    }

    fn package(version: &str) -> Package {
        Package { path: "x.org/p".into(), version: version.into(), ..Package::default() }
    }

    #[test]
    fn higher_priority_enters_first_and_equal_ones_keep_their_order() {
        let bundles = [
            bundle("b", vec![rule("one", 0, None), rule("two", 2, None)]),
            bundle("a", vec![rule("three", 0, None)]),
        ];
        let plan = plan(&bundles, &[package("v1.3.0")], &Version::parse("1.26").unwrap(), Boots::Mains);
        let names: Vec<&str> = plan.units["x.org/p"].rules.iter().map(|r| r.rule.name.as_str()).collect();
        assert_eq!(names, ["two", "one", "three"]);
    }

    #[test]
    fn a_main_with_nothing_woven_below_it_is_left_as_it_is() {
        let main = |path: &str, deps: &[&str]| Package {
            path: path.into(),
            name: "main".into(),
            named: true,
            deps: deps.iter().map(|dep| (*dep).to_owned()).collect(),
            ..Package::default()
        };
        let packages = [main("m/a", &["fmt", "x.org/p"]), main("m/b", &["fmt"]), package("v1.3.0")];
        let go = Version::parse("1.26").unwrap();
        let plan = plan(&[bundle("b", vec![rule("one", 0, None)])], &packages, &go, Boots::Mains);
        assert_eq!(plan.boots, ["m/a"]);
    }

    #[test]
    fn a_version_outside_of_the_range_is_said() {
        let bundles = [bundle("b", vec![rule("one", 0, Some(since("1.5.0")))])];
        let go = Version::parse("1.26").unwrap();
        for version in ["v1.1.0", "v1.4.0"] {
            let plan = plan(&bundles, &[package(version)], &go, Boots::Mains);
            assert!(plan.units.is_empty());
            assert!(plan.left_out[0].reason.contains(&version[1..]), "{:?}", plan.left_out);
        }
        assert_eq!(
            plan(&bundles, &[package("")], &go, Boots::Mains).units.len(),
            1,
            "no version: the source decides"
        );
    }
}
