//! Targets for many packages: `own`, and patterns of import paths.
//!
//! In: a target, a package of the build and its texts. Out: whether the target is for it, and which of its rules can find
//! something there. A package in which nothing can be found is not marked, so that it stays what it is in the build cache.

use std::cell::OnceCell;

use crate::bundle::{Functions, Reach, Rule, Target};
use crate::gotool::flags;
use crate::weave::selectors;

/// A package as targets see it.
pub struct BuildPackage<'a> {
    /// Its import path.
    pub path: &'a str,
    /// Whether it is in the standard library.
    pub standard: bool,
    /// Whether it is in a main module of the build.
    pub own: bool,
    read: &'a dyn Fn() -> Option<Vec<String>>,
    texts: OnceCell<Option<Vec<String>>>,
}

impl<'a> BuildPackage<'a> {
    /// `read` gives the texts of its Go files, tests left out, or `None`, where they cannot be known; it is asked once at most.
    pub fn new(path: &'a str, standard: bool, own: bool, read: &'a dyn Fn() -> Option<Vec<String>>) -> Self {
        Self { path, standard, own, read, texts: OnceCell::new() }
    }

    /// One that only targets of this very import path are for.
    pub fn named(path: &'a str) -> Self {
        Self::new(path, true, false, &|| None)
    }

    /// Whether a target is for the package, whatever its version.
    pub fn is_in(&self, target: &Target) -> bool {
        match target.reach {
            Reach::Package => target.package == self.path,
            Reach::Own => self.own && !self.standard,
            Reach::Wide => !self.standard && fits(&target.package, self.path),
        }
    }

    /// Whether a rule may find a function in the package. Nothing is parsed.
    pub fn may_hold(&self, target: &Target, rule: &Rule) -> bool {
        if target.reach == Reach::Package {
            return true;
        }
        let Some(texts) = self.texts.get_or_init(self.read) else { return true };
        texts.iter().any(|text| holds(text, rule))
    }
}

/// Whether a package is of the module that goagent links in.
pub fn is_ours(path: &str) -> bool {
    path.split('/').next() == Some("goagent")
}

/// Whether an import path fits a pattern. What goagent brings along is nobody's target.
fn fits(pattern: &str, path: &str) -> bool {
    let subject = flags::GcflagsTarget { path, dir: "", standard: false, named: false };
    !is_ours(path) && flags::matches(pattern, subject, "")
}

/// Whether a file has the text without which it has nothing for the rule: never `false` if the rule
/// is woven there.
fn holds(text: &str, rule: &Rule) -> bool {
    match &rule.functions {
        Functions::Called { package, names } => {
            let imported = text.contains(&format!("\"{package}\"")) || text.contains(&format!("`{package}`"));
            imported && names.iter().any(|name| text.contains(name.as_str()))
        }
        _ => selectors(rule).iter().any(|selector| selector.may_be_in(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_the_go_command() {
        for (pattern, path, wanted) in [
            ("x.org/app/...", "x.org/app", true),
            ("x.org/app/...", "x.org/app/a/b", true),
            ("x.org/app/...", "x.org/apple", false),
            ("goagent/...", "goagent/agent", false),
            ("x.org/.../db", "x.org/app/db", true),
        ] {
            assert_eq!(fits(pattern, path), wanted, "{pattern} {path}");
        }
    }
}
