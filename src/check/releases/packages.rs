//! Which package and which releases a target speaks of.
//!
//! In: a target and what [`Modules`] knows. Out: the module that holds it, the releases to compare
//! with, or findings. Of a module: the ends of each interval and a few between, the same on every
//! machine; if published releases are not known, those in the module cache. Of Go: those on this
//! machine, or the highest published one if there is none of the range.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Help, SourceFile, codes};
use crate::modules::{Home, KnownReleases, LookupError, Modules, Release};
use crate::syntax::ast::{Import, Plugin, Reach, Rule, Spanned, Target};
use crate::version::{Interval, VersionSet};

use super::super::context::CheckContext;
use super::super::findings::Findings;
use super::super::text::names;
use super::super::wording::nearest_path;
use super::omitted::Omitted;
use super::{chosen, ranges};

/// Imports of the standard library that are not there. Those of other modules belong to the build.
pub(super) fn imports(plugin: &Plugin, modules: &Modules<'_>, findings: &mut Findings) {
    let local = modules.local_go();
    let Some(newest) = local.last() else { return };
    for import in plugin.imports.iter().filter(|import| names::why_not(import).is_none()) {
        let path = &import.path.node;
        if modules.home(path) != Ok(Home::Std) {
            findings.extend(named_otherwise(import, modules, findings.file()));
            continue;
        }
        if matches!(modules.package(&Home::Std, path, newest), Err(LookupError::Absent)) {
            let near = modules.siblings(&Home::Std, path, newest);
            findings.push(
                Diagnostic::new(&codes::packages::NO_IMPORT)
                    .with("path", format!("\"{path}\""))
                    .at(findings.file(), import.path.span.clone(), "")
                    .note(format!("compared with Go {}", newest.version))
                    .help(match nearest_path(path, &near) {
                        Some(near) => Help::did_you_mean_path(near),
                        None => {
                            "write a path of the standard library, or the whole path of a module's package"
                                .into()
                        }
                    }),
            );
        }
    }
}

/// Reports an import whose package has another name than its path suggests: Go code uses that name.
/// It changes no verdict, so nothing is downloaded for it.
fn named_otherwise(import: &Import, modules: &Modules<'_>, source: &Arc<SourceFile>) -> Option<Diagnostic> {
    if import.alias.is_some() {
        return None;
    }
    let path = &import.path.node;
    let home = modules.home(path).ok()?;
    let package = modules.package(&home, path, &modules.newest_here(&home)?).ok()?;
    let (name, assumed) = (package.name()?, names::name_of(import));
    (name != assumed).then(|| {
        Diagnostic::new(&codes::packages::IMPORT_NAME)
            .with("path", format!("\"{path}\""))
            .with("name", name)
            .with("assumed", assumed)
            .at(source, import.path.span.clone(), "")
            .help(Help::write(format!("{name} \"{path}\""), &format!("write `import {name} \"{path}\"`")))
    })
}

/// Reports a pattern below a folder of Go's own source: no package of a module fits it.
pub(super) fn pattern_of_go(target: &Target, modules: &Modules<'_>, findings: &mut Findings) {
    let first = target.package.node.split('/').next().filter(|_| target.reach == Reach::Pattern);
    let first = first.filter(|first| !first.contains('.') && modules.is_folder_of_go(first));
    if let Some(first) = first {
        findings.push(
            Diagnostic::new(&codes::ranges::PATTERN_OF_GO)
                .with("pattern", &target.package.node)
                .with("first", first)
                .at(findings.file(), target.package.span.clone(), "")
                .help(format!(
                    "write a target for each package, such as `target \"{first}\" [1.18, ) {{ … }}`, or a pattern of your own packages, such as \"example.com/app/...\""
                )),
        );
    }
}

/// The module of a target's package.
pub(super) fn home(target: &Target, context: &CheckContext<'_>, findings: &mut Findings) -> Option<Home> {
    let modules = context.modules;
    if let Some(locked) = context.lock.package(&target.package.node) {
        return Some(Home::from_text(&locked.module));
    }
    match modules.home(&target.package.node) {
        Ok(home) => Some(home),
        Err(why) => {
            let nowhere = Home::Module(String::new());
            let near = || modules.cached_modules();
            findings.push(trouble(&why, (&nowhere, &target.package), findings.file(), near));
            None
        }
    }
}

