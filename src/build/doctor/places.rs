//! Checks of folders: that they can be written, their size, and the free space.

use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use super::finding::{CheckResult, store};
use crate::gotool::GoVariables;

/// Less free space than this is too little for a build of many packages.
const LITTLE: u64 = 1 << 30;
/// Counting stops at a folder that brings the number of files above this.
const MANY: usize = 300_000;
/// A session that was not used for this long is of no use.
const STALE: Duration = Duration::from_hours(30 * 24);

/// Checks every folder that a build writes to or reads from.
pub(super) fn check(go: Option<&GoVariables>, dir: &Utf8Path, findings: &mut Vec<CheckResult>) {
    findings.push(own_folder());
    let Some(go) = go else { return };
    findings.push(go_cache(go.get("GOCACHE")));
    findings.push(temporary(go.get("GOTMPDIR")));
    let read_only: Vec<String> =
        [("GOROOT", go.get("GOROOT")), ("GOMODCACHE", go.get("GOMODCACHE")), ("the source", dir.as_str())]
            .into_iter()
            .filter(|(_, place)| Utf8Path::new(place).is_dir() && !is_writable(Utf8Path::new(place)))
            .map(|(name, place)| format!("{name} ({place})"))
            .collect();
    if !read_only.is_empty() {
        findings.push(CheckResult::ok("read-only", format!("{}: builds work so", read_only.join(", "))));
    }
}

/// Checks goagent's own folder.
fn own_folder() -> CheckResult {
    let chosen = std::env::var("GOAGENT_CACHE").ok().filter(|dir| !dir.is_empty());
    let store = match store() {
        Ok(store) => store,
        Err(error) => {
            let remedy = "set GOAGENT_CACHE to a folder that may be written";
            return CheckResult::bad("own folder", error.to_string(), remedy);
        }
    };
    let root = store.root();
    if !is_writable(root) {
        return CheckResult::bad(
            "own folder",
            format!("{root} may not be written"),
            "set GOAGENT_CACHE to a folder that may be",
        );
    }
    let (size, files) = size_of(root);
    let mut text = format!("{root}: {} in {files} files", bytes(size));
    let stale = stale(&root.join("sessions"));
    if stale > 0 {
        text = format!("{text}, {stale} sessions not used for a month");
        let remedy = format!("`rm -r {root}` while nothing is being built: what is needed is made again");
        return CheckResult::warn("own folder", text, remedy);
    }
    if chosen.is_none() && root.starts_with(std::env::temp_dir()) {
        let remedy =
            "set GOAGENT_CACHE to a folder that lasts: what is in a temporary one is made again each time";
        return CheckResult::warn(
            "own folder",
            format!("{text}; the user's cache directory may not be written"),
            remedy,
        );
    }
    room(root).map_or_else(
        || CheckResult::ok("own folder", text.clone()),
        |free| with_room("own folder", &text, free),
    )
}

/// Checks Go's build cache.
fn go_cache(place: &str) -> CheckResult {
    if place == "off" || place.is_empty() {
        return CheckResult::bad(
            "build cache",
            "GOCACHE is off: go builds nothing",
            "set GOCACHE to a folder, or unset it",
        );
    }
    let dir = Utf8PathBuf::from(place);
    if fs_err::create_dir_all(&dir).is_err() || !is_writable(&dir) {
        return CheckResult::bad(
            "build cache",
            format!("GOCACHE ({dir}) may not be written"),
            "set GOCACHE to a folder that may be; its content is not lost, it is made again",
        );
    }
    let (size, files) = size_of(&dir);
    let text = format!("{dir}: {} in {files} files", bytes(size));
    room(&dir).map_or_else(
        || CheckResult::ok("build cache", text.clone()),
        |free| with_room("build cache", &text, free),
    )
}

fn temporary(go: &str) -> CheckResult {
    let dir = if go.is_empty() {
        Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_default()
    } else {
        go.into()
    };
    if is_writable(&dir) {
        return CheckResult::ok("temporary files", format!("{dir} may be written"));
    }
    CheckResult::bad(
        "temporary files",
        format!("{dir} may not be written: go cannot build"),
        "set TMPDIR or GOTMPDIR to a folder that may be",
    )
}

fn with_room(check: &'static str, text: &str, free: u64) -> CheckResult {
    let text = format!("{text}, {} free", bytes(free));
    if free < LITTLE {
        let remedy = "make room: `go clean -cache` empties Go's cache";
        return CheckResult::warn(check, text, remedy);
    }
    CheckResult::ok(check, text)
}

/// Returns true if a file can be created there: permissions alone are not conclusive.
fn is_writable(dir: &Utf8Path) -> bool {
    tempfile::NamedTempFile::new_in(dir).is_ok()
}

/// Returns the total size of the files below a folder, and their number.
fn size_of(dir: &Utf8Path) -> (u64, usize) {
    let (mut size, mut files) = (0, 0);
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = folder.read_dir_utf8() else { continue };
        for entry in entries.flatten() {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(entry.path().to_owned()),
                Ok(meta) => {
                    size += meta.len();
                    files += 1;
                }
                Err(_) => {}
            }
        }
        if files > MANY {
            break;
        }
    }
    (size, files)
}

fn stale(sessions: &Utf8Path) -> usize {
    let Ok(entries) = sessions.read_dir_utf8() else { return 0 };
    let is_stale = |modified: SystemTime| modified.elapsed().is_ok_and(|age| age > STALE);
    entries.flatten().filter(|entry| entry.metadata().and_then(|m| m.modified()).is_ok_and(is_stale)).count()
}

/// Returns the number of bytes that are free for this user.
#[cfg(unix)]
fn room(dir: &Utf8Path) -> Option<u64> {
    let found = nix::sys::statvfs::statvfs(dir.as_std_path()).ok()?;
    #[allow(clippy::useless_conversion)] // the types differ by platform
    Some(u64::from(found.blocks_available()) * u64::from(found.fragment_size()))
}

#[cfg(not(unix))]
fn room(_: &Utf8Path) -> Option<u64> {
    None
}

/// Formats a size: `1.5 GB`.
fn bytes(n: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", n / unit, n % unit * 10 / unit);
    match n {
        0..1_000 => format!("{n} bytes"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::doctor::Health;

    #[test]
    fn folders() {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(dir.path()).unwrap();
        std::fs::write(root.join("a"), vec![0; 1500]).unwrap();
        assert_eq!(size_of(root), (1500, 1));
        assert!(go_cache(root.as_str()).text.contains("1.5 kB in 1 files"));
        assert_eq!(go_cache("off").level, Health::Bad);
        assert_eq!(go_cache(root.join("a/b").as_str()).level, Health::Bad);
        assert_eq!(temporary(root.join("none").as_str()).level, Health::Bad);
        assert_eq!(with_room("x", "y", 1000).level, Health::Warn);
        assert_eq!(stale(root), 0);
        let old = SystemTime::now() - STALE - Duration::from_mins(1);
        std::fs::File::options().append(true).open(root.join("a")).unwrap().set_modified(old).unwrap();
        assert_eq!(stale(root), 1);
    }
}
