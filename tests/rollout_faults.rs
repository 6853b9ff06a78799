//! Rollouts over random fleets, strategies, faults and interruptions, in a world that is only played: whatever happens, no fewer servers
//! serve than promised, every run ends, and state and world agree with the old or the new version.

use async_trait::async_trait;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use terrace::addr::ProviderSource;
use terrace::apply::{NoProbes, NoRecord, Outcome, Run, Stop, run};
use terrace::config::{Manifest, load_config};
use terrace::plan::{Input, Options, Providers, Silence, make};
use terrace::provider::*;
use terrace::schema::{Attribute, Block, Schema};
use terrace::state::State;
use terrace::system::Machine;
use terrace::value::{Path, PathStep, Text, Type, Value};
use tokio::sync::watch;

const KINDS: [(&str, &[&str]); 4] = [
    ("play_server", &["version", "zone"]),
    ("play_group", &["name"]),
    ("play_attachment", &["server", "group"]),
    ("play_listener", &["group"]),
];

#[derive(Default)]
struct World {
    next: usize,
    /// Kind and arguments by id.
    objects: BTreeMap<String, (String, BTreeMap<String, String>)>,
    /// Configured group and token by the id of a shadow.
    shadows: BTreeMap<String, (String, String)>,
    members: BTreeSet<(String, String)>,
    weight: u8,
    /// A version that never gets healthy.
    sick: Option<String>,
    lowest: Option<usize>,
    calls: usize,
    fails_at: Option<usize>,
    stops_at: Option<usize>,
    stop: Option<watch::Sender<u32>>,
}

impl World {
    fn is_healthy(&self, server: &str) -> bool {
        let version = self.objects.get(server).and_then(|(_, arguments)| arguments.get("version"));
        version.is_some() && version != self.sick.as_ref()
    }

    fn serving(&self) -> BTreeSet<&str> {
        let gets_traffic = |group: &str| match self.shadows.contains_key(group) {
            true => self.weight > 0,
            false => self.weight < 100,
        };
        let members = self.members.iter().filter(|(group, server)| gets_traffic(group) && self.is_healthy(server));
        members.map(|(_, server)| server.as_str()).collect()
    }

    fn versions(&self) -> Vec<String> {
        let servers = self.objects.values().filter(|(kind, _)| kind == "play_server");
        servers.map(|(_, arguments)| arguments["version"].clone()).collect()
    }

    /// One more call: it may be the one that fails, or at which somebody stops the run.
    fn call(&mut self) -> Result<(), Vec<Complaint>> {
        self.calls += 1;
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
}

#[derive(Clone, Default)]
struct Play {
    world: Arc<Mutex<World>>,
    schema: Arc<ProviderSchema>,
}

impl Play {
    fn new() -> Self {
        let schema = |arguments: &[&str]| {
            let arguments = arguments.iter().map(|name| (Text::from(*name), Attribute::optional(Type::String)));
            let attributes = arguments.chain([(Text::from("id"), Attribute::computed(Type::String))]).collect();
            Schema { version: 0, block: Block { attributes, ..Block::default() } }
        };
        let resources = KINDS.iter().map(|(kind, arguments)| (Text::from(*kind), schema(arguments))).collect();
        Self { world: Arc::default(), schema: Arc::new(ProviderSchema { resources, ..ProviderSchema::default() }) }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("not poisoned")
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
            _ => Some(TrafficRole::Forward),
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
        let is_new = request.prior.is_null() || !changed.is_empty();
        let entries = request.proposed.as_entries().into_iter().flat_map(|entries| entries.iter());
        let object = Value::object(entries.map(|(name, value)| {
            let value = if is_new && &**name == "id" { Value::unknown(Type::String) } else { value.clone() };
            (name.clone(), value)
        }));
        let requires_replace = changed.into_iter().map(|name| Path(vec![PathStep::Attribute(name.clone())])).collect();
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
        let mut world = self.world();
        if let Err(complaints) = world.call() {
            return Applied { object: request.prior, private: request.private, complaints, is_open: false };
        }
        let is_attachment = &*request.kind == "play_attachment";
        let member = |object: &Value| (text(object, "group"), text(object, "server"));
        let object = if request.planned.is_null() {
            world.objects.remove(&text(&request.prior, "id"));
            if is_attachment {
                world.members.remove(&member(&request.prior));
            }
            request.planned
        } else {
            world.next += 1;
            let id = format!("{}-{}", request.kind, world.next);
            let entries = request.planned.as_entries().into_iter().flat_map(|entries| entries.iter());
            let object = Value::object(entries.map(|(name, value)| match &**name {
                "id" => (name.clone(), Value::text(&id)),
                _ => (name.clone(), value.clone()),
            }));
            let (_, arguments) = KINDS.iter().find(|(kind, _)| *kind == &*request.kind).expect("a known kind");
            let arguments = arguments.iter().map(|name| ((*name).to_owned(), text(&object, name))).collect();
            world.objects.insert(id, (request.kind.to_string(), arguments));
            if is_attachment {
                world.members.insert(member(&object));
            }
            object
        };
        world.look();
        Applied { object, private: request.private, complaints: Vec::new(), is_open: false }
    }

