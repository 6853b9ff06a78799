//! What a server is to be, and the start of one of its processes.

use super::process::{MARK, mark};
use crate::providers::host::protocol::Attributes;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The attributes of `host_server`, all given.
#[derive(Clone, Debug, Deserialize)]
pub struct Server {
    pub id: String,
    pub name: String,
    pub zone: String,
    pub image: Option<String>,
    pub command: Vec<String>,
    pub environment: Option<BTreeMap<String, String>>,
    pub workers: u32,
    pub restart: String,
    /// Seconds.
    pub stop_timeout: f64,
    /// Seconds until a new server must answer.
    #[serde(default = "half_a_minute")]
    pub start_timeout: f64,
    pub health_check: Option<HealthCheck>,
    pub address: std::net::IpAddr,
    pub port: u16,
    pub url: String,
    /// One for each worker; where there is one, the server's own. Not an attribute that anybody sees.
    #[serde(default)]
    pub worker_ports: Vec<u16>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct HealthCheck {
    pub path: Option<String>,
    pub statuses: Option<Vec<String>>,
    pub interval: Option<f64>,
    pub timeout: Option<f64>,
    pub healthy_threshold: Option<u32>,
    pub unhealthy_threshold: Option<u32>,
}

fn half_a_minute() -> f64 {
    30.0
}

impl Server {
    pub fn of(attributes: &Attributes) -> Result<Self, serde_json::Error> {
        serde_json::from_value(serde_json::Value::Object(attributes.clone()))
    }

    pub fn stop_timeout(&self) -> Duration {
        Duration::try_from_secs_f64(self.stop_timeout).unwrap_or(Duration::from_secs(10))
    }

    pub fn start_timeout(&self) -> Duration {
        Duration::try_from_secs_f64(self.start_timeout).unwrap_or(Duration::from_secs(30))
    }

    /// The ports its processes listen on.
    pub fn ports(&self) -> Vec<u16> {
        if self.worker_ports.is_empty() { vec![self.port] } else { self.worker_ports.clone() }
    }

    /// Where it runs: in its image, or in a directory of its own.
    pub fn directory(&self, data: &Path) -> PathBuf {
        match &self.image {
            Some(image) => data.join("images").join(image),
            None => data.join("servers").join(&self.id),
        }
    }

    pub fn log(&self, data: &Path) -> PathBuf {
        data.join("logs").join(format!("{}.log", self.id))
    }

    /// Starts one process. What it prints goes to the log file directly, so that it goes on without the agent.
    pub fn start(&self, data: &Path, worker: u32) -> io::Result<Child> {
        let directory = self.directory(data);
        let ports = self.ports();
        let port = ports.get(worker as usize).copied().unwrap_or(self.port);
        let given = [
            ("ADDRESS", self.address.to_string()),
            ("PORT", port.to_string()),
            ("SERVER_ID", self.id.clone()),
            ("WORKER", (worker + 1).to_string()),
            ("ZONE", self.zone.clone()),
        ];
        let (program, arguments) = self.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let program = find_program(program, &directory)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("there is no program {program:?}")))?;
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(self.log(data))?;
        Command::new(program)
            .args(arguments.iter().map(|argument| filled(argument, &given)))
            .envs(self.environment.iter().flatten())
            .envs(given.iter().map(|(name, value)| (*name, value)))
            .env(MARK, mark(data, &self.id, worker))
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
    }
}

/// `$PORT` and its like in an argument.
fn filled(argument: &str, given: &[(&str, String)]) -> String {
    given.iter().fold(argument.to_owned(), |text, (name, value)| {
        text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value)
    })
}

/// A program by its path in the image, or by its name on the machine. `terrace` is this program.
pub fn find_program(name: &str, directory: &Path) -> Option<PathBuf> {
    if name == "terrace" {
        return Some(crate::providers::host::client::own_program());
    }
    let is_program = |path: &PathBuf| {
        std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return Some(directory.join(name)).filter(is_program);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(is_program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_filled_in() {
        let given = [("PORT", "8000".to_owned()), ("ZONE", "a".to_owned())];
        assert_eq!(filled("--listen=:${PORT}/$ZONE$HOME", &given), "--listen=:8000/a$HOME");
    }

    #[test]
    fn a_program_is_in_the_image_or_on_the_path() {
        let root = Path::new("/");
        assert!(find_program("sh", root).is_some());
        assert_eq!(find_program("bin/sh", root), Some("/bin/sh".into()));
        assert_eq!(find_program("no-such-program", root), None);
    }
}
