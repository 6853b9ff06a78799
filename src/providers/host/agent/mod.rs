//! The agent: one process a data directory, which keeps what was asked for running.
//!
//! It is started when it is first needed and ends when nothing is left to look after. Killed, it leaves its servers running; the next one
//! reads the record, finds them by their marks and goes on.

mod allocate;
mod databases;
mod process;
mod ready;
mod record;
mod routes;
mod serve;
mod server;
mod supervisor;
mod traffic;

pub use serve::run;
pub use server::find_program;

use super::balancer::Balancer;
use super::protocol::{Answer, Attributes, DatabaseStatus, ListenerStatus, ServerStatus, Status, ZoneStatus};
use super::{image, kinds, zone};
use databases::{Databases, Wanted};
use process::{Place, Process};
use record::{Entry, Record};
use serde_json::Value as Json;
use server::Server;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use supervisor::Supervised;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// How long a new server may take until it answers.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// So many falls of a server that has never answered are enough.
const START_TRIES: u64 = 3;

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
    balancer: Balancer,
    /// Held while addresses are given out and objects are recorded.
    changing: Mutex<()>,
    servers: Mutex<BTreeMap<String, Supervised>>,
    databases: Arc<Databases>,
    leaving: Mutex<traffic::Leaving>,
    /// Held from reading the record until the balancer fits it: of two that route at once, the later record must win.
    routing: Mutex<()>,
}

impl Agent {
    /// Goes on from the record: what runs is adopted, what should run is started, what nobody knows is stopped.
    pub async fn start(data: &Path) -> Outcome<Self> {
        for folder in ["images", "logs", "servers"] {
            let made = std::fs::create_dir_all(data.join(folder));
            made.map_err(|error| Failure::new("The data directory cannot be used", format!("{error}.")))?;
        }
        let agent = Self {
            data: data.to_owned(),
            record: Record::open(&data.join("record.redb"))?,
            balancer: Balancer::new(),
            changing: Mutex::default(),
            servers: Mutex::default(),
            databases: Arc::default(),
            leaving: Mutex::default(),
            routing: Mutex::default(),
        };
        let mut found = process::find(data);
        let stopped = agent.record.stopped_zones()?;
        for (id, entry) in agent.record.all()?.into_iter().filter(|(_, entry)| entry.kind == "host_server") {
            let server = Server::of(&entry.attributes)?;
            if !stopped.contains(&server.zone) {
                agent.supervise(id, server, &mut found).await;
            }
        }
        for orphan in found.into_values() {
            orphan.stop(Duration::from_secs(1)).await;
        }
        agent.find_databases(&stopped)?;
        // A port that is taken now must not keep the servers from running.
        let _ = agent.route().await;
        Ok(agent)
    }

    /// They are looked for while servers and load balancers go on already.
    fn find_databases(&self, stopped: &[String]) -> Outcome<()> {
        for entry in self.record.all()?.into_values().filter(|entry| entry.kind == "host_database") {
            let (databases, stopped) = (self.databases.clone(), stopped.to_vec());
            let wanted = Wanted::of(&entry.attributes)?;
            // Where it cannot be found again its status says so: it has none.
            tokio::spawn(async move { databases.open(wanted, &stopped).await });
        }
        Ok(())
    }

    async fn supervise(&self, id: String, server: Server, found: &mut BTreeMap<Place, Process>) {
        let adopted = |worker| found.remove(&(id.clone(), worker));
        let supervised = Supervised::start(server, self.data.clone(), adopted);
        self.servers.lock().await.insert(id, supervised);
    }

    /// Makes the balancer fit the record; the first problem with one of these listeners is an error.
    async fn route(&self) -> Outcome<Vec<super::balancer::Problem>> {
        let _routing = self.routing.lock().await;
        let entries = self.record.all()?;
        let members = traffic::members(&entries, &self.record.told_members()?, &*self.leaving.lock().await);
        let routing = routes::routing(&entries, &members, &self.data)?;
        Ok(self.balancer.configure(&routing).await)
    }

