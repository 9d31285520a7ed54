//! Chooses the runs of a program: by version of the module under test and by Go.
//!
//! In: a plugin's ranges, the releases that are known, the Go toolchains on this machine. Out:
//! cases. By default these are the lowest and the highest release of each range, and the newest
//! published one, which the lock may not have yet, each with the oldest and the newest Go that its
//! go.mod admits. If a rule's own range has none of these, its highest release is added. For the
//! standard library the release is Go's.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::bundle::{Plugin, Reach, Target};
use crate::lock::Lock;
use crate::modules::{Home, Modules, Release};
use crate::version::{Version, VersionSet};

use super::super::releases;
use super::program::TestProgram;
use super::request::{TestRequest, instead};

/// The words that `--versions` accepts beside versions.
const VERSIONS: [&str; 3] = ["lowest", "highest", "newest"];
/// The words that `--go` accepts beside versions.
const GO: [&str; 3] = ["oldest", "newest", "local"];

/// A run of a program.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The program.
    pub program: Arc<TestProgram>,
    /// The module under test and the tag of its release; `None` for the standard library.
    pub module: Option<(String, String)>,
    /// The name of a Go toolchain.
    pub go: String,
}

impl Case {
    /// The title, the version and the Go.
    pub fn key(&self) -> Vec<&str> {
        let version = self.module.as_ref().map(|(_, tag)| tag.as_str());
        [Some(self.program.title.as_str()), version, Some(&self.go)].into_iter().flatten().collect()
    }

    /// The version that a home has in this case's build: Go's, that of the module under test, or
    /// that of a module that the program gets. `None` if the case does not determine it.
    pub fn version(&self, home: &Home) -> Option<Version> {
        let Home::Module(path) = home else { return Version::parse(&self.go) };
        let tested = self.module.as_ref().filter(|(module, _)| module == path).map(|(_, tag)| tag.as_str());
        let got =
            |get: &'_ String| get.strip_prefix(path.as_str())?.strip_prefix('@').and_then(Version::parse);
        tested.map_or_else(|| self.program.gets.iter().find_map(got), Version::parse)
    }

    /// The same words in columns.
    pub fn columns(&self) -> String {
        let version = self.module.as_ref().map_or("-", |(_, tag)| tag);
        format!("{:<24} {version:<10} {}", self.program.title, self.go)
    }
}

/// The choice of cases.
pub(super) struct CaseSelection<'a> {
    modules: &'a Modules<'a>,
    lock: &'a Lock,
    versions: &'a [String],
    go: &'a [String],
}

impl<'a> CaseSelection<'a> {
    pub fn new(request: &'a TestRequest, modules: &'a Modules<'a>, lock: &'a Lock) -> anyhow::Result<Self> {
        let (versions, go) = (&request.versions, &request.go);
        for (flag, words, names, example) in
            [("versions", versions, VERSIONS, "1.9.0"), ("go", go, GO, "go1.22.12")]
        {
            for word in words.iter().filter(|word| !names.contains(&word.as_str())) {
                let names = names.join(", ");
                anyhow::ensure!(
                    Version::parse(word).is_some(),
                    "--{flag} {word}: write {names} or a version such as {example}"
                );
            }
        }
        Ok(Self { modules, lock, versions, go })
    }

    /// The cases of one program.
    pub fn cases(&self, plugin: &Plugin, program: &Arc<TestProgram>) -> anyhow::Result<Vec<Case>> {
        match self.home(plugin, program)? {
            Home::Std => self.of_go(plugin, program),
            Home::Module(path) => self.of_module(plugin, &path, program),
        }
    }

