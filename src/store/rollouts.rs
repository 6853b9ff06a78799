//! Rollouts beside the state: where they stand, for other terminals and after a crash, and what other terminals ask for.
//!
//! `<state>.rollouts` is JSON, written whole whenever a stage begins or ends, and gone when all rollouts are through. `<state>.rollouts.orders`
//! takes one JSON line an order; the run reads and empties it every second. `<state>.rollouts.plan` is the plan that is carried out: after a
//! crash it says what the old version was.

use crate::system::file::{write_atomically, write_privately};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// All rollouts of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutRecords {
    /// The process that carries them out.
    pub process: u32,
    pub rollouts: Vec<RolloutRecord>,
}

/// Where one stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutRecord {
    pub name: String,
    /// `running`, `paused`, `going back`, `stopped`, `waiting`, `done`
    pub state: String,
    pub done: usize,
    pub total: usize,
    pub stage: String,
    pub in_service: usize,
    /// Per cent of traffic on the shadow group.
    pub weight: u8,
    pub provider: String,
    /// Groups that have a shadow, which its token finds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shadowed: Vec<String>,
    /// Groups that are replaced and can still take all traffic, with the ones that share it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub moved: BTreeMap<String, String>,
    pub token: String,
    /// What the next run does should this one die now.
    #[serde(default)]
    pub if_interrupted: Course,
    /// The provider replaces the servers by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renews: bool,
    /// Ids of servers, by what people call them, as far as they were noted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<String, String>,
}

/// Where an interrupted rollout goes from where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    #[default]
    GoOn,
    TakeBack,
}

/// One order, as a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRecord {
    /// `pause`, `resume`, `promote`, `abort`
    pub order: String,
    /// Nothing: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<String>,
}

/// The three files.
#[derive(Clone, Debug)]
pub struct RolloutDesk {
    records: PathBuf,
    orders: PathBuf,
    plan: PathBuf,
}

impl RolloutDesk {
    /// Beside a journal, and so beside the state.
    pub fn beside(journal: &Path) -> Self {
        let name = journal.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let base = name.strip_suffix(".journal").unwrap_or(&name);
        Self {
            records: journal.with_file_name(format!("{base}.rollouts")),
            orders: journal.with_file_name(format!("{base}.rollouts.orders")),
            plan: journal.with_file_name(format!("{base}.rollouts.plan")),
        }
    }

    /// Durable when it returns.
    pub fn write(&self, records: &RolloutRecords) -> io::Result<()> {
        let text = serde_json::to_vec(records).map_err(io::Error::other)?;
        write_atomically(&self.records, &text)
    }

    /// What was last written; nothing where no rollout is under way.
    pub fn read(&self) -> io::Result<Option<RolloutRecords>> {
        match std::fs::read(&self.records) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps the plan that is carried out. It holds what the state holds, secrets too.
    pub fn write_plan(&self, plan: &[u8]) -> io::Result<()> {
        write_privately(&self.plan, plan)
    }

    pub fn read_plan(&self) -> io::Result<Vec<u8>> {
        std::fs::read(&self.plan)
    }

    pub fn order(&self, order: &OrderRecord) -> io::Result<()> {
        let line = serde_json::to_string(order).map_err(io::Error::other)?;
        let mut file = OpenOptions::new().append(true).create(true).open(&self.orders)?;
        file.write_all(format!("{line}\n").as_bytes())
    }

    /// Orders since the last time. What is no order is passed over.
    pub fn take_orders(&self) -> Vec<OrderRecord> {
        let taken = self.orders.with_extension("taken");
        if std::fs::rename(&self.orders, &taken).is_err() {
            return Vec::new();
        }
        let text = std::fs::read_to_string(&taken).unwrap_or_default();
        // What stays behind is overwritten by the next orders.
        let _ = std::fs::remove_file(&taken);
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Nothing is under way any more.
    pub fn clear(&self) {
        for path in [&self.records, &self.orders, &self.plan] {
            // A file that stays behind says of itself which process wrote it.
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_taken_once_and_records_are_read_as_written() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let desk = RolloutDesk::beside(&directory.path().join("terraform.tfstate.journal"));
        assert_eq!(desk.read().expect("readable"), None);
        let records = RolloutRecords {
            process: 7,
            rollouts: vec![RolloutRecord { name: "web".into(), ..RolloutRecord::default() }],
        };
        desk.write(&records).expect("writable");
        desk.write_plan(b"what is done").expect("writable");
        assert_eq!(desk.read_plan().expect("readable"), b"what is done");
        assert_eq!(desk.read().expect("readable"), Some(records));
        let order = OrderRecord { order: "pause".into(), rollout: None };
        desk.order(&order).expect("writable");
        assert_eq!(desk.take_orders(), [order]);
        assert_eq!(desk.take_orders(), []);
        desk.clear();
        assert!(std::fs::read_dir(directory.path()).expect("readable").next().is_none());
    }
}
