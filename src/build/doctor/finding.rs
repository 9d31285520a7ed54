//! The result of one check of `goagent doctor`, with a remedy.

use serde::Serialize;

use crate::store::Store;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Health {
    /// As it should be.
    Ok,
    /// It works, but probably not as meant.
    Warn,
    /// It does not work.
    Bad,
}

/// The result of one check.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CheckResult {
    /// The subject of the check, in a word or two.
    pub(super) check: &'static str,
    /// Its severity.
    pub(super) level: Health,
    /// The finding itself.
    pub(super) text: String,
    /// The remedy; `None` if none is needed.
    pub(super) remedy: Option<String>,
}

impl CheckResult {
    pub(super) fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, level: Health::Ok, text: text.into(), remedy: None }
    }

    pub(super) fn warn(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, level: Health::Warn, text: text.into(), remedy: Some(remedy.into()) }
    }

    pub(super) fn bad(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, level: Health::Bad, text: text.into(), remedy: Some(remedy.into()) }
    }
}

/// Opens the store of goagent's own files.
pub(super) fn store() -> std::io::Result<Store> {
    Store::open()
}
