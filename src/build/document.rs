//! The report for programs: one JSON document for each command. The book's page on trust describes
//! it.
//!
//! In: the settings, a [`Summary`], the way the command ended. Out: JSON, on standard error or in a
//! file.

use camino::Utf8Path;
use serde_json::Value;

use super::cost::Cost;
use super::options::ReportTo;
use super::report::Summary;
use super::settings::Settings;
use crate::plan::UnwovenTarget;
use crate::report::{
    BuildReport, BundleDigest, Ending, OtherVersion, OtherVersionCode, PackageVersion, SCHEMA, WovenItem,
    WovenPackage,
};
use crate::toolexec::bundles::LoadedBundle;

/// Everything that the document of a command reports.
pub struct BuildDocument<'a> {
    /// The command: `build` and so on.
    pub command: &'a str,
    /// The way it ended.
    pub outcome: Ending,
    /// The reason for which goagent could not do its part.
    pub error: Option<&'a str>,
    /// Go's version, if it is known.
    pub go: Option<&'a str>,
    /// The settings that applied.
    pub settings: &'a Settings,
    /// The results of the rules.
    pub summary: &'a Summary,
}

impl BuildDocument<'_> {
    /// Returns the report.
    pub fn report(&self) -> BuildReport {
        let Self { settings, summary, .. } = self;
        let is_known = self.outcome != Ending::GoFailed || !summary.woven.is_empty();
        let complete = is_known.then(|| summary.is_complete() && self.error.is_none());
        let bundle =
            |loaded: &LoadedBundle| BundleDigest { name: loaded.name.clone(), blake3: loaded.digest.clone() };
        let package = |(package, rules): (&PackageVersion, &Vec<WovenItem>)| WovenPackage {
            package: package.clone(),
            rules: rules.clone(),
        };
        BuildReport {
            schema: SCHEMA,
            goagent: env!("CARGO_PKG_VERSION").to_owned(),
            go: self.go.map(str::to_owned),
            command: self.command.to_owned(),
            outcome: self.outcome,
            error: self.error.map(str::to_owned),
            complete,
            strict: settings.strict,
            config: settings.config.clone(),
            bundles: settings.bundles.iter().map(bundle).collect(),
            woven: summary.woven.iter().map(package).collect(),
            skipped: summary.skipped.clone(),
            faults: summary.faults.clone(),
            fallbacks: summary.fallbacks.clone(),
            left_out: summary.left_out.iter().map(other_version).collect(),
            disabled: summary.disabled.clone(),
            idle: summary.idle.clone(),
            directives: summary.directives.clone(),
            notes: summary.notes.clone(),
            uncovered: summary.uncovered.clone(),
            cost: summary.cost.as_ref().map(Cost::expense),
        }
    }

    /// Returns the report as JSON.
    pub fn json(&self) -> Value {
        serde_json::to_value(self.report()).unwrap_or_default()
    }

    /// Writes the report to the place that was asked for.
    pub fn write(&self) {
        match &self.settings.report {
            ReportTo::Text => {}
            ReportTo::Json => eprintln!("{}", self.json()),
            ReportTo::File(path) => {
                if let Err(error) = to_file(path, &self.json()) {
                    eprintln!("goagent: the report cannot be written: {error}; see --report");
                }
            }
        }
    }
}

fn other_version(one: &UnwovenTarget) -> OtherVersion {
    let UnwovenTarget { plugin, package, reason } = one.clone();
    OtherVersion { plugin, package, code: OtherVersionCode::Version, reason }
}

/// Writes a document, with its newline.
pub fn to_file(path: &Utf8Path, document: &Value) -> std::io::Result<()> {
    fs_err::write(path, serde_json::to_string_pretty(document)? + "\n")
}
