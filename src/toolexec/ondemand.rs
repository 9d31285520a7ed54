//! `goagent toolexec --bundle FILE` under a plain `go build -toolexec`: no plan, no marks.
//!
//! Here the tools' ids name the bundles, so everything is compiled once under new keys. The needs
//! of a compile are derived from its own arguments: the package from `-p`, the module's version
//! from the path of its files, goagent's archives from `go list` with the flags that the compile
//! shows. A build whose properties cannot be derived in this way is refused with the advice to use
//! `goagent build`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};

use super::bundles::NamedBundle;
use super::compile::{MarkedCompile, first_source, value_of};
use super::protocol::{Job, ProgramRemarks};
use super::reporter::Reporter;
use super::tool::{Tool, code, exec, refuse};
use super::{BOOTS, link};
use crate::bundle::{Bundle, Target};
use crate::codegen::{RUNTIME, is_module_path};
use crate::embedded;
use crate::gotool::list::{DependencyScope, list};
use crate::gotool::{Go, flags, has_package};
use crate::plan;
use crate::store::Store;
use crate::version::Version;
use crate::weave::{self, REVISION, Unit};

/// The variable with the nesting depth of builds started by toolexec, so that none recurses
/// forever.
const DEPTH: &str = "GOAGENT_TOOLEXEC_DEPTH";
/// A bound above the depth that any order of packages takes: each level is below the one that needs
/// it.
const MAX_DEPTH: u32 = 8;

/// Runs one tool with the rules of these bundles.
pub fn run(tool: &Tool, arguments: &[OsString], bundles: &[Utf8PathBuf]) -> ExitCode {
    if !tool.is("link") && !tool.is("compile") {
        return exec(tool, arguments);
    }
    match act(tool, arguments, bundles) {
        Ok(Some(code)) => code,
        Ok(None) => exec(tool, arguments),
        Err(error) => refuse(&format!("{error:#}")),
    }
}

/// Returns `None` if the tool is to run unchanged.
fn act(tool: &Tool, arguments: &[OsString], paths: &[Utf8PathBuf]) -> anyhow::Result<Option<ExitCode>> {
    let mut bundles = Bundles::read(paths)?;
    // The go command tells its tools the platform for which they work.
    if let (Ok(system), Ok(processor)) = (std::env::var("GOOS"), std::env::var("GOARCH")) {
        bundles.all.iter_mut().for_each(|bundle| bundle.keep_platform(&system, &processor));
    }
    if arguments.iter().any(|a| a == "-V=full") {
        return bundles.version(tool, arguments).map(Some);
    }
    let arguments: Vec<String> = arguments.iter().filter_map(|a| a.to_str().map(str::to_owned)).collect();
    let context = Context {
        tool: Utf8Path::from_path(Path::new(&tool.path)).context("the tool's path is not UTF-8")?,
        bundles,
    };
    if tool.is("link") { context.link(tool, arguments).map(Some) } else { context.compile(tool, arguments) }
}

struct Bundles {
    paths: Vec<Utf8PathBuf>,
    all: Vec<Bundle>,
    digest: String,
}

impl Bundles {
    fn read(paths: &[Utf8PathBuf]) -> anyhow::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&REVISION.to_le_bytes()).update(embedded::runtime_digest().as_bytes());
        let mut all = Vec::new();
        for path in paths {
            let read =
                NamedBundle::parse(path.as_str()).read().with_context(|| format!("--bundle {path}"))?;
            hasher.update(read.digest.as_bytes());
            all.push(read.bundle);
        }
        let digest = hasher.finalize().to_hex().chars().take(32).collect();
        Ok(Self { paths: paths.to_vec(), all, digest })
    }

    /// Prints the tool's id with the bundles' digest. An unreleased Go reads its id from the last
    /// field.
    fn version(&self, tool: &Tool, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
        let output = tool.command().args(arguments).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let text = text.trim_end();
        let joint = if text.contains("buildID=") { "-" } else { " " };
        println!("{text}{joint}goagent={}", self.digest);
        Ok(code(output.status.code()))
    }

    /// Returns everything that templates may import: the part that a link needs is not known.
    fn imports(&self, go: &Version, is_of_others: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let mut imports = BTreeSet::from(BOOTS.map(str::to_owned));
        let of_this_go = |target: &&Target| is_module_path(&target.package) || target.versions.contains(go);
        for plugin in self.all.iter().flat_map(|b| &b.plugins) {
            for target in plugin.targets.iter().filter(of_this_go) {
                let mut unit = Unit::empty(&target.package);
                plan::place(plugin, 0, target, |_| true, &mut unit);
                unit.leave_to_others(&is_of_others);
                imports.extend(unit.imports());
            }
        }
        imports
    }

    /// Returns the flag for a `go list` whose tools run like this one.
    fn toolexec(&self) -> anyhow::Result<String> {
        let program = Utf8PathBuf::from_path_buf(std::env::current_exe()?)
            .map_err(|_| anyhow::anyhow!("goagent's own path is not UTF-8"))?;
        let mut words = format!("-toolexec={} toolexec", flags::quoted(program.as_str()));
        for path in &self.paths {
            words.push(' ');
            words.push_str(&flags::quoted(&format!("--bundle={path}")));
        }
        Ok(words)
    }
}

