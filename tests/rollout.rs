//! Deployments on the host, under requests that never stop: no version change may cost one.

mod client;
mod workplace;

use client::ask;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use workplace::Workplace;

const STACK: &str = r#"
variable "release" { default = "1" }
variable "program" {
  type    = list(string)
  default = ["terrace", "host", "serve"]
}
variable "servers" { default = 3 }

data "host_zones" "all" {}

resource "host_server" "web" {
  count       = var.servers
  zone        = data.host_zones.all.names[count.index % 3]
  command     = var.program
  environment = { VERSION = var.release }
  restart     = "never"
}

resource "host_target_group" "web" {
  name                 = "web"
  health_check         = { path = "/health", interval = 0.1, healthy_threshold = 2, unhealthy_threshold = 1 }
  deregistration_delay = 5
}

module "attach" {
  source  = "./attach"
  group   = host_target_group.web.id
  servers = host_server.web[*].id
}

resource "host_load_balancer" "web" { name = "web" }

resource "host_listener" "web" {
  load_balancer  = host_load_balancer.web.id
  default_action = { forward = [{ target_group = host_target_group.web.id }] }
}

output "address" { value = trimprefix(host_listener.web.url, "http://") }
"#;

/// Attachments are made in another module, through a variable and a local.
const ATTACH: &str = r#"
variable "group" {}
variable "servers" {}
locals { by_number = { for number, id in var.servers : tostring(number) => id } }
resource "host_target_group_attachment" "member" {
  for_each     = { for number in range(length(var.servers)) : tostring(number) => number }
  target_group = var.group
  server       = local.by_number[each.key]
}
"#;

/// Comes up, and knows nothing of a page named /health.
const SICK: &str = "program=[\"sh\",\"-c\",\"exec python3 -m http.server --bind $ADDRESS $PORT\"]";

/// The stack with its first version, and requests to it until it is dropped.
struct Scene {
    place: Workplace,
    clients: Clients,
}

impl Scene {
    fn with(rollout: &str) -> Self {
        let place = Workplace::with("");
        std::fs::create_dir(place.path("attach")).expect("a directory");
        place.write("attach/main.tf", ATTACH);
        place.write("main.tf", STACK);
        if !rollout.is_empty() {
            place.write("web.terrace.hcl", rollout);
        }
        place.ok(&["init"]);
        place.apply();
        let clients = Clients::start(place.ok(&["output", "-raw", "address"]).trim());
        clients.wait_for("1");
        clients.forget();
        Self { place, clients }
    }

    fn deploy(&self, release: &str) -> String {
        self.place.ok(&["apply", "-auto-approve", "-no-color", &format!("-var=release={release}")])
    }

    fn ids(&self) -> String {
        let state: serde_json::Value = serde_json::from_str(&self.place.state()).expect("the state is JSON");
        let resources = state["resources"].as_array().expect("resources").iter();
        let servers = resources.filter(|it| it["type"] == "host_server");
        let ids = servers.flat_map(|it| it["instances"].as_array().expect("instances").iter());
        ids.map(|it| format!("{} {}\n", it["attributes"]["id"], it["deposed"])).collect()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.clients.stop();
        self.place.run(&["destroy", "-auto-approve"]);
        if self.place.path(".terrace/host").exists() {
            self.place.run(&["host", "stop"]);
        }
    }
}

#[derive(Default)]
struct Shared {
    /// Answers by version; failures under nothing.
    answers: Mutex<BTreeMap<String, usize>>,
    is_over: AtomicBool,
}

/// Some keep their connection, some open one for each request.
struct Clients {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Clients {
    fn start(address: &str) -> Self {
        let shared = Arc::new(Shared::default());
        let client = |number: usize| {
            let (shared, address) = (shared.clone(), address.to_owned());
            std::thread::spawn(move || {
                let mut kept = None;
                while !shared.is_over.load(Relaxed) {
                    let answer = ask(&mut kept, &address).unwrap_or_default();
                    let version = answer.split_once("from version ").and_then(|(_, rest)| rest.split(',').next());
                    *shared
                        .answers
                        .lock()
                        .expect("not poisoned")
                        .entry(version.unwrap_or("").to_owned())
                        .or_default() += 1;
                    if number.is_multiple_of(2) {
                        kept = None;
                    }
                    std::thread::sleep(Duration::from_millis(3));
                }
            })
        };
        Self { threads: (0..6).map(client).collect(), shared }
    }

    fn answers(&self, version: &str) -> usize {
        self.shared.answers.lock().expect("not poisoned").get(version).copied().unwrap_or(0)
    }