    async fn recover(&self, _intent: &Intent) -> Recovered {
        Recovered::Absent
    }

    async fn import(&self, requests: Vec<ImportRequest>) -> Vec<Result<Imported, Vec<Complaint>>> {
        requests.iter().map(|_| Err(Vec::new())).collect()
    }

    fn traffic(&self) -> Option<&dyn Traffic> {
        Some(self)
    }
}

#[async_trait]
impl Traffic for Play {
    async fn register(&self, group: &Text, members: &[Target]) -> Result<(), Vec<Complaint>> {
        let mut world = self.world();
        world.call()?;
        world.members.extend(members.iter().map(|member| (group.to_string(), member.id.to_string())));
        world.look();
        Ok(())
    }

    async fn deregister(&self, group: &Text, members: &[Target]) -> Result<(), Vec<Complaint>> {
        let mut world = self.world();
        world.call()?;
        for member in members {
            world.members.remove(&(group.to_string(), member.id.to_string()));
        }
        world.look();
        Ok(())
    }

    async fn health(&self, group: &Text, members: &[Target]) -> Result<Vec<Health>, Vec<Complaint>> {
        let world = self.world();
        let health = |member: &Target| {
            let id = member.id.to_string();
            match (world.members.contains(&(group.to_string(), id.clone())), world.is_healthy(&id)) {
                (false, _) => Health::Absent,
                (true, true) => Health::Healthy,
                (true, false) => Health::Unhealthy("sick".to_owned()),
            }
        };
        Ok(members.iter().map(health).collect())
    }

    async fn weigh(&self, _group: &Text, _shadow: &Text, shadow_percent: u8) -> Result<(), Vec<Complaint>> {
        let mut world = self.world();
        world.call()?;
        world.weight = shadow_percent;
        world.look();
        Ok(())
    }

    async fn make_shadow(&self, group: &Text, token: &Text) -> Result<Text, Vec<Complaint>> {
        let mut world = self.world();
        world.call()?;
        let key = (group.to_string(), token.to_string());
        if let Some((id, _)) = world.shadows.iter().find(|(_, of)| **of == key) {
            return Ok(id.as_str().into());
        }
        world.next += 1;
        let id = format!("shadow-{}", world.next);
        world.shadows.insert(id.clone(), key);
        Ok(id.into())
    }

