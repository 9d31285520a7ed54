//! Templates through the real Go compiler: packages are built with the rules woven in, and what the compiler says is shown at
//! the place in the `.gorule` file.
//!
//! In: checked plugins as a bundle, the releases they were compared with. Out: findings. Each build is one of goagent's
//! own, by this very program, in a folder of its own with a module that requires nothing else. What has compiled once is
//! remembered by the digests of rules, package and Go.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use crate::bundle::Bundle;
use crate::check::{Checked, Examined};
use crate::diagnostic::{Diagnostic, codes};
use crate::modules::{Home, Modules, Release};
use crate::store::{save, use_file};
use crate::version::Version;
use crate::{embedded, weave};

/// The word behind this program's name with which it is goagent.
pub const AS_GOAGENT: &str = "goagent";
/// The oldest Go that goagent works with.
const OLDEST: (u64, u64) = (1, 18);

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
    /// What GOTOOLCHAIN is set to; `None`: it is left as it is.
    go: Option<String>,
    packages: Vec<String>,
}

/// What goagent reports of a build, as far as it is of use here.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct Said {
    error: Option<String>,
    skipped: Vec<Entry>,
    faults: Vec<Entry>,
    fallbacks: Vec<Entry>,
    notes: Vec<String>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(default)]
struct Entry {
    package: String,
    plugin: String,
    rule: Option<String>,
    /// `gin.gorule:14:20`
    place: String,
    code: String,
    message: String,
    reason: String,
}

/// Builds, and says what does not compile.
pub fn check(subjects: &Subjects<'_>) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<(bool, Entry), Vec<String>> = BTreeMap::new();
    let mut failed: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for build in builds(subjects) {
        let key = subjects.folder.join(key(subjects, &build));
        if use_file(&key) {
            continue;
        }
        match run(subjects, &build) {
            Ok(said) => {
                let entries = found(said);
                if entries.is_empty() {
                    let _ = save(&key, &true);
                }
                for entry in entries {
                    seen.entry(entry).or_default().push(build.shown());
                }
            }
            Err(error) => {
                let reason = format!("{error:#}").lines().next().unwrap_or_default().to_owned();
                failed.entry((build.packages.join(", "), reason)).or_default().push(build.shown());
            }
        }
    }
    let mistakes = seen.iter().map(|((woven, entry), at)| mistake(subjects, *woven, entry, at));
    let silent = failed.iter().map(|((package, reason), at)| not_checked(subjects, package, reason, at));
    mistakes.chain(silent).collect()
}

