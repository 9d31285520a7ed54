//! Builds a module in a temporary folder with go and with goagent, that is with this very program,
//! which can run as goagent.
//!
//! In: a Go, requirements, a bundle. Out: binaries in the folder, and goagent's report. The folder
//! is removed on drop; nothing is judged here.

use std::process::{Command, Stdio};

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::gotool::{Go, child};
use crate::item::Item;
use crate::platform::Platform;
use crate::report::BuildReport;
use crate::weave::SkipCode;

/// The first argument with which this program runs as goagent.
pub const AS_GOAGENT: &str = "goagent";
/// At most this many lines of a failed command are reported.
const LINES: usize = 6;

/// A part of the rules that is not in a build though it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MissingItem {
    /// The cause.
    pub cause: MissingCause,
    /// The package; empty if it is not known.
    pub package: String,
    /// The plugin; empty if the entry is not about a plugin.
    pub plugin: String,
    /// The rule, or the addition, if it is known.
    pub item: Option<Item>,
    /// The place in the rule file: `gin.gorule:14:20`.
    pub place: String,
    /// The compiler's message, or the reason.
    pub text: String,
}

/// The reason for which something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum MissingCause {
    /// The files of the build have no such function.
    NoFunction,
    /// It could not be woven.
    Refused,
    /// It was woven but does not compile.
    DoesNotCompile,
}

/// All entries of a report that are missing.
pub(super) fn missing(report: BuildReport) -> impl Iterator<Item = MissingItem> {
    let skipped = report.skipped.into_iter().map(|one| MissingItem {
        cause: if one.code == SkipCode::NotFound { MissingCause::NoFunction } else { MissingCause::Refused },
        package: one.package.package,
        plugin: one.plugin,
        item: Some(one.item),
        place: one.place,
        text: one.reason,
    });
    let faults = report.faults.into_iter().map(|one| MissingItem {
        package: one.package.package,
        plugin: one.plugin,
        item: one.rule.map(Item::Rule),
        place: one.place,
        ..MissingItem::does_not_compile(one.message)
    });
    let fallbacks = report
        .fallbacks
        .into_iter()
        .map(|one| MissingItem { package: one.package.package, ..MissingItem::does_not_compile(one.reason) });
    let notes = report.notes.into_iter().map(MissingItem::does_not_compile);
    skipped.chain(faults).chain(fallbacks).chain(notes)
}

impl MissingItem {
    fn does_not_compile(text: String) -> Self {
        Self {
            cause: MissingCause::DoesNotCompile,
            package: String::new(),
            plugin: String::new(),
            item: None,
            place: String::new(),
            text,
        }
    }

    /// Returns true unless only a function is missing, which another platform may have.
    pub fn is_missed(&self) -> bool {
        self.cause != MissingCause::NoFunction
    }
}

/// The failure of a command, with its messages.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct CommandFailure(String);

/// The requirements of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Requirements {
    go_mod: String,
    go_sum: String,
}

/// A module of its own in a temporary folder.
pub(super) struct Scratch {
    dir: Utf8PathBuf,
    go: Option<String>,
    platform: Option<Platform>,
    offline: bool,
    _guard: tempfile::TempDir,
}

impl Scratch {
    /// Creates a folder with this go.mod. `go` is the value of GOTOOLCHAIN; `None` leaves it as it
    /// is.
    pub fn new(go_mod: &str, go: Option<&str>, offline: bool) -> anyhow::Result<Self> {
        let guard = tempfile::tempdir()?;
        let dir = Utf8Path::from_path(guard.path()).context("the temporary folder is not UTF-8")?.to_owned();
        fs_err::write(dir.join("go.mod"), go_mod)?;
        Ok(Self { dir, go: go.map(str::to_owned), platform: None, offline, _guard: guard })
    }

    /// Sets the platform of builds, which must name a processor; otherwise they are for the
    /// platform of the environment.
    #[must_use]
    pub fn on(mut self, platform: &Platform) -> Self {
        self.platform = Some(platform.clone());
        self
    }

    /// The folder.
    pub fn dir(&self) -> &Utf8Path {
        &self.dir
    }

    /// Runs `go …`.
    pub fn run_go(&self, words: &[&str]) -> anyhow::Result<()> {
        let go = Go::from_path().in_dir(&self.dir);
        expect(
            &mut self
                .variables()
                .into_iter()
                .fold(go, |go, (name, value)| go.with_env(name, value))
                .command(words)?,
        )
    }