    pub async fn create(&self, kind: &str, token: &str, attributes: Attributes) -> Outcome<Attributes> {
        let made = self.find(token)?;
        let (id, attributes) = match made {
            Some(attributes) => (text(&attributes, "id"), attributes),
            None => self.note(kind, token, attributes).await?,
        };
        match self.bring_up(kind, &id, &attributes).await {
            Ok(()) => Ok(attributes),
            Err(failure) => {
                // Nothing half made stays.
                let _ = self.delete(&id).await;
                Err(failure)
            }
        }
    }

    /// Gives the object what it is to be known by, and records it.
    async fn note(&self, kind: &str, token: &str, mut attributes: Attributes) -> Outcome<(String, Attributes)> {
        let _changing = self.changing.lock().await;
        let entries = self.record.all()?;
        let id = match kind {
            "host_image" => text(&attributes, "id"),
            _ => format!("{}-{}", kind.trim_start_matches("host_").replace('_', "-"), short_id()),
        };
        attributes.insert("id".to_owned(), Json::from(id.clone()));
        allocate::complete(kind, &mut attributes, &entries, &self.data)?;
        if kind == "host_image" {
            self.copy_image(&attributes).await?;
        }
        if kind == "host_database" {
            attributes.insert("engine_version".to_owned(), Json::from(databases::version().await?));
        }
        let before = entries.get(&id).map(|entry| entry.tokens.clone()).unwrap_or_default();
        let tokens = before.into_iter().chain([token.to_owned()]).collect();
        self.record.put(&id, &Entry { kind: kind.to_owned(), tokens, attributes: attributes.clone() })?;
        Ok((id, attributes))
    }

    async fn copy_image(&self, attributes: &Attributes) -> Outcome<()> {
        let (source, planned) = (PathBuf::from(text(attributes, "source")), text(attributes, "sha256"));
        let target = self.data.join("images").join(kinds::image_id(&planned));
        let copied = tokio::task::spawn_blocking(move || {
            if !target.exists() && image::digest(&source)? != planned {
                return Err(std::io::Error::other("its content has changed since the plan was made"));
            }
            image::copy(&source, &target)
        });
        let copied = copied.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        copied.map_err(|error| {
            Failure::new("The image could not be made", format!("{}: {error}.", text(attributes, "source")))
        })
    }

    async fn bring_up(&self, kind: &str, id: &str, attributes: &Attributes) -> Outcome<()> {
        if kind == "host_server" {
            let server = Server::of(attributes)?;
            if self.record.stopped_zones()?.contains(&server.zone) {
                let detail =
                    format!("Zone {} is stopped. Start it with: terrace host zone start {}", server.zone, server.zone);
                return Err(Failure::new("The zone is stopped", detail));
            }
            if !self.servers.lock().await.contains_key(id) {
                self.supervise(id.to_owned(), server.clone(), &mut BTreeMap::new()).await;
            }
            self.until_ready(id, &server).await?;
        }
        if kind == "host_database" && self.databases.status(id).await.is_none() {
            self.databases.open(Wanted::of(attributes)?, &self.record.stopped_zones()?).await?;
            self.databases.until_protected(id).await?;
        }
        if kind == "host_target_group_attachment" {
            self.attach(id, attributes).await?;
        }
        let problems = self.route().await?;
        match problems.into_iter().find(|problem| problem.listener == id) {
            Some(problem) => Err(Failure::new("The listener could not be opened", format!("{}.", problem.reason))),
            None => Ok(()),
        }
    }

