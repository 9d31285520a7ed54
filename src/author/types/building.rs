//! Makes one build of packages with the rules woven in, by goagent in a scratch module.
//!
//! In: rules, and a release with a Go and a platform. Out: the entries that the build left out, or
//! the reason why there is no build. A build that left nothing out is remembered and not made
//! again.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::super::scratch::{MissingCause, MissingItem, Scratch, missing};
use super::findings::rule_of;
use super::subjects::Subjects;
use crate::bundle::Reach;
use crate::modules::{self, Home, Release};
use crate::platform::Platform;
use crate::store::{save, use_file};
use crate::syntax::ast::Rule;
use crate::version::Version;
use crate::{embedded, weave};

/// The entries that a build leaves out, or the reason why there is no build. If nothing is left
/// out, that is remembered, and the build is not made again.
pub(super) fn tried(
    subjects: &Subjects<'_>,
    key: &str,
    build: impl FnOnce() -> Result<BTreeSet<MissingItem>, NoBuild>,
) -> Result<BTreeSet<MissingItem>, NoBuild> {
    let key = subjects.folder.join(key);
    if use_file(&key) {
        return Ok(BTreeSet::new());
    }
    let entries = build()?;
    if entries.is_empty() {
        let _ = save(&key, &true);
    }
    Ok(entries)
}

impl TrialBuild {
    pub(in crate::author) fn describe(&self, host: &Platform) -> String {
        let what = match (&self.home, &self.go) {
            (Home::Std, _) => format!("Go {}", self.release.version),
            (Home::Module(path), Some(go)) => format!("{path} {} by {go}", self.release.name()),
            (Home::Module(path), None) => format!("{path} {}", self.release.name()),
        };
        if self.platform == *host { what } else { format!("{what} for {}", self.platform) }
    }
}

/// The platforms for which packages are built, so that each rule is in one of the builds.
pub(super) fn platforms(subjects: &Subjects<'_>, packages: &[String]) -> BTreeSet<Platform> {
    let host = subjects.modules.host();
    let targets = subjects.bundle.plugins.iter().flat_map(|plugin| &plugin.targets);
    let rules = targets.filter(|target| packages.contains(&target.package)).flat_map(|target| &target.rules);
    let own: BTreeSet<Platform> = rules.map(|rule| compiled_for(rule.platforms.iter(), &host)).collect();
    own.into_iter().chain([host]).collect()
}

/// The platform that a rule is compiled for: this machine's, or, if that is none of those that it
/// names, the first of them.
fn compiled_for<'a>(mut named: impl Iterator<Item = &'a Platform> + Clone, host: &Platform) -> Platform {
    let processor = host.processor.as_deref().unwrap_or_default();
    match named.clone().next() {
        Some(first) if !named.any(|one| one.holds(&host.system, processor)) => first.usual(),
        _ => host.clone(),
    }
}

/// The key of a verdict, a digest of what it depends on: the rules, the weaver, the module that
/// templates call, the sources of the packages, the release (which stands for its go.mod and
/// requirements), Go, the platform.
pub(super) fn key(subjects: &Subjects<'_>, build: &TrialBuild) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&weave::REVISION.to_le_bytes()).update(embedded::runtime_digest().as_bytes());
    let mut bundle = subjects.bundle.clone();
    for plugin in &mut bundle.plugins {
        plugin.targets.retain(|t| t.reach == Reach::Package && build.packages.contains(&t.package));
    }
    bundle.plugins.retain(|plugin| !plugin.targets.is_empty());
    hasher.update(&bundle.encode().unwrap_or_default());
    for package in &build.packages {
        let source = subjects.modules.package(&build.home, package, &build.release);
        hasher
            .update(package.as_bytes())
            .update(source.map(|s| s.digest().to_owned()).unwrap_or_default().as_bytes());
    }
    let go = build.go.as_deref().and_then(Version::parse);
    let go = go.as_ref().unwrap_or_else(|| subjects.modules.go_version());
    hasher.update(format!("{} {go} {}", build.release.tag, build.platform).as_bytes());
    format!("types-{}", hasher.finalize().to_hex())
}

