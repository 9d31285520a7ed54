//! Compiles the templates of rules for many packages with the real Go compiler: no package is
//! known, so a program is written for them.
//!
//! In: the bundle. Out: goagent's report on a program in which each rule has two functions to be
//! woven into: one that has everything that the rule binds by type, and one that has none of it.
//! Rules for calls have a function with the calls.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::super::releases;
use super::super::scratch::{MissingItem, Scratch, missing};
use super::building::{get, plainly};
use super::compilation::Compilation;
use super::findings::{mistake, not_checked};
use super::kept::{BuildResult, tried};
use super::key;
use super::no_build::NoBuild;
use super::once::{BuildFindings, once};
use super::subjects::Subjects;
use crate::bundle::{Bind, Bundle, Functions, Reach, Rule};
use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::modules::{Home, Release};
use crate::source::{Callee, NameResolver, callee, canonical, foreign_name, is_predeclared_type};
use crate::syntax::ast::Spanned;

/// At most this many releases of a module are tried, if the newest cannot be built.
const TRIES: usize = 3;

/// Builds the programs and reports the templates that do not compile: one program for all rules
/// except those for calls of modules' functions, and one for each such module.
pub fn check(subjects: &Subjects<'_>, out: &mut Compilation) {
    let (bundle, local_types) = without_local_types(subjects);
    out.findings.extend(local_types);
    let homes: BTreeSet<Home> =
        called(&bundle).filter_map(|package| subjects.modules.home(package).ok()).collect();
    let modules = homes.into_iter().filter(|home| *home != Home::Std);
    let mut built = Vec::new();
    for home in std::iter::once(Home::Std).chain(modules) {
        check_with(subjects, &bundle, &home, &mut built, out);
    }
    out.findings.extend(once(&built).iter().map(|one| mistake(subjects, one)));
}

/// The bundle without the rules that bind types of whichever package they are woven into, and a
/// diagnostic for each of these rules.
fn without_local_types(subjects: &Subjects<'_>) -> (Bundle, Vec<Diagnostic>) {
    let mut out = Vec::new();
    let mut bundle = subjects.bundle.clone();
    for (plugin, one) in bundle.plugins.iter_mut().zip(subjects.checked) {
        for (target, written) in plugin.targets.iter_mut().zip(&one.file().plugin.targets) {
            if target.reach == Reach::Package {
                continue;
            }
            let mut rules = written.rules.iter();
            target.rules.retain(|_| {
                let binds = rules.next().map_or(&[][..], |rule| &rule.binds);
                let bind = binds.iter().find(|bind| LocalTypes::has(&bind.ty.node));
                out.extend(bind.map(|bind| local_type(one.source(), &target.package, &bind.ty)));
                bind.is_none()
            });
        }
    }
    (bundle, out)
}

/// Detects names of types that belong to the package in which a type is written.
#[derive(Default)]
struct LocalTypes(Cell<bool>);

impl LocalTypes {
    fn has(ty: &str) -> bool {
        let names = Self::default();
        canonical(ty, &names).is_ok() && names.0.get()
    }
}

impl NameResolver for LocalTypes {
    fn package(&self, name: &str) -> Option<String> {
        Some(name.to_owned())
    }

    fn unqualified(&self, name: &str) -> Option<String> {
        self.0.set(self.0.get() || !is_predeclared_type(name));
        None
    }
}

fn local_type(source: &Arc<SourceFile>, target: &str, ty: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(&codes::types::TYPES_NOT_CHECKED)
        .with("package", target)
        .with("reason", format!("`{}` is a type of the packages themselves", ty.node))
        .at(source, ty.span.clone(), "")
        .help("write a type of a package that the plugin imports; or see in a build that the rule is woven: packages without this type are compiled without the rule")
}

/// The packages whose functions are called in the calls that rules apply to.
fn called(bundle: &Bundle) -> impl Iterator<Item = &str> {
    let rules = bundle.plugins.iter().flat_map(|plugin| &plugin.targets).flat_map(|target| &target.rules);
    rules.filter_map(|rule| match &rule.functions {
        Functions::Called { package, .. } => Some(package.as_str()),
        _ => None,
    })
}

