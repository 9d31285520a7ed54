//! One template as Go code, with its places in the file.
//!
//! In: a template's text. Out: its syntax tree in a frame, or diagnostics. The text in double
//! braces is replaced by text of the same length, so that every offset stays as it is; `codegen`
//! renders the template from the same pieces later.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use tree_sitter::{Node, Tree};

use crate::diagnostic::{Diagnostic, SourceFile, codes};
use crate::source::{children, first_syntax_error, parse_repaired, parse_tree};
use crate::syntax::ast::Template;
use crate::template::{FragmentKind, Framed, Pieces, Use};
use crate::version::Version;

use super::super::findings::Findings;

use super::tags;

/// The greatest depth that the syntax tree of a template may have.
const MAX_TREE: u32 = 500;
/// The greatest length, in bytes, of a template that is repaired if the Go parser has gaps.
const MAX_REPAIRED: usize = 16 << 10;

/// The most variants that the `since` blocks of a template may have.
const MAX_STEPS: usize = 32;

/// A template that is valid Go.
pub struct ParsedTemplate {
    framed: Framed,
    /// The offset of the template in the file.
    start: usize,
}

impl ParsedTemplate {
    /// The template as a part of a Go file; its places are offsets into the template.
    pub fn framed(&self) -> &Framed {
        &self.framed
    }

    /// The uses of names that are not the template's own; places are those in the file.
    pub fn uses(&self, bound: &BTreeSet<String>) -> Vec<Use> {
        let mut found = self.framed.uses(bound);
        for found in &mut found {
            found.range = self.place(&found.range);
        }
        found
    }

    /// The top-level nodes of a `decl`: kind and place in the file.
    pub fn top(&self) -> Vec<(String, Range<usize>)> {
        self.framed.top().into_iter().map(|(kind, range)| (kind, self.place(&range))).collect()
    }

    /// The place in the file of a range in the template.
    pub fn place(&self, range: &Range<usize>) -> Range<usize> {
        self.start + range.start..self.start + range.end
    }
}

/// Reads a template once for each variant of its `since` blocks. Returns nothing if the template is
/// wrong.
pub fn read(
    template: &Template,
    kind: FragmentKind,
    what: &str,
    findings: &mut Findings,
) -> Vec<ParsedTemplate> {
    let pieces = match Pieces::read(&template.node) {
        Ok(pieces) => pieces,
        Err(issues) => {
            let file = Arc::clone(findings.file());
            findings.extend(issues.iter().map(|issue| tags::finding(&file, template, issue)));
            return Vec::new();
        }
    };
    if pieces.steps().len() >= MAX_STEPS {
        let what = format!("more than {MAX_STEPS} versions in one template");
        let found = Diagnostic::new(&codes::templates::HELPER_MISUSED).with("what", what);
        findings.push(
            found
                .at(findings.file(), template.span.start..template.span.start, "")
                .help("split the rule by `versions`"),
        );
        return Vec::new();
    }
    let mut codes: Vec<ParsedTemplate> = Vec::new();
    for (step, masked) in pieces.variants() {
        match parse(&masked, kind, template.span.start) {
            Ok(code) => codes.push(code),
            Err(error) => {
                findings.push(error.diagnostic(findings.file(), what, step.as_ref()));
                return Vec::new();
            }
        }
    }
    codes
}

/// The templates of one file by version. Most versions have the same text, which is parsed once.
#[derive(Default)]
pub struct Readings(RefCell<BTreeMap<(usize, String), TemplateUses>>);

/// The uses of names in a text; `None` if the text is wrong.
type TemplateUses = Option<Rc<[Use]>>;

impl Readings {
    /// The uses of names that are not the template's own, in one version; `None` if the template is
    /// wrong. `bound` is the same in each call for one template.
    pub fn uses(
        &self,
        template: &Template,
        kind: FragmentKind,
        version: &Version,
        bound: &BTreeSet<String>,
    ) -> TemplateUses {
        let key = (template.span.start, Pieces::read(&template.node).ok()?.masked(Some(version)));
        if let Some(known) = self.0.borrow().get(&key) {
            return known.clone();
        }
        let code = parse(&key.1, kind, template.span.start).ok();
        let found = code.map(|code| Rc::from(code.uses(bound)));
        self.0.borrow_mut().insert(key, found.clone());
        found
    }
}

/// The first place at which a text is not valid Go.
struct SyntaxError {
    range: Range<usize>,
    missing: Option<String>,
    token: String,
    deep: bool,
}

