//! Rollouts over random fleets, strategies, faults and interruptions, in a world that is only played: whatever happens, no fewer servers
//! serve than promised, every run ends, and state and world agree with the old or the new version.

mod play;

use play::{Death, Play};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use terrace::apply::{NoProbes, NoRecord, Outcome, Run, Stop, run};
use terrace::config::{Manifest, load_config};
use terrace::ops::apply::apply;
use terrace::ops::interrupted_rollouts::{take_back, to_take_back};
use terrace::ops::plan::plan;
use terrace::plan::{Event, Input, Observer, Options, Providers, Rollout, Silence, StagePhase, make};
use terrace::provider::Provider;
use terrace::render::rollout_text::way_back_from;
use terrace::state::State;
use terrace::store::{LocalPaths, LocalStore, Store};
use terrace::system::Machine;
use tokio::sync::watch;

/// What is deployed: servers by number with their versions.
#[derive(Clone, Debug)]
struct Fleet {
    servers: BTreeMap<usize, &'static str>,
    zones: usize,
}

impl Fleet {
    /// Of all servers, sorted.
    fn versions(&self) -> Vec<String> {
        let mut versions: Vec<String> = self.servers.values().map(|version| (*version).to_owned()).collect();
        versions.sort();
        versions
    }

    fn configuration(&self) -> String {
        let servers: Vec<String> = self
            .servers
            .iter()
            .map(|(number, version)| {
                format!("    s{number:02} = {{ version = \"{version}\", zone = \"z{}\" }}\n", number % self.zones)
            })
            .collect();
        format!(
            "locals {{\n  servers = {{\n{}  }}\n}}\n\
             resource \"play_group\" \"web\" {{ name = \"web\" }}\n\
             resource \"play_server\" \"web\" {{\n for_each = local.servers\n version = each.value.version\n zone = each.value.zone\n}}\n\
             resource \"play_attachment\" \"web\" {{\n for_each = local.servers\n server = play_server.web[each.key].id\n group = play_group.web.id\n}}\n\
             resource \"play_listener\" \"web\" {{ group = play_group.web.id }}\n",
            servers.concat()
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
        !self.before.servers.is_empty() && !self.after.servers.is_empty() && self.before.servers != self.after.servers
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
        5 * self.before.servers.len().max(self.after.servers.len()) + 8
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

/// Fleets of up to so many servers in one to four zones. `all_new`: nothing but replacements.
fn changes(most: usize, all_new: bool) -> impl Strategy<Value = Change> {
    let fate = move || match all_new {
        true => Just((Some("1"), Some("2"))).boxed(),
        false => fates().boxed(),
    };
    let fleet = (proptest::collection::vec(fate(), 1..=most), 1usize..=4);
    (fleet, strategies(), any::<bool>()).prop_map(|((fates, zones), (strategy, unavailable), fails_back)| {
        let side = |of: fn(&Fate) -> Option<&'static str>| Fleet {
            servers: fates.iter().enumerate().filter_map(|(number, fate)| Some((number, of(fate)?))).collect(),
            zones,
        };
        Change { before: side(|fate| fate.0), after: side(|fate| fate.1), strategy, unavailable, fails_back }
    })
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
struct Log(Mutex<(Vec<String>, Vec<String>)>);

impl Observer for Log {
    fn observe(&self, event: Event<'_>) {
        if let Event::Stage { rollout, stage, position, phase: StagePhase::Done } = event {
            let mut log = self.0.lock().expect("not poisoned");
            let done = if position.is_some() { &mut log.0 } else { &mut log.1 };
            done.push(stage.action.describe(&rollout.fleet));
        }
    }
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

    fn store(&self) -> LocalStore {
        LocalStore::new(LocalPaths::of(self.directory.path().join("terraform.tfstate")))
    }

    /// As the command does it, with state and journal on disk. Nothing comes back where the process died.
    fn apply(&mut self, fleet: &Fleet) -> Option<Outcome> {
        let (mut store, dead) = (self.store(), self.play.dead.clone());
        let state = store.read().expect("readable").unwrap_or_default();
        let input = Input { state, ..self.input(fleet) };
        let outcome = block_on(async {
            let applying = async {
                if let Some(outcome) = take_back(&mut store, input.clone(), 10, &Silence, Stop::never()).await {
                    return Some(outcome);
                }
                let planned = plan(&mut store, input, &Options::default(), &Silence).await;
                assert!(!planned.diagnostics.has_errors(), "{:?}", planned.diagnostics);
                apply(&mut store, planned, 10, &Silence, Stop::never()).await
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
        let deposed = self.state.resources.values().flat_map(|resource| resource.instances.values());
        assert_eq!(
            deposed.map(|instance| instance.deposed.len()).sum::<usize>(),
            0,
            "{context}: old generations are left"
        );
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fails_the_old_or_the_new_version_serves(change in changes(50, false), share in 0.0f64..1.0) {
        let mut scene = Scene::before(&Change { fails_back: true, ..change.clone() });
        let fault = 1 + (share * change.calls() as f64) as usize;
        scene.play.world().fails_at = Some(fault);
        let outcome = scene.deploy(&change.after, Stop::never());
        let context = format!("{change:?}, fault {fault}: {:?}", outcome.diagnostics);
        let has_failed = outcome.diagnostics.has_errors();
        if change.is_rollout() {
            scene.assert_promise(&change, &context);
            scene.assert_serves(if has_failed { &change.before } else { &change.after }, &context);
        }
        let again = scene.deploy(&change.after, Stop::never());
        prop_assert!(!again.diagnostics.has_errors(), "{context}: {:?}", again.diagnostics);
        scene.assert_serves(&change.after, &context);
    }

    #[test]
    fn a_version_that_never_gets_healthy_is_gone_afterwards(change in changes(50, false)) {
        let mut scene = Scene::before(&Change { fails_back: true, ..change.clone() });
        scene.play.world().sick = Some("2".to_owned());
        let log = Log::default();
        let outcome = scene.deploy_watched(&change.after, Stop::never(), &log);
        let context = format!("{change:?}: {:?}", outcome.diagnostics);
        if change.is_rollout() && change.after.versions().contains(&"2".to_owned()) {
            prop_assert!(outcome.diagnostics.has_errors(), "{context}");
            scene.assert_promise(&change, &context);
            scene.assert_serves(&change.before, &context);
            // What was done is the beginning of what was planned, and the planned way back from there.
            let (forward, back) = log.0.into_inner().expect("not poisoned");
            let rollout = &scene.rollouts[0];
            let planned: Vec<String> =
                rollout.stages.iter().map(|stage| stage.action.describe(&rollout.fleet)).collect();
            prop_assert!(planned.starts_with(&forward), "{forward:?} is no beginning of {planned:?}: {context}");
            prop_assert_eq!(back, way_back_from(rollout, forward.len() - 1), "{}", context);
        }
    }

    #[test]
    fn wherever_it_is_stopped_the_next_run_goes_on(change in changes(50, false), share in 0.0f64..1.0) {
        let mut scene = Scene::before(&change);
        let (sender, receiver) = watch::channel(0);
        let stops_at = 1 + (share * change.calls() as f64) as usize;
        {
            let mut world = scene.play.world();
            (world.stops_at, world.stop) = (Some(stops_at), Some(sender));
        }
        let outcome = scene.deploy(&change.after, Stop(receiver));
        let context = format!("{change:?}, stopped at {stops_at}: {:?}", outcome.diagnostics);
        scene.assert_agreement(&context);
        prop_assert!(scene.play.world().weight == 0 && scene.play.world().shadows.is_empty(), "{context}");
        scene.play.world().stops_at = None;
        let again = scene.deploy(&change.after, Stop::never());
        prop_assert!(!again.diagnostics.has_errors(), "{context}: {:?}", again.diagnostics);
        if change.is_rollout() {
            scene.assert_promise(&change, &context);
        }
        scene.assert_serves(&change.after, &context);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whenever_the_process_dies_the_next_run_does_as_on_failure_says(
        change in changes(8, false),
        share in 0.0f64..1.0,
        has_effect in any::<bool>(),
    ) {
        let mut scene = Scene::before(&change);
        scene.store().write(&scene.state).expect("writable");
        let death = Death { call: 1 + (share * change.calls() as f64) as usize, has_effect };
        scene.play.world().dies_at = Some(death);
        let died = scene.apply(&change.after).is_none();
        scene.play.world().dies_at = None;
        let context = format!("{change:?}, {death:?}");
        let goes_back = died && !to_take_back(&scene.store()).is_empty();
        if died {
            let next = scene.apply(&change.after).expect("nobody dies");
            let context = format!("{context}: {:?}", next.diagnostics);
            prop_assert_eq!(next.diagnostics.has_errors(), goes_back, "{}", context);
            scene.assert_serves(if goes_back { &change.before } else { &change.after }, &context);
            prop_assert!(change.fails_back || !goes_back, "{context}");
        }
        if goes_back {
            let again = scene.apply(&change.after).expect("nobody dies");
            prop_assert!(!again.diagnostics.has_errors(), "{context}: {:?}", again.diagnostics);
        }
        scene.assert_serves(&change.after, &context);
        if change.is_rollout() {
            scene.assert_promise(&change, &context);
        }
    }
}
