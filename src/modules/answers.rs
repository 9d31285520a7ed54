//! Interprets the text with which `go` refuses something.
//!
//! In: an error text of `go` or of the proxy that it asked. Out: the cause that the text names.

/// The part of `go`'s message about a module whose go.mod asks for a newer Go.
pub(super) const FOR_NEWER_GO: &str = "requires go >= ";

/// The path that a module declares for itself, if `go` or the proxy refuses it by another one.
pub(super) fn declared_path(why: &str) -> Option<&str> {
    let after = |sign: &str| why.split_once(sign).map(|(_, rest)| rest);
    let rest = after("declares its path as:").or_else(|| {
        // `go.mod has post-v9 module path "…" at revision v9.0.0`
        after("go.mod has ").and_then(|rest| rest.split_once(" module path \"").map(|(_, rest)| rest))
    })?;
    let path =
        rest.trim_start().split(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | ';' | ')')).next()?;
    (!path.is_empty()).then_some(path)
}

/// Returns true if the answer is about one version: the proxy does not have it, it is not a module
/// there, or it needs a newer Go.
pub fn is_of_release(why: &str) -> bool {
    const SIGNS: [&str; 10] = [
        "404 Not Found",
        "410 Gone",
        ": not found",
        "reading file:", // from a proxy that is a folder
        "unknown revision",
        "invalid version",
        "not a valid zip file",
        "errors parsing go.mod",
        FOR_NEWER_GO,
        "toolchain not available",
    ];
    !is_transient(why) && SIGNS.iter().any(|sign| why.contains(sign))
}

/// Returns true if the answer may be different tomorrow: no connection rather than no module.
pub(super) fn is_transient(why: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "dial tcp",
        "no such host",
        "timeout",
        "connection refused",
        "connection reset",
        "GOPROXY=off",
        "cannot run `go`",
        "502 Bad Gateway",
    ];
    SIGNS.iter().any(|sign| why.contains(sign))
}
