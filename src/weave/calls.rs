//! Weaves advice around calls of another package's functions.
//!
//! The call stays where it is: its arguments go through `enter` on their way, its results through
//! `exit`. Neither calls the function, so that it sees its caller as before, and everything happens
//! in the same order as before. A variable of the innermost function holds what belongs to one
//! call; a deferred `leave` runs exit if the call panics.

use std::collections::{BTreeMap, BTreeSet};

use super::call_code::CallGroup;
use super::edits::{Edit, FileWriter};
use super::fields::Fields;
use super::generated::Point;
use super::locate::{outcome, selectors, skip};
use super::options::WeaveOptions;
use super::refusal::Refusal;
use super::sites::{self, Site};
use super::{Outcome, PlacedRule, Skip, SkipCode};
use crate::bundle::Functions;
use crate::source::{Callee, Function, FunctionSelector, GoFile, Insertion, Mismatch};

/// The result of weaving the calls of one file.
#[derive(Default)]
pub(super) struct WovenCalls<'a> {
    pub outcomes: Vec<Outcome>,
    pub points: Vec<Point>,
    /// The rules that were woven.
    pub woven: Vec<&'a PlacedRule>,
}

/// A file and what is the same for all of its calls.
pub(super) struct CallFile<'a> {
    pub go: &'a GoFile,
    pub options: &'a WeaveOptions<'a>,
    pub fields: &'a Fields<'a>,
}

/// A call that is wrapped.
struct ChosenCall {
    /// The place of the rule among those of the package.
    rank: usize,
    site: Site,
    group: usize,
    /// The variable that belongs to it.
    variable: String,
    /// True if the function has results.
    gives: bool,
}

/// Groups by rule, by the function that is called, and by the start of the function around the
/// calls.
type Groups<'g> = BTreeMap<(usize, String, usize), CallGroup<'g>>;

/// Weaves all calls of a file that rules apply to.
pub(super) fn weave_calls<'r>(
    writer: &mut FileWriter<'_>,
    file: &CallFile<'_>,
    rules: &[&'r PlacedRule],
    number: &mut usize,
) -> WovenCalls<'r> {
    let mut done = WovenCalls::default();
    let (mut chosen, groups) = file.choose(writer, rules, number, &mut done.outcomes);
    chosen.sort_by_key(|one| (one.site.range.start, std::cmp::Reverse(one.site.range.end), one.rank));
    for ((rank, ..), group) in &groups {
        let place = group.owner.map(|owner| writer.place(&owner.range));
        let own = || chosen.iter().filter(|one| one.group == group.number);
        // All calls of a group, or none.
        let fits = own().all(|one| writer.fits(&edits(std::slice::from_ref(one))));
        let overlap = Refusal::Overlap("another edit is at the same place");
        let code = if fits { group.code(file.options, writer.directives()) } else { Err(overlap) };
        let skipped = match code {
            Ok(code) => {
                for one in own().filter(|one| one.site.body.is_none()) {
                    writer.append(&format!("var {} goagent_call_{}\n", one.variable, one.group));
                }
                writer.import(code.imports);
                writer.append(&code.text);
                done.points.push(Point::new(
                    group.placed,
                    file.options.package,
                    group.owner_name(),
                    group.number,
                ));
                done.woven.extend(rules.get(*rank).copied());
                None
            }
            Err(refusal) => {
                chosen.retain(|one| one.group != group.number);
                Some(refusal.skip())
            }
        };
        done.outcomes.push(Outcome { place, ..outcome(group.placed, group.owner_name(), skipped) });
    }
    writer.insert(edits(&chosen));
    done
}

impl<'a> CallFile<'a> {
    /// The calls that can be wrapped, each in its group; the others get an outcome.
    fn choose<'g>(
        &self,
        writer: &FileWriter<'_>,
        rules: &[&'g PlacedRule],
        number: &mut usize,
        outcomes: &mut Vec<Outcome>,
    ) -> (Vec<ChosenCall>, Groups<'g>)
    where
        'a: 'g,
    {
        let mut groups = Groups::new();
        let mut chosen: Vec<ChosenCall> = Vec::new();
        for (rank, placed) in rules.iter().enumerate() {
            for site in self.sites(placed) {
                let owner = self.owner(&site);
                let callee = match self.callee(placed, &site, owner) {
                    Ok(callee) => callee,
                    Err(skip) => {
                        outcomes.push(skipped(writer, placed, owner, &site, &skip));
                        continue;
                    }
                };
                let start = owner.map_or(0, |owner| owner.range.start);
                let group = groups.entry((rank, site.name.clone(), start)).or_insert_with(|| {
                    *number += 1;
                    let (name, arities) = (site.name.clone(), BTreeSet::new());
                    CallGroup { number: *number, placed, callee, name, owner, arities }
                });
                group.arities.insert(site.count);
                let mut variable = format!("goagent_site_{}", chosen.len());
                if site.body.is_none() {
                    // The call is in a variable of the package: this is another one.
                    variable = format!("goagent_site_{}_{}", group.number, chosen.len());
                }
                let gives = !callee.results.is_empty();
                chosen.push(ChosenCall { rank, site, group: group.number, variable, gives });
            }
        }
        (chosen, groups)
    }

    fn sites(&self, placed: &PlacedRule) -> Vec<Site> {
        let Functions::Called { package, names } = &placed.rule.functions else { return Vec::new() };
        let known = placed.callees.values().find_map(|callee| callee.as_ref().ok());
        let name = known.map_or_else(|| crate::codegen::default_name(package), |c| c.package_name.clone());
        sites::find(self.go, package, names, &name)
    }

    /// The function that contains a call.
    fn owner(&self, site: &Site) -> Option<&'a Function> {
        self.go.functions.iter().find(|f| f.range.contains(&site.range.start))
    }

