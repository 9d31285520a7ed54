//! The outcome of a package, stored in the archive of the package itself.
//!
//! A compile that weaves appends a member to the archive that it has made. The linker, the compiler
//! and the other tools of Go skip it: the member has a short name that ends neither in `.o` nor in
//! `.syso`, and comes after everything else. So it goes through every cache together with the code
//! that it describes, and cannot belong to another platform, to other files or to other flags. Only
//! the headers of an archive are read to find it.

use std::fmt::Write as _;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use camino::Utf8Path;

/// The member's name.
const MEMBER: &str = "goagent.note";
const MAGIC: &[u8] = b"!<arch>\n";
const HEADER: usize = 60;
/// An upper bound for the size of a note.
const MAX: u64 = 64 << 20;

/// Appends the member to an archive. The text must be the same wherever the package is built.
pub fn write_note(archive: &Utf8Path, text: &str) -> std::io::Result<()> {
    let mut header = String::new();
    let _ = writeln!(header, "{MEMBER:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 0, 644, text.len());
    let mut bytes = header.into_bytes();
    bytes.extend(text.as_bytes());
    if bytes.len() % 2 == 1 {
        bytes.push(b'\n');
    }
    std::fs::OpenOptions::new().append(true).open(archive)?.write_all(&bytes)
}

/// Returns the text that [`write_note`] wrote into an archive; `None` if there is none. An archive
/// that cannot be read is an error, since its note is unknown.
pub fn read_note(archive: &Utf8Path) -> std::io::Result<Option<String>> {
    let damaged = || std::io::Error::other(format!("{archive} is not an archive of Go's"));
    let mut file = fs_err::File::open(archive)?;
    let length = file.metadata()?.len();
    let mut start = [0; MAGIC.len()];
    file.read_exact(&mut start).map_err(|_| damaged())?;
    if start != *MAGIC {
        return Err(damaged());
    }
    let mut at = MAGIC.len() as u64;
    while at < length {
        let mut header = [0; HEADER];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut header).map_err(|_| damaged())?;
        let content = at + HEADER as u64;
        let size =
            header.get(48..58).and_then(|size| std::str::from_utf8(size).ok()?.trim().parse::<u64>().ok());
        let size = size.filter(|size| content + size <= length).ok_or_else(damaged)?;
        if header.starts_with(MEMBER.as_bytes()) {
            let mut text = String::new();
            file.take(size.min(MAX)).read_to_string(&mut text)?;
            return Ok(Some(text));
        }
        at = content + size + size % 2;
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
            assert_eq!(read_note(&path).unwrap(), None);
            write_note(&path, reason).unwrap();
            assert_eq!(read_note(&path).unwrap().as_deref(), Some(reason));
            assert_eq!(std::fs::read(&path).unwrap().len() % 2, 0);
            assert!(std::fs::read(&path).unwrap().starts_with(&archive));
        }
        for damaged in ["something else", "", "!<arch>\nshort"] {
            std::fs::write(&path, damaged).unwrap();
            assert!(read_note(&path).is_err(), "{damaged:?}");
        }
    }
}
