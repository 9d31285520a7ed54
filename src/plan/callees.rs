//! Signatures of the functions that call rules wrap, read from this build's sources.

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::Functions;
use crate::gotool::list::ListedPackage;
use crate::source::{Callee, FunctionSelector, GoFile, SelectedBy, callee};
use crate::weave::Unit;

/// Signatures by the name of the function, or the reason for which other packages cannot write one.
type Signatures = BTreeMap<String, Result<Callee, String>>;

/// Reads the signatures that the rules of all units need. Each package is read once.
pub(super) fn fill(
    units: &mut BTreeMap<String, Unit>,
    packages: &[ListedPackage],
    texts: &dyn Fn(&ListedPackage) -> Option<Vec<String>>,
) {
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for placed in units.values().flat_map(|unit| &unit.rules) {
        if let Functions::Called { package, names } = &placed.rule.functions {
            wanted.entry(package.clone()).or_default().extend(names.iter().cloned());
        }
    }
    let read = |(path, names): (String, BTreeSet<String>)| {
        let package = packages.iter().find(|package| package.path == path);
        let signatures = read(&path, &names, package.and_then(texts).as_deref());
        (path, signatures)
    };
    let known: BTreeMap<String, Signatures> = wanted.into_iter().map(read).collect();
    for placed in units.values_mut().flat_map(|unit| &mut unit.rules) {
        let Functions::Called { package, names } = &placed.rule.functions else { continue };
        let found = known.get(package).into_iter().flatten().filter(|(name, _)| names.contains(name));
        placed.callees = found.map(|(name, callee)| (name.clone(), callee.clone())).collect();
    }
}

fn read(path: &str, names: &BTreeSet<String>, texts: Option<&[String]>) -> Signatures {
    // All files have the package clause; only the file of the function has its name.
    let may_have = |text: &str, name: &str| {
        let by = SelectedBy::Name { name, receiver: None };
        FunctionSelector { by, ..FunctionSelector::every() }.may_be_in(text)
    };
    let wanted = |text: &&String| names.iter().any(|name| may_have(text, name));
    let parse = |text: &String| GoFile::parse(text.clone()).ok();
    let files: Option<Vec<GoFile>> =
        texts.map(|texts| texts.iter().filter(wanted).filter_map(parse).collect());
    let signature = |name: &str| match &files {
        Some(files) => callee(files, path, name),
        None => Err(format!("the source of {path} is not known in this build")),
    };
    let signatures = names.iter().map(|name| (name.clone(), signature(name)));
    signatures.collect()
}
