//! Checks of Go: its version, its flags, the C compiler, and that the code which goagent links in
//! builds with it.

use std::path::Path;

use super::super::invocation::Invocation;
use super::super::progress::Progress;
use super::super::{resolve, this_program};
use super::finding::{CheckResult, store};
use crate::embedded;
use crate::gotool::flags::{self, parse_goflags};
use crate::gotool::list::{DependencyScope, list};
use crate::gotool::{Go, GoVariables};
use crate::plan::{PackageSources, StartupTargets, plan};
use crate::toolexec::BOOTS;
use crate::version::Version;

/// The oldest and the newest version of Go that the tests run.
const TESTED: (&str, &str) = ("1.18", "1.27");

/// Runs Go's own checks and returns its environment, if there is a Go.
pub(super) fn check(invocation: &Invocation, findings: &mut Vec<CheckResult>) -> Option<GoVariables> {
    let env = match Go::from_path().in_dir(invocation.dir()).env() {
        Ok(env) => env,
        Err(error) => {
            let remedy = "install Go (https://go.dev/dl) or put it on PATH; where a toolchain cannot be had, look at GOTOOLCHAIN \
                 and GOPROXY, or set GOTOOLCHAIN=local";
            findings.push(CheckResult::bad("go", error.to_string(), remedy));
            return None;
        }
    };
    findings.push(version(&env));
    findings.push(flags_of(&env));
    findings.push(modules(&env));
    findings.push(cgo(&env));
    Some(env)
}

fn version(env: &GoVariables) -> CheckResult {
    let text = env.get("GOVERSION");
    let chosen =
        Some(env.get("GOTOOLCHAIN")).filter(|choice| !choice.is_empty()).unwrap_or("none, before Go 1.21");
    let shown = format!("{text} at {} (GOTOOLCHAIN: {chosen})", env.get("GOROOT"));
    let bounds = (Version::parse(TESTED.0), Version::parse(TESTED.1));
    let (Some(found), (Some(low), Some(high))) = (Version::parse(text), bounds) else {
        return CheckResult::warn(
            "go",
            format!("{shown} is not a release"),
            format!("goagent is tested with releases, Go {} to {}", TESTED.0, TESTED.1),
        );
    };
    if found < low {
        return CheckResult::bad(
            "go",
            format!("{shown} is too old"),
            format!("use Go {} or later", TESTED.0),
        );
    }
    if found > high && !is_patch_of(text, TESTED.1) {
        return CheckResult::warn(
            "go",
            format!("{shown} is newer than what this goagent was tested with"),
            format!(
                "look at what is skipped with `goagent plan`; use Go {} or a newer goagent where it matters",
                TESTED.1
            ),
        );
    }
    CheckResult::ok("go", shown)
}

/// Returns true if a version is of this minor release, as `go1.27.3` is of 1.27.
fn is_patch_of(text: &str, minor: &str) -> bool {
    let rest = text.trim_start_matches("go").strip_prefix(minor);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', 'r', '-', ' ', 'b']))
}

/// Checks GOFLAGS, which apply to goagent as to go.
fn flags_of(env: &GoVariables) -> CheckResult {
    let text = env.get("GOFLAGS");
    let parsed = parse_goflags(text);
    if let Some(own) = flags::last(&parsed, "toolexec") {
        let is_ours = own.contains("goagent");
        let what = format!("GOFLAGS has -toolexec={own}");
        return if is_ours {
            CheckResult::bad(
                "flags",
                format!("{what}: goagent would run behind itself"),
                "take it out of GOFLAGS; `goagent build` needs no -toolexec",
            )
        } else {
            CheckResult::warn(
                "flags",
                format!("{what}, which runs behind goagent's"),
                "take it out of GOFLAGS where it is not wanted",
            )
        };
    }
    let shown = if text.is_empty() { "GOFLAGS is empty".to_owned() } else { format!("GOFLAGS: {text}") };
    CheckResult::ok("flags", shown)
}

fn modules(env: &GoVariables) -> CheckResult {
    let proxy = env.get("GOPROXY");
    let shown = format!("GOPROXY: {}; goagent itself fetches nothing", redacted(proxy));
    CheckResult::ok("modules", shown)
}

/// Returns addresses without the part that may be a password.
fn redacted(proxies: &str) -> String {
    let one = |part: &str| match part.split_once("://").zip(part.rsplit_once('@')) {
        Some(((scheme, _), (_, host))) => format!("{scheme}://…@{host}"),
        None => part.to_owned(),
    };
    proxies.split(',').map(one).collect::<Vec<_>>().join(",")
}

