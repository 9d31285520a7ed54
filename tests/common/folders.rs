//! Folders of the tests. All that they write is below the target folder or in temporary folders; of
//! the user's files only Go's module cache is filled.

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
