//! Finds the source of Go packages, and the versions that exist.
//!
//! In: import paths and versions. Out: releases, folders and the text of Go files, from GOROOT,
//! from the module cache, or by `go mod download` on demand. No package or version is built in, and
//! nothing is judged here.

mod answers;
mod ask;
mod cache;
mod go_api;
mod go_env;
mod index;
mod lines;
mod package;
mod release;
mod retracted;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use crate::gotool::question::GoCommand;
use crate::platform::Platform;
use crate::source::is_module_path;
use crate::version::Version;

pub use answers::is_of_release;
pub use go_env::{GoEnv, GoEnvError};
pub use lines::DeclaredFunction;
pub use package::{GoSource, Package};
pub use release::{Home, KnownReleases, LookupError, Release};
pub use retracted::Retraction;

use release::GO_TAG;

/// Packages that were read, by import path and tag.
type ReadPackages = BTreeMap<(String, String), Result<Rc<Package>, LookupError>>;

/// The Go sources on this machine and, unless it is offline, the published ones.
pub struct Modules<'a> {
    env: GoEnv,
    questions: ask::Questions<'a>,
    packages: RefCell<ReadPackages>,
    indexes: index::Indexes,
    go_api: OnceCell<Option<go_api::GoApi>>,
}

impl<'a> Modules<'a> {
    /// Asks `go` for its folders and its version.
    pub fn new(go: &'a dyn GoCommand, offline: bool) -> Result<Self, GoEnvError> {
        let env = GoEnv::ask(go)?;
        Ok(Self {
            questions: ask::Questions::new(go, offline, env.modcache.clone()),
            env,
            packages: RefCell::default(),
            indexes: index::Indexes::default(),
            go_api: OnceCell::new(),
        })
    }

    /// Keeps indexes of packages in this folder, and uses those that are there. `None`: keeps none.
    #[must_use]
    pub fn keeping(mut self, folder: Option<camino::Utf8PathBuf>) -> Self {
        self.indexes = folder.map(index::Indexes::new).unwrap_or_default();
        self
    }

    /// The origin of what is not on this machine: `GOPROXY=…`.
    pub fn origin(&self) -> String {
        format!("GOPROXY={}", self.env.proxy)
    }

    /// Returns true if only what is on this machine may be used.
    pub fn offline(&self) -> bool {
        self.questions.offline
    }

    /// The version of the `go` command.
    pub fn go_version(&self) -> &Version {
        &self.env.version
    }

    /// The settings on which the files of a build depend.
    pub fn settings(&self) -> &str {
        &self.env.settings
    }

    /// The platform that Go runs on here.
    pub fn host(&self) -> Platform {
        Platform::from_text(&self.env.platform.replace('-', "/"))
    }

    /// The version in the `go` line of a module's go.mod; `None`: it has none, or no go.mod.
    pub fn go_line(&self, home: &Home, release: &Release) -> Option<Version> {
        let text = fs_err::read_to_string(self.root(home, release).ok()?.join("go.mod")).ok()?;
        text.lines().find_map(|line| Version::parse(line.strip_prefix("go ")?.trim()))
    }

    /// The same, from what is on this machine: 1.16 if the go.mod has no such line or if there is
    /// no go.mod, `None` if the release is not here.
    pub fn go_line_here(&self, home: &Home, release: &Release) -> Option<Version> {
        let Home::Module(path) = home else { return None };
        cache::complete(&self.env.modcache, path, &release.tag)?;
        self.go_line(home, release).or_else(|| Version::parse("1.16"))
    }

    /// The minor version of the first Go whose package has a name, as the newest Go on this machine
    /// says; `None` if Go 1.`minor` has it, or it does not say.
    pub fn since(&self, package: &str, name: &str, minor: u64) -> Option<u64> {
        let read = || {
            let local = self.local_go();
            let mut roots = local.iter().rev().filter_map(|release| self.root(&Home::Std, release).ok());
            roots.find_map(|src| go_api::GoApi::read(&src.parent()?.join("api")))
        };
        self.go_api.get_or_init(read).as_ref()?.since(package, name, minor)
    }

