//! The parameters, results and type parameters of a rule beside those of a function.
//!
//! In: a rule and a function of the right name. Out: differences in number, type and order. Names
//! need not agree: they are bound by position.

use crate::diagnostic::{Diagnostic, codes};
use crate::source::{
    FileNames, GoFile, GoParam, Mismatch, NameResolver, by_place, canonical, is_predeclared_type,
};
use crate::syntax::ast::{Param, Span, Spanned};

use super::super::text::names::InTarget;
use super::subject::{Comparison, FoundFunction, head};

/// Compares what the rule writes with the declaration.
pub(super) fn check(
    subject: &Comparison<'_>,
    found: FoundFunction<'_>,
    mismatches: &[Mismatch<'_>],
) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    generic(subject, found, &mut out);
    let func = &subject.rule.func;
    let other = |kind: ListKind| {
        mismatches.iter().find_map(|mismatch| match (mismatch, kind) {
            (Mismatch::Params { has, wanted }, ListKind::Param)
            | (Mismatch::Results { has, wanted }, ListKind::Result) => Some((*has, *wanted)),
            _ => None,
        })
    };
    let mut list = |written: &Option<Spanned<Vec<Param>>>, has: &[GoParam], kind: ListKind| {
        let Some(written) = written else { return };
        let list = List { written, has, kind };
        match other(kind) {
            Some(counts) => out.push(other_count(subject, found, &list, counts)),
            None => compare(subject, found, &list, &mut out),
        }
    };
    list(&func.params, &found.function.params, ListKind::Param);
    list(&func.results, &found.function.results, ListKind::Result);
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ListKind {
    Param,
    Result,
}

impl ListKind {
    fn word(self) -> &'static str {
        match self {
            Self::Param => "parameter",
            Self::Result => "result",
        }
    }

    /// `no parameters`, `1 parameter`, `2 parameters`.
    fn count(self, n: usize) -> String {
        counted(n, self.word())
    }
}

fn counted(n: usize, word: &str) -> String {
    match n {
        0 => format!("no {word}s"),
        1 => format!("1 {word}"),
        n => format!("{n} {word}s"),
    }
}

struct List<'a> {
    written: &'a Spanned<Vec<Param>>,
    has: &'a [GoParam],
    kind: ListKind,
}

/// The type parameters of the receiver.
fn generic(subject: &Comparison<'_>, found: FoundFunction<'_>, problems: &mut Vec<Diagnostic>) {
    let (Some(recv), Some(has)) = (&subject.rule.recv, &found.function.receiver) else { return };
    let (wanted, count) = (recv.type_params.len(), has.type_params.len());
    if wanted == count {
        return;
    }
    let help = if count == 0 {
        format!("write `{}` without brackets", recv.type_name.node)
    } else {
        format!("write `{}[{}]`", recv.type_name.node, has.type_params.join(", "))
    };
    problems.push(
        Diagnostic::new(&codes::functions::GENERIC)
            .with("name", &recv.type_name.node)
            .with("has", counted(count, "type parameter"))
            .with("wanted", if wanted == 0 { "none".to_owned() } else { wanted.to_string() })
            .at(subject.source, recv.span.clone(), "")
            .and(&found.file.source, has.range.clone(), "declared here")
            .help(help),
    );
}

/// Another number of parameters or results than the rule writes.
fn other_count(
    subject: &Comparison<'_>,
    found: FoundFunction<'_>,
    list: &List<'_>,
    (has, wanted): (usize, usize),
) -> Diagnostic {
    let code = match list.kind {
        ListKind::Param => &codes::functions::PARAM_COUNT,
        ListKind::Result => &codes::functions::RESULT_COUNT,
    };
    let help = match list.written.node.as_slice() {
        [Param { name: None, ty: Some(ty), .. }] if is_word(&ty.node) && has > 1 => {
            let others = vec!["_"; has - 1].join(", ");
            format!("a word alone after the parameters is a type: write `({others}, {})`", ty.node)
        }
        written => format!(
            "write `{}`; `_` stands for one that is not used",
            suggestion(found.go, list.has, written)
        ),
    };
    Diagnostic::new(code)
        .with("function", subject.display(&found.function.name))
        .with("has", list.kind.count(has))
        .with("wanted", if wanted == 0 { "none".to_owned() } else { wanted.to_string() })
        .at(subject.source, list.written.span.clone(), "")
        .and(&found.file.source, head(found.function), "declared here")
        .help(help)
}

/// True for a word in lower case that is no type of Go's own: a name, more likely than a type.
fn is_word(ty: &str) -> bool {
    ty.chars().all(|c| c.is_ascii_lowercase()) && !is_predeclared_type(ty)
}

fn compare(
    subject: &Comparison<'_>,
    found: FoundFunction<'_>,
    list: &List<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    let (written, has) = (&list.written.node, list.has);
    let before = problems.len();
    for (at, (param, go)) in written.iter().zip(has).enumerate() {
        if let Some(ty) = &param.ty {
            let what = format!("{} {}", list.kind.word(), at + 1);
            problems.extend(compare_type(subject, found, &what, ty, go));
        }
        let said =
            problems.get(before..).unwrap_or_default().iter().any(|d| d.code == &codes::functions::ORDER);
        if let Some(name) = param.name.as_ref().filter(|_| !said) {
            problems.extend(order(subject, found, list, at, name));
        }
    }
}

