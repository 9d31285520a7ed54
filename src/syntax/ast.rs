//! The syntax tree of a `.gorule` file.
//!
//! In: nothing; this file only declares the shapes. Out: the types that [`super::parse`] returns
//! and that `check` reads. Every part keeps its byte range in the file, so that any later phase can
//! point at the author's own text. Nothing here knows about Go packages or versions that exist.

use std::collections::BTreeSet;

use crate::platform::Platform;
use crate::version::VersionSet;

/// A half-open range of byte offsets in one `.gorule` file.
pub type Span = std::ops::Range<usize>;

/// A value and the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub node: T,
    /// Its place.
    pub span: Span,
}

/// A file, which is exactly one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// `//!` lines, without the marker.
    pub docs: Vec<Spanned<String>>,
    /// The plugin.
    pub plugin: Plugin,
}

/// `plugin NAME { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// `///` lines above it.
    pub docs: Vec<Spanned<String>>,
    /// Its name: a Go identifier in lower case.
    pub name: Spanned<String>,
    /// `import "path"` lines, for templates, types and `decl`.
    pub imports: Vec<Import>,
    /// Its targets, in the order written.
    pub targets: Vec<Target>,
    /// The whole item.
    pub span: Span,
}

/// `import "path"` or `import alias "path"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The name it is given, if one is written (`_` is refused).
    pub alias: Option<Spanned<String>>,
    /// The import path, unquoted; its span includes the quotes.
    pub path: Spanned<String>,
    /// The whole item.
    pub span: Span,
}

/// `target "import path" VERSIONS { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `///` lines above it.
    pub docs: Vec<Spanned<String>>,
    /// The packages that it applies to.
    pub reach: Reach,
    /// The package or the pattern, unquoted, or the keyword `own`; its span includes the quotes.
    pub package: Spanned<String>,
    /// The versions of the module (of Go, for the standard library); all if none are written.
    pub versions: Spanned<VersionSet>,
    /// `decl { … }`: Go declarations added to the package.
    pub decls: Vec<Template>,
    /// `struct T { field name Type }`.
    pub structs: Vec<StructExt>,
    /// `port name(signature) { … }`.
    pub ports: Vec<Port>,
    /// The rules, in the order written.
    pub rules: Vec<Rule>,
    /// The whole item.
    pub span: Span,
}

/// The packages that a target applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// `target "import/path" VERSIONS`: this package.
    Package,
    /// `target "path/..."`: all packages of a build that fit the pattern, except the standard
    /// library.
    Pattern,
    /// `target own`: the packages of the build's main modules.
    Own,
}

impl Target {
    /// Returns true if it is for one package whose source is known before a build.
    pub fn is_known(&self) -> bool {
        self.reach == Reach::Package
    }
}

/// `struct T { field name Type … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructExt {
    /// The struct type of the target package.
    pub type_name: Spanned<String>,
    /// The fields to add: name and Go type text.
    pub fields: Vec<(Spanned<String>, Spanned<String>)>,
    /// The whole item.
    pub span: Span,
}

/// `port name(params) results { … }`: a function of the target whose body is compiled above the
/// agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: Spanned<String>,
    /// Go text of the signature, from the opening parenthesis.
    pub signature: Spanned<String>,
    /// Its body.
    pub body: Template,
    /// The whole item.
    pub span: Span,
}

/// `rule NAME { … }` or `bare rule NAME { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `///` lines above it.
    pub docs: Vec<Spanned<String>>,
    /// The keyword `bare`, if written.
    pub bare: Option<Span>,
    /// Its name, unique in the plugin's target.
    pub name: Spanned<String>,
    /// `versions …`: narrows the target's range.
    pub versions: Option<Spanned<VersionSet>>,
    /// `go …`: the toolchain's version.
    pub go: Option<Spanned<VersionSet>>,
    /// `platforms …`; empty for all.
    pub platforms: Vec<Spanned<Platform>>,
    /// `recv …`; `None` for a plain function.
    pub recv: Option<Receiver>,
    /// `func …`.
    pub func: FuncPattern,
    /// `param …` and `result …`, in the order written.
    pub binds: Vec<Bind>,
    /// `priority …`: low 0, medium 1, high 2, or a number.
    pub priority: Option<Spanned<i32>>,
    /// `state name Type`, in the order written.
    pub state: Vec<StateVar>,
    /// The keywords `may skip`, if written.
    pub may_skip: Option<Span>,
    /// True if `may be absent` is written.
    pub may_be_absent: bool,
    /// `enter { … }`.
    pub enter: Option<Template>,
    /// `exit { … }`.
    pub exit: Option<Template>,
    /// `before` and `replace`, in the order written.
    pub anchors: Vec<Anchor>,
    /// The whole item.
    pub span: Span,
}