    /// The releases that a module has retracted, as the newest go.mod on this machine says.
    pub fn retracted(&self, home: &Home) -> Vec<Retraction> {
        let Home::Module(path) = home else { return Vec::new() };
        let downloaded = cache::newest_go_mod(&self.env.modcache, path);
        let unpacked = self.newest_here(home).and_then(|release| {
            let file = cache::complete(&self.env.modcache, path, &release.tag)?.join("go.mod");
            Some((!release.version.is_pre_release(), release.version, file))
        });
        let newest = downloaded.into_iter().chain(unpacked).max().map(|(_, _, file)| file);
        let text = newest.and_then(|file| fs_err::read_to_string(file).ok()).unwrap_or_default();
        retracted::retractions(&text)
    }

    /// Returns true if Go's own source has a folder of this name.
    pub fn is_folder_of_go(&self, name: &str) -> bool {
        self.env.goroot.join("src").join(name).is_dir()
    }

    /// The home of the package of this import path: the longest prefix that is a module, or the
    /// standard library.
    pub fn home(&self, package: &str) -> Result<Home, LookupError> {
        if !is_module_path(package) {
            return Ok(Home::Std);
        }
        let (mut reason, mut renamed) = (None, None);
        for prefix in prefixes(package) {
            if !cache::versions(&self.env.modcache, prefix).is_empty() {
                return Ok(Home::Module(prefix.to_owned()));
            }
            if self.questions.offline {
                continue;
            }
            match self.questions.list(prefix) {
                ask::VersionList::Versions(_) => return Ok(Home::Module(prefix.to_owned())),
                ask::VersionList::Refused(why) => {
                    let declared =
                        answers::declared_path(&why).map(|module| renamed_to(module, prefix, package));
                    renamed = renamed.or(declared);
                    reason = Some(why);
                }
            }
        }
        if let Some(renamed) = renamed {
            return Err(renamed);
        }
        match reason {
            None if self.questions.offline => Err(LookupError::Unavailable(
                "no module of this path is in the module cache, and --offline forbids to ask".to_owned(),
            )),
            Some(why) if answers::is_transient(&why) => Err(LookupError::Unavailable(why)),
            _ => Err(LookupError::Absent),
        }
    }

    /// The releases that are published or on this machine. Those of `named` are tried too, as a
    /// list may be incomplete.
    pub fn releases(&self, home: &Home, named: &[Version]) -> KnownReleases {
        let (path, mut releases) = match home {
            Home::Std => (cache::TOOLCHAIN, self.toolchains()),
            Home::Module(path) => (path.as_str(), cache::releases(&self.env.modcache, path)),
        };
        let (mut incomplete, mut listed) = (None, false);
        let mut unlisted = BTreeSet::new();
        if self.questions.offline {
            incomplete = Some(self.only_local(path, &releases));
        } else {
            match self.questions.list(path) {
                ask::VersionList::Versions(tags) => {
                    let published: Vec<Release> =
                        tags.iter().filter_map(|tag| self.release(home, tag)).collect();
                    let wanted = |r: &Release| {
                        published.contains(r) || named.contains(&r.version) || *home == Home::Std
                    };
                    unlisted.extend(releases.iter().filter(|r| !wanted(r)).map(|r| r.tag.clone()));
                    listed = !published.is_empty();
                    releases.extend(published);
                }
                ask::VersionList::Refused(why) => incomplete = Some(why),
            }
        }
        merge(&mut releases);
        if let (Home::Module(path), false) = (home, self.questions.offline) {
            // If a module's list has only pre-releases, the final release may be missing from it.
            let only_pre = releases.iter().all(|release| release.version.is_pre_release());
            let beyond = releases.last().filter(|_| only_pre).and_then(|last| last.version.final_release());
            let wanted = named.iter().chain(&beyond);
            let missing = wanted.filter(|v| releases.iter().all(|r| r.version != **v));
            let found: Vec<Release> = missing.filter_map(|v| self.questions.try_version(path, v)).collect();
            releases.extend(found);
            merge(&mut releases);
        }
        KnownReleases { releases, unlisted, listed, incomplete }
    }

