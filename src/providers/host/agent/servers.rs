//! Servers: started and adopted, waited for until they answer, stopped with their zone.

use super::process::{Place, Process};
use super::server::Server;
use super::supervisor::{Ending, Supervised};
use super::{Agent, Failure, Outcome, ready};
use crate::providers::host::protocol::Attributes;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// So many falls of a server that has never answered are enough.
const START_TRIES: u64 = 3;

impl Agent {
    /// What runs is adopted, what should run is started.
    pub(super) async fn resume_servers(&self, found: &mut BTreeMap<Place, Process>) -> Outcome<()> {
        let stopped = self.record.stopped_zones()?;
        for (id, entry) in self.record.all()?.into_iter().filter(|(_, entry)| entry.kind == "host_server") {
            let server = Server::of(&entry.attributes)?;
            if !stopped.contains(&server.zone) && entry.is_there_in(&self.data) {
                self.supervise(id, server, found).await;
            }
        }
        Ok(())
    }

    pub(super) async fn supervise(&self, id: String, server: Server, found: &mut BTreeMap<Place, Process>) {
        let adopted = |worker| found.remove(&(id.clone(), worker));
        let supervised = Supervised::start(server, self.data.clone(), adopted);
        self.servers.lock().await.insert(id, supervised);
    }

    pub(super) async fn bring_up_server(&self, id: &str, attributes: &Attributes) -> Outcome<()> {
        let server = Server::of(attributes)?;
        if self.record.stopped_zones()?.contains(&server.zone) {
            return Err(super::zones::is_stopped(&server.zone));
        }
        if !self.servers.lock().await.contains_key(id) {
            let directory = server.directory(&self.data);
            std::fs::create_dir_all(&directory).map_err(|error| {
                let detail = format!("{}: {}.", directory.display(), crate::system::reason(&error));
                Failure::new("The server's directory cannot be made", detail)
            })?;
            self.supervise(id.to_owned(), server.clone(), &mut BTreeMap::new()).await;
        }
        self.until_ready(id, &server).await
    }

    pub(super) async fn remove_server(&self, id: &str) {
        let supervised = self.servers.lock().await.remove(id);
        if let Some(supervised) = supervised {
            supervised.stop(Ending::InTime).await;
        }
        let log = self.data.join("logs").join(format!("{id}.log"));
        let _ = std::fs::remove_file(log.with_extension("log.1"));
        let _ = std::fs::remove_file(log);
        let _ = std::fs::remove_dir_all(self.data.join("servers").join(id));
    }

    async fn until_ready(&self, id: &str, server: &Server) -> Outcome<()> {
        let end = Instant::now() + server.start_timeout();
        loop {
            let (is_running, restarts, failure) = match self.servers.lock().await.get(id) {
                Some(supervised) => (
                    supervised.processes().len() == server.workers as usize,
                    supervised.restarts(),
                    supervised.failure(),
                ),
                None => return Err(Failure::new("The server was stopped while it started", String::new())),
            };
            let looked = ready::look(server).await;
            if is_running && looked.is_ok() {
                return Ok(());
            }
            if let Some(failure) = failure {
                let detail = format!("{} could not be started: {failure}.", server.name);
                return Err(Failure::new("The command could not be started", detail));
            }
            if restarts >= START_TRIES || Instant::now() > end {
                let what = match looked {
                    Err(problem) if restarts < START_TRIES => format!("is not well in time: {problem}"),
                    _ => "fell again and again".to_owned(),
                };
                let said = last_lines(&server.log(&self.data), 5);
                let detail = format!("{} ({}) {what}. The last that it said:\n\n{said}", server.name, server.url);
                return Err(Failure::new("The server does not come up", detail));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

fn last_lines(path: &Path, count: usize) -> String {
    let content = std::fs::read(path).unwrap_or_default();
    let content = String::from_utf8_lossy(&content);
    let lines: Vec<&str> = content.lines().rev().take(count).collect();
    match lines.is_empty() {
        true => "(nothing)".to_owned(),
        false => lines.into_iter().rev().collect::<Vec<_>>().join("\n"),
    }
}
