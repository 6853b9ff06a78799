//! Databases: made, found again, failed over with their zone, changed while they run.
//!
//! In the record a database has, beside its resource's attributes, where its servers listen (`nodes`) and where its data are (`folder`).

use super::record::Entry;
use super::{Agent, Failure, Outcome, text};
use crate::providers::host::database::{Access, Change, Database, HOW_TO_INSTALL, Installation, Settings, Source};
use crate::providers::host::ports::Ports;
use crate::providers::host::protocol::Attributes;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// How long a new standby may take until it has everything, and a failover when a zone is stopped.
const STANDBY_TIMEOUT: Duration = Duration::from_secs(120);
const FAILOVER_TIMEOUT: Duration = Duration::from_secs(15);
const GIBIBYTE: f64 = 1024.0 * 1024.0 * 1024.0;

pub const KIND: &str = "host_database";

/// The attributes of `host_database`, all given, and the agent's own.
#[derive(Deserialize)]
pub struct Given {
    pub name: String,
    pub zone: String,
    pub multi_az: bool,
    pub standby_zone: Option<String>,
    pub replicate_source_db: Option<String>,
    db_name: String,
    username: String,
    password: Option<String>,
    parameters: Option<BTreeMap<String, String>>,
    address: IpAddr,
    port: u16,
    pub endpoint: String,
    pub nodes: Vec<SocketAddr>,
    pub folder: PathBuf,
}

impl Given {
    pub fn of(attributes: &Attributes) -> Result<Self, serde_json::Error> {
        serde_json::from_value(Json::Object(attributes.clone()))
    }

    /// Where clients connect.
    pub fn endpoint_address(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }

    /// The zone that a node of it is in.
    pub fn zone_of(&self, node: SocketAddr) -> Option<&str> {
        let number = self.nodes.iter().position(|known| *known == node)?;
        if number == 0 { Some(&self.zone) } else { self.standby_zone.as_deref() }
    }

    fn away(&self, stopped: &[String]) -> Vec<bool> {
        let is_stopped =
            |node: &SocketAddr| self.zone_of(*node).is_some_and(|zone| stopped.iter().any(|one| one == zone));
        self.nodes.iter().map(is_stopped).collect()
    }

    fn access(&self) -> Access {
        let password = self.password.clone().unwrap_or_default();
        Access { user: self.username.clone(), password, database: self.db_name.clone() }
    }
}

/// The database that a replica copies.
fn source_of(given: &Given, entries: &BTreeMap<String, Entry>) -> Outcome<Option<Given>> {
    let Some(id) = &given.replicate_source_db else { return Ok(None) };
    let entry = entries.get(id).filter(|entry| entry.kind == KIND);
    let missing = || Failure::new("No such database", format!("There is no database {id:?} to replicate."));
    Ok(Some(Given::of(&entry.ok_or_else(missing)?.attributes)?))
}

fn settings(id: &str, given: &Given, entries: &BTreeMap<String, Entry>, ports: &Ports) -> Outcome<Settings> {
    let source = source_of(given, entries)?;
    let access = source.as_ref().map_or_else(|| given.access(), Given::access);
    let source = source.map(|source| Source {
        address: SocketAddr::new(source.address, source.port),
        access: access.clone(),
        follower: id.to_owned(),
    });
    Ok(Settings {
        folder: given.folder.clone(),
        access,
        endpoint: given.endpoint_address(),
        ports: ports.clone(),
        nodes: given.nodes.clone(),
        is_replicated: given.multi_az,
        source,
        parameters: given.parameters.clone().unwrap_or_default(),
    })
}

fn installed() -> Outcome<Installation> {
    Installation::of_this_machine().ok_or_else(|| Failure::new("PostgreSQL is not installed", HOW_TO_INSTALL))
}

impl Agent {
    /// What only the machine can say of a new database.
    pub(super) async fn prepare_database(&self, id: &str, attributes: &mut Attributes) -> Outcome<()> {
        let installation = installed()?;
        let unusable = |problem| Failure::new("The database could not be made", format!("{problem}."));
        let version = installation.version().await.map_err(unusable)?;
        let folder = installation.home(&self.data, id).map_err(unusable)?;
        check_space(&self.data, attributes)?;
        attributes.insert("engine_version".to_owned(), Json::from(version));
        attributes.insert("folder".to_owned(), Json::from(folder.display().to_string()));
        Ok(())
    }

    /// Makes it, or goes on with one whose making was interrupted; returns when it answers and its standby has everything.
    pub(super) async fn bring_up_database(&self, id: &str, attributes: &Attributes) -> Outcome<()> {
        let given = Given::of(attributes)?;
        let stopped = self.record.stopped_zones()?;
        if let Some(zone) =
            [Some(&given.zone), given.standby_zone.as_ref()].into_iter().flatten().find(|zone| stopped.contains(zone))
        {
            return Err(super::zones::is_stopped(zone));
        }
        if !self.databases.lock().await.contains_key(id) {
            let settings = settings(id, &given, &self.record.all()?, &self.ports)?;
            let made = Database::make(installed()?, settings).await;
            let database = made.map_err(|problem| {
                Failure::new("The database could not be made", format!("{}: {problem}.", given.name))
            })?;
            self.databases.lock().await.insert(id.to_owned(), database);
        }
        self.until_protected(id, &given).await
    }

