//! `gorulec expand`: the Go code that a rule becomes, and the function with the rule in it.
//!
//! In: a file, a rule's name, perhaps a version. Out: a text, or findings and the mistake in the
//! request. Nothing is built; packages are woven in memory.

use std::fmt::Write as _;

use camino::Utf8PathBuf;

use super::compile::{self, lower, no_go};
use super::{CommandError, releases};
use crate::bundle::{Bundle, Reach, Rule, Target};
use crate::check;
use crate::diagnostic::{Diagnostic, diff, nearest};
use crate::gotool::question::GoCommand;
use crate::lock::Lock;
use crate::modules::{Home, Modules, Release};
use crate::plan::{self, BuildPackage};
use crate::version::{Version, VersionSet};
use crate::weave::{self, GoSourceFile};

/// A request to show a rule.
#[derive(Debug, Clone)]
pub struct ExpandRequest {
    /// The `.gorule` file.
    pub file: Utf8PathBuf,
    /// The rule.
    pub rule: String,
    /// The version of the package; `None`: the highest one in the rule's range.
    pub version: Option<String>,
    /// True if only what is on this machine may be used.
    pub offline: bool,
}

/// Returns the text for a request.
pub fn expand(request: &ExpandRequest, go: &dyn GoCommand) -> Result<String, CommandError> {
    let compile::ReadFiles { parsed, lock, mut findings } =
        compile::read(std::slice::from_ref(&request.file));
    let lock = lock.unwrap_or_default();
    let outcome = check::structure(parsed);
    findings.extend(outcome.findings.into_iter().filter(Diagnostic::is_error));
    let bundle = lower(&outcome.checked, &mut findings).filter(|_| findings.is_empty());
    let Some(bundle) = bundle else { return Err(CommandError::Findings(findings)) };
    let modules = Modules::new(go, request.offline)
        .map_err(|error| CommandError::Findings(vec![no_go(&error.to_string())]))?;
    let chosen = chosen(&bundle, &request.rule)?;
    let mut out = String::new();
    let mut refusals = Vec::new();
    for (target, rule) in chosen {
        if target.reach != Reach::Package {
            let (name, package) = (&rule.name, &target.package);
            refusals.push(format!(
                "rule {name} is for packages that a build chooses (`{package}`); `goagent plan` there says where it is woven"
            ));
            continue;
        }
        match release(request, target, rule, &modules, &lock) {
            Ok((home, release)) => {
                let one = RuleAtRelease { bundle: &bundle, target, rule, home: &home, release: &release };
                out += &one.show(&modules)?;
            }
            Err(why) => refusals.push(why),
        }
    }
    if out.is_empty() { Err(refusals.join("; ").into()) } else { Ok(out) }
}

