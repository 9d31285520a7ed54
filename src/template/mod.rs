//! The only reader of templates: double braces, and the uses of names in the Go code between them.
//!
//! In: the text of a template. Out: its pieces, its text for one version, and the uses of the names
//! that are not its own. `check` reports mistakes from this, `codegen` rewrites package qualifiers
//! by it; neither reads a template by itself. Nothing here knows of rules, files or Go packages.

mod callables;
mod calls;
mod frame;
mod members;
mod panics;
mod pieces;
mod statements;
mod uses;

pub use callables::{Callable, CallableKind};
pub use calls::{Call, CallUse, LocalUse};
pub use frame::{FragmentKind, Framed};
pub use members::{Literal, Literals, Member, Role};
pub use panics::MayPanic;
pub use pieces::{Constant, Issue, IssueKind, Pieces, StartPosition};
pub use statements::{DeclaredVariable, PartAssigned, PartPath, PointerTo, Unreachable};
pub use uses::{How, Use, uses_in};
