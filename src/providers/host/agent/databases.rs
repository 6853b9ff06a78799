//! The databases that the agent looks after, from their records to running ones.

use super::{Failure, Outcome};
use crate::providers::host::database::{Access, Database, Installation, Settings, Status};
use crate::providers::host::protocol::Attributes;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a new standby may take until it has everything.
const STANDBY_TIMEOUT: Duration = Duration::from_secs(60);
/// Where databases are kept when PostgreSQL runs under another account, which cannot reach our data directory.
const SHARED_FOLDER: &str = "/var/lib/terrace";

/// The attributes of `host_database`, all given.
#[derive(Clone, Debug, Deserialize)]
pub struct Wanted {
    pub id: String,
    pub name: String,
    multi_az: bool,
    db_name: String,
    username: String,
    password: Option<String>,
    parameters: Option<BTreeMap<String, String>>,
    address: IpAddr,
    port: u16,
    /// Where its servers are: the first primary and, where one is wanted, the standby. Not an attribute that anybody sees.
    nodes: Vec<Place>,
    /// Nor is this.
    pub folder: PathBuf,
}

/// Where one of its servers is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    pub zone: String,
    pub address: SocketAddr,
}

/// Where a new database keeps its data.
pub fn folder(data: &Path, id: &str) -> PathBuf {
    match rustix::process::geteuid().is_root() {
        true => Path::new(SHARED_FOLDER).join(id),
        false => data.join("databases").join(id),
    }
}

impl Wanted {
    pub fn of(attributes: &Attributes) -> Result<Self, serde_json::Error> {
        serde_json::from_value(serde_json::Value::Object(attributes.clone()))
    }

    /// The zone of one of its servers.
    pub fn zone_of(&self, address: SocketAddr) -> Option<&str> {
        self.nodes.iter().find(|node| node.address == address).map(|node| node.zone.as_str())
    }

    fn settings(&self, stopped_zones: &[String]) -> Outcome<Settings> {
        let [primary, standby] = self.nodes.as_slice() else {
            return Err(Failure::new("The record of a database is not whole", format!("{} has no places.", self.id)));
        };
        Ok(Settings {
            folder: self.folder.clone(),
            access: Access {
                user: self.username.clone(),
                password: self.password.clone().unwrap_or_default(),
                database: self.db_name.clone(),
            },
            endpoint: SocketAddr::new(self.address, self.port),
            primary: primary.address,
            standby: self.multi_az.then_some(standby.address),
            parameters: self.parameters.clone().unwrap_or_default(),
            stopped: self.stopped(stopped_zones),
        })
    }

    fn stopped(&self, zones: &[String]) -> BTreeSet<SocketAddr> {
        self.nodes.iter().filter(|node| zones.contains(&node.zone)).map(|node| node.address).collect()
    }
}

/// Those that are looked after, by id.
#[derive(Default)]
pub struct Databases {
    running: Mutex<BTreeMap<String, (Wanted, Database)>>,
}

impl Databases {
    /// Makes the database, or finds it again.
    pub async fn open(&self, wanted: Wanted, stopped_zones: &[String]) -> Outcome<()> {
        let opened = Database::open(installation()?, wanted.settings(stopped_zones)?).await;
        let database = opened.map_err(|problem| failed("could not be started", &wanted, &problem))?;
        self.running.lock().await.insert(wanted.id.clone(), (wanted, database));
        Ok(())
    }

    /// Waits until a failover would lose nothing, where a standby is wanted.
    pub async fn until_protected(&self, id: &str) -> Outcome<()> {
        let (mut status, wanted) = match self.running.lock().await.get(id) {
            Some((wanted, database)) if wanted.multi_az => (database.watch(), wanted.clone()),
            _ => return Ok(()),
        };
        let protected = status.wait_for(|status| status.is_protected);
        if matches!(tokio::time::timeout(STANDBY_TIMEOUT, protected).await, Ok(Ok(_))) {
            return Ok(());
        }
        let problem = status.borrow().problem.clone().unwrap_or_else(|| "it takes too long".to_owned());
        Err(failed("has no standby", &wanted, &problem))
    }

    /// Stops it and starts it as it is wanted now.
    pub async fn change(&self, wanted: Wanted, stopped_zones: &[String]) -> Outcome<()> {
        let id = wanted.id.clone();
        if let Some((before, database)) = self.running.lock().await.remove(&id) {
            let changed = match before.password == wanted.password {
                true => Ok(()),
                false => database.change_password(wanted.password.as_deref().unwrap_or_default()).await,
            };
            let stopped = database.stop().await;
            changed.and(stopped).map_err(|problem| failed("could not be changed", &wanted, &problem))?;
        }
        self.open(wanted, stopped_zones).await?;
        self.until_protected(&id).await
    }

    /// Stops it and takes its data away.
    pub async fn remove(&self, wanted: &Wanted) -> Outcome<()> {
        let running = self.running.lock().await.remove(&wanted.id);
        let removed = match running {
            Some((_, database)) => database.remove().await,
            None if !wanted.folder.exists() => Ok(()),
            None => Database::discard(installation()?, wanted.settings(&[])?).await,
        };
        removed.map_err(|problem| failed("could not be removed", wanted, &problem))?;
        // Others may be in it.
        let _ = std::fs::remove_dir(SHARED_FOLDER);
        Ok(())
    }

    /// Stops what is in a stopped zone, and lets the rest run.
    pub async fn keep_stopped(&self, zones: &[String]) {
        for (wanted, database) in self.running.lock().await.values() {
            database.keep_stopped(wanted.stopped(zones));
        }
    }

    pub async fn status(&self, id: &str) -> Option<Status> {
        self.running.lock().await.get(id).map(|(_, database)| database.status())
    }

    /// Ends all servers; their data stays.
    pub async fn stop(&self) {
        let running = std::mem::take(&mut *self.running.lock().await);
        // There is nobody left to tell.
        let _ = futures::future::join_all(running.into_values().map(|(_, database)| database.stop())).await;
    }
}

/// The version of PostgreSQL that a new database has.
pub async fn version() -> Outcome<String> {
    installation()?.version().await.map_err(|problem| Failure::new("PostgreSQL does not run", problem))
}

fn installation() -> Outcome<Installation> {
    Installation::of_this_machine().ok_or_else(|| Failure::new("PostgreSQL is not installed", Installation::HOW_TO_GET))
}

fn failed(what: &str, wanted: &Wanted, problem: &str) -> Failure {
    Failure::new(&format!("The database {what}"), format!("{}: {problem}.", wanted.name))
}
