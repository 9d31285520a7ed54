//! The link step: swaps in the woven runtime for the plain one, adds the linked-in packages, and
//! removes the marks from the module info.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};

use super::protocol::{LAST, LONG_MANIFEST, MANIFEST, MANIFEST_VARIABLE, Note, ProgramRemarks, Session};
use super::tool::{ParentBuild, Tool, code, exec, refuse, run_child};
use super::transient::SeenReports;
use super::{manifest, transient};
use crate::store::load;

/// Runs the linker.
pub fn run(tool: &Tool, arguments: Vec<OsString>, build: &ParentBuild) -> ExitCode {
    let session: Session = match load(&build.session) {
        Ok(session) => session,
        Err(error) => {
            return passing(Some(build), &format!("the session of this build cannot be read: {error}"));
        }
    };
    if arguments.iter().any(|a| a == "-V=full") {
        return version(tool, &arguments, &session);
    }
    with_session(tool, arguments, &session, Some(build))
}

/// Reports a failure that may be over the next time: `goagent build` builds again without marks.
fn passing(build: Option<&ParentBuild>, reason: &str) -> ExitCode {
    transient::record_reason(build.and_then(|build| build.trouble.as_deref()), reason);
    refuse(reason)
}

/// Runs the linker with more archives.
pub(super) fn with_archives(
    tool: &Tool,
    arguments: Vec<OsString>,
    link: BTreeMap<String, Utf8PathBuf>,
) -> ExitCode {
    with_session(tool, arguments, &Session { link, ..Session::default() }, None)
}

fn with_session(
    tool: &Tool,
    mut arguments: Vec<OsString>,
    session: &Session,
    build: Option<&ParentBuild>,
) -> ExitCode {
    let added = session.link.values().chain(session.runtime.iter().map(|swap| &swap.archive));
    if let Some(gone) = added.into_iter().find(|archive| !archive.exists()) {
        return passing(build, &format!("{gone} is gone"));
    }
    let Some(at) = arguments.iter().position(|a| a == "-importcfg").map(|at| at + 1) else {
        return exec(tool, &arguments);
    };
    let Some(path) = arguments.get(at).and_then(|a| a.to_str()).map(Utf8PathBuf::from) else {
        return exec(tool, &arguments);
    };
    let written = fs_err::read_to_string(&path).and_then(|text| {
        let copy = path.with_file_name("goagent_importcfg.link");
        let text = importcfg(&text, session);
        fs_err::write(&copy, &text)?;
        Ok((copy, text))
    });
    match written {
        Ok((copy, importcfg)) => {
            if let Some(slot) = arguments.get_mut(at) {
                *slot = copy.into_string().into();
            }
            let notes = notes(&importcfg);
            if let Some(trouble) = build.and_then(|build| build.trouble.as_deref()) {
                transient::hand_over(Some(trouble), &seen_reports(session, &importcfg, &notes));
            }
            match manifest_flag(&notes, &path) {
                // The last argument is the archive of main.
                Ok(Some(flag)) => arguments.insert(0, flag.into()),
                Ok(None) => {}
                Err(error) => return passing(build, &format!("what was woven cannot be written: {error}")),
            }
            exec(tool, &arguments)
        }
        Err(error) => passing(build, &format!("the linker's importcfg cannot be written: {error}")),
    }
}

/// A longer text is not given to the linker as one argument, whose length systems limit.
const LONG: usize = 16 << 10;

/// Returns the argument that makes the linker put the manifest into the program. A long manifest is
/// in a file beside an importcfg. `None` if there are no notes.
fn manifest_flag(notes: &[Note], importcfg: &Utf8Path) -> std::io::Result<Option<String>> {
    if notes.is_empty() {
        return Ok(None);
    }
    let text = manifest::text(notes);
    if text.len() < LONG {
        return Ok(Some(format!("-X={MANIFEST_VARIABLE}={MANIFEST}{text}")));
    }
    // Versions of Go differ in how they read quotes and backslashes in such a file.
    let mut flag = format!("-X={MANIFEST_VARIABLE}={LONG_MANIFEST}");
    for byte in text.bytes() {
        let _ = write!(flag, "{byte:02x}");
    }
    let file = importcfg.with_file_name("goagent_manifest");
    fs_err::write(&file, flag + ".\n")?;
    Ok(Some(format!("@{file}")))
}

/// Returns the outcomes of the marked packages of a program.
fn seen_reports(session: &Session, importcfg: &str, notes: &[Note]) -> SeenReports {
    let marked = archives(importcfg).map(|(package, _)| package);
    let marked = marked.filter(|package| session.marks.contains_key(*package));
    SeenReports {
        packages: marked.map(str::to_owned).collect(),
        reports: notes.iter().filter_map(|note| note.report.clone()).collect(),
    }
}

/// Returns the packages of an importcfg, each with its archive.
fn archives(importcfg: &str) -> impl Iterator<Item = (&str, &str)> {
    importcfg.lines().filter_map(|line| line.strip_prefix("packagefile ")?.split_once('='))
}

