//! Chooses and makes the builds that show whether templates compile: by release, Go and platform.
//!
//! In: rules and the releases that they fit. Out: attempts. If every release is wanted, each is
//! built; otherwise the ends of what was compared and, within a budget, releases between them, and
//! of Go only the one on this machine. If a release cannot be built by itself, the next one that
//! can takes its place.

use std::collections::{BTreeMap, BTreeSet};

use super::super::releases;
use super::super::scratch::MissingItem;
use super::building::{self, TrialBuild};
use super::no_build::NoBuild;
use super::subjects::Subjects;
use crate::modules::{Home, Release};
use crate::platform::Platform;

/// At most this many releases are tried at each end, if some cannot be built.
const AT_AN_END: usize = 4;
/// At most this many releases between the ends are built.
pub(in crate::author) const BETWEEN: usize = 3;

/// A build that was tried.
#[derive(Debug, Clone)]
pub(in crate::author) struct Attempt {
    pub build: TrialBuild,
    /// The entries that it left out, or the reason why there is no build.
    pub result: Result<BTreeSet<MissingItem>, NoBuild>,
}

/// The combined result of all builds of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReleaseState {
    Clean,
    Mistakes,
    Unbuildable,
    Refused,
}

impl Attempt {
    /// Returns true if the release cannot be built even without the rules.
    pub fn is_unbuildable(&self) -> bool {
        matches!(&self.result, Err(refusal) if refusal.of_release)
    }

    /// Returns true if all templates were woven and compiled.
    pub fn is_clean(&self) -> bool {
        matches!(&self.result, Ok(entries) if entries.is_empty())
    }
}

/// The packages that rules apply to, by the releases in which some rule fits.
type Releases<'a> = BTreeMap<&'a Release, BTreeSet<&'a str>>;

/// All builds that decide whether templates compile.
pub(super) fn attempts(subjects: &Subjects<'_>) -> Vec<Attempt> {
    let mut homes: BTreeMap<&Home, (Releases<'_>, BTreeSet<Vec<&Release>>)> = BTreeMap::new();
    for one in subjects.examined {
        let Some(home) = &one.home else { continue };
        let (releases, ranges) = homes.entry(home).or_default();
        let fits = one.verdicts.iter().filter(|verdict| verdict.problems.is_empty());
        let fits: Vec<&Release> = fits.map(|verdict| &verdict.release).collect();
        for release in &fits {
            releases.entry(release).or_default().insert(&one.package);
        }
        ranges.insert(fits);
    }
    let mut out = Vec::new();
    for (home, (releases, ranges)) in &homes {
        let mut done: BTreeMap<&Release, ReleaseState> = BTreeMap::new();
        for range in ranges {
            let mut build = |at: usize| {
                let Some(release) = range.get(at).copied() else { return ReleaseState::Refused };
                *done.entry(release).or_insert_with(|| {
                    let names = releases.get(release).into_iter().flatten().copied();
                    let made = of_release(subjects, (home, release), names);
                    let state = state(&made);
                    out.extend(made);
                    state
                })
            };
            if subjects.every {
                (0..range.len()).for_each(|at| {
                    build(at);
                });
            } else if **home == Home::Std {
                let local =
                    range.iter().position(|release| release.version == *subjects.modules.go_version());
                build(local.unwrap_or(range.len().saturating_sub(1)));
            } else {
                some(range.len(), build);
            }
        }
    }
    out.sort_by(|a, b| a.build.cmp(&b.build));
    out
}

/// Builds a few of `count` releases: the ends, and some between them.
fn some(count: usize, mut build: impl FnMut(usize) -> ReleaseState) {
    let mut seen: BTreeMap<usize, ReleaseState> = BTreeMap::new();
    let low = (0..count).take(AT_AN_END).find(|at| {
        let state = build(*at);
        seen.insert(*at, state);
        state != ReleaseState::Unbuildable
    });
    let above = low.map_or(AT_AN_END.min(count), |low| low + 1);
    for at in (above..count).rev().take(AT_AN_END) {
        let state = build(at);
        seen.insert(at, state);
        if state != ReleaseState::Unbuildable {
            break;
        }
    }
    for _ in 0..BETWEEN {
        let Some(at) = between(&seen) else { return };
        seen.insert(at, build(at));
    }
}

/// The next release to build: one between two that differ, or, only once, the one in the middle.
fn between(seen: &BTreeMap<usize, ReleaseState>) -> Option<usize> {
    if seen.values().any(|state| *state == ReleaseState::Refused) {
        return None;
    }
    let known: Vec<(usize, ReleaseState)> = seen
        .iter()
        .filter(|(_, state)| **state != ReleaseState::Unbuildable)
        .map(|(at, state)| (*at, *state))
        .collect();
    let middle = |a: usize, b: usize| {
        let free: Vec<usize> = (a + 1..b).filter(|at| !seen.contains_key(at)).collect();
        free.get(free.len() / 2).copied()
    };
    let pairs = || known.iter().zip(known.iter().skip(1));
    let change = pairs().filter(|((_, a), (_, b))| a != b).find_map(|((a, _), (b, _))| middle(*a, *b));
    let is_first = known.len() == 2 && known.iter().all(|(_, state)| *state == ReleaseState::Clean);
    change.or_else(|| pairs().filter(|_| is_first).find_map(|((a, _), (b, _))| middle(*a, *b)))
}

fn state(made: &[Attempt]) -> ReleaseState {
    let refused = |attempt: &Attempt| attempt.result.is_err() && !attempt.is_unbuildable();
    if made.iter().any(refused) {
        ReleaseState::Refused
    } else if made.is_empty() || made.iter().any(Attempt::is_unbuildable) {
        ReleaseState::Unbuildable
    } else if made.iter().all(Attempt::is_clean) {
        ReleaseState::Clean
    } else {
        ReleaseState::Mistakes
    }
}

/// The builds of one release: for each platform, with each Go.
fn of_release<'a>(
    subjects: &Subjects<'_>,
    (home, release): (&Home, &Release),
    names: impl Iterator<Item = &'a str>,
) -> Vec<Attempt> {
    let is_there = |name: &&str| subjects.modules.package(home, name, release).is_ok();
    let packages: Vec<String> = names.filter(is_there).map(str::to_owned).collect();
    let gos = toolchains(subjects, home, release);
    let build = |go: Option<String>, platform: Platform| TrialBuild {
        home: home.clone(),
        release: release.clone(),
        platform,
        go,
        packages: packages.clone(),
    };
    if gos.is_empty() {
        let line = subjects.modules.go_line(home, release).map(|line| line.to_string()).unwrap_or_default();
        let reason = format!("its go.mod asks for Go {line}, and no Go on this machine is as new");
        let result = Err(NoBuild { reason, of_release: true });
        return vec![Attempt { build: build(None, subjects.modules.host()), result }];
    }
    let mut out = Vec::new();
    for go in gos {
        for platform in building::platforms(subjects, &packages) {
            let build = build(go.clone(), platform);
            let result = building::made(subjects, &build);
            out.push(Attempt { build, result });
        }
    }
    out
}

