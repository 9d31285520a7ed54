//! `goagent plan`, `goagent diff PKG`, `goagent inspect BINARY`: what would be woven, what that looks like, what was.
//!
//! Nothing is built here. `plan` and `diff` list the build and weave its sources in memory; `inspect` reads one file.

use std::process::ExitCode;

use anyhow::Context as _;

use super::document::{Document, Outcome, to_file};
use super::invocation::{Invocation, ReportTo};
use super::listing::Listing;
use super::progress::Progress;
use super::settings::{Refusal, Settings};
use super::{inspect, not_all, refused, report::Summary, say};
use crate::diagnostic::diff;
use crate::plan::{Boots, Plan};
use crate::toolexec::protocol::Report;
use crate::weave::{self, SourceFile, Unit};

/// Runs one of the three; what goes wrong is said and gives exit code 1.
pub fn run(command: &str, words: &[String]) -> ExitCode {
    let done = match command {
        "plan" => show_plan(words),
        "diff" => show_diff(words),
        _ => inspect::inspect(words).map(|text| (text, ExitCode::SUCCESS)),
    };
    match done {
        Ok((text, code)) => {
            print!("{text}");
            code
        }
        Err(error) => {
            if let Some(Refusal::Mistake(text)) = error.downcast_ref::<Refusal>() {
                return refused(text);
            }
            eprintln!("goagent {command}: {error:#}");
            ExitCode::from(1)
        }
    }
}

/// A build that was planned.
struct Planned {
    settings: Settings,
    listing: Listing,
    plan: Plan,
}

impl Planned {
    fn of(words: &[String]) -> anyhow::Result<Self> {
        let invocation = Invocation::parse("build", words);
        let settings = Settings::load(&invocation)?;
        let _progress = Progress::of("listing the packages");
        let listing = Listing::of(&invocation)?;
        let plan = listing.plan(settings.rules(), Boots::Mains)?;
        Ok(Self { settings, listing, plan })
    }

    /// The sources of each planned package, as the user's tree has them.
    fn sources(&self) -> anyhow::Result<Vec<(&Unit, Vec<SourceFile>)>> {
        let mut out = Vec::new();
        for package in &self.listing.packages {
            if let Some(unit) = self.plan.units.get(&package.path) {
                out.push((unit, weave::read_sources(&package.dir, &package.files)?));
            }
        }
        Ok(out)
    }
}

/// What a build of these packages would weave, decided by their sources.
fn show_plan(words: &[String]) -> anyhow::Result<(String, ExitCode)> {
    let planned = Planned::of(words)?;
    let settings = &planned.settings;
    let mut summary = Summary::planned(&planned.plan, &planned.listing.packages, settings);
    if !planned.plan.is_idle() {
        for (unit, sources) in planned.sources()? {
            summary.add(&Report::of(unit, weave::weave(unit, &sources), &sources));
        }
    }
    summary.find_idle(settings);
    let go = planned.listing.env.get("GOVERSION").trim_start_matches("go").to_owned();
    let (outcome, error) = (Outcome::Planned, None);
    let document =
        Document { command: "plan", outcome, error, go: Some(&go), settings, summary: &summary }.json();
    let mut text = summary.text(true, "would weave");
    match &settings.report {
        ReportTo::Text => {}
        ReportTo::Json => text = serde_json::to_string_pretty(&document)? + "\n",
        ReportTo::File(path) => to_file(path, &document)?,
    }
    if settings.strict && !summary.is_complete() {
        say(&not_all(&summary));
        return Ok((text, ExitCode::from(1)));
    }
    Ok((text, ExitCode::SUCCESS))
}

/// The woven files of one package against their originals.
fn show_diff(words: &[String]) -> anyhow::Result<(String, ExitCode)> {
    let (wanted, words) =
        words.split_first().context("name a package by its import path, then the build it is in")?;
    let planned = Planned::of(words)?;
    let all = planned.sources()?;
    let found = all.iter().find(|(unit, _)| unit.package == *wanted);
    let Some((unit, sources)) = found else {
        let known: Vec<&str> = planned.plan.units.keys().map(String::as_str).collect();
        anyhow::bail!("no rule is for {wanted} in this build; rules are for {}", known.join(", "));
    };
    let woven = weave::weave(unit, sources);
    let mut out = String::new();
    for (index, text) in &woven.files {
        let Some(file) = sources.get(*index) else { continue };
        let woven = format!("{} (woven)", file.path);
        out += &diff((&file.path, &file.text), (&woven, text));
    }
    if let Some(text) = &woven.generated {
        out += &diff(("/dev/null", ""), (weave::GENERATED_FILE, text));
    }
    Ok((out, ExitCode::SUCCESS))
}
