//! Helpers of the tests, for the benchmarks.
#![allow(dead_code)] // each benchmark uses a part

#[path = "../../tests/common/copy.rs"]
pub mod copy;
#[path = "../../tests/common/folders.rs"]
mod folders;
#[path = "../../tests/common/go.rs"]
pub mod go;
#[path = "../../tests/common/process.rs"]
pub mod process;
#[path = "../../tests/common/toolchains.rs"]
mod toolchains;

pub use folders::{kept, repository};
