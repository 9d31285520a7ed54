//! Parser, checks, formatter, bundle decoder and weaver under input that nobody wrote: no panic, no
//! hang, bounded memory.
//!
//! A short run has the same cases each time; `GOAGENT_FUZZ_SECONDS=N` runs each target for that
//! long from another seed each time (`GOAGENT_FUZZ_SEED=N` repeats one; the seed is printed first,
//! for failures that end the process). A case that fails is put in `target/tmp/fuzz-TARGET`; cases
//! that once failed are kept in `tests/fixtures/fuzz/TARGET` and run first.
//!
//! A binary of its own, because it limits the memory of its process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bundles;
mod driver;
mod packages;
#[path = "../common/random.rs"]
mod random;
#[path = "../common/rule_files.rs"]
mod rule_files;
mod texts;

use driver::Target;
use gorule::bundle::Bundle;
use gorule::diagnostic::{Diagnostic, json, render, sarif, short};
use gorule::syntax::{decode, format, parse};
use gorule::{check, codegen};

/// A finding points into its file, and every format can show it.
fn shown(problems: &[Diagnostic]) {
    assert!(!problems.is_empty(), "refused without a word");
    for label in problems.iter().flat_map(|problem| &problem.labels) {
        assert!(label.file.text.get(label.span.clone()).is_some(), "{label:?}");
    }
    let _ = render::to_text(problems, true);
    let _ = short::to_text(problems);
    let _ = json::to_text(problems, &[], (&[], &[]));
    let _ = sarif::to_text(problems, "/");
}

fn read(bytes: &[u8]) {
    match decode("a.gorule", bytes.to_vec()) {
        Ok(source) => {
            if let Err(problems) = parse(&source) {
                shown(&problems);
            }
        }
        Err(problem) => shown(&[problem]),
    }
}

/// What a file says in itself is checked, and code is made of it if nothing is wrong.
fn checked(bytes: &[u8]) {
    let Ok(source) = decode("a.gorule", bytes.to_vec()) else { return };
    let Ok(parsed) = parse(&source) else { return };
    let outcome = check::structure(vec![parsed]);
    if !outcome.findings.is_empty() {
        shown(&outcome.findings);
    }
    for one in &outcome.checked {
        if let Err(error) = codegen::lower(one.file(), &source.text) {
            assert!(error.offset < source.text.len() && !error.reason.is_empty(), "{error:?}");
        }
    }
    let is_wrong = outcome.findings.iter().any(Diagnostic::is_error);
    assert_eq!(outcome.checked.is_empty(), is_wrong);
}

fn lay_out(bytes: &[u8]) {
    let Ok(source) = decode("a.gorule", bytes.to_vec()) else { return };
    let Ok(once) = format(&source) else { return };
    let again = decode("b.gorule", once.clone().into_bytes()).unwrap();
    let twice = format(&again).unwrap_or_else(|problems| {
        panic!("what was laid out does not parse:\n{once}\n{}", render::to_text(&problems, false))
    });
    assert_eq!(once, twice, "not stable");
    let names = |text: &gorule::syntax::Parsed| {
        let targets = text.file.plugin.targets.iter();
        targets.map(|t| (t.package.node.clone(), t.rules.len(), t.decls.len())).collect::<Vec<_>>()
    };
    assert_eq!(names(&parse(&source).unwrap()), names(&parse(&again).unwrap()));
}

/// A bundle is refused, or is one: then it is written as the same plugins.
fn open(bytes: &[u8]) {
    match Bundle::decode(bytes) {
        Ok(bundle) => assert_eq!(Bundle::decode(&bundle.encode().unwrap()).unwrap(), bundle),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

#[test]
fn parser() {
    Target { name: "parser", run: read, make: texts::text, short: 3000 }.run(&texts::seeds());
}

#[test]
fn checker() {
    Target { name: "checker", run: checked, make: texts::of_templates, short: 800 }.run(&texts::seeds());
}

#[test]
fn formatter() {
    Target { name: "formatter", run: lay_out, make: texts::gentle, short: 2500 }.run(&texts::seeds());
}

#[test]
fn weaver() {
    // The rules are about these files: most have functions, some have several rules' worth.
    let found: Vec<_> = packages::seeds().iter().map(|seed| packages::found(seed)).collect();
    assert!(found.iter().filter(|all| !all.is_empty()).count() * 10 > found.len() * 8, "{found:?}");
    for wanted in ["named", "method", "every", "called", "struct Conn"] {
        assert!(found.iter().any(|all| all.contains(wanted)), "{wanted}: {found:?}");
    }
    Target { name: "weaver", run: packages::woven, make: packages::bytes, short: 300 }
        .run(&packages::seeds());
}

#[test]
fn bundle_decoder() {
    Target { name: "bundle", run: open, make: bundles::bytes, short: 20_000 }.run(&bundles::seeds());
}

/// Prefixes that claim gigabytes take no memory: the test binary has little to give.
#[test]
fn lengths_that_lie() {
    driver::bound_memory();
    for payload in bundles::lies() {
        let error = Bundle::decode(&bundles::sealed(&payload)).unwrap_err();
        assert!(!error.to_string().is_empty());
    }
}

/// Payloads as large as a bundle may be, and larger in memory than any other of their size.
#[test]
fn the_largest_bundles() {
    driver::bound_memory();
    for payload in bundles::full() {
        let bytes = bundles::sealed(&payload);
        assert!(Bundle::decode(&bytes).unwrap().encode().unwrap() == bytes);
        let error = Bundle::decode(&[bytes.as_slice(), &[0; 64]].concat()).unwrap_err();
        assert!(error.to_string().contains("more than a bundle may have"), "{error}");
    }
    eprintln!("{} KiB at most", driver::peak());
}
