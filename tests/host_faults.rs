//! What goes wrong around the host: the machine restarts, the disk is full.

mod workplace;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use terrace::providers::host::database::Installation;
use workplace::{Workplace, ended};

const WEB: &str = r#"
resource "host_server" "web" {
  zone    = "a"
  command = ["terrace", "host", "serve"]
  workers = 2
}

resource "host_load_balancer" "web" {
  name = "web"
}

resource "host_target_group" "web" {
  name = "web"
}

resource "host_target_group_attachment" "web" {
  target_group = host_target_group.web.id
  server       = host_server.web.id
}

resource "host_listener" "web" {
  load_balancer  = host_load_balancer.web.id
  default_action = { forward = [{ target_group = host_target_group.web.id }] }
}

output "address" {
  value = trimprefix(host_listener.web.url, "http://")
}
"#;

const DATABASE: &str = r#"
resource "host_database" "main" {
  name       = "main"
  zone       = "a"
  db_name    = "app"
  username   = "app"
  password   = "secret"
  parameters = { fsync = "off" }
}

output "database" {
  value = host_database.main.endpoint
}
"#;

/// A stack that is taken away whatever becomes of the test.
struct Stack(Workplace);

impl Stack {
    fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.0.ok(&["host", "status", "-json"])).expect("it is JSON")
    }

    fn query(&self, statement: &str) -> String {
        let endpoint = self.0.ok(&["output", "-raw", "database"]);
        let (host, port) = endpoint.split_once(':').expect("an endpoint is address:port");
        let run = Command::new("psql")
            .args(["-XAtq", "-h", host, "-p", port, "-U", "app", "-d", "app", "-c", statement])
            .env("PGPASSWORD", "secret")
            .output()
            .expect("psql is there where PostgreSQL is");
        String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).trim().to_owned()
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

fn pid(number: &serde_json::Value) -> Pid {
    number.as_i64().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).expect("a pid")
}

fn is_running(pid: Pid) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).is_ok_and(|stat| !stat.contains(") Z "))
}

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "{what} does not come about");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn children(of: Pid) -> Vec<Pid> {
    let lists = fs::read_dir(format!("/proc/{}/task", of.as_raw_nonzero())).into_iter().flatten().flatten();
    let lists = lists.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect::<Vec<_>>())
        .collect()
}

/// Everything that runs for the stack ends at once, as when the machine is switched off. What was on disk stays.
fn switch_off(stack: &Stack) {
    let status = stack.status();
    let (agent, databases) = (pid(&status["process"]), status["databases"].as_array().cloned().unwrap_or_default());
    // It must not see the others go.
    kill_process(agent, Signal::STOP).expect("it runs");
    let postgres = databases.iter().filter_map(|database| postgres_of(&pid_file(database)));
    let leaders = children(agent).into_iter().chain([agent]).chain(postgres).collect::<Vec<_>>();
    let all = leaders.iter().copied().flat_map(children).chain(leaders.clone()).collect::<Vec<_>>();
    for process in &all {
        // Children of one that was killed may be gone already.
        let _ = kill_process(*process, Signal::KILL);
    }
    eventually("the end of all processes", || !all.iter().any(|pid| is_running(*pid)));
}

fn pid_file(database: &serde_json::Value) -> PathBuf {
    PathBuf::from(database["log"].as_str().expect("a path")).with_extension("").join("postmaster.pid")
}

fn postgres_of(pid_file: &Path) -> Option<Pid> {
    Pid::from_raw(fs::read_to_string(pid_file).ok()?.lines().next()?.parse().ok()?)
}

fn answer(address: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.starts_with("HTTP/1.1 200").then_some(answer)
}

#[test]
fn after_a_reboot_the_next_command_brings_everything_back() {
    let place = Workplace::with(WEB);
    place.apply();
    let stack = Stack(place);
    let address = stack.0.ok(&["output", "-raw", "address"]);
    switch_off(&stack);
    assert!(answer(&address).is_none());
    assert!(stack.0.path(".terrace/host/socket").exists(), "a stale socket is part of the scene");
    stack.0.expect_no_changes();
    eventually("an answer", || answer(&address).is_some());
    let servers = stack.status()["servers"].clone();
    assert_eq!(servers[0]["processes"].as_array().map(Vec::len), Some(2), "no more than there were: {servers}");
    stack.0.ok(&["destroy", "-auto-approve"]);
    assert!(!stack.0.path(".terrace").exists(), "nothing is left");
}

