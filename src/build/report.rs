//! What a person is told after a build: what was woven, what was not and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::archives::Archives;
use crate::gotool::list::Package;
use crate::plan::{LeftOut, Plan};
use crate::store::Store;
use crate::toolexec::protocol::{Report, Session};
use crate::weave::Unit;

/// What became of a build's rules.
#[derive(Debug, Default)]
pub struct Summary {
    /// Package and version → plugin → rules that were woven.
    pub woven: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// What was not, each with its reason.
    pub skipped: Vec<String>,
    /// Rules that were left out because of the version.
    pub left_out: Vec<LeftOut>,
}

impl Summary {
    /// Reads the reports of all marked packages; those of earlier builds count as well. `archives` finds the archives of
    /// packages whose report is not here.
    pub fn of(
        plan: &Plan,
        session: &Session,
        store: &Store,
        packages: &[Package],
        archives: impl FnOnce(&[&str]) -> Archives,
    ) -> Self {
        let mut summary = Self { left_out: plan.left_out.clone(), ..Self::default() };
        summary.skipped.extend(session.notes.iter().cloned());
        let runtime = session.runtime.iter().map(|swap| ("runtime", swap.digest.as_str()));
        let marks = session.marks.iter().map(|(package, digest)| (package.as_str(), digest.as_str()));
        let sources = |package: &str| {
            let listed = packages.iter().find(|p| p.path == package);
            listed.map_or(("", [].as_slice()), |p| (p.dir.as_str(), p.files.as_slice()))
        };
        let mut missing = Vec::new();
        for (package, digest) in runtime.chain(marks) {
            let Some(unit) = plan.units.get(package) else { continue };
            let (dir, files) = sources(package);
            match Report::kept(store, digest, unit, dir, files) {
                Ok(Some(report)) => summary.add(unit, &report),
                _ => missing.push((unit, digest)),
            }
        }
        let names: Vec<&str> = missing.iter().map(|(unit, _)| unit.package.as_str()).collect();
        let archives = if names.is_empty() { Archives::new() } else { archives(&names) };
        for (unit, digest) in missing {
            let (dir, files) = sources(&unit.package);
            let found = archives.get(&unit.package).map_or([].as_slice(), Vec::as_slice);
            match Report::again(store, digest, unit, dir, files, found) {
                Ok(report) => summary.add(unit, &report),
                Err(error) => {
                    let package = &unit.package;
                    summary.skipped.push(format!("{package}: it is not known what was woven: {error}"));
                }
            }
        }
        summary
    }

    /// Adds what became of one package.
    pub fn add(&mut self, unit: &Unit, report: &Report) {
        let version = unit.version.as_ref().map(|v| format!(" {v}")).unwrap_or_default();
        let title = format!("{}{version}", unit.package);
        if let Some(reason) = &report.fallback {
            self.skipped.push(format!(
                "{title}: compiled as it was, since the woven code does not compile:\n{}",
                indented(reason)
            ));
            return;
        }
        for outcome in &report.outcomes {
            match &outcome.skipped {
                None => {
                    let rules = self
                        .woven
                        .entry(title.clone())
                        .or_default()
                        .entry(outcome.plugin.clone())
                        .or_default();
                    if !rules.contains(&outcome.rule) {
                        rules.push(outcome.rule.clone());
                    }
                }
                Some(reason) => self.skipped.push(format!(
                    "{title}: {}/{} at {}: {reason}",
                    outcome.plugin, outcome.rule, outcome.function
                )),
            }
        }
    }

    /// Whether anything that was asked for is missing.
    pub fn is_complete(&self) -> bool {
        self.skipped.is_empty() && self.left_out.is_empty()
    }

    /// The text for standard error.
    pub fn text(&self, verbose: bool) -> String {
        let mut out = String::new();
        let packages: Vec<&str> = self.woven.keys().map(String::as_str).collect();
        if packages.is_empty() {
            out.push_str("goagent: nothing was woven: no rule is for a package of this build\n");
        } else {
            let _ = writeln!(out, "goagent: wove {}", packages.join(", "));
        }
        if verbose {
            for (package, plugins) in &self.woven {
                for (plugin, rules) in plugins {
                    let _ = writeln!(out, "goagent:   {package}: {plugin}: {}", rules.join(", "));
                }
            }
        }
        for left_out in &self.left_out {
            let _ = writeln!(
                out,
                "goagent: skipped {} for {}: {}",
                left_out.plugin, left_out.package, left_out.reason
            );
        }
        for skipped in &self.skipped {
            let _ = writeln!(out, "goagent: skipped {skipped}");
        }
        out
    }
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}