    /// The reason for which no more releases are known offline.
    fn only_local(&self, path: &str, releases: &[Release]) -> String {
        let partial = releases.iter().find(|release| !release.on_disk);
        partial.map_or_else(
            || "--offline forbids to ask for published versions".to_owned(),
            |release| self.questions.not_here(path, &release.tag),
        )
    }

    /// The newest release whose source can be read; a pre-release only if there is no other.
    pub fn newest(&self, home: &Home) -> Option<Release> {
        self.newest_first(home).into_iter().next()
    }

    /// The releases whose source can be read, newest first; pre-releases only if there are no
    /// others.
    pub fn newest_first(&self, home: &Home) -> Vec<Release> {
        let known = self.releases(home, &[]);
        let here = |r: &&Release| r.on_disk || *home != Home::Std && !self.questions.offline;
        let able: Vec<&Release> =
            known.releases.iter().rev().filter(here).filter(|r| known.is_for_all(r)).collect();
        let only_pre = able.iter().all(|r| r.version.is_pre_release());
        able.into_iter().filter(|r| only_pre || !r.version.is_pre_release()).cloned().collect()
    }

    /// The releases with these names. Nothing is asked over the network.
    pub fn named<'n>(&self, home: &Home, names: impl Iterator<Item = &'n str>) -> KnownReleases {
        let releases = names.filter_map(|name| {
            let version = Version::parse(name)?;
            let (path, tag) = match home {
                Home::Std if version == self.env.version => (cache::TOOLCHAIN, self.env.version_text.clone()),
                Home::Std => (cache::TOOLCHAIN, format!("{GO_TAG}{name}.{}", self.env.platform)),
                Home::Module(path) => (path.as_str(), name.to_owned()),
            };
            let local = *home == Home::Std && version == self.env.version;
            let on_disk = local || cache::complete(&self.env.modcache, path, &tag).is_some();
            Some(Release { version, tag, on_disk })
        });
        KnownReleases { releases: releases.collect(), ..KnownReleases::default() }
    }

    /// The source of a package at a release.
    pub fn package(&self, home: &Home, package: &str, release: &Release) -> Result<Rc<Package>, LookupError> {
        let key = (package.to_owned(), release.tag.clone());
        if let Some(known) = self.packages.borrow().get(&key) {
            return known.clone();
        }
        let dir =
            self.is_required_as(home, package, release).and_then(|()| self.folder(home, package, release));
        let read = dir.and_then(|dir| {
            let shown = match home {
                Home::Std => format!("go{}/{package}", release.version),
                Home::Module(path) => {
                    format!(
                        "{path}@{}{}",
                        release.tag,
                        package.strip_prefix(path.as_str()).unwrap_or_default()
                    )
                }
            };
            package::read(&dir, &shown, &self.indexes).map(Rc::new)
        });
        self.packages.borrow_mut().insert(key, read.clone());
        read
    }

    /// Import paths near one that does not exist.
    pub fn siblings(&self, home: &Home, package: &str, release: &Release) -> Vec<String> {
        let Ok(root) = self.root(home, release) else { return Vec::new() };
        match home {
            Home::Std => package::siblings(&root, "", package),
            Home::Module(path) => package::siblings(&root, path, package),
        }
    }

    /// The import paths of modules in the module cache, for guesses.
    pub fn cached_modules(&self) -> Vec<String> {
        cache::modules(&self.env.modcache)
    }

    /// Checks that a build can require a release by its module's path: its go.mod, if it has one,
    /// declares that path.
    fn is_required_as(&self, home: &Home, package: &str, release: &Release) -> Result<(), LookupError> {
        let Home::Module(path) = home else { return Ok(()) };
        let go_mod = fs_err::read_to_string(self.root(home, release)?.join("go.mod")).unwrap_or_default();
        match module_line(&go_mod) {
            Some(module) if module != path => Err(renamed_to(module, path, package)),
            _ => Ok(()),
        }
    }

    /// The newest release of a module in the module cache (a pre-release only if there is no
    /// other), or of Go on this machine. Nothing is asked over the network.
    pub fn newest_here(&self, home: &Home) -> Option<Release> {
        let Home::Module(path) = home else { return self.local_go().pop() };
        let here = cache::releases(&self.env.modcache, path).into_iter().filter(|release| release.on_disk);
        here.max_by_key(|release| (!release.version.is_pre_release(), release.version.clone()))
    }

    /// The folder of a package; it need not exist.
    fn folder(&self, home: &Home, package: &str, release: &Release) -> Result<PathBuf, LookupError> {
        let root = self.root(home, release)?;
        let rest = match home {
            Home::Std => package,
            Home::Module(path) => package.strip_prefix(path.as_str()).unwrap_or_default(),
        };
        Ok(root.join(rest.trim_start_matches('/')))
    }

    /// The folder of a release; it is downloaded if necessary and allowed.
    fn root(&self, home: &Home, release: &Release) -> Result<PathBuf, LookupError> {
        if *home == Home::Std && release.version == self.env.version {
            return Ok(self.env.goroot.join("src"));
        }
        let (path, below) = match home {
            Home::Std => (cache::TOOLCHAIN, "src"),
            Home::Module(path) => (path.as_str(), ""),
        };
        match cache::complete(&self.env.modcache, path, &release.tag) {
            Some(dir) => Ok(dir.join(below)),
            None => Ok(self.questions.download(path, &release.tag)?.join(below)),
        }
    }

    /// Go's own releases on this machine, lowest first.
    pub fn local_go(&self) -> Vec<Release> {
        let mut found = self.toolchains();
        found.retain(|release| release.on_disk);
        merge(&mut found);
        found
    }

    /// The Go that answers, and the toolchains that have a folder in the module cache, complete or
    /// not.
    fn toolchains(&self) -> Vec<Release> {
        let mut found: Vec<Release> = cache::versions(&self.env.modcache, cache::TOOLCHAIN)
            .into_iter()
            .filter_map(|found| {
                Some(Release { on_disk: found.complete, ..self.release(&Home::Std, &found.tag)? })
            })
            .collect();
        let local =
            Release { version: self.env.version.clone(), tag: self.env.version_text.clone(), on_disk: true };
        found.insert(0, local);
        found
    }

    /// The release of a tag: of a module, or of one of Go's toolchains for this platform.
    fn release(&self, home: &Home, tag: &str) -> Option<Release> {
        let text = match home {
            Home::Std => tag.strip_prefix(GO_TAG)?.strip_suffix(&self.env.platform)?.strip_suffix('.')?,
            Home::Module(_) => tag,
        };
        Version::parse(text).map(|version| Release { version, tag: tag.to_owned(), on_disk: false })
    }
}

