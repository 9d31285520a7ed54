//! How a tool process tells `goagent build` that it met trouble of a passing kind and has failed for that alone.
//!
//! The channel is a file that `goagent build` makes before it starts go, empty, in the folder of temporary files. A tool writes its
//! reason into it; where nothing can be written (the disk is full) it removes it, which always can be done.

use camino::{Utf8Path, Utf8PathBuf};

/// The option that names the file. It is not in the environment, where the user's own programs would see it.
pub const TROUBLE: &str = "--trouble=";

/// The file, as `goagent build` holds it.
#[derive(Debug)]
pub struct Trouble {
    file: tempfile::TempPath,
}

impl Trouble {
    /// No trouble so far.
    pub fn none() -> std::io::Result<Self> {
        let file = tempfile::Builder::new().prefix("goagent-trouble-").tempfile()?;
        Ok(Self { file: file.into_temp_path() })
    }

    /// Its path.
    pub fn path(&self) -> std::io::Result<Utf8PathBuf> {
        Utf8PathBuf::from_path_buf(self.file.to_path_buf())
            .map_err(|path| std::io::Error::other(format!("{} is not UTF-8", path.display())))
    }

    /// What a tool has told.
    pub fn told(&self) -> Option<String> {
        match fs_err::read_to_string(&self.file) {
            Ok(reason) => Some(reason).filter(|reason| !reason.is_empty()),
            Err(_) => Some("a file of this build could not be written".to_owned()),
        }
    }
}

/// Tells it. Without a file nobody is waiting for it.
pub fn tell(file: Option<&Utf8Path>, reason: &str) {
    if let Some(file) = file
        && std::fs::write(file, reason).is_err()
    {
        let _ = std::fs::remove_file(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_even_where_nothing_can_be_written() {
        let trouble = Trouble::none().unwrap();
        assert_eq!(trouble.told(), None);
        tell(Some(&trouble.path().unwrap()), "no space left");
        assert_eq!(trouble.told().as_deref(), Some("no space left"));
        std::fs::remove_file(trouble.path().unwrap()).unwrap();
        assert!(trouble.told().is_some());
        tell(None, "nobody waits");
    }
}
