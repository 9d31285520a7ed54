//! `gorulec check` and `gorulec compile`: files → findings → a bundle.
//!
//! In: paths, and a way to run `go`. Out: a [`CompileReport`]; on success a bundle, which is
//! written completely or not at all.

use camino::{Utf8Path, Utf8PathBuf};

use crate::bundle::{Bundle, BundleError};
use crate::check::{self, CheckContext, CheckOutcome, Checked, ComparedVersions, VerdictCache};
use crate::codegen;
use crate::diagnostic::{self, Diagnostic, codes};
use crate::gotool::question::GoCommand;
use crate::lock::{self, Lock};
use crate::modules::Modules;
use crate::store::Store;
use crate::syntax::Parsed;

use super::coverage::{Coverage, TemplateCompilation};
use super::sound_texts::SoundTexts;
use super::{files, linked_in, types};

/// The result of checking or compiling.
#[derive(Debug, Default)]
pub struct CompileReport {
    /// All findings, sorted.
    pub findings: Vec<Diagnostic>,
    /// The bundle, if nothing is wrong.
    pub bundle: Option<Bundle>,
    /// For each package, the versions that its rules were compared with.
    pub compared: ComparedVersions,
    /// The parts that were compared and compiled, and those that were not.
    pub coverage: Coverage,
}

/// The reason for which a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It could not be encoded.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The file system refused.
    #[error("cannot write {path}: {reason}; what was there before is as it was")]
    Refused {
        /// The file.
        path: Utf8PathBuf,
        /// The system's reason.
        reason: String,
    },
}

impl CompileReport {
    /// The numbers of findings that stop the compilation and of those that do not.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.findings.iter().filter(|found| found.is_error()).count();
        (errors, self.findings.len() - errors)
    }

    /// Returns true if something that should be checked could not be.
    pub fn is_incomplete(&self) -> bool {
        is_incomplete(&self.findings)
    }
}

/// Returns true if findings report that something should be checked and could not be.
pub(super) fn is_incomplete(findings: &[Diagnostic]) -> bool {
    let codes = [codes::types::TYPES_NOT_CHECKED.code, codes::packages::NOT_CHECKED.code];
    findings.iter().any(|found| codes.contains(&found.code.code))
}

/// Options of a check.
#[derive(Debug, Clone, Copy, Default)]
pub struct CompileOptions {
    /// True if only what is on this machine may be used.
    pub offline: bool,
    /// True if only what the lock records is compiled.
    pub locked: bool,
    /// True if templates are compiled by Go.
    pub types: bool,
}

/// The files that were read.
pub(super) struct ReadFiles {
    /// The files that could be read.
    pub parsed: Vec<Parsed>,
    /// The lock beside them; an empty one if there is none, `None` if it cannot be read.
    pub lock: Option<Lock>,
    /// The mistakes of those that could not.
    pub findings: Vec<Diagnostic>,
}

/// Reads all files, and the lock.
pub(super) fn read(paths: &[Utf8PathBuf]) -> ReadFiles {
    let mut findings = Vec::new();
    let parsed = files::read_all(paths, &mut findings);
    let lock = read_lock(paths, &mut findings);
    ReadFiles { parsed, lock, findings }
}

/// Checks all files: against the lock and, if it does not record them, against the packages
/// themselves.
pub fn compile(paths: &[Utf8PathBuf], go: &dyn GoCommand, options: CompileOptions) -> CompileReport {
    let ReadFiles { parsed, lock, findings } = read(paths);
    compile_read(parsed, lock.as_ref(), findings, go, options)
}