/// The rules of this name, `rule` or `plugin/rule`; there may be one in each target.
fn chosen<'b>(bundle: &'b Bundle, name: &str) -> Result<Vec<(&'b Target, &'b Rule)>, String> {
    let mut found = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for plugin in &bundle.plugins {
        let wanted = name.strip_prefix(&format!("{}/", plugin.name)).unwrap_or(name);
        for (target, rule) in plugin.targets.iter().flat_map(|t| t.rules.iter().map(move |rule| (t, rule))) {
            known.push(&rule.name);
            if rule.name == wanted {
                found.push((target, rule));
            }
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    known.dedup();
    let advice = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the rules are {}", known.join(", ")),
    };
    Err(format!("no rule is called `{name}`; {advice}"))
}

/// The requested release, or the highest one in the rule's range.
fn release(
    request: &ExpandRequest,
    target: &Target,
    rule: &Rule,
    modules: &Modules<'_>,
    lock: &Lock,
) -> Result<(Home, Release), String> {
    let sets: Vec<&VersionSet> = std::iter::once(&target.versions).chain(&rule.versions).collect();
    let ranges: Vec<String> = sets.iter().map(ToString::to_string).collect();
    let ranges = ranges.join(" and ");
    let (home, within) = releases::within(modules, lock, &target.package, &sets)?;
    let Some(text) = &request.version else {
        let highest = within.last().cloned();
        return highest.map(|release| (home, release)).ok_or_else(|| {
            format!("no release of {} in {ranges} is known here; name one with --version", target.package)
        });
    };
    let version = Version::parse(text)
        .ok_or_else(|| format!("`{text}` is not a version; write one such as 1.9.0 or 1.22"))?;
    if !sets.iter().all(|set| set.contains(&version)) {
        return Err(format!("{text} is not among the versions of rule {}, {ranges}", rule.name));
    }
    let is_it = |release: &Release| release.version == version;
    let locked = releases::all(modules, lock, &target.package)?.into_iter().find(is_it);
    let found = locked.or_else(|| {
        let asked = std::slice::from_ref(&version);
        modules.releases(&home, asked).releases.into_iter().find(is_it)
    });
    match found {
        Some(release) => Ok((home, release)),
        None => Err(unknown_release(&target.package, text, &within)),
    }
}

fn unknown_release(package: &str, text: &str, within: &[Release]) -> String {
    let names: Vec<String> = within.iter().map(|release| release.version.to_string()).collect();
    let near = nearest(text, names.iter().map(String::as_str));
    let near = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
    format!("no release {text} of {package} is known; {near}there is {}", check::describe_versions(&names))
}

/// A rule at one release.
struct RuleAtRelease<'a> {
    bundle: &'a Bundle,
    target: &'a Target,
    rule: &'a Rule,
    home: &'a Home,
    release: &'a Release,
}

impl RuleAtRelease<'_> {
    fn show(&self, modules: &Modules<'_>) -> Result<String, String> {
        let (package, release) = (&self.target.package, self.release);
        let found = modules.package(self.home, package, release);
        let found = found.map_err(|trouble| format!("{package} {}: {trouble}", release.name()))?;
        let sources: Vec<GoSourceFile> = found
            .files
            .iter()
            .map(|file| GoSourceFile { path: file.source.name.clone(), text: file.source.text.clone() })
            .collect();
        let go = if *self.home == Home::Std { &release.version } else { modules.go_version() };
        let bundles = [self.to_bundle()];
        let unit =
            plan::unit(&bundles, &BuildPackage::named(package), Some(&release.version), go, &mut Vec::new());
        let unit = unit
            .ok_or_else(|| format!("rule {} is not for Go {go}; it says `go` in its head", self.rule.name))?;
        let woven = weave::weave(&unit, &sources);
        let mut out = format!("# {} at {package} {}\n", self.rule.name, release.name());
        for outcome in &woven.outcomes {
            let line = outcome.place.as_ref().map_or(0, |place| place.line);
            let _ = match &outcome.skipped {
                Some(skip) => writeln!(out, "# not woven at {}: {skip}", outcome.function),
                None => writeln!(out, "# woven at {}, line {line}", outcome.function),
            };
        }
        if let Some(text) = &woven.generated {
            let _ = write!(out, "\n# {}\n{text}", weave::GENERATED_FILE);
        }
        for (index, text) in &woven.files {
            let Some(file) = sources.get(*index) else { continue };
            let woven = format!("{} (woven)", file.path);
            let _ = writeln!(out, "\n{}", diff((&file.path, &file.text), (&woven, text)));
        }
        Ok(out)
    }

    /// A bundle of this rule alone, with the declarations of its target.
    fn to_bundle(&self) -> Bundle {
        let mut bundle = self.bundle.clone();
        for plugin in &mut bundle.plugins {
            plugin.targets.retain(|target| target == self.target);
            for target in &mut plugin.targets {
                target.rules.retain(|rule| rule == self.rule);
            }
        }
        bundle.plugins.retain(|plugin| !plugin.targets.is_empty());
        bundle
    }
}
