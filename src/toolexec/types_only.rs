//! Checks the types of a package without compiling it.
//!
//! In: the arguments of a compile. Out: the compiler's output. A file of another package is put
//! beside the sources: the compiler reports it together with all mistakes in types, and stops. That
//! takes a tenth of the time of a compile. There is no archive, so the process fails in the end,
//! and go with it; `goagent build` knows from the reports that all is well.

use std::process::{ExitCode, ExitStatus, Output};

use camino::Utf8Path;

use super::tool::Tool;

/// The option with the import paths of the packages, separated by commas.
pub const TYPES_ONLY: &str = "--types-only=";

/// The name of the file, and of its package.
const NAME: &str = "goagent_types_only";
/// The exit code of a process that has made no archive.
const NO_ARCHIVE: u8 = 3;

/// Runs the compiler until it has checked the types. The output is that of a success if there is no
/// mistake.
pub(super) fn check_types(tool: &Tool, arguments: &[String], objdir: &Utf8Path) -> std::io::Result<Output> {
    let file = objdir.join(format!("{NAME}.go"));
    fs_err::write(&file, format!("package {NAME}\n"))?;
    let output = tool.command().args(arguments).arg(&file).output()?;
    let stdout = without_ours(&output.stdout);
    let stderr = without_ours(&output.stderr);
    let is_ours = output.status.code().is_some() && stdout.len() + stderr.len() < size(&output);
    let status =
        if is_ours && stdout.is_empty() && stderr.is_empty() { ExitStatus::default() } else { output.status };
    Ok(Output { status, stdout, stderr })
}

/// Returns the exit code of a process that has made no archive, though there was no mistake.
pub(super) fn no_archive() -> ExitCode {
    ExitCode::from(NO_ARCHIVE)
}

fn size(output: &Output) -> usize {
    output.stdout.len() + output.stderr.len()
}

/// Removes the line about the file.
fn without_ours(text: &[u8]) -> Vec<u8> {
    let place = format!("{NAME}.go:1:");
    let is_ours = |line: &&[u8]| !String::from_utf8_lossy(line).contains(&place);
    text.split_inclusive(|byte| *byte == b'\n').filter(is_ours).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_about_the_file_is_removed() {
        let text = b"a.go:5:16: declared and not used: x\n/w/b1/goagent_types_only.go:1:1: package \
            goagent_types_only; expected package a\nb.go:1:2: no\n\twant ()\n";
        assert_eq!(without_ours(text), b"a.go:5:16: declared and not used: x\nb.go:1:2: no\n\twant ()\n");
        assert!(
            without_ours(b"goagent_types_only.go:1:1: package goagent_types_only; expected a\n").is_empty()
        );
    }
}