    async fn remove_shadow(&self, group: &Text, token: &Text) -> Result<(), Vec<Complaint>> {
        let mut world = self.world();
        world.call()?;
        let key = (group.to_string(), token.to_string());
        world.shadows.retain(|_, of| *of != key);
        let kept: BTreeSet<String> = world.shadows.keys().cloned().collect();
        world.members.retain(|(group, _)| !group.starts_with("shadow-") || kept.contains(group));
        Ok(())
    }
}

/// A directory, a state and a played world.
struct Scene {
    directory: tempfile::TempDir,
    play: Play,
    state: State,
}

impl Scene {
    fn new(strategy: &str) -> Self {
        let scene =
            Self { directory: tempfile::tempdir().expect("a directory"), play: Play::new(), state: State::default() };
        let text = format!(
            "rollout \"web\" {{\n fleet = play_server.web\n {strategy}\n health {{ timeout = \"1ms\" }}\n drain {{ timeout = \"1ms\" }}\n}}\n"
        );
        scene.write("web.terrace.hcl", &text);
        scene
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory.path().join(name), text).expect("a file");
    }

    fn deploy(&mut self, servers: usize, version: &str, stop: Stop) -> Outcome {
        self.write(
            "main.tf",
            &format!(
                "resource \"play_group\" \"web\" {{ name = \"web\" }}\n\
                 resource \"play_server\" \"web\" {{\n count = {servers}\n version = \"{version}\"\n zone = \"z${{count.index % 3}}\"\n}}\n\
                 resource \"play_attachment\" \"web\" {{\n count = {servers}\n server = play_server.web[count.index].id\n group = play_group.web.id\n}}\n\
                 resource \"play_listener\" \"web\" {{ group = play_group.web.id }}\n"
            ),
        );
        let root = self.directory.path().to_string_lossy().into_owned();
        let (config, found) = load_config(&root, &Manifest::parse(""), &Machine);
        assert!(!found.has_errors(), "{found:?}");
        let input = Input {
            config: Arc::new(config),
            state: self.state.clone(),
            variables: BTreeMap::new(),
            providers: Providers(BTreeMap::from([(
                self.play.source(),
                Arc::new(self.play.clone()) as Arc<dyn Provider>,
            )])),
            functions: Arc::new(terrace::functions::Context::new(Arc::new(Machine), ".", terrace::eval::EVALUATION)),
            workspace: "default".to_owned(),
            working_directory: "/".to_owned(),
            root_directory: ".".to_owned(),
            timestamp: "2026-01-01T00:00:00Z".to_owned(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let outcome = runtime.block_on(async {
            let planned = make(Arc::new(input), &Options::default(), &Silence).await;
            assert!(!planned.diagnostics.has_errors(), "{:?}", planned.diagnostics);
            let work = Run {
                plan: planned.plan.expect("a plan"),
                evaluation: planned.evaluation,
                graph: planned.graph,
                connections: planned.connections,
                parallelism: 10,
                probes: Arc::new(NoProbes),
            };
            run(work, &mut NoRecord, &Silence, stop).await
        });
        self.state = outcome.state.clone();
        outcome
    }

    /// Everything that exists is in the state, and nothing else.
    fn assert_agreement(&self, context: &str) {
        let in_state: usize = self
            .state
            .resources
            .values()
            .flat_map(|resource| resource.instances.values())
            .map(|instance| usize::from(instance.current.is_some()) + instance.deposed.len())
            .sum();
        assert_eq!(in_state, self.play.world().objects.len(), "{context}: state and world differ");
    }
}

fn strategies() -> impl Strategy<Value = (String, usize)> {
    prop_oneof![
        (1usize..4).prop_map(|batch| (format!("strategy \"rolling\" {{ batch = {batch} }}"), 0)),
        (1usize..3).prop_map(|out| {
            (format!("strategy \"rolling\" {{\n batch = {out}\n max_surge = 0\n max_unavailable = {out}\n}}"), out)
        }),
        Just(("strategy \"blue_green\" {}".to_owned(), 0)),
        (1usize..99).prop_map(|weight| (format!("strategy \"canary\" {{ weights = [{weight}] }}"), 0)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fails_the_old_or_the_new_version_serves(
        servers in 1usize..7,
        (strategy, unavailable) in strategies(),
        fault in 1usize..40,
    ) {
        let mut scene = Scene::new(&strategy);
        let first = scene.deploy(servers, "1", Stop::never());
        prop_assert!(!first.diagnostics.has_errors(), "{:?}", first.diagnostics);
        {
            let mut world = scene.play.world();
            (world.calls, world.fails_at, world.lowest) = (0, Some(fault), Some(servers));
        }
        let outcome = scene.deploy(servers, "2", Stop::never());
        let context = format!("{servers} servers, {strategy}, fault {fault}: {:?}", outcome.diagnostics);
        let lowest = scene.play.world().lowest.unwrap_or(0);
        prop_assert!(lowest + unavailable >= servers, "{lowest} served: {context}");
        scene.assert_agreement(&context);
        let wanted = if outcome.diagnostics.has_errors() { "1" } else { "2" };
        prop_assert_eq!(scene.play.world().versions(), vec![wanted.to_owned(); servers], "{}", context);
        prop_assert!(scene.play.world().shadows.is_empty() && scene.play.world().weight == 0, "{context}");
        let again = scene.deploy(servers, "2", Stop::never());
        prop_assert!(!again.diagnostics.has_errors(), "{:?}", again.diagnostics);
        prop_assert_eq!(scene.play.world().versions(), vec!["2".to_owned(); servers]);
    }

    #[test]
    fn a_version_that_never_gets_healthy_is_gone_afterwards(servers in 1usize..7, (strategy, unavailable) in strategies()) {
        let mut scene = Scene::new(&strategy);
        scene.deploy(servers, "1", Stop::never());
        {
            let mut world = scene.play.world();
            (world.sick, world.lowest) = (Some("2".to_owned()), Some(servers));
        }
        let outcome = scene.deploy(servers, "2", Stop::never());
        let context = format!("{servers} servers, {strategy}: {:?}", outcome.diagnostics);
        prop_assert!(outcome.diagnostics.has_errors());
        scene.assert_agreement(&context);
        let lowest = scene.play.world().lowest.unwrap_or(0);
        prop_assert!(lowest + unavailable >= servers, "{lowest} served: {context}");
        prop_assert_eq!(scene.play.world().versions(), vec!["1".to_owned(); servers], "{}", context);
        prop_assert_eq!(scene.play.world().serving().len(), servers, "{}", context);
    }

    #[test]
    fn wherever_it_is_stopped_the_next_run_goes_on(
        servers in 1usize..7,
        (strategy, unavailable) in strategies(),
        stop_at in 1usize..40,
    ) {
        let mut scene = Scene::new(&strategy);
        scene.deploy(servers, "1", Stop::never());
        let (sender, receiver) = watch::channel(0);
        {
            let mut world = scene.play.world();
            (world.calls, world.stops_at, world.lowest, world.stop) = (0, Some(stop_at), Some(servers), Some(sender));
        }
        let outcome = scene.deploy(servers, "2", Stop(receiver));
        let context = format!("{servers} servers, {strategy}, stopped at {stop_at}: {:?}", outcome.diagnostics);
        scene.assert_agreement(&context);
        prop_assert!(scene.play.world().weight == 0 && scene.play.world().shadows.is_empty(), "{context}");
        scene.play.world().stops_at = None;
        let again = scene.deploy(servers, "2", Stop::never());
        prop_assert!(!again.diagnostics.has_errors(), "{context}: {:?}", again.diagnostics);
        let lowest = scene.play.world().lowest.unwrap_or(0);
        prop_assert!(lowest + unavailable >= servers, "{lowest} served: {context}");
        prop_assert_eq!(scene.play.world().versions(), vec!["2".to_owned(); servers], "{}", context);
        scene.assert_agreement(&context);
    }
}
