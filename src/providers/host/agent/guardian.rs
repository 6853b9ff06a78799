//! Brings the agent back when it is killed.
//!
//! A second process hears from the agent which ports are open, and holds them too, with the lock of the data directory. The agent says a word before it leaves; where it falls silent
//! without one it was killed, and the guardian starts another, hands the ports over, and ends: who connects meanwhile waits and is not refused.
//! The agent in turn replaces a guardian that was killed. Both at once are gone for good: then the next command starts the agent, as after a reboot.

use crate::providers::host::client::{agent_log, own_program, start_agent};
use crate::providers::host::handover::{Estate, pair, say_leaving, say_locked};
use crate::providers::host::ports::Ports;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// An agent that does not live for so long is not started again at once.
const STEADY: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(700);

/// The agent's hold on its guardian.
pub struct Guardian {
    data: PathBuf,
    lock: File,
    ports: Ports,
    child: Option<(Child, OwnedFd)>,
}

impl Guardian {
    pub fn of(data: &Path, lock: File, ports: Ports) -> Self {
        let mut guardian = Self { data: data.to_owned(), lock, ports, child: None };
        guardian.look();
        guardian
    }

    /// Starts one where none is, as often as it is asked.
    pub fn look(&mut self) {
        let is_alive = self.child.as_mut().is_some_and(|(child, _)| matches!(child.try_wait(), Ok(None)));
        if !is_alive {
            let started = self.start();
            self.child = started.inspect_err(|error| eprintln!("no guardian: {error}")).ok();
        }
    }

    fn start(&self) -> io::Result<(Child, OwnedFd)> {
        let log = agent_log(&self.data)?;
        let (ours, theirs) = pair()?;
        let child = Command::new(own_program())
            .args(["host", "guard"])
            .arg(format!("-data={}", self.data.display()))
            // What is sent to the agent's group is not meant for it.
            .process_group(0)
            .stdin(theirs)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        say_locked(&ours, &self.lock)?;
        self.ports.guard(ours.try_clone()?);
        Ok((child, ours))
    }

    /// The agent leaves, and nobody is to come after it.
    pub fn dismiss(mut self) {
        if let Some((mut child, end)) = self.child.take() {
            // One that is gone needs no word.
            let _ = say_leaving(end);
            let _ = child.wait();
        }
    }
}

/// The guardian's life.
pub fn guard(data: &Path) -> io::Result<()> {
    let began = Instant::now();
    let Some(estate) = Estate::heard_from(io::stdin()) else { return Ok(()) };
    if began.elapsed() < STEADY {
        sleep(PAUSE);
    }
    start_agent(data, &estate)
}
