//! `goagent doctor`: everything on this machine, in this folder and in this environment that helps
//! or hinders a build.
//!
//! In: goagent's and go's flags, as for `goagent build`. Out: a finding for each check, with a
//! remedy if something is wrong; exit code 1 if a build or the program would fail because of it.

mod finding;
mod places;
mod toolchain;

use std::fmt::Write as _;
use std::process::ExitCode;

use finding::{CheckResult, Health};

use super::document::to_file;
use super::environment;
use super::invocation::Invocation;
use super::options::{self, ReportTo};
use super::settings::{Settings, SettingsError};
use super::{SWITCH, refused};
use crate::bundle;
use crate::diagnostic::counted;
use crate::weave;

/// Runs all checks.
pub fn run(words: &[String]) -> ExitCode {
    let invocation = Invocation::parse("build", words);
    if invocation.options.help || invocation.asks_go_for_help() {
        print!("{}", options::help(Some("doctor")));
        return ExitCode::SUCCESS;
    }
    if let Some(mistake) = invocation.options.mistakes.first() {
        return refused(&format!("goagent: {mistake}; see `goagent doctor --help`\n"));
    }
    let mut findings = vec![program()];
    findings.extend(settings(&invocation));
    let go = toolchain::check(&invocation, &mut findings);
    places::check(go.as_ref(), &invocation.dir(), &mut findings);
    if let Some(go) = &go {
        findings.push(toolchain::linked_in(go));
    }
    findings.extend(variables());
    findings.push(sampling(std::env::var("OTEL_TRACES_SAMPLER").ok().as_deref()));
    let worst = findings.iter().map(|finding| finding.level).max().unwrap_or(Health::Ok);
    let document = serde_json::json!({
        "schema": crate::report::SCHEMA,
        "goagent": env!("CARGO_PKG_VERSION"),
        "command": "doctor",
        "worst": worst,
        "findings": findings,
    });
    match &invocation.options.report {
        ReportTo::Text => print!("{}", text(&findings)),
        ReportTo::Json => println!("{document:#}"),
        ReportTo::File(path) => {
            print!("{}", text(&findings));
            if let Err(error) = to_file(path, &document) {
                return refused(&format!("goagent: the report cannot be written: {error}; see --report\n"));
            }
        }
    }
    if worst == Health::Bad { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

/// Returns the findings as text for people.
fn text(findings: &[CheckResult]) -> String {
    let mut out = String::new();
    for CheckResult { check, level, text, remedy } in findings {
        let mark = match level {
            Health::Ok => "ok  ",
            Health::Warn => "warn",
            Health::Bad => "BAD ",
        };
        let _ = writeln!(out, "{mark}  {check}: {}", text.trim_end().replace('\n', "\n        "));
        if let Some(remedy) = remedy {
            let _ = writeln!(out, "        → {remedy}");
        }
    }
    let count = |wanted| findings.iter().filter(|finding| finding.level == wanted).count();
    let (bad, warned) = (count(Health::Bad), count(Health::Warn));
    let checks = counted(findings.len(), "check");
    let _ = match (bad, warned) {
        (0, 0) => writeln!(out, "{checks}, all well"),
        _ => writeln!(out, "{checks}, {}, {bad} broken", counted(warned, "warning")),
    };
    out
}

/// The version of goagent itself.
fn program() -> CheckResult {
    let place = std::env::current_exe().map_or_else(|_| "?".to_owned(), |path| path.display().to_string());
    let (version, schema, revision) = (env!("CARGO_PKG_VERSION"), bundle::SCHEMA, weave::REVISION);
    CheckResult::ok(
        "goagent",
        format!("{version} at {place}; bundle schema {schema}, weaver revision {revision}"),
    )
}

/// Checks `goagent.toml` and the bundles, and lists everything that is switched off.
fn settings(invocation: &Invocation) -> Vec<CheckResult> {
    let loaded = match Settings::load(invocation) {
        Ok(loaded) => loaded,
        Err(SettingsError::Mistake(text)) => {
            let remedy = "correct what is shown; no command builds anything until then";
            return vec![CheckResult::bad("settings", text, remedy)];
        }
        Err(SettingsError::Trouble(text)) => {
            let remedy = "set GOAGENT_CACHE to a folder that may be written; until then nothing is woven";
            return vec![CheckResult::bad("settings", text, remedy)];
        }
    };
    let mut out = Vec::new();
    out.push(match &loaded.config {
        Some(file) => CheckResult::ok("settings", format!("{file} is in order")),
        None => CheckResult::ok("settings", "no goagent.toml; the defaults count"),
    });
    for one in &loaded.bundles {
        let targets = one.bundle.plugins.iter().flat_map(|plugin| &plugin.targets);
        let rules = targets.map(|target| target.rules.len()).sum();
        let plugins = counted(one.bundle.plugins.len(), "plugin");
        let text = format!("{}: {plugins}, {}, blake3 {}", one.name, counted(rules, "rule"), one.digest);
        out.push(CheckResult::ok("bundle", text));
    }
    for one in &loaded.disabled {
        let rule = one.rule.as_ref().map(|rule| format!("/{rule}")).unwrap_or_default();
        out.push(CheckResult::ok("disabled", format!("{}{rule}, by {}", one.plugin, one.by)));
    }
    out
}

/// Checks the environment.
fn variables() -> Vec<CheckResult> {
    let mut out = Vec::new();
    match environment::is_off(std::env::var(SWITCH).ok().as_deref()) {
        Ok(false) => {}
        Ok(true) => {
            out.push(CheckResult::warn("environment", "GOAGENT=off: nothing is woven", "unset GOAGENT"));
        }
        Err(mistake) => out.push(CheckResult::bad("environment", mistake, "set it to off, or unset it")),
    }
    let mut all: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    all.sort();
    let lookup = |wanted: &str| all.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let mut seen = 0;
    for (name, value) in &all {
        seen += usize::from(name.starts_with("OTEL_") && !value.trim().is_empty());
        if let Some(found) = environment::mistake(name, value, &lookup) {
            let level = if found.silences { Health::Bad } else { Health::Warn };
            out.push(CheckResult {
                check: "environment",
                level,
                text: found.what,
                remedy: Some(found.remedy),
            });
        }
    }
    if out.is_empty() {
        out.push(CheckResult::ok(
            "environment",
            format!("{} of OTEL_* set, nothing wrong", counted(seen, "variable")),
        ));
    }
    out
}

/// Reports which side decides whether a request is recorded: the program or its caller.
fn sampling(value: Option<&str>) -> CheckResult {
    let sampler = environment::sampler(value);
    let text = if sampler.starts_with("parentbased_") {
        format!(
            "{sampler}: a request that comes with sampled=0 has no spans, as its caller has decided, and is measured only; \
             OTEL_TRACES_SAMPLER=always_on records it all the same"
        )
    } else {
        format!("{sampler}: it decides alone, whatever the caller of a request has decided")
    };
    CheckResult::ok("sampling", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_decides() {
        for value in [None, Some(""), Some("sometimes"), Some(" PARENTBASED_TraceIdRatio ")] {
            assert!(sampling(value).text.contains("sampled=0 has no spans"), "{value:?}");
        }
        assert!(sampling(Some("always_on")).text.starts_with("always_on: it decides alone"));
    }
}
