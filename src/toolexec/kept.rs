//! Where it is kept what became of a package: in the store, and the one thing that cannot be made again in the archive.
//!
//! Weaving is a pure function of the sources, so a report that is not there can be made again. That woven code did not compile cannot be
//! seen in the sources: the compiler would have to be asked. So the archive of a package that was compiled as it was tells it, in a member
//! that the linker and the compiler skip, and goes through every cache with it.

use std::fmt::Write as _;
use std::io::Write as _;

use camino::Utf8Path;

use crate::weave::SourceFile;

/// The member's name: the linker skips what has a short name that ends neither in .o nor in .syso.
const MEMBER: &str = "goagent.note";
const MAGIC: &[u8] = b"!<arch>\n";
const HEADER: usize = 60;

/// Under which name the report of a mark is kept. The mark stands for the rules; what they gave hangs on the sources too, where no
/// version stands for these. Tests are left out: a package's own archive has none.
pub fn name(digest: &str, versioned: bool, files: &[SourceFile]) -> String {
    if versioned {
        return digest.to_owned();
    }
    let mut named: Vec<(&str, &str)> = files
        .iter()
        .filter_map(|file| Some((Utf8Path::new(&file.path).file_name()?, file.text.as_str())))
        .filter(|(name, _)| !name.ends_with("_test.go"))
        .collect();
    named.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for (name, text) in named {
        for part in [name, text] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
    }
    let sources: String = hasher.finalize().to_hex().chars().take(32).collect();
    format!("{digest}-{sources}")
}

/// Writes into an archive why its package was compiled as it was. The text must be the same wherever the package is built.
pub fn note(archive: &Utf8Path, reason: &str) -> std::io::Result<()> {
    let mut header = String::new();
    let _ = writeln!(header, "{MEMBER:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 0, 644, reason.len());
    let mut bytes = header.into_bytes();
    bytes.extend(reason.as_bytes());
    if bytes.len() % 2 == 1 {
        bytes.push(b'\n');
    }
    std::fs::OpenOptions::new().append(true).open(archive)?.write_all(&bytes)
}

/// What [`note`] wrote into an archive. An archive that cannot be read is an error: then it is not known.
pub fn noted(archive: &Utf8Path) -> std::io::Result<Option<String>> {
    let bytes = fs_err::read(archive)?;
    let damaged = || std::io::Error::other(format!("{archive} is not an archive of Go's"));
    let mut rest = bytes.strip_prefix(MAGIC).ok_or_else(damaged)?;
    while !rest.is_empty() {
        let (header, content) = rest.split_at_checked(HEADER).ok_or_else(damaged)?;
        let size =
            header.get(48..58).and_then(|size| std::str::from_utf8(size).ok()?.trim().parse::<usize>().ok());
        let size = size.ok_or_else(damaged)?;
        let member = content.get(..size).ok_or_else(damaged)?;
        if header.starts_with(MEMBER.as_bytes()) {
            return Ok(Some(String::from_utf8_lossy(member).into_owned()));
        }
        rest = content.get(size + size % 2..).unwrap_or_default();
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_stands_behind_everything_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("x.a")).unwrap();
        let mut archive = MAGIC.to_vec();
        archive.extend(format!("{:<48}{:<10}`\nodd\n", "__.PKGDEF", 3).bytes());
        for reason in ["why", "why not"] {
            std::fs::write(&path, &archive).unwrap();
            assert_eq!(noted(&path).unwrap(), None);
            note(&path, reason).unwrap();
            assert_eq!(noted(&path).unwrap().as_deref(), Some(reason));
            assert_eq!(std::fs::read(&path).unwrap().len() % 2, 0);
            assert!(std::fs::read(&path).unwrap().starts_with(&archive));
        }
        std::fs::write(&path, "something else").unwrap();
        assert!(noted(&path).is_err());
    }

    #[test]
    fn sources_count_where_no_version_stands_for_them() {
        let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
        let one = [file("/a/x.go", "1"), file("/a/y.go", "2")];
        let elsewhere = [file("./y.go", "2"), file("./x.go", "1"), file("./x_test.go", "3")];
        let other = [file("/a/x.go", "1"), file("/a/y.go", "3")];
        assert_eq!(name("d", true, &one), "d");
        assert_eq!(name("d", false, &one), name("d", false, &elsewhere));
        assert_ne!(name("d", false, &one), name("d", false, &other));
    }
}
