//! A line on the terminal while one of goagent's own steps takes long.
//!
//! It appears when a step has taken two seconds, and is erased before anything else is written.
//! There is none while the go command writes to the terminal itself, and none if standard error is
//! not a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The time that a step may take before the line appears.
const SILENCE: Duration = Duration::from_secs(2);
/// The interval at which the line is drawn again.
const BEAT: Duration = Duration::from_millis(500);

/// The line, which is shown as long as this value lives.
pub struct Progress {
    /// Ends the thread when it is dropped.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Reports a step, which begins now.
    pub fn new(step: &'static str) -> Self {
        if !wanted() {
            return Self { stop: None, thread: None };
        }
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let begun = Instant::now();
            let mut wait = SILENCE;
            let mut drawn = false;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let _ =
                    write!(std::io::stderr(), "\r\x1b[Kgoagent: {step} … {} s", begun.elapsed().as_secs());
                drawn = true;
                wait = BEAT;
            }
            if drawn {
                let _ = write!(std::io::stderr(), "\r\x1b[K");
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Returns true if standard error is a terminal that can erase a line.
fn wanted() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
