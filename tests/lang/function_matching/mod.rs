//! `check`, `weave` and `plan` agree on the functions that a rule applies to. In random packages a
//! rule holds for `check` exactly if some build weaves it, and `check` warns of nothing exactly if
//! no build leaves anything out; and a package that is passed over by its text alone has no
//! function for the rule.

mod cases;
use std::path::Path;

use cases::{Case, CaseFile};
use gorule::bundle::{Bundle, Functions, Reach, Rule};
use gorule::check::{self, Carried, Examined, VerdictCache};
use gorule::gotool::question::{GoCommand, GoMissing, Output};
use gorule::lock::Lock;
use gorule::modules::Modules;
use gorule::source::{FunctionSelector, GoFile};
use gorule::weave::{self, GoSourceFile, Outcome, SkipCode, Unit};
use gorule::{codegen, plan, syntax};

/// Number of packages to compare. Seed and case of one that differs are printed;
/// `GOAGENT_FUZZ_SEED` is another seed.
const CASES: u64 = 700;
const SEED: u64 = 17;

/// Answers as `go` would if the packages were Go's own and nothing else were on the machine.
struct Root<'a>(&'a Path);

impl GoCommand for Root<'_> {
    fn run(&self, args: &[&str], _: Option<&Path>, _: &[(&str, &str)]) -> Result<Output, GoMissing> {
        assert_eq!(args[0], "env");
        let stdout = serde_json::json!({
            "GOROOT": self.0, "GOMODCACHE": self.0.join("modcache"),
            "GOVERSION": "go1.22.0", "GOHOSTOS": "linux", "GOHOSTARCH": "amd64",
        });
        Ok(Output { success: true, stdout: stdout.to_string(), stderr: String::new() })
    }
}

/// The finding of one side about a rule.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// It holds, and nothing is to be known besides.
    Holds,
    /// It holds, and not for everything.
    Partly,
    /// It does not hold.
    Fails,
}

/// The verdict of `check`.
fn checked(examined: &[Examined], case: u64, rule: &str) -> (Verdict, String) {
    let package = Case::package(case);
    let one =
        examined.iter().find(|one| one.package == package && one.item.is_rule(rule)).expect("it is examined");
    let verdict = &one.verdicts[0];
    let found = verdict.problems.iter().chain(&verdict.warnings);
    let said = found.map(|found| format!("{} {}", found.code.code, found.message())).collect::<Vec<_>>();
    let verdict = match (verdict.problems.is_empty(), verdict.warnings.is_empty()) {
        (true, true) => Verdict::Holds,
        (true, false) => Verdict::Partly,
        (false, _) => Verdict::Fails,
    };
    (verdict, said.join("; "))
}

/// The system, and true if the tag is set, for each build.
const BUILDS: [(&str, bool); 4] = [("linux", false), ("linux", true), ("windows", false), ("windows", true)];

/// The verdict of `weave` about one rule in each build that it applies to.
fn woven(bundle: &Bundle, case: u64, rule: &str, files: &[CaseFile]) -> (Verdict, String) {
    let mut all: Vec<Outcome> = Vec::new();
    let mut names = None;
    for (system, tag) in BUILDS {
        let mut bundle = bundle.clone();
        bundle.keep_platform(system, "amd64");
        let target = bundle.plugins[0].targets.iter().find(|target| target.package == Case::package(case));
        let Some(target) = target else { continue };
        let mut unit = Unit::empty(&target.package);
        plan::place(&bundle.plugins[0], 0, target, |one| one.name == rule, &mut unit);
        let Some(placed) = unit.rules.first() else { continue };
        names = Some((shown(&placed.rule), !placed.rule.platforms.is_empty()));
        let in_build = files.iter().filter(|file| file.is_in(system, tag));
        let sources: Vec<GoSourceFile> = in_build
            .map(|file| GoSourceFile { path: format!("/src/{}", file.name), text: file.text.clone() })
            .collect();
        all.extend(weave::weave(&unit, &sources).outcomes);
    }
    let is_woven = |outcome: &&Outcome| outcome.skipped.is_none();
    let holds = match &names.as_ref().expect("it is for some build").0 {
        Some(names) => {
            names.iter().all(|name| all.iter().filter(is_woven).any(|outcome| outcome.function == *name))
        }
        None => all.iter().any(|outcome| outcome.skipped.is_none()),
    };
    // A build without such a function is no surprise, if another build has it.
    let skips = all.iter().filter_map(|outcome| outcome.skipped.as_ref());
    let mut skips: Vec<String> =
        skips.filter(|skip| !holds || skip.code != SkipCode::NotFound).map(ToString::to_string).collect();
    skips.sort();
    skips.dedup();
    // A rule that names functions and platforms means all of them.
    let for_all = names.is_some_and(|(names, platforms)| names.is_some() && platforms);
    let verdict = match (holds, skips.is_empty()) {
        (true, true) => Verdict::Holds,
        (true, false) if !for_all => Verdict::Partly,
        _ => Verdict::Fails,
    };
    (verdict, skips.join("; "))
}