/// The toolchains for a release; `None` is this machine's.
fn toolchains(subjects: &Subjects<'_>, home: &Home, release: &Release) -> Vec<Option<String>> {
    match home {
        Home::Std if !subjects.every && release.version == *subjects.modules.go_version() => {
            return vec![None];
        }
        Home::Std => return vec![Some(release.name().to_owned())],
        Home::Module(_) if !subjects.every => return vec![None],
        Home::Module(_) => {}
    }
    releases::ends_of_go(subjects.modules, Some((home, release))).into_iter().map(Some).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The indexes of the releases that are built, in order, if releases have these states.
    fn built(states: &[ReleaseState]) -> Vec<usize> {
        let mut order = Vec::new();
        some(states.len(), |at| {
            order.push(at);
            states[at]
        });
        order
    }

    #[test]
    fn the_ends_and_the_middle_are_built() {
        use ReleaseState::Clean;
        assert_eq!(built(&[Clean; 0]), [0; 0]);
        assert_eq!(built(&[Clean]), [0]);
        assert_eq!(built(&[Clean; 5]), [0, 4, 2]);
    }

    #[test]
    fn a_change_is_searched_within_the_budget() {
        use ReleaseState::{Clean, Mistakes};
        assert_eq!(built(&[Clean, Clean, Clean, Mistakes, Mistakes]), [0, 4, 2, 3]);
        assert_eq!(built(&[Clean, Clean, Mistakes, Clean, Clean]), [0, 4, 2, 1, 3]);
        assert_eq!(built(&[Mistakes; 5]), [0, 4]);
        let many: Vec<ReleaseState> = (0..100).map(|at| if at < 60 { Clean } else { Mistakes }).collect();
        assert_eq!(built(&many).len(), 2 + BETWEEN);
    }

    #[test]
    fn what_cannot_be_built_gives_its_place_to_the_next() {
        use ReleaseState::{Clean, Refused, Unbuildable};
        assert_eq!(built(&[Unbuildable, Clean, Clean, Clean, Unbuildable]), [0, 1, 4, 3, 2]);
        assert_eq!(built(&[Clean, Unbuildable]), [0, 1]);
        assert_eq!(built(&[Unbuildable; 9]), [0, 1, 2, 3, 8, 7, 6, 5]);
        assert_eq!(built(&[Refused; 9]), [0, 8], "what is wrong with this machine is not searched for");
    }
}
