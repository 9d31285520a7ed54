//! Turns the content of a build into the rules to weave.
//!
//! In: bundles, the packages of the build, a way to read their files, Go's version. Out: one
//! [`Unit`] for each package that has rules, the main packages, and the targets that were left out
//! with their reasons. Pure: the caller has run `go list`.

mod callees;
pub mod directives;
mod pattern_targets;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, Plugin, Port, Reach, Rule, Target};
use crate::codegen::RUNTIME;
use crate::gotool::list::ListedPackage;
use crate::version::Version;
use crate::weave::{Placed, PlacedDecl, PlacedRule, PortBody, RuleState, Unit};

pub use pattern_targets::{BuildPackage, is_ours};

/// The work to be done in one build.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The packages to weave, by import path.
    pub units: BTreeMap<String, Unit>,
    /// The packages that get the start-up file: mains, and the packages that `go test` was asked to
    /// test.
    pub boots: Vec<String>,
    /// The bodies of ports that such packages get as well: of the packages below them.
    pub bodies: BTreeMap<String, Vec<PortBody>>,
    /// Targets that are in the build and not woven, with the reasons.
    pub left_out: Vec<UnwovenTarget>,
    /// Directive comments of the user's own packages that have no effect.
    pub directives: Vec<directives::IdleDirective>,
    /// True if runtime itself is built by name, as in a check of its rules.
    pub is_runtime: bool,
}

impl Plan {
    /// Returns mains without rules that have bodies of ports.
    pub fn mains_with_bodies(&self) -> BTreeMap<&str, Unit> {
        let others = self
            .bodies
            .iter()
            .filter(|(package, bodies)| !bodies.is_empty() && !self.units.contains_key(package.as_str()));
        others.map(|(package, _)| (package.as_str(), self.boot_unit(package))).collect()
    }

    /// Returns the unit of a package; an empty one if it has no rules.
    pub fn unit(&self, package: &str) -> Unit {
        self.units.get(package).cloned().unwrap_or_else(|| Unit::empty(package))
    }

    /// Returns the unit of a package that gets the start-up file: with the bodies of ports.
    pub fn boot_unit(&self, package: &str) -> Unit {
        Unit { bodies: self.bodies.get(package).cloned().unwrap_or_default(), ..self.unit(package) }
    }

    /// Returns true if nothing would make a span: then the program is built without goagent, and
    /// nothing is linked in.
    pub fn is_idle(&self) -> bool {
        !self.is_runtime && self.units.keys().all(|package| package == RUNTIME)
    }
}

/// A target of a plugin that is in the build and not woven.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnwovenTarget {
    /// The plugin.
    pub plugin: String,
    /// The package.
    pub package: String,
    /// The reason.
    pub reason: String,
}

/// The choice of the packages that get the start-up file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartupTargets {
    /// Mains (build, run, install).
    Mains,
    /// Mains and all named packages (test).
    Named,
}

/// Access to the packages of a build beyond its list.
#[derive(Clone, Copy)]
pub struct PackageSources<'a> {
    /// Reads the Go files of a package except its tests; called only for packages to which a rule
    /// for many packages may apply, and for those whose functions call rules wrap.
    pub texts: &'a dyn Fn(&ListedPackage) -> Option<Vec<String>>,
    /// Returns true if Go itself has a package of this import path.
    pub is_of_go: &'a dyn Fn(&str) -> bool,
}

/// Makes the plan.
pub fn plan(
    bundles: &[Bundle],
    packages: &[ListedPackage],
    go: &Version,
    boots: StartupTargets,
    PackageSources { texts, is_of_go }: PackageSources<'_>,
) -> Plan {
    let mut plan = Plan::default();
    for package in packages {
        let version = version_of(package, go);
        let read = || texts(package);
        let subject = BuildPackage::new(&package.path, package.standard, package.own, &read);
        if let Some(unit) = unit(bundles, &subject, version.as_ref(), go, &mut plan.left_out) {
            plan.units.insert(package.path.clone(), unit);
        }
    }
    callees::fill(&mut plan.units, packages, texts);
    plan.units.values_mut().for_each(|unit| unit.leave_to_others(|path| !is_ours(path) && !is_of_go(path)));
    plan.is_runtime = packages.iter().any(|package| package.named && package.path == RUNTIME);
    plan.boots = boots_of(&plan, packages, boots);
    plan.bodies = bodies_of(&plan, packages);
    plan.left_out.sort();
    plan.left_out.dedup();
    plan
}

