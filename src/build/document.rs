//! The report for programs: one JSON document for each command. The book's page on trust describes it.
//!
//! In: the settings, a [`Summary`], how the command ended. Out: JSON, on standard error or in a file.

use camino::Utf8Path;
use serde_json::{Value, json};

use super::cost::Cost;
use super::options::ReportTo;
use super::report::{Subject, Summary, Woven};
use super::settings::Settings;

/// Raised when a field changes its meaning or goes; more fields may come without that.
pub const SCHEMA: u32 = 1;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Something was woven.
    Woven,
    /// No rule was for any package, or what was did not fit.
    Nothing,
    /// goagent could not do its part; the program is built without.
    Uninstrumented,
    /// The go command failed; what is said of rules may be of an earlier build.
    GoFailed,
    /// `goagent plan`: nothing was built.
    Planned,
    /// `GOAGENT=off`.
    Off,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Woven => "woven",
            Self::Nothing => "nothing",
            Self::Uninstrumented => "uninstrumented",
            Self::GoFailed => "go_failed",
            Self::Planned => "planned",
            Self::Off => "off",
        }
    }
}

/// What a document says of a command.
pub struct Document<'a> {
    /// `build` and so on.
    pub command: &'a str,
    /// How it ended.
    pub outcome: Outcome,
    /// Why goagent could not do its part.
    pub error: Option<&'a str>,
    /// Go's version, where it is known.
    pub go: Option<&'a str>,
    /// What counted.
    pub settings: &'a Settings,
    /// What became of the rules.
    pub summary: &'a Summary,
}

impl Document<'_> {
    /// The document.
    pub fn json(&self) -> Value {
        let Self { settings, summary, .. } = self;
        let is_known = self.outcome != Outcome::GoFailed || !summary.woven.is_empty();
        let complete = is_known.then(|| summary.is_complete() && self.error.is_none());
        json!({
            "schema": SCHEMA,
            "goagent": env!("CARGO_PKG_VERSION"),
            "go": self.go,
            "command": self.command,
            "outcome": self.outcome.name(),
            "error": self.error,
            "complete": complete,
            "strict": settings.strict,
            "config": settings.config,
            "bundles": settings.bundles.iter()
                .map(|loaded| json!({ "name": loaded.name, "blake3": loaded.digest })).collect::<Vec<_>>(),
            "woven": summary.woven.iter().map(package).collect::<Vec<_>>(),
            "skipped": summary.skipped,
            "faults": summary.faults,
            "fallbacks": summary.fallbacks,
            "left_out": summary.left_out.iter().map(|one| json!({
                "plugin": one.plugin, "package": one.package, "code": "version", "reason": one.reason,
            })).collect::<Vec<_>>(),
            "disabled": summary.disabled.iter().map(|one| json!({
                "plugin": one.plugin, "rule": one.rule, "packages": one.packages, "by": one.by,
            })).collect::<Vec<_>>(),
            "idle": summary.idle,
            "directives": summary.directives,
            "notes": summary.notes,
            "uncovered": summary.uncovered,
            "cost": summary.cost.as_ref().map(Cost::json),
        })
    }

    /// Writes it where it was asked for.
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

fn package((subject, rules): (&Subject, &Vec<Woven>)) -> Value {
    json!({ "package": subject.package, "version": subject.version, "rules": rules })
}

/// Writes a document, with its newline.
pub fn to_file(path: &Utf8Path, document: &Value) -> std::io::Result<()> {
    fs_err::write(path, serde_json::to_string_pretty(document)? + "\n")
}
