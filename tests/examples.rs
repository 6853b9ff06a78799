//! The README's commands work as written, and every example comes, answers and goes without a trace.

mod workplace;

use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use terrace::providers::host::database::Installation;
use workplace::{Ended, command_in, ended};

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the temporary directory can be written");
    for entry in fs::read_dir(from).expect("it can be read").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let is_ours = !entry.file_name().to_string_lossy().starts_with(['.', '_']);
        match path.is_dir() {
            true if is_ours => copy_files(&path, &target),
            false if is_ours && !path.to_string_lossy().contains("tfstate") => drop(fs::copy(&path, &target)),
            _ => {}
        }
    }
}

/// A copy of the examples and the modules that they use; whatever a test left running in it ends with it.
struct Copy(tempfile::TempDir);

impl Copy {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().expect("a temporary directory"));
        ["examples", "modules"].iter().for_each(|folder| copy_files(&project().join(folder), &copy.path(folder)));
        copy
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs with yes to every question.
    fn run(&self, arguments: &[&str]) -> Ended {
        let answers = self.path("answers");
        fs::write(&answers, "yes\n").expect("the temporary directory can be written");
        let mut command = command_in(self.0.path(), arguments);
        ended(command.stdin(fs::File::open(&answers).expect("it was written")))
    }

    fn example<'a>(&'a self, name: &'a str) -> Example<'a> {
        Example { copy: self, directory: format!("-chdir=examples/{name}"), name }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        for entry in fs::read_dir(self.path("examples")).into_iter().flatten().flatten() {
            if entry.path().join(".terrace").exists() {
                self.run(&[&format!("-chdir={}", entry.path().display()), "host", "stop"]);
            }
        }
    }
}

/// One example in the copy.
struct Example<'a> {
    copy: &'a Copy,
    directory: String,
    name: &'a str,
}

impl Example<'_> {
    fn run(&self, arguments: &[&str]) -> Ended {
        let words: Vec<&str> = std::iter::once(self.directory.as_str()).chain(arguments.iter().copied()).collect();
        self.copy.run(&words)
    }

    fn ok(&self, arguments: &[&str]) -> String {
        self.exits(arguments, 0)
    }

    fn exits(&self, arguments: &[&str], code: i32) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, Some(code), "{} {arguments:?}:\n{}", self.name, ended.output);
        ended.output
    }

    fn status(&self) -> Json {
        serde_json::from_str(&self.ok(&["host", "status", "-json"])).expect("it is JSON")
    }

    fn url(&self) -> String {
        self.ok(&["output", "-raw", "url"])
    }

    /// Who answered so many requests: the values of a word that an answer gives, as in `zone a`.
    fn said(&self, word: &str, requests: usize) -> BTreeSet<String> {
        let url = self.url();
        let answers: String = (0..requests).map(|_| body(&url, "GET / HTTP/1.1", "")).collect();
        let before = format!("{word} ");
        let values = answers.split(&before).skip(1);
        values.filter_map(|rest| rest.split([',', ':', '\n']).next()).map(str::to_owned).collect()
    }

    /// Takes it away, and looks for what may have stayed.
    fn destroy(&self) {
        let url = self.url();
        let processes = processes(&self.status());
        assert!(!processes.is_empty(), "{}: something runs", self.name);
        self.ok(&["destroy", "-auto-approve"]);
        let address = url.trim_start_matches("http://");
        assert!(TcpStream::connect(address).is_err(), "{}: {url} is still open", self.name);
        assert!(!self.copy.path("examples").join(self.name).join(".terrace").exists(), "{}: files stay", self.name);
        let lives = |pid: &u64| fs::exists(format!("/proc/{pid}")).unwrap_or(true);
        assert_eq!(processes.into_iter().find(lives), None, "{}: a process stays", self.name);
    }
}

fn processes(status: &Json) -> Vec<u64> {
    let servers = status["servers"].as_array().into_iter().flatten();
    servers.flat_map(|server| server["processes"].as_array()).flatten().filter_map(Json::as_u64).collect()
}

