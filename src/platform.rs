//! Platforms, as Go names them, and the platforms that a Go file is for.
//!
//! In: `linux`, `darwin/arm64`; a file's name and its text. Out: whether they fit together. The
//! name of a file and its `//go:build` line decide, by the rules of `go help buildconstraint`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Values of GOOS (`go tool dist list`, and those of internal/syslist with which file names may
/// end).
pub const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// Values of GOARCH, from the same sources.
pub const PROCESSORS: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// The systems that have the tag `unix`.
const UNIX: [&str; 12] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "linux",
    "netbsd",
    "openbsd",
    "solaris",
];

/// The length of the longest constraint that is read, in bytes.
const MAX_CONSTRAINT: usize = 4096;

/// One platform, or all platforms of a system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// GOOS.
    pub system: String,
    /// GOARCH; `None`: any.
    pub processor: Option<String>,
}

impl Platform {
    /// The reverse of its display. Unknown platforms are not refused.
    pub fn from_text(text: &str) -> Self {
        let (system, processor) = text.split_once('/').map_or((text, None), |(os, arch)| (os, Some(arch)));
        Self { system: system.to_owned(), processor: processor.map(str::to_owned) }
    }

    /// One platform with a processor: if none is named, one that the system has (`go tool dist
    /// list`).
    #[must_use]
    pub fn usual(&self) -> Self {
        let usual = match self.system.as_str() {
            "aix" => "ppc64",
            "android" | "darwin" | "ios" => "arm64",
            "js" | "wasip1" => "wasm",
            "zos" => "s390x",
            _ => "amd64",
        };
        let processor = self.processor.clone().unwrap_or_else(|| usual.to_owned());
        Self { system: self.system.clone(), processor: Some(processor) }
    }

    /// Returns true if a build for GOOS and GOARCH is meant.
    pub fn holds(&self, system: &str, processor: &str) -> bool {
        self.system == system && self.processor.as_deref().is_none_or(|own| own == processor)
    }

    /// Returns true if a file may be part of a build for it, as far as its name and its constraint
    /// decide.
    pub fn may_have(&self, name: &str, text: &str) -> bool {
        let by_name = tags_of(name).into_iter().all(|tag| self.tag(tag) != Some(false));
        by_name && constraint(text).is_none_or(|expression| self.evaluate(&expression) != Some(false))
    }

    /// Returns true if a tag is set; `None` if that is not known.
    fn tag(&self, tag: &str) -> Option<bool> {
        let system = self.system.as_str();
        if tag == "unix" {
            return Some(UNIX.contains(&system));
        }
        if SYSTEMS.contains(&tag) {
            let implied =
                matches!((system, tag), ("android", "linux") | ("illumos", "solaris") | ("ios", "darwin"));
            return Some(system == tag || implied);
        }
        if PROCESSORS.contains(&tag) {
            return self.processor.as_deref().map(|own| own == tag);
        }
        None
    }

    fn evaluate(&self, expression: &str) -> Option<bool> {
        let mut tokens = tokens(expression);
        tokens.reverse();
        self.any(&mut tokens)
    }

    fn any(&self, tokens: &mut Vec<&str>) -> Option<bool> {
        self.joined(tokens, "||", true, Self::all)
    }

    fn all(&self, tokens: &mut Vec<&str>) -> Option<bool> {
        self.joined(tokens, "&&", false, Self::not)
    }

    /// Evaluates operands with an operator between them: a single operand of the deciding value is
    /// enough; for the other value all must be known.
    fn joined(
        &self,
        tokens: &mut Vec<&str>,
        operator: &str,
        deciding: bool,
        operand: fn(&Self, &mut Vec<&str>) -> Option<bool>,
    ) -> Option<bool> {
        let mut value = operand(self, tokens);
        while tokens.last() == Some(&operator) {
            tokens.pop();
            let other = operand(self, tokens);
            let decided = [value, other].contains(&Some(deciding));
            value = if decided { Some(deciding) } else { value.and(other) };
        }
        value
    }

