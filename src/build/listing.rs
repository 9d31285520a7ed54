//! The packages and settings of the user's build, by `go list` and `go env`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};

use super::invocation::Invocation;
use crate::bundle::Bundle;
use crate::gotool::flags::{self, Flag};
use crate::gotool::list::{DependencyScope, ListedPackage, list};
use crate::gotool::{Go, GoVariables, has_package};
use crate::plan::{PackageSources, Plan, StartupTargets, directives, plan};
use crate::version::Version;

/// A build before anything is planned.
pub struct PackageListing {
    /// The environment of the toolchain that builds it.
    pub env: GoVariables,
    /// GOFLAGS and the flags of the command line.
    pub flags: Vec<Flag>,
    /// Its packages.
    pub packages: Vec<ListedPackage>,
    /// The folder that patterns like `./...` start from.
    pub dir: Utf8PathBuf,
}

impl PackageListing {
    /// Lists the build of a command line.
    pub fn new(invocation: &Invocation) -> anyhow::Result<Self> {
        let dir = invocation.dir();
        if invocation.is_versioned() {
            return Self::outside_of_modules(invocation, dir);
        }
        let env = Go::from_path().in_dir(&dir).env().context("`go env` tells nothing")?;
        let flags = invocation.all_flags(&env);
        let packages =
            packages_of(invocation, &Go::from_path(), flags::for_plan(&flags), &invocation.packages())?;
        Ok(Self { env, flags, packages, dir })
    }

    /// Lists a build of `pkg@version`, which `go list` refuses: the same build is listed from a
    /// module that requires nothing else.
    fn outside_of_modules(invocation: &Invocation, dir: Utf8PathBuf) -> anyhow::Result<Self> {
        let scratch = tempfile::tempdir()?;
        let go =
            Go::from_path().in_dir(scratch.path()).with_env("GOWORK", "off").with_env("GOFLAGS", "-mod=mod");
        fs_err::write(scratch.path().join("go.mod"), "module goagent.scratch\n")?;
        let mut get = vec!["get".to_owned()];
        get.extend(invocation.words.packages.iter().cloned());
        go.output(&get)?;
        let env = go.env()?;
        let user = Go::from_path().env()?;
        let flags = invocation.all_flags(&user);
        let words =
            flags::for_plan(&flags).into_iter().filter(|f| !f.starts_with("-mod=") && !f.starts_with("-C="));
        let without_version = |package: &String| package.split('@').next().unwrap_or_default().to_owned();
        let named: Vec<String> = invocation.words.packages.iter().map(without_version).collect();
        let packages = packages_of(invocation, &go, words.collect(), &named)?;
        Ok(Self { env, flags, packages, dir })
    }

    /// Returns Go's version.
    pub fn go_version(&self) -> anyhow::Result<Version> {
        let text = self.env.get("GOVERSION");
        Version::parse(text).with_context(|| format!("Go's version {text:?} is not understood"))
    }

    /// Returns the effects of these rules in the build.
    pub fn plan(&self, mut rules: Vec<Bundle>, boots: StartupTargets) -> anyhow::Result<Plan> {
        // An overlay replaces files, so that their content on disk is not what is built.
        let known = flags::last(&self.flags, "overlay").is_none();
        let texts = |package: &ListedPackage| if known { texts(package) } else { None };
        let goroot = Path::new(self.env.get("GOROOT"));
        let sources = PackageSources { texts: &texts, is_of_go: &|path| has_package(goroot, path) };
        for bundle in &mut rules {
            bundle.keep_platform(self.env.get("GOOS"), self.env.get("GOARCH"));
        }
        let mut plan = plan(&rules, &self.packages, &self.go_version()?, boots, sources);
        let marks = directives::known(&rules);
        if known && !marks.is_empty() {
            let own = self.packages.iter().filter(|package| package.own && !package.standard);
            plan.directives = own.flat_map(|package| idle_directives(package, &marks)).collect();
            // A package and its test variants have files in common.
            plan.directives.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
            plan.directives.dedup_by(|a, b| (&a.file, a.line) == (&b.file, b.line));
        }
        Ok(plan)
    }

