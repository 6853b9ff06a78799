//! Killed at any instant, the next run finishes: no orphan, no duplicate, nothing lost.
//!
//! A provider keeps a small world in a directory, one file an object. Child processes of this test apply configurations to it and are
//! killed (SIGKILL) at every boundary between the program and the world, and at random instants. After each, one more run must bring
//! world, state and configuration to agree, and Terraform (where it is installed) must be able to read the state.
//! The number of runs is `TERRACE_CRASH_RUNS` (200 where nothing is said; CI asks for 1,000); the seed is printed.

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use terrace::addr::ProviderSource;
use terrace::apply::Stop;
use terrace::config::{Manifest, load_config};
use terrace::plan::{Input, Options, Planned, Providers, Silence};
use terrace::provider::{
    Applied, ApplyRequest, Complaint, Connection, DataOutcome, DataRequest, ImportRequest, Imported, Intent,
    PlanRequest, Planned as PlannedObject, Provider, ProviderSchema, ReadOutcome, ReadRequest, Recovered,
};
use terrace::schema::{Attribute, Block, Schema};
use terrace::state::State;
use terrace::store::{LocalPaths, LocalStore, Store};
use terrace::system::Machine;
use terrace::value::{Path as ValuePath, Text, Type, Value};

/// Says to the child test where its world is; absent in an ordinary run of the tests.
const WORLD: &str = "TERRACE_CRASH_WORLD";
/// At which boundary the child dies; never where absent.
const DIE_AT: &str = "TERRACE_CRASH_AT";

// ---------------------------------------------------------------- the world

/// One directory: `objects/ID` holds `token name value`.
#[derive(Clone)]
struct World {
    directory: PathBuf,
}

impl World {
    fn objects(&self) -> BTreeMap<String, (String, String, String)> {
        let entries = fs::read_dir(self.directory.join("objects")).expect("the world has objects").flatten();
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).ok()?;
            let parts: Vec<&str> = text.split('\t').collect();
            let [token, name, value] = parts.as_slice() else { return None };
            let id = path.file_name()?.to_string_lossy().into_owned();
            Some((id, (token.to_string(), name.to_string(), value.to_string())))
        };
        entries.filter_map(|entry| read(entry.path())).collect()
    }

    /// One effect: whole or not at all.
    fn put(&self, id: &str, token: &str, name: &str, value: &str) {
        let path = self.directory.join("objects").join(id);
        let beside = self.directory.join(format!("new-{id}"));
        fs::write(&beside, format!("{token}\t{name}\t{value}")).expect("the world can be written");
        fs::rename(beside, path).expect("the world can be written");
    }

    fn remove(&self, id: &str) {
        let _ = fs::remove_file(self.directory.join("objects").join(id));
    }
}

/// Where a child may die. Each call is one boundary.
fn boundary() {
    static PASSED: AtomicU32 = AtomicU32::new(0);
    static DEADLY: OnceLock<Option<u32>> = OnceLock::new();
    let deadly = DEADLY.get_or_init(|| std::env::var(DIE_AT).ok().and_then(|text| text.parse().ok()));
    if Some(PASSED.fetch_add(1, Ordering::SeqCst)) == *deadly {
        // SAFETY: a signal to ourselves; nothing runs after it.
        unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
        std::thread::sleep(Duration::from_secs(60));
    }
}

// ---------------------------------------------------------------- its provider

struct CrashProvider {
    world: World,
    schema: ProviderSchema,
}

impl CrashProvider {
    fn new(world: World) -> Self {
        let attributes = [
            ("id", Attribute::computed(Type::String)),
            ("name", Attribute::required(Type::String)),
            ("value", Attribute::optional(Type::String)),
        ];
        let attributes = attributes.into_iter().map(|(name, attribute)| (Text::from(name), attribute)).collect();
        let mut schema = ProviderSchema::default();
        schema
            .resources
            .insert("crash_thing".into(), || Schema { version: 0, block: Block { attributes, ..Block::default() } });
        Self { world, schema }
    }
}

#[async_trait]
impl Provider for CrashProvider {
    fn source(&self) -> ProviderSource {
        ProviderSource::official("crash")
    }

    fn version(&self) -> &str {
        "1.0.0"
    }

    fn schema(&self) -> &ProviderSchema {
        &self.schema
    }

