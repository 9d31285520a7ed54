//! Everything that rules are compared with.

use super::releases::digest::Carried;
use super::releases::verdict_cache::VerdictCache;
use crate::lock::Lock;
use crate::modules::Modules;

/// What rules are compared with.
pub struct CheckContext<'a> {
    /// Go sources.
    pub modules: &'a Modules<'a>,
    /// What was seen before; it also says which releases there are.
    pub lock: &'a Lock,
    /// What was found before on this machine.
    pub cache: &'a VerdictCache,
    /// What is linked in, and what it imports.
    pub carried: &'a Carried,
    /// Every release there is, whatever the lock says.
    pub every: bool,
}
