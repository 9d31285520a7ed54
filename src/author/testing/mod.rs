//! `gorulec test`: runs programs beside a plugin's rules, plain and woven, and compares what they
//! emit.
//!
//! In: `.gorule` files or folders, options. Out: lines, and whether all is well. Each run builds in
//! a scratch folder and is remembered by the digest of everything that it depends on; the source
//! tree is written only with `--accept`, and then only expectations.

mod cases;
pub mod mask;
mod metrics;
mod mutants;
mod observe;
mod program;
mod progress;
mod request;
mod running;
mod telemetry;
mod verdict;

use std::collections::BTreeSet;

use super::CommandError;
use super::compile::{self, CompileOptions, ReadFiles};
use crate::bundle::Bundle;
use crate::embedded;
use crate::gotool::question::GoCommand;
use crate::modules::Modules;
use crate::store::Store;

use cases::{Case, CaseSelection};
use observe::ProgramBuilder;
use program::ProgramFolder;
use progress::in_parallel;
use request::instead;

pub use progress::Messages;
pub use request::TestRequest;

/// Runs all tests; returns true if all is well.
pub fn test(request: &TestRequest, go: &dyn GoCommand, voice: Messages<'_>) -> Result<bool, CommandError> {
    let ReadFiles { parsed, lock, findings } = compile::read(&request.paths);
    let beside: Vec<ProgramFolder> = parsed.iter().map(ProgramFolder::new).collect();
    let options = CompileOptions { offline: request.offline, locked: false, types: false };
    let report = compile::compile_read(parsed, lock.as_ref(), findings, go, options);
    let Some(own) = report.bundle else { return Err(CommandError::Findings(report.findings)) };
    let store = Store::open().map_err(anyhow::Error::from)?;
    let modules = Modules::new(go, request.offline).map_err(anyhow::Error::from)?;
    let lock = lock.unwrap_or_default();
    let picks = CaseSelection::new(request, &modules, &lock)?;
    let mutants = match &request.mutate {
        Some(wanted) => mutants::choose(&own, wanted, &picks)?,
        None => Vec::new(),
    };
    let cases = gather(request, &beside, &own, &picks, voice)?;
    let bundle = with_standard(&own, &store)?;
    let builder = ProgramBuilder::new(store.root().join("verdicts"), request.offline)?;
    let jobs = jobs(request);
    (voice.note)(&format!("{}, {jobs} at once", verdict::runs(&cases)));
    let observed = in_parallel(jobs, &cases, |case| {
        let seen = builder.observe(case, &bundle, None).map_err(|error| format!("{error:#}"));
        (voice.say)(&verdict::line(request, case, &seen));
        seen
    });
    let mut counts = verdict::judge(request, &cases, &observed, voice)?;
    if !mutants.is_empty() && counts.failed == 0 {
        let runs = mutants::Runs { bundle: &bundle, cases: &cases, observed: &observed };
        runs.mutate(&mutants, jobs, &builder, &mut counts, voice);
    } else if !mutants.is_empty() {
        (voice.note)("no rule is left out before every run is as it should be");
    }
    (voice.say)(&verdict::summary(&counts, &cases));
    Ok(counts.failed == 0 && counts.unnoticed == 0)
}

/// The runs that are requested.
fn gather(
    request: &TestRequest,
    beside: &[ProgramFolder],
    own: &Bundle,
    picks: &CaseSelection<'_>,
    voice: Messages<'_>,
) -> Result<Vec<Case>, CommandError> {
    let programs = program::find(beside)?;
    let only = request.only.as_deref().unwrap_or_default();
    let mut cases = Vec::new();
    let mut wanted = 0;
    for program in programs.iter().filter(|program| program.title.contains(only)) {
        let Some(plugin) = own.plugins.iter().find(|plugin| plugin.name == program.plugin) else { continue };
        wanted += 1;
        let found = picks.cases(plugin, program)?;
        if found.is_empty() {
            (voice.say)(&format!("skipped {}: {}", program.title, picks.why_none()));
        }
        cases.extend(found);
    }
    let titles = || programs.iter().map(|program| program.title.as_str());
    if programs.is_empty() {
        let what =
            "there is nothing to run: a plugin's programs lie in test/NAME/main.go beside its .gorule file";
        return Err(what.to_owned().into());
    }
    if wanted == 0 {
        return Err(
            format!("--only {only}: no program's PLUGIN/NAME holds it; {}", instead(only, titles())).into()
        );
    }
    if cases.is_empty() {
        return Err("there is nothing to run: every program is skipped".to_owned().into());
    }
    Ok(cases)
}

/// The plugins under test, and those standard ones that are not among them.
fn with_standard(own: &Bundle, store: &Store) -> anyhow::Result<Bundle> {
    let mut bundle = embedded::standard_bundle(store)?;
    let names: BTreeSet<&str> = own.plugins.iter().map(|plugin| plugin.name.as_str()).collect();
    bundle.plugins.retain(|plugin| !names.contains(plugin.name.as_str()));
    bundle.plugins.extend(own.plugins.iter().cloned());
    bundle.plugins.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(bundle)
}

fn jobs(request: &TestRequest) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    request.jobs.unwrap_or(cores / 2).max(1)
}
