//! Rollouts over random fleets, strategies, faults and interruptions, in a world that is only played: whatever happens, no fewer servers
//! serve than promised, every run ends, and state and world agree with the old or the new version.

mod play;

use play::{Death, Play};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};
use std::sync::{Arc, Mutex};
use terrace::addr::ModuleResource;
use terrace::apply::{NoProbes, NoRecord, Outcome, Run, Stop, run};
use terrace::config::{Manifest, load_config};
use terrace::ops::apply::apply;
use terrace::ops::interrupted_rollouts::{settle, to_settle};
use terrace::ops::plan::plan;
use terrace::plan::{Event, Input, Observer, Options, Providers, Rollout, Silence, StagePhase, make};
use terrace::provider::Provider;
use terrace::rollout::{Action, Situation, way_back};
use terrace::state::State;
use terrace::store::{LocalPaths, LocalStore, Store};
use terrace::system::Machine;
use tokio::sync::watch;

/// What is deployed: servers by number, each in a zone, and the zones that there are.
#[derive(Clone, Debug)]
struct Fleet {
    servers: BTreeMap<usize, Server>,
    zones: BTreeMap<usize, Zone>,
    /// Another name is another target group.
    group: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Server {
    version: &'static str,
    zone: usize,
}

/// A zone and the subnet in it. Another name is another zone, with another subnet and other servers; another note is a change in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Zone {
    name: usize,
    note: usize,
}

impl Fleet {
    /// Of all servers, sorted.
    fn versions(&self) -> Vec<String> {
        let mut versions: Vec<String> = self.servers.values().map(|server| server.version.to_owned()).collect();
        versions.sort();
        versions
    }

    /// What makes a server another one.
    fn lives(&self) -> BTreeMap<usize, (Server, usize)> {
        self.servers.iter().map(|(number, server)| (*number, (*server, self.zones[&server.zone].name))).collect()
    }

    fn configuration(&self) -> String {
        let zone = |(number, zone): (&usize, &Zone)| {
            format!("    z{number} = {{ name = \"zone-{number}-{}\", note = \"{}\" }}\n", zone.name, zone.note)
        };
        let server = |(number, server): (&usize, &Server)| {
            format!("    s{number:02} = {{ version = \"{}\", zone = \"z{}\" }}\n", server.version, server.zone)
        };
        let zones: String = self.zones.iter().map(zone).collect();
        let servers: String = self.servers.iter().map(server).collect();
        format!(
            "locals {{\n  zones = {{\n{zones}  }}\n  servers = {{\n{servers}  }}\n}}\n\
             resource \"play_zone\" \"all\" {{\n for_each = local.zones\n name = each.value.name\n note = each.value.note\n}}\n\
             resource \"play_subnet\" \"all\" {{\n for_each = local.zones\n zone = play_zone.all[each.key].id\n note = each.value.note\n}}\n\
             resource \"play_group\" \"web\" {{\n name = \"web-{}\"\n lifecycle {{ create_before_destroy = true }}\n}}\n\
             resource \"play_server\" \"web\" {{\n for_each = local.servers\n version = each.value.version\n zone = play_subnet.all[each.value.zone].id\n}}\n\
             resource \"play_attachment\" \"web\" {{\n for_each = local.servers\n server = play_server.web[each.key].id\n group = play_group.web.id\n}}\n\
             resource \"play_listener\" \"web\" {{ group = play_group.web.id }}\n",
            self.group
        )
    }
}

/// A change of a fleet.
#[derive(Clone, Debug)]
struct Change {
    before: Fleet,
    after: Fleet,
    strategy: String,
    /// How many servers the strategy lets go.
    unavailable: usize,
    fails_back: bool,
}

impl Change {
    /// How many serve throughout.
    fn promised(&self) -> usize {
        self.before.servers.len().min(self.after.servers.len()).saturating_sub(self.unavailable)
    }

    /// There is somebody who serves, somebody who will, and something to do.
    fn is_rollout(&self) -> bool {
        let is_other = self.before.lives() != self.after.lives() || self.before.group != self.after.group;
        !self.before.servers.is_empty() && !self.after.servers.is_empty() && is_other
    }

