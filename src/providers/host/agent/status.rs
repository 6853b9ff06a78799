//! What there is, for people and for programs.

use super::databases::{self, Given};
use super::supervisor::Supervised;
use super::{Agent, Outcome, text};
use crate::providers::host::balancer::MemberHealth;
use crate::providers::host::database::Database;
use crate::providers::host::protocol::{
    Attributes, DatabaseStatus, ListenerStatus, ServerStatus, Status, TargetStatus, ZoneStatus,
};
use crate::providers::host::zone;

impl Agent {
    pub async fn status(&self) -> Outcome<Status> {
        let (entries, stopped) = (self.record.all()?, self.record.stopped_zones()?);
        let servers = self.servers.lock().await;
        let databases = self.databases.lock().await;
        let mut status = Status { process: std::process::id(), metrics: self.metrics_url()?, ..Status::default() };
        status.zones = zone::NAMES
            .map(|name| ZoneStatus { name: name.to_owned(), is_running: !stopped.iter().any(|zone| zone == name) })
            .into();
        let name_of = |id: &str| entries.get(id).map_or_else(|| id.to_owned(), |entry| text(&entry.attributes, "name"));
        for (id, entry) in &entries {
            let attributes = &entry.attributes;
            match entry.kind.as_str() {
                "host_server" => status.servers.push(server_status(servers.get(id), attributes, id.clone())),
                databases::KIND => {
                    let given = Given::of(attributes)?;
                    status.databases.push(database_status(databases.get(id), &given, id.clone()));
                }
                "host_listener" => status.listeners.push(ListenerStatus {
                    load_balancer: name_of(&text(attributes, "load_balancer")),
                    url: text(attributes, "url"),
                    id: id.clone(),
                }),
                "host_target_group" => {
                    let target = |member: MemberHealth| TargetStatus {
                        target_group: text(attributes, "name"),
                        server: name_of(&member.id),
                        zone: member.zone,
                        state: member.state.name().to_owned(),
                        reason: member.reason,
                        active: member.active,
                    };
                    status.targets.extend(self.balancer.health(id).into_iter().map(target));
                }
                _ => {}
            }
        }
        status.servers.sort_by(|one, other| (&one.name, &one.zone).cmp(&(&other.name, &other.zone)));
        status.databases.sort_by(|one, other| one.name.cmp(&other.name));
        status
            .targets
            .sort_by(|one, other| (&one.target_group, &one.server).cmp(&(&other.target_group, &other.server)));
        Ok(status)
    }
}

fn server_status(supervised: Option<&Supervised>, attributes: &Attributes, id: String) -> ServerStatus {
    let processes = supervised.map(Supervised::processes).unwrap_or_default();
    let state = match supervised {
        None => "stopped",
        Some(supervised) if supervised.has_given_up() => "failed",
        Some(_) if processes.is_empty() => "restarting",
        Some(_) => "running",
    };
    ServerStatus {
        name: text(attributes, "name"),
        zone: text(attributes, "zone"),
        url: text(attributes, "url"),
        state: state.to_owned(),
        processes,
        restarts: supervised.map_or(0, Supervised::restarts),
        id,
    }
}

fn database_status(database: Option<&Database>, given: &Given, id: String) -> DatabaseStatus {
    let seen = database.map(Database::status);
    let state = match &seen {
        None => "stopped",
        Some(seen) if seen.server.is_none() => "recovering",
        Some(_) => "running",
    };
    let seen = seen.unwrap_or_default();
    let standby = match (&given.replicate_source_db, given.multi_az, seen.is_protected) {
        (Some(source), _, _) => format!("replica of {source}"),
        (None, false, _) => "none".to_owned(),
        (None, true, true) => "in sync".to_owned(),
        (None, true, false) => "catching up".to_owned(),
    };
    let number = seen.server.and_then(|server| given.nodes.iter().position(|node| *node == server)).unwrap_or(0);
    let lag = seen.followers.into_iter().map(|lag| (lag.follower, (lag.bytes, lag.seconds)));
    DatabaseStatus {
        name: given.name.clone(),
        zone: seen.server.and_then(|server| given.zone_of(server)).map(str::to_owned),
        endpoint: given.endpoint.clone(),
        state: state.to_owned(),
        standby,
        is_protected: seen.is_protected,
        failovers: seen.failovers,
        lag: lag.collect(),
        problem: seen.problem,
        log: given.folder.join(format!("node-{number}.log")),
        id,
    }
}
