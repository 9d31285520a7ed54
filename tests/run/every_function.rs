//! The testing aid: rules that weave an enter and an exit into every function of a package that has
//! a body.
//!
//! Enter counts, exit is empty. The count is written to a file in the folder that
//! `GOAGENT_AT_LARGE` names, at 1 and at every power of two, so that a process that ends in any way
//! has written it.

use gorule::bundle::{self, Bundle, Functions};
use gorule::{codegen, syntax};

/// The environment variable that names the folder for counters.
pub const FOLDER: &str = "GOAGENT_AT_LARGE";
/// The plugin's name in reports.
pub const PLUGIN: &str = "at_large";

/// The end of the name of a file that has the number of spans, by powers of two, too.
pub const SPANS: &str = ".spans";

/// The name of a package's file in that folder.
pub fn counter_file(package: &str) -> String {
    package.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// The kinds of rules for a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// For a package that the agent itself depends on.
    Bare,
    /// With a guard.
    Guarded,
    /// With a guard, and the package switches the agent on, so that the hooks of other plugins make
    /// spans.
    Recording,
}

const ENABLE: &str = "
            var goagentLargeSpans uint64

            func goagentLargeEnded(r *agent.Record) {
                if n := atomic.AddUint64(&goagentLargeSpans, 1); n&(n-1) == 0 && goagentLargeFolder != \"\" {
                    os.WriteFile(goagentLargeFolder+\"/COUNTER.spans\", []byte(strconv.FormatUint(n, 10)), 0o644)
                }
                r.Release()
            }

            func init() {
                agent.Enable(agent.Config{Ended: goagentLargeEnded, Sampler: agent.AlwaysOn, Formats: propagate.Default})
            }
";

/// The rules for one package.
pub fn every_function(package: &str, kind: Kind) -> bundle::Plugin {
    let bare = kind == Kind::Bare;
    let text = include_str!("../fixtures/at_large/every.gorule")
        .replace("//ENABLE", if kind == Kind::Recording { ENABLE } else { "//ENABLE" })
        .replace("PACKAGE", package)
        .replace("COUNTER", &counter_file(package))
        .replace("bare rule", if bare { "bare rule" } else { "rule" });
    let source = syntax::decode("every.gorule", text.into_bytes()).unwrap();
    let parsed = syntax::parse(&source).expect("the testing aid's rules parse");
    let mut plugin = codegen::lower(&parsed.file, &source.text).unwrap();
    for rule in plugin.targets.iter_mut().flat_map(|target| &mut target.rules) {
        rule.functions = Functions::Matching("*".to_owned());
    }
    plugin
}

/// One bundle for several packages.
pub fn bundle<'a>(packages: impl IntoIterator<Item = (&'a str, Kind)>) -> Bundle {
    let mut all: Option<bundle::Plugin> = None;
    for (package, kind) in packages {
        let plugin = every_function(package, kind);
        match &mut all {
            Some(all) => all.targets.extend(plugin.targets),
            None => all = Some(plugin),
        }
    }
    Bundle { plugins: all.into_iter().collect() }
}