struct Context<'a> {
    tool: &'a Utf8Path,
    bundles: Bundles,
}

impl Context<'_> {
    fn compile(&self, tool: &Tool, arguments: Vec<String>) -> anyhow::Result<Option<ExitCode>> {
        // The packages that goagent adds are nobody's target; woven, they would have to be built
        // for their own build.
        let Some(path) = import_path(&arguments).filter(|path| !plan::is_ours(path)) else { return Ok(None) };
        let is_main = value_of(&arguments, "-p") == Some("main");
        let first = arguments.get(first_source(&arguments)).cloned().unwrap_or_default();
        let go = self.go_version()?;
        let version = if first.starts_with(self.goroot()?.join("src").as_str()) {
            Some(go.clone())
        } else {
            module_version(&first, &path)
        };
        // A module that is replaced by a folder looks like the user's own here.
        let standard = first.starts_with(self.goroot()?.join("src").as_str());
        let own = version.is_none() && !first.contains("/vendor/");
        let read = || Some(texts_of(&arguments));
        let subject = plan::BuildPackage::new(&path, standard, own, &read);
        let unit = plan::unit(&self.bundles.all, &subject, version.as_ref(), &go, &mut Vec::new());
        if unit.is_none() && !is_main {
            return Ok(None);
        }
        let mut unit = unit.unwrap_or_else(|| Unit::empty(&path));
        unit.leave_to_others(self.is_of_others()?);
        let mut imports = unit.imports();
        if is_main {
            imports.extend(BOOTS.map(str::to_owned));
        }
        let job = Job {
            archives: self.archives(&imports, &arguments)?,
            unit,
            remarks: is_main.then(ProgramRemarks::default),
        };
        let marked = MarkedCompile::new(job, arguments.into_iter().map(OsString::from).collect())?;
        Ok(Some(marked.compile(tool, &Reporter::Stderr)))
    }

    fn link(&self, tool: &Tool, arguments: Vec<String>) -> anyhow::Result<ExitCode> {
        let archives =
            self.archives(&self.bundles.imports(&self.go_version()?, self.is_of_others()?), &arguments)?;
        Ok(link::with_archives(tool, arguments.into_iter().map(OsString::from).collect(), archives))
    }

    /// Returns GOROOT: `$GOROOT/pkg/tool/<platform>/compile` → `$GOROOT`.
    fn goroot(&self) -> anyhow::Result<&Utf8Path> {
        self.tool.ancestors().nth(4).with_context(|| format!("{} is not inside of a GOROOT", self.tool))
    }

    /// Returns a test that is true of a package that neither Go nor goagent has.
    fn is_of_others(&self) -> anyhow::Result<impl Fn(&str) -> bool> {
        let goroot = self.goroot()?.as_std_path().to_owned();
        Ok(move |path: &str| !plan::is_ours(path) && !has_package(&goroot, path))
    }

    fn go_version(&self) -> anyhow::Result<Version> {
        let text = fs_err::read_to_string(self.goroot()?.join("VERSION"))
            .context("the Go version is not known; use `goagent build`")?;
        Version::parse(text.lines().next().unwrap_or_default()).context("the Go version is not understood")
    }

    /// Returns the functions that the woven runtime has for the agent, as far as its sources tell.
    fn declared(&self, go: &Go, flags: &[String]) -> anyhow::Result<BTreeSet<String>> {
        let version = self.go_version()?;
        let subject = plan::BuildPackage::named(RUNTIME);
        let unit = plan::unit(&self.bundles.all, &subject, Some(&version), &version, &mut Vec::new());
        let Some(unit) = unit else { return Ok(BTreeSet::new()) };
        let listed = list(go, flags, &[RUNTIME.to_owned()], DependencyScope::None)?;
        let runtime = listed.first().context("`go list runtime` gives nothing")?;
        Ok(weave::weave(&unit, &super::sources::read_sources(&runtime.dir, &runtime.files)?).declares)
    }

    /// Returns the archives of these packages and of all below them.
    fn archives(
        &self,
        imports: &BTreeSet<String>,
        arguments: &[String],
    ) -> anyhow::Result<BTreeMap<String, Utf8PathBuf>> {
        if imports.is_empty() {
            return Ok(BTreeMap::new());
        }
        let depth = depth();
        anyhow::ensure!(
            depth < MAX_DEPTH,
            "the packages that {imports:?} need are needed for themselves; use `goagent build`"
        );
        let store = Store::open()?;
        let (dir, _) = embedded::runtime_module(&store)?;
        let go = Go::of_goroot(self.goroot()?.as_std_path()).for_resolve(&dir);
        let go = go.with_env(DEPTH, (depth + 1).to_string());
        let mut words = flags_of(arguments)?;
        let tags: Vec<String> = embedded::tags_without(&self.declared(&go, &words)?).into_iter().collect();
        if !tags.is_empty() {
            words.push(format!("-tags={}", tags.join(",")));
        }
        words.push(self.bundles.toolexec()?);
        words.extend(["-export".to_owned(), "-deps".to_owned()]);
        let packages: Vec<String> = imports.iter().cloned().collect();
        let listed = list(&go, &words, &packages, DependencyScope::None)?;
        Ok(listed.into_iter().filter(|p| !p.export.is_empty()).map(|p| (p.path, p.export.into())).collect())
    }
}

