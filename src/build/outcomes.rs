//! The outcomes of the packages of a build.
//!
//! They are in the archive of each package. The sources are asked in this order, each for the
//! packages that the earlier ones did not answer: the tool processes of this very build (the
//! linker's have read the archives of a whole program); an earlier build of the same, by a record
//! whose key is everything that the archives depend on; the archives themselves, which `go list`
//! names.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::archives::Archives;
use super::invocation::Invocation;
use super::listing::PackageListing;
use crate::codegen::RUNTIME;
use crate::gotool::list::ListedPackage;
use crate::store::{Store, load, save, use_file};
use crate::toolexec::protocol::{Note, PackageReport, Session};
use crate::toolexec::transient::SeenReports;

/// The reports of each package: one, or one for each variant of it that tests have.
pub type Reports = BTreeMap<String, BTreeSet<PackageReport>>;

/// The sources of outcomes.
pub struct ReportSources<'a> {
    /// The session that the tools were given.
    pub session: &'a Session,
    /// The reports of the tools.
    pub seen: Vec<SeenReports>,
    /// goagent's own folder.
    pub store: &'a Store,
    /// The record of this build.
    pub record: Option<&'a Record>,
    /// The marked packages whose outcomes are wanted.
    pub wanted: Vec<&'a str>,
}

/// Returns the reports after a build, and a note with the reason for each package that has none.
pub fn collect(
    sources: ReportSources<'_>,
    archives: impl FnOnce(&[&str]) -> Archives,
) -> (Reports, Vec<String>) {
    let ReportSources { session, seen, store, record, wanted } = sources;
    let mut found = CollectedReports { reports: Reports::new(), known: BTreeSet::new() };
    for SeenReports { packages, reports } in seen {
        found.known.extend(packages);
        found.add(reports);
    }
    found.add(session.without_runtime.clone());
    let mut notes = Vec::new();
    if let Some(swap) = &session.runtime {
        found.known.insert(RUNTIME.to_owned());
        found.ask(RUNTIME, &swap.archive, &mut notes);
    }
    let path = record.map(|record| store.report(&record.key));
    let kept = path.as_ref().filter(|path| use_file(path)).and_then(|path| load::<Reports>(path).ok());
    for (package, reports) in kept.iter().flatten() {
        if found.known.insert(package.clone()) {
            found.add(reports.iter().cloned());
        }
    }
    let missing: Vec<&str> =
        wanted.iter().copied().filter(|package| !found.known.contains(*package)).collect();
    let listed = if missing.is_empty() { Archives::new() } else { archives(&missing) };
    for package in missing {
        let Some(archives) = listed.get(package) else {
            notes.push(format!("{package}: it is not known what was woven: go names no archive of it"));
            continue;
        };
        found.known.insert(package.to_owned());
        for archive in archives {
            found.ask(package, archive, &mut notes);
        }
    }
    let CollectedReports { mut reports, .. } = found;
    if notes.is_empty() {
        // A package without outcomes is known as well.
        for package in wanted {
            reports.entry(package.to_owned()).or_default();
        }
        if let (Some(path), Some(record)) = (path, record)
            && kept.as_ref() != Some(&reports)
            && record.still_holds()
        {
            let _ = save(&path, &reports); // without it the next build asks again
        }
    }
    (reports, notes)
}

struct CollectedReports {
    reports: Reports,
    known: BTreeSet<String>,
}

impl CollectedReports {
    fn add(&mut self, reports: impl IntoIterator<Item = PackageReport>) {
        for report in reports {
            self.reports.entry(report.package.clone()).or_default().insert(report);
        }
    }

    fn ask(&mut self, package: &str, archive: &Utf8Path, notes: &mut Vec<String>) {
        match Note::read(archive) {
            Ok(note) => self.add(note.and_then(|note| note.report)),
            Err(error) => notes.push(format!("{package}: it is not known what was woven: {error}")),
        }
    }
}

/// The key of a build's record: everything that the outcomes of its packages depend on.
pub struct Record {
    key: String,
    /// The hash of everything but the contents of files.
    build: blake3::Hasher,
    /// The folders and files of packages that may change although their version, if any, does not.
    changing: Vec<(Utf8PathBuf, Vec<String>)>,
}

impl Record {
    /// Returns the record of a build; `None` if files are replaced by an overlay, so that no key
    /// can cover their contents.
    pub fn new(invocation: &Invocation, listing: &PackageListing, session: &Utf8Path) -> Option<Self> {
        if crate::gotool::flags::last(&listing.flags, "overlay").is_some() {
            return None;
        }
        let mut build = blake3::Hasher::new();
        let mut add = |text: &str| {
            build.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        };
        add(session.as_str());
        add(&invocation.command);
        add(listing.dir.as_str());
        invocation.words.packages.iter().for_each(|package| add(package));
        listing.flags.iter().filter(|flag| flag.name != "o").for_each(|flag| add(&flag.word()));
        for package in &listing.packages {
            let ListedPackage { path, version, dir, files, .. } = package;
            [path, version, dir].into_iter().chain(files).for_each(|text| add(text));
        }
        let fixed = [listing.env.get("GOMODCACHE"), listing.env.get("GOROOT")];
        let is_fixed = |dir: &Utf8Path| fixed.iter().any(|root| !root.is_empty() && dir.starts_with(root));
        let changing = listing.packages.iter().map(|p| (Utf8PathBuf::from(&p.dir), p.files.clone()));
        let changing: Vec<_> = changing.filter(|(dir, _)| !is_fixed(dir)).collect();
        let key = key(&build, &changing);
        Some(Self { key, build, changing })
    }

    /// Returns true if no file has changed since.
    fn still_holds(&self) -> bool {
        self.key == key(&self.build, &self.changing)
    }
}

fn key(build: &blake3::Hasher, changing: &[(Utf8PathBuf, Vec<String>)]) -> String {
    let mut hasher = build.clone();
    for path in changing.iter().flat_map(|(dir, files)| files.iter().map(|file| dir.join(file))) {
        // Files that go makes for a build (the mains of tests) do not exist before it.
        let content = std::fs::read(&path).map(|bytes| blake3::hash(&bytes));
        hasher.update(content.as_ref().map_or(&[0], |digest| digest.as_bytes()));
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}
