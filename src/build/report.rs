//! The results of a build's rules: gathered from the reports of its packages, printed for people.
//! [`super::document`] writes them for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::cost::Cost;
use super::functions;
use super::known;
use super::outcomes::Reports;
use super::settings::{STANDARD, Settings};
use crate::bundle::Reach;
use crate::diagnostic::counted;
use crate::gotool::list::ListedPackage;
use crate::plan::{Plan, UnwovenTarget, directives};
use crate::report::{
    Disabled, Fallback, Faulty, IdleRule, PackageVersion, Skipped, UncoveredLibrary, WovenFunction,
    WovenItem, count_rules,
};
use crate::toolexec::protocol::{Fault, PackageReport, Session};
use crate::weave::{FunctionPlace, Outcome, SkipCode};

/// The results of a build's rules.
#[derive(Debug, Default)]
pub struct Summary {
    /// Packages in which something was woven, by name and version.
    pub woven: BTreeMap<PackageVersion, Vec<WovenItem>>,
    /// Rules that were not woven at a function, each with its reason.
    pub skipped: Vec<Skipped>,
    /// Plugins that were left out of a package because their templates do not compile there.
    pub faults: Vec<Faulty>,
    /// Packages that were compiled without any rule because the woven code does not compile.
    pub fallbacks: Vec<Fallback>,
    /// Plugins that were left out because of the version.
    pub left_out: Vec<UnwovenTarget>,
    /// Plugins and rules that are switched off and apply to a package of this build.
    pub disabled: Vec<Disabled>,
    /// Rules for many packages, of bundles that the user names, that match nothing in the whole
    /// build.
    pub idle: Vec<IdleRule>,
    /// Directive comments that have no effect.
    pub directives: Vec<directives::IdleDirective>,
    /// Other parts that could not be done.
    pub notes: Vec<String>,
    /// Commonly instrumented libraries of this build that no plugin covers.
    pub uncovered: Vec<UncoveredLibrary>,
    /// The cost of the build, once it is done.
    pub cost: Option<Cost>,
}

/// The level of detail at which the text for people lists the woven rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The packages.
    Packages,
    /// Each rule.
    Rules,
    /// Each function.
    Functions,
}

impl Summary {
    /// Collects the results of the packages of a build.
    pub fn new(
        plan: &Plan,
        packages: &[ListedPackage],
        session: &Session,
        settings: &Settings,
        (reports, notes): (&Reports, Vec<String>),
    ) -> Self {
        let mut summary = Self::planned(plan, packages, settings);
        summary.notes.extend(session.notes.iter().map(|note| note.text.clone()));
        summary.notes.extend(notes);
        for report in reports.values().flatten() {
            summary.add(report);
        }
        summary.find_idle(settings);
        summary
    }

    /// Finds the rules for many packages that match nothing; to be called after everything is
    /// added. The standard ones are not reported: they are for every user who has something for
    /// them.
    pub fn find_idle(&mut self, settings: &Settings) {
        let woven = self.woven.values().flatten().map(|one| (&one.plugin, &one.item));
        let skipped = self.skipped.iter().map(|one| (&one.plugin, &one.item));
        let rules = woven.chain(skipped).filter_map(|(plugin, item)| Some((plugin.as_str(), item.rule()?)));
        let seen: BTreeSet<(&str, &str)> = rules.collect();
        let mut idle = Vec::new();
        let users = settings.bundles.iter().filter(|loaded| loaded.name != STANDARD);
        for plugin in users.flat_map(|loaded| &loaded.bundle.plugins) {
            // A rule that does not compile has found something.
            if self.faults.iter().any(|fault| fault.plugin == plugin.name) || !self.fallbacks.is_empty() {
                continue;
            }
            let wide = plugin.targets.iter().filter(|target| target.reach != Reach::Package);
            for (target, rule) in wide.flat_map(|target| target.rules.iter().map(move |rule| (target, rule)))
            {
                // A rule for some platforms has nothing to find on others.
                if rule.platforms.is_empty() && !seen.contains(&(plugin.name.as_str(), rule.name.as_str())) {
                    let (plugin, rule) = (plugin.name.clone(), rule.name.clone());
                    idle.push(IdleRule { plugin, rule, packages: target.package.clone() });
                }
            }
        }
        self.idle = idle;
    }

