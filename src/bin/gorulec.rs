//! The rule compiler's command line: arguments only.
fn main() {}
