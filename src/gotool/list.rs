//! Runs `go list`: the packages of a build.

use super::{Go, GoError};

/// One package of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedPackage {
    /// Its import path, without the variant in brackets.
    pub path: String,
    /// The name in its package clause.
    pub name: String,
    /// Its folder.
    pub dir: String,
    /// True if it is in the standard library.
    pub standard: bool,
    /// True if it is in a main module of the build, except for vendored packages; without modules,
    /// if it is the user's.
    pub own: bool,
    /// True if it was named on the command line.
    pub named: bool,
    /// The version of its module (or of the module's replacement); empty if there is none.
    pub version: String,
    /// The archive, if it was asked for.
    pub export: String,
    /// The build id of the archive.
    pub build_id: String,
    /// Its Go files in this build, including those with cgo: names in its folder.
    pub files: Vec<String>,
    /// All packages that it depends on, directly or not, if they were asked for.
    pub deps: Vec<String>,
}

/// The template for one package. Go 1.18 does not know `-json=fields`; all versions understand a
/// template.
const FORMAT: &str = "{{.ImportPath}}\t{{.Name}}\t{{.Dir}}\t{{.Standard}}\t{{.DepOnly}}\t{{with .Module}}{{with .Replace}}\
    {{.Version}}{{else}}{{.Version}}{{end}}{{end}}\t{{with .Module}}{{.Main}}{{else}}none{{end}}\t{{.Export}}\t{{.BuildID}}\t{{join .GoFiles \"|\"}}|{{join .CgoFiles \"|\"}}\t";
/// The packages whose dependencies are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependencyScope {
    /// No package.
    None,
    /// The packages that were named.
    Named,
    /// Every package.
    All,
}

impl DependencyScope {
    fn format(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Named => "{{if not .DepOnly}}{{join .Deps \" \"}}{{end}}",
            Self::All => "{{join .Deps \" \"}}",
        }
    }
}

/// Runs `go list` with these flags for these packages.
pub fn list(
    go: &Go,
    flags: &[String],
    packages: &[String],
    deps: DependencyScope,
) -> Result<Vec<ListedPackage>, GoError> {
    let format = format!("{FORMAT}{}", deps.format());
    // -C must be the first flag.
    let (first, others): (Vec<_>, Vec<_>) = flags.iter().cloned().partition(|flag| flag.starts_with("-C="));
    let mut arguments = vec!["list".to_owned()];
    arguments.extend(first);
    arguments.extend(["-f".to_owned(), format]);
    arguments.extend(others);
    arguments.push("--".to_owned());
    arguments.extend(packages.iter().cloned());
    let text = go.output(&arguments).map_err(|error| match error {
        // The template would hide what matters.
        GoError::Failed { stderr, .. } => GoError::Failed { arguments: "list".to_owned(), stderr },
        other => other,
    })?;
    text.lines().map(parse_line).collect()
}

fn parse_line(line: &str) -> Result<ListedPackage, GoError> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [path, name, dir, standard, dep_only, version, main, export, build_id, files, deps] =
        fields.as_slice()
    else {
        return Err(GoError::Output { arguments: "list".to_owned(), what: format!("{line:?}") });
    };
    Ok(ListedPackage {
        path: path.split(' ').next().unwrap_or_default().to_owned(),
        name: (*name).to_owned(),
        dir: (*dir).to_owned(),
        standard: *standard == "true",
        own: *standard != "true"
            && (*main == "true"
                || *main == "none" && !path.contains("/vendor/") && !path.starts_with("vendor/")),
        named: *dep_only == "false",
        version: (*version).to_owned(),
        export: (*export).to_owned(),
        build_id: (*build_id).to_owned(),
        files: files.split('|').filter(|file| !file.is_empty()).map(str::to_owned).collect(),
        deps: deps.split(' ').filter(|dep| !dep.is_empty()).map(str::to_owned).collect(),
    })
}