    /// Returns the summary as it is known before anything is woven.
    pub fn planned(plan: &Plan, packages: &[ListedPackage], settings: &Settings) -> Self {
        let present = |disabled: &&Disabled| packages.iter().any(|p| disabled.packages.contains(&p.path));
        let disabled = settings.disabled.iter().filter(present).cloned().collect();
        let (left_out, directives) = (plan.left_out.clone(), plan.directives.clone());
        let uncovered = known::uncovered(packages.iter(), settings);
        Self { left_out, disabled, directives, uncovered, ..Self::default() }
    }

    /// Adds the result of one package. Tests have variants of a package; results that are the same
    /// for all of them are added once.
    pub fn add(&mut self, report: &PackageReport) {
        let package = PackageVersion { package: report.package.clone(), version: report.version.clone() };
        report.faults.iter().for_each(|fault| push_new(&mut self.faults, faulty(&package, fault)));
        if let Some(reason) = &report.fallback {
            push_new(&mut self.fallbacks, Fallback { package, reason: reason.clone() });
            return;
        }
        for outcome in &report.outcomes {
            match &outcome.skipped {
                None => woven(self.woven.entry(package.clone()).or_default(), outcome),
                Some(skip) if skip.code == SkipCode::Disabled => {
                    let disabled = Disabled {
                        plugin: outcome.plugin.clone(),
                        rule: Some(outcome.item.to_string()),
                        packages: BTreeSet::from([package.package.clone()]),
                        by: format!("what it depends on ({})", skip.reason),
                    };
                    push_new(&mut self.disabled, disabled);
                }
                Some(skip) => {
                    let skipped = Skipped {
                        package: package.clone(),
                        plugin: outcome.plugin.clone(),
                        item: outcome.item.clone(),
                        place: rule_place(outcome),
                        function: outcome.function.clone(),
                        code: skip.code,
                        reason: skip.reason.clone(),
                    };
                    push_new(&mut self.skipped, skipped);
                }
            }
        }
    }

    /// Returns true if nothing that was asked for is missing.
    pub fn is_complete(&self) -> bool {
        self.missing() == 0
    }

    /// Returns the number of things that were asked for and are missing.
    pub fn missing(&self) -> usize {
        self.skipped.len() + self.faults.len() + self.fallbacks.len() + self.left_out.len() + self.notes.len()
    }

    /// Returns the text for people: a line for each item.
    pub fn text(&self, detail: Detail, verb: &str) -> String {
        let mut lines = vec![self.first_line(verb)];
        lines.extend(self.cost.iter().map(Cost::line));
        match detail {
            Detail::Packages => {}
            Detail::Rules => {
                lines.extend(self.woven.iter().flat_map(|(subject, rules)| verbose_lines(subject, rules)));
            }
            Detail::Functions => lines.extend(functions::lines(&self.woven)),
        }
        lines.extend(known::line(&self.uncovered).filter(|_| detail != Detail::Packages));
        for one in &self.left_out {
            lines.push(format!("skipped {} for {}: {}", one.plugin, one.package, one.reason));
        }
        for one in &self.skipped {
            let Skipped { package, plugin, item, function, reason, .. } = one;
            lines.push(format!("skipped {package}: {plugin}/{item} at {function}: {reason}"));
        }
        lines.extend(self.faults.iter().map(faulty_line));
        for one in &self.fallbacks {
            lines.push(format!(
                "skipped {}: compiled as it was, since the woven code does not compile: {}",
                one.package, one.reason
            ));
        }
        lines.extend(self.idle.iter().map(|one| {
            format!("{}/{} found nothing in this build's packages ({})", one.plugin, one.rule, one.packages)
        }));
        lines.extend(self.disabled.iter().map(disabled_line));
        lines.extend(
            self.directives
                .iter()
                .map(|one| format!("warning: {}:{}: {}: {}", one.file, one.line, one.directive, one.reason)),
        );
        lines.extend(self.notes.iter().map(|note| format!("skipped {note}")));
        lines.into_iter().fold(String::new(), |mut out, line| {
            let _ = writeln!(out, "goagent: {}", line.trim_end().replace('\n', "\ngoagent:     "));
            out
        })
    }

