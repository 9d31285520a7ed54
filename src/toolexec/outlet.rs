//! Where a tool process tells what became of the rules of its package, and of trouble that passes.

use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};

use super::protocol::Report;
use super::{kept, refuse, trouble};
use crate::store::{Store, save};
use crate::weave::SourceFile;

/// Where it is told.
pub(super) enum Outlet {
    /// Kept under the digest, for the summary of `goagent build`.
    Store {
        /// Where.
        store: Store,
        /// The package's mark.
        digest: String,
        /// Where trouble is told.
        trouble: Option<Utf8PathBuf>,
    },
    /// What went wrong is printed; go shows it below the package's name.
    Stderr,
}

impl Outlet {
    /// Tells what became of a package; the archive tells what the sources do not. A report that cannot be kept is made again when
    /// it is asked for. Nothing is said of it: go would repeat that for as long as it has the result in its cache.
    pub fn tell(
        &self,
        report: &Report,
        archive: Option<&Utf8Path>,
        versioned: bool,
        files: &[SourceFile],
    ) -> std::io::Result<()> {
        match self {
            Self::Store { store, digest, .. } => {
                if let (Some(archive), Some(note)) = (archive, report.note()) {
                    kept::note(archive, &note)?;
                }
                let _ = save(&store.report(&kept::name(digest, versioned, files)), report);
                if !versioned {
                    // With -cover the compiler is given other files than the summary can know of: the last one stands in.
                    let _ = save(&store.report(digest), report);
                }
            }
            Self::Stderr => {
                for outcome in &report.outcomes {
                    if let Some(reason) = &outcome.skipped {
                        eprintln!(
                            "goagent: skipped {}/{} at {}: {reason}",
                            outcome.plugin, outcome.rule, outcome.function
                        );
                    }
                }
                for fault in &report.faults {
                    eprintln!(
                        "goagent: {} is left out of {}: {}",
                        fault.plugin,
                        report.package,
                        fault.said()
                    );
                }
                if let Some(reason) = &report.fallback {
                    eprintln!("goagent: {} was compiled as it was: {reason}", report.package);
                }
            }
        }
        Ok(())
    }

    /// Trouble that may be over the next time. No result may be kept for it, so this process fails, and `goagent build` builds
    /// again without marks.
    pub fn passing(&self, reason: &str) -> ExitCode {
        if let Self::Store { trouble, .. } = self {
            trouble::tell(trouble.as_deref(), reason);
        }
        refuse(reason)
    }
}
