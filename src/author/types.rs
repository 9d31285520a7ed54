//! Templates through the real Go compiler: packages are built with the rules woven in, and what the compiler says is shown at
//! the place in the `.gorule` file.
//!
//! In: checked plugins as a bundle, the releases they were compared with. Out: findings. Each build is one of goagent's
//! own, by this very program, in a folder of its own with a module that requires nothing else. It is for the platform of this
//! machine, and for one of each rule that names others with `platforms`. What has compiled once is remembered by the digests of
//! rules, package and Go.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::bundle::{Bundle, Reach};
use crate::check::{Checked, Examined};
use crate::diagnostic::{Diagnostic, codes};
use crate::modules::{Home, Modules, Release};
use crate::platform::Platform;
use crate::store::{save, use_file};
use crate::syntax::ast::Rule;
use crate::version::Version;
use crate::{embedded, weave};

use super::once::{Built, Mistake, once};
use super::scratch::{Entry, Scratch};
use super::{releases, wide};

/// What is compiled.
pub struct Subjects<'a> {
    /// The plugins as they are written.
    pub checked: &'a [Checked],
    /// The same compiled.
    pub bundle: &'a Bundle,
    /// Rules and the releases in which they hold.
    pub examined: &'a [Examined],
    /// Go sources.
    pub modules: &'a Modules<'a>,
    /// Where verdicts are remembered.
    pub folder: Utf8PathBuf,
    /// Every release, each with the oldest and the newest Go; else the ends, with the Go of this machine.
    pub every: bool,
}

/// One build: packages of one release, by one Go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Build {
    home: Home,
    release: Release,
    platform: Platform,
    /// What GOTOOLCHAIN is set to; `None`: it is left as it is.
    go: Option<String>,
    packages: Vec<String>,
}

/// Builds, and says what does not compile.
pub fn check(subjects: &Subjects<'_>) -> Vec<Diagnostic> {
    let mut built: Vec<Built> = Vec::new();
    let mut failed: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let host = subjects.modules.host();
    for build in builds(subjects) {
        let shown = build.shown(&host);
        match tried(subjects, &key(subjects, &build), || run(subjects, &build)) {
            Ok(entries) => {
                let of = build.packages.join(" ");
                built.push(Built { of, shown, entries: entries.into_iter().collect() });
            }
            Err(reason) => failed.entry((build.packages.join(", "), reason)).or_default().push(shown),
        }
    }
    let mistakes = once(&built);
    let mistakes = mistakes.iter().map(|one| {
        if one.entry.not_found() { elsewhere(subjects, &one.entry, &one.at) } else { mistake(subjects, one) }
    });
    let silent = failed.iter().map(|((package, reason), at)| not_checked(subjects, package, reason, at));
    mistakes.chain(silent).chain(wide::check(subjects)).collect()
}

/// What a build leaves out, each with whether its code does not compile; or in a line why there is none. Where nothing is left
/// out that is remembered, and not built again.
pub(super) fn tried(
    subjects: &Subjects<'_>,
    key: &str,
    build: impl FnOnce() -> anyhow::Result<BTreeSet<(bool, Entry)>>,
) -> Result<BTreeSet<(bool, Entry)>, String> {
    let key = subjects.folder.join(key);
    if use_file(&key) {
        return Ok(BTreeSet::new());
    }
    let entries =
        build().map_err(|error| format!("{error:#}").lines().next().unwrap_or_default().to_owned())?;
    if entries.is_empty() {
        let _ = save(&key, &true);
    }
    Ok(entries)
}

impl Subjects<'_> {
    /// The toolchains between which all others lie; `None`: that of this machine.
    pub(super) fn ends_of_go(&self) -> Vec<Option<String>> {
        if !self.every {
            return vec![None];
        }
        releases::ends_of_go(self.modules, None).into_iter().map(Some).collect()
    }
}

impl Build {
    fn shown(&self, host: &Platform) -> String {
        let what = match (&self.home, &self.go) {
            (Home::Std, _) => format!("Go {}", self.release.version),
            (Home::Module(path), Some(go)) => format!("{path} {} by {go}", self.release.name()),
            (Home::Module(path), None) => format!("{path} {}", self.release.name()),
        };
        if self.platform == *host { what } else { format!("{what} for {}", self.platform) }
    }
}

/// The platforms for which packages are built, so that each rule is in one of the builds.
fn platforms(subjects: &Subjects<'_>, packages: &[String]) -> BTreeSet<Platform> {
    let host = subjects.modules.host();
    let targets = subjects.bundle.plugins.iter().flat_map(|plugin| &plugin.targets);
    let rules = targets.filter(|target| packages.contains(&target.package)).flat_map(|target| &target.rules);
    let own: BTreeSet<Platform> = rules.map(|rule| compiled_for(rule.platforms.iter(), &host)).collect();
    own.into_iter().chain([host]).collect()
}

