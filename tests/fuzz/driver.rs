//! The loop: cases from a seed, each in bounded time and memory; the failing one is kept.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::random::Random;

/// A case that takes longer counts as a hang: this is a thousand times the slowest one's time.
const HANG: Duration = Duration::from_mins(5);
/// The address space that the process may have: far more than any case needs, less than a lying
/// length claims.
const MEMORY: u64 = 3 << 30;

/// The code to try, and its input.
#[derive(Clone, Copy)]
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    /// A case from the seeds.
    pub make: fn(&mut Random, &[Vec<u8>]) -> Vec<u8>,
    /// Number of cases in a short run.
    pub short: u64,
}

/// The case under way: its origin, and its bytes.
type Current = Arc<Mutex<(String, Vec<u8>)>>;

impl Target {
    /// Runs the cases that once failed, the seeds themselves, then new cases, in a separate thread.
    pub fn run(self, seeds: &[Vec<u8>]) {
        bound_memory();
        let (seed, seconds) = wish();
        eprintln!("{}: GOAGENT_FUZZ_SEED={seed}", self.name);
        let current = Current::default();
        let (alive_send, alive) = mpsc::sync_channel(1);
        let (seeds, shared) = (seeds.to_vec(), Arc::clone(&current));
        let worker = std::thread::Builder::new().stack_size(8 << 20).spawn(move || {
            let attempt = |from: String, case: Vec<u8>| {
                *shared.lock().unwrap() = (from, case.clone());
                (self.run)(&case);
                let _ = alive_send.try_send(());
            };
            self.corpus().into_iter().for_each(|(name, case)| attempt(name, case));
            seeds.iter().enumerate().for_each(|(at, case)| attempt(format!("seed {at}"), case.clone()));
            let (mut random, begun) = (Random::new(seed), cpu());
            let mut cases = 0_u64;
            while seconds.map_or(cases < self.short, |limit| cpu() < begun + limit) {
                attempt(
                    format!("case {cases} of GOAGENT_FUZZ_SEED={seed}"),
                    (self.make)(&mut random, &seeds),
                );
                cases += 1;
            }
            cases
        });
        let worker = worker.unwrap();
        loop {
            match alive.recv_timeout(HANG) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => self.failed(&current, "hangs"),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let Ok(cases) = worker.join() else { self.failed(&current, "fails, see above") };
        eprintln!("{}: {cases} cases, {} KiB at most", self.name, peak());
    }

    /// Keeps the case in a file for inspection.
    fn failed(self, current: &Current, how: &str) -> ! {
        let (from, case) = &*current.lock().unwrap();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{}", self.name));
        std::fs::write(&path, case).unwrap();
        panic!(
            "{}: {from} {how}; it is in {}, keep it in {}",
            self.name,
            path.display(),
            self.kept().display()
        );
    }

    fn kept(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzz").join(self.name)
    }

    fn corpus(self) -> Vec<(String, Vec<u8>)> {
        let Ok(entries) = std::fs::read_dir(self.kept()) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
    }
}

/// The seed, and the time to go on, by the CPU's clock; `None` for the short run.
fn wish() -> (u64, Option<Duration>) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seconds = number("GOAGENT_FUZZ_SECONDS").map(Duration::from_secs);
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let seed = number("GOAGENT_FUZZ_SEED").unwrap_or_else(|| seconds.map_or(1, |_| now()));
    (seed, seconds)
}

/// The CPU time of this thread.
fn cpu() -> Duration {
    let now = nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap();
    Duration::from(now)
}

/// Limits the memory: a larger request aborts the process.
pub fn bound_memory() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, hard) = getrlimit(Resource::RLIMIT_AS).unwrap();
    setrlimit(Resource::RLIMIT_AS, MEMORY.min(hard), hard).unwrap();
}

/// The most memory that the process had, in KiB.
pub fn peak() -> i64 {
    use nix::sys::resource::{UsageWho, getrusage};
    getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss()
}
