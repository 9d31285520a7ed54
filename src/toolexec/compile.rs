//! A marked compile: weaves, extends the importcfg, runs the compiler.
//!
//! If the compile fails permanently, the plugin whose template is at fault is left out, or the
//! package is compiled without any rule, and that is reported. If it fails transiently, this
//! process fails as well, so that nothing is stored under the mark.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::{ExitCode, Output};

use camino::{Utf8Path, Utf8PathBuf};

use super::failure::Failure;
use super::faults;
use super::protocol::{Fault, Job, MARK, PackageReport};
use super::reporter::Reporter;
use super::tool::{ParentBuild, Tool, code, exec, refuse, run_child};
use super::types_only::{check_types, no_archive};
use crate::bundle::Import;
use crate::codegen::RUNTIME;
use crate::store::{Store, load};
use crate::weave::{self, GoSourceFile, PlacedRule, RuleState, Text, Unit, Woven};

/// The file that starts the linked-in runtime in package main.
const BOOT_FILE: &str = "goagent_boot.go";
/// The package that it imports: in a program, and in a test binary.
pub const BOOTS: [&str; 2] = ["goagent/boot/program", "goagent/boot/test"];

/// Runs the compiler for a package that carries a mark.
pub fn run(tool: &Tool, arguments: Vec<OsString>, build: ParentBuild) -> ExitCode {
    let mut digest = None;
    let mut plain = Vec::with_capacity(arguments.len());
    for argument in arguments {
        match argument.to_str().and_then(|text| text.strip_prefix(MARK)) {
            Some(found) => digest = Some(found.to_owned()),
            None => plain.push(argument),
        }
    }
    if plain.iter().any(|a| a == "-V=full") {
        return exec(tool, &plain);
    }
    let (Some(digest), Some(store)) = (digest, Store::of_session(&build.session)) else {
        return refuse("the mark or the session's path is damaged; this is a defect of goagent");
    };
    let path = store.job(&digest);
    let outlet = Reporter::Build { trouble: build.trouble };
    let job = load(&path).inspect_err(|_| {
        // The next build finds that it is missing and makes it again.
        let _ = std::fs::remove_file(&path);
    });
    match job.and_then(|job| MarkedCompile::new(job, plain)) {
        Ok(marked) => marked.types_only(&build.types_only).compile(tool, &outlet),
        Err(error) => outlet.transient_failure(&format!("a file of this build cannot be used: {error}")),
    }
}

/// A compile with woven code.
pub(super) struct MarkedCompile {
    job: Job,
    arguments: Vec<String>,
    /// Indices of the Go files in `arguments`.
    sources: Vec<usize>,
    files: Vec<GoSourceFile>,
    objdir: Utf8PathBuf,
    package: String,
    /// Identifies the rules that were asked for.
    digest: String,
    /// The mistakes of plugins that were left out.
    faults: Vec<Fault>,
    /// True if the types are checked, and nothing is compiled.
    types_only: bool,
}

impl MarkedCompile {
    /// Reads the sources that the arguments name.
    pub fn new(job: Job, arguments: Vec<OsString>) -> std::io::Result<Self> {
        let not_utf8 = |a: OsString| std::io::Error::other(format!("{} is not UTF-8", a.to_string_lossy()));
        let arguments = arguments
            .into_iter()
            .map(|a| a.into_string().map_err(not_utf8))
            .collect::<Result<Vec<_>, _>>()?;
        let first = first_source(&arguments);
        let sources: Vec<usize> = (first..arguments.len()).collect();
        let mut files = Vec::new();
        for path in arguments.iter().skip(first) {
            files.push(GoSourceFile { path: path.clone(), text: fs_err::read_to_string(path)? });
        }
        let output = value_of(&arguments, "-o").unwrap_or_default();
        let objdir = Utf8Path::new(output).parent().unwrap_or(Utf8Path::new(".")).to_owned();
        let package = value_of(&arguments, "-p").unwrap_or_default().to_owned();
        let digest = job.unit.short_digest();
        let (faults, types_only) = (Vec::new(), false);
        Ok(Self { job, arguments, sources, files, objdir, package, digest, faults, types_only })
    }

    /// Checks only the types if the package is one of these. Nothing imports them, so nobody misses
    /// the archive.
    fn types_only(mut self, packages: &[String]) -> Self {
        self.types_only = packages.contains(&self.package);
        self
    }

