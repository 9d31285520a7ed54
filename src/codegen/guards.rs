//! Guards of the functions that bare rules call.
//!
//! A bare rule has no guard of its own: its package cannot import the agent. The functions of
//! `decl` that it calls have one, which reports a fault to package main by a port, the way in which
//! such packages reach the agent. Package runtime and the packages it imports also run where
//! nothing can be deferred: there `check` refuses code that may panic.

use super::{AGENT, RUNTIME};
use crate::bundle::{Fragment, Import, Port};

/// The imports of package runtime, besides `internal/runtime/…` and `runtime/internal/…`, in Go
/// 1.18 to 1.27.
const BELOW_RUNTIME: [&str; 19] = [
    "internal/abi",
    "internal/asan",
    "internal/bytealg",
    "internal/byteorder",
    "internal/chacha8rand",
    "internal/coverage/rtcov",
    "internal/cpu",
    "internal/goarch",
    "internal/godebugs",
    "internal/goexperiment",
    "internal/goos",
    "internal/msan",
    "internal/profilerecord",
    "internal/race",
    "internal/strconv",
    "internal/stringslite",
    "internal/trace/tracev2",
    "math/bits",
    "unsafe",
];

/// The type of a point of woven code in packages that cannot import the agent. `agent.Point` has
/// the same fields.
pub const POINT: &str = "struct{ Plugin, Rule, Package, Function string }";

/// Returns true if functions of a package may defer calls, wherever they run.
pub fn has_guards(package: &str) -> bool {
    let is_below = package.starts_with("internal/runtime/") || package.starts_with("runtime/internal/");
    package != RUNTIME && !is_below && !BELOW_RUNTIME.contains(&package)
}

/// The name of the port by which the guards of a plugin report faults.
pub fn fault_port(plugin: &str) -> String {
    format!("goagent_fault_{plugin}")
}

/// The port for the guards of a plugin: its body is in package main.
pub(super) fn port(plugin: &str) -> Port {
    let agent = Import { alias: "goagent_agent".to_owned(), path: AGENT.to_owned() };
    let signature = format!("func(point *{POINT}, value interface{{}})");
    let body = " goagent_agent.Fault((*goagent_agent.Point)(point), value) ".to_owned();
    Port {
        name: fault_port(plugin),
        line: 1,
        written: false,
        signature: Fragment { text: signature, line: 1, column: 1, ..Fragment::default() },
        body: Fragment { text: body, line: 1, column: 1, imports: vec![agent], ..Fragment::default() },
    }
}
