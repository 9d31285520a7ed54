//! `--mutate`: leaves out each rule once; some test must fail then.
//!
//! In: the cases and the observations with all rules. Out: a line for each rule. A rule that is in
//! no build is a failure too; if no tested version is in its range, it is reported as skipped,
//! which is no failure.

use std::collections::BTreeSet;

use anyhow::Context as _;

use crate::bundle::{Bundle, Reach, Rule, Target};
use crate::diagnostic::counted;
use crate::modules::Home;
use crate::version::Version;

use super::cases::{Case, CaseSelection};
use super::observe::{NotBuilt, Observed, ProgramBuilder};
use super::progress::{Counts, Messages, Observation, in_parallel};
use super::request::instead;
use super::verdict;

/// The runs with every rule.
pub(super) struct Runs<'a> {
    /// All rules.
    pub bundle: &'a Bundle,
    /// The cases that were run.
    pub cases: &'a [Case],
    /// The observations of the cases.
    pub observed: &'a [Observation],
}

/// A rule to be left out.
pub(super) struct Mutant<'a> {
    plugin: &'a str,
    target: &'a Target,
    rule: &'a Rule,
    /// The home of the target's package.
    home: Home,
}

/// The result for a mutant.
enum MutantResult {
    /// This case noticed that the rule was left out.
    Noticed(String),
    /// No case noticed it, though the rule is woven into this many.
    Unnoticed(usize),
    /// No case has the rule in its build.
    Nowhere { in_range: bool },
    /// The result could not be determined.
    Unknown(String),
}

/// The rules of the plugins under test whose `plugin/name` contains a text.
pub(super) fn choose<'a>(
    own: &'a Bundle,
    wanted: &str,
    picks: &CaseSelection<'_>,
) -> anyhow::Result<Vec<Mutant<'a>>> {
    let mut all = Vec::new();
    for plugin in &own.plugins {
        for target in &plugin.targets {
            let home = picks.home_of_target(target)?;
            let mutant = |rule| Mutant { plugin: &plugin.name, target, rule, home: home.clone() };
            all.extend(target.rules.iter().map(mutant));
        }
    }
    let titles: Vec<String> = all.iter().map(Mutant::title).collect();
    all.retain(|mutant| mutant.title().contains(wanted));
    anyhow::ensure!(
        !all.is_empty(),
        "--mutate={wanted}: no rule's PLUGIN/NAME holds it; {}",
        instead(wanted, titles.iter().map(String::as_str))
    );
    Ok(all)
}

impl Runs<'_> {
    /// Leaves out each of these rules once.
    pub fn mutate(
        &self,
        mutants: &[Mutant<'_>],
        jobs: usize,
        builder: &ProgramBuilder,
        counts: &mut Counts,
        voice: Messages<'_>,
    ) {
        (voice.note)(&format!("leaving out {}, one at a time", counted(mutants.len(), "rule")));
        let fates = in_parallel(jobs, mutants, |mutant| {
            let fate = self.result(builder, mutant);
            (voice.say)(&mutant.line(&fate));
            fate
        });
        for fate in fates {
            let is_tried = !matches!(fate, MutantResult::Nowhere { in_range: false });
            counts.mutants += usize::from(is_tried);
            counts.unnoticed += usize::from(is_tried && !matches!(fate, MutantResult::Noticed(_)));
        }
    }

    /// Runs cases without the rule until one fails: those of the rule's own plugin first, newest
    /// first.
    fn result(&self, builder: &ProgramBuilder, mutant: &Mutant<'_>) -> MutantResult {
        let mut woven: Vec<(&Case, &Observed)> = Vec::new();
        for (case, seen) in self.cases.iter().zip(self.observed).rev() {
            if let Ok((observed, _)) = seen
                && observed.rules.iter().any(|(plugin, line)| mutant.is(plugin, *line))
            {
                woven.push((case, observed));
            }
        }
        if woven.is_empty() {
            return MutantResult::Nowhere { in_range: mutant.is_in_range(self.cases) };
        }
        woven.sort_by_key(|(case, _)| case.program.plugin != mutant.plugin);
        let bundle = mutant.left_out_of(self.bundle);
        // One case of each program comes first: another version rarely shows more.
        let mut programs = BTreeSet::new();
        let (first, others): (Vec<_>, Vec<_>) =
            woven.iter().partition(|(case, _)| programs.insert(&case.program.title));
        for (case, before) in first.into_iter().chain(others) {
            match self.noticed(builder, case, &bundle, before) {
                Err(error) => return MutantResult::Unknown(format!("{}: {error:#}", case.columns())),
                Ok(Some(what)) => return MutantResult::Noticed(format!("{}: {what}", case.key().join(" "))),
                Ok(None) => {}
            }
        }
        MutantResult::Unnoticed(woven.len())
    }

    /// The difference in a case without the rule; `None` if there is none.
    fn noticed(
        &self,
        builder: &ProgramBuilder,
        case: &Case,
        without: &Bundle,
        before: &Observed,
    ) -> anyhow::Result<Option<String>> {
        let what = match builder.observe(case, without, Some(&before.plain)) {
            Err(error) if error.is::<NotBuilt>() => "the program does not build".to_owned(),
            Err(error) => return Err(error),
            Ok((now, _)) => match verdict::difference(case, before, &now) {
                Some(what) if now.trouble.is_empty() => return Ok(Some(what)),
                Some(what) => what,
                None => return Ok(None),
            },
        };
        // A full disk keeps programs from being built too, so the same build must succeed with the
        // rule, here and now.
        let now = builder.observe_again(case, self.bundle, &before.plain).context("with all rules")?;
        match now.trouble.first() {
            Some(trouble) => anyhow::bail!("with all rules: {trouble}"),
            None => Ok(Some(what)),
        }
    }
}

