//! What a run must be like, and how that is told.
//!
//! In: what was seen, and expectations. Out: lines; with `--accept` new expectations, where all runs of a program agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::cases::Case;
use super::observe::Observed;
use super::program::EXPECTED;
use super::{Counts, Request, Seen, Voice};
use crate::author::compile::write_whole;
use crate::diagnostic::{counted, diff};

/// A line, and below it what is wrong. With `--accept` an expectation is not there to be met.
pub(super) fn line(request: &Request, case: &Case, seen: &Seen) -> String {
    let problems = match seen {
        Ok((observed, _)) if request.accept => of_itself(observed),
        _ => problems(case, seen),
    };
    let word = match seen {
        _ if !problems.is_empty() => "FAILED",
        Ok((_, true)) => "cached",
        _ => "ok",
    };
    let mut out = format!("{word:<7} {}", case.shown().trim_end());
    for problem in problems {
        out.push('\n');
        out += &indented(&problem);
    }
    out
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}").trim_end().to_owned()).collect();
    lines.join("\n")
}

/// Everything that is wrong with a run.
fn problems(case: &Case, seen: &Seen) -> Vec<String> {
    match seen {
        Err(error) => vec![error.clone()],
        Ok((observed, _)) => {
            let mut all = of_itself(observed);
            all.extend(of_telemetry(case, &observed.telemetry));
            all
        }
    }
}

/// What is wrong whatever was expected: the woven program is not the plain one, or was not woven as it should be.
pub(super) fn of_itself(observed: &Observed) -> Vec<String> {
    let (plain, woven) = (&observed.plain, &observed.woven);
    let mut all: Vec<String> = observed.trouble.iter().map(|why| format!("not woven: {why}")).collect();
    if !plain.end.starts_with("exit") {
        all.push(format!("the plain program ends with {}\n{}", plain.end, plain.stderr));
    }
    for (what, a, b) in [
        ("end", format!("{}\n", plain.end), format!("{}\n", woven.end)),
        ("standard output", plain.stdout.clone(), woven.stdout.clone()),
        ("standard error", plain.stderr.clone(), woven.stderr.clone()),
    ] {
        if a != b {
            all.push(format!(
                "the woven program's {what} is another:\n{}",
                diff(("plain", &a), ("woven", &b))
            ));
        }
    }
    all
}

/// What differs from a run that was as it should be, in a few words.
pub(super) fn other(case: &Case, before: &Observed, now: &Observed) -> Option<String> {
    let first = of_itself(now).first().and_then(|problem| problem.lines().next().map(str::to_owned));
    let first = first.map(|line| line.trim_end_matches(':').to_owned());
    let sends = || format!("it sends other {}", case.program.telemetry());
    first.or_else(|| (now.telemetry != before.telemetry).then(sends))
}

/// What is wrong with the spans and metrics.
pub(super) fn of_telemetry(case: &Case, telemetry: &str) -> Option<String> {
    let place = case.program.expectation();
    match &case.program.expected {
        None => Some(format!(
            "there is no {place}; look at what was sent, then write it with --accept:\n{telemetry}"
        )),
        Some(expected) if expected == telemetry => None,
        Some(expected) => Some(format!(
            "other {} than expected (--accept takes them over):\n{}",
            case.program.telemetry(),
            diff((place.as_str(), expected), ("what was sent", telemetry))
        )),
    }
}

/// Counts the runs, or writes what they have sent.
pub(super) fn judge(
    request: &Request,
    cases: &[Case],
    observed: &[Seen],
    voice: Voice<'_>,
) -> anyhow::Result<Counts> {
    if request.accept {
        return accept(cases, observed, voice);
    }
    let mut counts = Counts::default();
    for (case, seen) in cases.iter().zip(observed) {
        match seen {
            _ if !problems(case, seen).is_empty() => counts.failed += 1,
            Ok((_, true)) => (counts.ok, counts.remembered) = (counts.ok + 1, counts.remembered + 1),
            _ => counts.ok += 1,
        }
    }
    Ok(counts)
}

/// Writes an expectation for each program whose runs agree and are right but for it.
fn accept(cases: &[Case], observed: &[Seen], voice: Voice<'_>) -> anyhow::Result<Counts> {
    let mut programs: BTreeMap<&str, Vec<(&Case, &Seen)>> = BTreeMap::new();
    for (case, seen) in cases.iter().zip(observed) {
        programs.entry(&case.program.title).or_default().push((case, seen));
    }
    let mut counts = Counts::default();
    for (title, runs) in programs {
        match agreed(&runs) {
            Err(why) => {
                counts.failed += runs.len();
                (voice.say)(&format!("FAILED  {title}: {EXPECTED} is not written\n{}", indented(&why)));
            }
            Ok((case, telemetry)) => {
                counts.ok += runs.len();
                let same = case.program.expected.as_deref() == Some(telemetry);
                if !same {
                    write_whole(telemetry.as_bytes(), &case.program.expectation())?;
                }
                let word = if same { "same" } else { "written" };
                (voice.say)(&format!("{word:<7} {}", case.program.expectation()));
            }
        }
    }
    Ok(counts)
}

/// What all runs of a program have sent.
fn agreed<'a>(runs: &[(&'a Case, &'a Seen)]) -> Result<(&'a Case, &'a str), String> {
    let mut first: Option<(&Case, &str)> = None;
    for (case, seen) in runs {
        let (observed, _) = seen.as_ref().map_err(|error| format!("{}: {error}", case.shown()))?;
        if let Some(problem) = of_itself(observed).first() {
            return Err(format!("{}: {problem}", case.shown()));
        }
        match first {
            None => first = Some((case, &observed.telemetry)),
            Some((_, known)) if known == observed.telemetry => {}
            Some((other, known)) => {
                return Err(format!(
                    "two runs send different {}; make two programs of it, with //gorule:versions or //gorule:go\n{}",
                    case.program.telemetry(),
                    diff((&other.shown(), known), (&case.shown(), &observed.telemetry))
                ));
            }
        }
    }
    first.ok_or_else(|| "it was not run".to_owned())
}

/// `3 runs of 2 programs`.
pub(super) fn runs(cases: &[Case]) -> String {
    let programs: BTreeSet<&str> = cases.iter().map(|case| case.program.title.as_str()).collect();
    format!("{} of {}", counted(cases.len(), "run"), counted(programs.len(), "program"))
}

/// The last line.
pub(super) fn summary(counts: &Counts, cases: &[Case]) -> String {
    let mut out = format!("gorulec: {}: {} ok", runs(cases), counts.ok);
    if counts.remembered > 0 {
        let _ = write!(out, " ({} cached)", counts.remembered);
    }
    if counts.failed > 0 {
        let _ = write!(out, ", {} FAILED", counts.failed);
    }
    if counts.mutants > 0 {
        let _ = write!(out, "; {} left out, {} unnoticed", counted(counts.mutants, "rule"), counts.unnoticed);
    }
    out
}
