//! Observes one run: a program is built plain and woven in a scratch folder, and both are run.
//!
//! In: a case, a bundle. Out: [`Observed`], from memory if nothing that it depends on has changed.
//! Nothing is judged here.

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::bundle::Bundle;
use crate::store::{load, save, use_file};
use crate::version::Version;

use super::super::scratch::{MissingItem, Scratch, missing};
use super::cases::Case;
use super::running::{self, ProgramEnd, run_program};
use super::{metrics, telemetry};

/// Variables of the environment that may change the binary.
const BUILD_VARIABLES: [&str; 6] = ["CGO_ENABLED", "GOAMD64", "GOARCH", "GOARM", "GOEXPERIMENT", "GOOS"];

/// The observation of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Observed {
    /// The program as its author builds it.
    pub plain: ProgramEnd,
    /// The same program, woven.
    pub woven: ProgramEnd,
    /// The spans and, if they are wanted, the metrics.
    pub telemetry: String,
    /// The rules that were woven in: the plugin, and the line in its file.
    pub rules: Vec<(String, u32)>,
    /// The rules that could not be woven, with the reasons.
    pub trouble: Vec<String>,
}

impl Observed {
    /// Returns true if the same would be observed again. A failure may go away: neither a full disk
    /// nor a slow machine is a property of a rule.
    fn will_stay(&self) -> bool {
        let hung = [&self.plain, &self.woven].iter().any(|ended| ended.end == running::HUNG);
        self.trouble.is_empty() && !hung
    }
}

/// The error for rules that keep a program from being built.
#[derive(Debug, thiserror::Error)]
#[error("the woven program does not build: {0}")]
pub(super) struct NotBuilt(String);

/// Builder and runner of programs.
pub(super) struct ProgramBuilder {
    /// A digest of this program itself, which is the weaver.
    revision: String,
    folder: Utf8PathBuf,
    offline: bool,
}

impl ProgramBuilder {
    /// A builder that remembers observations in the folder.
    pub fn new(folder: Utf8PathBuf, offline: bool) -> anyhow::Result<Self> {
        let revision = blake3::hash(&fs_err::read(std::env::current_exe()?)?).to_hex().to_string();
        Ok(Self { revision, folder, offline })
    }

    /// The observation of a case with these rules; true if it was remembered. `plain` is the
    /// outcome of the plain program, if it is known.
    pub fn observe(
        &self,
        case: &Case,
        bundle: &Bundle,
        plain: Option<&ProgramEnd>,
    ) -> anyhow::Result<(Observed, bool)> {
        let bytes = bundle.encode()?;
        let key = self.folder.join(self.key(case, &bytes));
        if use_file(&key)
            && let Ok(known) = load(&key)
        {
            return Ok((known, true));
        }
        let observed = self.run(case, &bytes, plain)?;
        if observed.will_stay() {
            save(&key, &observed)?;
        }
        Ok((observed, false))
    }

    /// The same observation, made now and not remembered.
    pub fn observe_again(
        &self,
        case: &Case,
        bundle: &Bundle,
        plain: &ProgramEnd,
    ) -> anyhow::Result<Observed> {
        self.run(case, &bundle.encode()?, Some(plain))
    }

    fn key(&self, case: &Case, bundle: &[u8]) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        };
        add(self.revision.as_bytes());
        add(bundle);
        add(format!("{:?} {}", case.module, case.go).as_bytes());
        for name in BUILD_VARIABLES {
            add(std::env::var(name).unwrap_or_default().as_bytes());
        }
        for (name, content) in &case.program.files {
            add(name.as_bytes());
            add(content);
        }
        format!("run-{}", hasher.finalize().to_hex())
    }

    fn run(&self, case: &Case, bundle: &[u8], plain: Option<&ProgramEnd>) -> anyhow::Result<Observed> {
        let scratch = self.lay_out(case)?;
        let flags: Vec<&str> = case.program.flags.iter().map(String::as_str).collect();
        let plain = if let Some(known) = plain {
            known.clone()
        } else {
            scratch
                .run_go(&[&["build"], &*flags, &["-o", "bin/plain", "."]].concat())
                .context("the plain program does not build")?;
            run_program(case, scratch.dir(), "plain")?
        };
        let report = scratch
            .weave(bundle, &[&*flags, &["-o", "bin/woven", "."]].concat())
            .map_err(|error| NotBuilt(format!("{error:#}")))?;
        let woven = run_program(case, scratch.dir(), "woven")?;
        let rules = report.woven.iter().flat_map(|package| &package.rules);
        let rules = rules.filter_map(|rule| Some((rule.plugin.clone(), line_of(&rule.place)?))).collect();
        let trouble =
            missing(report).filter(MissingItem::is_missed).map(|one| describe_missing(&one)).collect();
        Ok(Observed { plain, woven, telemetry: sent(case, scratch.dir())?, rules, trouble })
    }

    /// Writes the program as a module of its own, with the module under test at its version.
    fn lay_out(&self, case: &Case) -> anyhow::Result<Scratch> {
        let (major, minor) = Version::parse(&case.go).context("no version of Go")?.minor();
        let go_mod = format!("module gorule.test\n\ngo {major}.{minor}\n");
        let scratch = Scratch::new(&go_mod, Some(&case.go), self.offline)?;
        for (name, content) in &case.program.files {
            fs_err::write(scratch.dir().join(name), content)?;
        }
        fs_err::create_dir_all(scratch.dir().join("bin"))?;
        let module = case.module.as_ref().map(|(path, tag)| format!("{path}@{tag}"));
        scratch.get(&module.into_iter().chain(case.program.gets.iter().cloned()).collect::<Vec<_>>())?;
        Ok(scratch)
    }
}

/// The telemetry that the woven program sent.
fn sent(case: &Case, dir: &Utf8Path) -> anyhow::Result<String> {
    let read =
        |what: &str| fs_err::read_to_string(dir.join("bin/woven").with_extension(what)).unwrap_or_default();
    let mut out = telemetry::render(&read("spans"))?;
    if case.program.metrics {
        out.push('\n');
        out += &metrics::render(&read("metrics"))?;
    }
    Ok(out)
}

/// The line of a place, `net_http.gorule:66` → 66.
fn line_of(place: &str) -> Option<u32> {
    place.split(':').nth(1)?.parse().ok()
}

fn describe_missing(missing: &MissingItem) -> String {
    let MissingItem { plugin, item, package, place, text, .. } = missing;
    if plugin.is_empty() && package.is_empty() {
        return text.clone();
    }
    let rule = item.as_ref().map(|item| format!("/{item}")).unwrap_or_default();
    let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
    format!("{plugin}{rule} in {package}{place}: {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_go_right_next_time_is_not_remembered() {
        let ended = |end: &str| ProgramEnd { end: end.to_owned(), ..ProgramEnd::default() };
        let seen = |plain, woven, trouble: &[&str]| Observed {
            plain: ended(plain),
            woven: ended(woven),
            telemetry: String::new(),
            rules: Vec::new(),
            trouble: trouble.iter().map(|&text| text.to_owned()).collect(),
        };
        assert!(seen("exit 0", "exit 2", &[]).will_stay());
        for passing in [
            seen(running::HUNG, "exit 0", &[]),
            seen("exit 0", running::HUNG, &[]),
            seen("exit 0", "exit 0", &["no space"]),
        ] {
            assert!(!passing.will_stay());
        }
    }
}
