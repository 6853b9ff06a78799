//! Brings the agent back when it is killed.
//!
//! A second process reads from a pipe that only the agent holds. The agent says a word before it leaves; where the pipe ends without
//! one, the agent was killed, and the guardian starts another and ends. The agent in turn replaces a guardian that was killed. Both
//! at once are gone for good: then the next command starts the agent, as after a reboot.

use crate::providers::host::client::{agent_log, own_program, start_agent};
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// An agent that does not live for so long is not started again at once.
const STEADY: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_secs(2);

/// The agent's hold on its guardian.
pub struct Guardian {
    data: PathBuf,
    child: Option<Child>,
}

impl Guardian {
    pub fn of(data: &Path) -> Self {
        let mut guardian = Self { data: data.to_owned(), child: None };
        guardian.look();
        guardian
    }

    /// Starts one where none is, as often as it is asked.
    pub fn look(&mut self) {
        let is_alive = self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
        if !is_alive {
            self.child = start(&self.data).inspect_err(|error| eprintln!("no guardian: {error}")).ok();
        }
    }

    /// The agent leaves, and nobody is to come after it.
    pub fn dismiss(mut self) {
        if let Some(mut child) = self.child.take() {
            // One that is gone needs no word.
            let _ = child.stdin.take().map(|mut pipe| pipe.write_all(b"leaving"));
            let _ = child.wait();
        }
    }
}

fn start(data: &Path) -> io::Result<Child> {
    let log = agent_log(data)?;
    Command::new(own_program())
        .args(["host", "guard"])
        .arg(format!("-data={}", data.display()))
        // What is sent to the agent's group is not meant for it.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
}

/// The guardian's life.
pub fn guard(data: &Path) -> io::Result<()> {
    let began = Instant::now();
    let mut word = Vec::new();
    io::stdin().read_to_end(&mut word)?;
    if !word.is_empty() {
        return Ok(());
    }
    if began.elapsed() < STEADY {
        sleep(PAUSE);
    }
    start_agent(data)
}
