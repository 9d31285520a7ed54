//! The outcome of weaving a rule into a function: values for reports, without any report's text.

use serde::{Deserialize, Serialize};

use super::PlacedRule;
use crate::item::Item;

/// The outcome of weaving one rule into one function, or of adding a field or a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Outcome {
    /// The plugin's name.
    pub plugin: String,
    /// The rule, or the thing that was added.
    pub item: Item,
    /// The line of the plugin's `.gorule` file at which it starts.
    pub line: u32,
    /// The function, as `(*T).F` or `F`.
    pub function: String,
    /// The place of the function; `None` if it was not found.
    pub place: Option<FunctionPlace>,
    /// The reason for which nothing was woven; `None` if it was woven.
    pub skipped: Option<Skip>,
}

impl Outcome {
    /// Returns true if the outcome is about this rule, or about one of the same name in another
    /// block.
    pub fn is_of(&self, placed: &PlacedRule) -> bool {
        self.plugin == placed.plugin && self.item.is_rule(&placed.rule.name)
    }
}

/// The place of a function. The folder is the package's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FunctionPlace {
    /// The file's name, as the compiler was given it.
    pub file: String,
    /// The first line.
    pub line: u32,
    /// The last line.
    pub end: u32,
}

/// The reason for which something was not woven.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skip {
    /// The kind of reason, for programs.
    pub code: SkipCode,
    /// The reason, for people.
    pub reason: String,
}

impl std::fmt::Display for Skip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)
    }
}

/// The kinds of reasons. Their names are part of the report's schema: they may be added to, not
/// changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipCode {
    /// The package has no such function, or not for this platform.
    NotFound,
    /// The function has another receiver, or another number of parameters or results.
    OtherSignature,
    /// The function is written in assembly or linked by name.
    NoBody,
    /// The source was not understood.
    NotUnderstood,
    /// A directive forbids calls in the function.
    NoCalls,
    /// The code that an anchor looks for is not there, or is there more than once.
    Anchor,
    /// Another rule changes the same place.
    Overlap,
    /// The package declares a `recover` of its own.
    OwnRecover,
    /// A field that the plugin adds to a type cannot be added here.
    Field,
    /// The code needs a package that this one does not import.
    Import,
    /// A call cannot be wrapped.
    Call,
    /// The template has no text for this version.
    NoVariant,
    /// The hook code could not be generated: a defect of goagent.
    Generate,
    /// A rule that it depends on is left out.
    Depends,
    /// A rule that it depends on is switched off.
    Disabled,
}

impl SkipCode {
    /// A skip with this code, and the reason in words.
    pub fn because(self, reason: impl Into<String>) -> Skip {
        Skip { code: self, reason: reason.into() }
    }
}