    /// Runs the compiler.
    fn output(&self, tool: &Tool, arguments: &[String]) -> std::io::Result<Output> {
        if self.types_only {
            return check_types(tool, arguments, &self.objdir);
        }
        tool.command().args(arguments).output()
    }

    /// Weaves and compiles. A plugin whose templates do not compile is left out, and the others are
    /// tried again.
    pub fn compile(mut self, tool: &Tool, outlet: &Reporter) -> ExitCode {
        loop {
            let woven = self.weave();
            let boot = self.boot(&self.job.unit);
            if !woven.changed() && boot.is_none() {
                return match self.output(tool, &self.arguments) {
                    Ok(output) if output.status.success() => self.finish(outlet, woven, None, &output),
                    Ok(output) => pass_on(&output),
                    Err(_) => run_child(tool.command().args(&self.arguments)),
                };
            }
            let output = match self.try_compile(tool, &woven, boot.as_ref()) {
                Ok(output) if output.status.success() => return self.finish(outlet, woven, None, &output),
                Ok(output) => output,
                Err(failure) => return self.fall_back(tool, outlet, woven, &failure),
            };
            match self.faults_of(tool, &output, &woven) {
                Ok(found) => self.leave_out(found),
                Err(failure) => return self.fall_back(tool, outlet, woven, &failure),
            }
        }
    }

    /// Returns the mistakes in templates that made a compile fail; if there are none, the failure
    /// itself.
    fn faults_of(&self, tool: &Tool, output: &Output, woven: &Woven) -> Result<Vec<Fault>, Failure> {
        let failure = Failure::of_compiler(output, self.job.archives.values());
        if let Failure::Transient(_) = failure {
            return Err(failure);
        }
        let mut found = faults::find(failure.reason(), &self.job.unit, &woven.outcomes);
        if found.is_empty() && self.compiles_plain(tool) {
            found = self.faults_apart(tool)?;
        }
        if found.is_empty() { Err(failure) } else { Ok(found) }
    }

    fn weave(&self) -> Woven {
        if self.is_foreign() { Woven::default() } else { weave::weave(&self.job.unit, &self.files) }
    }

    fn try_compile(&self, tool: &Tool, woven: &Woven, boot: Option<&Text>) -> Result<Output, Failure> {
        let arguments = self.write(woven, boot)?;
        Ok(self.output(tool, &arguments)?)
    }

    fn compiles_plain(&self, tool: &Tool) -> bool {
        self.output(tool, &self.arguments).is_ok_and(|output| output.status.success())
    }

    /// Leaves out the plugins that made these mistakes; in runtime, the rules that made them and
    /// those that depend on them.
    fn leave_out(&mut self, found: Vec<Fault>) {
        let unit = &mut self.job.unit;
        let is_faulty = |placed: &PlacedRule| {
            let is_its = |fault: &Fault| {
                fault.plugin == placed.plugin && fault.rule.as_ref() == Some(&placed.rule.name)
            };
            placed.state == RuleState::On && found.iter().any(is_its)
        };
        if unit.package == RUNTIME && unit.rules.iter().any(is_faulty) {
            for placed in unit.rules.iter_mut().filter(|placed| is_faulty(placed)) {
                placed.state = RuleState::Faulty;
            }
        } else {
            unit.leave_out(|plugin| found.iter().any(|fault| fault.plugin == plugin));
        }
        self.faults.extend(found);
    }

    /// Returns the plugins that do not compile when each is woven alone, for a compile error that
    /// names no template. There are none if only all of them together do not compile.
    fn faults_apart(&self, tool: &Tool) -> Result<Vec<Fault>, Failure> {
        if self.job.unit.package == RUNTIME {
            return self.faults_of_blocks(tool);
        }
        let rules = self.job.unit.rules.iter().map(|placed| &placed.plugin);
        let bodies = self.job.unit.bodies.iter().map(|body| &body.port.plugin);
        let plugins: BTreeSet<&String> = rules.chain(bodies).collect();
        let mut found = Vec::new();
        for plugin in &plugins {
            let mut unit = self.job.unit.clone();
            unit.leave_out(|other| other != *plugin);
            let woven = weave::weave(&unit, &self.files);
            let output = self.try_compile(tool, &woven, self.boot(&unit).as_ref())?;
            if output.status.success() {
                continue;
            }
            match Failure::of_compiler(&output, self.job.archives.values()) {
                Failure::Permanent(said) => found.push(faults::whole(&said, plugin, &unit)),
                passing @ Failure::Transient(_) => return Err(passing),
            }
        }
        Ok(found)
    }

