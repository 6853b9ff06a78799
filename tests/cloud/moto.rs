//! moto, started by `tests/aws/server.py`. The first test that needs it installs it, pinned, into a virtual environment of Python beside
//! the build.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const MOTO: &str = "moto[server,ec2,elbv2,rds]==5.2.5";

pub struct Moto {
    server: Child,
    pub port: u16,
    directory: tempfile::TempDir,
}

/// How many things of each kind exist.
pub type Inventory = serde_json::Map<String, serde_json::Value>;

impl Moto {
    pub fn start() -> Self {
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

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// `service action status`, one a request, since the last time.
    pub fn requests(&self) -> Vec<String> {
        let path = self.directory.path().join("requests");
        let text = fs::read_to_string(&path).unwrap_or_default();
        File::create(&path).expect("it can be emptied");
        text.lines().map(str::to_owned).collect()
    }

    pub fn inventory(&self) -> Inventory {
        serde_json::from_str(&self.ask("GET /inventory", "")).expect("JSON")
    }

    /// Everything is gone.
    pub fn reset(&self) {
        self.ask("POST /moto-api/reset", "");
    }

    /// What the server itself is asked for, beside the API.
    pub fn ask(&self, what: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        let length = body.len();
        write!(stream, "{what} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}")
            .expect("it takes a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
    }

    /// There is no more of anything than there was.
    #[track_caller]
    pub fn expect_no_more_than(&self, before: &Inventory, said: &str) {
        let mut left = Vec::new();
        for (kind, count) in self.inventory() {
            if count.as_u64() > before[&kind].as_u64() {
                left.push(format!("{kind}: {} expected, {count} there", before[&kind]));
            }
        }
        assert!(left.is_empty(), "too many: {left:?}\n{said}");
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
