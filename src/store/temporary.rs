//! The folder for goagent's files if the user's cache directory cannot be written.
//!
//! Its content is compiled into programs, and anybody may make folders in the system's temporary
//! one: it has to belong to this user, and others must not be able to write to it.

use camino::Utf8PathBuf;

/// Returns the folder, which is made if it does not exist.
pub fn folder() -> std::io::Result<Utf8PathBuf> {
    let dir = std::env::temp_dir().join(name());
    let dir = Utf8PathBuf::from_path_buf(dir).map_err(|_| std::io::Error::other("the path is not UTF-8"))?;
    make(&dir)?;
    Ok(dir)
}

#[cfg(unix)]
fn name() -> String {
    format!("goagent-cache-{}", nix::unistd::geteuid())
}

#[cfg(unix)]
fn make(dir: &camino::Utf8Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    let made = std::fs::DirBuilder::new().mode(0o700).create(dir);
    if let Err(error) = made
        && error.kind() != std::io::ErrorKind::AlreadyExists
    {
        return Err(std::io::Error::new(
            error.kind(),
            format!(
                "neither the user's cache directory nor {dir} can be written ({error}): set GOAGENT_CACHE to a folder"
            ),
        ));
    }
    let found = std::fs::symlink_metadata(dir)?;
    if found.is_dir() && found.uid() == nix::unistd::geteuid().as_raw() && found.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(std::io::Error::other(format!(
        "{dir} is not a folder that only this user can write: remove it, or set GOAGENT_CACHE to another"
    )))
}

#[cfg(not(unix))]
fn name() -> String {
    "goagent-cache".to_owned()
}

#[cfg(not(unix))]
fn make(dir: &camino::Utf8Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn it_has_to_be_closed_to_others() {
        use std::os::unix::fs::PermissionsExt as _;
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(temp.path().join("cache")).unwrap();
        make(&dir).unwrap();
        make(&dir).unwrap();
        assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(make(&dir).unwrap_err().to_string().contains("GOAGENT_CACHE"));
        let link = dir.with_file_name("link");
        std::os::unix::fs::symlink("/", &link).unwrap();
        assert!(make(&link).is_err());
    }
}