/// Returns the mains (for `go test` all named packages) that have a woven package below them. A
/// main that has none is left unchanged: it could make no span, and the linked-in code would be of
/// no use to it.
fn boots_of(plan: &Plan, packages: &[ListedPackage], boots: StartupTargets) -> Vec<String> {
    let woven = |path: &str| path != RUNTIME && plan.units.contains_key(path);
    let named: Vec<&ListedPackage> = packages.iter().filter(|package| package.named).collect();
    // Tests may need packages that the package itself does not: `p.test` and `p_test` count for
    // `p`.
    let reaching: BTreeSet<&str> = named
        .iter()
        .filter(|p| woven(&p.path) || p.deps.iter().any(|dep| woven(dep)))
        .map(|p| tested(&p.path))
        .collect();
    let wanted = named.iter().filter(|p| p.name == "main" || boots == StartupTargets::Named);
    let all: BTreeSet<String> =
        wanted.filter(|p| reaching.contains(tested(&p.path))).map(|p| p.path.clone()).collect();
    all.into_iter().collect()
}

/// Returns the bodies of ports for each main.
fn bodies_of(plan: &Plan, packages: &[ListedPackage]) -> BTreeMap<String, Vec<PortBody>> {
    let calling = || plan.units.values().filter(|unit| !unit.ports.is_empty());
    let mut bodies = BTreeMap::new();
    for boot in plan.boots.iter().filter(|_| calling().next().is_some()) {
        let named = packages.iter().filter(|package| package.named && tested(&package.path) == boot);
        let below: BTreeSet<&str> = named.flat_map(|package| &package.deps).map(String::as_str).collect();
        let own = calling().filter(|unit| below.contains(unit.package.as_str())).flat_map(|unit| {
            let body = |port: &Placed<Port>| PortBody { package: unit.package.clone(), port: port.clone() };
            unit.ports.iter().map(body)
        });
        bodies.insert(boot.clone(), own.collect());
    }
    bodies
}

/// Returns the tested package: `p.test` and `p_test` → `p`.
pub fn tested(path: &str) -> &str {
    path.strip_suffix(".test").or_else(|| path.strip_suffix("_test")).unwrap_or(path)
}

/// Returns the version by which rules choose: Go's for the standard library, otherwise the
/// module's; `None` for the user's own code and for a module that is replaced by a folder.
fn version_of(package: &ListedPackage, go: &Version) -> Option<Version> {
    if package.standard { Some(go.clone()) } else { Version::parse(&package.version) }
}

/// Returns the rules of all bundles for one package, in the order in which they enter.
pub fn unit(
    bundles: &[Bundle],
    subject: &BuildPackage<'_>,
    version: Option<&Version>,
    go: &Version,
    left_out: &mut Vec<UnwovenTarget>,
) -> Option<Unit> {
    let mut unit = Unit { version: version.cloned(), go: go.clone(), ..Unit::empty(subject.path) };
    for bundle in bundles {
        let mut plugins: Vec<&Plugin> = bundle.plugins.iter().collect();
        plugins.sort_by(|a, b| a.name.cmp(&b.name));
        for plugin in plugins {
            let before = unit.rules.len();
            choose(plugin, subject, version, &mut unit);
            if let Some(reason) =
                why_left_out(plugin, subject, version, go).filter(|_| before == unit.rules.len())
            {
                let (plugin, package) = (plugin.name.clone(), subject.path.to_owned());
                left_out.push(UnwovenTarget { plugin, package, reason });
            }
        }
    }
    unit.rules.sort_by_key(|placed: &PlacedRule| std::cmp::Reverse(placed.rule.priority));
    // Everything else exists for rules only.
    (!unit.rules.is_empty()).then_some(unit)
}

fn choose(plugin: &Plugin, subject: &BuildPackage<'_>, version: Option<&Version>, unit: &mut Unit) {
    for (block, target) in (0..).zip(&plugin.targets).filter(|(_, target)| subject.is_in(target)) {
        if version.is_some_and(|v| !target.versions.contains(v)) {
            continue;
        }
        let go = unit.go.clone();
        let admits =
            |rule: &Rule| rule.admits(&target.versions, version, &go) && subject.may_hold(target, rule);
        if target.reach == Reach::Package || target.rules.iter().any(admits) {
            place(plugin, block, target, admits, unit);
        }
    }
}

