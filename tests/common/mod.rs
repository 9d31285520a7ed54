//! What the integration tests share: Go toolchains, builds, runs, comparisons, and a place for spans to be sent to.
//!
//! Everything is written below the target folder or in temporary folders; nothing of the user's is touched but Go's
//! module cache, which every build fills.
#![allow(dead_code)] // each test uses a part of it

pub mod collector;
pub mod compare;
pub mod console;
pub mod go;
pub mod lineage;
pub mod process;
pub mod programs;

use std::path::{Path, PathBuf};

/// The top of the source tree.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder for what is worth keeping from one run of the tests to the next.
pub fn kept(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