impl Rule {
    /// Returns the names that the rule binds for enter and exit: receiver, parameters, results and
    /// state.
    pub fn bound_names(&self) -> BTreeSet<String> {
        let lists = self.func.params.iter().chain(&self.func.results);
        let receiver = self.recv.iter().filter_map(|recv| recv.name.as_ref());
        let params = lists.flat_map(|list| &list.node).filter_map(|param| param.name.as_ref());
        let binds = self.binds.iter().map(|bind| &bind.name);
        let state = self.state.iter().map(|state| &state.name);
        receiver.chain(params).chain(binds).chain(state).map(|name| name.node.clone()).collect()
    }
}

/// `recv [name] [*]Type[Params]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// The name that the templates use for it.
    pub name: Option<Spanned<String>>,
    /// True if a `*` comes before the type.
    pub pointer: bool,
    /// The type of the target package.
    pub type_name: Spanned<String>,
    /// The names of its type parameters.
    pub type_params: Vec<Spanned<String>>,
    /// From the name to the end of the type.
    pub span: Span,
}

/// `func NAME`, `func (A | B)(params) results`, `func matching "…"`, `func marked "…"`, `call
/// "import path" NAME(params) results`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FuncPattern {
    /// The package of the functions, if the rule is for calls of them; unquoted, its span includes
    /// the quotes.
    pub call: Option<Spanned<String>>,
    /// The way functions are selected, if they are not named.
    pub selector: Option<Selector>,
    /// One function, or several that agree in everything that the rule binds; empty if they are
    /// selected.
    pub names: Vec<Spanned<String>>,
    /// The parameters; `None`: nothing is bound and nothing is checked.
    pub params: Option<Spanned<Vec<Param>>>,
    /// The results; `None`: nothing is bound and nothing is checked.
    pub results: Option<Spanned<Vec<Param>>>,
    /// From the first name to the last parenthesis.
    pub span: Span,
}

/// A selection of functions by their name or by a directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// The kind of selection.
    pub kind: SelectorKind,
    /// The pattern or the directive, unquoted; its span includes the quotes.
    pub text: Spanned<String>,
}

/// The property by which functions are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectorKind {
    /// `matching`: their name.
    Matching,
    /// `marked`: a directive comment above them.
    Marked,
}

impl SelectorKind {
    /// Returns the keyword of the language.
    pub fn word(self) -> &'static str {
        match self {
            Self::Matching => "matching",
            Self::Marked => "marked",
        }
    }
}

/// `param [var] name Type` or `result [var] name Type`: bound by type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// True if it is a result.
    pub result: bool,
    /// The keyword `var`, if written: a template may assign it.
    pub var: Option<Span>,
    /// Its name in the templates.
    pub name: Spanned<String>,
    /// The type to look for.
    pub ty: Spanned<String>,
    /// The whole item.
    pub span: Span,
}

/// A parameter or result: `name`, `name Type`, `_`, `_ Type`, each with or without `var`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The keyword `var`, if written: a template may assign it.
    pub var: Option<Span>,
    /// Its name in the templates; `None` for `_`.
    pub name: Option<Spanned<String>>,
    /// Its Go type as written, checked in every version; `None`: any type. A variadic parameter
    /// starts with `...`.
    pub ty: Option<Spanned<String>>,
    /// The whole parameter.
    pub span: Span,
}

/// `state name Type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateVar {
    /// Its name in enter and exit.
    pub name: Spanned<String>,
    /// Its Go type as written.
    pub ty: Spanned<String>,
}

/// Go text between braces, verbatim; the span is that of the text, without the braces.
pub type Template = Spanned<String>;

/// An anchor in a function's body, matched on its syntax tree exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The change at the anchor.
    pub kind: AnchorKind,
    /// The Go statement or expression between backticks; its span is that of the text within them.
    pub pattern: Spanned<String>,
    /// The Go text to insert, or the replacement.
    pub template: Template,
    /// The whole item.
    pub span: Span,
}

/// The kinds of change at an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorKind {
    /// `before` a statement.
    Before,
    /// `replace` an expression.
    Replace,
}