/// Does the same for files that were already read.
pub(super) fn compile_read(
    parsed: Vec<Parsed>,
    lock: Option<&Lock>,
    findings: Vec<Diagnostic>,
    go: &dyn GoCommand,
    options: CompileOptions,
) -> CompileReport {
    let mut report = CompileReport { findings, ..CompileReport::default() };
    if let Some(lock) = lock.filter(|_| !parsed.is_empty()) {
        if options.locked {
            not_locked(&parsed, lock, &mut report.findings);
        }
        let plugins = parsed.iter().filter(|one| check::is_locked(one, lock));
        let locked: Vec<String> = plugins.map(|one| one.file.plugin.name.node.clone()).collect();
        if options.locked || locked.len() == parsed.len() {
            let sound = SoundTexts::open();
            let outcome = check::structure_except(parsed, &|file| sound.holds(file));
            sound.remember(&outcome);
            report.bundle = report.absorb(outcome).1;
        } else {
            against(parsed, go, options, lock, &mut report);
        }
        report.coverage.locked = locked;
    }
    diagnostic::sort(&mut report.findings);
    report
}

impl CompileReport {
    /// Takes over the findings. Returns the plugins and, if nothing is wrong, their bundle.
    fn absorb(&mut self, outcome: CheckOutcome) -> (Vec<Checked>, Option<Bundle>) {
        self.compared = outcome.compared();
        self.findings.extend(outcome.findings);
        let bundle = if self.counts().0 == 0 { lower(&outcome.checked, &mut self.findings) } else { None };
        (outcome.checked, bundle)
    }
}

/// Reads the lock beside the plugins.
fn read_lock(paths: &[Utf8PathBuf], findings: &mut Vec<Diagnostic>) -> Option<Lock> {
    let Some(path) = lock::find(paths) else { return Some(Lock::default()) };
    match Lock::read(&path) {
        Ok(lock) => Some(lock),
        Err(error) => {
            findings
                .push(Diagnostic::new(&codes::packages::LOCK_UNREADABLE).with("reason", error.to_string()));
            None
        }
    }
}

fn not_locked(parsed: &[Parsed], lock: &Lock, findings: &mut Vec<Diagnostic>) {
    for one in parsed.iter().filter(|one| !check::is_locked(one, lock)) {
        let name = &one.file.plugin.name;
        findings.push(
            Diagnostic::new(&codes::packages::NOT_LOCKED)
                .with("plugin", &name.node)
                .at(&one.source, name.span.clone(), "")
                .help("run `gorulec update` on the folder and commit gorule.lock with the plugin"),
        );
    }
}

/// Checks rules against packages, then compiles templates with the Go compiler.
fn against(
    parsed: Vec<Parsed>,
    go: &dyn GoCommand,
    options: CompileOptions,
    lock: &Lock,
    report: &mut CompileReport,
) {
    let modules = match Modules::new(go, options.offline) {
        Ok(modules) => modules.keeping(facts_folder()),
        Err(error) => {
            report.findings.push(no_go(&error.to_string()));
            report.absorb(check::structure(parsed));
            return;
        }
    };
    let cache = folder().map_or_else(VerdictCache::default, VerdictCache::new);
    let (carried, agent) = (linked_in::carried(), linked_in::agent_names());
    let context = CheckContext {
        modules: &modules,
        lock,
        cache: &cache,
        carried: &carried,
        agent: &agent,
        every: false,
    };
    let outcome = check::against(parsed, &context);
    let examined = outcome.examined.clone();
    let (checked, bundle) = report.absorb(outcome);
    report.bundle = bundle;
    report.findings.extend(no_folder(options));
    let mut compilation = None;
    if let (true, Some(bundle), Some(folder)) = (options.types, &report.bundle, folder()) {
        let subjects = types::Subjects {
            checked: &checked,
            bundle,
            examined: &examined,
            modules: &modules,
            folder,
            every: false,
        };
        let mut done = types::check(&subjects);
        report.findings.append(&mut done.findings);
        compilation = Some(done);
    }
    let compiling = match &compilation {
        Some(done) => TemplateCompilation::Done(done, false),
        None => TemplateCompilation::Left(not_compiling(options)),
    };
    report.coverage = Coverage::new(&examined, compiling, &modules);
    if report.counts().0 > 0 {
        report.bundle = None;
    }
}