/// Adds the content of a target to a unit.
pub fn place(plugin: &Plugin, block: u32, target: &Target, admits: impl Fn(&Rule) -> bool, unit: &mut Unit) {
    let plugin = &plugin.name;
    unit.rules.extend(target.rules.iter().filter(|rule| admits(rule)).map(|rule| PlacedRule {
        plugin: plugin.clone(),
        block,
        wide: target.reach != Reach::Package,
        callees: BTreeMap::new(),
        state: if rule.off { RuleState::Disabled } else { RuleState::On },
        rule: rule.clone(),
    }));
    unit.decls.extend(target.decls.iter().map(|template| PlacedDecl {
        plugin: plugin.clone(),
        block,
        template: template.clone(),
    }));
    unit.structs
        .extend(target.structs.iter().map(|item| Placed { plugin: plugin.clone(), item: item.clone() }));
    for item in &target.ports {
        let port = Placed { plugin: plugin.clone(), item: item.clone() };
        // The guards of all targets of a plugin share one port.
        if item.written || !unit.ports.contains(&port) {
            unit.ports.push(port);
        }
    }
}

/// Returns the ranges that keep the rules of a plugin from a package of their name; `None` if it
/// has none for it.
fn why_left_out(
    plugin: &Plugin,
    subject: &BuildPackage<'_>,
    version: Option<&Version>,
    go: &Version,
) -> Option<String> {
    let (mut of_module, mut of_go) = (BTreeSet::new(), BTreeSet::new());
    let named = plugin.targets.iter().filter(|t| t.reach == Reach::Package && subject.is_in(t));
    for (target, rule) in named.flat_map(|target| target.rules.iter().map(move |rule| (target, rule))) {
        let ranges = std::iter::once(&target.versions).chain(&rule.versions);
        let outside = version.and_then(|version| ranges.into_iter().find(|range| !range.contains(version)));
        match (outside, &rule.go) {
            (Some(range), _) => drop(of_module.insert(range.to_string())),
            (None, Some(range)) if !range.contains(go) => drop(of_go.insert(range.to_string())),
            _ => {}
        }
    }
    let joined = |ranges: BTreeSet<String>| ranges.into_iter().collect::<Vec<_>>().join(", ");
    let mut reasons = Vec::new();
    if let Some(version) = version.filter(|_| !of_module.is_empty()) {
        reasons.push(format!("version {version} is outside of {}", joined(of_module)));
    }
    if !of_go.is_empty() {
        reasons.push(format!("Go {go} is outside of {}", joined(of_go)));
    }
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Functions;
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
            platforms: Vec::new(),
            receiver: None,
            functions: Functions::Named(vec!["F".into()]),
            binds: Vec::new(),
            params: None,
            results: None,
            priority,
            state: Vec::new(),
            may_skip: false,
            may_be_absent: false,
            enter: None,
            exit: None,
            anchors: Vec::new(),
            off: false,
        }
    }

    fn bundle(plugin: &str, rules: Vec<Rule>) -> Bundle {
        let target = Target {
            package: "x.org/p".into(),
            reach: Reach::Package,
            versions: since("1.2.0"),
            decls: Vec::new(),
            structs: Vec::new(),
            ports: Vec::new(),
            rules,
        };
        Bundle { plugins: vec![Plugin { name: plugin.into(), doc: String::new(), targets: vec![target] }] }
    }

    fn package(version: &str) -> ListedPackage {
        ListedPackage { path: "x.org/p".into(), version: version.into(), ..ListedPackage::default() }
    }

    fn plan_of(bundles: &[Bundle], packages: &[ListedPackage]) -> Plan {
        plan(
            bundles,
            packages,
            &Version::parse("1.26").unwrap(),
            StartupTargets::Mains,
            PackageSources { texts: &|_| None, is_of_go: &|_| true },
        )
    }

    #[test]
    fn a_target_for_many_packages_is_for_those_in_which_it_can_find_something() {
        let mut bundle = bundle("b", vec![rule("one", 0, None)]);
        let target = &mut bundle.plugins[0].targets[0];
        (target.reach, target.package, target.versions) = (Reach::Own, "own".into(), VersionSet::all());
        target.rules[0].functions = Functions::Marked("goagent:span".into());
        let package = |path: &str, own, standard| ListedPackage {
            path: path.into(),
            own,
            standard,
            ..ListedPackage::default()
        };
        let packages = [
            package("m/marked", true, false),
            package("m/plain", true, false),
            package("x.org/other", false, false),
            package("fmt", true, true),
        ];
        let texts = |package: &ListedPackage| {
            let text = if package.path == "m/plain" { "func F() {}" } else { "//goagent:span\nfunc F() {}" };
            Some(vec![text.to_owned()])
        };
        let go = Version::parse("1.26").unwrap();
        let of = |bundle: &Bundle| {
            let plan = plan(
                std::slice::from_ref(bundle),
                &packages,
                &go,
                StartupTargets::Mains,
                PackageSources { texts: &texts, is_of_go: &|_| true },
            );
            assert!(plan.left_out.is_empty(), "{:?}", plan.left_out);
            plan.units.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(of(&bundle), ["m/marked"]);
        let target = &mut bundle.plugins[0].targets[0];
        (target.reach, target.package) = (Reach::Pattern, "x.org/...".into());
        assert_eq!(of(&bundle), ["x.org/other"]);
    }

    #[test]
    fn each_package_is_read_once_and_paths_of_modules_are_known() {
        let mut marked = rule("marked", 0, None);
        marked.functions = Functions::Marked("goagent:span".into());
        let called = |names: &[&str]| Functions::Called {
            package: "corp/lib".into(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let calls =
            [called(&["F"]), called(&["F", "G"])].map(|functions| Rule { functions, ..marked.clone() });
        let mut bundle = bundle("b", [vec![marked.clone(), marked.clone()], calls.to_vec()].concat());
        let target = &mut bundle.plugins[0].targets[0];
        (target.reach, target.package, target.versions) = (Reach::Own, "own".into(), VersionSet::all());
        let packages = ["m/a", "corp/lib"].map(|path| ListedPackage {
            path: path.into(),
            own: path == "m/a",
            ..ListedPackage::default()
        });
        let read = std::cell::RefCell::new(Vec::new());
        let texts = |package: &ListedPackage| {
            read.borrow_mut().push(package.path.clone());
            let lib = "package lib\nfunc F(t *T) {}\ntype T int\n";
            let own = "package a\nimport \"corp/lib\"\nfunc _() { lib.F(nil); lib.G() }\n";
            Some(vec![if package.own { own } else { lib }.to_owned()])
        };
        let go = Version::parse("1.26").unwrap();
        let sources = PackageSources { texts: &texts, is_of_go: &|path| path != "corp/lib" };
        let plan = plan(&[bundle], &packages, &go, StartupTargets::Mains, sources);
        assert_eq!(read.into_inner(), ["m/a", "corp/lib"]);
        let unit = &plan.units["m/a"];
        let known = |at: usize| unit.rules[at].callees.values().map(Result::is_ok).collect::<Vec<_>>();
        assert_eq!((known(0), known(1)), (vec![true], vec![true, false]));
        assert!(!unit.imports().contains("corp/lib"), "{:?}", unit.imports());
    }

    #[test]
    fn higher_priority_enters_first_and_equal_ones_keep_their_order() {
        let bundles = [
            bundle("b", vec![rule("one", 0, None), rule("two", 2, None)]),
            bundle("a", vec![rule("three", 0, None)]),
        ];
        let plan = plan_of(&bundles, &[package("v1.3.0")]);
        let names: Vec<&str> = plan.units["x.org/p"].rules.iter().map(|r| r.rule.name.as_str()).collect();
        assert_eq!(names, ["two", "one", "three"]);
    }

    #[test]
    fn a_main_with_nothing_woven_below_it_is_left_as_it_is() {
        let main = |path: &str, deps: &[&str]| ListedPackage {
            path: path.into(),
            name: "main".into(),
            named: true,
            deps: deps.iter().map(|dep| (*dep).to_owned()).collect(),
            ..ListedPackage::default()
        };
        let packages = [main("m/a", &["fmt", "x.org/p"]), main("m/b", &["fmt"]), package("v1.3.0")];
        let plan = plan_of(&[bundle("b", vec![rule("one", 0, None)])], &packages);
        assert_eq!(plan.boots, ["m/a"]);
    }

    #[test]
    fn a_version_outside_of_the_range_is_said() {
        let mut bundles = [bundle("b", vec![rule("one", 0, Some(since("1.5.0")))])];
        let why = |bundles: &[Bundle], version: &str| {
            let plan = plan_of(bundles, &[package(version)]);
            assert!(plan.units.is_empty());
            plan.left_out.into_iter().map(|one| one.reason).collect::<Vec<_>>()
        };
        assert_eq!(why(&bundles, "v1.1.0"), ["version 1.1.0 is outside of [1.2.0, )"]);
        assert_eq!(why(&bundles, "v1.4.0"), ["version 1.4.0 is outside of [1.5.0, )"]);
        assert_eq!(plan_of(&bundles, &[package("")]).units.len(), 1, "no version: the source decides");
        let target = &mut bundles[0].plugins[0].targets[0];
        (target.rules[0].versions, target.rules[0].go) = (None, Some(since("1.99")));
        assert_eq!(why(&bundles, "v1.4.0"), ["Go 1.26.0 is outside of [1.99.0, )"]);
        bundles[0].plugins[0].targets[0].rules.clear();
        assert_eq!(why(&bundles, "v1.4.0"), [""; 0], "a block without rules");
    }
}
