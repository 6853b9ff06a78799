//! Speaking to the agent; starting it where none answers.

use super::handover::{Estate, pair};
use super::protocol::{Answer, Request};
use crate::provider::Complaint;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep};

/// Where the host's things are where nothing else is said.
pub const DEFAULT_DATA: &str = ".terrace/host";
/// Where it is, everything was stopped on purpose.
pub const STOPPED: &str = "stopped";
/// How long a new agent may take until it answers, and a leaving one until it is gone.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub struct Client {
    data: PathBuf,
}

impl Client {
    pub fn new(data: PathBuf) -> Self {
        Self { data }
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Asks the agent, which is started where none is running.
    pub async fn ask(&self, request: &Request) -> Result<Answer, Complaint> {
        let end = Instant::now() + PATIENCE;
        let mut is_started = false;
        loop {
            // An agent that leaves in the middle has done nothing: requests bear a second try.
            match self.try_ask(request).await {
                Ok(answer) => return checked(answer),
                Err(error) if Instant::now() > end => return Err(unreachable(&self.data, &error)),
                Err(_) => {}
            }
            if !is_started {
                start_agent(&self.data, &Estate::default()).map_err(|error| unreachable(&self.data, &error))?;
                is_started = true;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Asks the agent if there is one.
    pub async fn ask_running(&self, request: &Request) -> Result<Option<Answer>, Complaint> {
        match self.try_ask(request).await {
            Ok(answer) => checked(answer).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Whether there is anything that an agent would look after.
    pub fn has_record(&self) -> bool {
        self.data.join("record.redb").exists()
    }

    /// Whether it was stopped on purpose, and nobody has wanted it again since.
    pub fn is_stopped(&self) -> bool {
        self.data.join(STOPPED).exists()
    }

    /// Waits until the agent, which has said that it leaves, has taken its things away.
    pub async fn until_gone(&self) {
        let end = Instant::now() + PATIENCE;
        while self.data.join("socket").exists() || self.has_record() || self.data.join("lock").exists() {
            // Another step may have called a new one.
            if Instant::now() > end || self.try_ask(&Request::Find { token: String::new() }).await.is_ok() {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    async fn try_ask(&self, request: &Request) -> io::Result<Answer> {
        let directory = File::open(&self.data)?;
        // The path of a socket may have 108 bytes; by this way it is short.
        let stream = UnixStream::connect(format!("/proc/self/fd/{}/socket", directory.as_raw_fd())).await?;
        let (read, mut write) = stream.into_split();
        let mut text = serde_json::to_string(request)?;
        text.push('\n');
        write.write_all(text.as_bytes()).await?;
        let mut line = String::new();
        if BufReader::new(read).read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

/// Starts an agent for a data directory, and hands it what one before it left. Where there is one already, the new one leaves at once.
pub fn start_agent(data: &Path, estate: &Estate) -> io::Result<()> {
    let (ours, theirs) = pair()?;
    Command::new(own_program())
        .args(["host", "run"])
        .arg(format!("-data={}", data.display()))
        .stdin(theirs)
        .stdout(Stdio::null())
        .stderr(agent_log(data)?)
        .spawn()?;
    estate.say(ours)
}

/// What the agent has to say when nobody asks it.
pub fn agent_log(data: &Path) -> io::Result<File> {
    std::fs::create_dir_all(data)?;
    OpenOptions::new().create(true).append(true).mode(0o600).open(data.join("agent.log"))
}

/// This program as it can be started now, also where another version has taken its place meanwhile.
pub fn own_program() -> PathBuf {
    let path = std::env::current_exe().unwrap_or_default();
    // The kernel marks the name of a file that is gone.
    let name = path.to_string_lossy();
    let successor = PathBuf::from(name.strip_suffix(" (deleted)").unwrap_or(&name));
    if successor.exists() { successor } else { PathBuf::from("/proc/self/exe") }
}

fn checked(answer: Answer) -> Result<Answer, Complaint> {
    match answer {
        Answer::Failed { summary, detail } => Err(Complaint::error(summary, detail)),
        answer => Ok(answer),
    }
}

fn unreachable(data: &Path, error: &io::Error) -> Complaint {
    let said = std::fs::read_to_string(data.join("agent.log")).unwrap_or_default();
    let last = said.lines().last().unwrap_or("nothing");
    let detail = format!(
        "The agent for {} does not answer: {}. The last that it said: {last}",
        data.display(),
        crate::system::reason(error)
    );
    Complaint::error("The host's agent cannot be reached", detail)
}