    /// Advice for a program that has no case.
    pub fn why_none(&self) -> &'static str {
        if self.versions.is_empty() && self.go.is_empty() {
            "no version that it is for, with a Go on this machine that can build it; \
             `go env -w GOTOOLCHAIN=…` or GOTOOLCHAIN=go1.22.12 with any go command fetches one"
        } else {
            "it is for none of the versions that --versions and --go name"
        }
    }

    /// The home under test: the module that the program names, or the plugin's first module;
    /// without modules, the standard library.
    fn home(&self, plugin: &Plugin, program: &TestProgram) -> anyhow::Result<Home> {
        let mut homes = Vec::new();
        for target in &plugin.targets {
            homes.push(self.home_of_target(target)?);
        }
        if let Some((module, place)) = &program.module {
            let named = Home::from_text(module);
            let known: BTreeSet<String> = homes.iter().map(ToString::to_string).collect();
            anyhow::ensure!(
                homes.contains(&named),
                "{place}: plugin {} has no target in the module {module}; {}",
                plugin.name,
                instead(module, known.iter().map(String::as_str))
            );
            return Ok(named);
        }
        Ok(homes.into_iter().find(|home| *home != Home::Std).unwrap_or(Home::Std))
    }

    /// The home of a target. For targets of the user's packages only the Go that builds them has
    /// versions.
    pub fn home_of_target(&self, target: &Target) -> anyhow::Result<Home> {
        if target.reach == Reach::Package { self.home_of(&target.package) } else { Ok(Home::Std) }
    }

    fn home_of(&self, package: &str) -> anyhow::Result<Home> {
        match self.lock.package(package) {
            Some(locked) => Ok(Home::from_text(&locked.module)),
            None => self.modules.home(package).map_err(|trouble| anyhow::anyhow!("{package}: {trouble}")),
        }
    }

    fn of_go(&self, plugin: &Plugin, program: &Arc<TestProgram>) -> anyhow::Result<Vec<Case>> {
        let names: Vec<String> = if self.go.is_empty() {
            let chosen = self.chosen(plugin, &Home::Std, program.go.as_ref())?;
            chosen.iter().map(|release| release.name().to_owned()).collect()
        } else {
            let all = self.local_go(plugin)?;
            self.named_go(&all.iter().collect::<Vec<_>>(), program.go.as_ref())
        };
        Ok(names.into_iter().map(|go| Case { program: Arc::clone(program), module: None, go }).collect())
    }

    /// The toolchains on this machine that are in the range of a target.
    fn local_go(&self, plugin: &Plugin) -> anyhow::Result<Vec<Release>> {
        let mut all = self.modules.local_go();
        if plugin.targets.iter().all(|target| target.reach == Reach::Package) {
            let mut within = BTreeSet::new();
            for target in &plugin.targets {
                if self.home_of_target(target)? == Home::Std {
                    within.extend(all.iter().filter(|go| target.versions.contains(&go.version)).cloned());
                }
            }
            all.retain(|go| within.contains(go));
        }
        Ok(all)
    }

    fn of_module(
        &self,
        plugin: &Plugin,
        path: &str,
        program: &Arc<TestProgram>,
    ) -> anyhow::Result<Vec<Case>> {
        let home = Home::Module(path.to_owned());
        let mut cases = Vec::new();
        for release in self.chosen(plugin, &home, program.versions.as_ref())? {
            let admitted = releases::admitted(self.modules, Some((&home, &release)));
            let gos = if self.go.is_empty() {
                let admitted: Vec<&Release> =
                    admitted.iter().filter(|go| in_range(program.go.as_ref(), &go.version)).collect();
                releases::ends(&admitted).into_iter().map(|go| go.name().to_owned()).collect()
            } else {
                self.named_go(&admitted.iter().collect::<Vec<_>>(), program.go.as_ref())
            };
            let module = Some((path.to_owned(), release.tag.clone()));
            cases.extend(gos.into_iter().map(|go| Case {
                program: Arc::clone(program),
                module: module.clone(),
                go,
            }));
        }
        Ok(cases)
    }

    /// The toolchains that `--go` names, out of those that can be used.
    fn named_go(&self, able: &[&Release], range: Option<&VersionSet>) -> Vec<String> {
        let able: Vec<&Release> = able.iter().copied().filter(|go| in_range(range, &go.version)).collect();
        let ends = releases::ends(&able);
        let mut names = BTreeSet::new();
        for word in self.go {
            let found = match word.as_str() {
                "oldest" => ends.first().copied(),
                "newest" => ends.last().copied(),
                "local" => able.iter().find(|go| go.version == *self.modules.go_version()).copied(),
                text => {
                    let version = Version::parse(text);
                    able.iter().find(|go| Some(&go.version) == version.as_ref()).copied()
                }
            };
            names.extend(found.map(|go| go.name().to_owned()));
        }
        names.into_iter().collect()
    }

    /// The releases of a home with which a program is run.
    fn chosen(
        &self,
        plugin: &Plugin,
        home: &Home,
        range: Option<&VersionSet>,
    ) -> anyhow::Result<Vec<Release>> {
        let mut found: BTreeSet<Release> = BTreeSet::new();
        let mut all: BTreeSet<Release> = BTreeSet::new();
        for target in &plugin.targets {
            if target.reach != Reach::Package {
                // For the user's packages only the Go that builds them has versions.
                all.extend(self.modules.local_go().into_iter().filter(|_| *home == Home::Std));
                continue;
            }
            if self.home_of(&target.package)? != *home {
                continue;
            }
            let within = self.within(&target.package, &[&target.versions])?;
            found.extend(self.of_range(home, &within));
            found.extend(self.published(home, &target.versions));
            for own in target.rules.iter().filter_map(|rule| rule.versions.as_ref()) {
                if self.versions.is_empty() && !found.iter().any(|release| own.contains(&release.version)) {
                    found.extend(self.within(&target.package, &[&target.versions, own])?.pop());
                }
            }
            all.extend(within);
        }
        let fits = |release: &Release| in_range(range, &release.version);
        if self.versions.is_empty() && !found.iter().any(fits) {
            let within: Vec<Release> = all.into_iter().filter(fits).collect();
            return Ok(self.of_range(home, &within));
        }
        Ok(found.into_iter().filter(fits).collect())
    }

    /// The ends of a range, or those of its releases that `--versions` names.
    fn of_range(&self, home: &Home, within: &[Release]) -> Vec<Release> {
        let refs: Vec<&Release> = within.iter().collect();
        if *home == Home::Std {
            return releases::ends(&refs).into_iter().cloned().collect();
        }
        let words: Vec<&str> = self.versions.iter().map(String::as_str).collect();
        let words = if words.is_empty() { &VERSIONS[..] } else { &words[..] };
        let named = |word: &&str| match *word {
            "lowest" => within.first(),
            "highest" | "newest" => within.last(),
            text => {
                let version = Version::parse(text);
                within.iter().find(|release| Some(&release.version) == version.as_ref())
            }
        };
        words.iter().filter_map(named).cloned().collect()
    }

    /// The newest published release, if it is wanted: the lock may not have it yet.
    fn published(&self, home: &Home, range: &VersionSet) -> Option<Release> {
        let wanted = self.versions.is_empty() || self.versions.iter().any(|word| word == "newest");
        if *home == Home::Std || !wanted || self.modules.offline() {
            return None;
        }
        self.modules.releases(home, &[]).within(&[range]).last().map(|release| (*release).clone())
    }

    fn within(&self, package: &str, sets: &[&VersionSet]) -> anyhow::Result<Vec<Release>> {
        let found = releases::within(self.modules, self.lock, package, sets);
        found.map(|(_, releases)| releases).map_err(|why| anyhow::anyhow!(why))
    }
}

fn in_range(range: Option<&VersionSet>, version: &Version) -> bool {
    range.is_none_or(|range| range.contains(version))
}
