//! Processes of servers: started in groups of their own, found again by a mark in their environment.
//!
//! The mark, and not a recorded pid, says whose a process is: a pid may have been given to another program, and a process that was
//! started just before the agent died may never have been recorded.

use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// The name of the mark; its value is `<data directory>#<server>#<worker>`.
pub const MARK: &str = "TERRACE_PROCESS";

/// A process, and when it was started in the kernel's ticks, so that another with the same pid is not taken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    start: u64,
}

impl Process {
    pub fn of(pid: u32) -> Option<Self> {
        let (state, start) = stat(pid)?;
        (state != 'Z').then_some(Self { pid, start })
    }

    pub fn is_alive(&self) -> bool {
        Self::of(self.pid) == Some(*self)
    }

    /// A signal to the process and all that it has started.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let (true, Some(pid)) = (self.is_alive(), pid) {
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Asks it to end, and ends it when the time is up.
    pub async fn stop(&self, timeout: Duration) {
        self.signal(Signal::TERM);
        let end = tokio::time::Instant::now() + timeout;
        while self.is_alive() && tokio::time::Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.kill().await;
    }

    pub async fn kill(&self) {
        self.signal(Signal::KILL);
        while self.is_alive() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// State and start time of a process: fields 3 and 22 of `/proc/PID/stat`, counted after the name in parentheses.
fn stat(pid: u32) -> Option<(char, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

/// Which process of which server.
pub type Place = (String, u32);

pub fn mark(directory: &Path, server: &str, worker: u32) -> String {
    format!("{}#{server}#{worker}", directory.display())
}

/// The running processes that were started for this data directory.
pub fn find(directory: &Path) -> BTreeMap<Place, Process> {
    let wanted = format!("{MARK}={}#", directory.display());
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let place = |pid: u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let place = environment.split(|byte| *byte == 0).find_map(|entry| entry.strip_prefix(wanted.as_bytes()))?;
        let (server, worker) = std::str::from_utf8(place).ok()?.split_once('#')?;
        // What a server starts itself has the mark too, but leads no group.
        let group = rustix::process::getpgid(i32::try_from(pid).ok().and_then(Pid::from_raw)).ok()?;
        let leads = u32::try_from(group.as_raw_nonzero().get()) == Ok(pid);
        let process = Process::of(pid).filter(|_| leads)?;
        Some(((server.to_owned(), worker.parse().ok()?), process))
    };
    pids.filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    #[tokio::test]
    async fn a_marked_process_is_found_and_stopped() {
        let directory = Path::new("/nowhere/data-of-the-test");
        let mut child =
            Command::new("sleep").arg("60").env(MARK, mark(directory, "server-1", 2)).process_group(0).spawn().unwrap();
        let mut found = find(directory);
        for _ in 0..100 {
            // Between fork and exec the environment is still ours.
            if !found.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            found = find(directory);
        }
        let process = found[&("server-1".to_owned(), 2)];
        assert_eq!(process.pid, child.id());
        process.stop(Duration::from_secs(5)).await;
        assert!(!process.is_alive());
        child.wait().unwrap();
    }
}
