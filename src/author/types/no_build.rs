//! The reason for which there is no build.

/// The reason for which there is no build.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::author) struct NoBuild {
    /// The reason, in one line.
    pub reason: String,
    /// True if the release itself cannot be built, even without rules.
    pub of_release: bool,
}

impl From<anyhow::Error> for NoBuild {
    fn from(error: anyhow::Error) -> Self {
        let reason = format!("{error:#}").lines().next().unwrap_or_default().to_owned();
        Self { reason, of_release: false }
    }
}

impl From<std::io::Error> for NoBuild {
    fn from(error: std::io::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}