    async fn connect(&self, _configuration: Value) -> Result<Arc<dyn Connection>, Vec<Complaint>> {
        Ok(Arc::new(self.world.clone()))
    }
}

fn text(object: &Value, name: &str) -> String {
    object.get(name).and_then(Value::as_str).map(ToString::to_string).unwrap_or_default()
}

fn object(id: &str, name: &str, value: &str) -> Value {
    let value = if value.is_empty() { Value::null(Type::String) } else { Value::from(value) };
    Value::object([("id".into(), Value::from(id)), ("name".into(), Value::from(name)), ("value".into(), value)])
}

#[async_trait]
impl Connection for World {
    fn plan(&self, request: PlanRequest<'_>) -> PlannedObject {
        let mut planned = PlannedObject::as_proposed(&request);
        if request.proposed.is_null() {
            return planned;
        }
        if request.prior.is_null() {
            let entries = request.proposed.as_entries().into_iter().flat_map(|entries| entries.iter());
            let open =
                |name: &Text, value: &Value| if &**name == "id" { Value::unknown(Type::String) } else { value.clone() };
            planned.object =
                Value::object(entries.map(|(name, value)| (name.clone(), open(name, value))).collect::<Vec<_>>());
        } else if request.prior.get("name") != request.proposed.get("name") {
            planned.requires_replace.push(ValuePath::of_attribute("name"));
        }
        planned
    }

    async fn read(&self, requests: Vec<ReadRequest>) -> Vec<ReadOutcome> {
        let objects = self.objects();
        let read = |request: ReadRequest| match objects.get(&text(&request.prior, "id")) {
            Some((_, name, value)) => {
                let object = object(&text(&request.prior, "id"), name, value);
                ReadOutcome::Present { object, private: request.private, complaints: Vec::new() }
            }
            None => ReadOutcome::Gone,
        };
        requests.into_iter().map(read).collect()
    }

    async fn read_data(&self, requests: Vec<DataRequest>) -> Vec<DataOutcome> {
        requests.iter().map(|_| Err(Vec::new())).collect()
    }

    async fn apply(&self, request: ApplyRequest) -> Applied {
        boundary();
        tokio::time::sleep(Duration::from_micros(200)).await;
        let made = match (request.prior.is_null(), request.planned.is_null()) {
            (_, true) => {
                self.remove(&text(&request.prior, "id"));
                request.planned.clone()
            }
            (is_new, false) => {
                let id = if is_new { fresh_id(&request.token) } else { text(&request.prior, "id") };
                let (name, value) = (text(&request.planned, "name"), text(&request.planned, "value"));
                self.put(&id, &request.token, &name, &value);
                object(&id, &name, &value)
            }
        };
        boundary();
        Applied { object: made, private: request.private, complaints: Vec::new(), is_open: false }
    }

    async fn recover(&self, intent: &Intent) -> Recovered {
        let objects = self.objects();
        let found = match intent.prior.is_null() {
            true => objects.iter().find(|(_, (token, ..))| *token == *intent.token),
            false => objects.get_key_value(&text(&intent.prior, "id")),
        };
        match found {
            None => Recovered::Absent,
            Some((id, (_, name, value))) => {
                let is_complete = !intent.planned.is_null() && *value == text(&intent.planned, "value");
                Recovered::Adopt { object: object(id, name, value), private: intent.private.clone(), is_complete }
            }
        }
    }

    async fn import(&self, requests: Vec<ImportRequest>) -> Vec<Result<Imported, Vec<Complaint>>> {
        requests.iter().map(|_| Err(Vec::new())).collect()
    }
}

/// An id that no other create gives, not even with the same token: two creates are seen as two.
fn fresh_id(token: &str) -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let process = std::process::id();
    format!(
        "{}-{process}-{}",
        token.chars().filter(char::is_ascii_alphanumeric).take(12).collect::<String>(),
        MADE.fetch_add(1, Ordering::SeqCst)
    )
}

// ---------------------------------------------------------------- one run

struct Run {
    directory: PathBuf,
}

