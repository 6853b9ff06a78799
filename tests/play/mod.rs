//! A provider that plays servers behind a load balancer, with faults, stops and sudden deaths at chosen calls.
//!
//! A call may fail, or be the one at which somebody stops the run, or the one at which the process dies: before its effect or after it. What was
//! made is found again by its token, as clouds do it.

#![allow(dead_code, reason = "each test binary uses what it needs")]

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use terrace::addr::ProviderSource;
use terrace::provider::*;
use terrace::schema::{Attribute, Block, Schema};
use terrace::value::{Path, PathStep, Text, Type, Value};
use tokio::sync::{Notify, watch};

const KINDS: [(&str, &[&str]); 6] = [
    ("play_zone", &["name", "note"]),
    ("play_subnet", &["zone", "note"]),
    ("play_server", &["version", "zone"]),
    ("play_group", &["name"]),
    ("play_attachment", &["server", "group"]),
    ("play_listener", &["group"]),
];
/// What can be changed without making the object anew.
const IN_PLACE: [(&str, &str); 3] = [("play_zone", "note"), ("play_subnet", "note"), ("play_listener", "group")];

#[derive(Default)]
pub struct World {
    next: usize,
    /// Kind and arguments by id.
    pub objects: BTreeMap<String, (String, BTreeMap<String, String>)>,
    /// What creates with a token made.
    made: BTreeMap<String, Value>,
    /// Configured group and token by the id of a shadow, or of a group that shares without one.
    pub shadows: BTreeMap<String, (String, String)>,
    members: BTreeSet<(String, String)>,
    pub weight: u8,
    /// A version that never gets healthy.
    pub sick: Option<String>,
    /// From this call on version 2 is sick, whoever was healthy before.
    pub ill_at: Option<usize>,
    /// The fewest that served at once, while somebody wants to know.
    pub lowest: Option<usize>,
    pub calls: usize,
    pub fails_at: Option<usize>,
    pub stops_at: Option<usize>,
    pub stop: Option<watch::Sender<u32>>,
    pub dies_at: Option<Death>,
}

/// The process dies at this call, which has no answer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    pub call: usize,
    /// What was asked for happens all the same.
    pub has_effect: bool,
}

impl World {
    fn is_healthy(&self, server: &str) -> bool {
        let version = self.objects.get(server).and_then(|(_, arguments)| arguments.get("version"));
        version.is_some() && version != self.sick.as_ref()
    }

    fn is_forwarded(&self, group: &str) -> bool {
        self.objects.values().any(|(kind, arguments)| kind == "play_listener" && arguments["group"] == group)
    }

    fn gets_traffic(&self, group: &str) -> bool {
        let gives_all = self.weight == 100 && self.shadows.values().any(|(of, _)| of == group);
        let shares = self.weight > 0 && self.shadows.get(group).is_some_and(|(of, _)| self.is_forwarded(of));
        shares || self.is_forwarded(group) && !gives_all
    }

    pub fn serving(&self) -> BTreeSet<&str> {
        let members = self.members.iter().filter(|(group, server)| self.gets_traffic(group) && self.is_healthy(server));
        members.map(|(_, server)| server.as_str()).collect()
    }

    /// Of all servers that exist, sorted.
    pub fn versions(&self) -> Vec<String> {
        let servers = self.objects.values().filter(|(kind, _)| kind == "play_server");
        let mut versions: Vec<String> = servers.map(|(_, arguments)| arguments["version"].clone()).collect();
        versions.sort();
        versions
    }

    /// One more call: it may be the one that fails, or at which somebody stops the run.
    fn call(&mut self) -> Result<(), Vec<Complaint>> {
        self.calls += 1;
        if self.ill_at == Some(self.calls) {
            self.sick = Some("2".to_owned());
        }
        if self.stops_at == Some(self.calls)
            && let Some(stop) = &self.stop
        {
            stop.send_modify(|asked| *asked += 1);
        }
        match self.fails_at == Some(self.calls) {
            true => Err(vec![Complaint::error("Played fault", "It was asked for.")]),
            false => Ok(()),
        }
    }

    fn look(&mut self) {
        let serving = self.serving().len();
        self.lowest = self.lowest.map(|lowest| lowest.min(serving));
    }

    fn death(&self) -> Option<Death> {
        self.dies_at.filter(|death| death.call == self.calls)
    }
}

#[derive(Clone, Default)]
pub struct Play {
    world: Arc<Mutex<World>>,
    schema: Arc<ProviderSchema>,
    /// Wakes up whoever has to end the process.
    pub dead: Arc<Notify>,
}

impl Play {
    pub fn new() -> Self {
        let schema = |arguments: &[&str]| {
            let arguments = arguments.iter().map(|name| (Text::from(*name), Attribute::optional(Type::String)));
            let attributes = arguments.chain([(Text::from("id"), Attribute::computed(Type::String))]).collect();
            Schema { version: 0, block: Block { attributes, ..Block::default() } }
        };
        let resources = KINDS.iter().map(|(kind, arguments)| (Text::from(*kind), schema(arguments))).collect();
        Self { schema: Arc::new(ProviderSchema { resources, ..ProviderSchema::default() }), ..Self::default() }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("not poisoned")
    }

