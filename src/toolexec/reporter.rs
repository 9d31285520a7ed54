//! The output of a tool process: the outcomes of its package's rules, and transient failures.

use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};

use super::protocol::{Note, PackageReport, ProgramRemarks};
use super::tool::refuse;
use super::transient::{self, SeenReports};

/// The receiver of outcomes besides the archive.
pub(super) enum Reporter {
    /// The `goagent build` that this process is part of.
    Build {
        /// The file for transient failures; `None` in goagent's own module.
        trouble: Option<Utf8PathBuf>,
    },
    /// Standard error, for skipped rules and failures; go shows it below the package's name.
    Stderr,
}

impl Reporter {
    /// Stores and reports the outcome of a package. An archive that cannot be written is an error:
    /// a summary would not know of it.
    pub fn report(
        &self,
        report: Option<&PackageReport>,
        remarks: Option<&ProgramRemarks>,
        archive: Option<&Utf8Path>,
    ) -> std::io::Result<()> {
        if let Some(archive) = archive {
            Note::write(report, remarks, archive)?;
        }
        let Some(report) = report else { return Ok(()) };
        match self {
            Self::Build { trouble } => {
                let seen =
                    SeenReports { packages: vec![report.package.clone()], reports: vec![report.clone()] };
                transient::hand_over(trouble.as_deref(), &seen);
            }
            Self::Stderr => print(report),
        }
        Ok(())
    }

    /// Reports a failure that may be over the next time. No result may be stored for it, so this
    /// process fails, and `goagent build` builds again without marks.
    pub fn transient_failure(&self, reason: &str) -> ExitCode {
        if let Self::Build { trouble } = self {
            transient::record_reason(trouble.as_deref(), reason);
        }
        refuse(reason)
    }
}

fn print(report: &PackageReport) {
    for outcome in &report.outcomes {
        if let Some(reason) = &outcome.skipped {
            eprintln!(
                "goagent: skipped {}/{} at {}: {reason}",
                outcome.plugin, outcome.item, outcome.function
            );
        }
    }
    for fault in &report.faults {
        eprintln!(
            "goagent: {} is left out of {}: {}",
            fault.plugin,
            report.package,
            fault.location_and_message()
        );
    }
    if let Some(reason) = &report.fallback {
        eprintln!("goagent: {} was compiled as it was: {reason}", report.package);
    }
}
