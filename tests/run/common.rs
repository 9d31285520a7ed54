//! Helpers that the test binaries share; each takes those that it uses.

#[path = "../common/builds.rs"]
mod builds;
#[path = "../common/collector.rs"]
pub mod collector;
#[path = "../common/compare.rs"]
pub mod compare;
#[path = "../common/console.rs"]
pub mod console;
#[path = "../common/copy.rs"]
mod copy;
#[path = "../common/folders.rs"]
mod folders;
#[path = "../common/go.rs"]
pub mod go;
#[path = "../common/goagent.rs"]
mod goagent;
#[path = "../common/lineage.rs"]
pub mod lineage;
#[path = "../common/process.rs"]
pub mod process;
#[path = "../common/telemetry.rs"]
pub mod telemetry;
#[path = "../common/toolchains.rs"]
mod toolchains;

pub use copy::copy_folder;
pub use folders::{kept, repository};
