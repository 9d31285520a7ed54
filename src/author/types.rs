//! Templates through the real Go compiler: packages are built with the rules woven in, and what the compiler says is shown at
//! the place in the `.gorule` file.
//!
//! In: checked plugins as a bundle, the releases they were compared with. Out: findings. Each build
//! is one of goagent's own, by this very program, in a folder of its own with a module that
//! requires nothing else. It is for the platform of this machine, and for one of each rule that
//! names others with `platforms`. Which builds there are is decided in `attempts`. What has
//! compiled once is remembered by the digests of rules and package, the release and Go.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::bundle::{Bundle, Reach};
use crate::check::{Checked, Examined};
use crate::diagnostic::{Diagnostic, codes};
use crate::modules::{self, Home, Modules};
use crate::platform::Platform;
use crate::store::{save, use_file};
use crate::syntax::ast::Rule;
use crate::version::Version;
use crate::{embedded, weave};

use super::attempts::{Attempt, Build, Refusal, attempts};
use super::once::{BuildFindings, Mistake, once};
use super::scratch::{Missing, MissingCause, Scratch, missing};
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

/// What compiling the templates gave.
#[derive(Debug, Default)]
pub struct Compilation {
    /// What does not compile, or could not be compiled.
    pub findings: Vec<Diagnostic>,
    /// The builds of packages that rules name.
    pub(super) attempts: Vec<Attempt>,
    /// The programs with functions for rules for many packages: what they were compiled with.
    pub programs: Vec<String>,
}

/// Builds, and says what does not compile.
pub fn check(subjects: &Subjects<'_>) -> Compilation {
    let attempts = attempts(subjects);
    let mut built: Vec<BuildFindings> = Vec::new();
    let mut failed: BTreeMap<(String, &str), Vec<String>> = BTreeMap::new();
    let host = subjects.modules.host();
    for Attempt { build, result } in &attempts {
        match result {
            Ok(entries) => {
                let (of, shown) = (build.packages.join(" "), build.shown(&host));
                built.push(BuildFindings { of, shown, missing: entries.iter().cloned().collect() });
            }
            Err(why) if why.of_release => {}
            Err(why) => {
                failed.entry((build.packages.join(", "), &why.reason)).or_default().push(build.shown(&host));
            }
        }
    }
    let mistakes = once(&built);
    let mistakes = mistakes.iter().map(|one| {
        if one.missing.is_missed() {
            mistake(subjects, one)
        } else {
            elsewhere(subjects, &one.missing, &one.at)
        }
    });
    let silent = failed.iter().map(|((package, reason), at)| not_checked(subjects, package, reason, at));
    let mut findings: Vec<Diagnostic> = mistakes.chain(silent).collect();
    findings.extend(never_built(subjects, &attempts));
    let mut out = Compilation { findings, attempts, programs: Vec::new() };
    wide::check(subjects, &mut out);
    out
}

/// Reports each package none of whose releases can be built.
fn never_built(subjects: &Subjects<'_>, attempts: &[Attempt]) -> Vec<Diagnostic> {
    let host = subjects.modules.host();
    let rules = subjects.examined.iter().filter(|one| one.home.is_some() && !one.verdicts.is_empty());
    let packages: BTreeSet<&str> = rules.map(|one| one.package.as_str()).collect();
    let word = |package: &str| {
        let has = |attempt: &&Attempt| attempt.build.packages.iter().any(|built| built == package);
        let of_it: Vec<&Attempt> = attempts.iter().filter(has).collect();
        if of_it.is_empty() || !of_it.iter().all(|attempt| attempt.is_unbuildable()) {
            return None;
        }
        let reason = of_it.iter().find_map(|attempt| attempt.result.as_ref().err());
        let at: Vec<String> = of_it.iter().map(|attempt| attempt.build.shown(&host)).collect();
        Some(not_checked(subjects, package, reason.map_or("", |why| &why.reason), &at))
    };
    packages.into_iter().filter_map(word).collect()
}

