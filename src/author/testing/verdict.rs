//! Judges runs and reports the verdicts.
//!
//! In: observations and expectations. Out: lines; with `--accept` new expectations, if all runs of
//! a program agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::cases::Case;
use super::observe::Observed;
use super::program::EXPECTED;
use super::progress::{Counts, Messages, Observation};
use super::request::TestRequest;
use super::running::ProgramEnd;
use super::telemetry::NONE;
use crate::author::compile::write_whole;
use crate::diagnostic::{counted, diff};

/// The line before the standard output in an expectation.
const OUTPUT: &str = "standard output:";

/// A line for a run, and below it everything that is wrong. With `--accept` expectations are not
/// compared.
pub(super) fn line(request: &TestRequest, case: &Case, seen: &Observation) -> String {
    let problems = match seen {
        Ok((observed, _)) if request.accept => whatever_is_expected(case, observed),
        _ => problems(case, seen),
    };
    let word = match seen {
        _ if !problems.is_empty() => "FAILED",
        Ok((_, true)) => "cached",
        _ => "ok",
    };
    let mut out = format!("{word:<7} {}", case.columns().trim_end());
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
fn problems(case: &Case, seen: &Observation) -> Vec<String> {
    match seen {
        Err(error) => vec![error.clone()],
        Ok((observed, _)) => {
            let mut all = whatever_is_expected(case, observed);
            all.extend(unexpected(case, observed));
            all
        }
    }
}

/// The problems that no expectation can accept.
fn whatever_is_expected(case: &Case, observed: &Observed) -> Vec<String> {
    let mut all = of_itself(observed);
    all.extend(unannounced(case, observed));
    all
}

/// The outcomes in both builds that the program does not announce: another exit code than its own,
/// or spans where it has none and the reverse.
fn unannounced(case: &Case, observed: &Observed) -> Vec<String> {
    let (program, ProgramEnd { end, stderr, .. }) = (&case.program, &observed.plain);
    let mut all = Vec::new();
    if let Some(code) = end.strip_prefix("exit ").filter(|code| *code != program.exit.to_string()) {
        all.push(format!(
            "the program exits with {code}, not with {}; if it is meant to, write //gorule:exit {code} in it\n{stderr}",
            program.exit
        ));
    }
    match (observed.telemetry.starts_with(NONE), program.no_spans) {
        (true, false) => all.push(
            "the program sends no spans; if it is meant to, write //gorule:spans none in it".to_owned(),
        ),
        (false, true) => all.push("the program sends spans, though //gorule:spans none is in it".to_owned()),
        _ => {}
    }
    all
}

/// The expectation that a run would meet: what it sent, and what it wrote to standard output.
fn expectation(observed: &Observed) -> String {
    let stdout = &observed.plain.stdout;
    if stdout.is_empty() {
        return observed.telemetry.clone();
    }
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
    let lines: String = stdout.lines().map(line).collect();
    format!("{}\n{OUTPUT}\n{lines}", observed.telemetry)
}

/// The problems that do not depend on expectations: the woven program differs from the plain one,
/// or was not woven as it should be.
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

/// The difference from a run without problems, in a few words; `None` if there is none.
pub(super) fn difference(case: &Case, before: &Observed, now: &Observed) -> Option<String> {
    let first = of_itself(now).first().and_then(|problem| problem.lines().next().map(str::to_owned));
    let first = first.map(|line| line.trim_end_matches(':').to_owned());
    let sends = || format!("it sends other {}", case.program.telemetry());
    first.or_else(|| (now.telemetry != before.telemetry).then(sends))
}

/// The difference of the spans, the metrics and the output from the expectation.
fn unexpected(case: &Case, observed: &Observed) -> Option<String> {
    let place = case.program.expectation();
    let seen = expectation(observed);
    match &case.program.expected {
        None => {
            Some(format!("there is no {place}; look at what was sent, then write it with --accept:\n{seen}"))
        }
        Some(expected) if *expected == seen => None,
        Some(expected) => Some(format!(
            "other {} than expected (--accept takes them over):\n{}",
            case.program.compared(),
            diff((place.as_str(), expected), ("what was sent", &seen))
        )),
    }
}

/// Counts the runs or, with `--accept`, writes what they sent as expectations.
pub(super) fn judge(
    request: &TestRequest,
    cases: &[Case],
    observed: &[Observation],
    voice: Messages<'_>,
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

/// Writes an expectation for each program whose runs agree and have no other problem.
fn accept(cases: &[Case], observed: &[Observation], voice: Messages<'_>) -> anyhow::Result<Counts> {
    let mut programs: BTreeMap<&str, Vec<(&Case, &Observation)>> = BTreeMap::new();
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
            Ok((case, expectation)) => {
                counts.ok += runs.len();
                let same = case.program.expected.as_ref() == Some(&expectation);
                if !same {
                    write_whole(expectation.as_bytes(), &case.program.expectation())?;
                }
                let word = if same { "same" } else { "written" };
                (voice.say)(&format!("{word:<7} {}", case.program.expectation()));
            }
        }
    }
    Ok(counts)
}

/// The expectation that all runs of a program would meet.
fn agreed<'a>(runs: &[(&'a Case, &'a Observation)]) -> Result<(&'a Case, String), String> {
    let mut first: Option<(&Case, String)> = None;
    for (case, seen) in runs {
        let (observed, _) = seen.as_ref().map_err(|error| format!("{}: {error}", case.columns()))?;
        if let Some(problem) = whatever_is_expected(case, observed).first() {
            return Err(format!("{}: {problem}", case.columns()));
        }
        let seen = expectation(observed);
        match &first {
            None => first = Some((case, seen)),
            Some((_, known)) if *known == seen => {}
            Some((other, known)) => {
                return Err(format!(
                    "two runs have different {}; make two programs of it, with //gorule:versions or //gorule:go\n{}",
                    case.program.compared(),
                    diff((&other.columns(), known), (&case.columns(), &seen))
                ));
            }
        }
    }
    first.ok_or_else(|| "it was not run".to_owned())
}

/// The numbers of runs and programs, `3 runs of 2 programs`.
pub(super) fn runs(cases: &[Case]) -> String {
    let programs: BTreeSet<&str> = cases.iter().map(|case| case.program.title.as_str()).collect();
    format!("{} of {}", counted(cases.len(), "run"), counted(programs.len(), "program"))
}

/// The last line of the report.
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
