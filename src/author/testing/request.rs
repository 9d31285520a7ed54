//! The options of `gorulec test`.

use camino::Utf8PathBuf;

use crate::diagnostic::nearest;

/// The programs to test, and the way in which they are tested.
#[derive(Debug, Clone, Default)]
pub struct TestRequest {
    /// `.gorule` files, and folders to search for them.
    pub paths: Vec<Utf8PathBuf>,
    /// True if expectations are written, not compared.
    pub accept: bool,
    /// Each rule whose `plugin/name` contains this is left out once.
    pub mutate: Option<String>,
    /// Versions of modules: `lowest`, `highest`, `newest` or one by its number.
    pub versions: Vec<String>,
    /// Versions of Go: `oldest`, `newest`, `local` or one by its name.
    pub go: Vec<String>,
    /// Only programs whose `plugin/name` contains this are run.
    pub only: Option<String>,
    /// At most this many runs at once; `None`: half the number of processors.
    pub jobs: Option<usize>,
    /// True if only what is on this machine may be used.
    pub offline: bool,
}

/// Advice for a name that does not exist: the nearest one, or all.
pub(super) fn instead<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there is {}", known.collect::<Vec<_>>().join(", ")),
    }
}
