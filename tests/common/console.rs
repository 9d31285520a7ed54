//! Reads the spans that the console exporter prints between the program's own lines on standard
//! error.

use std::sync::LazyLock;

use regex::Regex;

static TRACE: LazyLock<Regex> = LazyLock::new(|| Regex::new("^trace ([0-9a-f]{32})  ").unwrap());
static SPAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^( +)(server|client|internal) (.*?)  .*span=([0-9a-f]{16})(?: parent=([0-9a-f]{16}))?")
        .unwrap()
});

/// One line of a trace.
#[derive(Debug, Clone)]
pub struct Span {
    /// The trace's id.
    pub trace: String,
    /// Depth of its indentation: 1 for a root.
    pub depth: usize,
    /// `server`, `client` or `internal`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Its parent's id.
    pub parent: Option<String>,
}

/// Takes the traces out of standard error: returns the spans, and the rest of the text.
pub fn take(stderr: &str) -> (Vec<Span>, String) {
    let mut spans = Vec::new();
    let mut rest = String::new();
    let mut trace = None;
    for line in stderr.split_inclusive('\n') {
        if let Some(found) = TRACE.captures(line) {
            trace = Some(found[1].to_owned());
        } else if let (Some(trace), Some(found)) = (&trace, SPAN.captures(line)) {
            spans.push(Span {
                trace: trace.clone(),
                depth: found[1].len() / 2,
                kind: found[2].to_owned(),
                name: found[3].to_owned(),
                id: found[4].to_owned(),
                parent: found.get(5).map(|parent| parent.as_str().to_owned()),
            });
        } else {
            trace = None;
            rest += line;
        }
    }
    (spans, rest)
}