    fn block(&self) -> String {
        let on_failure = if self.fails_back { "rollback" } else { "pause" };
        format!(
            "rollout \"web\" {{\n fleet = play_server.web\n {}\n on_failure = \"{on_failure}\"\n health {{ timeout = \"1ms\" }}\n drain {{ timeout = \"1ms\" }}\n}}\n",
            self.strategy
        )
    }

    /// So many calls it may take, roughly.
    fn calls(&self) -> usize {
        5 * self.before.servers.len().max(self.after.servers.len()) + 10 + 2 * self.after.zones.len()
    }
}

/// What happens to one server: it stays, is replaced, comes or goes. Its versions before and after.
type Fate = (Option<&'static str>, Option<&'static str>);

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        2 => Just((Some("1"), Some("1"))),
        6 => Just((Some("1"), Some("2"))),
        1 => Just((None, Some("2"))),
        1 => Just((Some("1"), None)),
    ]
}

fn strategies() -> impl Strategy<Value = (String, usize)> {
    let rolling = (1usize..6, 0usize..4, 0usize..3, any::<bool>());
    let rolling = rolling.prop_map(|(batch, surge, out, by_zone)| {
        let surge = if out == 0 { surge.max(1) } else { surge };
        let text = format!(
            "strategy \"rolling\" {{\n batch = {batch}\n max_surge = {surge}\n max_unavailable = {out}\n one_zone_at_a_time = {by_zone}\n}}"
        );
        (text, out)
    });
    let canary = proptest::collection::btree_set(1u8..100, 1..4).prop_map(|weights| {
        let weights: Vec<String> = weights.iter().map(ToString::to_string).collect();
        (format!("strategy \"canary\" {{ weights = [{}] }}", weights.join(", ")), 0)
    });
    prop_oneof![3 => rolling, 1 => Just(("strategy \"blue_green\" {}".to_owned(), 0)), 2 => canary]
}

/// A zone before and after; `is_kept`: it is there also while no server is in it.
#[derive(Clone, Copy, Debug)]
struct ZoneChange {
    before: Zone,
    after: Zone,
    is_kept: [bool; 2],
}

fn zone_changes() -> impl Strategy<Value = ZoneChange> {
    use proptest::bool::weighted;
    (weighted(0.15), weighted(0.2), any::<[bool; 2]>()).prop_map(|(is_other, is_noted, is_kept)| ZoneChange {
        before: Zone::default(),
        after: Zone { name: usize::from(is_other), note: usize::from(is_noted) },
        is_kept,
    })
}

/// Fleets of up to so many servers in one to four zones. Zones come, go, are replaced and changed in place, and servers move between them. Now and
/// then all of them go to another group.
fn changes(most: usize) -> impl Strategy<Value = Change> {
    let fleet = proptest::collection::vec(zone_changes(), 1..=4).prop_flat_map(move |zones| {
        let count = zones.len();
        let moves = prop_oneof![4 => Just(None), 1 => (0..count).prop_map(Some)];
        (proptest::collection::vec((fates(), 0..count, moves), 1..=most), Just(zones))
    });
    let moves = proptest::bool::weighted(0.25);
    (fleet, strategies(), moves, any::<bool>()).prop_map(
        |((servers, zones), (strategy, unavailable), moves, fails_back)| {
            let side = |is_after: bool| {
                let version = |fate: Fate| if is_after { fate.1 } else { fate.0 };
                let servers: BTreeMap<usize, Server> = servers
                    .iter()
                    .enumerate()
                    .filter_map(|(number, (fate, zone, moved))| {
                        let zone = moved.filter(|_| is_after).unwrap_or(*zone);
                        Some((number, Server { version: version(*fate)?, zone }))
                    })
                    .collect();
                let is_there = |number: usize, zone: &ZoneChange| {
                    zone.is_kept[usize::from(is_after)] || servers.values().any(|server| server.zone == number)
                };
                let zones = zones.iter().enumerate().filter(|(number, zone)| is_there(*number, zone));
                let zones =
                    zones.map(|(number, zone)| (number, if is_after { zone.after } else { zone.before })).collect();
                Fleet { servers, zones, group: usize::from(moves && is_after) }
            };
            Change { before: side(false), after: side(true), strategy, unavailable, fails_back }
        },
    )
}