    fn first_line(&self, verb: &str) -> String {
        if self.woven.is_empty() {
            let why = if self.is_complete() && self.disabled.is_empty() {
                "no rule is for a package of this build"
            } else {
                "the reasons follow"
            };
            return format!("nothing was woven: {why}");
        }
        let packages: Vec<String> = self.woven.keys().map(ToString::to_string).collect();
        let rules = count_rules(self.woven.values().flatten());
        format!(
            "{verb} {} ({}, {})",
            packages.join(", "),
            counted(packages.len(), "package"),
            counted(rules, "rule")
        )
    }
}

fn faulty_line(one: &Faulty) -> String {
    let Faulty { package: subject, plugin, rule, place, message } = one;
    let what = rule.as_ref().map_or_else(|| format!("plugin {plugin}"), |rule| format!("rule {rule}"));
    let name = rule.as_ref().map_or_else(|| plugin.clone(), |rule| format!("{plugin}/{rule}"));
    format!(
        "skipped {plugin} for {subject}, since its {what} does not compile there (fix it or tell its author, or leave it out \
             with --disable {name}): {place}: {message}"
    )
}

fn disabled_line(one: &Disabled) -> String {
    let name = one.rule.as_ref().map_or_else(|| one.plugin.clone(), |rule| format!("{}/{rule}", one.plugin));
    let packages: Vec<&str> = one.packages.iter().map(String::as_str).collect();
    format!("disabled {name} for {}, by {}", packages.join(", "), one.by)
}

/// Returns one line for each plugin.
fn verbose_lines(subject: &PackageVersion, rules: &[WovenItem]) -> Vec<String> {
    let mut plugins: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for woven in rules {
        plugins.entry(&woven.plugin).or_default().push(woven.item.to_string());
    }
    let line =
        |(plugin, rules): (&&str, &Vec<String>)| format!("  {subject}: {plugin}: {}", rules.join(", "));
    plugins.iter().map(line).collect()
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, one: T) {
    if !list.contains(&one) {
        list.push(one);
    }
}

fn rule_place(outcome: &Outcome) -> String {
    format!("{}.gorule:{}", outcome.plugin, outcome.line)
}

fn woven(rules: &mut Vec<WovenItem>, outcome: &Outcome) {
    let place = outcome.place.as_ref().map(|FunctionPlace { file, line, .. }| format!("{file}:{line}"));
    let function = WovenFunction { name: outcome.function.clone(), place };
    match rules.iter_mut().find(|rule| rule.plugin == outcome.plugin && rule.item == outcome.item) {
        Some(rule) => push_new(&mut rule.functions, function),
        None => rules.push(WovenItem {
            plugin: outcome.plugin.clone(),
            item: outcome.item.clone(),
            place: rule_place(outcome),
            functions: vec![function],
        }),
    }
}

fn faulty(package: &PackageVersion, fault: &Fault) -> Faulty {
    let place = fault.place.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
    Faulty {
        package: package.clone(),
        plugin: fault.plugin.clone(),
        rule: fault.rule.clone(),
        place: format!("{}.gorule{place}", fault.plugin),
        message: fault.message.clone(),
    }
}