impl SyntaxError {
    /// True if it is in a pair of double braces.
    fn is_in_braces(&self, file: &str) -> bool {
        let before = file.get(..self.range.start).unwrap_or_default();
        let open = before.rfind("{{").and_then(|at| before.get(at..));
        let is_open = open.is_some_and(|text| !text.contains("}}"));
        is_open || file.get(self.range.start..).is_some_and(|text| text.starts_with("{{"))
    }

    fn diagnostic(&self, source: &Arc<SourceFile>, what: &str, version: Option<&Version>) -> Diagnostic {
        if self.deep {
            return Diagnostic::new(&codes::syntax::TOO_DEEP)
                .with("limit", MAX_TREE.to_string())
                .at(source, self.range.clone(), "the syntax tree of this template")
                .help("take long expressions apart, or move inner parts to functions in `decl`");
        }
        let (found, label) = match &self.missing {
            Some(token) => (format!("`{token}` is missing"), "it is missing here"),
            None if self.token.is_empty() => ("it ends too early".to_owned(), "here"),
            None => {
                // The author's text: constants are something else where Go was read.
                let token = source.text.get(self.range.clone()).unwrap_or(&self.token);
                (format!("`{token}` cannot be read"), "Go does not understand this")
            }
        };
        let help = match &self.missing {
            _ if self.is_in_braces(&source.text) => {
                "what is in double braces becomes text: write it in a string, as in `\"{{name}}\"`".to_owned()
            }
            None if self.token.starts_with('#') => "comments begin with `//`".to_owned(),
            Some(token) => format!("write `{token}` here, or look for what is open before this place"),
            None => "fix the Go code: what comes before this place must be complete".to_owned(),
        };
        let diagnostic = Diagnostic::new(&codes::templates::GO_SYNTAX)
            .with("what", what)
            .with("found", found)
            .at(source, self.range.clone(), label)
            .help(help);
        match version {
            Some(version) => diagnostic.note(format!("this is the text from version {version} on")),
            None => diagnostic,
        }
    }
}

fn parse(text: &str, kind: FragmentKind, start: usize) -> Result<ParsedTemplate, SyntaxError> {
    let (before, after) = kind.frame();
    let framed = format!("{before}{text}{after}");
    let tree = parse_tree(framed.as_bytes());
    if let Some(at) = tree.as_ref().and_then(too_deep) {
        let at = start + at.saturating_sub(before.len()).min(text.len());
        return Err(SyntaxError { range: at..at, missing: None, token: String::new(), deep: true });
    }
    // Valid Go that the parser does not know is repaired by trial, which long texts are not worth.
    let error = match &tree {
        Some(tree) if framed.len() > MAX_REPAIRED => {
            tree.root_node().has_error().then(|| first_error(tree)).flatten()
        }
        Some(tree) if !tree.root_node().has_error() => None,
        _ => first_syntax_error(&framed),
    };
    match (tree, error) {
        (Some(tree), None) => {
            let repaired = tree.root_node().has_error().then(|| parse_repaired(&framed)).flatten();
            let range = before.len()..before.len() + text.len();
            Ok(ParsedTemplate { framed: Framed::from_tree(framed, repaired.unwrap_or(tree), range), start })
        }
        (tree, error) => Err(locate(text, before.len(), start, tree.as_ref(), error)),
    }
}

/// The first error of a tree, and whether something is missing there.
fn first_error(tree: &Tree) -> Option<(Range<usize>, bool)> {
    let mut stack = vec![tree.root_node()];
    while let Some(node) = stack.pop() {
        if node.is_error() || node.is_missing() {
            return Some((node.byte_range(), node.is_missing()));
        }
        stack.extend(children(node).into_iter().rev().filter(Node::has_error));
    }
    None
}