/// A directory, a state and a played world.
struct Scene {
    directory: tempfile::TempDir,
    play: Play,
    state: State,
    /// Of the last plan.
    rollouts: Vec<Rollout>,
}

/// The stages that were done, forward and back.
#[derive(Default)]
struct Log(Mutex<(Vec<Action>, Vec<Action>)>);

impl Observer for Log {
    fn observe(&self, event: Event<'_>) {
        if let Event::Stage { stage, position, phase: StagePhase::Done, .. } = event {
            let mut log = self.0.lock().expect("not poisoned");
            let done = if position.is_some() { &mut log.0 } else { &mut log.1 };
            done.push(stage.action.clone());
        }
    }
}

impl Log {
    /// Every stage of the way forward was done.
    fn is_through(&self, rollouts: &[Rollout]) -> bool {
        let done = self.0.lock().expect("not poisoned").0.len();
        rollouts.first().is_some_and(|rollout| rollout.stages.len() == done)
    }

    /// What was done is what was planned, step for step; where it ended early, the beginning of it and the planned way back from there.
    #[track_caller]
    fn assert_as_planned(self, rollouts: &[Rollout], has_failed: bool, context: &str) {
        let (forward, back) = self.0.into_inner().expect("not poisoned");
        let Some(rollout) = rollouts.first() else {
            return assert!(forward.is_empty() && back.is_empty(), "{forward:?}: {context}");
        };
        let planned: Vec<Action> = rollout.stages.iter().map(|stage| stage.action.clone()).collect();
        if !has_failed {
            assert_eq!(forward, planned, "{context}");
        }
        assert!(planned.starts_with(&forward), "{forward:?} is no beginning of {planned:?}: {context}");
        if back.is_empty() {
            return;
        }
        // As far as whole stages were through; of the stage that failed some may have been done.
        let begun = rollout.stages.get(forward.len()).or(rollout.stages.last()).expect("a rollout has stages");
        let through = forward.len().checked_sub(1).map(|last| rollout.stages[last].after.clone());
        let through = way_from(rollout, &through.unwrap_or_else(|| Situation::before(&rollout.fleet)));
        let whole = way_from(rollout, &begun.after);
        let is_planned = back == through || is_part_of(&back, &whole) || is_part_of(&back, &through);
        assert!(is_planned, "{back:?} is neither {through:?} nor part of {whole:?}: {context}");
    }

    /// The log of what came after a dead run's rollout was finished, which had nothing left but its last stage.
    #[track_caller]
    fn without_end_of(self, dead: &Rollout, context: &str) -> Self {
        let (mut forward, back) = self.0.into_inner().expect("not poisoned");
        assert_eq!(forward.first(), dead.stages.last().map(|stage| &stage.action), "{context}");
        forward.remove(0);
        Self(Mutex::new((forward, back)))
    }

    /// A run that died somewhere was taken back, and nothing else was done.
    #[track_caller]
    fn assert_way_back(self, rollout: &Rollout, context: &str) {
        let (forward, back) = self.0.into_inner().expect("not poisoned");
        let situations = rollout.stages.iter().map(|stage| &stage.after);
        let mut ways = situations.map(|situation| way_from(rollout, situation));
        assert!(
            forward.is_empty() && ways.any(|way| is_part_of(&back, &way)),
            "{back:?} leads back from nowhere: {context}"
        );
    }
}

/// The planned way back.
fn way_from(rollout: &Rollout, situation: &Situation) -> Vec<Action> {
    let back = way_back(&rollout.fleet, &rollout.policy, situation);
    back.into_iter().map(|stage| stage.action).collect()
}

