//! Random Go packages, and rules that may apply to their functions.

use crate::common::random::Random;

/// The build tag that some files have.
pub const TAG: &str = "custom";

/// A package, and rules for it.
pub struct Case {
    pub files: Vec<CaseFile>,
    pub rules: Vec<RuleText>,
}

/// A file, and the builds that have it.
pub struct CaseFile {
    pub name: String,
    pub text: String,
    only: Option<(&'static str, bool)>,
}

impl CaseFile {
    /// Returns true if a build has it.
    pub fn is_in(&self, system: &str, tag: bool) -> bool {
        match self.only {
            None => true,
            Some((TAG, wanted)) => tag == wanted,
            Some((only, wanted)) => (system == only) == wanted,
        }
    }
}

/// A rule without its name.
pub struct RuleText {
    bare: bool,
    lines: Vec<String>,
}

impl RuleText {
    pub fn text(&self, n: usize) -> String {
        let bare = if self.bare { "bare " } else { "" };
        format!("{bare}rule r{n} {{\n    {}\n}}\n", self.lines.join("\n    "))
    }
}

const NAMES: [&str; 5] = ["F", "Get", "H", "main", "init"];

impl Case {
    /// The import path of a case.
    pub fn package(case: u64) -> String {
        format!("c{case}")
    }

    /// A plugin of its rules.
    pub fn plugin(&self, case: u64) -> String {
        let rules: String = (0..).zip(&self.rules).map(|(n, rule)| rule.text(n)).collect();
        format!("plugin p {{\ntarget {:?} [1.18, ) {{\n{rules}}}\n}}\n", Self::package(case))
    }

    pub fn new(seed: u64, case: u64) -> Self {
        let mut writer = Writer {
            random: Random::new(seed.wrapping_mul(1_000_003).wrapping_add(case)),
            declared: Vec::new(),
        };
        let files = writer.files();
        let rules = (0..3).map(|_| writer.rule()).collect();
        Self { files, rules }
    }
}

/// Lists of parameters, each with their number.
const PARAMS: [(&str, usize); 9] = [
    ("()", 0),
    ("(a int)", 1),
    ("(a, b int)", 2),
    ("(a int, b ...string)", 2),
    ("(int, string)", 2),
    ("(_ int)", 1),
    ("(...int)", 1),
    ("(a, b int, c func(int) (string, error))", 3),
    ("(\n\ta int,\n\tb string,\n)", 2),
];

const RESULTS: [(&str, usize); 5] =
    [("", 0), (" int", 1), (" (int, error)", 2), (" (n int, err error)", 2), (" (a, b int)", 2)];

const RECEIVERS: [&str; 12] =
    ["", "t T", "t *T", "*T", "T", "_ *T", "u U", "u *U", "g G[K]", "g *G[K]", "*G[_]", "t *(T)"];

/// Comments above a function.
const ABOVE: [&str; 15] = [
    "//go:nosplit\n",
    "// go:nosplit\n",
    "//go:nosplit \n",
    "//go:nosplit x\n",
    "//go:systemstack\n",
    "//go:noinline\n//go:nowritebarrierrec\n",
    "//go:nowritebarrier\n// It is.\n",
    "//go:nosplit\n\n",
    "//goagent:span\n",
    "//goagent:span a b\n",
    "// goagent:span\n",
    "//goagent:spanner\n",
    "// F is.\n//\n//goagent:span\n",
    "//goagent:span\n//go:nosplit\n",
    "/* goagent:span */\n",
];

const SELECTIONS: [&str; 10] = [
    r#"matching "F""#,
    r#"matching "T.*""#,
    r#"matching "(*T).*""#,
    r#"matching "*""#,
    r#"matching "*.Get""#,
    r#"matching "?et""#,
    r#"matching "(\*G).*""#,
    r#"marked "goagent:span""#,
    r#"marked "//goagent:span""#,
    r#"marked "go:nosplit""#,
];

/// A function that is declared.
#[derive(Clone, Copy)]
struct Shape {
    name: &'static str,
    receiver: &'static str,
    params: usize,
    results: usize,
}

impl Shape {
    /// Its type and its name: a build has each pair once.
    fn key(self) -> (&'static str, &'static str) {
        let ty = self.receiver.rsplit([' ', '*', '(']).next().unwrap_or_default().trim_end_matches(')');
        (ty.split('[').next().unwrap_or_default(), self.name)
    }

    /// The receiver as a rule may write it.
    fn recv(self) -> String {
        self.receiver.replace("_ ", "").replace("[_]", "[V]").replace("(T)", "T")
    }
}

struct Writer {
    random: Random,
    /// The functions declared so far.
    declared: Vec<Shape>,
}

impl Writer {
    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        self.random.pick::<&str>(from)
    }

    /// A base file, and perhaps one or two that a constraint is on.
    fn files(&mut self) -> Vec<CaseFile> {
        let mut text = String::from("package p\n\ntype T struct{}\n\ntype U int\n\ntype G[K any] struct{}\n");
        for _ in 0..self.random.below(4) {
            text.push_str(&self.function(None));
        }
        let mut files = vec![CaseFile { name: "a.go".into(), text, only: None }];
        if self.random.one_in(2) {
            self.twins(&mut files);
        }
        files
    }

