//! The rule files in which an earlier run of this very program has found nothing to report, as far
//! as they are looked at without Go sources.
//!
//! In: the text of a file. Out: true if it is one of them. A text is known by its digest and by the
//! size and time of the program. Without a folder nothing is remembered.

use camino::Utf8PathBuf;

use crate::check::{CheckOutcome, Checked};
use crate::store::{Store, use_file, write_whole};
use crate::syntax::Parsed;

/// The digests of such texts, each a file; what is in it does not matter.
pub(super) struct SoundTexts {
    folder: Option<Utf8PathBuf>,
    /// A name for this program: another build of it has other checks.
    program: Option<String>,
}

impl SoundTexts {
    /// Opens the folder.
    pub fn open() -> Self {
        Self { folder: Store::open().ok().map(|store| store.root().join("sound")), program: program() }
    }

    /// Returns true if nothing is to be reported of a file.
    pub fn holds(&self, file: &Parsed) -> bool {
        self.path(&file.source.text).is_some_and(|path| use_file(&path))
    }

    /// Remembers the files of an outcome without any finding.
    pub fn remember(&self, outcome: &CheckOutcome) {
        if outcome.findings.is_empty() {
            let texts = outcome.checked.iter().map(Checked::source).map(|source| &source.text);
            for path in texts.filter_map(|text| self.path(text)).filter(|path| !path.exists()) {
                let _ = write_whole(&path, b"sound\n"); // without it the next run looks again
            }
        }
    }

    fn path(&self, text: &str) -> Option<Utf8PathBuf> {
        let mut digest = blake3::Hasher::new();
        digest.update(self.program.as_ref()?.as_bytes()).update(b"\n").update(text.as_bytes());
        Some(self.folder.as_ref()?.join(digest.finalize().to_hex().as_str()))
    }
}

/// Returns the version, size and time of this program.
fn program() -> Option<String> {
    let found = std::env::current_exe().ok()?.metadata().ok()?;
    let time = found.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(format!("{}-{}-{}", env!("CARGO_PKG_VERSION"), found.len(), time.as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::syntax::{decode, parse};

    fn parsed(template: &str) -> Parsed {
        let text = format!(
            "plugin p {{\n    target \"a.org/b\" [1.0.0, ) {{\n        rule r {{\n            func F\n            enter {{ {template} }}\n        }}\n    }}\n}}\n"
        );
        parse(&decode("p.gorule", text.into_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn only_a_text_without_findings_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let of = |program: &str| SoundTexts {
            folder: Some(Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap()),
            program: Some(program.to_owned()),
        };
        let this = of("this");
        for (template, is_sound) in [("println(1)", true), ("", false), ("agent.Start(\"x\")", false)] {
            let one = parsed(template);
            assert!(!this.holds(&one));
            this.remember(&check::structure(vec![one.clone()]));
            assert_eq!(this.holds(&one), is_sound, "{template}");
            assert!(!of("another").holds(&one));
        }
    }
}