impl Run {
    fn input(&self, state: State) -> Input {
        let root = self.directory.to_string_lossy().into_owned();
        let (config, found) = load_config(&root, &Manifest::parse(""), &Machine);
        assert!(!found.has_errors(), "{found:?}");
        let provider: Arc<dyn Provider> = Arc::new(CrashProvider::new(World { directory: self.directory.clone() }));
        let mut functions = terrace::functions::Context::new(Arc::new(Machine), ".", terrace::eval::EVALUATION);
        functions.defers_impure = true;
        Input {
            config: Arc::new(config),
            state,
            variables: BTreeMap::new(),
            providers: Providers([(provider.source(), provider)].into_iter().collect()),
            functions: Arc::new(functions),
            workspace: "default".to_owned(),
            working_directory: "/".to_owned(),
            root_directory: ".".to_owned(),
            timestamp: "2026-01-01T00:00:00Z".to_owned(),
        }
    }

    fn store(&self) -> LocalStore {
        LocalStore::new(LocalPaths::of(self.directory.join("terraform.tfstate")))
    }

    async fn plan(&self, store: &mut LocalStore) -> Planned {
        let state = store.read().expect("a readable state").unwrap_or_default();
        terrace::ops::plan::plan(store, self.input(state), &Options::default(), &Silence).await
    }

    /// Plans and applies; how many changes there were.
    fn apply(&self) -> usize {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut store = self.store();
            terrace::ops::locking::lock(&mut store, "OperationTypeApply", Duration::from_secs(10))
                .expect("the dead hold no lock");
            let planned = self.plan(&mut store).await;
            assert!(!planned.diagnostics.has_errors(), "{:?}", planned.diagnostics);
            let outcome =
                terrace::ops::apply::apply(&mut store, planned, 4, &Silence, Stop::never()).await.expect("a plan");
            assert!(!outcome.diagnostics.has_errors(), "{:?}", outcome.diagnostics);
            outcome.counts.added + outcome.counts.changed + outcome.counts.destroyed
        })
    }

    /// World, state and configuration agree, and nothing is left to do.
    fn assert_settled(&self, context: &str) {
        assert_eq!(self.apply(), 0, "{context}: the run after the recovering one still had something to do");
        let state = self.store().read().expect("a readable state").unwrap_or_default();
        let saved: BTreeSet<String> = state
            .instances()
            .flat_map(|(_, instance)| {
                instance.current.iter().chain(instance.deposed.values()).cloned().collect::<Vec<_>>()
            })
            .map(|object| match &object.attributes {
                terrace::state::Attributes::Raw(json) => id_in(json),
                terrace::state::Attributes::Decoded { value, .. } => text(value, "id"),
            })
            .collect();
        let objects = World { directory: self.directory.clone() }.objects();
        let existing: BTreeSet<String> = objects.keys().cloned().collect();
        assert_eq!(saved, existing, "{context}: what the state records and what exists differ");
        let names: BTreeSet<&String> = objects.values().map(|(_, name, _)| name).collect();
        assert_eq!(names.len(), objects.len(), "{context}: two objects of one name");
        assert!(!self.directory.join("terraform.tfstate.journal").exists(), "{context}: a journal was left behind");
    }
}

fn id_in(json: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(json).expect("attributes are JSON");
    json["id"].as_str().unwrap_or_default().to_owned()
}

// ---------------------------------------------------------------- what is changed

/// Configurations, each applied after the one before: creates, updates, both kinds of replacement, removals, everything gone.
const STEPS: [&str; 5] = [
    "resource \"crash_thing\" \"a\" {\n  count = 4\n  name = \"a${count.index}\"\n}\nresource \"crash_thing\" \"b\" {\n  count = 3\n  name = \"b${count.index}\"\n  value = crash_thing.a[count.index].id\n}\n",
    "resource \"crash_thing\" \"a\" {\n  count = 4\n  name = \"a${count.index}\"\n  value = \"changed\"\n}\nresource \"crash_thing\" \"b\" {\n  count = 5\n  name = \"b${count.index}\"\n}\n",
    "resource \"crash_thing\" \"a\" {\n  count = 4\n  name = \"new-a${count.index}\"\n}\nresource \"crash_thing\" \"b\" {\n  count = 2\n  name = \"b${count.index}\"\n  value = crash_thing.a[0].name\n}\n",
    "resource \"crash_thing\" \"a\" {\n  count = 3\n  name = \"newer-a${count.index}\"\n  lifecycle {\n    create_before_destroy = true\n  }\n}\nresource \"crash_thing\" \"b\" {\n  count = 2\n  name = \"b${count.index}\"\n  value = crash_thing.a[count.index].id\n}\n",
    "",
];

