//! What a rollout asks of the host's load balancer, under requests that never stop: none may fail.

mod client;
mod workplace;

use client::ask;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use terrace::provider::{Connection, Health, Provider, Target, Traffic};
use terrace::providers::host::HostProvider;
use terrace::value::{Text, Value};
use workplace::Workplace;

const STACK: &str = r#"
resource "host_server" "old" {
  for_each    = toset(["a", "b"])
  zone        = each.key
  command     = ["terrace", "host", "serve"]
  environment = { VERSION = "old" }
}

resource "host_server" "new" {
  for_each    = toset(["a", "b"])
  zone        = each.key
  command     = ["terrace", "host", "serve"]
  environment = { VERSION = "new" }
}

resource "host_load_balancer" "web" {
  name = "web"
}

resource "host_target_group" "web" {
  name                 = "web"
  health_check         = { path = "/", interval = 0.1 }
  deregistration_delay = 5
}

resource "host_target_group_attachment" "web" {
  for_each     = host_server.old
  target_group = host_target_group.web.id
  server       = each.value.id
}

resource "host_listener" "web" {
  load_balancer  = host_load_balancer.web.id
  default_action = { forward = [{ target_group = host_target_group.web.id }] }
}

output "address" {
  value = trimprefix(host_listener.web.url, "http://")
}
output "group" {
  value = host_target_group.web.id
}
output "old" {
  value = join(" ", values(host_server.old)[*].id)
}
output "new" {
  value = join(" ", values(host_server.new)[*].id)
}
"#;

/// The stack, and requests to it until it is dropped.
struct Scene {
    place: Workplace,
    connection: Arc<dyn Connection>,
    group: Text,
    old: Vec<Target>,
    new: Vec<Target>,
    clients: Clients,
}

impl Scene {
    async fn begin() -> Self {
        let place = Workplace::with(STACK);
        place.ok(&["apply", "-auto-approve"]);
        let output = |name: &str| place.ok(&["output", "-raw", name]);
        let servers = |name: &str| output(name).split(' ').map(target).collect();
        let directory = Value::string(place.path(".terrace/host").display().to_string());
        let configuration = Value::object([(Text::from("data_directory"), directory)]);
        let connection = HostProvider::default().connect(configuration).await.expect("it connects");
        let clients = Clients::start(&output("address"));
        Self { connection, group: output("group").into(), old: servers("old"), new: servers("new"), clients, place }
    }

    fn traffic(&self) -> &dyn Traffic {
        self.connection.traffic().expect("the host has a load balancer")
    }

    async fn health(&self, group: &Text, members: &[Target]) -> Vec<Health> {
        self.traffic().health(group, members).await.expect("it answers")
    }

