//! The syntax tree of a `.gorule` file.
//!
//! In: nothing; this file only declares the shapes. Out: what [`super::parse`] returns and what `check` reads.
//! Every part keeps its byte range in the file, so that any later phase can point at the author's own text.
//! Nothing here knows about Go packages or versions that exist.

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
    /// Where it stands.
    pub span: Span,
}

/// One file: exactly one plugin.
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
    /// The name it is given, where one is written (`_` is refused).
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
    /// Which packages it speaks of.
    pub reach: Reach,
    /// The package or the pattern, unquoted, or the word `own`; its span includes the quotes.
    pub package: Spanned<String>,
    /// The versions of the module (of Go, for the standard library); all, where none are written.
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

/// Which packages a target speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// `target "import/path" VERSIONS`: this one.
    Package,
    /// `target "path/..."`: all of a build that fit the pattern, but for the standard library.
    Wide,
    /// `target own`: those of the build's main modules.
    Own,
}

impl Target {
    /// Whether it is for one package whose source is known before a build.
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

/// `port name(params) results { … }`: a function of the target whose body stands above the agent.
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
    /// The word `bare`, where written.
    pub bare: Option<Span>,
    /// Its name, unique in the plugin's target.
    pub name: Spanned<String>,
    /// `versions …`: narrows the target's range.
    pub versions: Option<Spanned<VersionSet>>,
    /// `go …`: the toolchain's version.
    pub go: Option<Spanned<VersionSet>>,
    /// `platforms …`; none: all.
    pub platforms: Vec<Spanned<Platform>>,
    /// `recv …`; absent: a plain function.
    pub recv: Option<Receiver>,
    /// `func …`.
    pub func: FuncPattern,
    /// `param …` and `result …`, in the order written.
    pub binds: Vec<Bind>,
    /// `priority …`: low 0, medium 1, high 2, or a number.
    pub priority: Option<Spanned<i32>>,
    /// `state name Type`, in the order written.
    pub state: Vec<StateVar>,
    /// The words `may skip`, where written.
    pub may_skip: Option<Span>,
    /// Whether the words `may be absent` are there.
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
    /// The names that the rule binds for enter and exit: receiver, parameters, results and state.
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
    /// Whether a `*` stands before the type.
    pub pointer: bool,
    /// The type of the target package.
    pub type_name: Spanned<String>,
    /// The names of its type parameters.
    pub type_params: Vec<Spanned<String>>,
    /// From the name to the end of the type.
    pub span: Span,
}

/// `func NAME`, `func (A | B)(params) results`, `func matching "…"`, `func marked "…"`, `call "import path" NAME(params) results`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FuncPattern {
    /// The package of the functions, where the rule is for calls of them; unquoted, its span includes the quotes.
    pub call: Option<Spanned<String>>,
    /// How functions are selected, where they are not named.
    pub selector: Option<Selector>,
    /// One function, or several that agree in what the rule binds; none, where they are selected.
    pub names: Vec<Spanned<String>>,
    /// The parameters; `None`: nothing is bound and nothing is checked.
    pub params: Option<Spanned<Vec<Param>>>,
    /// The results; `None`: nothing is bound and nothing is checked.
    pub results: Option<Spanned<Vec<Param>>>,
    /// From the first name to the last parenthesis.
    pub span: Span,
}

/// Functions by what they are called or marked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// By which of the two.
    pub kind: SelectorKind,
    /// The pattern or the directive, unquoted; its span includes the quotes.
    pub text: Spanned<String>,
}

/// By what functions are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectorKind {
    /// `matching`: by what they are called.
    Matching,
    /// `marked`: by a directive comment above them.
    Marked,
}

impl SelectorKind {
    /// The word of the language.
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
    /// Whether it is a result.
    pub result: bool,
    /// The word `var`, where written: a template may assign it.
    pub var: Option<Span>,
    /// Its name in the templates.
    pub name: Spanned<String>,
    /// The type that is looked for.
    pub ty: Spanned<String>,
    /// The whole item.
    pub span: Span,
}

/// One parameter or result: `name`, `name Type`, `_`, `_ Type`, each with or without `var`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The word `var`, where written: a template may assign it.
    pub var: Option<Span>,
    /// Its name in the templates; `None` for `_`.
    pub name: Option<Spanned<String>>,
    /// Its Go type as written, checked in every version; `None`: any type. A variadic one starts with `...`.
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

/// An anchor inside a function's body, matched on its syntax tree exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// What is done there.
    pub kind: AnchorKind,
    /// The Go statement or expression between back quotes; its span is that of the text inside them.
    pub pattern: Spanned<String>,
    /// The Go text to insert, or to put in its place.
    pub template: Template,
    /// The whole item.
    pub span: Span,
}

/// The two things that can be done at an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorKind {
    /// `before` a statement.
    Before,
    /// `replace` an expression.
    Replace,
}