    /// Runs `go get` for modules or packages at versions.
    pub fn get(&self, wanted: &[String]) -> anyhow::Result<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        let words: Vec<&str> = std::iter::once("get").chain(wanted.iter().map(String::as_str)).collect();
        self.run_go(&words).with_context(|| format!("go {}", words.join(" ")))
    }

    /// The module's requirements: its go.mod and go.sum.
    pub fn requirements(&self) -> anyhow::Result<Requirements> {
        let read = |name: &str| fs_err::read_to_string(self.dir.join(name));
        Ok(Requirements { go_mod: read("go.mod")?, go_sum: read("go.sum")? })
    }

    /// Gives the module the requirements of another one.
    pub fn require(&self, required: &Requirements) -> anyhow::Result<()> {
        fs_err::write(self.dir.join("go.mod"), &required.go_mod)?;
        Ok(fs_err::write(self.dir.join("go.sum"), &required.go_sum)?)
    }

    /// Runs `goagent build …` with the rules of a bundle and no others.
    pub fn weave(&self, bundle: &[u8], words: &[&str]) -> anyhow::Result<BuildReport> {
        self.goagent(bundle, "--types-only=false", words)
    }

    /// Does the same, but makes no archives of packages that no other one imports: they are only
    /// checked for mistakes in types.
    pub fn check_types(&self, bundle: &[u8], packages: &[&str]) -> anyhow::Result<BuildReport> {
        self.goagent(bundle, "--types-only", packages)
    }

    fn goagent(&self, bundle: &[u8], mode: &str, words: &[&str]) -> anyhow::Result<BuildReport> {
        let (file, report) = (self.dir.join("scratch.gobundle"), self.dir.join("scratch.json"));
        fs_err::write(&file, bundle)?;
        let mut goagent = Command::new(std::env::current_exe()?);
        goagent.current_dir(&self.dir).envs(self.variables()).env_remove("GOAGENT");
        goagent.args([AS_GOAGENT, "build", "--no-std", "--no-config", mode]);
        goagent.arg(format!("--bundle={file}")).arg(format!("--report=json:{report}"));
        expect(goagent.args(words))?;
        let read: BuildReport = serde_json::from_slice(&fs_err::read(&report)?)?;
        match read.error {
            Some(error) => Err(CommandFailure(error).into()),
            None => Ok(read),
        }
    }

    /// The environment of go, and of goagent, which runs go.
    fn variables(&self) -> Vec<(&str, &str)> {
        let mut all = vec![("GOWORK", "off"), ("GOFLAGS", "-mod=mod"), ("PWD", self.dir.as_str())];
        all.extend(self.go.iter().map(|go| ("GOTOOLCHAIN", go.as_str())));
        if self.offline {
            // Modules in the cache were verified when they were downloaded; the checksum database's
            // answers for them may not have been kept.
            all.extend([("GOPROXY", "off"), ("GONOSUMDB", "*")]);
        }
        if let Some(Platform { system, processor: Some(processor) }) = &self.platform {
            all.extend([("GOOS", system.as_str()), ("GOARCH", processor.as_str())]);
        }
        all
    }
}

/// Runs a command that must succeed.
fn expect(command: &mut Command) -> anyhow::Result<()> {
    let output = child::output(command.stdin(Stdio::null()))
        .with_context(|| format!("{} cannot be run", command.get_program().display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(CommandFailure(error_line(&String::from_utf8_lossy(&output.stderr))).into())
}

/// The lines of a failed command that explain it: first go's own, then goagent's.
fn error_line(stderr: &str) -> String {
    let is_noise = |line: &&str| {
        line.trim().is_empty() || ["go: downloading", "# "].iter().any(|start| line.starts_with(start))
    };
    let lines = stderr.lines().filter(|line| !is_noise(line));
    let (ours, gos): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("goagent:"));
    let all: Vec<&str> = gos.into_iter().chain(ours).take(LINES).collect();
    if all.is_empty() { "it says nothing of why".to_owned() } else { all.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::error_line;

    #[test]
    fn what_goagent_says_is_told_behind_what_go_says() {
        let said =
            "goagent: woven encoding/hex (1 package, 1 rule)\n# gorule.test\nmain.go:9:2: undefined: x\n\n";
        assert_eq!(
            error_line(said),
            "main.go:9:2: undefined: x\ngoagent: woven encoding/hex (1 package, 1 rule)"
        );
        assert_eq!(error_line("goagent: no space left on device\n"), "goagent: no space left on device");
        assert_eq!(error_line("go: downloading x v1.0.0\n"), "it says nothing of why");
    }
}
