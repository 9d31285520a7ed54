//! `gorulec new PACKAGE[@VERSION] [FUNC]`: a first plugin for a function, from its real signature.
//!
//! In: an import path, perhaps a version, perhaps a function. Out: the text of a plugin that
//! `gorulec check` accepts as it is, or the functions that there are. Packages are found as `check`
//! finds them; nothing is written here.

mod candidates;
mod lowest;
mod scaffold;

use std::rc::Rc;

use crate::check::{self, CheckContext, Promoted, VerdictCache};
use crate::diagnostic::{Diagnostic, nearest, render};
use crate::gotool::question::GoCommand;
use crate::lock::Lock;
use crate::modules::{GoEnvError, Home, LookupError, Modules, Package, Release};
use crate::version::Version;

use super::{compile, files, linked_in};

pub use candidates::Candidate;

/// The reason for which there is nothing to write.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// `go env` is of no use.
    #[error(transparent)]
    Go(#[from] GoEnvError),
    /// The version is not one.
    #[error("`{0}` is not a version; write PACKAGE@1.9.0, or leave it out for the newest release")]
    BadVersion(String),
    /// The package cannot be had.
    #[error("package {package} cannot be read: {reason}{help}")]
    Package {
        /// The package as named.
        package: String,
        /// The reason.
        reason: String,
        /// The remedy.
        help: String,
    },
    /// There is no such release.
    #[error("{module} has no release {wanted} that can be had; {known}")]
    Release {
        /// The module, or Go, that contains the package.
        module: String,
        /// The version as named.
        wanted: String,
        /// The releases that exist.
        known: String,
    },
    /// There is no such function.
    #[error("package {package} {version} has no function {function}; {help}")]
    Function {
        /// The package.
        package: String,
        /// Its version.
        version: Version,
        /// The function as named.
        function: String,
        /// The remedy.
        help: String,
    },
    /// The function exists and cannot be hooked.
    #[error("{function} of {package} cannot be hooked:\n\n{findings}")]
    Refused {
        /// The package.
        package: String,
        /// The function.
        function: String,
        /// The diagnostics of `check` for the plugin that would have been written.
        findings: String,
    },
}

/// The package that was asked for.
struct ResolvedPackage {
    package: String,
    home: Home,
    release: Release,
    source: Rc<Package>,
    /// The releases below it, lowest first; none if the version was named.
    below: Vec<Release>,
    /// True if there may be other releases.
    incomplete: bool,
}

/// The functions of a package that a rule may name; those that take a context come first.
pub fn list(package: &str, go: &dyn GoCommand, offline: bool) -> Result<Vec<Candidate>, NewError> {
    let modules = Modules::new(go, offline)?;
    let found = find(package, &modules)?;
    Ok(candidates::in_package(&found.source))
}

/// Returns a plugin for one function, `Do`, `Client.Do` or `(*Client).Do`.
pub fn write(package: &str, function: &str, go: &dyn GoCommand, offline: bool) -> Result<String, NewError> {
    let modules = Modules::new(go, offline)?;
    let found = find(package, &modules)?;
    let Some(signature) = scaffold::signature(&found.source, function) else {
        return Err(no_function(&found, function));
    };
    let mut findings = Vec::new();
    let text = |versions: &str| scaffold::text(&found.package, (versions, found.incomplete), &signature);
    let holds = |release: &Release| {
        let alone = format!("[{0}, {0}]", release.version);
        problems(&text(&alone), &modules).is_empty()
    };
    let known = !found.below.is_empty() && holds(&found.release);
    let lower = if known { lowest::lowest(&found.below, holds) } else { None };
    let lower = lower.map(|release| format!("[{}, )", release.version));
    for versions in lower.into_iter().chain(ranges(&found)) {
        let text = text(&versions);
        findings = problems(&text, &modules);
        if findings.is_empty() {
            return Ok(text);
        }
    }
    Err(NewError::Refused {
        package: found.package,
        function: function.to_owned(),
        findings: render::to_text(&findings, false),
    })
}

/// The diagnostics of `check` for a plugin.
fn problems(text: &str, modules: &Modules<'_>) -> Vec<Diagnostic> {
    match files::read("new.gorule", text.as_bytes().to_vec()) {
        Ok(parsed) => {
            let cache = compile::folder().map_or_else(VerdictCache::default, VerdictCache::new);
            let lock = Lock::default();
            let (carried, agent) = (linked_in::carried(), linked_in::agent_names());
            let context = CheckContext {
                modules,
                lock: &lock,
                cache: &cache,
                carried: &carried,
                agent: &agent,
                every: false,
            };
            check::against(vec![parsed], &context).findings
        }
        Err(findings) => findings,
    }
}