/// Returns the notes in the archives of a program. A note that cannot be read becomes a remark; an
/// archive that the linker cannot read it refuses itself.
fn notes(importcfg: &str) -> Vec<Note> {
    let of = |(package, archive): (&str, &str)| match Note::read(Utf8Path::new(archive)) {
        Ok(note) => note,
        Err(error) => {
            let notes = vec![format!("{package}: it is not known what was woven: {error}")];
            Some(Note {
                remarks: Some(ProgramRemarks { notes, ..ProgramRemarks::default() }),
                ..Note::default()
            })
        }
    };
    archives(importcfg).filter_map(of).collect()
}

/// Raised whenever the same session would produce another binary.
const REVISION: u32 = 3;

/// Prints the linker's id, which covers the content of everything that it adds, and its changes to
/// the module info: if one of them changes, the program is linked again and nothing is compiled.
fn version(tool: &Tool, arguments: &[OsString], session: &Session) -> ExitCode {
    let Ok(output) = tool.command().args(arguments).output() else {
        return run_child(tool.command().args(arguments));
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let added = &session.content;
    println!("{} goagent={}.{REVISION}.{added}", text.trim_end(), env!("CARGO_PKG_VERSION"));
    code(output.status.code())
}

/// Returns the importcfg with everything that woven code needs.
fn importcfg(text: &str, session: &Session) -> String {
    let mut out = String::with_capacity(text.len() + 8192);
    let mut present = std::collections::BTreeSet::new();
    for line in text.lines() {
        if let Some((path, _)) = line.strip_prefix("packagefile ").and_then(|rest| rest.split_once('=')) {
            present.insert(path.to_owned());
            if let Some(swap) = session.runtime.as_ref().filter(|_| path == "runtime") {
                let _ = writeln!(out, "packagefile runtime={}", swap.archive);
                continue;
            }
        }
        let _ = writeln!(
            out,
            "{}",
            if line.starts_with("modinfo ") { module_info(line) } else { line.to_owned() }
        );
    }
    for (path, archive) in &session.link {
        if !present.contains(path) {
            let _ = writeln!(out, "packagefile {path}={archive}");
        }
    }
    out
}

/// Removes goagent's flag from `modinfo "…"`: a quoted Go string that has settings in the form
/// `build\t-gcflags=…\n`. Go records the last `-gcflags` there, which is goagent's [`LAST`] with
/// the user's own last one in it: the user's own replaces it, and goagent's version is added.
fn module_info(line: &str) -> String {
    let Some((before, rest)) = line.split_once("build\\t-gcflags=") else { return line.to_owned() };
    let (value, after) = rest.split_once("\\n").unwrap_or((rest, ""));
    let quote = if value.starts_with("\\\"") { "\\\"" } else { "" };
    let Some(users) = value.strip_prefix(quote).and_then(|value| value.strip_prefix(LAST)) else {
        return line.to_owned();
    };
    // Tools that list the components of a binary read its dependencies.
    let version = env!("CARGO_PKG_VERSION");
    let mut out = before.to_owned();
    if let Some(users) = users.strip_prefix(',') {
        let _ = write!(out, "build\\t-gcflags={quote}{users}\\n");
    }
    out.push_str(after);
    out.replacen("build\\t", &format!("dep\\tgoagent\\tv{version}\\nbuild\\tgoagent={version}\\nbuild\\t"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolexec::protocol::Swap;

    #[test]
    fn the_runtime_is_swapped_and_the_rest_added() {
        let mut session = Session {
            runtime: Some(Swap { digest: "d".into(), archive: "/s/rt.a".into() }),
            ..Session::default()
        };
        session.link.insert("goagent/agent".into(), "/s/agent.a".into());
        session.link.insert("net/http".into(), "/s/http.a".into());
        let text = importcfg("packagefile runtime=/c/rt.a\npackagefile net/http=/c/http.a\n", &session);
        assert_eq!(
            text,
            "packagefile runtime=/s/rt.a\npackagefile net/http=/c/http.a\npackagefile goagent/agent=/s/agent.a\n"
        );
    }

    #[test]
    fn the_module_info_has_the_users_flags_and_no_mark() {
        let line = |value: &str| {
            format!(r#"modinfo "\x30path\tm\nbuild\t-compiler=gc\nbuild\t{value}build\tCGO_ENABLED=1\n\x30""#)
        };
        let text = module_info(&line(r"-gcflags=goagent/mark=-goagent=\n"));
        assert!(!text.contains("mark") && !text.contains("gcflags"), "{text}");
        assert!(text.contains(r"build\tgoagent=") && text.contains(r"\ndep\tgoagent\tv"), "{text}");
        assert!(text.contains(r"build\tCGO_ENABLED=1\n\x30"), "{text}");
        let text = module_info(&line(r#"-gcflags=\"goagent/mark=-goagent=,all=-N -l\"\n"#));
        assert!(text.contains(r#"build\t-gcflags=\"all=-N -l\"\nbuild\tCGO"#), "{text}");
        let text = module_info(&line(r"-gcflags=goagent/mark=-goagent=,-l\n"));
        assert!(text.contains(r"build\t-gcflags=-l\nbuild\tCGO"), "{text}");
        let plain = line(r"-gcflags=-l\n");
        assert_eq!(module_info(&plain), plain);
    }
}
