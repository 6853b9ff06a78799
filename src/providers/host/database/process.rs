//! The main process of a PostgreSQL server, found by the data folder on its command line.
//!
//! The pid file alone is not enough: it may be gone while the server runs, and after a reboot its number may be that of any program.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a server may take to fall when it is told to at once.
const FALL: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(10);

/// The server of this data folder, if it runs.
pub(super) fn find(folder: &Path) -> Option<Pid> {
    let noted = fs::read_to_string(folder.join("postmaster.pid")).ok();
    let noted = noted.and_then(|text| Pid::from_raw(text.lines().next()?.trim().parse().ok()?));
    noted.filter(|pid| serves(*pid, folder))
}

/// As [`find`], also where the folder or the pid file was removed.
pub(super) fn search(folder: &Path) -> Option<Pid> {
    find(folder).or_else(|| running().find(|pid| serves(*pid, folder)))
}

/// Ends the server and its sessions without letting them write anything more.
pub(super) async fn end_at_once(folder: &Path) {
    let Some(main) = search(folder) else { return };
    let _ = kill_process(main, Signal::QUIT);
    let end = Instant::now() + FALL;
    while serves(main, folder) {
        if Instant::now() > end {
            // One that is stopped or stuck does not hear; its sessions go first, so that none goes on without it.
            for process in running().filter(|pid| parent(*pid) == Some(main)).chain([main]) {
                let _ = kill_process(process, Signal::KILL);
            }
        }
        sleep(LOOK).await;
    }
}

/// A pid file that names a stranger keeps a server from starting.
pub(super) fn forget_stale(folder: &Path) {
    if search(folder).is_none() {
        let _ = fs::remove_file(folder.join("postmaster.pid"));
    }
}

/// Sessions rename themselves, so only the main process has the folder on its command line; one that has ended has none.
fn serves(pid: Pid, folder: &Path) -> bool {
    let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
    let program = words.first().copied().unwrap_or_default();
    program.ends_with(b"postgres") && words.contains(&folder.as_os_str().as_encoded_bytes())
}

fn running() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
}

/// Field 4 of `/proc/PID/stat`, counted after the name in parentheses.
fn parent(pid: Pid) -> Option<Pid> {
    let text = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let after = text.get(text.rfind(')')? + 1..)?;
    Pid::from_raw(after.split_whitespace().nth(1)?.parse().ok()?)
}
