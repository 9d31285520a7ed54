//! The Go files of a package, read from disk for the weaver.

use crate::weave::GoSourceFile;

/// Reads the Go files of a package from a folder.
pub fn read_sources(dir: &str, files: &[String]) -> std::io::Result<Vec<GoSourceFile>> {
    let read = |name: &String| {
        let path = camino::Utf8Path::new(dir).join(name);
        Ok(GoSourceFile { text: fs_err::read_to_string(&path)?, path: path.into_string() })
    };
    files.iter().map(read).collect()
}