    fn not(&self, tokens: &mut Vec<&str>) -> Option<bool> {
        let mut turned = false;
        loop {
            match tokens.pop() {
                Some("!") => turned = !turned,
                Some("(") => {
                    let value = self.any(tokens);
                    tokens.pop();
                    return value.map(|value| value != turned);
                }
                Some(tag) => return self.tag(tag).map(|value| value != turned),
                None => return None,
            }
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.processor {
            Some(processor) => write!(f, "{}/{processor}", self.system),
            None => f.write_str(&self.system),
        }
    }
}

/// The tags that a file's name implies: `x_linux.go`, `x_arm64.go`, `x_linux_arm64.go`.
fn tags_of(name: &str) -> Vec<&str> {
    let stem = name.rsplit('/').next().unwrap_or(name);
    let stem = stem.strip_suffix(".go").unwrap_or(stem);
    let stem = stem.strip_suffix("_test").unwrap_or(stem);
    let mut parts = stem.split('_').skip(1).collect::<Vec<_>>().into_iter().rev();
    let Some(last) = parts.next() else { return Vec::new() };
    if SYSTEMS.contains(&last) {
        return vec![last];
    }
    if !PROCESSORS.contains(&last) {
        return Vec::new();
    }
    let before = parts.next().filter(|part| SYSTEMS.contains(part));
    std::iter::once(last).chain(before).collect()
}

/// The expression of a file's `//go:build` line, or of its `// +build` lines if it has no such
/// line.
fn constraint(text: &str) -> Option<String> {
    let head = || text.lines().take_while(|line| !line.starts_with("package "));
    let found = head().find_map(|line| line.strip_prefix("//go:build ")).map_or_else(
        || {
            let options = |line: &str| {
                let each = line.split_whitespace().map(|all| all.replace(',', " && "));
                format!("({})", each.collect::<Vec<_>>().join(" || "))
            };
            let older = head().filter_map(|line| line.strip_prefix("// +build ")).map(options);
            older.collect::<Vec<_>>().join(" && ")
        },
        str::to_owned,
    );
    (!found.is_empty() && found.len() <= MAX_CONSTRAINT).then_some(found)
}

fn tokens(expression: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = expression.trim_start();
    while !rest.is_empty() {
        let two = ["&&", "||"].into_iter().find(|word| rest.starts_with(word));
        let end = match two {
            Some(_) => 2,
            None if rest.starts_with(['(', ')', '!']) => 1,
            None => rest.find([' ', '\t', '(', ')', '!', '&', '|']).unwrap_or(rest.len()).max(1),
        };
        let (token, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        out.push(token);
        rest = tail.trim_start();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(platform: &str, name: &str, text: &str) -> bool {
        Platform::from_text(platform).may_have(name, text)
    }

    #[test]
    fn names_of_files_tell_platforms() {
        assert!(has("linux", "net/a_linux.go", "package a") && !has("darwin", "a_linux.go", "package a"));
        assert!(has("linux", "a_arm64.go", "") && has("linux/arm64", "a_arm64.go", ""));
        assert!(!has("linux/amd64", "a_arm64.go", "") && !has("linux/amd64", "a_linux_arm64.go", ""));
        assert!(!has("linux", "a_windows_arm64.go", "") && has("android", "a_linux.go", ""));
        assert!(
            has("linux", "linux.go", "") && has("linux", "a_unix.go", "") && has("windows", "a_unix.go", "")
        );
    }

    #[test]
    fn constraints_are_read_as_go_reads_them() {
        let of = |platform, expression: &str| {
            has(platform, "a.go", &format!("// x\n\n//go:build {expression}\n\npackage a\n"))
        };
        assert!(of("linux", "linux || darwin") && !of("windows", "linux||darwin"));
        assert!(of("linux", "unix") && !of("windows", "unix") && of("windows", "!unix"));
        assert!(of("linux", "!(windows || plan9) && cgo") && !of("plan9", "!(windows || plan9) && cgo"));
        assert!(of("linux", "purego") && of("linux", "!purego"), "tags of others may be set or not");
        assert!(of("linux", "amd64") && of("linux/amd64", "amd64 && !arm64") && !of("linux/arm64", "amd64"));
        assert!(!of("linux/arm64", "!linux || amd64 || (windows && arm64)"));
        assert!(
            has("linux", "a.go", "package a\n//go:build windows\n"),
            "below the package clause it means nothing"
        );
        let older = "// +build linux,amd64 darwin\n// +build !arm64\n\npackage a\n";
        assert!(has("linux/amd64", "a.go", older) && has("darwin/amd64", "a.go", older));
        assert!(
            !has("linux/386", "a.go", older)
                && !has("darwin/arm64", "a.go", older)
                && !has("windows", "a.go", older)
        );
    }

    #[test]
    fn one_platform_or_all_of_a_system() {
        assert!(
            Platform::from_text("linux").holds("linux", "arm64")
                && !Platform::from_text("linux/amd64").holds("linux", "arm64")
        );
        assert_eq!(Platform::from_text("linux/amd64").to_string(), "linux/amd64");
    }
}
