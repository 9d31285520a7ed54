//! Reasons for which a rule is not woven into a function.

use super::{Skip, SkipCode};

/// The reason for which a rule was not woven into a function.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("`{pattern}`: {reason}")]
    Anchor { pattern: String, reason: String },
    #[error("the function has something called {0} itself, which `decl` declares too")]
    Shadowed(String),
    #[error("{0}")]
    Overlap(&'static str),
    #[error("the package declares a `recover` of its own, and the guard around templates needs Go's")]
    OwnRecover,
    #[error("the hook code could not be generated: {0}")]
    Generate(String),
    #[error("no text of the template is for this version")]
    NoVariant,
}

impl Refusal {
    /// The reason as a part of an outcome.
    pub fn skip(&self) -> Skip {
        let code = match self {
            Self::Anchor { .. } | Self::Shadowed(_) => SkipCode::Anchor,
            Self::Overlap(_) => SkipCode::Overlap,
            Self::OwnRecover => SkipCode::OwnRecover,
            Self::Generate(_) => SkipCode::Generate,
            Self::NoVariant => SkipCode::NoVariant,
        };
        code.because(self.to_string())
    }
}