/// A list in the rule's words that fits.
fn suggestion(go: &GoFile, has: &[GoParam], written: &[Param]) -> String {
    let one = |(at, param): (usize, &GoParam)| {
        let own = written.iter().filter_map(|p| p.name.as_ref()).map(|n| n.node.as_str());
        let source_name = param.usable_name();
        let same = source_name.filter(|name| own.clone().any(|o| o == *name));
        let by_place = written.get(at).and_then(|p| p.name.as_ref()).map(|n| n.node.as_str());
        let name = same.or(source_name).or(by_place).unwrap_or("_");
        let ty = go.slice(&param.ty);
        if ty.contains('\n') || ty.len() > 40 {
            name.to_owned()
        } else {
            format!("{name} {}{ty}", dots(param))
        }
    };
    let parts: Vec<String> = has.iter().enumerate().map(one).collect();
    format!("({})", parts.join(", "))
}

fn dots(param: &GoParam) -> &'static str {
    if param.variadic { "..." } else { "" }
}

/// Compares the type that a rule writes for a parameter or result with the declared one. `what`
/// names the parameter, as in `parameter 1`.
fn compare_type(
    subject: &Comparison<'_>,
    found: FoundFunction<'_>,
    what: &str,
    wanted: &Spanned<String>,
    go: &GoParam,
) -> Option<Diagnostic> {
    let rule_names = RuleNames {
        inner: InTarget { packages: subject.names, target: &subject.target.package.node },
        params: subject.rule.recv.iter().flat_map(|r| &r.type_params).map(|p| p.node.clone()).collect(),
    };
    let text = format!("{}{}", dots(go), found.go.slice(&go.ty));
    let receiver = found.function.receiver.as_ref();
    let file_names = FileNames {
        go: found.go,
        target: &subject.target.package.node,
        params: receiver.map(|r| r.type_params.clone()).unwrap_or_default(),
    };
    let (Ok(mine), Ok(theirs)) = (canonical(&wanted.node, &rule_names), canonical(&text, &file_names)) else {
        return None; // what is not a type in the rule is reported without any Go source
    };
    if mine == theirs {
        return None;
    }
    let name = go.name.as_ref().map_or(go.ty.start, |(_, range)| range.start);
    let help = match theirs.split_once('.').filter(|_| !text.contains('.')) {
        Some(_) => format!("write `{text}`"),
        None => import_help(&text, &theirs),
    };
    Some(
        Diagnostic::new(&codes::functions::TYPE_MISMATCH)
            .with("what", what)
            .with("function", subject.display(&found.function.name))
            .with("has", &text)
            .with("wanted", &wanted.node)
            .at(subject.source, wanted.span.clone(), format!("the rule says `{}`", wanted.node))
            .and(&found.file.source, name..go.ty.end, "declared here")
            .help(help),
    )
}

fn import_help(text: &str, canonical: &str) -> String {
    let path = canonical.rsplit_once('.').map(|(path, _)| path.trim_start_matches(['*', '[', ']', '.']));
    match path.filter(|path| text.contains('.') && path.contains('/')) {
        Some(path) => {
            format!("write `{text}`, with `import \"{path}\"` in the plugin; or leave out the type")
        }
        None => format!("write `{text}`, or leave out the type if any will do"),
    }
}

/// A name that stands for one parameter in the rule and for another in the source.
fn order(
    subject: &Comparison<'_>,
    found: FoundFunction<'_>,
    list: &List<'_>,
    at: usize,
    name: &Spanned<String>,
) -> Option<Diagnostic> {
    let source_name = |param: &GoParam| param.usable_name().map(str::to_owned);
    if list.has.get(at).and_then(source_name).as_deref() == Some(name.node.as_str()) {
        return None;
    }
    let other = list.has.iter().position(|p| p.usable_name() == Some(name.node.as_str()))?;
    let place: Span = list.has.get(other).and_then(|p| p.name.clone()).map_or(0..0, |(_, range)| range);
    let word = list.kind.word();
    Some(
        Diagnostic::new(&codes::functions::ORDER)
            .with("name", &name.node)
            .with("at", format!("{word} {}", at + 1))
            .with("other", format!("{word} {}", other + 1))
            .at(subject.source, name.span.clone(), format!("{word} {}", at + 1))
            .and(&found.file.source, place, format!("{word} {}", other + 1))
            .help(format!(
                "write the names in the order of the source, as in `{}`; or choose another name",
                suggestion(found.go, list.has, &list.written.node)
            )),
    )
}

/// Names of the rule, its receiver's type parameters by their place.
struct RuleNames<'a> {
    inner: InTarget<'a>,
    params: Vec<String>,
}

impl NameResolver for RuleNames<'_> {
    fn package(&self, name: &str) -> Option<String> {
        self.inner.package(name)
    }

    fn unqualified(&self, name: &str) -> Option<String> {
        by_place(&self.params, name)
    }
}
