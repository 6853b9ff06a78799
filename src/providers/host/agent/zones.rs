//! Stopping a zone and starting it again.
//!
//! It is the drill for a zone that fails, not maintenance: processes are killed with requests under way, nothing is drained first, balancers find
//! out as they would in earnest, and databases fail over.

use super::server::Server;
use super::supervisor::Ending;
use super::{Agent, Failure, Outcome};
use crate::providers::host::zone;
use std::collections::BTreeMap;

impl Agent {
    pub async fn stop_zone(&self, name: &str) -> Outcome<()> {
        known_zone(name)?;
        self.record.stop_zone(name, true)?;
        let in_zone: Vec<_> = {
            let mut servers = self.servers.lock().await;
            servers.extract_if(.., |_, supervised| supervised.server.zone == name).collect()
        };
        let stops = in_zone.into_iter().map(|(_, supervised)| supervised.stop(Ending::AtOnce));
        let (_, told) = futures::future::join(futures::future::join_all(stops), self.tell_zones()).await;
        told
    }

    pub async fn start_zone(&self, name: &str) -> Outcome<()> {
        known_zone(name)?;
        self.record.stop_zone(name, false)?;
        for (id, entry) in self.record.all()?.into_iter().filter(|(_, entry)| entry.kind == "host_server") {
            let server = Server::of(&entry.attributes)?;
            if server.zone == name && !self.servers.lock().await.contains_key(&id) {
                self.supervise(id, server, &mut BTreeMap::new()).await;
            }
        }
        self.tell_zones().await
    }
}

fn known_zone(name: &str) -> Outcome<()> {
    let detail = || format!("There is no zone {name:?}. The zones are {}.", zone::NAMES.join(", "));
    zone::NAMES.contains(&name).then_some(()).ok_or_else(|| Failure::new("No such zone", detail()))
}

pub fn is_stopped(zone: &str) -> Failure {
    let detail = format!("Zone {zone} is stopped. Start it with: terrace host zone start {zone}");
    Failure::new("The zone is stopped", detail)
}
