//! The agent's life: it takes the data directory, answers on the socket, and leaves.

use super::guardian::Guardian;
use super::{Agent, Failure};
use crate::providers::host::client::STOPPED;
use crate::providers::host::handover::Estate;
use crate::providers::host::ports::Ports;
use crate::providers::host::protocol::{Answer, Request};
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// How long to wait for an agent that is just leaving.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// How often it is made sure that the data directory is still there.
const LOOK: Duration = Duration::from_secs(1);

/// An agent that was started for nothing leaves after so many.
const MOST_IDLE_LOOKS: u32 = 15;

/// Why the agent goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    Not,
    /// It was told to; the record stays.
    Stopped,
    /// There is nothing to look after: the directory goes too.
    Empty,
    /// By a signal. It is missed: its guardian starts another.
    Killed,
}

/// Runs until there is nothing to look after, or until told to stop. Returns at once where another agent has the directory.
pub async fn run(data: &Path) -> io::Result<()> {
    let _ = rustix::process::setsid();
    std::fs::create_dir_all(data)?;
    // The account of databases, which is not root, has to get through to its own folder; nothing else in here is open to it.
    let mode = if rustix::process::geteuid().is_root() { 0o711 } else { 0o700 };
    std::fs::set_permissions(data, Permissions::from_mode(mode))?;
    let data = data.canonicalize()?;
    // Where nobody says anything to us, nothing was left.
    let estate = Estate::heard_from(std::io::stdin()).unwrap_or_default();
    let Some(lock) = lock(&data, estate.lock).await? else { return Ok(()) };
    // A socket's path may be 108 bytes; a name in the working directory is always short enough.
    std::env::set_current_dir(&data)?;
    let _ = std::fs::remove_file("socket");
    let _ = std::fs::remove_file(STOPPED);
    let ports = Ports::left(estate.ports);
    let agent = Agent::start(&data, ports.clone()).await.map_err(fatal)?;
    let listener = UnixListener::bind("socket")?;
    std::fs::set_permissions("socket", Permissions::from_mode(0o600))?;
    let agent = Arc::new(agent);
    agent.export_metrics().await.map_err(fatal)?;
    agent.close_unwanted_ports().map_err(fatal)?;
    let mut guardian = Guardian::of(&data, lock, ports.clone());
    let leaving = answer_all(agent, &data, &listener, &mut guardian).await?;
    let _ = std::fs::remove_file(data.join("socket"));
    if leaving == Leaving::Killed {
        ports.leave_open();
        return Ok(());
    }
    guardian.dismiss();
    match leaving {
        Leaving::Empty => clear(&data),
        // A directory that was removed meanwhile needs no note.
        _ => drop(std::fs::write(data.join(STOPPED), "")),
    }
    Ok(())
}

/// As an error, which ends without a full stop.
fn fatal(failure: Failure) -> io::Error {
    io::Error::other(failure.detail.trim_end_matches('.').to_owned())
}

