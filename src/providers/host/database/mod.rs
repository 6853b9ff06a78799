//! A PostgreSQL database: a primary with a synchronous standby where one is wanted, or a read replica of another; and an endpoint that follows.
//!
//! One task looks after it: it probes, decides and does one step at a time. The servers are processes of their own and go on when this
//! one is killed; resumed, the database is found as it is.

mod endpoint;
mod folder;
mod installation;
mod node;
mod primary;
mod process;
mod replica;
mod roles;

pub use installation::Installation;
pub use node::{Access, Source};

use super::ports::Ports;
use async_trait::async_trait;
use endpoint::Endpoint;
use node::Node;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time;

/// Between two looks where nothing happens.
const PROBE_INTERVAL: Duration = Duration::from_millis(500);
/// How often it is seen whether the server has fallen: this needs no session and costs next to nothing.
const FALL_INTERVAL: Duration = Duration::from_millis(25);
/// A probe that takes longer counts as silence.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// Between two tries of a step that failed.
const STEP_PAUSE: Duration = Duration::from_secs(1);

/// A primary and a standby.
const MOST_NODES: usize = 2;

/// What a person can do where there is none.
pub const HOW_TO_INSTALL: &str = "PostgreSQL's programs (initdb, pg_ctl, postgres, psql, pg_basebackup, pg_rewind) are neither in \
    /usr/lib/postgresql nor on the PATH. Install them, for example with \"apt install postgresql\", \"dnf install postgresql-server \
    postgresql-contrib\" or \"brew install postgresql\". No server of the distribution has to run.";

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Holds the servers' data; the account of the servers must be able to reach it.
    pub folder: PathBuf,
    pub access: Access,
    /// Where clients connect, whoever serves.
    pub endpoint: SocketAddr,
    /// What the endpoint is one of.
    pub ports: Ports,
    /// Where servers listen. The first is where the primary begins; the second, where there is one, has the standby.
    pub nodes: Vec<SocketAddr>,
    /// Commits wait for a standby, which takes over.
    pub is_replicated: bool,
    /// It is a read replica of this server.
    pub source: Option<Source>,
    pub parameters: BTreeMap<String, String>,
}

/// What can be changed while it runs.
#[derive(Clone, Debug)]
pub struct Change {
    pub password: String,
    pub parameters: BTreeMap<String, String>,
    pub is_replicated: bool,
}

/// How the database is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// Who serves now; nobody while it does not answer.
    pub server: Option<SocketAddr>,
    /// A standby has everything, so that a failover would lose nothing.
    pub is_protected: bool,
    pub failovers: u64,
    pub followers: Vec<Lag>,
    /// Why the last step failed; none when it did not.
    pub problem: Option<String>,
}

/// How far a standby or replica is behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Lag {
    pub follower: String,
    pub bytes: f64,
    pub seconds: f64,
}

/// What looks after the servers of a database.
#[async_trait]
trait Care: Send {
    /// Makes what does not exist yet.
    async fn make(&mut self) -> Result<(), String>;

    /// Takes up what exists; a server that cannot be started now is for the next round.
    async fn resume(&mut self, away: &[bool]);

    /// Looks, decides, does one step; and says how long to wait.
    async fn round(&mut self, away: &[bool]) -> Pause;

    async fn change(&mut self, change: Change) -> Result<(), String>;

    async fn stop(&mut self) -> Result<(), String>;

    async fn remove(&mut self) -> Result<(), String>;
}

/// Until the next round: at most this long, and not longer than the server runs.
struct Pause {
    length: Duration,
    watched: Option<PathBuf>,
}

/// A database that is looked after. Dropped, its servers go on, and its endpoint closes.
pub struct Database {
    care: Arc<Mutex<Box<dyn Care>>>,
    endpoint: Arc<Endpoint>,
    status: watch::Receiver<Status>,
    away: watch::Sender<Vec<bool>>,
    task: JoinHandle<()>,
}

impl Drop for Database {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Database {
    /// Makes the database and returns when it accepts connections. One that cannot be made leaves nothing behind.
    pub async fn make(installation: Installation, settings: Settings) -> Result<Self, String> {
        let (mut care, endpoint, status) = care(installation, settings)?;
        if let Err(problem) = care.make().await {
            // The first failure is the one to tell.
            let _ = care.remove().await;
            return Err(problem);
        }
        Ok(Self::look_after(care, endpoint, status, Vec::new()))
    }