    async fn until_ready(&self, id: &str, server: &Server) -> Outcome<()> {
        let end = Instant::now() + START_TIMEOUT;
        loop {
            let (is_running, restarts, failure) = match self.servers.lock().await.get(id) {
                Some(supervised) => (
                    supervised.processes().len() == server.workers as usize,
                    supervised.restarts(),
                    supervised.failure(),
                ),
                None => return Err(Failure::new("The server was stopped while it started", String::new())),
            };
            if is_running && ready::is_ready(server).await {
                return Ok(());
            }
            if let Some(failure) = failure {
                let detail = format!("{} could not be started: {failure}.", server.name);
                return Err(Failure::new("The command could not be started", detail));
            }
            if restarts >= START_TRIES || Instant::now() > end {
                let what = if restarts >= START_TRIES { "fell again and again" } else { "did not answer in time" };
                let said = last_lines(&server.log(&self.data), 5);
                let detail = format!("{} ({}) {what}. The last that it said:\n\n{said}", server.name, server.url);
                return Err(Failure::new("The server does not come up", detail));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn update(&self, id: &str, mut attributes: Attributes) -> Outcome<Attributes> {
        let entries = self.record.all()?;
        let before = entries.get(id).ok_or_else(|| Failure::new("The object is gone", format!("There is no {id}.")))?;
        if before.kind == "host_database" {
            let own = before.attributes.iter().filter(|(name, _)| ["nodes", "folder"].contains(&name.as_str()));
            attributes.extend(own.map(|(name, value)| (name.clone(), value.clone())));
            self.databases.change(Wanted::of(&attributes)?, &self.record.stopped_zones()?).await?;
        }
        self.record.put(id, &Entry { attributes: attributes.clone(), ..before.clone() })?;
        let problems = self.route().await?;
        if let Some(problem) = problems.into_iter().find(|problem| problem.listener == id) {
            self.record.put(id, before)?;
            self.route().await?;
            return Err(Failure::new("The listener could not be changed", format!("{}.", problem.reason)));
        }
        Ok(attributes)
    }

    /// Takes an object away; says whether anything is left.
    pub async fn delete(&self, id: &str) -> Outcome<bool> {
        let entries = self.record.all()?;
        let Some(entry) = entries.get(id) else { return Ok(entries.is_empty()) };
        match entry.kind.as_str() {
            "host_image" if entry.tokens.len() > 1 => {
                let tokens = entry.tokens[1..].to_vec();
                self.record.put(id, &Entry { tokens, ..entry.clone() })?;
                return Ok(false);
            }
            "host_image" => {
                let _ = std::fs::remove_dir_all(self.data.join("images").join(id));
            }
            "host_database" if is_protected(entry) && self.databases.status(id).await.is_some() => {
                let detail = format!("{id} has deletion_protection; apply it with deletion_protection = false first.");
                return Err(Failure::new("The database is protected", detail));
            }
            "host_database" => self.databases.remove(&Wanted::of(&entry.attributes)?).await?,
            "host_target_group_attachment" => self.detach(&entry.attributes).await?,
            "host_server" => {
                let supervised = self.servers.lock().await.remove(id);
                if let Some(supervised) = supervised {
                    let log = supervised.server.log(&self.data);
                    supervised.stop().await;
                    let _ = std::fs::remove_file(log.with_extension("log.1"));
                    let _ = std::fs::remove_file(log);
                }
                let _ = std::fs::remove_dir_all(self.data.join("servers").join(id));
            }
            _ => {}
        }
        self.record.remove(id)?;
        self.forget_members(id, &entry.attributes).await?;
        self.route().await?;
        Ok(self.record.all()?.is_empty())
    }

    pub fn read(&self, ids: &[String]) -> Outcome<Vec<Option<Attributes>>> {
        let entries = self.record.all()?;
        let told = self.record.told_members()?;
        let is_there = |entry: &&Entry| match entry.kind.as_str() {
            "host_database" => Path::new(&text(&entry.attributes, "folder")).is_dir(),
            "host_image" => self.data.join("images").join(text(&entry.attributes, "id")).is_dir(),
            "host_target_group_attachment" => told.get(&traffic::membership(&entry.attributes)) != Some(&false),
            _ => true,
        };
        Ok(ids.iter().map(|id| entries.get(id).filter(is_there).map(|entry| entry.attributes.clone())).collect())
    }

    pub fn find(&self, token: &str) -> Outcome<Option<Attributes>> {
        let entries = self.record.all()?;
        let found = entries.into_values().find(|entry| entry.tokens.iter().any(|known| known == token));
        Ok(found.map(|entry| entry.attributes))
    }

    pub fn is_empty(&self) -> bool {
        self.record.all().is_ok_and(|entries| entries.is_empty())
    }

    pub async fn status(&self) -> Outcome<Status> {
        let (entries, stopped) = (self.record.all()?, self.record.stopped_zones()?);
        let servers = self.servers.lock().await;
        let mut status = Status { process: std::process::id(), ..Status::default() };
        status.zones = zone::NAMES
            .map(|name| ZoneStatus { name: name.to_owned(), is_running: !stopped.iter().any(|zone| zone == name) })
            .into();
        for (id, entry) in entries {
            let get = |name: &str| text(&entry.attributes, name);
            if entry.kind == "host_server" {
                let supervised = servers.get(&id);
                let processes = supervised.map(Supervised::processes).unwrap_or_default();
                let state = match (supervised, processes.is_empty()) {
                    (None, _) => "stopped",
                    (Some(_), true) => "restarting",
                    (Some(_), false) => "running",
                };
                status.servers.push(ServerStatus {
                    name: get("name"),
                    zone: get("zone"),
                    url: get("url"),
                    state: state.to_owned(),
                    processes,
                    restarts: supervised.map_or(0, Supervised::restarts),
                    id,
                });
            } else if entry.kind == "host_database" {
                let (wanted, seen) = (Wanted::of(&entry.attributes)?, self.databases.status(&id).await);
                let seen = seen.unwrap_or_default();
                let zone = seen.primary.and_then(|primary| wanted.zone_of(primary));
                status.databases.push(DatabaseStatus {
                    name: get("name"),
                    endpoint: get("endpoint"),
                    zone: zone.map(str::to_owned),
                    is_protected: seen.is_protected,
                    failovers: seen.failovers,
                    problem: seen.problem,
                    id,
                });
            } else if entry.kind == "host_listener" {
                let load_balancer = get("load_balancer");
                status.listeners.push(ListenerStatus { load_balancer, url: get("url"), id });
            }
        }
        Ok(status)
    }

    pub fn metrics(&self) -> String {
        self.balancer.metrics()
    }

    pub async fn stop_zone(&self, name: &str) -> Outcome<()> {
        known_zone(name)?;
        self.record.stop_zone(name, true)?;
        let mut servers = self.servers.lock().await;
        let in_zone: Vec<_> = servers.extract_if(.., |_, supervised| supervised.server.zone == name).collect();
        futures::future::join_all(in_zone.into_iter().map(|(_, supervised)| supervised.stop())).await;
        self.databases.keep_stopped(&self.record.stopped_zones()?).await;
        Ok(())
    }

    pub async fn start_zone(&self, name: &str) -> Outcome<()> {
        known_zone(name)?;
        self.record.stop_zone(name, false)?;
        self.databases.keep_stopped(&self.record.stopped_zones()?).await;
        for (id, entry) in self.record.all()?.into_iter().filter(|(_, entry)| entry.kind == "host_server") {
            let server = Server::of(&entry.attributes)?;
            if server.zone == name && !self.servers.lock().await.contains_key(&id) {
                self.supervise(id, server, &mut BTreeMap::new()).await;
            }
        }
        Ok(())
    }

    /// Ends all servers; the record stays.
    pub async fn stop(&self) {
        let servers = std::mem::take(&mut *self.servers.lock().await);
        futures::future::join_all(servers.into_values().map(Supervised::stop)).await;
        self.databases.stop().await;
    }
}

/// Against being deleted.
fn is_protected(entry: &Entry) -> bool {
    entry.attributes.get("deletion_protection").and_then(Json::as_bool).unwrap_or_default()
}

fn known_zone(name: &str) -> Outcome<()> {
    let detail = || format!("There is no zone {name:?}. The zones are {}.", zone::NAMES.join(", "));
    zone::NAMES.contains(&name).then_some(()).ok_or_else(|| Failure::new("No such zone", detail()))
}

fn text(attributes: &Attributes, name: &str) -> String {
    attributes.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn short_id() -> String {
    crate::system::unique_id().replace('-', "").get(..12).unwrap_or_default().to_owned()
}

fn last_lines(path: &Path, count: usize) -> String {
    let content = std::fs::read(path).unwrap_or_default();
    let content = String::from_utf8_lossy(&content);
    let lines: Vec<&str> = content.lines().rev().take(count).collect();
    match lines.is_empty() {
        true => "(nothing)".to_owned(),
        false => lines.into_iter().rev().collect::<Vec<_>>().join("\n"),
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        Self::Failed { summary: failure.summary, detail: failure.detail }
    }
}