    /// Does the same for package runtime: returns the target blocks that do not compile together
    /// with the good blocks before them.
    fn faults_of_blocks(&self, tool: &Tool) -> Result<Vec<Fault>, Failure> {
        let on = |placed: &&PlacedRule| placed.state == RuleState::On;
        let blocks: BTreeSet<(&String, u32)> =
            self.job.unit.rules.iter().filter(on).map(|placed| (&placed.plugin, placed.block)).collect();
        let mut good = self.job.unit.clone();
        good.rules.iter_mut().for_each(|placed| placed.state = RuleState::Faulty);
        let mut found = Vec::new();
        for (plugin, block) in blocks {
            let mut unit = good.clone();
            let of_block = |placed: &PlacedRule| (&placed.plugin, placed.block) == (plugin, block);
            for (placed, own) in unit.rules.iter_mut().zip(&self.job.unit.rules).filter(|(p, _)| of_block(p))
            {
                placed.state = own.state;
            }
            let woven = weave::weave(&unit, &self.files);
            let output = self.try_compile(tool, &woven, self.boot(&unit).as_ref())?;
            if output.status.success() {
                good = unit;
                continue;
            }
            match Failure::of_compiler(&output, self.job.archives.values()) {
                Failure::Permanent(said) => {
                    let first = self.job.unit.rules.iter().filter(on).find(|placed| of_block(placed));
                    let rule = first.map(|placed| placed.rule.name.clone());
                    found.push(Fault { rule, ..faults::whole(&said, plugin, &unit) });
                }
                passing @ Failure::Transient(_) => return Err(passing),
            }
        }
        Ok(found)
    }

    /// Returns true if this compile has only inherited the mark: the main that `go test` writes,
    /// and the tests outside the package. They contain nothing of the unit.
    fn is_foreign(&self) -> bool {
        self.is_test_main() || self.package.strip_suffix("_test") == Some(self.job.unit.package.as_str())
    }

    /// Returns true if this is the main that `go test` writes, both for tests that it runs at once
    /// and for `-c`.
    fn is_test_main(&self) -> bool {
        // With coverage the file is called `_testmain.cover.go` and has a file of variables beside
        // it. A file that a person has written is not in a build if its name begins with `_`.
        let written_by_go = |file: &GoSourceFile| {
            Utf8Path::new(&file.path).file_name().is_some_and(|name| name.starts_with("_testmain."))
        };
        self.package == "main" && self.files.iter().any(written_by_go)
    }

    /// Compiles the package without any rule. If that fails too, the mistake is the user's own, or
    /// the system's, and is shown as go shows it. Otherwise the failure decides: a lasting one is
    /// stored with its reason, a passing one is not stored.
    fn fall_back(&self, tool: &Tool, outlet: &Reporter, woven: Woven, failure: &Failure) -> ExitCode {
        let Ok(output) = self.output(tool, &self.arguments) else {
            return outlet.transient_failure("the compiler could not be run a second time");
        };
        match failure {
            _ if !output.status.success() => pass_on(&output),
            Failure::Permanent(reason) => self.finish(outlet, woven, Some(reason.trim()), &output),
            Failure::Transient(reason) => {
                outlet.transient_failure(&format!("{} could not be woven: {}", self.package, reason.trim()))
            }
        }
    }