    /// One call: counted, perhaps failing, perhaps the last one.
    async fn call<R>(&self, effect: impl FnOnce(&mut World) -> R) -> Result<R, Vec<Complaint>> {
        let result = {
            let mut world = self.world();
            world.call()?;
            match world.death() {
                Some(death) => {
                    if death.has_effect {
                        effect(&mut world);
                        world.look();
                    }
                    None
                }
                None => {
                    let result = effect(&mut world);
                    world.look();
                    Some(result)
                }
            }
        };
        match result {
            Some(result) => Ok(result),
            None => {
                self.dead.notify_one();
                std::future::pending().await
            }
        }
    }
}

#[async_trait]
impl Provider for Play {
    fn source(&self) -> ProviderSource {
        ProviderSource::official("play")
    }

    fn version(&self) -> &str {
        "1.0.0"
    }

    fn schema(&self) -> &ProviderSchema {
        &self.schema
    }

    fn traffic_role(&self, kind: &str) -> Option<TrafficRole> {
        match kind {
            "play_server" => Some(TrafficRole::Server { id: "id", zone: "zone", exclusive: &[] }),
            "play_group" => Some(TrafficRole::Group { id: "id" }),
            "play_attachment" => Some(TrafficRole::Attachment { server: "server", group: "group", port: None }),
            "play_listener" => Some(TrafficRole::Forward { unless: None }),
            _ => None,
        }
    }

    async fn connect(&self, _configuration: Value) -> Result<Arc<dyn Connection>, Vec<Complaint>> {
        Ok(Arc::new(self.clone()))
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).map(ToString::to_string).unwrap_or_default()
}

#[async_trait]
impl Connection for Play {
    fn plan(&self, request: PlanRequest<'_>) -> Planned {
        if request.proposed.is_null() {
            return Planned::as_proposed(&request);
        }
        let changed: Vec<&Text> = request
            .proposed
            .as_entries()
            .into_iter()
            .flat_map(|entries| entries.iter())
            .filter(|(name, value)| &***name != "id" && request.prior.get(name) != Some(value))
            .map(|(name, _)| name)
            .collect();
        let replaces = |name: &&Text| !IN_PLACE.contains(&(request.kind, &***name));
        let replacing: Vec<&Text> = changed.into_iter().filter(replaces).collect();
        let is_new = request.prior.is_null() || !replacing.is_empty();
        let entries = request.proposed.as_entries().into_iter().flat_map(|entries| entries.iter());
        let object = Value::object(entries.map(|(name, value)| {
            let value = if is_new && &**name == "id" { Value::unknown(Type::String) } else { value.clone() };
            (name.clone(), value)
        }));
        let requires_replace =
            replacing.into_iter().map(|name| Path(vec![PathStep::Attribute(name.clone())])).collect();
        Planned { object, requires_replace, ..Planned::as_proposed(&request) }
    }

    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadOutcome> {
        let world = self.world();
        let outcome = |request: ReadRequest| match world.objects.contains_key(&text(&request.prior, "id")) {
            true => ReadOutcome::Present { object: request.prior, private: request.private, complaints: Vec::new() },
            false => ReadOutcome::Gone,
        };
        requests.into_iter().map(outcome).collect()
    }

    async fn read_data(&self, requests: Vec<DataRequest>) -> Vec<DataOutcome> {
        requests.iter().map(|_| Err(Vec::new())).collect()
    }

    async fn apply(&self, request: ApplyRequest) -> Applied {
        let asked = request.clone();
        match self.call(move |world| world.carry_out(asked)).await.and_then(|result| result) {
            Ok(object) => Applied { object, private: request.private, complaints: Vec::new(), is_open: false },
            Err(complaints) => Applied { object: request.prior, private: request.private, complaints, is_open: false },
        }
    }

    async fn recover(&self, intent: &Intent) -> Recovered {
        let world = self.world();
        let found = match intent.planned.is_null() {
            true => world.objects.contains_key(&text(&intent.prior, "id")).then(|| intent.prior.clone()),
            false => world.made.get(&*intent.token).cloned(),
        };
        let private = intent.private.clone();
        found.map_or(Recovered::Absent, |object| Recovered::Adopt { object, private, is_complete: true })
    }

    async fn import(&self, requests: Vec<ImportRequest>) -> Vec<Result<Imported, Vec<Complaint>>> {
        requests.iter().map(|_| Err(Vec::new())).collect()
    }

    fn traffic(&self) -> Option<&dyn Traffic> {
        Some(self)
    }
}

