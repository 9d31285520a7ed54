//! `goagent plan`, `goagent diff PKG`, `goagent inspect BINARY`: what would be woven, what that looks like, what was.
//!
//! Nothing is built here. `plan` and `diff` list the build and weave its sources in memory; `inspect` reads one binary.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

use super::invocation::Invocation;
use super::listing::Listing;
use super::{load_bundles, report::Summary};
use crate::gotool::list::Package;
use crate::plan::{Boots, Plan, plan};
use crate::toolexec::protocol::{MANIFEST, Report};
use crate::weave::{self, SourceFile, Unit};

/// Runs one of the three; what goes wrong is said and gives exit code 1.
pub fn run(command: &str, words: &[String]) -> ExitCode {
    let done = match command {
        "plan" => show_plan(words),
        "diff" => show_diff(words),
        _ => inspect(words),
    };
    match done {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("goagent {command}: {error:#}");
            ExitCode::from(1)
        }
    }
}

fn planned(words: &[String]) -> anyhow::Result<(Plan, Vec<Package>, bool)> {
    let invocation = Invocation::parse("build", words);
    let bundles = load_bundles(&invocation.options)?;
    let listing = Listing::of(&invocation)?;
    let plan = plan(&bundles, &listing.packages, &listing.go_version()?, Boots::Mains);
    Ok((plan, listing.packages, invocation.options.verbose))
}

/// What a build of these packages would weave, decided by their sources.
fn show_plan(words: &[String]) -> anyhow::Result<String> {
    let (plan, packages, _) = planned(words)?;
    let mut summary = Summary { left_out: plan.left_out.clone(), ..Summary::default() };
    for (unit, sources) in sources(&plan, &packages)? {
        let outcomes = weave::weave(unit, &sources).outcomes;
        summary.add(unit, &Report { package: unit.package.clone(), outcomes, ..Report::default() });
    }
    Ok(summary.text(true).replacen("goagent: wove", "goagent: would weave", 1))
}

/// The woven files of one package against their originals.
fn show_diff(words: &[String]) -> anyhow::Result<String> {
    let (wanted, words) =
        words.split_first().context("name a package by its import path, then the build it is in")?;
    let (plan, packages, _) = planned(words)?;
    let all = sources(&plan, &packages)?;
    let found = all.iter().find(|(unit, _)| unit.package == *wanted);
    let Some((unit, sources)) = found else {
        let known: Vec<&str> = plan.units.keys().map(String::as_str).collect();
        anyhow::bail!("no rule is for {wanted} in this build; rules are for {}", known.join(", "));
    };
    let woven = weave::weave(unit, sources);
    let mut out = String::new();
    for (index, text) in &woven.files {
        let Some(file) = sources.get(*index) else { continue };
        let diff = similar::TextDiff::from_lines(&file.text, text);
        let _ = write!(out, "{}", diff.unified_diff().header(&file.path, &format!("{} (woven)", file.path)));
    }
    if let Some(text) = &woven.generated {
        let diff = similar::TextDiff::from_lines("", text);
        let _ = write!(out, "{}", diff.unified_diff().header("/dev/null", weave::GENERATED_FILE));
    }
    Ok(out)
}

/// The sources of each planned package, as the user's tree has them.
fn sources<'a>(plan: &'a Plan, packages: &[Package]) -> anyhow::Result<Vec<(&'a Unit, Vec<SourceFile>)>> {
    let mut out = Vec::new();
    for package in packages {
        if let Some(unit) = plan.units.get(&package.path) {
            out.push((unit, weave::read_sources(&package.dir, &package.files)?));
        }
    }
    Ok(out)
}

/// What main was told when the binary was built.
fn inspect(words: &[String]) -> anyhow::Result<String> {
    let [path] = words else { anyhow::bail!("name one binary") };
    let bytes = fs_err::read(path)?;
    let marker = MANIFEST.as_bytes();
    let manifests =
        bytes.windows(marker.len()).enumerate().filter(|(_, window)| *window == marker).filter_map(
            |(at, _)| {
                let text = bytes.get(at + marker.len()..)?;
                serde_json::Deserializer::from_slice(text).into_iter::<serde_json::Value>().next()?.ok()
            },
        );
    let manifest = manifests.into_iter().find(serde_json::Value::is_object);
    let Some(manifest) = manifest else {
        anyhow::bail!(
            "{path} says nothing of goagent: it was built without it, or no rule was for any of its packages"
        );
    };
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}
