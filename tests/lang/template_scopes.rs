//! Names in templates: the reader that `check` and `codegen` share agrees with Go's own parser on
//! which names are packages, in random templates whose local variables are named like imports; and
//! `codegen` rewrites those and no others.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::common::random::Random;
use gorule::bundle::{Bundle, Template};
use gorule::source::first_syntax_error;
use gorule::template::{FragmentKind, How, uses_in};
use gorule::{codegen, syntax};

/// Number of templates to compare. Seed and case of one that differs are printed.
const CASES: u64 = 3000;
const SEED: u64 = 17;
/// The names of templates: two are imports' too.
const NAMES: [&str; 4] = ["agent", "strings", "a", "x"];
const IMPORTS: [&str; 2] = ["agent", "strings"];

/// Writes random Go, in which any name may be declared anywhere.
struct Writer {
    random: Random,
    out: String,
}

impl Writer {
    fn name(&mut self) -> &'static str {
        NAMES[self.random.below(NAMES.len())]
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Adds a pattern: `N` is a name, `E` an expression, `T` a type, `S` statements.
    fn pattern(&mut self, pattern: &str, depth: usize) {
        for c in pattern.chars() {
            match c {
                'N' => {
                    let name = self.name();
                    self.put(name);
                }
                'E' => self.expression(depth),
                'T' => self.ty(depth),
                'S' => self.statements(depth),
                other => self.out.push(other),
            }
        }
    }

    fn choose(&mut self, leaves: usize, patterns: &[&str], depth: usize) {
        let count = if depth == 0 { leaves } else { patterns.len() };
        let pattern = patterns[self.random.below(count)];
        self.pattern(pattern, depth.saturating_sub(1));
    }

    fn expression(&mut self, depth: usize) {
        let patterns = [
            "N",
            "N.f",
            "N.f(1)",
            "N.f(E)",
            "(E).f(E)",
            "func(N T) T { Sreturn E }(E)",
            "[]T{E}",
            "f[T](E)",
            "map[T]T{N.f: E}",
            "struct{ N T }{E}.f",
            "E.(T)",
            "N.f[E]",
            "*N.f",
            "&N.f{f: E}",
            "(func(N, N T))(E)",
        ];
        self.choose(3, &patterns, depth);
    }

    fn ty(&mut self, depth: usize) {
        let patterns = [
            "N",
            "N.f",
            "*N.f",
            "func(N T) N.f",
            "map[T]T",
            "struct{ N T; N.f }",
            "interface{ N(N T) T }",
            "chan T",
            "func(N ...T)",
        ];
        self.choose(2, &patterns, depth);
    }

    fn statement(&mut self, depth: usize) {
        let patterns = [
            "N.f(E)",
            "N := E",
            "N = E",
            "var N T = E",
            "N, N = E, E",
            "N, y := E, E",
            "if N := (E); N.f { S } else if N.f { S } else { S }",
            "for N := range (E) { S }\nN.f()",
            "for N = range (E) { S }",
            "for N := (E); N.f; N.f++ { S }",
            "switch N := (E).(type) { case N.f: Sdefault: S}",
            "switch N := (E); N.f { case E: SN := E\nS}",
            "select { case N := <-E: Scase N.f <- E: S}",
            "{ SN := E\nS}\nN.f()",
            "type N struct{ N T }",
            "type N = T",
            "const N = E",
            "const ( N = E; x = N.f )",
            "go func() { SN := E\nN.f() }()",
            "defer N.f(func(N T) { S })",
            "N: for { Sbreak N }",
            "func() (N T) { N = E; return }()",
            "type N interface{ N(N T) N.f }",
            "var N, y T",
        ];
        self.choose(5, &patterns, depth);
    }

    fn statements(&mut self, depth: usize) {
        for _ in 0..=self.random.below(2) {
            self.statement(depth);
            self.put("\n");
        }
    }
}

fn template(case: u64) -> String {
    let mut writer =
        Writer { random: Random::new(SEED.wrapping_mul(1_000_003).wrapping_add(case)), out: "\n".into() };
    for _ in 0..3 {
        writer.statement(3);
        writer.put("\n");
    }
    writer.out
}

/// A `decl` in which `a` and `x` are declared, with methods.
fn declarations(case: u64) -> String {
    let mut writer =
        Writer { random: Random::new(SEED.wrapping_mul(1_000_033).wrapping_add(case)), out: "\n".into() };
    for (name, other) in [("a", "x"), ("x", "a")] {
        let patterns = [
            "func % (N T) T {\nSreturn E\n}\nfunc (N *z) %() { S }\n",
            "type % struct { N T; f % }\nfunc (N *%) f(y T) N.f {\nS}\n",
            "var % T = E\n",
            "var y%, % = E, %\n",
            "const (\n% = E\n)\n",
            "type % interface { N(N T) % }\nfunc (y %) N() {\nSE.f()\n}\n",
            "type %[N any] struct { f N }\nfunc (y *%[^]) f(z N) {\nS}\n",
        ];
        let pattern = patterns[writer.random.below(patterns.len())].replace('%', name).replace('^', other);
        writer.pattern(&pattern, 2);
    }
    writer.out
}

/// Offsets of names before a dot that mean no declaration in the file, and of names that mean one
/// at its top.
type Resolved = (Vec<usize>, Vec<usize>);

/// The same for each file, as Go's parser resolves it. `None` if it is not valid Go: a composite
/// literal as a condition, for instance.
fn resolved_by_go(files: &[String]) -> Vec<Option<Resolved>> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/template_scopes/main.go");
    let mut command = Command::new("go");
    command.args(["run", program]).env("GO111MODULE", "off").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("go is installed");
    child.stdin.take().unwrap().write_all(files.join("\0").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let offsets = |text: &str| text.split_whitespace().map(|n| n.parse().unwrap()).collect();
    let both = |line: &str| line.split_once('|').map(|(before, own)| (offsets(before), offsets(own)));
    text.lines().map(|line| both(line).filter(|_| line != "invalid")).collect()
}

