//! The releases of a range that rules were not compared with, and why.
//!
//! In: such releases. Out: sentences. Pure.

use std::collections::BTreeMap;

use super::super::wording::describe_versions;
use super::chosen::{BETWEEN, FOR_CHANGES};
use crate::modules::Release;

/// A release of a rule's range that the rule was not compared with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Omitted {
    /// The release.
    pub release: Release,
    /// The reason.
    pub why: Omission,
}

/// The reason for which a release was not compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Omission {
    /// Of a rule that the lock does not record only some of a range are taken.
    Budget,
    /// Of Go's patches only the first and the last of a minor version are taken.
    Patch,
    /// A Go that is not on this machine. It is large, and would come from here.
    NotHere(String),
    /// No list of published releases names it.
    Unlisted,
    /// It cannot be had.
    Unavailable {
        /// The reason, in a line.
        reason: String,
        /// The name of the one that was taken in its place.
        instead: Option<String>,
    },
}

impl Omitted {
    /// Returns true if the release was to be compared and could not be.
    pub fn is_unknown(&self) -> bool {
        matches!(self.why, Omission::Unavailable { .. } | Omission::NotHere(_))
    }
}

/// Describes what was not compared: for each reason the versions and a sentence.
pub fn omissions<'a>(omitted: impl Iterator<Item = &'a Omitted>) -> Vec<(Vec<String>, String)> {
    let mut all: BTreeMap<&Omission, Vec<&Release>> = BTreeMap::new();
    for one in omitted {
        all.entry(&one.why).or_default().push(&one.release);
    }
    let sentence = |(why, releases): (&Omission, Vec<&Release>)| {
        let versions = releases.iter().map(|release| release.version.to_string()).collect();
        let example = releases.last().map(|release| release.tag.as_str()).unwrap_or_default();
        (versions, reason(why, example))
    };
    all.into_iter().map(sentence).collect()
}

fn reason(why: &Omission, example: &str) -> String {
    match why {
        Omission::Budget => format!(
            "a rule that gorule.lock does not record is compared with the ends of its range, {BETWEEN} versions between them and at most \
             {FOR_CHANGES} more to find a change; `gorulec update` compares all"
        ),
        Omission::Patch => "of each minor version of Go the first and the last patch are compared".to_owned(),
        Omission::NotHere(origin) => format!(
            "these versions of Go are not on this machine; `gorulec update` downloads what it needs of them, \
             as golang.org/toolchain@{example} from {origin}"
        ),
        Omission::Unlisted => {
            "no list of published versions names them, only the module cache of this machine has them; \
             one that is named as an end of the range is compared"
                .to_owned()
        }
        Omission::Unavailable { reason, instead: Some(instead) } => {
            format!("{reason}; {instead} was compared in its place")
        }
        Omission::Unavailable { reason, instead: None } => reason.clone(),
    }
}

/// The sentences as one text for each reason.
pub(in crate::check) fn notes<'a>(omitted: impl Iterator<Item = &'a Omitted>) -> Vec<String> {
    let note = |(versions, reason): (Vec<String>, String)| {
        format!("not compared: {}: {reason}", describe_versions(&versions))
    };
    omissions(omitted).into_iter().map(note).collect()
}
