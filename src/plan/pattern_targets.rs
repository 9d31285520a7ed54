//! Targets for many packages: `own`, and patterns of import paths.
//!
//! In: a target, a package of the build and its texts. Out: whether the target applies to it, and
//! those of its rules that can match something there. A package in which nothing can match is not
//! marked, so that it stays unchanged in the build cache.

use std::cell::OnceCell;

use crate::bundle::{Functions, Reach, Rule, Target};
use crate::gotool::flags;
use crate::weave::selectors;

/// A package as targets see it.
pub struct BuildPackage<'a> {
    /// Its import path.
    pub path: &'a str,
    /// True if it is in the standard library.
    pub standard: bool,
    /// True if it is in a main module of the build.
    pub own: bool,
    read: &'a dyn Fn() -> Option<Vec<String>>,
    texts: OnceCell<Option<Vec<String>>>,
}

impl<'a> BuildPackage<'a> {
    /// A package. `read` returns the texts of its Go files, tests left out, or `None` if they
    /// cannot be known; it is called once at most.
    pub fn new(path: &'a str, standard: bool, own: bool, read: &'a dyn Fn() -> Option<Vec<String>>) -> Self {
        Self { path, standard, own, read, texts: OnceCell::new() }
    }

    /// A package to which only targets of this very import path apply.
    pub fn named(path: &'a str) -> Self {
        Self::new(path, true, false, &|| None)
    }

    /// Returns true if a target applies to the package, regardless of its version.
    pub fn is_in(&self, target: &Target) -> bool {
        match target.reach {
            Reach::Package => target.package == self.path,
            Reach::Own => self.own && !self.standard,
            Reach::Pattern => !self.standard && fits(&target.package, self.path),
        }
    }

    /// Returns true if a rule may match a function in the package. Nothing is parsed.
    pub fn may_hold(&self, target: &Target, rule: &Rule) -> bool {
        if target.reach == Reach::Package {
            return true;
        }
        let Some(texts) = self.texts.get_or_init(self.read) else { return true };
        texts.iter().any(|text| holds(text, rule))
    }
}

/// Returns true if a package is of the module that goagent links in.
pub fn is_ours(path: &str) -> bool {
    path.split('/').next() == Some("goagent")
}

/// Returns true if an import path fits a pattern. The packages that goagent adds are nobody's
/// target.
fn fits(pattern: &str, path: &str) -> bool {
    let subject = flags::GcflagsTarget { path, dir: "", standard: false, named: false };
    !is_ours(path) && flags::matches(pattern, subject, "")
}

/// Returns true if a file has the text without which the rule matches nothing in it: never `false`
/// if the rule is woven there.
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
