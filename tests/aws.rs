//! Whole stacks on moto, and the real Terraform beside us where it is installed.
//!
//! Every stack in `tests/aws/stacks` comes from nothing, needs no change afterwards, by us and by the real `terraform plan` with the real
//! provider, and goes without leaving anything behind; and what the real provider made needs no change by us. The first test that needs moto
//! installs it, pinned, into a virtual environment of Python beside the build. Where `terraform` or its provider is not installed,
//! that half says so and is left out.
#![cfg(feature = "aws")]

#[path = "aws/traffic.rs"]
mod traffic;
mod workplace;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use workplace::{Ended, command_in, ended};

const MOTO: &str = "moto[server,ec2,elbv2,rds]==5.2.5";

/// An AWS of one's own.
struct Moto {
    server: Child,
    port: u16,
    directory: tempfile::TempDir,
}

impl Moto {
    fn start() -> Self {
        let python = python_with_moto();
        let directory = tempfile::tempdir().expect("a temporary directory");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws/server.py");
        let mut command = Command::new(python);
        command.arg(script).arg(directory.path().join("requests")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.stderr(Stdio::null()).spawn().expect("python starts");
        let mut line = String::new();
        let output = server.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut line).expect("the server says its port");
        let port = line.trim().parse().expect("a port");
        Self { server, port, directory }
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// `service action status`, one a request, since the last time.
    fn requests(&self) -> Vec<String> {
        let path = self.directory.path().join("requests");
        let text = fs::read_to_string(&path).unwrap_or_default();
        File::create(&path).expect("it can be emptied");
        text.lines().map(str::to_owned).collect()
    }

    /// How many things of each kind exist.
    fn inventory(&self) -> serde_json::Value {
        serde_json::from_str(&self.ask("GET /inventory", "")).expect("JSON")
    }

    /// What the server itself is asked for, beside the API.
    fn ask(&self, what: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        let length = body.len();
        write!(stream, "{what} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}")
            .expect("it takes a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // Nothing can be done about a server that is gone already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A Python that has moto; made once, by whichever test comes first.
fn python_with_moto() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto-5.2.5");
    let (python, done) = (home.join("bin/python"), home.join("installed"));
    let lock = File::create(home.with_extension("lock")).expect("the build directory can be written");
    lock.lock().expect("it can be locked");
    if !done.exists() {
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home).status();
        assert!(made.is_ok_and(|status| status.success()), "python3 makes a virtual environment");
        let installed = Command::new(&python).args(["-m", "pip", "install", "--quiet", MOTO]).status();
        assert!(installed.is_ok_and(|status| status.success()), "pip installs {MOTO}");
        File::create(&done).expect("it can be written");
    }
    python
}

/// One stack in a directory of its own, on an AWS of its own.
struct Stack {
    moto: Moto,
    directory: tempfile::TempDir,
}

impl Stack {
    /// The stack of these folders, one laid over the other, with the provider that all have in common.
    fn unpack(folders: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws/stacks");
        folders.iter().for_each(|folder| copy(&stacks.join(folder), directory.path()));
        fs::copy(stacks.join("provider.tf"), directory.path().join("provider.tf")).expect("it can be written");
        let stack = Self { moto: Moto::start(), directory };
        stack.terrace(&["init"], 0);
        stack
    }

    fn run(&self, mut command: Command) -> Ended {
        command.env("TF_VAR_endpoint", self.moto.endpoint());
        for (name, value) in
            [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("CHECKPOINT_DISABLE", "1")]
        {
            command.env(name, value);
        }
        ended(&mut command)
    }

    #[track_caller]
    fn terrace(&self, arguments: &[&str], code: i32) -> String {
        let ended = self.run(command_in(self.directory.path(), arguments));
        assert_eq!(ended.code, Some(code), "{arguments:?}:\n{}", ended.output);
        ended.output
    }

    #[track_caller]
    fn terraform(&self, arguments: &[&str], code: i32) {
        let mut command = Command::new("terraform");
        command.current_dir(self.directory.path()).args(arguments).arg("-no-color");
        let ended = self.run(command);
        assert_eq!(ended.code, Some(code), "terraform {arguments:?}:\n{}", ended.output);
    }

    /// Whether the real one and its provider are here.
    fn has_terraform(&self) -> bool {
        let mut command = Command::new("terraform");
        command.current_dir(self.directory.path()).args(["init", "-input=false"]).env("CHECKPOINT_DISABLE", "1");
        let is_there = command.output().is_ok_and(|output| output.status.success());
        if !is_there {
            println!("left out: there is no terraform with hashicorp/aws here");
        }
        is_there
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the temporary directory can be written");
    for entry in fs::read_dir(from).expect("the stack is there").flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("the temporary directory can be written")),
        }
    }
}

const PLAN: [&str; 3] = ["plan", "-input=false", "-detailed-exitcode"];

/// From nothing to nothing, by us; looked at by Terraform in between.
fn comes_and_goes(folders: &[&str]) {
    let stack = Stack::unpack(folders);
    let before = stack.moto.inventory();
    stack.terrace(&["apply", "-auto-approve"], 0);
    stack.terrace(&PLAN, 0);
    if stack.has_terraform() {
        stack.terraform(&PLAN, 0);
    }
    stack.moto.requests();
    stack.terrace(&PLAN, 0);
    let calls = stack.moto.requests().len();
    println!("{folders:?}: {calls} requests for a plan without changes");
    stack.terrace(&["destroy", "-auto-approve"], 0);
    assert_eq!(stack.terrace(&["state", "list"], 0), "");
    expect_nothing_left(&before, &stack.moto.inventory());
}

/// What Terraform makes is ours to keep and to take away.
fn is_taken_over(folders: &[&str]) {
    let stack = Stack::unpack(folders);
    if !stack.has_terraform() {
        return;
    }
    let before = stack.moto.inventory();
    stack.terraform(&["apply", "-auto-approve"], 0);
    stack.terrace(&PLAN, 0);
    stack.terrace(&["destroy", "-auto-approve"], 0);
    expect_nothing_left(&before, &stack.moto.inventory());
}

#[track_caller]
fn expect_nothing_left(before: &serde_json::Value, after: &serde_json::Value) {
    let mut left = Vec::new();
    for (kind, count) in after.as_object().into_iter().flatten() {
        if count.as_u64() > before[kind].as_u64() {
            left.push(format!("{kind}: {} before, {count} after", before[kind]));
        }
    }
    assert!(left.is_empty(), "left behind: {left:?}");
}

macro_rules! stacks {
    ($($test:ident $folders:expr;)*) => {
        mod comes_and_goes {
            $(#[test] fn $test() { super::comes_and_goes(&$folders) })*
        }
        mod is_taken_over {
            $(#[test] fn $test() { super::is_taken_over(&$folders) })*
        }
    };
}

stacks! {
    app_db ["app-db"];
    load_balanced ["load-balanced"];
    load_balanced_create_first ["load-balanced", "create-first"];
    single_server ["single-server"];
}
