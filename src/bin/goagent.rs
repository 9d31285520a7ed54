//! The build front end's command line: arguments only.
fn main() {}
