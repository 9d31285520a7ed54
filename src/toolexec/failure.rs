//! The reasons for which a package could not be woven: lasting and passing ones.
//!
//! In: the error of a file operation, or the compiler's output. Out: a [`Failure`]. A lasting
//! failure would be the same next time, so the package is compiled without any rule and that is
//! stored under its mark. A passing failure (a full disk, a missing file, a compiler that was
//! killed) must leave nothing under the mark, or the package would stay unwoven for as long as the
//! cache lives.

use std::path::Path;
use std::process::Output;

use camino::Utf8PathBuf;

/// The reason for which a package could not be woven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The same input fails in the same way again.
    Permanent(String),
    /// Another attempt may succeed.
    Transient(String),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Transient(error.to_string())
    }
}

/// Compiler messages caused by the system (disk, memory, permissions) rather than by the code.
const LACKS: [&str; 21] = [
    "no space left on device",
    "disk quota exceeded",
    "file too large",
    "file size limit exceeded",
    "input/output error",
    "cannot allocate memory",
    "out of memory",
    "failed to create new OS thread",
    "too many open files",
    "resource temporarily unavailable",
    "read-only file system",
    "permission denied",
    "operation not permitted",
    "stale file handle",
    "stale NFS file handle",
    "no such file or directory",
    "not a directory",
    "device or resource busy",
    "text file busy",
    "unexpected EOF",
    "short write",
];

impl Failure {
    /// Classifies a failure of the compiler at woven code, given the archives that goagent added.
    pub fn of_compiler<'a>(output: &Output, archives: impl IntoIterator<Item = &'a Utf8PathBuf>) -> Self {
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.code().is_none() {
            return Self::Transient(format!("the compiler was ended: {}\n{text}", output.status));
        }
        if let Some(archive) = archives.into_iter().find(|archive| !is_intact(archive)) {
            // The next build finds that it is missing and makes it again.
            let _ = std::fs::remove_file(archive);
            return Self::Transient(format!("{archive} is gone or damaged\n{text}"));
        }
        if text.lines().any(lacks) { Self::Transient(text) } else { Self::Permanent(text) }
    }

    /// Returns the reason.
    pub fn reason(&self) -> &str {
        match self {
            Self::Permanent(reason) | Self::Transient(reason) => reason.trim(),
        }
    }
}

/// Returns true if a line of the compiler's output is about the system. A message after a place in
/// a file is about the program, unless an archive cannot be read.
fn lacks(line: &str) -> bool {
    let of_the_program =
        line.split_once(".go:").is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()));
    if of_the_program && !line.contains("could not import") {
        return false;
    }
    let crash = line.starts_with("fatal error: ") && !line.contains("stack overflow");
    crash || LACKS.iter().any(|text| line.contains(text))
}

/// Returns true if an archive is undamaged. One of goagent's is named after its content; any other
/// only has to exist.
fn is_intact(archive: &Utf8PathBuf) -> bool {
    let Ok(bytes) = std::fs::read(archive) else { return false };
    let name = Path::new(archive).file_stem().unwrap_or_default();
    let is_ours = name.len() == blake3::OUT_LEN * 2;
    !is_ours || name == blake3::hash(&bytes).to_hex().as_str()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    fn output(wait_status: i32, stderr: &str) -> Output {
        Output { status: ExitStatus::from_raw(wait_status), stdout: Vec::new(), stderr: stderr.into() }
    }

    fn is_passing(wait_status: i32, stderr: &str) -> bool {
        matches!(Failure::of_compiler(&output(wait_status, stderr), []), Failure::Transient(_))
    }

    #[test]
    fn a_mistake_in_woven_code_lasts() {
        const EXIT_2: i32 = 2 << 8;
        assert!(!is_passing(EXIT_2, "server.go:12:3: undefined: nothing\n"));
        assert!(!is_passing(
            EXIT_2,
            "x.go:1:2: cannot use \"permission denied\" (untyped string constant) as int value\n"
        ));
        assert!(!is_passing(
            EXIT_2,
            "a.go:3:1: internal compiler error: bad node\n\ngoroutine 1 [running]:\n"
        ));
        assert!(!is_passing(
            EXIT_2,
            "runtime: goroutine stack exceeds 1000000000-byte limit\nfatal error: stack overflow\n"
        ));
    }

    #[test]
    fn what_the_system_lacks_passes() {
        assert!(is_passing(9, ""), "killed");
        assert!(is_passing(1 << 8, "compile: write $WORK/b001/_pkg_.a: no space left on device\n"));
        assert!(is_passing(2 << 8, "fatal error: runtime: out of memory\n"));
        assert!(is_passing(2 << 8, "fatal error: SIGXFSZ: file size limit exceeded\n"));
        assert!(is_passing(
            2 << 8,
            "/m/a.go:3:8: could not import goagent/agent (open /s/a.a: no such file or directory)\n"
        ));
    }

    #[test]
    fn an_archive_that_is_damaged_passes_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = |bytes: &[u8]| {
            Utf8PathBuf::from_path_buf(folder.path().join(format!("{}.a", blake3::hash(bytes).to_hex())))
                .unwrap()
        };
        let (good, bad) = (path(b"good"), path(b"bad"));
        std::fs::write(&good, "good").unwrap();
        std::fs::write(&bad, "ba").unwrap();
        let failed = output(2 << 8, "a.go:1:1: could not import x (bad)\n");
        assert!(matches!(Failure::of_compiler(&failed, [&good]), Failure::Permanent(_)));
        assert!(matches!(Failure::of_compiler(&failed, [&good, &bad]), Failure::Transient(_)));
        assert!(good.exists() && !bad.exists());
        assert!(matches!(Failure::of_compiler(&failed, [&bad]), Failure::Transient(_)), "it is gone");
    }
}