/// Checks that the weaver and the plan do not pass over, by its text, a file that has a function
/// for a rule; returns the selector and the file's text if they do.
fn passed_over(bundle: &Bundle, files: &[CaseFile]) -> Option<String> {
    let mut target = bundle.plugins[0].targets[0].clone();
    target.reach = Reach::Own;
    for file in files {
        let go = GoFile::parse(file.text.clone()).unwrap();
        for rule in &target.rules {
            let selectors = weave::selectors(rule);
            let means = |selector: &&FunctionSelector<'_>| go.functions.iter().any(|f| selector.means(f));
            if let Some(selector) = selectors.iter().find(means) {
                let texts = || Some(vec![file.text.clone()]);
                let package = plan::BuildPackage::new("c", false, true, &texts);
                if !selector.may_be_in(&file.text) || !package.may_hold(&target, rule) {
                    return Some(format!("{selector:?}\n{}", file.text));
                }
            }
        }
    }
    None
}

/// The functions that a rule names, as outcomes have them; `None`: it selects functions.
fn shown(rule: &Rule) -> Option<Vec<String>> {
    let Functions::Named(names) = &rule.functions else { return None };
    let display = |name: &String| match &rule.receiver {
        Some(receiver) if receiver.pointer => format!("(*{}).{name}", receiver.type_name),
        Some(receiver) => format!("{}.{name}", receiver.type_name),
        None => name.clone(),
    };
    Some(names.iter().map(display).collect())
}

#[test]
fn a_rule_holds_exactly_if_it_is_woven() {
    let seed = std::env::var("GOAGENT_FUZZ_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    let cases: Vec<Case> = (0..CASES).map(|case| Case::new(seed, case)).collect();
    let root = tempfile::tempdir().unwrap();
    for (at, case) in cases.iter().enumerate() {
        let dir = root.path().join("src").join(Case::package(at as u64));
        std::fs::create_dir_all(&dir).unwrap();
        case.files.iter().for_each(|file| std::fs::write(dir.join(&file.name), &file.text).unwrap());
    }
    let (mut compared, mut differences) = ([0; 3], Vec::new());
    let go = Root(root.path());
    let modules = Modules::new(&go, true).unwrap();
    let (lock, cache, carried) = (Lock::default(), VerdictCache::default(), Carried::default());
    let scope = check::CheckContext {
        modules: &modules,
        lock: &lock,
        cache: &cache,
        carried: &carried,
        agent: &check::AgentNames::default(),
        every: false,
    };
    for (at, case) in cases.iter().enumerate() {
        let number = at as u64;
        let source = syntax::decode("p.gorule", case.plugin(number).into_bytes()).unwrap();
        let parsed = syntax::parse(&source).unwrap_or_else(|found| panic!("{found:?}\n{}", source.text));
        let bundle = Bundle { plugins: vec![codegen::lower(&parsed.file, &source.text).unwrap()] };
        let structure = check::structure(vec![parsed.clone()]);
        assert!(structure.findings.is_empty(), "{:?}\n{}", structure.findings, source.text);
        assert_eq!(passed_over(&bundle, &case.files), None, "seed {seed}, case {at}");
        let outcome = check::against(vec![parsed], &scope);
        for (n, rule) in case.rules.iter().enumerate() {
            let name = format!("r{n}");
            let check = checked(&outcome.examined, number, &name);
            let weave = woven(&bundle, number, &name, &case.files);
            compared[match check.0 {
                Verdict::Holds => 0,
                Verdict::Partly => 1,
                Verdict::Fails => 2,
            }] += 1;
            if check.0 != weave.0 {
                let files: Vec<String> =
                    case.files.iter().map(|f| format!("-- {} --\n{}", f.name, f.text)).collect();
                differences.push(format!(
                    "seed {seed}, case {at}: check {:?} ({}), weave {:?} ({})\n{}\n{}",
                    check.0,
                    check.1,
                    weave.0,
                    weave.1,
                    rule.text(0),
                    files.concat()
                ));
            }
        }
    }
    differences.sort_by_key(String::len);
    assert!(differences.is_empty(), "{} differ, the smallest:\n{}", differences.len(), differences[0]);
    assert!(compared.iter().all(|count| *count > 50), "{compared:?}");
}
