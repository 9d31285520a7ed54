//! Builds that are killed: in their own process group, at a moment that a seed determines.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// The receiver of the signal.
#[derive(Debug, Clone, Copy)]
pub enum Whom {
    /// goagent, go and all tools, as from a terminal.
    Group,
    /// goagent alone, as from a CI runner.
    Parent,
}

/// Numbers that look random and are the same for the same seed (splitmix64).
pub struct Numbers(pub u64);

impl Numbers {
    /// The next number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// Starts a build in its own process group. Its output is discarded.
pub fn start(command: &mut Command) -> Child {
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Sends a signal to it after a while. Returns true if it was still running then.
pub fn strike(child: &mut Child, whom: Whom, signal: Signal, after: Duration) -> bool {
    std::thread::sleep(after);
    let running = child.try_wait().unwrap().is_none();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let _ = match whom {
        Whom::Group => killpg(pid, signal),
        Whom::Parent => kill(pid, signal),
    };
    child.wait().unwrap();
    running
}

/// Kills the rest of its group.
pub fn sweep_up(child: &Child) {
    let _ = killpg(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGKILL);
}