/// Ranges to try, widest first: authors want a rule that holds from a version on.
fn ranges(found: &ResolvedPackage) -> Vec<String> {
    let version = &found.release.version;
    let mut out = Vec::new();
    if found.home == Home::Std {
        out.push("[1.18, )".to_owned());
        let (major, minor) = version.minor();
        out.push(format!("[{major}.{minor}, )"));
    }
    out.push(format!("[{version}, )"));
    out.push(format!("[{version}, {version}]"));
    out
}

fn find(wanted: &str, modules: &Modules<'_>) -> Result<ResolvedPackage, NewError> {
    let (package, version) = wanted.split_once('@').map_or((wanted, None), |(path, v)| (path, Some(v)));
    let version = version.filter(|version| *version != "latest");
    let named = version.map(|text| Version::parse(text).ok_or_else(|| NewError::BadVersion(text.to_owned())));
    let named = named.transpose()?;
    let cannot = |trouble: LookupError, help: String| NewError::Package {
        package: package.to_owned(),
        reason: trouble.to_string(),
        help: match trouble {
            LookupError::Renamed { package, .. } => format!("; did you mean {package}?"),
            _ => help,
        },
    };
    let home =
        modules.home(package).map_err(|trouble| cannot(trouble, near(package, &modules.cached_modules())))?;
    let known = modules.releases(&home, named.as_slice());
    let only_minor = version.is_some_and(|text| text.matches('.').count() == 1);
    let usable = |release: &&Release| {
        let is_wanted = named.as_ref().is_none_or(|named| {
            release.version == *named || only_minor && release.version.minor() == named.minor()
        });
        is_wanted && (release.on_disk || home != Home::Std && !modules.offline())
    };
    let stable = known.releases.iter().rev().filter(usable).find(|release| !release.version.is_pre_release());
    let Some(release) = stable.or_else(|| known.releases.iter().rev().find(usable)).cloned() else {
        return Err(no_release(&home, version.unwrap_or("at all"), &known.releases));
    };
    let source = modules
        .package(&home, package, &release)
        .map_err(|trouble| cannot(trouble, near(package, &modules.siblings(&home, package, &release))))?;
    let below = known.releases.iter().filter(usable).filter(|one| {
        let counts = known.is_for_all(one) && !one.version.is_pre_release();
        home != Home::Std && named.is_none() && counts && one.version < release.version
    });
    let (below, incomplete) = (below.cloned().collect(), named.is_none() && known.incomplete.is_some());
    Ok(ResolvedPackage { package: package.to_owned(), home, release, source, below, incomplete })
}

fn near(package: &str, known: &[String]) -> String {
    match check::nearest_path(package, known) {
        Some(near) => format!("; did you mean {near}?"),
        None => String::new(),
    }
}

fn no_release(home: &Home, wanted: &str, releases: &[Release]) -> NewError {
    let module = match home {
        Home::Std => "Go",
        Home::Module(path) => path.as_str(),
    };
    let on_disk = releases.iter().filter(|release| *home != Home::Std || release.on_disk);
    let versions: Vec<String> = on_disk.map(|release| release.version.to_string()).collect();
    let known = match versions.as_slice() {
        [] => "none is known".to_owned(),
        known => format!("there are {}", check::describe_versions(known)),
    };
    NewError::Release { module: module.to_owned(), wanted: wanted.to_owned(), known }
}

/// Advice for a method that a type has by embedding.
fn promoted(found: &ResolvedPackage, function: &str) -> Option<String> {
    let plain: String = function.chars().filter(|c| !"()*".contains(*c)).collect();
    let (ty, method) = plain.split_once('.')?;
    Some(match check::promoted(&found.source, ty, method)? {
        Promoted::Method(owner) => {
            format!("write `{owner}.{method}`: `{ty}` has it by embedding, and there it is declared")
        }
        Promoted::Interface(owner) => {
            format!(
                "`{ty}` has it from the interface `{owner}`, which it embeds; name a type that implements it"
            )
        }
        Promoted::Elsewhere(owner) => {
            format!(
                "`{ty}` embeds `{owner}`; if `{method}` is promoted from there, name the package of `{owner}`"
            )
        }
    })
}

fn no_function(found: &ResolvedPackage, function: &str) -> NewError {
    let names: Vec<String> =
        candidates::in_package(&found.source).into_iter().map(|candidate| candidate.name).collect();
    let lists = || format!("`gorulec new {}` lists what there is", found.package);
    let help = promoted(found, function).unwrap_or_else(|| {
        let near = nearest(function, names.iter().map(String::as_str));
        near.map_or_else(lists, |near| format!("did you mean `{near}`?"))
    });
    NewError::Function {
        package: found.package.clone(),
        version: found.release.version.clone(),
        function: function.to_owned(),
        help,
    }
}