    /// The function that is called, or the reason for which the call cannot be wrapped.
    fn callee<'p>(
        &self,
        placed: &'p PlacedRule,
        site: &Site,
        owner: Option<&Function>,
    ) -> Result<&'p Callee, Skip> {
        let refused = |why: String| SkipCode::Call.because(why);
        if let Some(skip) = self.fields.barred(placed, self.options) {
            return Err(skip);
        }
        if let Some(why) = &site.refused {
            return Err(refused(why.clone()));
        }
        let callee = match placed.callees.get(&site.name) {
            None => {
                return Err(refused(
                    "the source of its package is not known; use `goagent build`".to_owned(),
                ));
            }
            Some(Err(why)) => return Err(refused(why.clone())),
            Some(Ok(callee)) => callee,
        };
        let selectors = selectors(&placed.rule);
        let arity =
            |selector: &FunctionSelector<'_>| selector.arity(callee.params.len(), callee.results.len());
        if let Some(mismatch) = selectors.first().map(arity).unwrap_or_default().first() {
            return Err(skip(*mismatch, "it"));
        }
        if let Some(path) = callee.imports.values().find(|path| !self.options.imported.has(path)) {
            return Err(refused(format!(
                "a type of its signature is of {path}, which the package does not import"
            )));
        }
        if let Some(mismatch) = owner.and_then(|owner| Insertion::Calls.bars(owner).first().copied()) {
            return Err(match mismatch {
                Mismatch::ForbidsCalls(directive) => {
                    SkipCode::NoCalls.because(format!("the function around it is marked //{directive}"))
                }
                other => skip(other, "the function around it"),
            });
        }
        sites::unfit(self.go, site, callee).map_or(Ok(callee), |why| Err(refused(why)))
    }
}

/// The outcome of a call that is left as it is.
fn skipped(
    writer: &FileWriter<'_>,
    placed: &PlacedRule,
    owner: Option<&Function>,
    site: &Site,
    skip: &Skip,
) -> Outcome {
    let place = writer.place(&site.range);
    let reason = format!("{}:{}: the call of {}: {}", place.file, place.line, site.name, skip.reason);
    let name = owner.map_or_else(|| "a variable of the package".to_owned(), Function::display);
    Outcome { place: Some(place), ..outcome(placed, name, Some(skip.code.because(reason))) }
}

/// The edits that wrap the calls. Of several rules at one call the first enters first and exits
/// last; a call in the arguments of another comes after it.
fn edits(chosen: &[ChosenCall]) -> Vec<Edit> {
    let edit = |at: usize, text: String| Edit { range: at..at, text, restore: true };
    let mut out = Vec::new();
    for same in chosen.chunk_by(|a, b| a.site.range == b.site.range) {
        for ChosenCall { site, group, variable, .. } in same {
            let text = format!(" var {variable} goagent_call_{group}; defer {variable}.leave(); ");
            out.extend(site.body.map(|body| edit(body + 1, text)));
        }
        for ChosenCall { site, variable, gives, .. } in same {
            match (site.count, gives) {
                (0, true) => out.push(edit(site.range.start, format!("{variable}.enter_0().exit("))),
                (_, true) => out.push(edit(site.range.start, format!("{variable}.exit("))),
                (0, false) => out.push(edit(site.range.start, format!("{variable}.enter_0(); "))),
                (_, false) => {}
            }
        }
        for ChosenCall { site, variable, .. } in same.iter().rev().filter(|one| one.site.count > 0) {
            out.push(edit(site.arguments.start, format!("{variable}.enter_{}(", site.count)));
        }
        for ChosenCall { site, variable, gives, .. } in same.iter().rev() {
            // The comments tell parentheses at one place apart.
            let number = variable.trim_start_matches(|c: char| !c.is_ascii_digit());
            if site.count > 0 {
                out.push(edit(site.arguments.end, format!("/*{number}*/)")));
            }
            let text = if *gives { format!(")/*{number}*/") } else { format!("; {variable}.exit()") };
            out.push(edit(site.range.end, text));
        }
    }
    out
}