/// Checks rules with the functions of one module, or of Go: those of the newest release that can be
/// built.
fn check_with(
    subjects: &Subjects<'_>,
    bundle: &Bundle,
    home: &Home,
    all: &mut Vec<BuildFindings>,
    out: &mut Compilation,
) {
    let mut refused: Vec<(NoBuild, String)> = Vec::new();
    let mut is_built = false;
    for release in candidates(subjects, home) {
        let read = |package: &str, name: &str| read(subjects, (home, &release), package, name);
        let wanted = match home {
            Home::Std => None,
            Home::Module(path) => Some(format!("{path}@{}", release.tag)),
        };
        let Some(program) = program(bundle, *home == Home::Std, &read) else {
            // For Go itself, no rule needs a program then; a module is only checked because of a
            // rule.
            let reason = "no function that is called can be read in it".to_owned();
            refused.extend(wanted.map(|wanted| (NoBuild { reason, of_release: true }, wanted)));
            continue;
        };
        let instead = refused.last().map(|(other, by)| format!(", in place of {by}: {}", other.reason));
        for go in toolchains(subjects, home, &release) {
            let name = go.clone().unwrap_or_else(|| format!("go{}", subjects.modules.go_version()));
            let by: Vec<String> = wanted.iter().cloned().chain([name.clone()]).collect();
            match built(subjects, &program, wanted.clone(), (go.as_deref(), &name)) {
                Ok(entries) => {
                    is_built = true;
                    let missing = entries.into_iter().map(without_program).collect();
                    all.push(BuildFindings { of: home.to_string(), shown: by.join(" by "), missing });
                    out.programs.push(by.join(" by ") + instead.as_deref().unwrap_or_default());
                }
                Err(refusal) => refused.push((refusal, by.join(" by "))),
            }
        }
        if is_built || refused.iter().any(|(refusal, _)| !refusal.of_release) {
            break;
        }
    }
    for (refusal, by) in refused.iter().filter(|(refusal, _)| !(is_built && refusal.of_release)) {
        out.findings.push(not_checked(
            subjects,
            &home.to_string(),
            &refusal.reason,
            std::slice::from_ref(by),
        ));
    }
    if *home != Home::Std && !is_built && refused.is_empty() {
        out.findings.push(not_checked(subjects, &home.to_string(), "no release of it is known", &[]));
    }
}

/// The entry without a place in the program, which no author has written.
fn without_program(mut entry: MissingItem) -> MissingItem {
    if let Some((message, _)) = entry.text.rsplit_once(" (at main.go:") {
        entry.text = message.to_owned();
    }
    entry
}

fn toolchains(subjects: &Subjects<'_>, home: &Home, release: &Release) -> Vec<Option<String>> {
    if *home == Home::Std || !subjects.every {
        return subjects.ends_of_go();
    }
    releases::ends_of_go(subjects.modules, Some((home, release))).into_iter().map(Some).collect()
}

/// The releases whose functions may be called: the Go of this machine, or the newest ones of a
/// module. The release that a build has is not known in advance.
fn candidates(subjects: &Subjects<'_>, home: &Home) -> Vec<Release> {
    if *home != Home::Std {
        return subjects.modules.newest_first(home).into_iter().take(TRIES).collect();
    }
    let local = subjects.modules.local_go();
    local.into_iter().filter(|release| release.version == *subjects.modules.go_version()).collect()
}

/// The entries that a program leaves out, with one Go.
fn built(
    subjects: &Subjects<'_>,
    (bundle, text): &(Bundle, String),
    wanted: Option<String>,
    (go, name): (Option<&str>, &str),
) -> BuildResult {
    let wanted: Vec<String> = wanted.into_iter().collect();
    let key = key::of_program(subjects, (bundle, text), &wanted, name);
    tried(subjects, &key, || {
        let scratch = Scratch::new("module gorule.types\n\ngo 1.18\n", go, subjects.modules.offline())?;
        get(&scratch, &wanted)?;
        fs_err::write(scratch.dir().join("main.go"), text)?;
        let bundle = bundle.encode().map_err(anyhow::Error::from)?;
        let report = scratch.weave(&bundle, &["."]).map_err(|error| plainly(&scratch, &["."], error))?;
        Ok(missing(report).filter(MissingItem::is_missed).collect())
    })
}

/// A source of signatures, by package and name; `None` if a function cannot be used here.
type SignatureSource<'a> = dyn Fn(&str, &str) -> Option<Callee> + 'a;

