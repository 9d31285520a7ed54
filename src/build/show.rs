//! `goagent plan`, `goagent diff PKG`, `goagent inspect BINARY`: the rules that would be woven, the
//! woven files, the rules that were woven.
//!
//! Nothing is built here. `plan` and `diff` list the build and weave its sources in memory;
//! `inspect` reads one file.

use std::process::ExitCode;

use super::document::{BuildDocument, to_file};
use super::invocation::Invocation;
use super::listing::PackageListing;
use super::options::{self, ReportTo};
use super::progress::Progress;
use super::report::{Detail, Summary};
use super::settings::{Settings, SettingsError};
use super::{eprint_prefixed, inspect, not_all, refused};
use crate::diagnostic::diff;
use crate::plan::{Plan, StartupTargets};
use crate::report::Ending;
use crate::toolexec::protocol::PackageReport;
use crate::toolexec::sources::read_sources;
use crate::weave::{self, GoSourceFile, Unit};

/// Runs one of the three. A failure is printed and returns exit code 1, a mistake in the arguments
/// 2.
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
            if let Some(SettingsError::Mistake(text)) = error.downcast_ref::<SettingsError>() {
                return refused(text);
            }
            eprintln!("goagent {command}: {error:#}");
            ExitCode::from(1)
        }
    }
}

/// Returns true if help is wanted. None of these commands is go's: `-h` asks for it as well.
fn wants_help(invocation: &Invocation) -> bool {
    invocation.options.help || invocation.asks_go_for_help()
}

/// A build that was planned.
struct Planned {
    settings: Settings,
    listing: PackageListing,
    plan: Plan,
}

impl Planned {
    fn new(invocation: &Invocation) -> anyhow::Result<Self> {
        let settings = Settings::load(invocation)?;
        let _progress = Progress::new("listing the packages");
        let listing = PackageListing::new(invocation)?;
        let plan = listing.plan(settings.rules(), StartupTargets::Mains)?;
        Ok(Self { settings, listing, plan })
    }

    /// Reads the sources of each planned package, as the user's tree has them.
    fn sources(&self) -> anyhow::Result<Vec<(&Unit, Vec<GoSourceFile>)>> {
        let mut out = Vec::new();
        for package in &self.listing.packages {
            if let Some(unit) = self.plan.units.get(&package.path) {
                out.push((unit, read_sources(&package.dir, &package.files)?));
            }
        }
        Ok(out)
    }
}

/// Shows the rules that a build of these packages would weave, as decided by their sources.
fn show_plan(words: &[String]) -> anyhow::Result<(String, ExitCode)> {
    let invocation = Invocation::parse("build", words);
    if wants_help(&invocation) {
        return Ok((options::help(Some("plan")), ExitCode::SUCCESS));
    }
    let planned = Planned::new(&invocation)?;
    let settings = &planned.settings;
    let mut summary = Summary::planned(&planned.plan, &planned.listing.packages, settings);
    if !planned.plan.is_idle() {
        for (unit, sources) in planned.sources()? {
            summary.add(&PackageReport::from_woven(unit, weave::weave(unit, &sources), &sources));
        }
    }
    summary.find_idle(settings);
    let go = planned.listing.env.get("GOVERSION").trim_start_matches("go").to_owned();
    let (outcome, error) = (Ending::Planned, None);
    let document =
        BuildDocument { command: "plan", outcome, error, go: Some(&go), settings, summary: &summary }.json();
    let mut text = summary.text(Detail::Functions, "would weave");
    match &settings.report {
        ReportTo::Text => {}
        ReportTo::Json => text = serde_json::to_string_pretty(&document)? + "\n",
        ReportTo::File(path) => to_file(path, &document)?,
    }
    if settings.strict && !summary.is_complete() {
        eprint_prefixed(&not_all(&summary));
        return Ok((text, ExitCode::from(1)));
    }
    Ok((text, ExitCode::SUCCESS))
}

/// Shows the woven files of one package against their originals. The package is named first, by its
/// import path.
fn show_diff(words: &[String]) -> anyhow::Result<(String, ExitCode)> {
    let mut invocation = Invocation::parse("build", words);
    if wants_help(&invocation) {
        return Ok((options::help(Some("diff")), ExitCode::SUCCESS));
    }
    let wanted = (!invocation.words.packages.is_empty()).then(|| invocation.words.packages.remove(0));
    let planned = Planned::new(&invocation)?;
    let all = planned.sources()?;
    let Some(wanted) = wanted else {
        return Err(SettingsError::Mistake(format!("goagent diff: {}\n", which(&planned))).into());
    };
    let Some((unit, sources)) = all.iter().find(|(unit, _)| unit.package == *wanted) else {
        anyhow::bail!("no rule is for {wanted} in this build; {}", which(&planned));
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

/// Lists the packages that can be named.
fn which(planned: &Planned) -> String {
    let known: Vec<&str> = planned.plan.units.keys().map(String::as_str).collect();
    if known.is_empty() {
        return "no rule is for any package of this build, so there is nothing to show".to_owned();
    }
    format!(
        "name a package that is woven, by its import path, and then the packages of the build, as in `goagent diff {} ./...`; \
         woven are\n    {}",
        known.first().copied().unwrap_or_default(),
        known.join("\n    ")
    )
}
