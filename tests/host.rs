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
fn a_listener_has_the_limits_that_are_written() {
    let limited =
        STACK.replace("  depends_on     = [", "  limits         = { body_bytes = var.most }\n  depends_on     = [");
    let stack = Stack::applied(&format!("{limited}\nvariable \"most\" {{\n  default = 10\n}}\n"));
    let address = stack.0.ok(&["output", "-raw", "address"]);
    let status = || {
        let mut stream = TcpStream::connect(&address).expect("the listener is open");
        write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 11\r\n\r\n01234567890")
            .expect("it takes a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(status(), "413");
    stack.0.ok(&["apply", "-auto-approve", "-var=most=11"]);
    assert_eq!(status(), "200");
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
fn what_was_stopped_on_purpose_stays_so_until_it_is_wanted() {
    let stack = Stack::applied(STACK);
    stack.0.ok(&["host", "stop"]);
    assert!(stack.0.ok(&["host", "status"]).starts_with("Everything is stopped."));
    assert!(!stack.0.path(".terrace/host/socket").exists(), "and nothing was started");
    stack.0.expect_no_changes();
    let status = stack.0.ok(&["host", "status"]);
    assert!(status.contains("TARGET GROUP") && !status.contains("RESTARTS\n\n"), "{status}");
}

#[test]
fn words_and_numbers_that_mean_nothing_are_said_at_once() {
    let place = Workplace::with(
        r#"
resource "host_server" "web" {
  zone         = "a"
  command      = ["terrace", "host", "serve"]
  restart      = "sometimes"
  stop_timeout = -1
  health_check = { path = "nowhere", statuses = ["2xx"] }
}
resource "host_load_balancer" "web" {
  name    = "web"
  address = "here"
}
resource "host_target_group" "web" {
  name      = "web"
  algorithm = "fastest"
}
resource "host_listener" "web" {
  load_balancer  = "web"
  protocol       = "https"
  port           = 70000
  default_action = { forward = [] }
}
resource "host_listener" "secure" {
  load_balancer  = "web"
  certificate    = "one"
  private_key    = "other"
  default_action = { fixed_response = { status = 42 } }
}
"#,
    );
    let said = place.fails(
        &["validate"],
        &[
            "\"sometimes\" is none of always, on-failure, never",
            "a number of seconds, none or more, and not -1",
            "A path begins with \"/\", as \"/nowhere\" does",
            "\"2xx\" is neither a status",
            "\"here\" is no IP address",
            "\"fastest\" is none of round_robin, least_connections",
            "TLS needs a certificate beside the private key",
            "70000 is no port",
            "no target group to forward to",
            "the certificate has no CERTIFICATE block",
            "a whole number from 200 to 599, not 42",
        ],
    );
    assert_eq!(said.matches("Error: ").count(), 11, "{said}");
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

#[test]
fn a_killed_agent_comes_back_by_itself_and_so_does_its_guardian() {
    let stack = Stack::applied(STACK);
    let (address, before) = (stack.0.ok(&["output", "-raw", "address"]), stack.processes());
    let agent = stack.status()["process"].as_u64().expect("a pid");
    let guardian = children(agent).into_iter().find(|pid| !before.contains(pid)).expect("it has one");
    kill(guardian);
    eventually("another guardian", || children(agent).iter().any(|pid| *pid != guardian && !before.contains(pid)));
    kill(agent);
    // What it takes up while it dies is lost with it.
    let is_gone = || fs::read_to_string(format!("/proc/{agent}/stat")).map_or(true, |stat| stat.contains(") Z "));
    eventually("the agent's end", is_gone);
    // Nobody calls terrace: what answers has come back by itself, and who came before it was not refused.
    assert!(get(&address).contains("version 1"));
    assert_eq!(stack.processes(), before, "adopted, not started again");
}

/// Running child processes.
fn children(of: u64) -> Vec<u64> {
    let lists = fs::read_dir(format!("/proc/{of}/task")).into_iter().flatten().flatten();
    let lists = lists.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let is_running =
        |pid: &u64| fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .filter(is_running)
        .collect()
}

#[test]
fn what_cannot_be_mended_is_drift_and_apply_makes_it_again() {
    let stack = Stack::applied(&STACK.replace("  workers      =", "  restart      = \"never\"\n  workers      ="));
    kill(stack.processes()[0]);
    eventually("the server is given up", || stack.status()["servers"].to_string().contains("failed"));
    let plan = stack.0.ok(&["plan"]);
    assert!(plan.contains("] will be created"), "{plan}");
    stack.0.apply();
    assert_eq!(stack.processes().len(), 2);
    stack.0.expect_no_changes();
    let id = stack.status()["servers"][0]["id"].as_str().map(str::to_owned).expect("an id");
    fs::remove_dir_all(stack.0.path(&format!(".terrace/host/servers/{id}"))).expect("it has a directory");
    assert_eq!(stack.0.run(&["plan", "-detailed-exitcode"]).code, Some(2));
    stack.0.apply();
    stack.0.expect_no_changes();
    assert!(stack.answer().contains("version 1"));
    stack.0.ok(&["destroy", "-auto-approve"]);
    assert!(!stack.0.path(".terrace").exists(), "nothing is left, also of what was lost");
}

#[test]
fn metrics_are_served_where_status_says() {
    let stack = Stack::applied(STACK);
    stack.answer();
    let url = stack.status()["metrics"].as_str().map(str::to_owned).expect("a URL");
    let (address, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
    let mut stream = TcpStream::connect(address).expect("it is open");
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("it takes a request");
    let mut metrics = String::new();
    stream.read_to_string(&mut metrics).expect("it answers");
    for family in [
        "balancer_requests_total",
        "balancer_request_duration_seconds_bucket",
        "balancer_target_healthy",
        "balancer_drains_total",
        "host_server_restarts_total",
        "host_zone_up",
        "host_database_lag_seconds",
    ] {
        assert!(
            metrics.contains(&format!("# HELP terrace_{family}")) || metrics.contains(&format!("terrace_{family}{{")),
            "{family} in {metrics}"
        );
    }
}

#[test]
fn a_port_that_is_taken_and_a_server_that_is_never_healthy_are_said_and_leave_nothing() {
    let taken = std::net::TcpListener::bind("0.0.0.0:0").expect("a port is free");
    let port = taken.local_addr().expect("it has an address").port();
    let place = Workplace::with(&format!(
        r#"
resource "host_server" "web" {{
  zone    = "a"
  command = ["terrace", "host", "serve"]
  port    = {port}
}}
resource "host_load_balancer" "web" {{
  name = "web"
}}
resource "host_listener" "web" {{
  load_balancer  = host_load_balancer.web.id
  port           = {port}
  default_action = {{ fixed_response = {{ status = 200 }} }}
}}
"#
    ));
    let said = place.fails(&["plan"], &["The port is taken", "on main.tf line 5", "on main.tf line 12"]);
    assert_eq!(said.matches("Error: ").count(), 2, "{said}");
    place.write(
        "main.tf",
        r#"
resource "host_server" "web" {
  zone         = "a"
  command      = ["terrace", "host", "serve"]
  health_check = { path = "/", statuses = ["204"], timeout = 1 }
  start_timeout = 2
}
"#,
    );
    place.fails(&["apply", "-auto-approve"], &["The server does not come up", "on main.tf line 2", "was answered 200"]);
    eventually("the agent leaves", || !place.path(".terrace").exists());
}

#[test]
fn an_image_without_the_command_is_said_at_plan() {
    let place = Workplace::with(
        "resource \"host_image\" \"web\" {\n  source = \"web\"\n}\n\
         resource \"host_server\" \"web\" {\n  zone = \"a\"\n  image = host_image.web.id\n  command = [\"./start\"]\n}\n",
    );
    fs::create_dir(place.path("web")).expect("the temporary directory can be written");
    place.write("web/page", "one\n");
    place.fails(&["plan"], &["No such program", "\"./start\"", "on main.tf line 7"]);
}
