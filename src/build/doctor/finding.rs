//! One thing that `goagent doctor` looked at, and what is to be done about it.

use serde::Serialize;

use crate::store::Store;

/// How bad a finding is.
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

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CheckResult {
    /// What was looked at, in a word.
    pub(super) check: &'static str,
    /// How bad it is.
    pub(super) level: Health,
    /// What was found.
    pub(super) text: String,
    /// What to do.
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

/// Where goagent's own files are.
pub(super) fn store() -> std::io::Result<Store> {
    Store::open()
}
