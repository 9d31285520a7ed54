//! Runs child processes, and handles the signals that this process receives meanwhile.
//!
//! In: commands. Out: how they ended. `goagent build` takes the place of `go build`, so whoever
//! ends it means go: a signal is passed on, go decides what to do with it, and this process ends
//! after go and in the same way. Without a child it ends at once. If this process is killed in a
//! way that lets it pass nothing on, the system ends the child (Linux).

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Output};

/// The hidden command of goagent under which a program ends with goagent; see [`run_under`].
pub const UNDER: &str = "under";

#[cfg(unix)]
pub use unix::{interrupted, limits_are_errors, watch};

/// Does nothing: signals are left to the system here.
#[cfg(not(unix))]
pub fn watch() {}

/// Does nothing: there is no such limit here.
#[cfg(not(unix))]
pub fn limits_are_errors() {}

/// Returns false: signals are left to the system here.
#[cfg(not(unix))]
pub fn interrupted() -> bool {
    false
}

/// Runs a command to its end.
pub fn status(command: &mut Command) -> std::io::Result<ExitStatus> {
    let mut child = start(command)?;
    #[cfg(unix)]
    unix::wait_for(&child);
    child.wait()
}

/// Runs a command to its end and returns what it wrote. If a signal has come meanwhile, this
/// process ends by it.
pub fn output(command: &mut Command) -> std::io::Result<Output> {
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = start(command)?;
    #[cfg(unix)]
    let pid = child.id();
    let output = child.wait_with_output();
    #[cfg(unix)]
    {
        unix::forget(pid);
        unix::end_if_interrupted();
    }
    output
}

/// Replaces this process with a command. Returns only if the command cannot be run.
#[cfg(unix)]
pub fn exec(command: &mut Command) -> std::io::Result<ExitCode> {
    Err(std::os::unix::process::CommandExt::exec(command))
}

/// Runs a command as a child, as no process can be replaced here, and returns its exit code.
#[cfg(not(unix))]
pub fn exec(command: &mut Command) -> std::io::Result<ExitCode> {
    command.status().map(exit_code)
}

/// The exit code of a child as this process's own; a signal that ended the child ends this process
/// too.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        unix::end_by(signal);
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(1));
    }
    ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1))
}

/// A program as a command that is not started yet. On Linux a process of goagent runs in between:
/// it passes signals on, and outlives this one for as long as it needs to end the program.
pub fn command(program: &Path) -> Command {
    #[cfg(target_os = "linux")]
    if unix::is_watching()
        && let Ok(this) = std::env::current_exe()
    {
        let mut command = Command::new(this);
        command.arg(UNDER).arg(std::process::id().to_string()).arg(program);
        return command;
    }
    Command::new(program)
}

/// `under PARENT PROGRAM ARGUMENTS…`: runs the program, ends as it ends, and ends it if the parent
/// ends. The system's signal for a parent's death goes to this process and not to the program
/// itself: `go` becomes the `go` of another toolchain in any of its threads, and only the first
/// thread of a process has that signal.
#[cfg(target_os = "linux")]
pub fn run_under(mut words: impl Iterator<Item = OsString>) -> ExitCode {
    let parent = words.next().and_then(|word| word.to_str()?.parse().ok());
    let Some(program) = words.next() else { return ExitCode::from(2) };
    watch();
    let _ = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGTERM);
    if parent != Some(nix::unistd::getppid().as_raw()) {
        return ExitCode::from(1);
    }
    match status(Command::new(&program).args(words)) {
        Ok(status) => exit_code(status),
        Err(error) => {
            eprintln!("goagent: {}", not_run(&program.to_string_lossy(), &error));
            ExitCode::from(127)
        }
    }
}

/// Does nothing: it is not needed here.
#[cfg(not(target_os = "linux"))]
pub fn run_under(_: impl Iterator<Item = OsString>) -> ExitCode {
    ExitCode::from(2)
}

/// Removes from a command's environment every variable of this process whose name begins with one
/// of these prefixes.
pub fn without(command: &mut Command, prefixes: &[&str]) {
    for (name, _) in std::env::vars_os() {
        if prefixes.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes())) {
            command.env_remove(name);
        }
    }
}

/// The message for a `go` that could not be started, with what to do.
pub fn not_run(program: &str, error: &std::io::Error) -> String {
    format!("`{program}` could not be run: {error}; install Go, or put it on PATH")
}

#[cfg(not(unix))]
fn start(command: &mut Command) -> std::io::Result<std::process::Child> {
    command.spawn()
}

#[cfg(unix)]
use unix::start;

#[cfg(unix)]
mod unix {
    use std::process::{Child, Command};
    use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
    use std::sync::{Mutex, PoisonError};

    use nix::sys::signal::{SigSet, Signal, kill, raise};
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    use nix::unistd::Pid;

    /// The signals by which a terminal, a CI runner or a person ends a program.
    const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP];

    static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());
    /// The last of those signals; 0: none has come.
    static CAUGHT: AtomicI32 = AtomicI32::new(0);
    static WATCHING: AtomicBool = AtomicBool::new(false);

    /// Makes a file that would grow beyond the limit (`ulimit -f`) an error with a message, not the
    /// end of this process. The standard library starts children with no signal blocked.
    pub fn limits_are_errors() {
        let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
    }

    /// From now on passes these signals on to the running child. Must be called before any other
    /// thread is started.
    pub fn watch() {
        limits_are_errors();
        let signals: SigSet = ENDING.into_iter().collect();
        if signals.thread_block().is_err() {
            return;
        }
        WATCHING.store(true, Ordering::SeqCst);
        std::thread::spawn(move || {
            while let Ok(signal) = signals.wait() {
                CAUGHT.store(signal as i32, Ordering::SeqCst);
                let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
                if running.is_empty() {
                    end_by(signal as i32);
                }
                for pid in running.iter() {
                    let _ = kill(*pid, signal);
                }
            }
        });
    }

    #[cfg(target_os = "linux")]
    pub fn is_watching() -> bool {
        WATCHING.load(Ordering::SeqCst)
    }

    /// Returns true if a signal that ends programs has come.
    pub fn interrupted() -> bool {
        CAUGHT.load(Ordering::SeqCst) != 0
    }

    /// Starts a child. A signal that comes meanwhile is passed on once the child has started.
    pub fn start(command: &mut Command) -> std::io::Result<Child> {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.spawn()?;
        running.push(pid_of(child.id()));
        Ok(child)
    }

    /// Waits without reaping: the id must not become another process's as long as signals may be
    /// passed on to it.
    pub fn wait_for(child: &Child) {
        let pid = pid_of(child.id());
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        while waitid(Id::Pid(pid), flags) == Err(nix::errno::Errno::EINTR) {}
        forget(child.id());
    }

    pub fn forget(pid: u32) {
        let pid = pid_of(pid);
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).retain(|running| *running != pid);
    }

    pub fn end_if_interrupted() {
        let signal = CAUGHT.load(Ordering::SeqCst);
        if signal != 0 {
            end_by(signal);
        }
    }

    /// Ends this process by one of those signals. Returns if it is another signal, or an ignored
    /// one (`nohup`).
    pub fn end_by(signal: i32) {
        let Ok(signal) = Signal::try_from(signal) else { return };
        if ENDING.contains(&signal) {
            let _ = SigSet::from(signal).thread_unblock();
            let _ = raise(signal);
        }
    }

    fn pid_of(id: u32) -> Pid {
        Pid::from_raw(i32::try_from(id).unwrap_or_default())
    }
}