fn cgo(env: &GoVariables) -> CheckResult {
    let compiler = env.get("CC").split(' ').next().unwrap_or_default().to_owned();
    if env.get("CGO_ENABLED") != "1" {
        return CheckResult::ok("cgo", "off (CGO_ENABLED=0)");
    }
    if is_program(&compiler) {
        return CheckResult::ok("cgo", format!("on, with {compiler}"));
    }
    CheckResult::warn(
        "cgo",
        format!("on, and there is no {compiler}: packages with cgo do not build"),
        "install a C compiler, set CC, or set CGO_ENABLED=0",
    )
}

fn is_program(name: &str) -> bool {
    if name.contains('/') {
        return Path::new(name).is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(name).is_file())
}

/// Builds everything that is linked into every program, for this Go: the woven runtime and the
/// module, with the standard plugins woven into the packages that they import.
pub(super) fn linked_in(env: &GoVariables) -> CheckResult {
    let _progress = Progress::new("building what is linked in");
    match try_linked_in(env) {
        Ok(notes) if notes.is_empty() => CheckResult::ok(
            "runtime",
            "what is linked in builds; the woven runtime looks to importers as the plain one does, so that they are not compiled \
             again",
        ),
        Ok(notes) => CheckResult::warn(
            "runtime",
            notes.join("\n"),
            "builds work as said here; a newer goagent may know this Go better",
        ),
        Err(error) => CheckResult::bad(
            "runtime",
            format!("what is linked in does not build: {error:#}"),
            "programs are built without instrumentation; try another Go, or report it with this text",
        ),
    }
}

fn try_linked_in(env: &GoVariables) -> anyhow::Result<Vec<String>> {
    let store = store()?;
    let _held = store.hold();
    let (dir, digest) = embedded::runtime_module(&store)?;
    let go = Go::of_goroot(Path::new(env.get("GOROOT"))).for_resolve(&dir);
    let packages = list(&go, &["-deps".to_owned()], &BOOTS.map(str::to_owned), DependencyScope::Named)?;
    let text = env.get("GOVERSION");
    let version =
        Version::parse(text).ok_or_else(|| anyhow::anyhow!("Go's version {text:?} is not understood"))?;
    let mut bundles = [embedded::standard_bundle(&store)?];
    for bundle in &mut bundles {
        bundle.keep_platform(env.get("GOOS"), env.get("GOARCH"));
    }
    let plan = plan(
        &bundles,
        &packages,
        &version,
        StartupTargets::Mains,
        PackageSources { texts: &|_| Some(Vec::new()), is_of_go: &|_| true },
    );
    let mut environment = env.compile_inputs();
    environment.push(digest);
    let inputs = resolve::Inputs {
        plan: &plan,
        mains: std::collections::BTreeMap::new(),
        go,
        runtime_dir: dir,
        flags: Vec::new(),
        gcflags: &std::collections::BTreeMap::new(),
        store: &store,
        uses_cgo_packages: true,
        environment: environment.join("\n"),
        program: this_program()?,
        then: None,
    };
    let (_, session) = resolve::session(&inputs)?;
    let mut notes: Vec<String> = session.notes.into_iter().map(|note| note.text).collect();
    notes.extend(
        plan.left_out.iter().map(|one| format!("{} for {}: {}", one.plugin, one.package, one.reason)),
    );
    if session.runtime.is_none() && notes.is_empty() {
        notes.push(
            "the woven runtime is compiled like any other package: everything is compiled again".to_owned(),
        );
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::doctor::Health;

    fn env(values: &[(&str, &str)]) -> GoVariables {
        GoVariables::new(values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn versions_of_go() {
        for (text, level) in [
            ("go1.17.13", Health::Bad),
            ("go1.18", Health::Ok),
            ("go1.27.3", Health::Ok),
            ("go1.28.0", Health::Warn),
            ("go1.28rc1", Health::Warn),
            ("devel +abc", Health::Warn),
        ] {
            let found = version(&env(&[("GOVERSION", text)]));
            assert_eq!(found.level, level, "{text}: {}", found.text);
            assert_eq!(found.remedy.is_none(), level == Health::Ok);
        }
    }

    #[test]
    fn a_toolexec_in_goflags() {
        for (text, level) in [
            ("", Health::Ok),
            ("-mod=mod", Health::Ok),
            ("'-toolexec=cover -x'", Health::Warn),
            ("'-toolexec=/bin/goagent toolexec --bundle x'", Health::Bad),
        ] {
            assert_eq!(flags_of(&env(&[("GOFLAGS", text)])).level, level, "{text}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(redacted("https://me:secret@proxy.example,direct"), "https://…@proxy.example,direct");
    }
}
