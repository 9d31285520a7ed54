//! Syntax trees → checked plugins, or every mistake in them.
//!
//! In: parsed files and, for the second room, the source of the packages that they name. Out:
//! [`Checked`] plugins, which only this module can make, and diagnostics. Nothing is generated
//! here.
//!
//! Two rooms: `text` looks at what a rule file says in itself, without any Go source; `releases`
//! compares every rule with real packages. [`structure`] runs the first, [`against`] both.

mod agent_names;
mod context;
mod findings;
mod landmarks;
mod outcome;
mod parts;
mod releases;
mod text;
mod wording;

use crate::diagnostic::{self, Diagnostic, codes};
use crate::lock::Lock;
use crate::syntax::Parsed;

use findings::Findings;
use releases::{digest, ranges};
use text::words;

pub use agent_names::AgentNames;
pub use context::CheckContext;
pub use landmarks::{Landmark, Landmarks};
pub use outcome::{CheckOutcome, Checked, ComparedVersions, Examined, FunctionSignature, Verdict};
pub use releases::digest::Carried;
pub use releases::omitted::{Omission, Omitted, omissions};
pub use releases::promoted::{Promoted, promoted};
pub use releases::verdict_cache::VerdictCache;
pub use wording::{describe_versions, nearest_path};

/// Returns true if the lock records every rule of a file as it is now.
pub fn is_locked(parsed: &Parsed, lock: &Lock) -> bool {
    let plugin = &parsed.file.plugin;
    plugin.targets.iter().all(|target| {
        let around = digest::decls(&parsed.source, plugin, target);
        let rules = target.rules.iter().map(|rule| digest::rule(&parsed.source, &around, rule));
        let declares = !(target.decls.is_empty() && target.structs.is_empty() && target.ports.is_empty());
        rules.chain(declares.then(|| around.clone())).all(|digest| lock.holds(&digest))
    })
}

/// Returns true if a word already has a meaning in templates, so that a rule should not bind it.
pub fn is_taken(word: &str) -> bool {
    words::reserved(word).is_some() || words::is_predeclared(word)
}

/// The range of the releases that a rule was compared with and fits. It ends before each release
/// that could not be compared, and goes beyond the last one only if none is known above it.
pub fn widest(examined: &Examined) -> String {
    let holds = |v: &Verdict| (v.release.version.clone(), Some(v.problems.is_empty()));
    let unknown = examined.omitted.iter().filter(|one| one.is_unknown());
    let unknown = unknown.map(|one| (one.release.version.clone(), None));
    let mut all: Vec<_> = examined.verdicts.iter().map(holds).chain(unknown).collect();
    all.sort();
    if examined.incomplete.is_some() {
        // Nobody knows what lies between two of them.
        all = all.into_iter().flat_map(|one| [one.clone(), (one.0, None)]).collect();
    }
    let unseen = examined.unseen();
    let set = ranges::widest(&all, &unseen, examined.newest && examined.incomplete.is_none());
    if set.intervals.is_empty() { "none".to_owned() } else { set.to_string() }
}

/// Checks what needs no Go source.
pub fn structure(parsed: Vec<Parsed>) -> CheckOutcome {
    structure_except(parsed, &|_| false)
}

/// Does the same, but does not look into a file of which `is_sound` returns true: nothing is to be
/// reported of its text.
pub fn structure_except(parsed: Vec<Parsed>, is_sound: &dyn Fn(&Parsed) -> bool) -> CheckOutcome {
    check(parsed, None, is_sound)
}

/// Checks everything, every rule against the source of the packages in its range.
pub fn against(parsed: Vec<Parsed>, context: &CheckContext<'_>) -> CheckOutcome {
    check(parsed, Some(context), &|_| false)
}

fn check(
    mut parsed: Vec<Parsed>,
    context: Option<&CheckContext<'_>>,
    is_sound: &dyn Fn(&Parsed) -> bool,
) -> CheckOutcome {
    let mut outcome = CheckOutcome::default();
    parsed.sort_by(|a, b| {
        let key = |p: &Parsed| (p.file.plugin.name.node.clone(), p.source.name.clone());
        key(a).cmp(&key(b))
    });
    duplicates(&parsed, &mut outcome.findings);
    for one in parsed {
        let mut findings = Findings::new(&one.source);
        let uses = if is_sound(&one) { Vec::new() } else { text::check(&one, &mut findings) };
        if let Some(context) = context {
            agent_names::check(&uses, context.agent, &mut findings);
        }
        if let Some(context) = context.filter(|context| context.every || !is_locked(&one, context.lock)) {
            releases::check(&one, context, &mut findings, &mut outcome.examined);
        }
        let found = without_repeats(findings.into_list());
        if !found.iter().any(Diagnostic::is_error) {
            outcome.checked.push(Checked { parsed: one });
        }
        outcome.findings.extend(found);
    }
    diagnostic::sort(&mut outcome.findings);
    outcome
}

/// Leaves out unknown names that another diagnostic has told already: a package that is not
/// imported, at a type, or the same name at an earlier place.
fn without_repeats(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let name =
        |one: &Diagnostic| one.data.iter().find(|(key, _)| *key == "name").map(|(_, name)| name.clone());
    let mut told: Vec<Option<String>> =
        found.iter().filter(|one| one.code == &codes::structure::UNKNOWN_QUALIFIER).map(name).collect();
    let is_new = |one: &Diagnostic| {
        if one.code != &codes::functions::UNKNOWN_NAME {
            return true;
        }
        let name = name(one);
        let is_new = !told.contains(&name);
        told.push(name);
        is_new
    };
    found.into_iter().filter(is_new).collect()
}

/// Two plugins of one name.
fn duplicates(sorted: &[Parsed], out: &mut Vec<Diagnostic>) {
    for (a, b) in sorted.iter().zip(sorted.iter().skip(1)) {
        let (first, second) = (&a.file.plugin.name, &b.file.plugin.name);
        if first.node == second.node {
            out.push(
                Diagnostic::new(&codes::structure::DUPLICATE_PLUGIN)
                    .with("plugin", &second.node)
                    .at(&b.source, second.span.clone(), "declared again")
                    .and(&a.source, first.span.clone(), "first declared here")
                    .help("give one of them another name"),
            );
        }
    }
}
