//! Reads the programs beside a plugin: `test/NAME/` with Go files and `expected.txt`.
//!
//! In: the folders of the `.gorule` files. Out: the programs, with the requests of their
//! `//gorule:` lines. Nothing is run.

use std::sync::Arc;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::nearest;
use crate::syntax::{self, Parsed};
use crate::version::VersionSet;

/// The file with the output that a program must emit.
pub(super) const EXPECTED: &str = "expected.txt";
/// The words that may follow `//gorule:`.
const WORDS: [&str; 9] = ["versions", "go", "module", "get", "flags", "env", "metrics", "exit", "spans"];

/// A program beside a plugin.
#[derive(Debug, Default)]
pub(super) struct TestProgram {
    /// The plugin beside which it is.
    pub plugin: String,
    /// The plugin and the name of the folder, `gin/route`.
    pub title: String,
    /// Its folder.
    pub folder: Utf8PathBuf,
    /// Its Go files and others, by name.
    pub files: Vec<(String, Vec<u8>)>,
    /// The output that it must emit.
    pub expected: Option<String>,
    /// The versions of the module under test that it is for.
    pub versions: Option<VersionSet>,
    /// The versions of Go that it is for.
    pub go: Option<VersionSet>,
    /// The module under test, if a line names it (which plugins with several modules need), and the
    /// place of that line.
    pub module: Option<(String, String)>,
    /// Other modules at fixed versions, `path@version`.
    pub gets: Vec<String>,
    /// Flags for its builds.
    pub flags: Vec<String>,
    /// Variables it runs with.
    pub env: Vec<(String, String)>,
    /// True if its metrics are compared too.
    pub metrics: bool,
    /// The code with which it must exit.
    pub exit: u8,
    /// True if it must send no spans.
    pub no_spans: bool,
}

impl TestProgram {
    /// The path of its expectation.
    pub fn expectation(&self) -> Utf8PathBuf {
        self.folder.join(EXPECTED)
    }

    /// The outputs that are compared with the expectation.
    pub fn compared(&self) -> &'static str {
        if self.metrics { "spans, metrics or output" } else { "spans or output" }
    }

    /// The telemetry that is compared.
    pub fn telemetry(&self) -> &'static str {
        if self.metrics { "spans or metrics" } else { "spans" }
    }

    fn read(plugin: &str, folder: &Utf8Path) -> anyhow::Result<Self> {
        let title = format!("{plugin}/{}", folder.file_name().unwrap_or_default());
        let mut program =
            Self { plugin: plugin.to_owned(), title, folder: folder.to_owned(), ..Self::default() };
        for file in sorted(folder)? {
            let path = folder.join(&file);
            if path.is_dir() {
                continue;
            }
            let bytes = fs_err::read(&path)?;
            if file == EXPECTED {
                program.expected = Some(String::from_utf8_lossy(&bytes).into_owned());
                continue;
            }
            if path.extension() == Some("go") {
                program.directives(&path, &String::from_utf8_lossy(&bytes))?;
            }
            program.files.push((file, bytes));
        }
        Ok(program)
    }

    /// Reads the lines that begin with `//gorule:`.
    fn directives(&mut self, path: &Utf8Path, text: &str) -> anyhow::Result<()> {
        for (line, text) in text.lines().enumerate() {
            let Some(rest) = text.strip_prefix("//gorule:") else { continue };
            let (word, value) = rest.split_once(' ').unwrap_or((rest, ""));
            let place = format!("{path}:{}", line + 1);
            if word == "module" {
                self.module = Some((value.trim().to_owned(), place));
                continue;
            }
            self.directive(word, value.trim()).context(place)?;
        }
        Ok(())
    }

    fn directive(&mut self, word: &str, value: &str) -> anyhow::Result<()> {
        match word {
            "versions" => self.versions = Some(range(value)?),
            "go" => self.go = Some(range(value)?),
            "metrics" => {
                anyhow::ensure!(
                    value.is_empty(),
                    "write //gorule:metrics alone: all that rules measure is compared"
                );
                self.metrics = true;
            }
            "exit" => {
                let code = value
                    .parse()
                    .ok()
                    .with_context(|| format!("`{value}` is no exit code; write //gorule:exit 2"))?;
                self.exit = code;
            }
            "spans" => {
                anyhow::ensure!(value == "none", "write //gorule:spans none: spans are in {EXPECTED}");
                self.no_spans = true;
            }
            "get" => self.gets.push(value.to_owned()),
            "flags" => self.flags.extend(value.split_whitespace().map(str::to_owned)),
            "env" => {
                let (name, value) = value.split_once('=').context("write //gorule:env NAME=VALUE")?;
                self.env.push((name.to_owned(), value.to_owned()));
            }
            _ => {
                let advice = match nearest(word, WORDS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there is {}", WORDS.join(", ")),
                };
                anyhow::bail!("`//gorule:{word}` is not known; {advice}");
            }
        }
        Ok(())
    }
}

