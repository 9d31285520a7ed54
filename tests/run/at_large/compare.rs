//! Compares the output of `go test -json`, plain and woven.

use std::collections::BTreeMap;
use std::fmt;

/// A test: its package and its name.
pub type Test = (String, String);

/// The results of one run.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// Test → `pass`, `fail` or `skip`.
    tests: BTreeMap<Test, String>,
    /// The output of each test; under no name, that of the package.
    printed: BTreeMap<Test, String>,
    /// All lines that are not events: the reason for which something was not built, for instance.
    pub output: String,
}

impl Results {
    /// Reads the events.
    pub fn parse(events: &str) -> Self {
        let mut results = Self::default();
        for line in events.lines() {
            let Ok(event) = serde_json::from_str::<serde_json::Value>(line) else {
                results.output.push_str(line);
                results.output.push('\n');
                continue;
            };
            let word = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            let test = (word("Package"), word("Test"));
            match word("Action").as_str() {
                "output" => results.printed.entry(test).or_default().push_str(&word("Output")),
                "build-output" => results.output.push_str(&word("Output")),
                // A test that runs several times fails if it fails once.
                "pass" | "fail" | "skip"
                    if !test.1.is_empty() && results.tests.get(&test).is_none_or(|known| known != "fail") =>
                {
                    results.tests.insert(test, word("Action"));
                }
                _ => {}
            }
        }
        results
    }

    /// The tests with the same result in another run.
    pub fn stable(&self, other: &Self) -> Self {
        let mut stable = self.clone();
        stable.tests.retain(|test, result| other.tests.get(test) == Some(result));
        stable
    }

    /// Number of tests that passed.
    pub fn passed(&self) -> usize {
        self.tests.values().filter(|result| *result == "pass").count()
    }

    /// The packages with at least one test that passed.
    pub fn packages(&self) -> Vec<&str> {
        let mut packages: Vec<&str> =
            self.tests.iter().filter(|(_, r)| *r == "pass").map(|(t, _)| t.0.as_str()).collect();
        packages.dedup();
        packages
    }

    /// The end of a test's output, and of its package's.
    pub fn said(&self, test: &Test) -> String {
        let of = |test: &Test| self.printed.get(test).map_or("", String::as_str);
        let whole = format!("{}{}", of(&(test.0.clone(), String::new())), of(test));
        let lines: Vec<&str> = whole.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }
}

/// The differences that are allowed.
pub struct Allowed(Vec<Entry>);

struct Entry {
    /// True if allowed only with the standard plugins woven too.
    plugins: bool,
    test: Test,
    reason: String,
}

impl Allowed {
    /// The list in `tests/fixtures/at_large`.
    pub fn read() -> Self {
        Self::parse(include_str!("../../fixtures/at_large/allowed.txt"))
    }

    /// Lines of `always` or `plugins`, package, test and reason, tabs between.
    pub fn parse(list: &str) -> Self {
        let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let entry = |line: &str| match line.split('\t').collect::<Vec<_>>()[..] {
            [when @ ("always" | "plugins"), package, test, reason] if !reason.is_empty() => Entry {
                plugins: when == "plugins",
                test: (package.to_owned(), test.to_owned()),
                reason: reason.to_owned(),
            },
            _ => panic!("not a time, a package, a test and a reason with tabs between: {line:?}"),
        };
        Self(lines.map(entry).collect())
    }

    fn reason(&self, test: &Test, plugins: bool) -> Option<&str> {
        let covers = |name: &str| {
            test.1.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let applies =
            |entry: &&Entry| (plugins || !entry.plugins) && entry.test.0 == test.0 && covers(&entry.test.1);
        self.0.iter().find(applies).map(|entry| entry.reason.as_str())
    }
}

/// A test with another result when it is woven.
pub struct Difference {
    /// The test.
    pub test: Test,
    plain: String,
    woven: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let woven = self.woven.as_deref().unwrap_or("not run");
        write!(f, "{} {}: {} plain, {woven} woven", self.test.0, self.test.1, self.plain)
    }
}

/// The comparison of two runs.
pub struct Verdict {
    compared: usize,
    /// The differences that are not allowed.
    pub differences: Vec<Difference>,
    allowed: Vec<String>,
}

impl Verdict {
    /// Compares each stable plain result with the woven one, which includes the standard plugins or
    /// not.
    pub fn of(plain: &Results, woven: &Results, allowed: &Allowed, plugins: bool) -> Self {
        let mut verdict = Self { compared: plain.tests.len(), differences: Vec::new(), allowed: Vec::new() };
        // Subtests come after their test: from the end, they are known first.
        let mut below: Vec<(&Test, bool)> = Vec::new();
        for (test, result) in plain.tests.iter().rev() {
            let now = woven.tests.get(test);
            if now == Some(result) {
                continue;
            }
            let is_below = |sub: &Test| sub.0 == test.0 && sub.1.starts_with(&format!("{}/", test.1));
            let subtests: Vec<bool> = below.iter().filter(|(s, _)| is_below(s)).map(|(_, ok)| *ok).collect();
            let by_subtests = !subtests.is_empty() && subtests.iter().all(|ok| *ok);
            let reason = allowed.reason(test, plugins).or(by_subtests.then_some("its subtests"));
            below.push((test, reason.is_some()));
            match reason {
                Some(reason) => verdict.allowed.push(format!("{} {}: {reason}", test.0, test.1)),
                None => verdict.differences.push(Difference {
                    test: test.clone(),
                    plain: result.clone(),
                    woven: now.cloned(),
                }),
            }
        }
        verdict.differences.reverse();
        verdict.allowed.reverse();
        verdict
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (differ, allowed) = (self.differences.len(), self.allowed.len());
        write!(f, "{} tests compared, {differ} differ, {allowed} more as allowed", self.compared)?;
        self.allowed.iter().try_for_each(|line| write!(f, "\n  allowed: {line}"))
    }
}
