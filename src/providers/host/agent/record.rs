//! The durable record: every object that was asked for, in an embedded database. What is answered is on disk.
//!
//! After an error of the disk, a full one say, the database refuses everything until it is opened anew; that is done before the next thing is asked of it.

use crate::providers::host::protocol::Attributes;
use redb::{Database, Error, ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const OBJECTS: TableDefinition<'_, &str, &str> = TableDefinition::new("objects");
/// (group, server) -> whether a rollout wants it in.
const MEMBERS: TableDefinition<'_, (&str, &str), bool> = TableDefinition::new("members");
/// What the agent keeps for itself.
const SETTINGS: TableDefinition<'_, &str, &str> = TableDefinition::new("settings");
const STOPPED_ZONES: TableDefinition<'_, &str, ()> = TableDefinition::new("stopped_zones");

/// A server as a member of a target group: the ids of both, the group's first.
pub type Membership = (String, String);

/// One object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub kind: String,
    /// Of the steps that made it. An image may be wanted by several; it lives as long as one of them does.
    pub tokens: Vec<String>,
    pub attributes: Attributes,
}

pub struct Record {
    path: PathBuf,
    /// None after an error.
    database: Mutex<Option<Database>>,
}

impl Record {
    pub fn open(path: &Path) -> Result<Self, Error> {
        let database = open(path)?;
        Ok(Self { path: path.to_owned(), database: Mutex::new(Some(database)) })
    }

    pub fn put(&self, id: &str, entry: &Entry) -> Result<(), Error> {
        let text = serde_json::to_string(entry).map_err(|error| Error::Io(error.into()))?;
        self.with(|database| {
            let write = database.begin_write()?;
            write.open_table(OBJECTS)?.insert(id, text.as_str())?;
            Ok(write.commit()?)
        })
    }

    pub fn remove(&self, id: &str) -> Result<(), Error> {
        self.with(|database| {
            let write = database.begin_write()?;
            write.open_table(OBJECTS)?.remove(id)?;
            Ok(write.commit()?)
        })
    }

    /// Everything, by id.
    pub fn all(&self) -> Result<BTreeMap<String, Entry>, Error> {
        self.with(|database| {
            let table = database.begin_read()?.open_table(OBJECTS)?;
            let mut found = BTreeMap::new();
            for row in table.iter()? {
                let (id, text) = row?;
                let entry = serde_json::from_str(text.value()).map_err(|error| Error::Corrupted(error.to_string()))?;
                found.insert(id.value().to_owned(), entry);
            }
            Ok(found)
        })
    }

    /// Notes that servers are in a group, or out of it, whatever attachments say; with nothing, what attachments say holds again.
    pub fn tell_members(&self, members: &[Membership], is_in: Option<bool>) -> Result<(), Error> {
        self.with(|database| {
            let write = database.begin_write()?;
            let mut table = write.open_table(MEMBERS)?;
            for (group, server) in members {
                let member = (group.as_str(), server.as_str());
                match is_in {
                    Some(is_in) => table.insert(member, is_in)?,
                    None => table.remove(member)?,
                };
            }
            drop(table);
            Ok(write.commit()?)
        })
    }

    /// What was told of members.
    pub fn told_members(&self) -> Result<BTreeMap<Membership, bool>, Error> {
        self.with(|database| {
            let table = database.begin_read()?.open_table(MEMBERS)?;
            let row = |row: Result<_, redb::StorageError>| {
                let (member, is_in): (redb::AccessGuard<'_, (&str, &str)>, redb::AccessGuard<'_, bool>) = row?;
                let (group, server) = member.value();
                Ok(((group.to_owned(), server.to_owned()), is_in.value()))
            };
            table.iter()?.map(row).collect()
        })
    }

    pub fn setting(&self, name: &str) -> Result<Option<String>, Error> {
        self.with(|database| {
            let table = database.begin_read()?.open_table(SETTINGS)?;
            Ok(table.get(name)?.map(|value| value.value().to_owned()))
        })
    }

    pub fn set(&self, name: &str, value: &str) -> Result<(), Error> {
        self.with(|database| {
            let write = database.begin_write()?;
            write.open_table(SETTINGS)?.insert(name, value)?;
            Ok(write.commit()?)
        })
    }

    pub fn stop_zone(&self, zone: &str, is_stopped: bool) -> Result<(), Error> {
        self.with(|database| {
            let write = database.begin_write()?;
            if is_stopped {
                write.open_table(STOPPED_ZONES)?.insert(zone, ())?;
            } else {
                write.open_table(STOPPED_ZONES)?.remove(zone)?;
            }
            Ok(write.commit()?)
        })
    }

    pub fn stopped_zones(&self) -> Result<Vec<String>, Error> {
        self.with(|database| {
            let table = database.begin_read()?.open_table(STOPPED_ZONES)?;
            table.iter()?.map(|row| Ok(row?.0.value().to_owned())).collect()
        })
    }

    fn with<T>(&self, act: impl Fn(&Database) -> Result<T, Error>) -> Result<T, Error> {
        let mut open_database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let database = match open_database.take() {
            Some(database) => database,
            None => open(&self.path)?,
        };
        let done = act(&database);
        let is_unusable = matches!(done, Err(Error::Io(_) | Error::PreviousIo));
        *open_database = Some(database).filter(|_| !is_unusable);
        done
    }
}

fn open(path: &Path) -> Result<Database, Error> {
    let database = Database::create(path)?;
    // Passwords and private keys are in it.
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let write = database.begin_write()?;
    write.open_table(OBJECTS)?;
    write.open_table(MEMBERS)?;
    write.open_table(SETTINGS)?;
    write.open_table(STOPPED_ZONES)?;
    write.commit()?;
    Ok(database)
}