    fn forget(&self) {
        self.shared.answers.lock().expect("not poisoned").clear();
    }

    fn wait_for(&self, version: &str) {
        let give_up = Instant::now() + Duration::from_secs(20);
        let before = self.answers(version);
        while self.answers(version) < before + 50 {
            assert!(Instant::now() < give_up, "version {version} never answers");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[track_caller]
    fn expect_no_failure(&self) {
        assert_eq!(self.answers(""), 0, "requests failed: {:?}", self.shared.answers.lock().expect("not poisoned"));
    }

    fn stop(&mut self) {
        self.shared.is_over.store(true, Relaxed);
        self.threads.drain(..).for_each(|thread| thread.join().expect("a client does not panic"));
    }
}

fn block(body: &str) -> String {
    format!("rollout \"web\" {{\n  fleet = host_server.web\n  health {{ timeout = \"3s\" }}\n{body}\n}}\n")
}

#[test]
fn without_a_word_servers_are_replaced_one_by_one_and_no_request_fails() {
    let scene = Scene::with("");
    let output = scene.deploy("2");
    assert!(output.contains("[15/15]: destroy host_server.web[2]"), "{output}");
    scene.clients.wait_for("2");
    scene.clients.expect_no_failure();
    let ended = scene.place.run(&["plan", "-detailed-exitcode", "-var=release=2"]);
    assert_eq!(ended.code, Some(0), "{}", ended.output);
}

#[test]
fn every_strategy_replaces_the_servers_without_a_failed_request() {
    let scene = Scene::with("");
    let strategies = [
        "strategy \"rolling\" { batch = 2 }",
        "strategy \"rolling\" {\n max_unavailable = 1\n max_surge = 0\n}",
        "strategy \"blue_green\" { bake = \"300ms\" }",
        "strategy \"canary\" {\n weights = [10, 50]\n bake = \"200ms\"\n}",
    ];
    for (number, strategy) in strategies.iter().enumerate() {
        scene.place.write("web.terrace.hcl", &block(strategy));
        let release = (number + 2).to_string();
        let output = scene.deploy(&release);
        scene.clients.wait_for(&release);
        assert_eq!(scene.clients.answers(""), 0, "{strategy}\n{output}");
        let ended = scene.place.run(&["plan", "-detailed-exitcode", &format!("-var=release={release}")]);
        assert_eq!(ended.code, Some(0), "{}", ended.output);
    }
}

#[test]
fn a_version_that_never_gets_healthy_takes_itself_back() {
    let scene = Scene::with("");
    let before = scene.ids();
    for strategy in ["strategy \"rolling\" {}", "strategy \"blue_green\" {}", "strategy \"canary\" { weights = [10] }"]
    {
        scene.place.write("web.terrace.hcl", &block(strategy).replace("3s", "1s"));
        let arguments = ["apply", "-auto-approve", "-no-color", "-var=release=2", "-var", SICK];
        let output = scene.place.fails(&arguments, &["Rollout web failed and was taken back", "after 1s"]);
        assert_eq!(scene.ids(), before, "{strategy}\n{output}");
        scene.place.expect_no_changes();
        assert_eq!(scene.clients.answers("") + scene.clients.answers("2"), 0, "{strategy}\n{output}");
    }
}

#[test]
fn servers_that_were_gone_already_are_made_again_on_the_way_back() {
    // The second batch never gets healthy: its program knows its own number.
    let scene = Scene::with(&block("strategy \"rolling\" {}").replace("3s", "1s"));
    let program = "program=[\"sh\",\"-c\",\"case $ZONE in b) exec python3 -m http.server --bind $ADDRESS $PORT;; *) exec terrace host serve;; esac\"]";
    let arguments = ["apply", "-auto-approve", "-no-color", "-var=release=2", "-var", program];
    let output = scene.place.fails(&arguments, &["Rollout web failed and was taken back"]);
    scene.place.expect_no_changes();
    scene.clients.wait_for("1");
    assert_eq!(scene.clients.answers(""), 0, "{output}");
}

#[test]
fn a_version_that_is_bad_under_analysis_takes_itself_back() {
    let scene = Scene::with("");
    let before = scene.ids();
    let address = scene.place.ok(&["output", "-raw", "address"]);
    // Nothing of the page named /health is wrong; the page that the analysis asks for is.
    let program = "program=[\"sh\",\"-c\",\"mkdir -p $HOME/h; touch $HOME/h/health; cd $HOME/h; exec python3 -m http.server --bind $ADDRESS $PORT\"]";
    let analysis = format!(
        "strategy \"canary\" {{\n weights = [30]\n bake = \"5s\"\n}}\n\
         analysis \"answers\" {{\n url = \"http://{}/missing\"\n interval = \"20ms\"\n failures_allowed = 1\n}}",
        address.trim()
    );
    scene.place.write("web.terrace.hcl", &block(&analysis));
    let mut command = scene.place.command(&["apply", "-auto-approve", "-no-color", "-var=release=2", "-var", program]);
    let home = tempfile::tempdir().expect("a temporary directory");
    let output = command.env("HOME", home.path()).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("failed and was taken back"), "{text}");
    assert!(words.contains("analysis \"answers\" was bad 2 times (1 allowed)"), "{text}");
    assert_eq!(scene.ids(), before, "{text}");
}

#[test]
fn a_rollout_is_seen_held_and_taken_back_from_another_terminal() {
    let scene = Scene::with(&block("strategy \"canary\" {\n weights = [10]\n manual_promotion = true\n}"));
    let before = scene.ids();
    let mut run = scene.place.start("apply", &["apply", "-auto-approve", "-no-color", "-var=release=2"]);
    let status = |words: &str| {
        let give_up = Instant::now() + Duration::from_secs(20);
        loop {
            let text = scene.place.ok(&["rollout", "status"]);
            if text.contains(words) {
                return text;
            }
            assert!(Instant::now() < give_up, "no {words:?} in {text}\n{}", scene.place.read("apply.log"));
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    status("wait for promotion");
    scene.place.ok(&["rollout", "promote", "web"]);
    status("100 % of traffic on the shadow");
    scene.place.fails(&["rollout", "pause", "api"], &["No rollout \"api\" is under way; there is web."]);
    scene.place.ok(&["rollout", "abort"]);
    let ended = run.wait().expect("it ends");
    let text = scene.place.read("apply.log");
    assert_eq!(ended.code(), Some(1), "{text}");
    assert!(text.contains("Rollout web was aborted"), "{text}");
    assert_eq!(scene.ids(), before, "{text}");
    scene.clients.expect_no_failure();
    assert_eq!(scene.place.ok(&["rollout", "status"]), "No rollout is under way.\n");
    scene.place.fails(&["rollout", "pause"], &["No rollout is under way"]);
}

/// Deploys and kills the run when a stage begins. Whether it was still there to be killed.
fn is_killed_at(scene: &Scene, stage: usize, release: &str) -> bool {
    let release = format!("-var=release={release}");
    let mut run = scene.place.start("apply", &["apply", "-auto-approve", "-no-color", "-var=servers=2", &release]);
    let begun = format!("web [{stage}/");
    let give_up = Instant::now() + Duration::from_secs(60);
    while !scene.place.read("apply.log").contains(&begun) {
        assert!(Instant::now() < give_up, "{}", scene.place.read("apply.log"));
        if run.try_wait().expect("it can be asked").is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    run.kill().expect("it can be killed");
    !run.wait().expect("it ends").success()
}

#[test]
fn after_a_kill_the_next_run_takes_it_back_and_no_request_fails() {
    let canary = "strategy \"canary\" {\n weights = [50]\n bake = \"300ms\"\n}";
    for (strategy, stages) in [("strategy \"rolling\" {}", &[2, 3, 4, 5, 8][..]), (canary, &[5, 14])] {
        let scene = Scene::with(&block(strategy));
        let release =
            |release: &str| ["apply", "-auto-approve", "-no-color", "-var=servers=2", release].map(str::to_owned);
        let apply = |words: [String; 5]| scene.place.run(&words.each_ref().map(String::as_str));
        assert_eq!(apply(release("-var=release=1")).code, Some(0));
        let before = scene.ids();
        for stage in stages {
            if !is_killed_at(&scene, *stage, "2") {
                continue;
            }
            let status = scene.place.ok(&["rollout", "status"]);
            assert!(status.contains("web: interrupted") && status.contains("takes back web"), "{status}");
            let ended = apply(release("-var=release=2"));
            ended.expect_failure(&["Rollout web was interrupted and is taken back"]);
            let ids = scene.ids();
            assert!(ids.lines().count() == 2 && ids.lines().all(|id| id.ends_with(" null")), "{stage}: {ids}");
            // From stage 5 on rolling has destroyed an old server, which is made anew.
            if strategy == canary || *stage < 5 {
                assert_eq!(ids, before, "{strategy}, {stage}: {}", ended.output);
            }
            assert_eq!(scene.place.ok(&["rollout", "status"]), "No rollout is under way.\n");
        }
        let ended = scene.place.run(&["plan", "-detailed-exitcode", "-var=servers=2", "-var=release=1"]);
        assert_eq!(ended.code, Some(0), "{}", ended.output);
        scene.clients.expect_no_failure();
    }
}

#[test]
fn after_a_kill_the_next_run_goes_on_where_that_is_said() {
    let canary = "strategy \"canary\" {\n weights = [50]\n bake = \"300ms\"\n}";
    for (strategy, stage) in [("strategy \"rolling\" {}", 4), (canary, 10)] {
        // By the block, or by somebody afterwards.
        for (line, command) in [(" on_failure = \"pause\"", None), ("", Some("resume"))] {
            let scene = Scene::with(&block(&format!("{strategy}\n{line}")));
            if is_killed_at(&scene, stage, "2")
                && let Some(command) = command
            {
                scene.place.fails(&["rollout", "promote"], &["Nothing is under way"]);
                assert_eq!(scene.place.ok(&["rollout", command]), "Every rollout goes on by the next apply.\n");
            }
            scene.place.ok(&["apply", "-auto-approve", "-no-color", "-var=servers=2", "-var=release=2"]);
            scene.clients.wait_for("2");
            scene.clients.expect_no_failure();
            let ended = scene.place.run(&["plan", "-detailed-exitcode", "-var=servers=2", "-var=release=2"]);
            assert_eq!(ended.code, Some(0), "{}", ended.output);
            assert!(!scene.ids().contains("deposed"), "{}", scene.ids());
        }
    }
}

#[test]
fn the_plan_lists_the_steps_that_apply_then_takes() {
    let scene = Scene::with(&block("strategy \"blue_green\" {}"));
    scene.place.ok(&["plan", "-out=p", "-var=release=2"]);
    let json: serde_json::Value = serde_json::from_str(&scene.place.ok(&["show", "-json", "p"])).expect("it is JSON");
    let steps = json["terrace_rollouts"][0]["steps"].as_array().expect("steps").iter();
    let planned: Vec<String> = steps.map(|step| step["description"].as_str().expect("a text").to_owned()).collect();
    let taken: Vec<String> = scene
        .place
        .ok(&["apply", "-json", "p"])
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|line| line["type"] == "rollout_stage" && line["rollout"]["phase"] == "done")
        .map(|line| line["rollout"]["stage"].as_str().expect("a text").to_owned())
        .collect();
    assert_eq!(taken, planned);
    assert!(planned.len() > 8, "{planned:?}");
}

#[test]
fn every_view_of_a_plan_has_the_steps() {
    let scene = Scene::with(&block("strategy \"canary\" {\n weights = [50]\n bake = \"1m\"\n}"));
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("it is JSON");
    let output = scene.place.ok(&["plan", "-json", "-out=p", "-var=release=2"]);
    let lines: Vec<serde_json::Value> = output.lines().map(parse).collect();
    let told = lines.iter().find(|line| line["type"] == "planned_rollout").expect("it is told");
    let shown = parse(&scene.place.ok(&["show", "-json", "p"]));
    let rollout = &shown["terrace_rollouts"][0];
    assert_eq!(told["rollout"], *rollout);
    assert_eq!((&rollout["in_service_min"], &rollout["surge"]), (&3.into(), &3.into()));
    let steps = rollout["steps"].as_array().expect("steps");
    let hold = steps.iter().find(|step| step["action"] == "hold").expect("a canary holds");
    assert_eq!((&hold["weight"], &hold["within_seconds"]), (&50.into(), &60.0.into()));
    assert_eq!(hold["zones"], serde_json::json!({"a": 2, "b": 2, "c": 1}));
    assert_eq!(hold["way_back"][0], "return all traffic to the configured group");
    let graph = scene.place.ok(&["graph", "-plan=p"]);
    let text = scene.place.ok(&["show", "-no-color", "p"]);
    for (index, _) in steps.iter().enumerate() {
        assert!(graph.contains(&format!("\"rollout web {}\" [label=", index + 1)), "{graph}");
    }
    assert!(text.contains("   6  hold 1m "), "{text}");
    assert!(text.contains("web[1]' healthy (shadow), within 3s"), "{text}");
    assert!(text.contains("5 in service (a 2, b 2, c 1), 50 % of traffic on the shadow; back: "), "{text}");
}

#[test]
fn a_stop_leaves_everybody_in_service_and_the_next_run_goes_on() {
    let scene = Scene::with(&block("strategy \"rolling\" { pause = \"30s\" }"));
    let mut run = scene.place.start("apply", &["apply", "-auto-approve", "-no-color", "-var=release=2"]);
    let give_up = Instant::now() + Duration::from_secs(20);
    while !scene.place.read("apply.log").contains("]: hold") {
        assert!(Instant::now() < give_up, "{}", scene.place.read("apply.log"));
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(run.id()).expect("a pid")).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    assert_eq!(run.wait().expect("it ends").code(), Some(1));
    let text = scene.place.read("apply.log").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Rollout web was interrupted"), "{text}");
    assert!(text.contains("3 servers in service. Run \"terrace apply\" to go on"), "{text}");
    scene.place.write("web.terrace.hcl", &block(""));
    scene.deploy("2");
    scene.clients.wait_for("2");
    scene.clients.expect_no_failure();
}

#[test]
fn the_example_of_the_readme_works() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("it is there");
    let example = readme.split("```hcl\n").find(|part| part.contains("rollout \"web\"")).expect("an example");
    let scene = Scene::with(example.split("```").next().expect("its text"));
    let output = scene.deploy("2");
    assert!(output.contains("shift 10 % of the traffic to the shadow group"), "{output}");
    scene.clients.wait_for("2");
    scene.clients.expect_no_failure();
}

#[test]
fn what_a_strategy_cannot_do_is_said_by_the_plan_with_its_line() {
    let strategy = "strategy \"rolling\" {\n max_surge = 0\n max_unavailable = 0\n}";
    let scene = Scene::with(&block(strategy));
    scene.place.fails(&["plan", "-var=release=2"], &["Rollout can never begin", "on web.terrace.hcl line 4"]);
    scene.place.write("web.terrace.hcl", &block(""));
    let words = ["Rollout cannot be followed", "host_target_group.web is replaced too", "under the name \"web\""];
    scene.place.fails(&["plan", "-var=release=2", ANEW], &words);
}

const ANEW: &str = "-replace=host_target_group.web";

#[test]
fn a_target_group_that_is_replaced_costs_no_request() {
    let scene = Scene::with("");
    let strategies = ["", "strategy \"blue_green\" {}", "strategy \"canary\" { weights = [10, 50] }"];
    for (number, strategy) in strategies.iter().enumerate() {
        scene.place.write("web.terrace.hcl", &if strategy.is_empty() { String::new() } else { block(strategy) });
        let name = format!("name = \"web-{number}\"");
        scene.place.write("main.tf", &STACK.replacen("name                 = \"web\"", &name, 1));
        // The servers stay in the first of them.
        let release = (number + 1).to_string();
        let variable = format!("-var=release={release}");
        let output = scene.place.ok(&["apply", "-auto-approve", "-no-color", ANEW, &variable]);
        assert!(output.contains("turn what forwards to the new group"), "{output}");
        scene.clients.wait_for(&release);
        assert_eq!(scene.clients.answers(""), 0, "{strategy}\n{output}");
        let ended = scene.place.run(&["plan", "-detailed-exitcode", &format!("-var=release={release}")]);
        assert_eq!(ended.code, Some(0), "{}", ended.output);
    }
    // One that never gets healthy there is taken back, with its group.
    scene.place.write("main.tf", &STACK.replacen("name                 = \"web\"", "name = \"web-9\"", 1));
    scene.place.write("web.terrace.hcl", &block("").replace("3s", "1s"));
    let before = scene.ids();
    let arguments = ["apply", "-auto-approve", "-no-color", ANEW, "-var=release=4", "-var", SICK];
    let output = scene.place.fails(&arguments, &["Rollout web failed and was taken back"]);
    assert_eq!(scene.ids(), before, "{output}");
    scene.clients.expect_no_failure();
}

#[test]
fn servers_are_added_and_removed_in_their_turn() {
    let scene = Scene::with(&block("strategy \"rolling\" {}"));
    let words = ["apply", "-auto-approve", "-no-color"];
    let output = scene.place.ok(&[&words[..], &["-var=servers=4", "-var=release=2"]].concat());
    let first = output.find("create host_server.web[3]...").expect("it is added");
    assert!(first < output.find("create host_server.web[0]'").expect("it is replaced"), "{output}");
    let output = scene.place.ok(&[&words[..], &["-var=servers=1", "-var=release=2"]].concat());
    assert!(output.contains("drain host_server.web[3]"), "{output}");
    scene.clients.wait_for("2");
    scene.clients.expect_no_failure();
}
