//! A process between the go command and one of its tools.
//!
//! The role is decided before anything is parsed or opened: an invocation that is neither a marked
//! compile nor a link is replaced by the tool itself, at once. That is nearly all of them.

mod absent;
mod archive_note;
mod author_words;
pub mod bundles;
mod compile;
mod failure;
mod faults;
mod link;
mod manifest;
mod ondemand;
pub mod protocol;
mod reporter;
pub mod sources;
mod tool;
pub mod transient;
pub mod types_only;

use std::ffi::OsString;
use std::process::ExitCode;

use camino::Utf8PathBuf;

pub use compile::BOOTS;
use protocol::{MARK, SESSION, THEN};
use tool::{ParentBuild, Tool, exec, refuse};
use transient::TROUBLE;
use types_only::TYPES_ONLY;

use crate::gotool::child;
use crate::gotool::flags::split_quoted;

/// Runs one tool. `words` are the arguments after `goagent toolexec`.
pub fn run(words: Vec<OsString>) -> ExitCode {
    let mut words = words.into_iter().peekable();
    let mut session = None;
    let mut trouble = None;
    let mut types_only = Vec::new();
    let mut bundles = Vec::new();
    let mut before = Vec::new();
    while let Some(option) = words.next_if(|word| word.as_encoded_bytes().starts_with(b"--")) {
        let text = option.to_string_lossy();
        if let Some(path) = text.strip_prefix(SESSION) {
            session = Some(Utf8PathBuf::from(path));
        } else if let Some(path) = text.strip_prefix(TROUBLE) {
            trouble = Some(Utf8PathBuf::from(path));
        } else if let Some(packages) = text.strip_prefix(TYPES_ONLY) {
            types_only = packages.split(',').map(str::to_owned).collect();
        } else if let Some(own) = text.strip_prefix(THEN) {
            before = split_quoted(own);
        } else if let Some(path) = text.strip_prefix("--bundle=") {
            bundles.push(Utf8PathBuf::from(path));
        } else if let Some(path) = words.next_if(|_| text == "--bundle") {
            bundles.push(Utf8PathBuf::from(path.to_string_lossy().into_owned()));
        } else {
            return refuse(&format!("unknown option {text} before the tool"));
        }
    }
    let Some(path) = words.next() else {
        return refuse("no tool is named; this command is run by `go build -toolexec`");
    };
    let tool = Tool { before, path };
    let arguments: Vec<OsString> = words.collect();
    if !bundles.is_empty() {
        return ondemand::run(&tool, &arguments, &bundles);
    }
    let Some(session) = session else { return exec(&tool, &arguments) };
    let build = ParentBuild { session, trouble, types_only };
    let marked = arguments.iter().any(|a| a.as_encoded_bytes().starts_with(MARK.as_bytes()));
    if marked {
        child::limits_are_errors();
        return compile::run(&tool, arguments, build);
    }
    if tool.is("link") {
        child::limits_are_errors();
        return link::run(&tool, arguments, &build);
    }
    exec(&tool, &arguments)
}
