//! The host provider with real processes: what was asked for runs, survives what kills it, and goes without a trace.

mod workplace;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use workplace::Workplace;

const STACK: &str = r#"
variable "release" {
  default = "1"
}

variable "workers" {
  default = 1
}

resource "host_server" "web" {
  for_each     = toset(["a", "b"])
  name         = "web-${each.key}"
  zone         = each.key
  command      = ["terrace", "host", "serve"]
  environment  = { VERSION = var.release }
  workers      = var.workers
  health_check = { path = "/" }
  lifecycle {
    create_before_destroy = true
  }
}

resource "host_load_balancer" "web" {
  name = "web"
}

resource "host_target_group" "web" {
  name         = "web"
  health_check = { path = "/", interval = 1 }
}

resource "host_target_group_attachment" "web" {
  for_each     = host_server.web
  target_group = host_target_group.web.id
  server       = each.value.id
  lifecycle {
    create_before_destroy = true
  }
}

resource "host_listener" "web" {
  load_balancer  = host_load_balancer.web.id
  default_action = { forward = [{ target_group = host_target_group.web.id }] }
  depends_on     = [host_target_group_attachment.web]
}

output "address" {
  value = trimprefix(host_listener.web.url, "http://")
}
"#;

/// A stack that is taken away whatever becomes of the test.
struct Stack(Workplace);

impl Stack {
    fn applied(configuration: &str) -> Self {
        let stack = Self(Workplace::with(configuration));
        stack.0.ok(&["apply", "-auto-approve"]);
        stack
    }

    fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.0.ok(&["host", "status", "-json"])).expect("it is JSON")
    }

    fn processes(&self) -> Vec<u64> {
        let status = self.status();
        let servers = status["servers"].as_array().expect("a list");
        let pids = |server: &serde_json::Value| server["processes"].as_array().cloned().unwrap_or_default();
        servers.iter().flat_map(pids).filter_map(|pid| pid.as_u64()).collect()
    }

    fn answer(&self) -> String {
        let address = self.0.ok(&["output", "-raw", "address"]);
        get(&address)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.0.run(&["destroy", "-auto-approve"]);
        if self.0.path(".terrace/host").exists() {
            self.0.run(&["host", "stop"]);
        }
    }
}

/// The body that is answered.
fn get(address: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the listener is open");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout can be set");
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("it takes a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.rsplit("\r\n\r\n").next().unwrap_or_default().to_owned()
}

fn kill(pid: u64) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it runs");
}

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(15);
    while !is_so() {
        assert!(Instant::now() < end, "{what} does not come about");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_stack_answers_is_replaced_and_goes_without_a_trace() {
    let stack = Stack::applied(STACK);
    let said = [stack.answer(), stack.answer()].concat();
    assert!(said.contains("zone a") && said.contains("zone b"), "{said}");
    assert_eq!(stack.0.run(&["plan", "-detailed-exitcode"]).code, Some(0));
    let before = stack.processes();
    stack.0.ok(&["apply", "-auto-approve", "-var=release=2"]);
    assert!(stack.answer().contains("version 2"));
    assert!(stack.processes().iter().all(|pid| !before.contains(pid)), "any change is a new server");
    let after = stack.processes();
    stack.0.ok(&["destroy", "-auto-approve"]);
    assert!(!stack.0.path(".terrace").exists(), "no file is left");
    assert!(after.iter().all(|pid| !fs::exists(format!("/proc/{pid}")).unwrap_or(true)), "no process is left");
}

#[test]
fn what_is_killed_comes_back_and_a_new_agent_adopts_what_runs() {
    let stack = Stack::applied(STACK);
    let before = stack.processes();
    kill(stack.status()["process"].as_u64().expect("a pid"));
    assert_eq!(stack.processes(), before, "adopted, not started again");
    assert!(stack.answer().contains("version 1"));
    kill(before[0]);
    eventually("a new process", || stack.processes().iter().filter(|pid| !before.contains(pid)).count() == 1);
    assert!(stack.answer().contains("version 1"));
}

#[test]
fn a_stopped_zone_gets_no_requests() {
    let stack = Stack::applied(STACK);
    stack.0.ok(&["host", "zone", "stop", "a"]);
    assert_eq!(stack.processes().len(), 1);
    for _ in 0..4 {
        assert!(stack.answer().contains("zone b"));
    }
    stack.0.ok(&["host", "zone", "start", "a"]);
    assert_eq!(stack.status()["servers"].as_array().map(Vec::len), Some(2));
}

#[test]
fn workers_share_the_address_of_their_server() {
    let stack = Stack::applied(&STACK.replace("default = 1", "default = 2"));
    assert_eq!(stack.processes().len(), 4);
    let status = stack.status();
    let url = status["servers"][0]["url"].as_str().expect("a URL").trim_start_matches("http://").to_owned();
    // A worker gets requests once the balancer has seen it answer.
    eventually("an answer of the first worker", || get(&url).contains("worker 1"));
    eventually("an answer of the second worker", || get(&url).contains("worker 2"));
}

#[test]
fn other_content_is_another_image_and_so_another_server() {
    let place = Workplace::with(
        r#"
resource "host_image" "web" {
  source = "web"
}
resource "host_server" "web" {
  zone    = "a"
  image   = host_image.web.id
  command = ["sh", "-c", "cat page; exec \"$0\" host serve", "TERRACE"]
}
"#,
    );
    fs::create_dir(place.path("web")).expect("the temporary directory can be written");
    place.write("web/page", "one\n");
    let main = place.read("main.tf").replace("TERRACE", env!("CARGO_BIN_EXE_terrace"));
    place.write("main.tf", &main);
    place.ok(&["apply", "-auto-approve"]);
    let stack = Stack(place);
    let name = |stack: &Stack| stack.status()["servers"][0]["name"].as_str().map(str::to_owned).expect("a name");
    assert_eq!(stack.0.ok(&["host", "logs", &name(&stack)]), "one\n");
    assert_eq!(stack.0.run(&["plan", "-detailed-exitcode"]).code, Some(0));
    stack.0.write("web/page", "two\n");
    stack.0.ok(&["apply", "-auto-approve"]);
    assert_eq!(stack.0.ok(&["host", "logs", &name(&stack)]), "two\n");
}

#[test]
fn what_cannot_be_is_said_and_nothing_stays() {
    let place = Workplace::with(
        r#"
resource "host_server" "web" {
  zone    = "z"
  command = ["no-such-program"]
}
resource "host_image" "web" {
  source = "nowhere"
}
"#,
    );
    place.fails(&["plan"], &["There is no zone \"z\"", "no program \"no-such-program\""]);
    place.write("main.tf", "resource \"host_image\" \"web\" {\n  source = \"nowhere\"\n}\n");
    place.fails(&["plan"], &["No such image source"]);
    let falls =
        "resource \"host_server\" \"web\" {\n  zone = \"a\"\n  command = [\"sh\", \"-c\", \"echo oh; exit 3\"]\n}\n";
    place.write("main.tf", falls);
    place.fails(&["apply", "-auto-approve"], &["The server does not come up", "oh"]);
    eventually("the agent leaves", || !place.path(".terrace/host/socket").exists());
}
