//! The text of one Go file of the package.

/// A Go file of the package, as the compiler was to see it.
#[derive(Debug, Clone)]
pub struct GoSourceFile {
    /// The path that the compiler was given.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl GoSourceFile {
    /// Returns true if it belongs to a test. Rules do not apply to tests: a package and its test
    /// variant are woven alike.
    pub(super) fn is_test(&self) -> bool {
        self.path.ends_with("_test.go")
    }
}