/// The folder of a plugin's programs.
pub(super) struct ProgramFolder {
    plugin: String,
    tests: Utf8PathBuf,
}

impl ProgramFolder {
    /// The folder beside one rule file.
    pub fn new(parsed: &Parsed) -> Self {
        let folder = Utf8Path::new(&parsed.source.name).parent();
        let tests = folder.map(|folder| folder.join("test")).unwrap_or_default();
        Self { plugin: parsed.file.plugin.name.node.clone(), tests }
    }
}

/// All programs, in the order of plugins and names.
pub(super) fn find(all: &[ProgramFolder]) -> anyhow::Result<Vec<Arc<TestProgram>>> {
    let mut found = Vec::new();
    for ProgramFolder { plugin, tests } in all.iter().filter(|one| one.tests.is_dir()) {
        for name in sorted(tests)? {
            let folder = tests.join(name);
            if folder.is_dir() {
                found.push(Arc::new(TestProgram::read(plugin, &folder)?));
            }
        }
    }
    Ok(found)
}

fn sorted(folder: &Utf8Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let name = entry?.file_name().into_string();
        names.push(
            name.map_err(|name| anyhow::anyhow!("{folder} holds {}, which is not UTF-8", name.display()))?,
        );
    }
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Ok(names)
}

/// A range as rules write it, read by their own parser.
fn range(text: &str) -> anyhow::Result<VersionSet> {
    let whole =
        format!("plugin p {{\ntarget \"x\" {text} {{\nrule r {{\nfunc F\nenter {{ _ = 1 }}\n}}\n}}\n}}\n");
    let bad = || format!("`{text}` is not a range; write one as a rule does, such as [1.22, )");
    let source = syntax::decode("range", whole.into_bytes()).ok().with_context(bad)?;
    let parsed = syntax::parse(&source).ok().with_context(bad)?;
    let target = parsed.file.plugin.targets.into_iter().next().with_context(bad)?;
    Ok(target.versions.node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Version;

    #[test]
    fn lines_in_the_source_say_what_a_program_is_for() {
        let mut program = TestProgram::default();
        let text = "// A test.\n//\n//gorule:go [1.22, )\n//gorule:env A=b=c\npackage main\n";
        program.directives("main.go".into(), text).unwrap();
        assert_eq!(program.env, [("A".to_owned(), "b=c".to_owned())]);
        let go = program.go.unwrap();
        assert!(
            go.contains(&Version::parse("1.22").unwrap()) && !go.contains(&Version::parse("1.21").unwrap())
        );
    }

    #[test]
    fn mistakes_in_them_are_shown_at_their_line() {
        let said =
            |text| format!("{:#}", TestProgram::default().directives("m.go".into(), text).unwrap_err());
        assert_eq!(
            said("\n//gorule:version [1, )"),
            "m.go:2: `//gorule:version` is not known; did you mean `versions`?"
        );
        assert!(said("//gorule:exit two").contains("`two` is no exit code"), "{}", said("//gorule:exit two"));
        assert!(said("//gorule:spans 3").contains("//gorule:spans none"), "{}", said("//gorule:spans 3"));
        assert!(said("//gorule:metrics http.").contains("alone"), "{}", said("//gorule:metrics http."));
        assert!(said("//gorule:go 1.22").contains("`1.22` is not a range"), "{}", said("//gorule:go 1.22"));
    }
}