/// Reports that a package cannot be compared. `near` returns import paths to suggest if there is no
/// package of this path.
pub(super) fn trouble(
    why: &LookupError,
    (home, package): (&Home, &Spanned<String>),
    source: &Arc<SourceFile>,
    near: impl FnOnce() -> Vec<String>,
) -> Diagnostic {
    match why {
        LookupError::Absent => no_package(home, package, source, &near()),
        LookupError::Unavailable(why) => cannot_check(&package.node, why, package, source),
        LookupError::Renamed { module, package: instead } => renamed(package, (module, instead), source),
    }
}

/// The module has another path.
pub(super) fn renamed(
    package: &Spanned<String>,
    (module, instead): (&str, &str),
    source: &Arc<SourceFile>,
) -> Diagnostic {
    Diagnostic::new(&codes::packages::NO_PACKAGE)
        .with("package", &package.node)
        .with("where", format!(": the go.mod of its module declares the path {module}"))
        .at(source, package.span.clone(), "")
        .help(Help::did_you_mean_path(instead))
}

/// There is no such package.
pub(super) fn no_package(
    home: &Home,
    package: &Spanned<String>,
    source: &Arc<SourceFile>,
    near: &[String],
) -> Diagnostic {
    let place = match home {
        Home::Std => " in Go".to_owned(),
        Home::Module(path) if path.is_empty() => String::new(),
        Home::Module(path) => format!(" in module {path}"),
    };
    let help = match nearest_path(&package.node, near) {
        Some(near) => Help::did_you_mean_path(near),
        None => "write the import path as Go code writes it; major versions from 2 on are part of it, as in \
                 \"github.com/redis/go-redis/v9\""
            .into(),
    };
    Diagnostic::new(&codes::packages::NO_PACKAGE)
        .with("package", &package.node)
        .with("where", place)
        .at(source, package.span.clone(), "")
        .help(help)
}

/// It is not known whether it holds.
pub(super) fn cannot_check(
    what: &str,
    why: &str,
    package: &Spanned<String>,
    source: &Arc<SourceFile>,
) -> Diagnostic {
    let first = why.lines().next().unwrap_or_default();
    let help = if why.contains("--offline") {
        "leave out --offline, or bring the source to this machine first, with `go mod download MODULE@VERSION`"
    } else {
        "see that `go mod download` works on this machine (GOPROXY, network), and try again"
    };
    Diagnostic::new(&codes::packages::CANNOT_CHECK)
        .with("what", what)
        .with("reason", first)
        .at(source, package.span.clone(), "")
        .help(help)
}

/// The releases of a target's module.
pub(super) struct Versions<'a> {
    pub(super) known: KnownReleases,
    pub(super) home: &'a Home,
    pub(super) target: &'a Target,
    pub(super) modules: &'a Modules<'a>,
    pub(super) every: bool,
}

impl<'a> Versions<'a> {
    /// Finds the releases, and reports intervals that have none.
    pub(super) fn find(
        context: &'a CheckContext<'a>,
        home: &'a Home,
        target: &'a Target,
        findings: &mut Findings,
    ) -> Option<Self> {
        let modules = context.modules;
        let mut named = ranges::named(&[&target.versions.node]);
        for rule in &target.rules {
            named.extend(
                rule.versions.iter().flat_map(|set| ranges::named(&[&target.versions.node, &set.node])),
            );
        }
        let locked = context.lock.package(&target.package.node);
        let names = locked.iter().flat_map(|package| package.releases());
        let known = match locked {
            Some(_) if !context.every => modules.named(home, names.map(|(name, _, _)| name)),
            _ => {
                named.extend(names.map(|(_, version, _)| version));
                named.sort();
                named.dedup();
                modules.releases(home, &named)
            }
        };
        let versions = Self { known, home, target, modules, every: context.every };
        let empty: Vec<&Interval> =
            target.versions.node.intervals.iter().filter(|i| !versions.has(i)).collect();
        let all_empty = empty.len() == target.versions.node.intervals.len();
        let is_said = is_unsupported(&target.versions, findings);
        for interval in empty.into_iter().filter(|_| !is_said) {
            findings.push(versions.no_release(interval, &target.versions, all_empty, findings.file()));
        }
        (!all_empty).then_some(versions)
    }

    fn has(&self, interval: &Interval) -> bool {
        let set = VersionSet { intervals: vec![interval.clone()] };
        !self.to_check(&[&set]).is_empty()
    }

