//! Keeps the store from growing without end: removes files that no build has used for some days.
//!
//! As in Go's own build cache, a use shows in the file's modification time, set at most once an
//! hour, and a sweep takes place at most once a day. Builds hold the store while they look for
//! files and mark them as used, and a sweep takes place only while none does: so it never removes a
//! file that a build has found.

use std::fs::File;
use std::time::{Duration, SystemTime};

use camino::Utf8Path;

use super::Store;

/// Files that were not used for this long are removed. Go's build cache drops its archives after
/// the same time.
const KEPT: Duration = Duration::from_hours(5 * 24);
/// The least time between two sweeps.
const BETWEEN: Duration = Duration::from_hours(24);
/// A modification time that is younger than this is not updated.
const PRECISION: Duration = Duration::from_hours(1);

/// Folders with one file for each entry.
const FILES: [&str; 9] =
    ["archives", "facts", "jobs", "layers", "plugins", "reports", "sessions", "sound", "verdicts"];
/// The folder with one folder for each entry, and the file in these that is written last.
const FOLDERS: (&str, &str) = ("runtime", ".complete");

/// A lock that prevents sweeps while it lives.
#[derive(Debug)]
pub struct StoreHold {
    _lock: Option<File>,
}

/// Returns true if a file exists and is not empty, as a crash of the machine may leave it. From now
/// on it counts as used.
pub fn use_file(path: &Utf8Path) -> bool {
    let Ok(found) = path.metadata() else { return false };
    let age = found.modified().ok().and_then(|time| time.elapsed().ok());
    if age.is_some_and(|age| age > PRECISION)
        && let Ok(file) = File::open(path)
    {
        // A store that this user cannot write is not this user's to sweep.
        let _ = file.set_modified(SystemTime::now());
    }
    found.len() > 0
}

impl Store {
    /// Prevents sweeps. A file system without locks has no sweeps.
    pub fn hold(&self) -> StoreHold {
        let lock = self.lock_file().ok().filter(|file| file.lock_shared().is_ok());
        StoreHold { _lock: lock }
    }

    fn lock_file(&self) -> std::io::Result<File> {
        std::fs::create_dir_all(&self.root)?;
        File::options().create(true).truncate(false).write(true).open(self.root.join("lock"))
    }

    /// Removes files that nobody has used for long, if a sweep is due and no build is looking for
    /// files.
    pub fn sweep(&self) {
        let now = SystemTime::now();
        let last = self.root.join("swept");
        if last.metadata().and_then(|found| found.modified()).is_ok_and(|time| !is_older(time, now, BETWEEN))
        {
            return;
        }
        let Ok(lock) = self.lock_file() else { return };
        if lock.try_lock().is_err() || std::fs::write(&last, "").is_err() {
            return;
        }
        for folder in FILES {
            for entry in entries(&self.root.join(folder)) {
                if is_old(&entry, now) {
                    let _ = std::fs::remove_file(entry);
                }
            }
        }
        let (folder, last_written) = FOLDERS;
        for entry in entries(&self.root.join(folder)) {
            let complete = entry.join(last_written);
            if is_old(&complete, now) || (!complete.exists() && is_old(&entry, now)) {
                let _ = std::fs::remove_file(&complete);
                let _ = std::fs::remove_dir_all(&entry);
            }
        }
    }
}

fn entries(folder: &Utf8Path) -> Vec<camino::Utf8PathBuf> {
    let Ok(found) = folder.read_dir_utf8() else { return Vec::new() };
    found.flatten().map(camino::Utf8DirEntry::into_path).collect()
}

fn is_old(path: &Utf8Path, now: SystemTime) -> bool {
    path.symlink_metadata().and_then(|found| found.modified()).is_ok_and(|time| is_older(time, now, KEPT))
}

fn is_older(time: SystemTime, now: SystemTime, age: Duration) -> bool {
    now.duration_since(time).is_ok_and(|since| since > age)
}

#[cfg(test)]
mod tests {
    use super::*;
    use camino::Utf8PathBuf;

    struct Sample {
        _folder: tempfile::TempDir,
        store: Store,
    }

    impl Sample {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::new(Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap());
            Self { _folder: folder, store }
        }

        fn file(&self, name: &str, age: Duration) -> Utf8PathBuf {
            let path = self.store.root().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "content").unwrap();
            File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_modified(SystemTime::now().checked_sub(age).unwrap())
                .unwrap();
            path
        }
    }

    const OLD: Duration = Duration::from_hours(6 * 24);
    const YOUNG: Duration = Duration::from_hours(4 * 24);

    #[test]
    fn the_unused_goes_and_the_used_stays() {
        let sample = Sample::new();
        for folder in FILES {
            sample.file(&format!("{folder}/old"), OLD);
            sample.file(&format!("{folder}/young"), YOUNG);
            assert!(use_file(&sample.file(&format!("{folder}/used"), OLD)));
        }
        sample.file("runtime/old/.complete", OLD);
        sample.file("runtime/old/go.mod", OLD);
        sample.file("runtime/young/.complete", YOUNG);
        sample.file("runtime/young/go.mod", OLD);
        let other = sample.file("something/else", OLD);
        sample.store.sweep();
        for folder in FILES {
            let mut names: Vec<String> = entries(&sample.store.root().join(folder))
                .iter()
                .map(|path| path.file_name().unwrap().to_owned())
                .collect();
            names.sort();
            assert_eq!(names, ["used", "young"], "{folder}");
        }
        assert!(!sample.store.root().join("runtime/old").exists());
        assert!(sample.store.root().join("runtime/young/go.mod").exists());
        assert!(other.exists(), "what goagent does not know is not touched");
    }

    #[test]
    fn once_a_day_and_never_while_a_build_looks_for_files() {
        let sample = Sample::new();
        let old = sample.file("archives/old", OLD);
        let held = sample.store.hold();
        sample.store.sweep();
        assert!(old.exists(), "the store is held");
        drop(held);
        sample.file("swept", Duration::from_hours(23));
        sample.store.sweep();
        assert!(old.exists(), "the last sweep is not a day ago");
        sample.file("swept", Duration::from_hours(25));
        sample.store.sweep();
        assert!(!old.exists());
    }

    #[test]
    fn an_empty_file_is_as_good_as_none() {
        let sample = Sample::new();
        let path = sample.file("archives/a", OLD);
        assert!(use_file(&path));
        assert!(!is_old(&path, SystemTime::now()));
        std::fs::write(&path, "").unwrap();
        assert!(!use_file(&path));
        assert!(!use_file(&sample.store.root().join("none")));
    }
}
