//! Everything that rules are compared with.

use super::agent_names::AgentNames;
use super::releases::digest::Carried;
use super::releases::verdict_cache::VerdictCache;
use crate::lock::Lock;
use crate::modules::Modules;

/// Everything that rules are compared with.
pub struct CheckContext<'a> {
    /// Go sources.
    pub modules: &'a Modules<'a>,
    /// The lock: what was seen before, and the releases of each package.
    pub lock: &'a Lock,
    /// Verdicts that were found before on this machine.
    pub cache: &'a VerdictCache,
    /// The packages that are linked in, with their imports.
    pub carried: &'a Carried,
    /// The names that those packages offer to templates.
    pub agent: &'a AgentNames,
    /// Every release there is, whatever the lock says.
    pub every: bool,
}