impl World {
    /// Makes, changes or destroys an object. Nothing goes while something else names it.
    fn carry_out(&mut self, request: ApplyRequest) -> Result<Value, Vec<Complaint>> {
        let is_attachment = &*request.kind == "play_attachment";
        let member = |object: &Value| (text(object, "group"), text(object, "server"));
        let prior = text(&request.prior, "id");
        if request.planned.is_null() {
            let uses = |(_, (_, arguments)): &(&String, &(String, BTreeMap<String, String>))| {
                arguments.values().any(|argument| *argument == prior)
            };
            let user = self.objects.iter().find(uses).map(|(id, _)| id);
            if let Some(user) = user.or(self.shadows.get_key_value(&prior).map(|(id, _)| id)) {
                return Err(vec![Complaint::error("Object is in use", format!("{prior} is used by {user}."))]);
            }
            self.objects.remove(&prior);
            // What shared the traffic of a group that is gone shares nothing.
            let shared = self.shadows.len();
            self.shadows.retain(|_, (of, _)| *of != prior);
            if self.shadows.len() < shared {
                self.weight = 0;
            }
            if is_attachment {
                self.members.remove(&member(&request.prior));
            }
            return Ok(request.planned);
        }
        let id = match prior.is_empty() {
            true => {
                self.next += 1;
                format!("{}-{}", request.kind, self.next)
            }
            false => prior,
        };
        let entries = request.planned.as_entries().into_iter().flat_map(|entries| entries.iter());
        let object = Value::object(entries.map(|(name, value)| match &**name {
            "id" => (name.clone(), Value::text(&id)),
            _ => (name.clone(), value.clone()),
        }));
        let (_, arguments) = KINDS.iter().find(|(kind, _)| *kind == &*request.kind).expect("a known kind");
        let arguments = arguments.iter().map(|name| ((*name).to_owned(), text(&object, name))).collect();
        self.objects.insert(id, (request.kind.to_string(), arguments));
        self.made.insert(request.token.to_string(), object.clone());
        if is_attachment {
            self.members.insert(member(&object));
        }
        Ok(object)
    }
}

#[async_trait]
impl Traffic for Play {
    async fn register(&self, group: &Text, members: &[Target]) -> Result<(), Vec<Complaint>> {
        let new: Vec<_> = members.iter().map(|member| (group.to_string(), member.id.to_string())).collect();
        self.call(|world| world.members.extend(new)).await
    }

    async fn deregister(&self, group: &Text, members: &[Target]) -> Result<(), Vec<Complaint>> {
        let gone: Vec<_> = members.iter().map(|member| (group.to_string(), member.id.to_string())).collect();
        self.call(|world| world.members.retain(|member| !gone.contains(member))).await
    }

    async fn health(&self, group: &Text, members: &[Target]) -> Result<Vec<Health>, Vec<Complaint>> {
        let world = self.world();
        let health = |member: &Target| {
            let id = member.id.to_string();
            match (world.members.contains(&(group.to_string(), id.clone())), world.is_healthy(&id)) {
                (false, _) => Health::Absent,
                (true, _) if !world.is_forwarded(group) && !world.shadows.contains_key(&**group) => Health::Unused,
                (true, true) => Health::Healthy,
                (true, false) => Health::Unhealthy("sick".to_owned()),
            }
        };
        Ok(members.iter().map(health).collect())
    }

    async fn weigh(&self, _group: &Text, _shadow: &Text, shadow_percent: u8) -> Result<(), Vec<Complaint>> {
        self.call(|world| world.weight = shadow_percent).await
    }

    async fn make_shadow(&self, group: &Text, token: &Text) -> Result<Text, Vec<Complaint>> {
        let key = (group.to_string(), token.to_string());
        let make = |world: &mut World| {
            if let Some((id, _)) = world.shadows.iter().find(|(_, of)| **of == key) {
                return id.as_str().into();
            }
            world.next += 1;
            let id = format!("shadow-{}", world.next);
            world.shadows.insert(id.clone(), key);
            id.into()
        };
        self.call(make).await
    }

    async fn remove_shadow(&self, group: &Text, token: &Text) -> Result<(), Vec<Complaint>> {
        let key = (group.to_string(), token.to_string());
        let remove = |world: &mut World| {
            world.shadows.retain(|_, of| *of != key);
            let kept: BTreeSet<String> = world.shadows.keys().cloned().collect();
            world.members.retain(|(group, _)| !group.starts_with("shadow-") || kept.contains(group));
        };
        self.call(remove).await
    }

    async fn join(&self, group: &Text, next: &Text) -> Result<(), Vec<Complaint>> {
        let (next, of) = (next.to_string(), (group.to_string(), String::new()));
        self.call(|world| drop(world.shadows.insert(next, of))).await
    }

    async fn leave(&self, _group: &Text, next: &Text) -> Result<(), Vec<Complaint>> {
        let leave = |world: &mut World| {
            if world.shadows.remove(&**next).is_some() {
                world.weight = 0;
            }
        };
        self.call(leave).await
    }
}