    /// Files of which a build has one: they declare the same, each in its own way.
    fn twins(&mut self, files: &mut Vec<CaseFile>) {
        let (only, suffix) = *self.random.pick(&[("linux", "_linux"), ("windows", "_windows"), (TAG, "")]);
        let wanted: &[bool] =
            self.random.pick::<&[bool]>(&[&[true], &[false], &[true, false], &[true, false]]);
        let mut twin: Option<Shape> = None;
        for &is in wanted {
            let by_name = is && only != TAG && self.random.one_in(2);
            let not = if is { "" } else { "!" };
            let constraint = if by_name { String::new() } else { format!("//go:build {not}{only}\n\n") };
            let mut text = format!("{constraint}package p\n");
            text.push_str(&self.function(twin));
            if self.random.one_in(3) {
                text.push_str(&self.function(None));
            }
            twin = self.declared.last().copied();
            let name = if by_name { format!("b{suffix}.go") } else { format!("b{}.go", usize::from(is)) };
            files.push(CaseFile { name, text, only: Some((only, is)) });
        }
    }

    /// A function, with a comment above it; nothing if a build would have it twice.
    fn function(&mut self, twin: Option<Shape>) -> String {
        let name = if twin.is_none() && self.random.one_in(8) { "_" } else { self.pick(&NAMES) };
        let name = twin.map_or(name, |twin| twin.name);
        let plain = matches!(name, "init" | "main");
        let any = if plain || self.random.one_in(3) { "" } else { self.pick(&RECEIVERS) };
        let receiver = twin.filter(|_| !self.random.one_in(4)).map_or(any, |twin| twin.receiver);
        let (params, results) = (*self.random.pick(&PARAMS), *self.random.pick(&RESULTS));
        let (params, results) = if plain { (PARAMS[0], RESULTS[0]) } else { (params, results) };
        let shape = Shape { name, receiver, params: params.1, results: results.1 };
        let is_there = self.declared.iter().any(|other| other.key() == shape.key());
        if twin.is_none() && is_there && !matches!(name, "init" | "_") {
            return String::new();
        }
        self.declared.push(shape);
        let body = match self.random.below(12) {
            0 if !plain => "",
            1 => " { return a a }",
            2 | 3 => " {}",
            4 => " { x(); x() }",
            _ => " { x() }",
        };
        let above = if self.random.one_in(2) { "" } else { self.pick(&ABOVE) };
        let layout = ["func\t", "func  ", "  func ", "func /* c */ ", "func\n"];
        let layout = if self.random.one_in(8) { self.pick(&layout) } else { "func " };
        let after = if self.random.one_in(12) { self.pick(&[" ", "/* c */", "\t"]) } else { "" };
        let receiver = match (receiver, self.random.below(8)) {
            ("", _) => String::new(),
            (receiver, 0) => format!("({receiver})"),
            (receiver, _) => format!("({receiver}) "),
        };
        let is_generic = receiver.is_empty() && !plain && self.random.one_in(6);
        let type_params = if is_generic { "[P any]" } else { "" };
        format!("\n{above}{layout}{receiver}{name}{type_params}{after}{}{}{body}\n", params.0, results.0)
    }

    fn rule(&mut self) -> RuleText {
        let bare = self.random.one_in(4);
        let mut lines = Vec::new();
        if self.random.one_in(5) {
            lines.push(format!("func {}", self.pick(&SELECTIONS)));
        } else {
            self.named(&mut lines);
        }
        match self.random.below(8) {
            0 => lines.push("platforms linux".to_owned()),
            1 => lines.push("platforms windows".to_owned()),
            _ => {}
        }
        let anchors = bare && self.random.one_in(2);
        if anchors {
            lines.push("before `x()` { println(1) }".to_owned());
        }
        if !anchors || self.random.one_in(3) {
            lines.push(self.pick(&["enter { println(1) }", "exit { println(1) }"]).to_owned());
        }
        RuleText { bare, lines }
    }

    /// A rule for functions by name: mostly for one that is there, or nearly.
    fn named(&mut self, lines: &mut Vec<String>) {
        let declared = self.declared.clone();
        let known = (!declared.is_empty()).then(|| *self.random.pick(&declared));
        let known = known.filter(|_| !self.random.one_in(8));
        let name = known.map_or(self.pick(&NAMES), |shape| shape.name);
        let other = self.pick(&RECEIVERS);
        let receiver = known.filter(|_| !self.random.one_in(6)).map_or(other, |shape| shape.receiver);
        let shape =
            Shape { name, receiver, ..known.unwrap_or(Shape { name, receiver, params: 0, results: 0 }) };
        if !receiver.is_empty() {
            lines.push(format!("recv {}", shape.recv()));
        }
        let (mut params, mut results) = (String::new(), String::new());
        if self.random.one_in(2) {
            params = self.list('q', shape.params);
            if self.random.one_in(2) {
                results = format!(" {}", self.list('w', shape.results));
            }
        }
        let other = self.pick(&NAMES);
        let both = other != name && self.random.one_in(8);
        let names = if both { format!("({name} | {other})") } else { name.to_owned() };
        lines.push(format!("func {names}{params}{results}"));
    }

    fn list(&mut self, letter: char, right: usize) -> String {
        let count = if self.random.one_in(5) { self.random.below(4) } else { right };
        let one = |n: usize| if n == 0 { "_".to_owned() } else { format!("{letter}{n}") };
        format!("({})", (0..count).map(one).collect::<Vec<_>>().join(", "))
    }
}