    /// Stores the report of a package that is compiled. A compile that has only inherited the mark
    /// has no report, except for a fallback.
    fn finish(&self, outlet: &Reporter, woven: Woven, fallback: Option<&str>, output: &Output) -> ExitCode {
        let mut faults = self.faults.clone();
        for fault in &mut faults {
            fault.message = self.without_folders(&fault.message);
        }
        let in_author_words =
            |reason| faults::author_words(&self.job.unit).translate(&self.without_folders(reason));
        let fallback = fallback.map(in_author_words);
        let is_own = fallback.is_some() || !self.is_foreign();
        let digest = self.digest.clone();
        let report = PackageReport {
            digest,
            faults,
            fallback,
            ..PackageReport::from_woven(&self.job.unit, woven, &self.files)
        };
        let remarks = self.job.remarks.as_ref().filter(|_| self.package == "main");
        let archive = value_of(&self.arguments, "-o").map(Utf8Path::new).filter(|_| !self.types_only);
        match outlet.report(Some(&report).filter(|_| is_own), remarks, archive) {
            Ok(()) if self.types_only => no_archive(),
            Ok(()) => pass_on(output),
            Err(error) => outlet
                .transient_failure(&format!("the archive of {} cannot be written: {error}", self.package)),
        }
    }

    /// Removes the folders of this build from a text: it becomes part of the archive, and must be
    /// the same wherever the build takes place.
    fn without_folders(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (import, archive) in &self.job.archives {
            text = text.replace(archive.as_str(), import);
        }
        let folders = self.files.iter().filter_map(|file| Utf8Path::new(&file.path).parent());
        let folders: BTreeSet<&Utf8Path> = folders.chain([self.objdir.as_path()]).collect();
        for folder in folders.into_iter().rev().filter(|folder| folder.as_str().len() > 1) {
            text = text.replace(&format!("{folder}/"), "");
        }
        text
    }

    /// Returns the start-up file with the bodies of a unit's ports, for a main.
    fn boot(&self, unit: &Unit) -> Option<Text> {
        self.job.remarks.as_ref().filter(|_| self.package == "main")?;
        let Text { text: bodies, mut imports } = weave::bodies(&unit.bodies);
        let [program, test] = BOOTS;
        let path = if self.is_test_main() { test } else { program };
        imports.insert(Import { alias: "goagent_boot".to_owned(), path: path.to_owned() });
        let mut text = "// Code generated by goagent. DO NOT EDIT.\n\npackage main\n\n".to_owned();
        for import in &imports {
            let _ = writeln!(text, "import {} {:?}", import.alias, import.path);
        }
        let _ = write!(text, "\nfunc init() {{ goagent_boot.Start() }}\n{bodies}");
        Some(Text { text, imports })
    }

    /// Writes the woven files next to the output and returns the arguments that compile them.
    fn write(&self, woven: &Woven, boot: Option<&Text>) -> Result<Vec<String>, Failure> {
        let mut arguments = self.arguments.clone();
        let mut copies = BTreeMap::new();
        for (index, text) in &woven.files {
            let (Some(at), Some(file)) = (self.sources.get(*index), self.files.get(*index)) else { continue };
            let name = Utf8Path::new(&file.path).file_name().unwrap_or("file.go");
            let copy = self.objdir.join(format!("goagent_{index}_{name}"));
            fs_err::write(&copy, text)?;
            if let Some(argument) = arguments.get_mut(*at) {
                copies.insert(copy.to_string(), std::mem::replace(argument, copy.to_string()));
            }
        }
        let mut imports: BTreeSet<String> = woven.imports.clone();
        for (name, text) in [
            (weave::GENERATED_FILE, woven.generated.as_deref()),
            (BOOT_FILE, boot.map(|boot| boot.text.as_str())),
        ] {
            if let Some(text) = text {
                let path = self.objdir.join(name);
                fs_err::write(&path, text)?;
                arguments.push(path.to_string());
            }
        }
        imports.extend(boot.iter().flat_map(|boot| &boot.imports).map(|import| import.path.clone()));
        if self.job.unit.package == RUNTIME {
            map_paths(&mut arguments, &copies);
        }
        self.extend_importcfg(&mut arguments, &imports)?;
        Ok(arguments)
    }

    fn extend_importcfg(&self, arguments: &mut [String], imports: &BTreeSet<String>) -> Result<(), Failure> {
        let Some(path) = value_of(arguments, "-importcfg").map(str::to_owned) else {
            return Err(Failure::Permanent("the compile has no importcfg".to_owned()));
        };
        let mut text = fs_err::read_to_string(&path)?;
        for import in imports.iter().filter(|import| *import != "unsafe") {
            let has = |line: &str| {
                let path = line.strip_prefix("packagefile ").or_else(|| line.strip_prefix("importmap "));
                path.and_then(|rest| rest.strip_prefix(import)).is_some_and(|rest| rest.starts_with('='))
            };
            if text.lines().any(has) {
                continue;
            }
            let archive = self
                .job
                .archives
                .get(import)
                .ok_or_else(|| Failure::Permanent(format!("{import} has no archive in this build")))?;
            let _ = writeln!(text, "packagefile {import}={archive}");
        }
        let copy = self.objdir.join("goagent_importcfg");
        fs_err::write(&copy, &text)?;
        replace_value(arguments, "-importcfg", copy.as_str());
        Ok(())
    }
}