/// The platform that a rule is compiled for: this machine's, or the first of those that it names where that is none of them.
fn compiled_for<'a>(mut named: impl Iterator<Item = &'a Platform> + Clone, host: &Platform) -> Platform {
    let processor = host.processor.as_deref().unwrap_or_default();
    match named.clone().next() {
        Some(first) if !named.any(|one| one.holds(&host.system, processor)) => first.usual(),
        _ => host.clone(),
    }
}

/// The builds that decide: which packages of which releases, by which Go.
fn builds(subjects: &Subjects<'_>) -> Vec<Build> {
    let mut packages: BTreeMap<(&Home, &Release), BTreeSet<&str>> = BTreeMap::new();
    for one in subjects.examined {
        let Some(home) = &one.home else { continue };
        for verdict in one.verdicts.iter().filter(|verdict| verdict.problems.is_empty()) {
            packages.entry((home, &verdict.release)).or_default().insert(&one.package);
        }
    }
    let local = subjects.modules.go_version();
    let ends: BTreeSet<(&Home, &Release)> = packages
        .keys()
        .filter(|(home, release)| {
            let mut same = packages.keys().filter(|(other, _)| other == home);
            let first = same.clone().next().is_some_and(|(_, lowest)| lowest == release);
            let last = same.next_back().is_some_and(|(_, highest)| highest == release);
            if **home == Home::Std { release.version == *local } else { first || last }
        })
        .copied()
        .collect();
    let mut out = Vec::new();
    for ((home, release), names) in &packages {
        if !subjects.every && !ends.contains(&(*home, *release)) {
            continue;
        }
        let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        names.retain(|name| subjects.modules.package(home, name, release).is_ok());
        let platforms = platforms(subjects, &names);
        for go in toolchains(subjects, home, release) {
            for platform in platforms.clone() {
                let (home, release) = ((*home).clone(), (*release).clone());
                out.push(Build { home, release, platform, go: go.clone(), packages: names.clone() });
            }
        }
    }
    out
}

/// The toolchains for a release.
fn toolchains(subjects: &Subjects<'_>, home: &Home, release: &Release) -> Vec<Option<String>> {
    if !subjects.every {
        return vec![None];
    }
    if *home == Home::Std {
        return vec![Some(release.name().to_owned())];
    }
    releases::ends_of_go(subjects.modules, Some((home, release))).into_iter().map(Some).collect()
}

/// What a verdict is about: the rules, the weaver, the module that templates call, the sources of the packages, Go's minor version,
/// the platform.
fn key(subjects: &Subjects<'_>, build: &Build) -> String {
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
    let (major, minor) = go.unwrap_or_else(|| subjects.modules.go_version().clone()).minor();
    hasher.update(format!("{major}.{minor} {}", build.platform).as_bytes());
    format!("types-{}", hasher.finalize().to_hex())
}

/// Runs goagent in a scratch module.
fn run(subjects: &Subjects<'_>, build: &Build) -> anyhow::Result<BTreeSet<(bool, Entry)>> {
    let scratch = Scratch::new("module gorule.types\n", build.go.as_deref(), subjects.modules.offline())?
        .on(&build.platform);
    if let Home::Module(_) = &build.home {
        let at = |package: &String| format!("{package}@{}", build.release.tag);
        scratch.get(&build.packages.iter().map(at).collect::<Vec<_>>())?;
    }
    let mut packages: Vec<&str> = build.packages.iter().map(String::as_str).collect();
    packages.extend(main_with_ports(subjects, build, scratch.dir())?);
    let said = scratch.weave(&subjects.bundle.encode()?, &packages)?;
    let lost: Vec<Entry> =
        said.skipped.iter().filter(|entry| is_lost(subjects, build, entry)).cloned().collect();
    Ok(said.missing().chain(lost.into_iter().map(|entry| (false, entry))).collect())
}

/// Whether a rule finds no function in the very build that it is to be compiled in.
fn is_lost(subjects: &Subjects<'_>, build: &Build, entry: &Entry) -> bool {
    let here = |rule: &Rule| {
        let named = rule.platforms.iter().map(|one| &one.node);
        compiled_for(named, &subjects.modules.host()) == build.platform
    };
    entry.not_found()
        && build.packages.contains(&entry.package)
        && rule_of(subjects, entry).is_some_and(|(_, rule)| here(rule))
}

