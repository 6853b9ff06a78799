//! Looks after a read replica: a server that follows another database through that database's endpoint, and so whoever is primary there.
//!
//! It is never promoted. Where it cannot follow any more, because it had got what a new primary does not have, it is made anew.

use super::endpoint::Endpoint;
use super::node::{Node, Source};
use super::{
    Care, Change, Installation, PROBE_INTERVAL, PROBE_TIMEOUT, Pause, STEP_PAUSE, Settings, Status, folder, nodes_of,
};
use async_trait::async_trait;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time;

const IS_STREAMING: &str = "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'";
/// Looks in a row without a stream, while the source answers, until it is made anew.
const PATIENCE: u32 = 20;
/// It says whose folder it is.
const MARK: &str = "replica";

pub(super) struct Keeper {
    folder: PathBuf,
    node: Node,
    source: Source,
    endpoint: Arc<Endpoint>,
    status: watch::Sender<Status>,
    looks_without_stream: u32,
}

/// Its data are another's: with the folder it can be made again.
pub(super) fn exists(folder: &Path) -> bool {
    folder.join(MARK).exists()
}

impl Keeper {
    pub(super) fn new(
        installation: &Installation,
        settings: Settings,
        source: Source,
        endpoint: Arc<Endpoint>,
        status: watch::Sender<Status>,
    ) -> Result<Self, String> {
        let node = nodes_of(installation, &settings).into_iter().next().ok_or("a replica needs an address")?;
        Ok(Self { folder: settings.folder, node, source, endpoint, status, looks_without_stream: 0 })
    }

    async fn look(&mut self) -> Result<bool, String> {
        if !self.node.exists() {
            self.copy().await?;
        }
        let streams = self.streams().await;
        self.looks_without_stream = if streams == Ok(true) { 0 } else { self.looks_without_stream + 1 };
        if self.looks_without_stream > PATIENCE && self.node.ask_source(&self.source, "SELECT 1").await {
            self.looks_without_stream = 0;
            self.copy().await?;
            return self.streams().await;
        }
        streams
    }

    async fn streams(&self) -> Result<bool, String> {
        self.node.start().await?;
        let answer = time::timeout(PROBE_TIMEOUT, self.node.query(IS_STREAMING)).await;
        Ok(answer.map_err(|_| "it does not answer".to_owned())?? != "0")
    }

    async fn copy(&self) -> Result<(), String> {
        self.node.stop().await?;
        self.node.copy_of(&self.source).await
    }

    fn report(&self, looked: Result<bool, String>) {
        let server = looked.is_ok().then_some(self.node.address);
        let problem = match looked {
            Ok(true) => None,
            Ok(false) => Some("it does not receive from its source".to_owned()),
            Err(problem) => Some(problem),
        };
        let now = Status { server, problem, ..Status::default() };
        self.status.send_if_modified(|status| std::mem::replace(status, now.clone()) != now);
    }
}

#[async_trait]
impl Care for Keeper {
    async fn make(&mut self) -> Result<(), String> {
        self.node.fence().await;
        self.node.copy_of(&self.source).await?;
        self.node.check_settings().await?;
        self.node.start().await?;
        self.node.installation.private_file(&self.folder.join(MARK), "")?;
        self.endpoint.turn_to(self.node.address).await
    }

    async fn resume(&mut self, _away: &[bool]) {
        // Where it fails the round that follows tries again.
        let _ = self.endpoint.turn_to(self.node.address).await;
    }

    async fn round(&mut self, away: &[bool]) -> Pause {
        let looked = if !self.folder.exists() {
            self.node.fence().await;
            Err("the data directory was removed".to_owned())
        } else if away.first() == Some(&true) {
            self.node.fence().await;
            Err("its zone is stopped".to_owned())
        } else {
            match self.look().await {
                Ok(streams) => self.endpoint.stay_open(self.node.address).await.map(|()| streams),
                Err(problem) => Err(problem),
            }
        };
        let watched = looked.is_ok().then(|| self.node.folder.clone());
        let length = if looked.is_ok() { PROBE_INTERVAL } else { STEP_PAUSE };
        self.report(looked);
        Pause { length, watched }
    }

    /// The user and the password are the source's.
    async fn change(&mut self, change: Change) -> Result<(), String> {
        self.node.parameters = change.parameters;
        self.source.access.password.clone_from(&change.password);
        self.node.access.password = change.password;
        self.node.write_settings()?;
        self.node.follow(&self.source)?;
        self.node.check_settings().await?;
        self.node.reload().await
    }

    async fn stop(&mut self) -> Result<(), String> {
        self.endpoint.close().await;
        self.node.stop().await
    }

    async fn remove(&mut self) -> Result<(), String> {
        self.endpoint.close().await;
        self.node.fence().await;
        folder::remove(&self.folder)
    }
}
