//! Makes one build of packages with the rules woven in, by goagent in a scratch module.
//!
//! In: rules, and a release with a Go and a platform. Out: the entries that the build left out, or
//! the reason why there is no build.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::super::scratch::{MissingCause, MissingItem, Scratch, missing};
use super::findings::rule_of;
use super::kept::{BuildResult, buildable, tried};
use super::key;
use super::no_build::NoBuild;
use super::subjects::Subjects;
use crate::bundle::Bundle;
use crate::modules::{self, Home, Release};
use crate::platform::Platform;
use crate::store::{load, save, use_file};
use crate::syntax::ast::Rule;
use crate::version::Version;

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

/// The Go that a build is made with, and its platform.
fn go<'a>(subjects: &'a Subjects<'_>, build: &'a TrialBuild) -> (Version, &'a Platform) {
    let go = build.go.as_deref().and_then(Version::parse);
    (go.unwrap_or_else(|| subjects.modules.go_version().clone()), &build.platform)
}

/// Makes a build of packages, unless its result is remembered.
pub(super) fn made(subjects: &Subjects<'_>, build: &TrialBuild) -> BuildResult {
    let (go, platform) = go(subjects, build);
    let TrialBuild { home, release, packages, .. } = build;
    let bundle = key::relevant(subjects.bundle, packages, release, (&go, platform));
    let plain = key::of_release(subjects, (home, release), packages, (&go, platform));
    let key = key::of_packages(subjects, bundle.clone(), (home, release), packages, (&go, platform));
    buildable(subjects, &plain, || tried(subjects, &key, || run(subjects, build, &bundle)))
}

/// Runs goagent in a scratch module, with these rules.
fn run(subjects: &Subjects<'_>, build: &TrialBuild, bundle: &Bundle) -> BuildResult {
    let new = || -> anyhow::Result<Scratch> {
        let scratch = Scratch::new("module gorule.types\n", build.go.as_deref(), subjects.modules.offline())?;
        Ok(scratch.on(&build.platform))
    };
    let Home::Module(_) = &build.home else { return woven(subjects, build, bundle, &new()?) };
    let at = |package: &String| format!("{package}@{}", build.release.tag);
    let wanted: Vec<String> = build.packages.iter().map(at).collect();
    let requirements = subjects.folder.join(key::of_requirements(&wanted, &go(subjects, build).0));
    if use_file(&requirements)
        && let Ok(known) = load(&requirements)
    {
        let scratch = new()?;
        scratch.require(&known)?;
        // What was required may be gone from the module cache.
        if let Ok(found) = woven(subjects, build, bundle, &scratch) {
            return Ok(found);
        }
    }
    let scratch = new()?;
    get(&scratch, &wanted)?;
    let found = woven(subjects, build, bundle, &scratch)?;
    if let Ok(required) = scratch.requirements() {
        let _ = save(&requirements, &required);
    }
    Ok(found)
}

fn woven(subjects: &Subjects<'_>, build: &TrialBuild, bundle: &Bundle, scratch: &Scratch) -> BuildResult {
    let mut packages: Vec<&str> = build.packages.iter().map(String::as_str).collect();
    packages.extend(main_with_ports(bundle, build, scratch.dir())?);
    let bytes = bundle.encode().map_err(anyhow::Error::from)?;
    let report = if has_directives(subjects, bundle) {
        scratch.weave(&bytes, &packages)
    } else {
        scratch.check_types(&bytes, &packages)
    };
    let report = report.map_err(|error| plainly(scratch, &packages, error))?;
    let counts = |entry: &MissingItem| entry.is_missed() || is_lost(subjects, build, entry);
    Ok(missing(report).filter(counts).collect())
}

/// Returns true if a rule file may have a directive such as `//go:nosplit`, which the compiler
/// looks at after the types.
fn has_directives(subjects: &Subjects<'_>, bundle: &Bundle) -> bool {
    let is_built = |name: &str| bundle.plugins.iter().any(|plugin| plugin.name == name);
    let mut files = subjects.checked.iter().filter(|one| is_built(&one.file().plugin.name.node));
    files.any(|one| one.source().text.contains("//go:"))
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
    bundle: &Bundle,
    build: &TrialBuild,
    dir: &Utf8Path,
) -> anyhow::Result<Option<&'static str>> {
    let targets = bundle.plugins.iter().flat_map(|plugin| &plugin.targets);
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