/// The lock is on the file that has the name now: a leaving agent takes the file away.
async fn lock(data: &Path, left: Option<File>) -> io::Result<Option<File>> {
    let path = data.join("lock");
    let is_there = |file: &File| {
        std::fs::metadata(&path).is_ok_and(|now| file.metadata().is_ok_and(|ours| ours.ino() == now.ino()))
    };
    if let Some(left) = left.filter(is_there) {
        return Ok(Some(left));
    }
    for _ in 0..LOCK_TRIES {
        std::fs::create_dir_all(data)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path)?;
        let is_ours = flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok();
        if is_ours && is_there(&file) {
            return Ok(Some(file));
        }
        if UnixStream::connect(data.join("socket")).await.is_ok() {
            return Ok(None);
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    Ok(None)
}

async fn answer_all(
    agent: Arc<Agent>,
    data: &Path,
    listener: &UnixListener,
    guardian: &mut Guardian,
) -> io::Result<Leaving> {
    let mut idle_looks = 0;
    let mut look = tokio::time::interval(LOOK);
    let (leave, mut leaving) = watch::channel(Leaving::Not);
    let leave = Arc::new(leave);
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                let (agent, leave) = (agent.clone(), leave.clone());
                tokio::spawn(async move { converse(&agent, stream, &leave).await });
            }
            _ = leaving.changed() => {
                let why = *leaving.borrow();
                // Something may have been made in the meantime.
                if why == Leaving::Stopped || agent.is_empty() {
                    agent.stop().await;
                    return Ok(why);
                }
            }
            _ = look.tick() => {
                if !data.join("lock").exists() {
                    agent.abandon().await;
                    return Ok(Leaving::Stopped);
                }
                guardian.look();
                agent.open_ports().await;
                // Nobody is speaking to it where nobody else holds it.
                let is_idle = Arc::strong_count(&agent) == 1 && agent.is_empty();
                idle_looks = if is_idle { idle_looks + 1 } else { 0 };
                if idle_looks > MOST_IDLE_LOOKS {
                    return Ok(Leaving::Empty);
                }
            }
            _ = terminate.recv() => return Ok(Leaving::Killed),
        }
    }
}

async fn converse(agent: &Arc<Agent>, stream: UnixStream, leave: &watch::Sender<Leaving>) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(request) => {
                let is_stop = matches!(request, Request::Stop);
                let answer = answer(agent, request).await.unwrap_or_else(Answer::from);
                let why = match answer {
                    Answer::Done { .. } if is_stop => Leaving::Stopped,
                    Answer::Done { is_leaving: true } => Leaving::Empty,
                    // A failed create leaves nothing to look after where it was the first.
                    Answer::Failed { .. } if agent.is_empty() => Leaving::Empty,
                    _ => Leaving::Not,
                };
                if why != Leaving::Not {
                    leave.send_replace(why);
                }
                answer
            }
            Err(error) => Answer::Failed { summary: "Not a request".to_owned(), detail: format!("{error}.") },
        };
        let mut text = serde_json::to_string(&answer)?;
        text.push('\n');
        write.write_all(text.as_bytes()).await?;
    }
    Ok(())
}

async fn answer(agent: &Arc<Agent>, request: Request) -> Result<Answer, Failure> {
    let done = Answer::Done { is_leaving: false };
    Ok(match request {
        Request::Create { kind, token, attributes } => Answer::Object(agent.create(&kind, &token, attributes).await?),
        Request::Update { id, attributes, .. } => Answer::Object(agent.update(&id, attributes).await?),
        Request::Delete { id, .. } => Answer::Done { is_leaving: agent.delete(&id).await? },
        Request::Read { ids } => Answer::Objects(agent.read(&ids).await?),
        Request::Find { token } => Answer::Objects(vec![agent.find(&token)?]),
        Request::Traffic(asked) => agent.direct(asked).await?,
        Request::Status => Answer::Status(agent.status().await?),
        Request::Metrics => Answer::Text(agent.metrics().await?),
        Request::StopZone { zone } => {
            agent.stop_zone(&zone).await?;
            done
        }
        Request::StartZone { zone } => {
            agent.start_zone(&zone).await?;
            done
        }
        Request::Stop => {
            agent.stop().await;
            Answer::Done { is_leaving: true }
        }
    })
}

/// Takes away what the agent made; the directory itself only where it is empty then.
fn clear(data: &Path) {
    for folder in ["databases", "images", "logs", "servers"] {
        let _ = std::fs::remove_dir_all(data.join(folder));
    }
    for file in ["agent.log", "record.redb", "lock"] {
        let _ = std::fs::remove_file(data.join(file));
    }
    let _ = std::fs::remove_dir(data);
    let _ = data.parent().filter(|parent| parent.ends_with(".terrace")).map(std::fs::remove_dir);
}
