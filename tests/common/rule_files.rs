//! The rule files of this repository: fixtures and standard plugins.

use std::path::{Path, PathBuf};

/// The folder of the fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/lang")
}

/// One file of the fixtures.
pub struct Fixture {
    /// Its name without `.gorule`.
    pub name: String,
    bytes: Vec<u8>,
}

/// The fixtures of a folder, by name.
pub fn all(folder: &str) -> Vec<Fixture> {
    let mut found: Vec<Fixture> = std::fs::read_dir(fixtures().join(folder))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            Fixture { name, bytes: std::fs::read(path).unwrap() }
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!found.is_empty(), "no fixtures in {folder}");
    found
}

impl Fixture {
    /// All of the file.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The file without its directions.
    pub fn body(&self) -> Vec<u8> {
        let directions: usize =
            self.text().split_inclusive('\n').take_while(|line| line.starts_with("//~ ")).map(str::len).sum();
        self.bytes[directions..].to_vec()
    }

    /// The same text with every mistake fixed; `None` if it has no directions.
    pub fn fixed(&self) -> Option<String> {
        let text = self.text();
        let directions = text.lines().filter_map(|line| line.strip_prefix("//~ mend: "));
        let mut body = String::from_utf8_lossy(&self.body()).into_owned();
        let mut any = false;
        for direction in directions {
            let (old, new) =
                direction.split_once(" => ").unwrap_or_else(|| panic!("{}: {direction}", self.name));
            let read =
                |text: &str| text.replace("\\n", "\n").replace("\\0", "\0").replace("\\xff", "\u{fffd}");
            let (old, new) = (read(old), read(new));
            assert_eq!(body.matches(&old).count(), 1, "{}: `{old}` is to occur once", self.name);
            body = body.replace(&old, &new);
            any = true;
        }
        any.then_some(body)
    }
}

/// The files of the standard plugins.
pub fn plugins() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.is_dir())
        .flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "gorule"))
        .collect();
    files.sort();
    assert!(files.len() >= 3, "{files:?}");
    files
}
