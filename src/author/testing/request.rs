//! What `gorulec test` is asked for.

use camino::Utf8PathBuf;

use crate::diagnostic::nearest;

/// What is tested, and how.
#[derive(Debug, Clone, Default)]
pub struct TestRequest {
    /// `.gorule` files, and folders to search for them.
    pub paths: Vec<Utf8PathBuf>,
    /// Expectations are written, not compared with.
    pub accept: bool,
    /// Each rule whose `plugin/name` holds this is left out once.
    pub mutate: Option<String>,
    /// Versions of modules: `lowest`, `highest`, `newest` or one by its number.
    pub versions: Vec<String>,
    /// Versions of Go: `oldest`, `newest`, `local` or one by its name.
    pub go: Vec<String>,
    /// Only programs whose `plugin/name` holds this.
    pub only: Option<String>,
    /// How many runs there may be at once; `None`: half of the processors.
    pub jobs: Option<usize>,
    /// Only what is on this machine may be used.
    pub offline: bool,
}

/// What there is in the place of a name that is none.
pub(super) fn instead<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there is {}", known.collect::<Vec<_>>().join(", ")),
    }
}