impl Build {
    fn shown(&self) -> String {
        match (&self.home, &self.go) {
            (Home::Std, _) => format!("Go {}", self.release.version),
            (Home::Module(path), Some(go)) => format!("{path} {} by {go}", self.release.name()),
            (Home::Module(path), None) => format!("{path} {}", self.release.name()),
        }
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
        for go in toolchains(subjects, home, release) {
            let (home, release) = ((*home).clone(), (*release).clone());
            out.push(Build { home, release, go, packages: names.clone() });
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
    let wanted = subjects.modules.go_line(home, release).map_or(OLDEST, |line| line.minor().max(OLDEST));
    let all = subjects.modules.local_go();
    let able: Vec<&Release> = all.iter().filter(|go| go.version.minor() >= wanted).collect();
    // The last patch of the lowest minor version, and the newest of all.
    let oldest = able.first().map(|first| first.version.minor());
    let oldest = able.iter().rev().find(|go| Some(go.version.minor()) == oldest);
    let names: BTreeSet<&str> = oldest.into_iter().chain(able.last()).map(|go| go.name()).collect();
    names.into_iter().map(|name| Some(name.to_owned())).collect()
}

/// What a verdict is about: the rules, the weaver, the module that templates call, the sources of the packages, Go's minor version.
fn key(subjects: &Subjects<'_>, build: &Build) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&weave::REVISION.to_le_bytes()).update(embedded::runtime_digest().as_bytes());
    let mut bundle = subjects.bundle.clone();
    for plugin in &mut bundle.plugins {
        plugin.targets.retain(|target| build.packages.contains(&target.package));
    }
    bundle.plugins.retain(|plugin| !plugin.targets.is_empty());
    hasher.update(&bundle.encode().unwrap_or_default());
    for package in &build.packages {
        let source = subjects.modules.package(&build.home, package, &build.release);
        hasher.update(package.as_bytes()).update(source.map(|s| s.digest()).unwrap_or_default().as_bytes());
    }
    let go = build.go.as_deref().and_then(Version::parse);
    let (major, minor) = go.unwrap_or_else(|| subjects.modules.go_version().clone()).minor();
    hasher.update(format!("{major}.{minor}").as_bytes());
    format!("types-{}", hasher.finalize().to_hex())
}

/// Runs goagent in a scratch module.
fn run(subjects: &Subjects<'_>, build: &Build) -> anyhow::Result<Said> {
    let dir = tempfile::tempdir()?;
    let dir = Utf8Path::from_path(dir.path()).context("the temporary folder is not UTF-8")?;
    let (bundle, report) = (dir.join("types.gobundle"), dir.join("report.json"));
    fs_err::write(&bundle, subjects.bundle.encode()?)?;
    fs_err::write(dir.join("go.mod"), "module gorule.types\n")?;
    if let Home::Module(_) = &build.home {
        let mut get = command("go", dir, build, subjects.modules.offline());
        get.arg("get");
        get.args(build.packages.iter().map(|package| format!("{package}@{}", build.release.tag)));
        expect(get)?;
    }
    let program = std::env::current_exe()?;
    let program = program.to_str().context("this program's path is not UTF-8")?;
    let mut goagent = command(program, dir, build, subjects.modules.offline());
    goagent.args([AS_GOAGENT, "build", "--no-std", "--no-config"]);
    goagent.arg(format!("--bundle={bundle}")).arg(format!("--report=json:{report}"));
    goagent.args(&build.packages);
    expect(goagent)?;
    let said: Said = serde_json::from_slice(&fs_err::read(&report)?)?;
    match said.error {
        Some(error) => anyhow::bail!(error),
        None => Ok(said),
    }
}

fn command(program: &str, dir: &Utf8Path, build: &Build, offline: bool) -> Command {
    let mut command = Command::new(program);
    command.current_dir(dir).env("PWD", dir).stdin(Stdio::null());
    command.env("GOWORK", "off").env("GOFLAGS", "-mod=mod").env_remove("GOAGENT");
    command.envs(build.go.iter().map(|go| ("GOTOOLCHAIN", go)));
    command.envs(offline.then_some(("GOPROXY", "off")));
    command
}

fn expect(mut command: Command) -> anyhow::Result<()> {
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line =
            said.lines().find(|line| !line.starts_with("goagent:") && !line.starts_with("go: downloading"));
        anyhow::bail!("{}", line.unwrap_or("go says nothing of why").trim());
    }
    Ok(())
}

/// What is wrong, each with whether it was woven and did not compile. Functions for other platforms are not.
fn found(said: Said) -> Vec<(bool, Entry)> {
    let skipped =
        said.skipped.into_iter().filter(|entry| entry.code != "not_found").map(|entry| (false, entry));
    let faults = said.faults.into_iter().chain(said.fallbacks).map(|entry| (true, entry));
    let notes = said.notes.into_iter().map(|reason| (true, Entry { reason, ..Entry::default() }));
    skipped.chain(faults).chain(notes).collect()
}

fn mistake(subjects: &Subjects<'_>, woven: bool, entry: &Entry, at: &[String]) -> Diagnostic {
    let text = if entry.message.is_empty() { &entry.reason } else { &entry.message };
    let mut found = if woven {
        Diagnostic::new(&codes::types::NOT_COMPILED).with("message", text)
    } else {
        let rule = entry.rule.clone().unwrap_or_default();
        Diagnostic::new(&codes::types::NOT_WOVEN).with("rule", rule).with("reason", text)
    };
    let plugin = subjects.checked.iter().find(|one| one.file().plugin.name.node == entry.plugin);
    if let Some(one) = plugin.or(subjects.checked.first()) {
        let rules = one.file().plugin.targets.iter().flat_map(|target| &target.rules);
        let rule =
            rules.filter(|rule| Some(&rule.name.node) == entry.rule.as_ref()).map(|rule| &rule.name.span);
        let place =
            offset(&entry.place, &one.source().text).or_else(|| rule.into_iter().next_back().cloned());
        let place = place.unwrap_or_else(|| one.file().plugin.name.span.clone());
        found = found.at(one.source(), place, "");
    }
    let found = found.note(format!("compiled with {}", crate::check::shown(at)));
    if woven {
        found.help(
            "mend the Go text; it stands inside of the package and sees what the package's own files see",
        )
    } else {
        found.help("write the rule in another way, or narrow it with `versions`")
    }
}

fn not_checked(subjects: &Subjects<'_>, package: &str, reason: &str, at: &[String]) -> Diagnostic {
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
