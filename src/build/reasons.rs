//! The reasons for which a package is not woven at all, in words.
//!
//! In: a cycle of imports, or the report on runtime. Out: a note for the summary, the report and
//! the binary.

use std::collections::{BTreeMap, BTreeSet};

use crate::codegen::RUNTIME;
use crate::toolexec::protocol::{Fault, PackageReport, SessionNote};
use crate::weave::SkipCode;

/// The note for a package whose rules wait for the package itself.
pub fn cycle_note(
    package: &str,
    imports: &BTreeSet<String>,
    below: &BTreeMap<String, BTreeSet<String>>,
) -> SessionNote {
    let through = imports.iter().find(|i| below.get(*i).is_some_and(|c| c.contains(package)));
    let text = match through {
        Some(import) => format!(
            "{package} is not woven: its rules import {import}, which imports {package}; rules for it have to be bare"
        ),
        None => format!(
            "{package} is not woven: its rules import packages that are woven themselves and wait for it"
        ),
    };
    SessionNote { package: package.to_owned(), text }
}

/// The reason for which nothing is woven into runtime; `None` if the user has switched it off.
pub fn runtime_note(report: &PackageReport) -> Option<SessionNote> {
    let skipped = report.outcomes.iter().filter_map(|outcome| Some((outcome, outcome.skipped.as_ref()?)));
    let skipped = skipped
        .filter(|(_, why)| why.code != SkipCode::Disabled)
        .map(|(outcome, why)| format!("{}: {why}", outcome.item));
    let faults = report.faults.iter().map(Fault::location_and_message);
    let why = report.fallback.iter().cloned().chain(faults).chain(skipped).next()?;
    let text = format!(
        "runtime is not woven ({why}): goroutines do not inherit the trace context, only a context.Context carries it"
    );
    Some(SessionNote { package: RUNTIME.to_owned(), text })
}