    async fn until_protected(&self, id: &str, given: &Given) -> Outcome<()> {
        if !given.multi_az {
            return Ok(());
        }
        let mut status = match self.databases.lock().await.get(id) {
            Some(database) => database.watch(),
            None => return Ok(()),
        };
        let waiting = status.wait_for(|status| status.is_protected);
        let is_protected = matches!(tokio::time::timeout(STANDBY_TIMEOUT, waiting).await, Ok(Ok(_)));
        if is_protected {
            return Ok(());
        }
        let problem = status.borrow().problem.clone().unwrap_or_else(|| "it does not catch up".to_owned());
        Err(Failure::new("The standby does not come up", format!("{}: {problem}.", given.name)))
    }

    /// Goes on with what the record has. Nobody waits for it; what was removed meanwhile is not made again.
    pub(super) async fn resume_databases(&self) -> Outcome<()> {
        let (entries, stopped) = (self.record.all()?, self.record.stopped_zones()?);
        for (id, entry) in entries.iter().filter(|(_, entry)| entry.kind == KIND) {
            let given = Given::of(&entry.attributes)?;
            let away = given.away(&stopped);
            if !entry.is_there_in(&self.data) {
                // It is found missing; one that was being made is made by the next try of the same step.
                continue;
            }
            let resumed = settings(id, &given, &entries, &self.ports)
                .and_then(|settings| Ok(Database::resume(installed()?, settings, away)));
            match resumed {
                Ok(Ok(database)) => drop(self.databases.lock().await.insert(id.clone(), database)),
                Ok(Err(problem)) => eprintln!("{id}: {problem}"),
                Err(failure) => eprintln!("{id}: {}", failure.detail),
            }
        }
        Ok(())
    }

    /// Changes it while it runs. Replicas sign in with the same password.
    pub(super) async fn change_database(&self, id: &str, attributes: &Attributes) -> Outcome<()> {
        let entries = self.record.all()?;
        let given = Given::of(attributes)?;
        let password =
            source_of(&given, &entries)?.map_or_else(|| given.access().password, |source| source.access().password);
        self.change(id, &given, &password).await?;
        for (replica, entry) in entries.iter().filter(|(_, entry)| entry.kind == KIND) {
            let copy = Given::of(&entry.attributes)?;
            if copy.replicate_source_db.as_deref() == Some(id) {
                self.change(replica, &copy, &password).await?;
            }
        }
        self.until_protected(id, &given).await
    }

    async fn change(&self, id: &str, given: &Given, password: &str) -> Outcome<()> {
        let change = Change {
            password: password.to_owned(),
            parameters: given.parameters.clone().unwrap_or_default(),
            is_replicated: given.multi_az,
        };
        let Some(changing) = self.databases.lock().await.get(id).map(|database| database.change(change)) else {
            return Err(Failure::new("The database does not run", format!("{} was not started.", given.name)));
        };
        changing
            .await
            .map_err(|problem| Failure::new("The database could not be changed", format!("{}: {problem}.", given.name)))
    }

    pub(super) async fn remove_database(&self, id: &str, attributes: &Attributes) -> Outcome<()> {
        let database = self.databases.lock().await.remove(id);
        let removed = match database {
            Some(database) => database.remove().await,
            None => Database::remove_rest(PathBuf::from(text(attributes, "folder"))).await,
        };
        removed.map_err(|problem| Failure::new("The database could not be removed", format!("{problem}.")))?;
        Installation::leave_home(&PathBuf::from(text(attributes, "folder")));
        Ok(())
    }

    /// Tells databases which of their servers may run, and waits for those that have to fail over.
    pub(super) async fn tell_zones(&self) -> Outcome<()> {
        let (entries, stopped) = (self.record.all()?, self.record.stopped_zones()?);
        let mut waits = Vec::new();
        for (id, database) in self.databases.lock().await.iter() {
            let Some(entry) = entries.get(id) else { continue };
            let given = Given::of(&entry.attributes)?;
            let away = given.away(&stopped);
            database.set_away(away.clone());
            let mut status = database.watch();
            let now = database.status();
            let is_away = move |node: &SocketAddr| {
                given.nodes.iter().zip(&away).any(|(known, is_away)| known == node && *is_away)
            };
            let (is_hit, has_standby) = (now.server.as_ref().is_some_and(&is_away), now.is_protected);
            waits.push(async move {
                let _ = match (is_hit, has_standby) {
                    (false, _) => return,
                    (true, true) => status.wait_for(|now| now.server.as_ref().is_some_and(|node| !is_away(node))).await,
                    // Nobody takes over: it goes with its zone.
                    (true, false) => status.wait_for(|now| now.server.is_none()).await,
                };
            });
        }
        let _ = tokio::time::timeout(FAILOVER_TIMEOUT, futures::future::join_all(waits)).await;
        Ok(())
    }

    pub(super) async fn stop_databases(&self) {
        let databases = std::mem::take(&mut *self.databases.lock().await);
        let stops = databases.into_iter().map(|(id, database)| async move {
            if let Err(problem) = database.stop().await {
                eprintln!("{id}: {problem}");
            }
        });
        futures::future::join_all(stops).await;
    }
}

/// Whether the disk has room for what the database may come to hold. It is not set aside, and not enforced later.
fn check_space(data: &std::path::Path, attributes: &Attributes) -> Outcome<()> {
    let Some(wanted) = attributes.get("allocated_storage").and_then(Json::as_f64) else { return Ok(()) };
    let Ok(disk) = rustix::fs::statvfs(data) else { return Ok(()) };
    let free = disk.f_bavail as f64 * disk.f_frsize as f64 / GIBIBYTE;
    if wanted <= free {
        return Ok(());
    }
    let detail = format!("allocated_storage asks for {wanted} GiB, and {free:.1} GiB are free at {}.", data.display());
    Err(Failure::new("The disk is too small", detail))
}