#[test]
fn after_a_reboot_a_database_comes_back_although_its_pid_is_a_strangers() {
    if Installation::of_this_machine().is_none() {
        return;
    }
    let place = Workplace::with(DATABASE);
    place.apply();
    let stack = Stack(place);
    assert_eq!(stack.query("CREATE TABLE t (n int); INSERT INTO t VALUES (1)"), "");
    let pid_file = pid_file(&stack.status()["databases"][0]);
    let noted = fs::read_to_string(&pid_file).expect("a running server has one");
    let mut stranger = Command::new("sleep").arg("600").spawn().expect("sleep is there");
    switch_off(&stack);
    let rest = noted.split_once('\n').expect("more lines follow").1;
    fs::write(&pid_file, format!("{}\n{rest}", stranger.id())).expect("the file can be written");
    stack.0.expect_no_changes();
    eventually("an answer", || stack.query("SELECT n FROM t") == "1");
    assert!(matches!(stranger.try_wait(), Ok(None)), "a process that only has the pid is left alone");
    stranger.kill().and_then(|()| stranger.wait()).expect("it runs");
}

/// What is run so can make no file longer than so many KiB, nor can what it starts: what they meet is what a full disk is.
fn on_small_disk(place: &Workplace, kibibytes: u32, arguments: &[&str]) -> Command {
    let command = place.command(arguments);
    let mut limited = Command::new("bash");
    limited.args(["-c", &format!("trap '' XFSZ; ulimit -S -f {kibibytes}; exec \"$@\""), "bash"]);
    limited.arg(command.get_program()).args(command.get_args());
    limited.current_dir(place.path("")).env("NO_COLOR", "1").stdin(Stdio::null());
    limited
}

#[test]
fn a_full_disk_is_said_and_leaves_nothing() {
    let image = "resource \"host_image\" \"web\" {\n  source = \"big\"\n}\n";
    let place = Workplace::with(image);
    fs::write(place.path("big"), vec![7; 5 << 20]).expect("the temporary directory can be written");
    ended(&mut on_small_disk(&place, 4096, &["apply", "-auto-approve"]))
        .expect_failure(&["The image could not be made", "main.tf line 1"]);
    eventually("the agent leaves", || !place.path(".terrace").exists());
    if Installation::of_this_machine().is_some() {
        place.write("main.tf", DATABASE);
        ended(&mut on_small_disk(&place, 4096, &["apply", "-auto-approve"]))
            .expect_failure(&["The database could not be made", "main.tf line 2"]);
        eventually("the agent leaves", || !place.path(".terrace").exists());
    }
}

/// The record refuses everything after an error of the disk, until it is opened anew.
#[test]
fn an_agent_whose_disk_was_full_goes_on_when_there_is_room() {
    let name = "x".repeat(60_000);
    let group = |number| format!("resource \"host_target_group\" \"g{number}\" {{\n  name = \"{name}\"\n}}\n");
    let place = Workplace::with(&(0..30).map(group).collect::<String>());
    let mut agent = on_small_disk(&place, 1200, &["host", "run"]).spawn().expect("the binary starts");
    eventually("the agent", || place.path(".terrace/host/socket").exists());
    place.fails(&["apply", "-auto-approve"], &["The record of the host cannot be used"]);
    let stack = Stack(place);
    let limit = Rlimit { current: None, maximum: None };
    prlimit(Pid::from_raw(i32::try_from(agent.id()).expect("a pid")), Resource::Fsize, limit)
        .expect("the limit is a soft one");
    stack.0.apply();
    stack.0.expect_no_changes();
    assert_eq!(stack.status()["process"], agent.id(), "the same agent");
    drop(stack);
    agent.wait().expect("it leaves");
}