fn read(
    subjects: &Subjects<'_>,
    (home, release): (&Home, &Release),
    package: &str,
    name: &str,
) -> Option<Callee> {
    if subjects.modules.home(package).ok().as_ref() != Some(home) {
        return None;
    }
    let package_of = subjects.modules.package(home, package, release).ok()?;
    callee(package_of.with_function(name).into_iter().map(|(_, go)| go), package, name).ok()
}

/// The rules for many packages as rules for one program, and its text; `None` if there are no such
/// rules. `all` includes the rules that are not for calls.
fn program(bundle: &Bundle, all: bool, read: &SignatureSource<'_>) -> Option<(Bundle, String)> {
    let mut bundle = bundle.clone();
    let mut out = GeneratedProgram::default();
    for plugin in &mut bundle.plugins {
        plugin.targets.retain(|target| target.reach != Reach::Package);
        for target in &mut plugin.targets {
            (target.reach, target.package) = (Reach::Own, "own".to_owned());
            target.rules.retain_mut(|rule| match &rule.functions {
                Functions::Named(_) => false,
                Functions::Called { package, names } => out.call(package, names, read),
                _ => all && out.add(rule),
            });
        }
        plugin.targets.retain(|target| !target.rules.is_empty());
    }
    bundle.plugins.retain(|plugin| !plugin.targets.is_empty());
    let imports: String = out.imports.iter().fold(String::new(), |mut text, (alias, path)| {
        let _ = writeln!(text, "import {alias} {path:?}");
        text
    });
    let text = format!("package main\n\n{imports}\nfunc main() {{}}\n{}", out.functions);
    (!bundle.plugins.is_empty()).then_some((bundle, text))
}

/// Replaces the prefix of aliases, since woven code imports under these names into the same file.
fn renamed(text: &str) -> String {
    text.replace("goagent_", "scratch_")
}

#[derive(Default)]
struct GeneratedProgram {
    imports: BTreeSet<(String, String)>,
    functions: String,
    rules: usize,
}

impl GeneratedProgram {
    /// Adds two functions for a rule, and makes the rule select only these.
    fn add(&mut self, rule: &mut Rule) -> bool {
        let n = self.rules;
        self.rules += 1;
        let list = |binds: &[Bind], result: bool| {
            let of_kind = binds.iter().filter(|bind| bind.result == result).enumerate();
            let name = if result { "r" } else { "p" };
            let all: Vec<String> =
                of_kind.map(|(at, bind)| format!("{name}{at} {}", renamed(&bind.ty.text))).collect();
            all.join(", ")
        };
        // The first parameter is the first one of its type, the last result the last one: both are
        // found in the order of the rule.
        let (params, results) = (list(&rule.binds, false), list(&rule.binds, true));
        let imports = rule.binds.iter().flat_map(|bind| &bind.ty.imports);
        self.imports.extend(imports.map(|import| (renamed(&import.alias), import.path.clone())));
        let mark = format!("goagent:rule{n}");
        let _ = write!(
            self.functions,
            "\n//{mark}\nfunc all{n}({params}) ({results}) {{ return }}\n\n//{mark}\nfunc none{n}() {{}}\n"
        );
        rule.functions = Functions::Marked(mark);
        for bind in rule.binds.iter_mut().filter(|bind| bind.canonical.starts_with("...")) {
            bind.canonical = bind.canonical.replacen("...", "[]", 1); // as it is written above
        }
        true
    }

    /// Adds a function that calls those functions of a rule that are known; returns true if there
    /// is any.
    fn call(&mut self, package: &str, names: &[String], read: &SignatureSource<'_>) -> bool {
        let mut body = String::new();
        for name in names {
            let Some(callee) = read(package, name) else { continue };
            let imports = callee.imports.iter().map(|(alias, path)| (renamed(alias), path.clone()));
            self.imports.extend(imports);
            let own = renamed(&foreign_name(package));
            self.imports.insert((own.clone(), package.to_owned()));
            let vars: Vec<String> = callee
                .params
                .iter()
                .enumerate()
                .map(|(at, ty)| format!("var p{at} {}", renamed(ty)))
                .collect();
            let given: Vec<String> = (0..callee.params.len()).map(|at| format!("p{at}")).collect();
            let _ = writeln!(body, "\t{{ {}; {own}.{name}({}) }}", vars.join("; "), given.join(", "));
        }
        let n = self.rules;
        self.rules += 1;
        let _ = write!(self.functions, "\nfunc calls{n}() {{\n{body}}}\n");
        !body.is_empty()
    }
}