/// The error for a package of a module that declares its path as `module` and was asked for as
/// `path`.
fn renamed_to(module: &str, path: &str, package: &str) -> LookupError {
    let below = package.strip_prefix(path).unwrap_or_default();
    LookupError::Renamed { module: module.to_owned(), package: format!("{module}{below}") }
}

/// The path in the `module` line of a go.mod.
fn module_line(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim());
    let rest = lines
        .by_ref()
        .find_map(|line| line.strip_prefix("module").filter(|r| r.starts_with([' ', '\t', '"', '(', '`'])))?;
    let path = if rest.trim() == "(" { lines.find(|line| !line.is_empty())? } else { rest };
    Some(path.trim().trim_matches(['"', '`']))
}

/// The import path and its parents, longest first, down to the shortest that can be a module's.
fn prefixes(package: &str) -> impl Iterator<Item = &str> {
    let shortest = if package.starts_with("github.com/") { 3 } else { 1 };
    let mut next = Some(package);
    std::iter::from_fn(move || {
        let current = next?;
        next = current.rsplit_once('/').map(|(parent, _)| parent);
        (current.split('/').count() >= shortest).then_some(current)
    })
}

/// Sorts by version; of two with the same version, the one on disk is kept.
fn merge(releases: &mut Vec<Release>) {
    releases.sort_by(|a, b| (&a.version, !a.on_disk).cmp(&(&b.version, !b.on_disk)));
    releases.dedup_by(|b, a| a.version == b.version);
}

#[cfg(test)]
mod tests;