fn prepare(directory: &Path, step: usize) -> Run {
    fs::create_dir_all(directory.join("objects")).expect("a world");
    let run = Run { directory: directory.to_owned() };
    for configuration in &STEPS[..step] {
        write_configuration(directory, configuration);
        run.apply();
    }
    write_configuration(directory, STEPS[step]);
    run
}

fn write_configuration(directory: &Path, text: &str) {
    fs::write(directory.join("main.tf"), text).expect("a configuration");
}

/// Runs the child over a directory. True where it came to its end.
fn child(directory: &Path, die_at: Option<u32>, kill_after: Option<Duration>) -> bool {
    let mut command = Command::new(std::env::current_exe().expect("this test is a file"));
    command.args(["--exact", "child_process", "--ignored", "--nocapture"]).env(WORLD, directory).env_remove(DIE_AT);
    if let Some(at) = die_at {
        command.env(DIE_AT, at.to_string());
    }
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut process = command.spawn().expect("the child starts");
    if let Some(after) = kill_after {
        std::thread::sleep(after);
        let _ = process.kill();
    }
    process.wait().expect("the child ends").success()
}

/// The body of the child; ignored otherwise.
#[test]
#[ignore = "runs in child processes of the other tests"]
fn child_process() {
    let Ok(world) = std::env::var(WORLD) else { return };
    Run { directory: world.into() }.apply();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn a_run_killed_at_every_boundary_is_finished_by_the_next() {
    for step in 0..STEPS.len() {
        let folder = tempfile::tempdir().expect("a directory");
        let prepared = folder.path().join("prepared");
        prepare(&prepared, step);
        for at in 0.. {
            let world = folder.path().join(format!("at-{at}"));
            copy(&prepared, &world);
            let has_ended = child(&world, Some(at), None);
            Run { directory: world.clone() }.apply();
            Run { directory: world.clone() }.assert_settled(&format!("step {step}, boundary {at}"));
            let _ = fs::remove_dir_all(&world);
            if has_ended {
                assert!(at > 4, "the child died too seldom to prove anything");
                break;
            }
        }
    }
}

#[test]
fn a_run_killed_at_random_instants_is_finished_by_the_next() {
    let runs: u64 = std::env::var("TERRACE_CRASH_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    let seed =
        std::env::var("TERRACE_CRASH_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(rand::random::<u64>);
    println!("{runs} runs, TERRACE_CRASH_SEED={seed}");
    let prepared: Vec<tempfile::TempDir> = (0..STEPS.len())
        .map(|step| {
            let folder = tempfile::tempdir().expect("a directory");
            prepare(folder.path(), step);
            folder
        })
        .collect();
    let longest = longest_run(prepared[1].path());
    let mut random = seed;
    let mut killed = 0;
    for run in 0..runs {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let step = (run % STEPS.len() as u64) as usize;
        let after = longest.mul_f64((random >> 33) as f64 / f64::from(u32::MAX >> 1));
        let world = tempfile::tempdir().expect("a directory");
        copy(prepared[step].path(), world.path());
        let mut is_running = true;
        // Killed once, and every third time killed again while it recovers.
        for _ in 0..=u32::from(run % 3 == 0) {
            is_running = is_running && !child(world.path(), None, Some(after));
        }
        killed += u64::from(is_running);
        Run { directory: world.path().to_owned() }.apply();
        Run { directory: world.path().to_owned() }
            .assert_settled(&format!("run {run} of step {step}, killed after {after:?}, seed {seed}"));
        if run % 50 == 0 {
            assert_terraform_reads(world.path());
        }
    }
    println!("{killed} of {runs} runs were killed before their end");
    assert!(killed * 4 > runs, "too few runs were killed to prove anything");
}

/// How long a child takes that nobody kills.
fn longest_run(prepared: &Path) -> Duration {
    let world = tempfile::tempdir().expect("a directory");
    copy(prepared, world.path());
    let start = std::time::Instant::now();
    assert!(child(world.path(), None, None), "a child that nobody kills comes to its end");
    start.elapsed()
}

fn assert_terraform_reads(directory: &Path) {
    let listed = Command::new("terraform")
        .args(["state", "list"])
        .current_dir(directory)
        .env("CHECKPOINT_DISABLE", "1")
        .output();
    let Ok(listed) = listed else { return };
    assert!(listed.status.success() || String::from_utf8_lossy(&listed.stderr).contains("No state file"), "{listed:?}");
}