/// Returns the nesting depth of builds started by toolexec.
fn depth() -> u32 {
    std::env::var(DEPTH).ok().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Returns the Go files of a compile except tests.
fn texts_of(arguments: &[String]) -> Vec<String> {
    let files = arguments.iter().skip(first_source(arguments)).filter(|file| !file.ends_with("_test.go"));
    files.filter_map(|file| fs_err::read_to_string(file).ok()).collect()
}

/// Returns the package, without the variant that `go test` appends.
fn import_path(arguments: &[String]) -> Option<String> {
    let path = value_of(arguments, "-p")?;
    if path != "main" {
        return Some(path.to_owned());
    }
    let full = std::env::var("TOOLEXEC_IMPORTPATH").ok()?;
    full.split(' ').next().map(str::to_owned)
}

/// Returns the go command's flags that follow from the flags of a compile or a link.
fn flags_of(arguments: &[String]) -> anyhow::Result<Vec<String>> {
    if arguments
        .iter()
        .any(|a| a == "-dynlink" || a.starts_with("-pgoprofile") || a.starts_with("-linkshared"))
    {
        anyhow::bail!(
            "with -pgo, -buildmode=plugin or -linkshared the tools do not show enough of the build; use `goagent build`"
        );
    }
    let has = |name: &str| arguments.iter().any(|a| a == name);
    let mut out: Vec<String> =
        ["-race", "-msan", "-asan"].into_iter().filter(|f| has(f)).map(str::to_owned).collect();
    if has("-shared") || has("-buildmode=pie") || has("-buildmode=c-shared") {
        out.push("-buildmode=pie".to_owned());
    }
    let trimmed = value_of(arguments, "-trimpath").is_some_and(|t| t.contains(';'));
    let untraceable = has("-buildid") && std::env::var("GOFLAGS").is_ok_and(|f| f.contains("-trimpath"));
    if trimmed || untraceable {
        out.push("-trimpath".to_owned());
    }
    let optimisation: Vec<&str> = ["-N", "-l"].into_iter().filter(|f| has(f)).collect();
    if !optimisation.is_empty() {
        out.push(format!("-gcflags=all={}", optimisation.join(" ")));
    }
    Ok(out)
}

/// Returns the module's version from the path of a file: `…/pkg/mod/host/module@v1.2.3/…`, or from
/// vendor/modules.txt.
fn module_version(file: &str, package: &str) -> Option<Version> {
    if let Some((_, rest)) = file.split_once("/pkg/mod/") {
        let (_, version) = rest.split_once('@')?;
        return Version::parse(version.split('/').next()?);
    }
    let (root, _) = file.split_once("/vendor/")?;
    let modules = fs_err::read_to_string(format!("{root}/vendor/modules.txt")).ok()?;
    let mut best: Option<(&str, &str)> = None;
    for line in modules.lines().filter_map(|line| line.strip_prefix("# ")) {
        let mut words = line.split(' ');
        let (Some(module), Some(version)) = (words.next(), words.next()) else { continue };
        let holds = package.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if holds && best.is_none_or(|(known, _)| module.len() > known.len()) {
            best = Some((module, version));
        }
    }
    Version::parse(best?.1)
}
