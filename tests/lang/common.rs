//! Helpers that the test binaries share; each takes those that it uses.

#[path = "../common/folders.rs"]
mod folders;
#[path = "../common/go.rs"]
pub mod go;
#[path = "../common/process.rs"]
pub mod process;
#[path = "../common/random.rs"]
pub mod random;
#[path = "../common/rule_files.rs"]
pub mod rule_files;

pub use folders::{kept, repository};
