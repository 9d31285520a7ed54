//! A line on the terminal while goagent's own steps take long.
//!
//! It comes when a step has taken two seconds, and is gone before anything else is written. There is none while the go command
//! writes to the terminal itself, and none where standard error is no terminal.

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a step is silent.
const SILENCE: Duration = Duration::from_secs(2);
/// How often the line is drawn again.
const BEAT: Duration = Duration::from_millis(500);

/// The line, as long as this lives.
pub struct Progress {
    /// Dropped, it ends the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Tells of a step, which begins now.
    pub fn of(step: &'static str) -> Self {
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

/// Whether somebody is looking.
fn wanted() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