/// The place at which a tree exceeds [`MAX_TREE`].
fn too_deep(tree: &Tree) -> Option<usize> {
    let mut cursor = tree.walk();
    loop {
        if cursor.goto_first_child() {
            if cursor.depth() > MAX_TREE {
                return Some(cursor.node().start_byte());
            }
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
}

/// The place of an error in the file, as narrow as the tree allows.
fn locate(
    text: &str,
    before: usize,
    start: usize,
    tree: Option<&Tree>,
    error: Option<(Range<usize>, bool)>,
) -> SyntaxError {
    let inside = |at: usize| at.saturating_sub(before).min(text.len());
    let (range, is_missing) = error.unwrap_or((before..before, false));
    let mut at = inside(range.start);
    let blanks = text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start().len());
    if !is_missing && at + blanks < text.len() {
        at += blanks;
    }
    let missing = tree.filter(|_| is_missing).and_then(|tree| missing_kind(tree, &range));
    let rest = text.get(at..).unwrap_or_default();
    let wide =
        text.get(at..inside(range.end)).unwrap_or_default().lines().next().unwrap_or_default().trim_end();
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let width = wide.len().max(word).max(rest.chars().next().map_or(0, char::len_utf8));
    let token = rest.get(..width).unwrap_or_default().trim().to_owned();
    SyntaxError {
        range: start + at..start + at + if is_missing { 0 } else { width },
        missing,
        token,
        deep: false,
    }
}

fn missing_kind(tree: &Tree, range: &Range<usize>) -> Option<String> {
    let mut stack = vec![tree.root_node()];
    while let Some(node) = stack.pop() {
        if node.is_missing() && node.byte_range() == *range {
            return Some(node.kind().to_owned());
        }
        if node.has_error() {
            stack.extend(children(node));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> (Arc<SourceFile>, Template) {
        let file = SourceFile::new("a.gorule", format!("--{text}"));
        (file, Template { node: text.to_owned(), span: 2..2 + text.len() })
    }

    fn findings(text: &str, kind: FragmentKind) -> Vec<(&'static str, usize)> {
        let (file, template) = template(text);
        let mut findings = Findings::new(&file);
        read(&template, kind, "enter", &mut findings);
        findings.iter().map(|d| (d.code.code, d.labels[0].span.start - 2)).collect()
    }

    #[test]
    fn errors_of_go_stand_at_their_place() {
        let kind = FragmentKind::Statements;
        assert_eq!(findings(" x := f(a, b) ", kind), []);
        assert_eq!(findings(" y()\n x := f(a, \n", kind).len(), 1);
        assert_eq!(findings(" if x { y() } else z() ", kind).len(), 1);
        assert_eq!(findings(" x := new(1) ", kind), []);
        assert_eq!(findings("\n a()\n b c d\n e()\n", kind), [("GR0201", 7)]);
    }

    #[test]
    fn blocks_for_versions_are_read_each_way() {
        let kind = FragmentKind::Statements;
        assert_eq!(findings("a({{#since \"1.9.0\"}}b{{else}}c{{/since}})", kind), []);
        assert_eq!(findings("a({{#since \"1.9.0\"}}b c{{else}}c{{/since}})", kind).len(), 1);
        assert_eq!(findings("a({{#since \"1.9.0\"}}b{{else}}c d{{/since}})", kind).len(), 1);
        assert_eq!(findings("a(\"{{version}} {{package}}\")", kind), []);
        assert_eq!(findings("a({{version}})", kind).len(), 1);
    }

    #[test]
    fn what_double_braces_cannot_hold_is_said() {
        let kind = FragmentKind::Statements;
        assert_eq!(findings("a := []T{{1}, {2}}", kind), [("GR0202", 8)]);
        assert_eq!(findings("a({{#since 1.9}}b{{/since}})", kind), [("GR0203", 2)]);
        assert_eq!(findings("a({{#since \"1.9\"}}b)", kind), [("GR0203", 2)]);
        assert_eq!(findings("a{{/since}}", kind), [("GR0203", 1)]);
        assert_eq!(findings("a({{versoin}})", kind), [("GR0202", 2)]);
        assert_eq!(findings("a({{~#since \"1.9\"}}b{{/since}})", kind), [("GR0203", 2)]);
        assert_eq!(findings("a({{#since \"1.9\"}}b{{else}}c{{else}}d{{/since}})", kind), [("GR0203", 28)]);
        assert_eq!(findings("a(`\\{{version}}`)", kind), [("GR0203", 4)]);
    }

    #[test]
    fn one_version_has_one_text() {
        let (_, template) = template("{{#since \"1.9.0\"}}a(){{else}}b(){{/since}}");
        let readings = Readings::default();
        let names = |version: &str| {
            let version = Version::parse(version).unwrap();
            let found = readings.uses(&template, FragmentKind::Statements, &version, &BTreeSet::new());
            found.unwrap().iter().map(|u| u.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names("1.8.9"), ["b"]);
        assert_eq!(names("1.9.0"), ["a"]);
        assert_eq!(names("1.10.0"), ["a"]);
        assert_eq!(readings.0.borrow().len(), 2, "two texts");
    }
}