    async fn until(&self, group: &Text, members: &[Target], wanted: &Health) {
        let end = Instant::now() + Duration::from_secs(15);
        loop {
            let health = self.health(group, members).await;
            if health.iter().all(|health| health == wanted) {
                return;
            }
            assert!(Instant::now() < end, "{health:?} instead of {wanted:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Kills the agent; the next question starts another.
    fn kill_the_agent(&self) {
        let status: serde_json::Value =
            serde_json::from_str(&self.place.ok(&["host", "status", "-json"])).expect("it is JSON");
        let pid = status["process"].as_u64().and_then(|pid| i32::try_from(pid).ok()).expect("a pid");
        let pid = rustix::process::Pid::from_raw(pid).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it runs");
        self.place.ok(&["host", "status"]);
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

fn target(id: &str) -> Target {
    Target { id: id.into(), port: None }
}

#[derive(Default)]
struct Counts {
    old: AtomicUsize,
    new: AtomicUsize,
    failed: AtomicUsize,
    is_over: AtomicBool,
}

/// Some keep their connection, some open one for each request.
struct Clients {
    counts: Arc<Counts>,
    threads: Vec<JoinHandle<()>>,
}

impl Clients {
    fn start(address: &str) -> Self {
        let counts = Arc::new(Counts::default());
        let client = |number: usize| {
            let (counts, address) = (counts.clone(), address.to_owned());
            std::thread::spawn(move || {
                let mut kept = None;
                while !counts.is_over.load(Relaxed) {
                    let answer = ask(&mut kept, &address).unwrap_or_default();
                    let count = match answer.as_str() {
                        answer if answer.contains("version old") => &counts.old,
                        answer if answer.contains("version new") => &counts.new,
                        _ => &counts.failed,
                    };
                    count.fetch_add(1, Relaxed);
                    if number.is_multiple_of(2) {
                        kept = None;
                    }
                    std::thread::sleep(Duration::from_millis(2));
                }
            })
        };
        let threads = (0..6).map(client).collect();
        Self { counts, threads }
    }

    /// Of the requests from now on, until so many are answered: how many the new servers answered, per cent.
    fn share_of_new(&self) -> usize {
        let taken = || (self.counts.new.load(Relaxed), self.counts.old.load(Relaxed));
        // Requests under way when the question came are over after these.
        std::thread::sleep(Duration::from_millis(100));
        let before = taken();
        loop {
            std::thread::sleep(Duration::from_millis(10));
            let now = taken();
            let (new, old) = (now.0 - before.0, now.1 - before.1);
            if new + old >= 400 {
                return new * 100 / (new + old);
            }
        }
    }

    fn failed(&self) -> usize {
        self.counts.failed.load(Relaxed)
    }

    fn forgive(&self) {
        self.counts.failed.store(0, Relaxed);
    }

    fn stop(&mut self) {
        self.counts.is_over.store(true, Relaxed);
        self.threads.drain(..).for_each(|thread| thread.join().expect("a client does not panic"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_and_go_and_weights_move_without_a_failed_request() {
    let scene = Scene::begin().await;
    let (traffic, group, token) = (scene.traffic(), scene.group.clone(), Text::from("rollout-1"));
    assert_eq!(scene.health(&group, &scene.new).await, [Health::Absent, Health::Absent]);
    scene.until(&group, &scene.old, &Health::Healthy).await;

    let shadow = traffic.make_shadow(&group, &token).await.expect("a shadow");
    assert_eq!(traffic.make_shadow(&group, &token).await.expect("the same"), shadow);
    traffic.register(&shadow, &scene.new).await.expect("registered");
    traffic.register(&shadow, &scene.new).await.expect("it is so already");
    scene.until(&shadow, &scene.new, &Health::Healthy).await;
    assert_eq!(scene.clients.share_of_new(), 0);
    for percent in [5, 50, 100] {
        traffic.weigh(&group, &shadow, percent).await.expect("weighed");
        let share = scene.clients.share_of_new();
        assert!(share.abs_diff(usize::from(percent)) <= 2, "{share} instead of {percent} per cent");
        assert_eq!(scene.place.run(&["plan", "-detailed-exitcode"]).code, Some(0), "a shadow is no drift");
    }

    traffic.register(&group, &scene.new).await.expect("registered");
    scene.until(&group, &scene.new, &Health::Healthy).await;
    traffic.deregister(&group, &scene.old).await.expect("draining");
    scene.until(&group, &scene.old, &Health::Absent).await;
    traffic.weigh(&group, &shadow, 0).await.expect("weighed");
    assert_eq!(scene.clients.share_of_new(), 100);
    traffic.deregister(&shadow, &scene.new).await.expect("draining");
    scene.until(&shadow, &scene.new, &Health::Absent).await;
    for _ in 0..2 {
        traffic.remove_shadow(&group, &token).await.expect("removed");
    }
    traffic.weigh(&group, &shadow, 0).await.expect("what is gone gets nothing");
    assert!(traffic.weigh(&group, &shadow, 5).await.is_err(), "what is gone can get nothing");

    traffic.register(&group, &scene.old).await.expect("registered");
    scene.until(&group, &scene.old, &Health::Healthy).await;
    traffic.deregister(&group, &scene.new).await.expect("draining");
    scene.until(&group, &scene.new, &Health::Absent).await;
    assert_eq!(scene.clients.share_of_new(), 0);
    assert_eq!(scene.clients.failed(), 0);
    assert_eq!(scene.place.run(&["plan", "-detailed-exitcode"]).code, Some(0), "all is as the configuration says");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_agent_forgets_nothing() {
    let scene = Scene::begin().await;
    let (traffic, group, token) = (scene.traffic(), scene.group.clone(), Text::from("rollout-2"));
    let shadow = traffic.make_shadow(&group, &token).await.expect("a shadow");
    traffic.register(&shadow, &scene.new).await.expect("registered");
    traffic.deregister(&group, &scene.old[..1]).await.expect("draining");
    scene.until(&shadow, &scene.new, &Health::Healthy).await;
    traffic.weigh(&group, &shadow, 50).await.expect("weighed");
    scene.kill_the_agent();
    scene.until(&shadow, &scene.new, &Health::Healthy).await;
    scene.clients.forgive();
    let share = scene.clients.share_of_new();
    assert!(share.abs_diff(50) <= 2, "{share} per cent");
    assert_eq!(scene.health(&group, &scene.old[..1]).await, [Health::Absent]);
    assert_eq!(traffic.make_shadow(&group, &token).await.expect("the same"), shadow);
    assert_eq!(scene.clients.failed(), 0);
    // Taken away in the middle of it all, the stack leaves nothing.
    scene.place.ok(&["destroy", "-auto-approve"]);
    assert!(!scene.place.path(".terrace").exists());
}

#[test]
fn the_host_says_what_its_types_are_to_a_rollout() {
    let provider = HostProvider::default();
    let roles = provider.schema().resources.iter().filter_map(|(kind, schema)| {
        let attributes = &schema.block.attributes;
        Some((kind, provider.traffic_role(kind)?, attributes))
    });
    let mut count = 0;
    for (kind, role, attributes) in roles {
        use terrace::provider::TrafficRole::{Attachment, Fleet, Forward, Group, Server};
        let named = match role {
            Server { id, zone, exclusive } => [&[id, zone], exclusive].concat(),
            Group { id } => vec![id],
            Attachment { server, group, port } => [server, group].into_iter().chain(port).collect(),
            Forward { unless } => unless.into_iter().map(|(name, _)| name).collect(),
            Fleet => Vec::new(),
        };
        assert!(named.iter().all(|name| attributes.contains_key(*name)), "{kind}: {named:?}");
        count += 1;
    }
    assert_eq!(count, 5);
}
