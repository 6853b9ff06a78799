//! The agent: one process a data directory, which keeps what was asked for running.
//!
//! It is started when it is first needed and ends when nothing is left to look after. Killed, it leaves its servers running; the next one
//! reads the record, finds them by their marks and goes on.

mod allocate;
mod databases;
mod drift;
mod exporter;
mod guardian;
mod metrics;
mod objects;
mod process;
mod ready;
mod record;
mod routes;
mod serve;
mod server;
mod servers;
mod status;
mod supervisor;
mod traffic;
mod zones;

pub use guardian::guard;
pub use serve::run;
pub use server::find_program;

use super::balancer::Balancer;
use super::database::Database;
use super::ports::Ports;
use super::protocol::{Answer, Attributes};
use record::Record;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use supervisor::{Ending, Supervised};
use tokio::sync::Mutex;

/// Why something was not done.
#[derive(Debug)]
pub struct Failure {
    summary: String,
    detail: String,
}

impl Failure {
    fn new(summary: &str, detail: impl Into<String>) -> Self {
        Self { summary: summary.to_owned(), detail: detail.into() }
    }
}

impl From<redb::Error> for Failure {
    fn from(error: redb::Error) -> Self {
        Self::new("The record of the host cannot be used", format!("{error}."))
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new("The host does not understand an object", format!("{error}."))
    }
}

type Outcome<T> = Result<T, Failure>;

pub struct Agent {
    data: PathBuf,
    record: Record,
    ports: Ports,
    balancer: Balancer,
    /// Held while addresses are given out and objects are recorded.
    changing: Mutex<()>,
    servers: Mutex<BTreeMap<String, Supervised>>,
    databases: Mutex<BTreeMap<String, Database>>,
    /// Objects that are being made.
    coming: Mutex<BTreeSet<String>>,
    leaving: Mutex<traffic::Leaving>,
    /// Held from reading the record until the balancer fits it: of two that route at once, the later record must win.
    routing: Mutex<()>,
    /// Listeners wait for a port that is another's.
    waits_for_port: AtomicBool,
}

impl Agent {
    /// Goes on from the record: what runs is adopted, what should run is started, what nobody knows is stopped.
    pub async fn start(data: &Path, ports: Ports) -> Outcome<Self> {
        for folder in ["images", "logs", "servers"] {
            let made = make_private(&data.join(folder));
            made.map_err(|error| Failure::new("The data directory cannot be used", format!("{error}.")))?;
        }
        let agent = Self {
            data: data.to_owned(),
            record: Record::open(&data.join("record.redb"))?,
            balancer: Balancer::new(ports.clone()),
            ports,
            changing: Mutex::default(),
            servers: Mutex::default(),
            databases: Mutex::default(),
            coming: Mutex::default(),
            leaving: Mutex::default(),
            routing: Mutex::default(),
            waits_for_port: AtomicBool::default(),
        };
        let mut found = process::find(data);
        agent.resume_servers(&mut found).await?;
        for orphan in found.into_values() {
            orphan.stop(Duration::from_secs(1)).await;
        }
        // A port that is taken now must not keep the servers from running.
        let _ = agent.route().await;
        agent.resume_databases().await?;
        Ok(agent)
    }

    /// Makes the balancer fit the record; the first problem with one of these listeners is an error.
    async fn route(&self) -> Outcome<Vec<super::balancer::Problem>> {
        let _routing = self.routing.lock().await;
        let entries = self.record.all()?;
        let members = traffic::members(&entries, &self.record.told_members()?, &*self.leaving.lock().await);
        let routing = routes::routing(&entries, &members, &self.data)?;
        let problems = self.balancer.configure(&routing).await;
        self.waits_for_port.store(!problems.is_empty(), Ordering::Relaxed);
        Ok(problems)
    }

    /// Tries again to open the listeners that could not be opened: after a reboot another program may have been quicker.
    async fn open_ports(&self) {
        if self.waits_for_port.load(Ordering::Relaxed) {
            let _ = self.route().await;
        }
    }

    /// Closes what an agent before left open and nothing recorded has taken up; endpoints of databases open in their own time.
    fn close_unwanted_ports(&self) -> Outcome<()> {
        let entries = self.record.all()?;
        let databases = entries.values().filter(|entry| entry.kind == databases::KIND);
        let endpoints = databases.map(|entry| Ok(databases::Given::of(&entry.attributes)?.endpoint_address()));
        self.ports.close_left_but(&endpoints.collect::<Outcome<Vec<_>>>()?);
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.record.all().is_ok_and(|entries| entries.is_empty())
    }

    /// Ends all servers and databases; the record stays.
    pub async fn stop(&self) {
        let servers = std::mem::take(&mut *self.servers.lock().await);
        let stops = servers.into_values().map(|supervised| supervised.stop(Ending::InTime));
        futures::future::join(futures::future::join_all(stops), self.stop_databases()).await;
    }

    /// The data directory was removed: what runs for it has no owner any more, wherever its data are.
    pub async fn abandon(&self) {
        self.stop().await;
        for (id, entry) in self.record.all().unwrap_or_default() {
            if entry.kind == databases::KIND {
                let _ = self.remove_database(&id, &entry.attributes).await;
            }
        }
    }
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))
}

fn text(attributes: &Attributes, name: &str) -> String {
    attributes.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn short_id() -> String {
    crate::system::unique_id().replace('-', "").get(..12).unwrap_or_default().to_owned()
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        Self::Failed { summary: failure.summary, detail: failure.detail }
    }
}
