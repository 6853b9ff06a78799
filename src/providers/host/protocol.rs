//! What is said over the agent's socket: one JSON request and one JSON answer a line.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// An object's attributes by name, as the resource type has them.
pub type Attributes = Map<String, Json>;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Makes an object; the same token twice is the same object.
    Create {
        kind: String,
        token: String,
        attributes: Attributes,
    },
    Update {
        kind: String,
        id: String,
        attributes: Attributes,
    },
    Delete {
        kind: String,
        id: String,
    },
    /// The present attributes of these objects.
    Read {
        ids: Vec<String>,
    },
    /// The object that was made with a token.
    Find {
        token: String,
    },
    /// What a rollout asks of a target group.
    Traffic(TrafficRequest),
    /// Everything there is.
    Status,
    /// Prometheus text.
    Metrics,
    StopZone {
        zone: String,
    },
    StartZone {
        zone: String,
    },
    /// Stops all servers and the agent; the record stays.
    Stop,
}

/// As `provider::Traffic` has it: groups and servers by their ids.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrafficRequest {
    Register { group: String, servers: Vec<String> },
    Deregister { group: String, servers: Vec<String> },
    Health { group: String, servers: Vec<String> },
    Weigh { group: String, shadow: String, percent: u8 },
    MakeShadow { group: String, token: String },
    RemoveShadow { token: String },
    Join { group: String, next: String },
    Leave { group: String, next: String },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Object(Attributes),
    Objects(Vec<Option<Attributes>>),
    Health(Vec<MemberHealth>),
    Status(Status),
    /// Metrics, or an id.
    Text(String),
    /// It is done. With `is_leaving` nothing is left to look after, and the agent ends.
    Done {
        is_leaving: bool,
    },
    /// Why it was not done; nothing is left of it.
    Failed {
        summary: String,
        detail: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberHealth {
    Initial,
    Healthy,
    Unhealthy(String),
    Draining,
    Absent,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Status {
    /// The agent's own.
    pub process: u32,
    /// Where Prometheus finds the metrics.
    pub metrics: Option<String>,
    pub zones: Vec<ZoneStatus>,
    pub servers: Vec<ServerStatus>,
    pub databases: Vec<DatabaseStatus>,
    /// Load balancers' listeners.
    pub listeners: Vec<ListenerStatus>,
    /// Members of target groups.
    pub targets: Vec<TargetStatus>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ZoneStatus {
    pub name: String,
    pub is_running: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ServerStatus {
    pub id: String,
    pub name: String,
    pub zone: String,
    pub url: String,
    /// `running`, `stopped`, `restarting`, `failed`.
    pub state: String,
    pub processes: Vec<u32>,
    pub restarts: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct DatabaseStatus {
    pub id: String,
    pub name: String,
    /// Where it serves now; nothing while nobody does.
    pub zone: Option<String>,
    /// `address:port`
    pub endpoint: String,
    /// `running`, `recovering`, `stopped`.
    pub state: String,
    /// `in sync`, `catching up`, `none`; of a replica, what it copies.
    pub standby: String,
    /// A standby has every commit.
    pub is_protected: bool,
    pub failovers: u64,
    /// Bytes and seconds behind, by the id of the replica; the standby is `standby`.
    pub lag: BTreeMap<String, (f64, f64)>,
    /// What the last step failed of.
    pub problem: Option<String>,
    /// The log of the server that serves.
    pub log: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ListenerStatus {
    pub id: String,
    /// Its name.
    pub load_balancer: String,
    pub url: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct TargetStatus {
    /// The group's name.
    pub target_group: String,
    /// The server's name.
    pub server: String,
    pub zone: String,
    /// `initial`, `healthy`, `unhealthy`, `draining`.
    pub state: String,
    /// Why it is not healthy.
    pub reason: String,
    /// Requests and connections under way.
    pub active: usize,
}