/// Runs goagent in a scratch module.
pub(super) fn run(subjects: &Subjects<'_>, build: &TrialBuild) -> Result<BTreeSet<MissingItem>, NoBuild> {
    let scratch = Scratch::new("module gorule.types\n", build.go.as_deref(), subjects.modules.offline())?
        .on(&build.platform);
    if let Home::Module(_) = &build.home {
        let at = |package: &String| format!("{package}@{}", build.release.tag);
        get(&scratch, &build.packages.iter().map(at).collect::<Vec<_>>())?;
    }
    let mut packages: Vec<&str> = build.packages.iter().map(String::as_str).collect();
    packages.extend(main_with_ports(subjects, build, scratch.dir())?);
    let bundle = subjects.bundle.encode().map_err(anyhow::Error::from)?;
    let report = scratch.weave(&bundle, &packages).map_err(|error| plainly(&scratch, &packages, error))?;
    let counts = |entry: &MissingItem| entry.is_missed() || is_lost(subjects, build, entry);
    Ok(missing(report).filter(counts).collect())
}

/// Adds requirements to the module. A release that nobody can have, or that needs a newer Go,
/// cannot be built.
pub(super) fn get(scratch: &Scratch, wanted: &[String]) -> Result<(), NoBuild> {
    scratch.get(wanted).map_err(|error| {
        let refusal = NoBuild::from(error);
        NoBuild { of_release: modules::is_of_release(&refusal.reason), ..refusal }
    })
}

/// The reason for which a woven build failed: the packages may not compile without the rules
/// either.
pub(super) fn plainly(scratch: &Scratch, packages: &[&str], error: anyhow::Error) -> NoBuild {
    let words: Vec<&str> = std::iter::once("build").chain(packages.iter().copied()).collect();
    let plain = scratch.run_go(&words).err().map(NoBuild::from);
    match plain.filter(|plain| is_in_source(&plain.reason)) {
        Some(plain) => {
            let reason = format!("its own source does not compile: {}", plain.reason);
            NoBuild { reason, of_release: true }
        }
        None => error.into(),
    }
}

/// Returns true if an error is about a line of Go source.
fn is_in_source(reason: &str) -> bool {
    let mut places = reason.split(".go:").skip(1);
    places.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Returns true if a rule has no function in the very build in which it is to be compiled.
fn is_lost(subjects: &Subjects<'_>, build: &TrialBuild, entry: &MissingItem) -> bool {
    let here = |rule: &Rule| {
        let named = rule.platforms.iter().map(|one| &one.node);
        compiled_for(named, &subjects.modules.host()) == build.platform
    };
    entry.cause == MissingCause::NoFunction
        && build.packages.contains(&entry.package)
        && rule_of(subjects, entry).is_some_and(|(_, rule)| here(rule))
}

/// Adds a package main that imports the packages with ports, whose bodies are in package main;
/// `None` if there are none.
fn main_with_ports(
    subjects: &Subjects<'_>,
    build: &TrialBuild,
    dir: &Utf8Path,
) -> anyhow::Result<Option<&'static str>> {
    let targets = subjects.bundle.plugins.iter().flat_map(|plugin| &plugin.targets);
    let with_ports = targets.filter(|target| !target.ports.is_empty()).map(|target| target.package.as_str());
    let can_be_imported = |package: &&str| !package.split('/').any(|part| part == "internal");
    let wanted: BTreeSet<&str> = with_ports
        .filter(|package| build.packages.iter().any(|built| built == package))
        .filter(can_be_imported)
        .collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    let imports: Vec<String> = wanted.iter().map(|package| format!("import _ {package:?}\n")).collect();
    fs_err::write(dir.join("main.go"), format!("package main\n\n{}\nfunc main() {{}}\n", imports.concat()))?;
    Ok(Some("."))
}

/// One build: packages of one release, with one Go, for one platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::author) struct TrialBuild {
    pub home: Home,
    pub release: Release,
    pub platform: Platform,
    /// The value of GOTOOLCHAIN; `None` leaves it as it is.
    pub go: Option<String>,
    pub packages: Vec<String>,
}

/// The reason for which there is no build.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::author) struct NoBuild {
    /// The reason, in one line.
    pub reason: String,
    /// True if the release itself cannot be built, even without rules.
    pub of_release: bool,
}

impl From<anyhow::Error> for NoBuild {
    fn from(error: anyhow::Error) -> Self {
        let reason = format!("{error:#}").lines().next().unwrap_or_default().to_owned();
        Self { reason, of_release: false }
    }
}

impl From<std::io::Error> for NoBuild {
    fn from(error: std::io::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::is_in_source;

    #[test]
    fn a_compiler_names_a_line() {
        assert!(is_in_source("../pkg/mod/example.com/lib@v1.0.0/lib.go:3:5: undefined: x"));
        assert!(!is_in_source("build cache is disabled by GOCACHE=off, but required as of Go 1.12"));
        assert!(!is_in_source("open /tmp/lib.go: permission denied"));
    }
}