/// The rule that an entry is about.
fn rule_of<'a>(subjects: &Subjects<'a>, entry: &Entry) -> Option<(&'a Checked, &'a Rule)> {
    let one = subjects.checked.iter().find(|one| one.file().plugin.name.node == entry.plugin)?;
    let mut rules = one.file().plugin.targets.iter().flat_map(|target| &target.rules);
    Some((one, rules.rfind(|rule| Some(&rule.name.node) == entry.rule.as_ref())?))
}

/// What is said of a rule whose function is in no file of the build.
fn elsewhere(subjects: &Subjects<'_>, entry: &Entry, at: &[String]) -> Diagnostic {
    let rule = entry.rule.clone().unwrap_or_default();
    let reason = format!("rule `{rule}` has no function in the build that it is compiled in");
    let found = Diagnostic::new(&codes::types::TYPES_NOT_CHECKED)
        .with("package", &entry.package)
        .with("reason", reason);
    let found = match rule_of(subjects, entry) {
        Some((one, rule)) => found.at(one.source(), rule.name.span.clone(), ""),
        None => found,
    };
    found
        .note(format!("it was tried with {}", crate::check::shown(at)))
        .help("say with `platforms` what the rule is for, first a platform whose build has the function: it is compiled for that")
}

/// Bodies of ports stand in package main: one that imports the packages is built too.
fn main_with_ports(
    subjects: &Subjects<'_>,
    build: &Build,
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

pub(super) fn mistake(subjects: &Subjects<'_>, mistake: &Mistake) -> Diagnostic {
    let Mistake { woven, entry, at, not_at } = mistake;
    let text = entry.text();
    let mut found = if *woven {
        Diagnostic::new(&codes::types::NOT_COMPILED).with("message", text)
    } else {
        let rule = entry.rule.clone().unwrap_or_default();
        Diagnostic::new(&codes::types::NOT_WOVEN).with("rule", rule).with("reason", text)
    };
    let plugin = subjects.checked.iter().find(|one| one.file().plugin.name.node == entry.plugin);
    if let Some(one) = plugin.or(subjects.checked.first()) {
        let rule = || rule_of(subjects, entry).map(|(_, rule)| rule.name.span.clone());
        let place = offset(&entry.place, &one.source().text).or_else(rule);
        let place = place.unwrap_or_else(|| one.file().plugin.name.span.clone());
        found = found.at(one.source(), place, "");
    }
    let with = crate::check::shown(at);
    let found = found.note(if not_at.is_empty() {
        format!("compiled with {with}")
    } else {
        format!("compiled with {with}; it does not show with {}", crate::check::shown(not_at))
    });
    if *woven {
        found.help(
            "mend the Go text; it stands inside of the package and sees what the package's own files see",
        )
    } else {
        found.help("write the rule in another way, or narrow it with `versions`")
    }
}

pub(super) fn not_checked(subjects: &Subjects<'_>, package: &str, reason: &str, at: &[String]) -> Diagnostic {
    let found =
        Diagnostic::new(&codes::types::TYPES_NOT_CHECKED).with("package", package).with("reason", reason);
    let targets =
        subjects.checked.iter().flat_map(|one| one.file().plugin.targets.iter().map(move |t| (one, t)));
    let mut named = targets.filter(|(_, target)| package.split(", ").any(|name| name == target.package.node));
    let found = match named.next() {
        Some((one, target)) => found.at(one.source(), target.package.span.clone(), ""),
        None => found,
    };
    found
        .note(format!("it was tried with {}", crate::check::shown(at)))
        .help("see that `go build` of the package works on this machine, and try again")
}

/// `gin.gorule:14:20` → the word at that place.
fn offset(place: &str, text: &str) -> Option<std::ops::Range<usize>> {
    let mut parts = place.rsplit(':');
    let column: usize = parts.next()?.parse().ok()?;
    let line: usize = parts.next()?.parse().ok()?;
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let start = start + column.checked_sub(1)?;
    let rest = text.get(start..)?;
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    Some(start..start + word.max(1).min(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::offset;

    #[test]
    fn a_place_is_a_word_of_the_text() {
        let text = "one\ntwo three\n";
        assert_eq!(offset("p.gorule:2:5", text).map(|range| &text[range]), Some("three"));
        assert_eq!(offset("p.gorule:2:4", text).map(|range| &text[range]), Some(" "));
        assert_eq!(offset("p.gorule:9:1", text), Some(14..14));
        assert_eq!(offset("p.gorule", text), None);
        assert_eq!(offset("p.gorule:0:0", text), None);
    }
}
