//! Asks `go env` about this machine.
//!
//! In: a way to run `go`. Out: folders, Go's version and the platform. No other part of the
//! environment is read.

use std::path::PathBuf;

use crate::gotool::question::{GoCommand, GoMissing};
use crate::version::Version;

/// The folders in which Go keeps things, and its version and platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoEnv {
    /// GOROOT.
    pub goroot: PathBuf,
    /// GOMODCACHE.
    pub modcache: PathBuf,
    /// The version of Go itself.
    pub version: Version,
    /// The version as Go writes it.
    pub version_text: String,
    /// The platform in the form of toolchain modules, `linux-amd64`.
    pub platform: String,
    /// GOPROXY; empty if Go does not report it.
    pub proxy: String,
    /// The settings on which the files of a build depend: `CGO_ENABLED=1 GOEXPERIMENT=`.
    pub settings: String,
}

/// The reason for which `go env` is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GoEnvError {
    /// There is no `go`.
    #[error(transparent)]
    Missing(#[from] GoMissing),
    /// It failed.
    #[error("`go env` failed: {0}")]
    Failed(String),
    /// Its answer lacks a variable, or has a value that cannot be used.
    #[error("`go env` did not say what {0} is")]
    Unknown(&'static str),
}

impl GoEnv {
    /// Asks `go env`.
    pub(super) fn ask(go: &dyn GoCommand) -> Result<Self, GoEnvError> {
        let names = ["GOROOT", "GOMODCACHE", "GOVERSION", "GOHOSTOS", "GOHOSTARCH", "GOPROXY"];
        let settings = ["CGO_ENABLED", "GOEXPERIMENT"];
        let mut args = vec!["env", "-json"];
        args.extend(names.iter().chain(&settings));
        let output = go.run(&args, None, &[])?;
        if !output.success {
            return Err(GoEnvError::Failed(output.stderr.trim().to_owned()));
        }
        let answer: serde_json::Value = serde_json::from_str(&output.stdout)
            .map_err(|error| GoEnvError::Failed(format!("its answer is not JSON: {error}")))?;
        let value = |name: &'static str| {
            let text = answer.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
            if text.is_empty() { Err(GoEnvError::Unknown(name)) } else { Ok(text.to_owned()) }
        };
        let optional = |name: &str| answer.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let proxy = optional("GOPROXY").to_owned();
        let settings: Vec<String> =
            settings.iter().map(|name| format!("{name}={}", optional(name))).collect();
        let version_text = value("GOVERSION")?;
        let version = Version::parse(&version_text).ok_or(GoEnvError::Unknown("GOVERSION"))?;
        Ok(Self {
            goroot: value("GOROOT")?.into(),
            modcache: value("GOMODCACHE")?.into(),
            version,
            version_text: version_text.split(' ').next().unwrap_or_default().to_owned(),
            platform: format!("{}-{}", value("GOHOSTOS")?, value("GOHOSTARCH")?),
            proxy,
            settings: settings.join(" "),
        })
    }
}