fn body(url: &str, line: &str, content: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("it is open");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout can be set");
    let length = content.len();
    write!(stream, "{line}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{content}")
        .expect("it takes a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    answer.rsplit("\r\n\r\n").next().unwrap_or_default().to_owned()
}

fn set<const N: usize>(values: [&str; N]) -> BTreeSet<String> {
    values.map(str::to_owned).into()
}

#[test]
fn commands_of_the_readme_work_as_written() {
    let readme = fs::read_to_string(project().join("README.md")).expect("it is there");
    let commands: Vec<&str> =
        readme.lines().filter_map(|line| line.split("./target/release/terrace ").nth(1)).collect();
    assert!(commands.len() >= 2, "apply and destroy are shown: {commands:?}");
    let copy = Copy::new();
    for command in commands {
        let words: Vec<&str> = command.split('`').next().unwrap_or_default().split_whitespace().collect();
        let ended = copy.run(&words);
        assert_eq!(ended.code, Some(0), "{words:?}:\n{}", ended.output);
    }
}

/// PostgreSQL is on most machines of developers, not on all.
fn has_postgres() -> bool {
    Installation::of_this_machine().is_some()
}

#[test]
fn examples_come_and_go() {
    let copy = Copy::new();
    for entry in fs::read_dir(copy.path("examples")).expect("it is there").flatten() {
        if !entry.path().join("main.tf").exists() {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        if fs::read_to_string(entry.path().join("main.tf")).is_ok_and(|main| main.contains("database"))
            && !has_postgres()
        {
            continue;
        }
        let example = copy.example(&name);
        example.ok(&["init"]);
        example.exits(&["plan", "-detailed-exitcode"], 2);
        example.ok(&["apply", "-auto-approve"]);
        example.exits(&["plan", "-detailed-exitcode"], 0);
        example.ok(&["destroy", "-auto-approve"]);
        assert_eq!(example.ok(&["state", "list"]), "", "{name} leaves something behind");
        assert!(!entry.path().join(".terrace").exists(), "{name} leaves files");
    }
}

#[test]
fn a_new_release_behind_the_load_balancer_is_a_new_set_of_servers() {
    let copy = Copy::new();
    let example = copy.example("load-balanced");
    example.ok(&["init"]);
    example.ok(&["apply", "-auto-approve"]);
    assert_eq!(example.said("zone", 4), set(["a", "b"]));
    let before = processes(&example.status());
    example.ok(&["apply", "-auto-approve", "-var=release=2.0"]);
    assert_eq!(example.said("version", 4), set(["2.0"]));
    assert!(processes(&example.status()).iter().all(|pid| !before.contains(pid)));
    example.destroy();
}

#[test]
fn environments_differ_where_their_files_say_so() {
    let copy = Copy::new();
    let example = copy.example("load-balanced");
    example.ok(&["init"]);
    example.ok(&["apply", "-auto-approve"]);
    example.ok(&["workspace", "new", "staging"]);
    example.ok(&["apply", "-auto-approve", "-var-file=environments/staging.tfvars"]);
    assert_eq!(example.said("zone", 6), set(["a", "b", "c"]));
    assert_eq!(processes(&example.status()).len(), 2 + 3 * 2, "both run side by side");
    example.ok(&["destroy", "-auto-approve", "-var-file=environments/staging.tfvars"]);
    example.ok(&["workspace", "select", "default"]);
    example.exits(&["plan", "-detailed-exitcode"], 0);
    assert_eq!(example.said("zone", 4), set(["a", "b"]), "the other environment does not notice");
    example.destroy();
}

/// What the application says of its visits.
fn visits(example: &Example<'_>) -> Json {
    serde_json::from_str(&body(&example.url(), "GET /visits HTTP/1.1", "")).expect("it is JSON")
}

#[test]
fn an_application_keeps_what_it_is_told_over_releases() {
    if !has_postgres() {
        return;
    }
    for name in ["single-server", "app-db"] {
        let copy = Copy::new();
        let example = copy.example(name);
        example.ok(&["init"]);
        example.ok(&["apply", "-auto-approve"]);
        assert_eq!(example.said("zone", 3), set(["a"]));
        body(&example.url(), "POST /notes HTTP/1.1", "remember 'this'");
        example.ok(&["apply", "-auto-approve", "-var=release=2.0"]);
        assert_eq!(example.said("version", 1), set(["2.0"]));
        assert!(body(&example.url(), "GET /notes HTTP/1.1", "").contains("remember 'this'"));
        assert_eq!(visits(&example)["zones"]["a"], 4, "three and one");
        example.destroy();
    }
}

#[test]
fn parameters_of_a_database_change_without_a_new_server() {
    if !has_postgres() {
        return;
    }
    let copy = Copy::new();
    let example = copy.example("app-db");
    example.ok(&["init"]);
    example.ok(&["apply", "-auto-approve"]);
    let before = processes(&example.status());
    example.ok(&["apply", "-auto-approve", "-var=work_mem=16MB"]);
    assert_eq!(processes(&example.status()), before);
    assert_eq!(example.said("zone", 1), set(["a"]));
    example.exits(&["plan", "-detailed-exitcode", "-var=work_mem=16MB"], 0);
    example.destroy();
}

#[test]
fn any_zone_may_go() {
    if !has_postgres() {
        return;
    }
    let copy = Copy::new();
    let example = copy.example("multi-az");
    example.ok(&["init"]);
    example.ok(&["apply", "-auto-approve"]);
    assert_eq!(example.said("zone", 6), set(["a", "b", "c"]));
    assert_eq!(example.status()["databases"][0]["zone"], "a");
    example.ok(&["host", "zone", "stop", "a"]);
    assert_eq!(example.said("zone", 4), set(["b", "c"]), "no answer is lost while the standby takes over");
    eventually("the standby is the database", || example.status()["databases"][0]["zone"] == "b");
    assert_eq!(example.said("zone", 4), set(["b", "c"]));
    example.ok(&["host", "zone", "start", "a"]);
    eventually("the old primary is the standby", || example.status()["databases"][0]["is_protected"] == true);
    assert_eq!(visits(&example)["zones"]["a"], 2, "what was committed is there");
    example.exits(&["plan", "-detailed-exitcode"], 0);
    example.destroy();
}

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < end, "{what}: that does not come about");
        std::thread::sleep(Duration::from_millis(100));
    }
}
