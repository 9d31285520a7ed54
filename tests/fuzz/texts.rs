//! Texts: plugins and fixtures, whole, altered and mixed; soups of tokens; bytes.

use super::random::Random;
use super::rule_files::{all, plugins};

/// The pieces that the language is made of, and some that are near.
const TOKENS: [&str; 68] = [
    "plugin",
    "target",
    "rule",
    "bare",
    "decl",
    "struct",
    "field",
    "port",
    "import",
    "recv",
    "func",
    "versions",
    "go",
    "platforms",
    "linux, darwin/arm64",
    "priority",
    "state",
    "may",
    "be",
    "absent",
    "skip",
    "enter",
    "exit",
    "before",
    "replace",
    "var",
    "low",
    "high",
    "p",
    "é",
    "\"a.b/c\"",
    "\"",
    "`x`",
    "`",
    "'",
    "'\\''",
    "{",
    "}",
    "{ }",
    "(",
    ")",
    "[",
    "]",
    ",",
    "|",
    "*",
    ".",
    "...",
    "[1.0.0, )",
    "(, 2.0.0]",
    "[1.2.3-rc.1, 9.9.9)",
    "1.0.0",
    "// c\n",
    "/// d\n",
    "//! d\n",
    "/* c */",
    "/*",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    " ",
    "{{#since \"1.0.0\"}}",
    "{{else}}",
    "{{/since}}",
    "{{version}}",
    "\u{feff}",
    "map[string]func(int) error",
];

/// Bytes that are awkward at any place.
const BYTES: [&[u8]; 14] = [
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"{",
    b"}",
    b"`",
    b"\"",
    b"'",
    b"/*",
    b"\n",
    b"\\",
    b"\xe2\x80\xa8",
];

/// Plugins, fixtures and their fixed twins.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = plugins().iter().map(|path| std::fs::read(path).unwrap()).collect();
    for fixture in all("bad").into_iter().chain(all("good")) {
        seeds.push(fixture.body());
        seeds.extend(fixture.fixed().map(String::into_bytes));
    }
    seeds
}

/// Anything.
pub fn text(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    match random.below(8) {
        0 => soup(random),
        1 => (0..random.below(400)).map(|_| random.next().to_le_bytes()[7]).collect(),
        2 => nested(random),
        _ => altered(random, seeds, 12),
    }
}

/// Statements and expressions that the checks of templates ask about.
const GO: [&str; 40] = [
    "span.End()",
    "span = agent.Start(ctx, \"x\")",
    "s := agent.Start(ctx, \"x\")",
    "agent.Current().End()",
    "agent.",
    "semconv.EndDB(span, \"\", err)",
    "defer span.End()",
    "skip",
    "return",
    "return 1",
    "panicking",
    "panicValue",
    "recover()",
    "go func() { x = 1 }()",
    "func() { skip }()",
    "if x := f(); x != nil {",
    "} else {",
    "for {",
    "for i := range n {",
    "switch v := any(x).(type) {",
    "case int:",
    "select {",
    "}",
    "{",
    "x := 1",
    "var y, z = 1, 2",
    "err = nil",
    "r.n++",
    "*p = 1",
    "m[k] = v",
    "T{A: 1}",
    "F[int](x)",
    "label:",
    "goto label",
    "func goagentF(a, b int) {}",
    "func (t *T) M() { t.M() }",
    "var goagentM = map[string]int{}",
    "type T struct { a int }",
    "\"1.0\" < \"{{version}}\"",
    "`",
];

/// Files whose templates are altered: parts of Go are put in, lines are moved, repeated or left
/// out.
pub fn of_templates(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    if random.one_in(4) {
        return gentle(random, seeds);
    }
    let text = String::from_utf8_lossy(random.pick::<Vec<u8>>(seeds)).into_owned();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=random.below(4) {
        let at = random.below(lines.len() + 1);
        match random.below(4) {
            0 if at < lines.len() => drop(lines.remove(at)),
            1 if at < lines.len() => {
                let to = random.below(lines.len());
                let line = lines[at].clone();
                lines.insert(to, line);
            }
            _ => lines.insert(at, (*random.pick::<&str>(&GO)).to_owned()),
        }
    }
    lines.join("\n").into_bytes()
}

/// Text that often still parses: a few tokens added, spaces and comments most of all.
pub fn gentle(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut out = random.pick(seeds).clone();
    for _ in 0..=random.below(4) {
        let blanks = [
            "\n",
            "\n\n\n",
            "  ",
            "\t",
            "/* c */",
            " // c\n",
            "/* a\n  b */",
            "\r\n",
            "`\n x`",
            "// `\n",
            "{ }",
        ];
        let at = boundary(random, &out);
        let piece: &str =
            if random.one_in(4) { random.pick::<&str>(&TOKENS) } else { random.pick::<&str>(&blanks) };
        out.splice(at..at, piece.bytes());
    }
    out
}

/// A place between two different kinds of bytes: next to a word rather than in it.
fn boundary(random: &mut Random, text: &[u8]) -> usize {
    let mut at = random.below(text.len() + 1);
    while at < text.len()
        && at > 0
        && text[at].is_ascii_alphanumeric()
        && text[at - 1].is_ascii_alphanumeric()
    {
        at += 1;
    }
    at
}

fn soup(random: &mut Random) -> Vec<u8> {
    let mut out = String::new();
    if random.one_in(2) {
        out.push_str("plugin p {\ntarget \"a.b/c\" [1.0.0, ) {\nrule r {\n");
    }
    for _ in 0..random.below(200) {
        out.push_str(random.pick::<&str>(&TOKENS));
        if random.one_in(2) {
            out.push(' ');
        }
    }
    out.into_bytes()
}

/// One token many times, within something.
fn nested(random: &mut Random) -> Vec<u8> {
    let token = random.pick::<&str>(&TOKENS);
    let other = random.pick::<&str>(&TOKENS);
    let times = random.below(4000);
    let mut out = String::from("plugin p {\ntarget \"a.b/c\" [1.0.0, ) {\nrule r {\nfunc f");
    if random.one_in(2) {
        out.push_str("\nenter {");
    }
    for _ in 0..times {
        out.push_str(token);
        out.push_str(if random.one_in(9) { other } else { "" });
    }
    out.into_bytes()
}

/// A seed with some changes: bytes flipped, cut, put in, doubled, taken from another seed.
pub fn altered(random: &mut Random, seeds: &[Vec<u8>], most: usize) -> Vec<u8> {
    let mut out = random.pick(seeds).clone();
    for _ in 0..=random.below(most) {
        let (a, b) = range(random, out.len());
        match random.below(7) {
            0 if !out.is_empty() => {
                let at = random.below(out.len());
                out[at] ^= 1 << random.below(8);
            }
            1 => drop(out.drain(a..b)),
            2 => {
                let piece = random.pick::<&str>(&TOKENS).bytes();
                out.splice(a..a, piece);
            }
            3 => {
                let piece = random.pick::<&[u8]>(&BYTES).to_vec();
                out.splice(a..a, piece);
            }
            4 => {
                let piece = out[a..b].to_vec();
                out.splice(a..a, piece);
            }
            5 => {
                let other = random.pick(seeds);
                let (c, d) = range(random, other.len());
                out.splice(a..b, other[c..d].iter().copied());
            }
            _ => out.truncate(b),
        }
    }
    out
}

fn range(random: &mut Random, length: usize) -> (usize, usize) {
    let a = random.below(length + 1);
    let b = a + random.below((length - a).min(300) + 1);
    (a, b)
}