impl Mutant<'_> {
    fn is(&self, plugin: &str, line: u32) -> bool {
        self.plugin == plugin && self.rule.line == line
    }

    /// Returns true if the rule would apply to a version with which some case runs, if its package
    /// were in the build; also if no case determines the version of its module, since then a case
    /// is missing.
    fn is_in_range(&self, cases: &[Case]) -> bool {
        let mut known = cases.iter().filter_map(|case| self.admits(case)).peekable();
        known.peek().is_none() || known.any(|admits| admits)
    }

    fn admits(&self, case: &Case) -> Option<bool> {
        let go = Version::parse(&case.go)?;
        // Packages that a build chooses have no version.
        let version = match self.target.reach {
            Reach::Package => Some(case.version(&self.home)?),
            _ => None,
        };
        Some(self.rule.admits(&self.target.versions, version.as_ref(), &go))
    }

    fn left_out_of(&self, bundle: &Bundle) -> Bundle {
        let mut bundle = bundle.clone();
        for plugin in bundle.plugins.iter_mut().filter(|plugin| plugin.name == self.plugin) {
            for target in plugin.targets.iter_mut().filter(|target| *target == self.target) {
                target.rules.retain(|rule| rule.line != self.rule.line);
            }
        }
        bundle
    }

    /// The title, `net_http/conn`.
    fn title(&self) -> String {
        format!("{}/{}", self.plugin, self.rule.name)
    }

    fn line(&self, fate: &MutantResult) -> String {
        let title = format!("without {} ({}.gorule:{})", self.title(), self.plugin, self.rule.line);
        match fate {
            MutantResult::Unknown(why) => format!("FAILED  {title}: {why}"),
            MutantResult::Noticed(by) => format!("noticed {title}: by {by}"),
            MutantResult::Unnoticed(runs) => format!(
                "FAILED  {title}: no test notices, though {} it woven in; add a program that needs the rule",
                if *runs == 1 { "one run has".to_owned() } else { format!("{runs} runs have") }
            ),
            MutantResult::Nowhere { in_range: true } => {
                format!(
                    "FAILED  {title}: no program's build has {} in it; add one that does",
                    self.target.package
                )
            }
            MutantResult::Nowhere { in_range: false } => {
                format!("skipped {title}: no tested version is in its range; see --versions and --go")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::program::TestProgram;
    use super::*;
    use crate::{codegen, syntax};

    #[test]
    fn only_the_version_of_the_rules_own_module_says_whether_it_is_in_range() {
        let text = "plugin p {\n    target \"a.b/lib/sub\" [2.0.0, ) {\n        rule one {\n            func F\n            \
                    enter { _ = 1 }\n        }\n    }\n}\n";
        let source = syntax::decode("p.gorule", text.as_bytes().to_vec()).unwrap();
        let plugin = codegen::lower(&syntax::parse(&source).unwrap().file, text).unwrap();
        let target = &plugin.targets[0];
        let home = Home::Module("a.b/lib".to_owned());
        let mutant = Mutant { plugin: "p", target, rule: &target.rules[0], home };
        let case = |module: &str, tag: &str, get: &str| Case {
            program: Arc::new(TestProgram { gets: vec![get.to_owned()], ..TestProgram::default() }),
            module: Some((module.to_owned(), tag.to_owned())),
            go: "go1.27.0".to_owned(),
        };
        assert!(!mutant.is_in_range(&[case("a.b/lib", "v1.9.0", "")]));
        assert!(mutant.is_in_range(&[case("a.b/lib", "v1.9.0", ""), case("a.b/lib", "v2.0.0", "")]));
        // Other modules have versions of their own.
        assert!(!mutant.is_in_range(&[case("a.b/lib", "v1.9.0", ""), case("a.b/other", "v3.0.0", "")]));
        assert!(!mutant.is_in_range(&[case("a.b/other", "v3.0.0", "a.b/lib@v1.0.0")]));
        assert!(mutant.is_in_range(&[case("a.b/other", "v1.0.0", "a.b/lib@v2.1.0")]));
        // No case has tried it: one must be added.
        assert!(mutant.is_in_range(&[case("a.b/other", "v1.0.0", "")]));
    }
}
