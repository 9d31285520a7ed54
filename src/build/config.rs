//! `goagent.toml`: finding it, reading it, and the faults in it.
//!
//! In: the folder that go works in. Out: a [`Config`], or findings with their places. Only the file
//! beside the nearest `go.mod` or `go.work` upwards is read, and no other: it is part of the
//! repository that is built.

use std::ops::Range;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::codes::config::{CONFIG_BUNDLE, CONFIG_KEY, CONFIG_NO_PIN, CONFIG_SYNTAX};
use crate::diagnostic::{Diagnostic, SourceFile, nearest};
use crate::toolexec::bundles::{LoadedBundle, NamedBundle, PinError, digest_of};

/// The file's name.
pub const NAME: &str = "goagent.toml";

/// The content of the file, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    strict: bool,
    verbose: bool,
    std: Option<bool>,
    bundles: Vec<RawBundle>,
    plugins: RawPlugins,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBundle {
    path: Spanned<String>,
    blake3: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawPlugins {
    disable: Vec<Spanned<String>>,
    enable: Vec<Spanned<String>>,
}

/// A name that is switched on or off, and its place in the file.
#[derive(Debug, Clone)]
pub struct SwitchSetting {
    /// `*`, a plugin or `plugin/rule`.
    pub name: String,
    /// On or off.
    pub on: bool,
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// Its line in the file.
    pub line: usize,
}

/// The settings of the file.
#[derive(Debug, Default)]
pub struct Config {
    /// The file; `None` if there is none.
    pub file: Option<Arc<SourceFile>>,
    /// As `--strict`.
    pub strict: bool,
    /// As `--verbose`.
    pub verbose: bool,
    /// As `--no-std`.
    pub no_std: bool,
    /// As `--bundle`, each with its digest.
    pub bundles: Vec<LoadedBundle>,
    /// As `--disable` and `--enable`.
    pub wishes: Vec<SwitchSetting>,
}

/// Returns the path of the file, which is in the folder of the nearest `go.mod` or `go.work`;
/// `None` if there is none.
pub fn find(dir: &Utf8Path) -> Option<Utf8PathBuf> {
    let root =
        dir.ancestors().find(|dir| ["go.mod", "go.work"].iter().any(|name| dir.join(name).is_file()))?;
    Some(root.join(NAME)).filter(|file| file.is_file())
}

impl Config {
    /// Reads a file.
    pub fn read(path: &Utf8Path) -> Result<Self, Vec<Diagnostic>> {
        let text = fs_err::read_to_string(path).map_err(|error| {
            let file = SourceFile::new(path.as_str(), "");
            vec![
                syntax(&file, 0..0, &error.to_string())
                    .help("see that it is there, may be read, and is UTF-8"),
            ]
        })?;
        let file = SourceFile::new(path.as_str(), text);
        let raw: Raw = toml::from_str(&file.text).map_err(|error| vec![refused(&file, &error)])?;
        let folder = path.parent().unwrap_or(Utf8Path::new("."));
        let mut findings = Vec::new();
        let mut bundles = Vec::new();
        for bundle in &raw.bundles {
            match bundle.load(&file, folder) {
                Ok(loaded) => bundles.push(loaded),
                Err(finding) => findings.push(finding),
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let wish = |on: bool, name: &Spanned<String>| {
            let line = file.text.get(..name.span().start).unwrap_or_default().matches('\n').count() + 1;
            SwitchSetting { name: name.get_ref().clone(), on, span: name.span(), line }
        };
        let off = raw.plugins.disable.iter().map(|name| wish(false, name));
        let on = raw.plugins.enable.iter().map(|name| wish(true, name));
        let wishes = off.chain(on).collect();
        let no_std = raw.std == Some(false);
        Ok(Self { strict: raw.strict, verbose: raw.verbose, no_std, bundles, wishes, file: Some(file) })
    }
}

impl RawBundle {
    /// Loads the bundle. A bundle without a digest, or with another digest than the pinned one, is
    /// refused.
    fn load(&self, file: &Arc<SourceFile>, folder: &Utf8Path) -> Result<LoadedBundle, Diagnostic> {
        let shown = self.path.get_ref();
        let path = folder.join(shown);
        let Some(pin) = &self.blake3 else {
            let digest = digest_of(&path).unwrap_or_else(|_| "…".to_owned());
            return Err(Diagnostic::new(&CONFIG_NO_PIN)
                .with("path", shown)
                .at(file, self.path.span(), "add `blake3` beside it")
                .help(format!(
                    "look at it with `goagent inspect --bundle {path}`, then write {{ path = {shown:?}, blake3 = {digest:?} }}"
                )));
        };
        let named = NamedBundle { path: path.clone(), digest: Some(pin.get_ref().clone()) };
        named.read().map(|loaded| LoadedBundle { name: shown.clone(), ..loaded }).map_err(|error| {
            let (span, help) = match &error {
                PinError::Digest { .. } => (
                    pin.span(),
                    format!(
                        "look at it with `goagent inspect --bundle {path}` and write its new digest, or bring the old file back"
                    ),
                ),
                PinError::NoDigest(_) => (pin.span(), format!("`b3sum {path}` prints it")),
                PinError::Read(_) => (self.path.span(), format!("paths are taken from {folder}")),
                PinError::Bundle(_) => (self.path.span(), "make it again with `gorulec compile`".to_owned()),
            };
            let reason = error.to_string();
            Diagnostic::new(&CONFIG_BUNDLE).with("path", shown).with("reason", reason).at(file, span, "").help(help)
        })
    }
}

fn syntax(file: &Arc<SourceFile>, span: Range<usize>, reason: &str) -> Diagnostic {
    let reason = reason.trim().replace('\n', ", ");
    Diagnostic::new(&CONFIG_SYNTAX).with("reason", reason).at(file, span, "")
}

/// The finding for an error of the TOML reader, with the nearest name if a setting is not known.
fn refused(file: &Arc<SourceFile>, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    let message = error.message();
    if !message.starts_with("unknown field") {
        return syntax(file, span, message).help("see the settings in the book's page on trust");
    }
    // unknown field `a`, expected one of `b`, `c`
    let mut quoted = message.split('`').skip(1).step_by(2);
    let key = quoted.next().unwrap_or_default().to_owned();
    let known: Vec<&str> = quoted.collect();
    let help = match nearest(&key, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`? There are: {}", known.join(", ")),
        None => format!("there are: {}", known.join(", ")),
    };
    Diagnostic::new(&CONFIG_KEY).with("key", key).at(file, span, "").help(help)
}
