//! What was changed behind our back: objects of which something that cannot be mended is missing.
//!
//! They read as gone, so that the next plan makes them again. What is left of them in the record goes when something is made or destroyed: it may
//! hold the port that the new object needs.

use super::record::Entry;
use super::{Agent, Outcome, databases, text, traffic};
use crate::providers::host::database;
use crate::providers::host::protocol::Attributes;
use std::collections::BTreeMap;
use std::path::Path;

impl Entry {
    /// What it keeps on the disk is there.
    pub fn is_there_in(&self, data: &Path) -> bool {
        let get = |name: &str| text(&self.attributes, name);
        match self.kind.as_str() {
            "host_image" => data.join("images").join(get("id")).is_dir(),
            "host_server" if get("image").is_empty() => data.join("servers").join(get("id")).is_dir(),
            "host_server" => data.join("images").join(get("image")).is_dir(),
            databases::KIND => database::exists(Path::new(&get("folder"))),
            _ => true,
        }
    }
}

impl Agent {
    /// The present attributes of these objects.
    pub async fn read(&self, ids: &[String]) -> Outcome<Vec<Option<Attributes>>> {
        let entries = self.record.all()?;
        let told = self.record.told_members()?;
        let lost = self.lost(&entries).await;
        let is_member = |entry: &Entry| {
            entry.kind != "host_target_group_attachment"
                || told.get(&traffic::membership(&entry.attributes)) != Some(&false)
        };
        let present = |id: &String| entries.get(id).filter(|entry| is_member(entry) && !lost.contains(id));
        Ok(ids.iter().map(|id| present(id).map(|entry| entry.attributes.clone())).collect())
    }

    /// Takes away what is left of lost objects.
    pub(super) async fn clear_remains(&self) -> Outcome<()> {
        for id in self.lost(&self.record.all()?).await {
            self.take_away(&id).await?;
        }
        Ok(())
    }

    async fn lost(&self, entries: &BTreeMap<String, Entry>) -> Vec<String> {
        let coming = self.coming.lock().await.clone();
        let failed = self.failed_servers().await;
        let is_lost = |id: &String, entry: &Entry| !entry.is_there_in(&self.data) || failed.contains(id);
        let known = entries.iter().filter(|(id, _)| !coming.contains(*id));
        known.filter(|(id, entry)| is_lost(id, entry)).map(|(id, _)| id.clone()).collect()
    }

    /// Servers that are not started any more, because they fell too often or were to run once and did not end well.
    async fn failed_servers(&self) -> Vec<String> {
        let servers = self.servers.lock().await;
        servers.iter().filter(|(_, supervised)| supervised.has_given_up()).map(|(id, _)| id.clone()).collect()
    }
}