    /// The releases that rules of these ranges are compared with.
    pub(super) fn to_check(&self, sets: &[&VersionSet]) -> Vec<Release> {
        let mut found: Vec<Release> = Vec::new();
        for interval in all_intersections(sets) {
            let set = VersionSet { intervals: vec![interval] };
            let within = self.known.within(&[&set]);
            let local: Vec<Release> = within.iter().filter(|r| r.on_disk).map(|r| (*r).clone()).collect();
            let ends = within.first().into_iter().chain(within.last()).map(|r| (*r).clone());
            match self.home {
                _ if self.every => found.extend(self.all(&within)),
                Home::Std if !local.is_empty() => found.extend(local),
                Home::Std if self.modules.offline() => {}
                Home::Std => found.extend(within.last().map(|r| (*r).clone())),
                Home::Module(_) if self.modules.offline() => found.extend(local),
                Home::Module(_) if self.known.incomplete.is_some() => found.extend(ends.chain(local)),
                Home::Module(_) => found.extend(chosen::spread(&within).into_iter().cloned()),
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// All releases of these ranges.
    pub(super) fn range(&self, sets: &[&VersionSet]) -> Vec<&Release> {
        let set = VersionSet { intervals: all_intersections(sets) };
        let each = set.intervals.iter().map(|one| VersionSet { intervals: vec![one.clone()] });
        let mut found: Vec<&Release> = each.flat_map(|one| self.known.within(&[&one])).collect();
        found.sort();
        found.dedup();
        found
    }

    /// All of them; of Go's, the first and the last of each minor version.
    fn all(&self, within: &[&Release]) -> Vec<Release> {
        let minor = |at: usize| within.get(at).map(|release| release.version.minor());
        let is_end = |at: usize| at == 0 || minor(at - 1) != minor(at) || minor(at + 1) != minor(at);
        let wanted = within.iter().enumerate().filter(|(at, _)| *self.home != Home::Std || is_end(*at));
        wanted.map(|(_, release)| (*release).clone()).collect()
    }

    /// The releases that one rule applies to. If there are none, reports it and returns `None`.
    pub(super) fn for_rule(&self, rule: &Rule, findings: &mut Findings) -> Option<Vec<Release>> {
        if let Some(go) = &rule.go {
            self.go_range(go, findings);
        }
        let Some(own) = &rule.versions else { return Some(self.to_check(&[&self.target.versions.node])) };
        let found = self.to_check(&[&self.target.versions.node, &own.node]);
        if !own.node.meets(&self.target.versions.node) {
            return None; // reported without any Go source
        }
        if found.is_empty() {
            let is_said = is_unsupported(own, findings);
            for interval in own.node.intervals.iter().filter(|_| !is_said) {
                findings.push(self.no_release(interval, own, true, findings.file()));
            }
            return None;
        }
        Some(found)
    }

    /// A range of Go's own versions.
    fn go_range(&self, go: &Spanned<VersionSet>, findings: &mut Findings) {
        let known = self.modules.releases(&Home::Std, &[]);
        let is_empty = known.incomplete.is_none() && known.within(&[&go.node]).is_empty();
        if is_empty && !is_unsupported(go, findings) {
            let versions = Versions {
                known,
                home: &Home::Std,
                target: self.target,
                modules: self.modules,
                every: self.every,
            };
            for interval in &go.node.intervals {
                findings.push(versions.no_release(interval, go, true, findings.file()));
            }
        }
    }

    fn no_release(
        &self,
        interval: &Interval,
        written: &Spanned<VersionSet>,
        alone: bool,
        source: &Arc<SourceFile>,
    ) -> Diagnostic {
        let module = match self.home {
            Home::Std => "Go",
            Home::Module(path) => path.as_str(),
        };
        let set = VersionSet { intervals: vec![interval.clone()] };
        let exists_elsewhere = !self.known.within(&[&set]).is_empty();
        if exists_elsewhere || self.known.incomplete.is_some() {
            let reason = match &self.known.incomplete {
                Some(why) => why.lines().next().unwrap_or_default().to_owned(),
                None => "none of its releases is on this machine".to_owned(),
            };
            if alone {
                let what = format!("{interval} of {module}");
                let spot = Spanned { node: String::new(), span: written.span.clone() };
                return cannot_check(&what, &reason, &spot, source).note(self.have());
            }
            return Diagnostic::new(&codes::packages::NOT_CHECKED)
                .with("range", interval.to_string())
                .with("module", module)
                .at(source, written.span.clone(), "")
                .note(reason)
                .help("check it on a machine that can have these versions");
        }
        Diagnostic::new(&codes::packages::NO_RELEASE)
            .with("module", module)
            .with("range", interval.to_string())
            .at(source, written.span.clone(), "")
            .note(self.have())
            .maybe_help(self.other_module_help(interval).or_else(|| self.near(interval)))
    }

    /// Help for a range that may be another module's, or for a module without tagged releases.
    fn other_module_help(&self, interval: &Interval) -> Option<String> {
        let Home::Module(path) = self.home else { return None };
        if self.known.releases.iter().all(|release| release.version.is_pre_release()) {
            return Some("rules are for tagged releases, and this module has none".to_owned());
        }
        let (major, _) = interval.low.as_ref()?.version.minor();
        let last = path.rsplit(['/', '.']).next().unwrap_or_default();
        let has_major = last.strip_prefix('v').is_some_and(|rest| rest.parse::<u64>().is_ok());
        let newest = self.known.releases.iter().map(|release| release.version.minor().0).max()?;
        let near = self.near(interval).filter(|_| major > newest.max(1) && !has_major)?;
        Some(format!("{near}; major versions from 2 on are part of the path, as in \"{path}/v{major}\""))
    }

    /// Which releases there are, in a few words.
    fn have(&self) -> String {
        let stable = self.known.releases.iter().filter(|r| !r.version.is_pre_release());
        let all: Vec<String> = stable.map(|r| r.version.to_string()).collect();
        match all.as_slice() {
            [] => "no release is known".to_owned(),
            [one] => format!("the one release that is known is {one}"),
            [first, .., last] => format!("{} releases are known, from {first} to {last}", all.len()),
        }
    }

    /// The releases next to a range.
    fn near(&self, interval: &Interval) -> Option<String> {
        let stable: Vec<&Release> =
            self.known.releases.iter().filter(|r| !r.version.is_pre_release()).collect();
        let below =
            interval.low.as_ref().and_then(|low| stable.iter().rev().find(|r| r.version <= low.version));
        let above = interval.high.as_ref().and_then(|high| stable.iter().find(|r| r.version >= high.version));
        match (below, above) {
            (Some(a), Some(b)) => Some(format!("the nearest releases are {} and {}", a.version, b.version)),
            (Some(a), None) => Some(format!("the highest release below it is {}", a.version)),
            (None, Some(b)) => Some(format!("the lowest release above it is {}", b.version)),
            (None, None) => None,
        }
    }

    /// The release in the middle of two, if there is one that can be looked at and is none of
    /// `without`.
    pub(super) fn between(&self, a: &Release, b: &Release, without: &[Omitted]) -> Option<Release> {
        let inside: Vec<&Release> = self
            .known
            .releases
            .iter()
            .filter(|r| r.version > a.version && r.version < b.version && !r.version.is_pre_release())
            .filter(|r| self.target.versions.node.contains(&r.version))
            .filter(|r| self.known.is_for_all(r) && without.iter().all(|one| one.release != **r))
            .filter(|r| r.on_disk || matches!(self.home, Home::Module(_)) && !self.modules.offline())
            .collect();
        inside.get(inside.len() / 2).map(|r| (*r).clone())
    }

    /// Returns true if no release is above this one.
    pub(super) fn is_newest(&self, release: &Release) -> bool {
        let stable =
            self.known.releases.iter().filter(|r| !r.version.is_pre_release() && self.known.is_for_all(r));
        stable.max().is_none_or(|newest| newest.version <= release.version)
    }
}

/// Returns true if a range is already known to have no Go that goagent works with.
fn is_unsupported(range: &Spanned<VersionSet>, findings: &Findings) -> bool {
    let is_it = |found: &Diagnostic| {
        found.code == &codes::ranges::GO_UNSUPPORTED
            && found.labels.first().is_some_and(|label| label.span == range.span)
    };
    findings.iter().any(is_it)
}

/// Every interval that lies in one of each set.
fn all_intersections(sets: &[&VersionSet]) -> Vec<Interval> {
    let mut found = vec![Interval { low: None, high: None }];
    for set in sets {
        found = found.iter().flat_map(|a| set.intervals.iter().filter_map(move |b| a.intersect(b))).collect();
    }
    found
}