/// What a build leaves out; or why there is none. If nothing is left out that is remembered, and not
/// built again.
pub(super) fn tried(
    subjects: &Subjects<'_>,
    key: &str,
    build: impl FnOnce() -> Result<BTreeSet<Missing>, Refusal>,
) -> Result<BTreeSet<Missing>, Refusal> {
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
    pub(super) fn shown(&self, host: &Platform) -> String {
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

/// The platform that a rule is compiled for: this machine's, or the first of those that it names where that is none of them.
fn compiled_for<'a>(mut named: impl Iterator<Item = &'a Platform> + Clone, host: &Platform) -> Platform {
    let processor = host.processor.as_deref().unwrap_or_default();
    match named.clone().next() {
        Some(first) if !named.any(|one| one.holds(&host.system, processor)) => first.usual(),
        _ => host.clone(),
    }
}

/// What a verdict is about: the rules, the weaver, the module that templates call, the sources of
/// the packages, the release (its go.mod and what it requires count too), Go, the platform.
pub(super) fn key(subjects: &Subjects<'_>, build: &Build) -> String {
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
pub(super) fn run(subjects: &Subjects<'_>, build: &Build) -> Result<BTreeSet<Missing>, Refusal> {
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
    let counts = |entry: &Missing| entry.is_missed() || is_lost(subjects, build, entry);
    Ok(missing(report).filter(counts).collect())
}

/// Requires modules. A release that nobody can have, or that asks for a newer Go, cannot be built.
pub(super) fn get(scratch: &Scratch, wanted: &[String]) -> Result<(), Refusal> {
    scratch.get(wanted).map_err(|error| {
        let refusal = Refusal::from(error);
        Refusal { of_release: modules::is_of_release(&refusal.reason), ..refusal }
    })
}

/// Why a woven build failed: the packages may not compile without the rules either.
pub(super) fn plainly(scratch: &Scratch, packages: &[&str], error: anyhow::Error) -> Refusal {
    let words: Vec<&str> = std::iter::once("build").chain(packages.iter().copied()).collect();
    let plain = scratch.go(&words).err().map(Refusal::from);
    match plain.filter(|plain| is_in_source(&plain.reason)) {
        Some(plain) => {
            let reason = format!("its own source does not compile: {}", plain.reason);
            Refusal { reason, of_release: true }
        }
        None => error.into(),
    }
}

/// Whether a line of an error is about a line of Go source.
fn is_in_source(reason: &str) -> bool {
    let mut places = reason.split(".go:").skip(1);
    places.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a rule finds no function in the very build that it is to be compiled in.
fn is_lost(subjects: &Subjects<'_>, build: &Build, entry: &Missing) -> bool {
    let here = |rule: &Rule| {
        let named = rule.platforms.iter().map(|one| &one.node);
        compiled_for(named, &subjects.modules.host()) == build.platform
    };
    entry.cause == MissingCause::NoFunction
        && build.packages.contains(&entry.package)
        && rule_of(subjects, entry).is_some_and(|(_, rule)| here(rule))
}

/// The rule that an entry is about.
fn rule_of<'a>(subjects: &Subjects<'a>, entry: &Missing) -> Option<(&'a Checked, &'a Rule)> {
    let one = subjects.checked.iter().find(|one| one.file().plugin.name.node == entry.plugin)?;
    let mut rules = one.file().plugin.targets.iter().flat_map(|target| &target.rules);
    Some((one, rules.rfind(|rule| entry.item.as_ref().is_some_and(|item| item.is_rule(&rule.name.node)))?))
}

/// What is said of a rule whose function is in no file of the build.
fn elsewhere(subjects: &Subjects<'_>, entry: &Missing, at: &[String]) -> Diagnostic {
    let rule = entry.item.as_ref().map(ToString::to_string).unwrap_or_default();
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
    let Mistake { missing: entry, at, not_at } = mistake;
    let (text, woven) = (&entry.text, entry.cause == MissingCause::DoesNotCompile);
    let mut found = if woven {
        Diagnostic::new(&codes::types::NOT_COMPILED).with("message", text)
    } else {
        let rule = entry.item.as_ref().map(ToString::to_string).unwrap_or_default();
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
        format!("compiled with {with}; it compiles with {}", crate::check::shown(not_at))
    });
    if woven {
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
    use super::{is_in_source, offset};

    #[test]
    fn a_compiler_names_a_line() {
        assert!(is_in_source("../pkg/mod/example.com/lib@v1.0.0/lib.go:3:5: undefined: x"));
        assert!(!is_in_source("build cache is disabled by GOCACHE=off, but required as of Go 1.12"));
        assert!(!is_in_source("open /tmp/lib.go: permission denied"));
    }

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