/// Rewrites the paths of the woven runtime's copies, which has no `//line`: by the compiler's own
/// rewriting of paths they look like the originals.
fn map_paths(arguments: &mut [String], copies: &BTreeMap<String, String>) {
    let Some(old) = value_of(arguments, "-trimpath").map(str::to_owned) else { return };
    let mut rewritten = String::new();
    for (copy, original) in copies {
        let _ = write!(rewritten, "{copy}=>{};", final_path(&old, original));
    }
    rewritten.push_str(&old);
    replace_value(arguments, "-trimpath", &rewritten);
}

/// Returns the path as the compiler would have recorded it: by the first rewrite that fits; under
/// GOROOT, `$GOROOT` literally.
fn final_path(rewrites: &str, path: &str) -> String {
    for rewrite in rewrites.split(';') {
        let Some((from, to)) = rewrite.split_once("=>") else { continue };
        if let Some(rest) = path.strip_prefix(from)
            && rest.starts_with('/')
        {
            return if to.is_empty() {
                rest.trim_start_matches('/').to_owned()
            } else {
                format!("{to}{rest}")
            };
        }
    }
    match path.rfind("/src/runtime/") {
        Some(at) => format!("$GOROOT{}", path.get(at..).unwrap_or_default()),
        None => path.to_owned(),
    }
}

/// Returns the index of the first Go file: they come last, and only files follow the first.
pub(super) fn first_source(arguments: &[String]) -> usize {
    let is_source = |a: &&String| Utf8Path::new(a.as_str()).extension() == Some("go") && !a.starts_with('-');
    arguments.len() - arguments.iter().rev().take_while(is_source).count()
}

/// Returns the value of `-name value` or `-name=value`.
pub(super) fn value_of<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let joined = format!("{name}=");
    let at = arguments.iter().position(|a| a == name || a.starts_with(&joined))?;
    match arguments.get(at)?.strip_prefix(&joined) {
        Some(value) => Some(value),
        None => arguments.get(at + 1).map(String::as_str),
    }
}

fn replace_value(arguments: &mut [String], name: &str, value: &str) {
    let joined = format!("{name}=");
    let Some(at) = arguments.iter().position(|a| a == name || a.starts_with(&joined)) else { return };
    let separate = arguments.get(at).is_some_and(|a| a == name);
    let (index, text) = if separate { (at + 1, value.to_owned()) } else { (at, format!("{joined}{value}")) };
    if let Some(slot) = arguments.get_mut(index) {
        *slot = text;
    }
}

fn pass_on(output: &Output) -> ExitCode {
    use std::io::Write as _;
    let _ = std::io::stdout().write_all(&output.stdout);
    let _ = std::io::stderr().write_all(&output.stderr);
    code(output.status.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn arguments_of_the_compiler() {
        let mut arguments =
            words("-o $W/b1/_pkg_.a -trimpath $W/b1=> -p net/http -importcfg=/x/cfg -pack a.go b.go");
        assert_eq!(first_source(&arguments), 8);
        assert_eq!(value_of(&arguments, "-p"), Some("net/http"));
        assert_eq!(value_of(&arguments, "-importcfg"), Some("/x/cfg"));
        replace_value(&mut arguments, "-importcfg", "/y");
        replace_value(&mut arguments, "-p", "q");
        assert_eq!((arguments[5].as_str(), arguments[6].as_str()), ("q", "-importcfg=/y"));
    }

    #[test]
    fn copies_of_runtime_look_like_the_originals() {
        assert_eq!(final_path("/w/b1=>", "/go/src/runtime/proc.go"), "$GOROOT/src/runtime/proc.go");
        assert_eq!(
            final_path("/w/b1=>;/go/src/runtime=>runtime", "/go/src/runtime/proc.go"),
            "runtime/proc.go"
        );
    }
}