/// A template as enter of a rule; its text after lowering.
fn lowered(template: &str) -> String {
    lowered_with("", template).1
}

/// The same after a `decl`, whose text comes first.
fn lowered_with(decl: &str, template: &str) -> (String, String) {
    let text = format!(
        "plugin p {{ import \"strings\"\n target \"net/http\" [1.18, ) {{ decl {{{decl}}}\n rule r {{ func F\n enter {{{template}}} }} }} }}"
    );
    let source = syntax::decode("p.gorule", text.into_bytes()).unwrap();
    let parsed = syntax::parse(&source).unwrap_or_else(|found| panic!("{found:?}\n{}", source.text));
    let bundle = Bundle { plugins: vec![codegen::lower(&parsed.file, &source.text).unwrap()] };
    let target = &bundle.plugins[0].targets[0];
    let text = |template: &Template| template.at(None).unwrap().text.clone();
    (text(&target.decls[0]), text(target.rules[0].enter.as_ref().unwrap()))
}

/// Removes the directives that restore positions.
fn without_positions(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*line :") {
        out.push_str(before);
        rest = after.split_once("*/").unwrap().1;
    }
    out + rest
}

#[test]
fn packages_are_what_go_resolves_to_packages() {
    let (before, after) = FragmentKind::Statements.frame();
    let templates: Vec<String> = (0..CASES).map(template).collect();
    let files: Vec<String> = templates.iter().map(|text| format!("{before}{text}{after}")).collect();
    let (mut compared, mut shadowed) = (0, 0);
    for (case, offsets) in resolved_by_go(&files).into_iter().enumerate() {
        let (template, file) = (&templates[case], &files[case]);
        let Some((offsets, _)) = offsets.filter(|_| first_syntax_error(file).is_none()) else { continue };
        compared += 1;
        let name_at =
            |offset: usize| IMPORTS.into_iter().find(|name| file[offset..].starts_with(&format!("{name}.")));
        let expected: Vec<(usize, &str)> =
            offsets.into_iter().filter_map(|at| name_at(at).map(|name| (at, name))).collect();
        let found: Vec<(usize, String)> = uses_in(template, FragmentKind::Statements, &BTreeSet::new())
            .into_iter()
            .filter(|u| matches!(u.how, How::Qualifier { .. }) && IMPORTS.contains(&u.name.as_str()))
            .map(|u| (u.range.start + before.len(), u.name))
            .collect();
        let found: Vec<(usize, &str)> = found.iter().map(|(at, name)| (*at, name.as_str())).collect();
        assert_eq!(found, expected, "seed {SEED}, case {case}:{template}");

        let mut rewritten = template.clone();
        for (at, name) in expected.iter().rev() {
            let at = at - before.len();
            rewritten.replace_range(at..at + name.len(), &format!("goagent_{name}"));
        }
        assert_eq!(without_positions(&lowered(template)), rewritten, "seed {SEED}, case {case}");
        let mentioned: usize = IMPORTS.iter().map(|name| template.matches(&format!("{name}.")).count()).sum();
        shadowed += usize::from(mentioned > expected.len());
    }
    assert!(compared > 1500, "only {compared} templates are Go that the parser knows");
    assert!(shadowed > 500, "only {shadowed} templates have a local variable that is named like an import");
}

/// The names that a plugin declares are private in woven code, and nothing else is renamed.
#[test]
fn names_of_a_decl_are_private_where_go_resolves_them_to_it() {
    let (_, after) = FragmentKind::Statements.frame();
    let cases: Vec<(String, String)> = (0..CASES).map(|case| (declarations(case), template(case))).collect();
    let begin = "package p\n";
    let between = "func _() {\n";
    let files: Vec<String> =
        cases.iter().map(|(decl, template)| format!("{begin}{decl}{between}{template}{after}")).collect();
    let (mut compared, mut renamed, mut shadowed) = (0, 0, 0);
    for (case, resolved) in resolved_by_go(&files).into_iter().enumerate() {
        let ((decl, template), file) = (&cases[case], &files[case]);
        let Some((packages, own)) = resolved.filter(|_| first_syntax_error(file).is_none()) else { continue };
        compared += 1;
        let is_package =
            |at: &usize| IMPORTS.into_iter().any(|name| file[*at..].starts_with(&format!("{name}.")));
        let mut edits: Vec<(usize, &str)> =
            packages.iter().filter(|at| is_package(at)).map(|at| (*at, "goagent_")).collect();
        let own: Vec<usize> = own.into_iter().filter(|at| file[*at..].starts_with(['a', 'x', 'y'])).collect();
        edits.extend(own.iter().filter(|at| !is_package(at)).map(|at| (*at, "goagent_p__")));
        edits.sort_unstable();
        let mut expected = file.clone();
        for (at, prefix) in edits.iter().rev() {
            expected.insert_str(*at, prefix);
        }
        let (decl, template) = lowered_with(decl, template);
        let found = without_positions(&format!("{begin}{decl}{between}{template}{after}"));
        assert_eq!(found, expected, "seed {SEED}, case {case}:\n{file}");
        renamed += own.len();
        let names: Vec<&str> = file
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|word| matches!(*word, "a" | "x"))
            .collect();
        shadowed += usize::from(names.len() > own.len());
    }
    assert!(compared > 1200, "only {compared} are Go that the parser knows");
    assert!(renamed > 5000, "only {renamed} names are of a decl");
    assert!(shadowed > 500, "only {shadowed} have other things of these names");
}
