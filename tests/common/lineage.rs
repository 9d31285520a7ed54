//! The ancestors of spans, from any source of spans.

use super::console;

/// A span, as any source reports it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The trace's id.
    pub trace: String,
    /// Its id.
    pub id: String,
    /// Its parent's id; empty if it has none.
    pub parent: String,
    /// Its name.
    pub name: String,
}

impl From<&console::Span> for Seen {
    fn from(span: &console::Span) -> Self {
        let console::Span { trace, id, parent, name, .. } = span.clone();
        Self { trace, id, parent: parent.unwrap_or_default(), name }
    }
}

/// The names of each span and of all its ancestors, root first; sorted. A parent that is in no list
/// is `(lost)`.
pub fn lineages(spans: &[Seen]) -> Vec<String> {
    fn of(span: &Seen, all: &[Seen]) -> String {
        if span.parent.is_empty() {
            return span.name.clone();
        }
        let above = all.iter().find(|other| other.id == span.parent && other.trace == span.trace);
        let above = above.map_or_else(|| "(lost)".to_owned(), |above| of(above, all));
        format!("{above} > {}", span.name)
    }
    let mut all: Vec<String> = spans.iter().map(|span| of(span, spans)).collect();
    all.sort();
    all
}