    /// Goes on with a database that was made before, without waiting for it. Servers that are away are not started.
    pub fn resume(installation: Installation, settings: Settings, away: Vec<bool>) -> Result<Self, String> {
        let (care, endpoint, status) = care(installation, settings)?;
        Ok(Self::look_after(care, endpoint, status, away))
    }

    fn look_after(
        care: Box<dyn Care>,
        endpoint: Arc<Endpoint>,
        status: watch::Receiver<Status>,
        away: Vec<bool>,
    ) -> Self {
        let care = Arc::new(Mutex::new(care));
        let (away, told) = watch::channel(away);
        let task = tokio::spawn(look_after(care.clone(), told));
        Self { care, endpoint, status, away, task }
    }

    pub fn endpoint(&self) -> Option<SocketAddr> {
        self.endpoint.address()
    }

    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Waits for a status; false when it did not come within the time.
    pub async fn wait_until(&self, holds: impl FnMut(&Status) -> bool, longest: Duration) -> bool {
        let mut status = self.status.clone();
        matches!(time::timeout(longest, status.wait_for(holds)).await, Ok(Ok(_)))
    }

    /// Which of the nodes may not run.
    pub fn set_away(&self, away: Vec<bool>) {
        self.away.send_replace(away);
    }

    /// For those who wait while others use the database.
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    pub fn change(&self, change: Change) -> impl Future<Output = Result<(), String>> + use<> {
        let care = self.care.clone();
        async move { care.lock().await.change(change).await }
    }

    /// Of a database that is not looked after: ends what still runs on its folder, and removes that.
    pub async fn remove_rest(folder: PathBuf) -> Result<(), String> {
        for node in 0..MOST_NODES {
            process::end_at_once(&folder.join(format!("node-{node}"))).await;
        }
        folder::remove(&folder)
    }

    /// Stops the servers; the data stays.
    pub async fn stop(mut self) -> Result<(), String> {
        self.end_task().await;
        self.care.lock().await.stop().await
    }

    /// Stops the servers and removes the data.
    pub async fn remove(mut self) -> Result<(), String> {
        self.end_task().await;
        self.care.lock().await.remove().await
    }

    async fn end_task(&mut self) {
        self.task.abort();
        // It was cancelled, which is what was wanted.
        let _ = (&mut self.task).await;
    }
}

/// Whether what was made is still there, as far as a database can go on from it.
pub fn exists(folder: &Path) -> bool {
    replica::exists(folder) || primary::exists(folder)
}

type Cared = (Box<dyn Care>, Arc<Endpoint>, watch::Receiver<Status>);

fn care(installation: Installation, mut settings: Settings) -> Result<Cared, String> {
    installation.private_folder(&settings.folder)?;
    // Servers are found by the folder on their command line, so there is one way to write it.
    let canonical = settings.folder.canonicalize();
    settings.folder =
        canonical.map_err(|error| format!("{}: {}", settings.folder.display(), crate::system::reason(&error)))?;
    let (sender, status) = watch::channel(Status::default());
    let endpoint = Arc::new(Endpoint::new(settings.endpoint, settings.ports.clone()));
    let care: Box<dyn Care> = match settings.source.clone() {
        Some(source) => Box::new(replica::Keeper::new(&installation, settings, source, endpoint.clone(), sender)?),
        None => Box::new(primary::Keeper::new(&installation, settings, endpoint.clone(), sender)?),
    };
    Ok((care, endpoint, status))
}

fn nodes_of(installation: &Installation, settings: &Settings) -> Vec<Node> {
    let node = |(number, address): (usize, &SocketAddr)| Node {
        installation: installation.clone(),
        folder: settings.folder.join(format!("node-{number}")),
        address: *address,
        access: settings.access.clone(),
        parameters: settings.parameters.clone(),
    };
    settings.nodes.iter().enumerate().map(node).collect()
}

/// Rounds for ever.
async fn look_after(care: Arc<Mutex<Box<dyn Care>>>, mut away: watch::Receiver<Vec<bool>>) {
    let now = away.borrow().clone();
    care.lock().await.resume(&now).await;
    loop {
        let now = away.borrow_and_update().clone();
        let pause = care.lock().await.round(&now).await;
        tokio::select! {
            () = wait(pause) => {}
            _ = away.changed() => {}
        }
    }
}

async fn wait(pause: Pause) {
    let end = time::Instant::now() + pause.length;
    while time::Instant::now() < end {
        if pause.watched.as_deref().is_some_and(|folder| process::find(folder).is_none()) {
            return;
        }
        time::sleep(FALL_INTERVAL.min(pause.length)).await;
    }
}