/// Nothing else was done with any server, nor with the traffic, and nothing in another order. Batches may be other ones, as some of the servers
/// of the stage that failed were through it.
fn is_part_of(done: &[Action], planned: &[Action]) -> bool {
    let servers = done.iter().flat_map(Action::servers).map(Some).chain([None]);
    servers.into_iter().all(|server| {
        let mut rest = course_of(planned, server).into_iter();
        course_of(done, server).into_iter().all(|kind| rest.any(|planned| planned == kind))
    })
}

/// What is done with one server, or with none.
fn course_of(actions: &[Action], server: Option<&terrace::rollout::Server>) -> Vec<Discriminant<Action>> {
    let is_about = |action: &&Action| match server {
        Some(server) => action.servers().contains(server),
        None => action.servers().is_empty(),
    };
    actions.iter().filter(is_about).map(discriminant).collect()
}

impl Scene {
    /// With the fleet as it is before the change, and somebody who counts from now on.
    fn before(change: &Change) -> Self {
        let mut scene = Self {
            directory: tempfile::tempdir().expect("a directory"),
            play: Play::new(),
            state: State::default(),
            rollouts: Vec::new(),
        };
        scene.write("web.terrace.hcl", &change.block());
        let outcome = scene.deploy(&change.before, Stop::never());
        assert!(!outcome.diagnostics.has_errors(), "{:?}", outcome.diagnostics);
        let mut world = scene.play.world();
        (world.calls, world.lowest) = (0, Some(change.before.servers.len()));
        drop(world);
        scene
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory.path().join(name), text).expect("a file");
    }

    fn input(&self, fleet: &Fleet) -> Input {
        self.write("main.tf", &fleet.configuration());
        let root = self.directory.path().to_string_lossy().into_owned();
        let (config, found) = load_config(&root, &Manifest::parse(""), &Machine);
        assert!(!found.has_errors(), "{found:?}");
        let provider = Arc::new(self.play.clone()) as Arc<dyn Provider>;
        Input {
            config: Arc::new(config),
            state: self.state.clone(),
            variables: BTreeMap::new(),
            providers: Providers(BTreeMap::from([(self.play.source(), provider)])),
            functions: Arc::new(terrace::functions::Context::new(Arc::new(Machine), ".", terrace::eval::EVALUATION)),
            workspace: "default".to_owned(),
            working_directory: "/".to_owned(),
            root_directory: ".".to_owned(),
            timestamp: "2026-01-01T00:00:00Z".to_owned(),
        }
    }

    fn deploy(&mut self, fleet: &Fleet, stop: Stop) -> Outcome {
        self.deploy_watched(fleet, stop, &Silence)
    }

    fn deploy_watched(&mut self, fleet: &Fleet, stop: Stop, observer: &dyn Observer) -> Outcome {
        let input = self.input(fleet);
        let outcome = block_on(async {
            let planned = make(Arc::new(input), &Options::default(), &Silence).await;
            assert!(!planned.diagnostics.has_errors(), "{:?}", planned.diagnostics);
            let plan = planned.plan.expect("a plan");
            self.rollouts = plan.rollouts.clone();
            let work = Run {
                plan,
                evaluation: planned.evaluation,
                graph: planned.graph,
                connections: planned.connections,
                parallelism: 10,
                probes: Arc::new(NoProbes),
            };
            run(work, &mut NoRecord, observer, stop).await
        });
        self.state = outcome.state.clone();
        outcome
    }

    /// The next run gets there, as it planned to.
    #[track_caller]
    fn goes_on(&mut self, fleet: &Fleet, context: &str) {
        let log = Log::default();
        let outcome = self.deploy_watched(fleet, Stop::never(), &log);
        assert!(!outcome.diagnostics.has_errors(), "{context}: {:?}", outcome.diagnostics);
        log.assert_as_planned(&self.rollouts, false, context);
        self.assert_settled(fleet, context);
    }

    fn store(&self) -> LocalStore {
        LocalStore::new(LocalPaths::of(self.directory.path().join("terraform.tfstate")))
    }

    /// As the command does it, with state and journal on disk. Nothing comes back where the process died.
    fn apply(&mut self, fleet: &Fleet, observer: &dyn Observer) -> Option<Outcome> {
        let (mut store, dead) = (self.store(), self.play.dead.clone());
        let state = store.read().expect("readable").unwrap_or_default();
        let input = Input { state, ..self.input(fleet) };
        let rollouts = &mut self.rollouts;
        let outcome = block_on(async {
            let applying = async {
                if let Some(outcome) = settle(&mut store, input.clone(), 10, observer, Stop::never()).await
                    && outcome.diagnostics.has_errors()
                {
                    return Some(outcome);
                }
                let state = store.read().expect("readable").unwrap_or_default();
                let planned = plan(&mut store, Input { state, ..input }, &Options::default(), &Silence).await;
                assert!(!planned.diagnostics.has_errors(), "{:?}", planned.diagnostics);
                *rollouts = planned.plan.as_ref().map(|plan| plan.rollouts.clone()).unwrap_or_default();
                apply(&mut store, planned, 10, observer, Stop::never()).await
            };
            tokio::select! {
                outcome = applying => outcome,
                () = dead.notified() => None,
            }
        });
        if outcome.is_none() {
            self.bury();
        }
        self.state = store.read().expect("readable").unwrap_or_default();
        outcome
    }

    /// This process lives on; the one that died had another number.
    fn bury(&self) {
        let path = self.directory.path().join("terraform.tfstate.rollouts");
        if let Ok(text) = std::fs::read_to_string(&path) {
            let mut records: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            records["process"] = 0.into();
            std::fs::write(&path, records.to_string()).expect("writable");
        }
    }

    /// Everything that exists is in the state, and nothing else.
    fn assert_agreement(&self, context: &str) {
        let instances = self.state.resources.values().flat_map(|resource| resource.instances.values());
        let in_state: usize =
            instances.map(|instance| usize::from(instance.current.is_some()) + instance.deposed.len()).sum();
        assert_eq!(in_state, self.play.world().objects.len(), "{context}: state and world differ");
    }

    /// This fleet serves, and nothing else is there.
    #[track_caller]
    fn assert_serves(&self, fleet: &Fleet, context: &str) {
        self.assert_agreement(context);
        let world = self.play.world();
        assert_eq!(world.versions(), fleet.versions(), "{context}");
        assert_eq!(world.serving().len(), fleet.servers.len(), "{context}");
        assert!(world.shadows.is_empty() && world.weight == 0, "{context}");
        let of_fleet =
            |resource: &&ModuleResource| ["play_server", "play_attachment"].contains(&&*resource.resource.kind);
        assert_eq!(self.deposed(of_fleet), 0, "{context}: old generations are left");
    }

    /// This fleet serves, and nothing of another one is left anywhere.
    #[track_caller]
    fn assert_settled(&self, fleet: &Fleet, context: &str) {
        self.assert_serves(fleet, context);
        assert_eq!(self.deposed(|_| true), 0, "{context}: old generations are left");
    }

    fn deposed(&self, wanted: impl Fn(&&ModuleResource) -> bool) -> usize {
        let resources = self.state.resources.iter().filter(|(resource, _)| wanted(resource));
        resources.flat_map(|(_, found)| found.instances.values()).map(|instance| instance.deposed.len()).sum()
    }

    #[track_caller]
    fn assert_promise(&self, change: &Change, context: &str) {
        let lowest = self.play.world().lowest.unwrap_or(0);
        assert!(lowest >= change.promised(), "{lowest} served, {} promised: {context}", change.promised());
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// A call fails: the rollout takes itself back, and the next run gets through.
#[track_caller]
fn survives_a_fault(change: &Change, fault: usize) {
    let change = Change { fails_back: true, ..change.clone() };
    let mut scene = Scene::before(&change);
    scene.play.world().fails_at = Some(fault);
    let log = Log::default();
    let outcome = scene.deploy_watched(&change.after, Stop::never(), &log);
    let context = format!("{change:?}, fault {fault}: {:?}", outcome.diagnostics);
    if change.is_rollout() {
        // What is not the fleet's may fail before its rollout, or after.
        let is_through = log.is_through(&scene.rollouts);
        assert!(is_through || outcome.diagnostics.has_errors(), "{context}");
        scene.assert_promise(&change, &context);
        scene.assert_serves(if is_through { &change.after } else { &change.before }, &context);
    }
    log.assert_as_planned(&scene.rollouts, outcome.diagnostics.has_errors(), &context);
    scene.goes_on(&change.after, &context);
}

/// Somebody stops the run at a call: traffic is whole, and the next run goes on.
#[track_caller]
fn survives_a_stop(change: &Change, call: usize) {
    let mut scene = Scene::before(change);
    let (sender, receiver) = watch::channel(0);
    {
        let mut world = scene.play.world();
        (world.stops_at, world.stop) = (Some(call), Some(sender));
    }
    let log = Log::default();
    let outcome = scene.deploy_watched(&change.after, Stop(receiver), &log);
    let context = format!("{change:?}, stopped at {call}: {:?}", outcome.diagnostics);
    scene.assert_agreement(&context);
    log.assert_as_planned(&scene.rollouts, outcome.diagnostics.has_errors() || outcome.was_stopped, &context);
    assert!(scene.play.world().weight == 0 && scene.play.world().shadows.is_empty(), "{context}");
    scene.play.world().stops_at = None;
    scene.goes_on(&change.after, &context);
    if change.is_rollout() {
        scene.assert_promise(change, &context);
    }
}

/// The process dies at a call: the next run takes it back or goes on, as `on_failure` says.
#[track_caller]
fn survives_a_death(change: &Change, death: Death) {
    let mut scene = Scene::before(change);
    scene.store().write(&scene.state).expect("writable");
    scene.play.world().dies_at = Some(death);
    let died = scene.apply(&change.after, &Silence).is_none();
    scene.play.world().dies_at = None;
    let context = format!("{change:?}, {death:?}");
    let may_go_back = died && !to_settle(&scene.store()).is_empty();
    let mut goes_back = false;
    if died {
        let (log, rollouts) = (Log::default(), scene.rollouts.clone());
        let next = scene.apply(&change.after, &log).expect("nobody dies");
        let context = format!("{context}: {:?}", next.diagnostics);
        goes_back = next.diagnostics.has_errors();
        // Once everything forwards to the new group there is no way back.
        assert!(goes_back == may_go_back || change.before.group != change.after.group && may_go_back, "{context}");
        assert!(change.fails_back || !goes_back, "{context}");
        match goes_back {
            true => log.assert_way_back(&rollouts[0], &context),
            false if may_go_back => {
                log.without_end_of(&rollouts[0], &context).assert_as_planned(&scene.rollouts, false, &context);
            }
            false => log.assert_as_planned(&scene.rollouts, false, &context),
        }
        scene.assert_serves(if goes_back { &change.before } else { &change.after }, &context);
    }
    if goes_back {
        let again = scene.apply(&change.after, &Silence).expect("nobody dies");
        assert!(!again.diagnostics.has_errors(), "{context}: {:?}", again.diagnostics);
    }
    scene.assert_settled(&change.after, &context);
    if change.is_rollout() {
        scene.assert_promise(change, &context);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fails_the_old_or_the_new_version_serves(change in changes(50), share in 0.0f64..1.0) {
        survives_a_fault(&change, 1 + (share * change.calls() as f64) as usize);
    }

    #[test]
    fn a_version_that_never_gets_healthy_is_gone_afterwards(change in changes(50)) {
        let mut scene = Scene::before(&Change { fails_back: true, ..change.clone() });
        scene.play.world().sick = Some("2".to_owned());
        let log = Log::default();
        let outcome = scene.deploy_watched(&change.after, Stop::never(), &log);
        let context = format!("{change:?}: {:?}", outcome.diagnostics);
        if change.is_rollout() && change.after.versions().contains(&"2".to_owned()) {
            prop_assert!(outcome.diagnostics.has_errors(), "{context}");
            scene.assert_promise(&change, &context);
            scene.assert_serves(&change.before, &context);
            log.assert_as_planned(&scene.rollouts, true, &context);
        }
    }

    #[test]
    fn a_version_that_gets_ill_is_gone_afterwards(change in changes(50), share in 0.0f64..1.0) {
        let change = Change { fails_back: true, ..change };
        let mut scene = Scene::before(&change);
        scene.play.world().ill_at = Some(1 + (share * change.calls() as f64) as usize);
        let log = Log::default();
        let outcome = scene.deploy_watched(&change.after, Stop::never(), &log);
        let context = format!("{change:?}: {:?}", outcome.diagnostics);
        log.assert_as_planned(&scene.rollouts, outcome.diagnostics.has_errors(), &context);
        if change.is_rollout() && outcome.diagnostics.has_errors() {
            scene.assert_serves(&change.before, &context);
        }
    }

    #[test]
    fn wherever_it_is_stopped_the_next_run_goes_on(change in changes(50), share in 0.0f64..1.0) {
        survives_a_stop(&change, 1 + (share * change.calls() as f64) as usize);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whenever_the_process_dies_the_next_run_does_as_on_failure_says(
        change in changes(8),
        share in 0.0f64..1.0,
        has_effect in any::<bool>(),
    ) {
        survives_a_death(&change, Death { call: 1 + (share * change.calls() as f64) as usize, has_effect });
    }
}

/// One server of each fate, one that moves to another zone, and a zone that is changed in place; with every strategy, and into another group.
fn one_of_each() -> Vec<Change> {
    let server = |version, zone| Server { version, zone };
    let before = [(0, server("1", 0)), (1, server("1", 1)), (2, server("1", 0)), (3, server("1", 1))];
    let after = [(0, server("2", 0)), (1, server("2", 0)), (2, server("1", 0)), (4, server("2", 1))];
    let zones = |note| BTreeMap::from([(0, Zone::default()), (1, Zone { note, ..Zone::default() })]);
    let strategies = [
        ("strategy \"rolling\" {}", 0),
        ("strategy \"rolling\" {\n max_surge = 0\n max_unavailable = 1\n}", 1),
        ("strategy \"blue_green\" {}", 0),
        ("strategy \"canary\" { weights = [50] }", 0),
    ];
    let change = |(strategy, unavailable): (&str, usize), group: usize| Change {
        before: Fleet { servers: before.into(), zones: zones(0), group: 0 },
        after: Fleet { servers: after.into(), zones: zones(1), group },
        strategy: strategy.to_owned(),
        unavailable,
        fails_back: true,
    };
    strategies.into_iter().flat_map(|strategy| [0, 1].map(|group| change(strategy, group))).collect()
}

/// So many calls the change takes when nothing goes wrong.
fn calls_of(change: &Change) -> usize {
    let mut scene = Scene::before(change);
    let outcome = scene.deploy(&change.after, Stop::never());
    assert!(!outcome.diagnostics.has_errors(), "{:?}", outcome.diagnostics);
    scene.play.world().calls
}

#[test]
fn every_single_call_may_fail_or_be_the_one_at_which_it_is_stopped() {
    for change in one_of_each() {
        for call in 1..=calls_of(&change) {
            survives_a_fault(&change, call);
            survives_a_stop(&change, call);
        }
    }
}

/// Before and after every effect. Where a dead run had split the traffic, the next one waits some seconds: those are tried by chance only.
#[test]
fn the_process_may_die_at_every_single_call() {
    for change in
        one_of_each().into_iter().filter(|change| change.strategy.contains("rolling") && change.after.group == 0)
    {
        for call in 1..=calls_of(&change) {
            for (has_effect, fails_back) in [(false, true), (true, true), (false, false), (true, false)] {
                survives_a_death(&Change { fails_back, ..change.clone() }, Death { call, has_effect });
            }
        }
    }
}