    /// Rejects kinds of build that woven code cannot be linked into.
    fn refuse(&self) -> anyhow::Result<()> {
        if flags::last(&self.flags, "compiler").is_some_and(|compiler| compiler == "gccgo") {
            anyhow::bail!("rules are woven on the way to Go's own compiler: leave out -compiler=gccgo");
        }
        let patterns = flags::last(&self.flags, "coverpkg").unwrap_or_default();
        let covers = |pattern: &&str| {
            self.packages.iter().any(|p| p.standard && flags::matches(pattern, subject(p), self.dir.as_str()))
        };
        if let Some(pattern) = patterns.split(',').find(covers) {
            anyhow::bail!(
                "-coverpkg={pattern} covers packages of the standard library, on which the agent is built, too: name \
                 packages of yours, as in -coverpkg=./..."
            );
        }
        Ok(())
    }

    /// Returns the flags that matter to archives outside the user's module. `-pgo=auto`, the
    /// default, is the profile in main's folder; if there are several mains, no profile serves all
    /// of them.
    pub fn resolve_flags(&self) -> anyhow::Result<Vec<String>> {
        self.refuse()?;
        let mut words = flags::for_resolve(&self.flags);
        if flags::last(&self.flags, "pgo").is_some_and(|pgo| pgo != "auto") {
            return Ok(words);
        }
        words.retain(|word| !word.starts_with("-pgo="));
        let mains = self.packages.iter().filter(|p| p.named && p.name == "main");
        let profiles: Vec<Option<Utf8PathBuf>> = mains
            .map(|p| Some(Utf8Path::new(&p.dir).join("default.pgo")).filter(|profile| profile.exists()))
            .collect();
        let Some(Some(profile)) = profiles.iter().find(|profile| profile.is_some()) else { return Ok(words) };
        if profiles.len() > 1 {
            anyhow::bail!(
                "{profile} is for one main, and {} are built at once: build them one by one, or with -pgo=off",
                profiles.len()
            );
        }
        words.push(format!("-pgo={profile}"));
        Ok(words)
    }
}

/// Returns the Go files of a package except tests and the files that `go test` writes; `None` if
/// one cannot be read.
fn texts(package: &ListedPackage) -> Option<Vec<String>> {
    let wanted = |file: &&String| !file.ends_with("_test.go") && !file.ends_with("_testmain.go");
    let dir = Utf8Path::new(&package.dir);
    package.files.iter().filter(wanted).map(|file| fs_err::read_to_string(dir.join(file)).ok()).collect()
}

/// Returns the directive comments of a package that have no effect, including those in the tests of
/// its folder.
fn idle_directives(package: &ListedPackage, marks: &[String]) -> Vec<directives::IdleDirective> {
    let dir = Utf8Path::new(&package.dir);
    let mut names: BTreeSet<String> = package.files.iter().cloned().collect();
    let entries = dir.read_dir_utf8().into_iter().flatten().filter_map(Result::ok);
    names.extend(entries.map(|entry| entry.file_name().to_owned()).filter(|name| name.ends_with("_test.go")));
    let mut out = Vec::new();
    for path in names.iter().map(|name| dir.join(name)) {
        let Ok(text) = fs_err::read_to_string(&path) else { continue };
        let is_test = path.as_str().ends_with("_test.go");
        for (line, directive, reason) in directives::idle(marks, is_test, &text) {
            let (package, file) = (package.path.clone(), path.to_string());
            out.push(directives::IdleDirective { package, file, line, directive, reason });
        }
    }
    out
}

/// Returns a package as patterns match it.
pub fn subject(package: &ListedPackage) -> flags::GcflagsTarget<'_> {
    let ListedPackage { path, dir, standard, named, .. } = package;
    flags::GcflagsTarget { path, dir, standard: *standard, named: *named }
}

fn packages_of(
    invocation: &Invocation,
    go: &Go,
    flags: Vec<String>,
    packages: &[String],
) -> anyhow::Result<Vec<ListedPackage>> {
    let mut words = vec!["-deps".to_owned()];
    if invocation.command == "test" {
        words.push("-test".to_owned());
    }
    words.extend(flags);
    list(go, &words, packages, DependencyScope::Named).context("the packages of this build cannot be listed")
}