/// Reports that templates should be compiled and cannot be, since no build can be remembered.
pub(super) fn no_folder(options: CompileOptions) -> Option<Diagnostic> {
    let found = || {
        Diagnostic::new(&codes::types::TYPES_NOT_CHECKED)
            .with("package", "all packages")
            .with("reason", "goagent has no folder of its own on this machine")
            .help("set HOME, or GOAGENT_CACHE to a folder that can be written")
    };
    (options.types && folder().is_none()).then(found)
}

/// The reason for which no template was compiled.
pub(super) fn not_compiling(options: CompileOptions) -> &'static str {
    if !options.types {
        "--no-types"
    } else if folder().is_none() {
        "goagent has no folder of its own on this machine"
    } else {
        "templates are compiled if nothing else is wrong"
    }
}

pub(super) fn no_go(reason: &str) -> Diagnostic {
    let help = "see that `go env` works in this shell";
    Diagnostic::new(&codes::packages::NO_GO).with("reason", reason).help(help)
}

/// The folder of verdicts of earlier runs on this machine.
pub(super) fn folder() -> Option<Utf8PathBuf> {
    Store::open().ok().map(|store| store.root().join("verdicts"))
}

/// The folder with what earlier runs found in the source of packages.
pub(super) fn facts_folder() -> Option<Utf8PathBuf> {
    Store::open().ok().map(|store| store.root().join("facts"))
}

/// The bundle of checked plugins.
pub(super) fn lower(checked: &[Checked], findings: &mut Vec<Diagnostic>) -> Option<Bundle> {
    let mut plugins = Vec::new();
    for one in checked {
        match codegen::lower(one.file(), &one.source().text) {
            Ok(plugin) => plugins.push(plugin),
            Err(error) => {
                let at = error.offset..error.offset + 2;
                findings.push(
                    Diagnostic::new(&codes::templates::HELPER_MISUSED).with("what", error.reason).at(
                        one.source(),
                        at,
                        "",
                    ),
                );
            }
        }
    }
    (plugins.len() == checked.len()).then_some(Bundle { plugins })
}

/// A bundle that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The bytes of the file.
    pub size: usize,
    /// The digest of the file, by which a build may pin it.
    pub digest: String,
}

/// The reason for which a bundle must not take the place of an existing file, if there is one.
fn in_the_way(path: &Utf8Path) -> Option<&'static str> {
    let Ok(found) = std::fs::metadata(path) else { return None };
    if !found.is_file() {
        Some("it is no regular file")
    } else if path.extension() == Some("gorule") {
        Some("it is a rule file")
    } else {
        None
    }
}

/// Writes a bundle.
pub fn write(bundle: &Bundle, path: &Utf8Path) -> Result<Written, WriteError> {
    let bytes = bundle.encode()?;
    if let Some(reason) = in_the_way(path) {
        return Err(WriteError::Refused { path: path.to_owned(), reason: reason.to_owned() });
    }
    write_whole(&bytes, path)?;
    Ok(Written { size: bytes.len(), digest: blake3::hash(&bytes).to_hex().to_string() })
}

/// Writes a temporary file beside the destination and moves it there, so that nobody reads half of
/// it.
pub fn write_whole(bytes: &[u8], path: &Utf8Path) -> Result<(), WriteError> {
    let refused =
        |error: std::io::Error| WriteError::Refused { path: path.to_owned(), reason: error.to_string() };
    // If the path is a link, the file that it leads to is written, not the link.
    let resolved = path.canonicalize_utf8();
    let path = resolved.as_deref().unwrap_or(path);
    let folder = path.parent().filter(|parent| !parent.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".gobundle").tempfile_in(folder).map_err(refused)?;
    std::io::Write::write_all(&mut file, bytes).map_err(refused)?;
    readable(file.as_file()).map_err(refused)?;
    file.persist(path).map_err(|error| refused(error.error))?;
    Ok(())
}

/// Makes a file readable for everybody, as a bundle is; temporary files are for their owner only.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
