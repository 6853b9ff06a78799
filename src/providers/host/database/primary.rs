//! Looks after a primary and its standby.
//!
//! A failover fences the old primary first (it is on this machine, so stopping it is certain), then promotes, then turns the endpoint; the old
//! primary comes back as standby. What is to be done is decided by [`roles`](super::roles).

use super::endpoint::Endpoint;
use super::node::Node;
use super::roles::{Primary, Roles, Seen, Standby, Step, decide};
use super::{Care, Change, Installation, Lag, PROBE_INTERVAL, PROBE_TIMEOUT, Pause, STEP_PAUSE, Settings, Status};
use super::{folder, nodes_of};
use crate::system::file::write_atomically;
use crate::system::reason;
use async_trait::async_trait;
use futures::future::join_all;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time;

const ROLES: &str = "roles.json";
/// What the standby is known as to its primary.
const STANDBY: &str = "standby";
/// Between two looks whether a standby has caught up.
const CATCH_UP_PAUSE: Duration = Duration::from_millis(60);
/// So many looks; after that it is begun again.
const CATCH_UP_LOOKS: u32 = 400;
/// Commits that were under way when the settings changed are behind this.
const SETTLE: Duration = Duration::from_millis(250);
/// What a probe asks: who follows, and how far behind.
const FOLLOWERS: &str = "SELECT application_name, state, \
    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0), coalesce(extract(epoch FROM replay_lag), 0) \
    FROM pg_stat_replication";

pub(super) struct Keeper {
    folder: PathBuf,
    nodes: Vec<Node>,
    is_replicated: bool,
    roles: Roles,
    endpoint: Arc<Endpoint>,
    status: watch::Sender<Status>,
    silent_probes: u32,
    followers: Vec<Lag>,
    /// The standby did not come back with what it had.
    needs_copy: bool,
}

/// Whether there is data of a server that may be primary.
pub(super) fn exists(folder: &Path) -> bool {
    let Ok(Some(roles)) = read_roles(folder) else { return false };
    let has_data = |node: usize| folder.join(format!("node-{node}")).join("PG_VERSION").is_file();
    has_data(roles.primary) || roles.is_current && has_data(roles.standby())
}

impl Keeper {
    pub(super) fn new(
        installation: &Installation,
        settings: Settings,
        endpoint: Arc<Endpoint>,
        status: watch::Sender<Status>,
    ) -> Result<Self, String> {
        let nodes = nodes_of(installation, &settings);
        let roles = read_roles(&settings.folder)?.unwrap_or(Roles { primary: 0, is_current: false });
        if nodes.get(roles.primary).is_none() {
            return Err("the primary is a node that is not wanted".to_owned());
        }
        let Settings { folder, is_replicated, .. } = settings;
        let (silent_probes, followers, needs_copy) = (0, Vec::new(), false);
        Ok(Self { folder, nodes, is_replicated, roles, endpoint, status, silent_probes, followers, needs_copy })
    }

    fn primary(&self) -> &Node {
        &self.nodes[self.roles.primary]
    }

    fn standby(&self) -> Option<&Node> {
        self.nodes.get(self.roles.standby()).filter(|_| self.is_replicated)
    }

    async fn make_database(&self) -> Result<(), String> {
        let name = &self.primary().access.database;
        if name == "postgres" {
            return Ok(());
        }
        self.primary().query(&format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""))).await.map(drop)
    }

    async fn look(&mut self, away: &[bool]) -> Seen {
        let is_away = |node: usize| away.get(node).copied().unwrap_or(false);
        for (_, node) in self.nodes.iter().enumerate().filter(|(number, _)| is_away(*number)) {
            node.fence().await;
        }
        let is_primary_away = is_away(self.roles.primary);
        let followers = if is_primary_away || !self.primary().exists() { None } else { self.ask_followers().await };
        let primary = match &followers {
            Some(_) => Primary::Answers,
            None if is_primary_away => Primary::Away,
            None if self.primary().exists() && self.primary().is_running() => Primary::Silent(self.silent_probes + 1),
            None => Primary::Dead,
        };
        self.silent_probes = if let Primary::Silent(probes) = primary { probes } else { 0 };
        self.followers = followers.unwrap_or_default();
        let standby = match self.standby() {
            None => Standby::Unwanted,
            Some(_) if is_away(self.roles.standby()) => Standby::Away,
            Some(node) if node.exists() && self.followers.iter().any(|lag| lag.follower == STANDBY) => {
                Standby::Streaming
            }
            Some(_) => Standby::Missing,
        };
        Seen { primary, standby }
    }

    /// Those that stream; nothing where the primary does not answer.
    async fn ask_followers(&self) -> Option<Vec<Lag>> {
        let answer = time::timeout(PROBE_TIMEOUT, self.primary().query(FOLLOWERS)).await;
        let text = answer.ok()?.ok()?;
        let lag = |line: &str| {
            let mut words = line.split('|');
            let (follower, state) = (words.next()?.to_owned(), words.next()?);
            let (bytes, seconds) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            (state == "streaming").then_some(Lag { follower, bytes, seconds })
        };
        Some(text.lines().filter_map(lag).collect())
    }

    async fn streams(&self) -> bool {
        self.ask_followers().await.is_some_and(|followers| followers.iter().any(|lag| lag.follower == STANDBY))
    }

    async fn take(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Nothing => Ok(()),
            Step::FailOver => self.fail_over().await,
            Step::StartPrimary => {
                self.primary().fence().await;
                self.start_primary().await?;
                self.endpoint.turn_to(self.primary().address).await
            }
            Step::Distrust => self.commit_alone().await,
            Step::Rejoin => self.rejoin().await,
            Step::Trust => self.trust().await,
        }
    }

    /// In this order: nobody but the new primary can commit, that it is the primary is on disk, it commits, clients reach it.
    async fn fail_over(&mut self) -> Result<(), String> {
        self.primary().fence().await;
        self.record(Roles { primary: self.roles.standby(), is_current: false })?;
        self.start_primary().await?;
        self.endpoint.turn_to(self.primary().address).await?;
        self.status.send_modify(|status| status.failovers += 1);
        Ok(())
    }

    /// Starts whoever is primary as such; one that was a standby until now is promoted.
    async fn start_primary(&self) -> Result<(), String> {
        self.primary().start().await?;
        if self.primary().query("SELECT pg_is_in_recovery()").await? == "t" {
            self.primary().promote().await?;
        }
        if self.roles.is_current { Ok(()) } else { self.wait_for_nobody().await }
    }

    async fn commit_alone(&mut self) -> Result<(), String> {
        self.record(Roles { is_current: false, ..self.roles })?;
        self.wait_for_nobody().await
    }

    async fn wait_for_nobody(&self) -> Result<(), String> {
        self.primary().query("ALTER SYSTEM RESET synchronous_standby_names").await?;
        self.primary().query("SELECT pg_reload_conf()").await.map(drop)
    }

    async fn rejoin(&mut self) -> Result<(), String> {
        let Some(standby) = self.standby() else { return Ok(()) };
        let source = self.primary().source_for(STANDBY);
        standby.stop().await?;
        match self.needs_copy {
            true => standby.copy_of(&source).await?,
            false => standby.rejoin(&source).await?,
        }
        let started = self.start_standby().await;
        self.needs_copy = started.is_err();
        started
    }

    async fn start_standby(&self) -> Result<(), String> {
        let Some(standby) = self.standby() else { return Ok(()) };
        standby.start().await?;
        // One that has just started needs a moment to connect.
        for _ in 0..CATCH_UP_LOOKS / 4 {
            if self.streams().await {
                return Ok(());
            }
            time::sleep(CATCH_UP_PAUSE).await;
        }
        Err("the standby does not connect to the primary".to_owned())
    }

    async fn trust(&mut self) -> Result<(), String> {
        self.primary().query(&format!("ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")).await?;
        self.primary().query("SELECT pg_reload_conf()").await?;
        // Commits that began before the reload do not wait; what is written a moment later is behind all of them.
        time::sleep(SETTLE).await;
        let position = self.primary().query("SELECT pg_current_wal_lsn()").await?;
        let has_all = format!(
            "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync' AND flush_lsn >= '{position}'::pg_lsn"
        );
        for _ in 0..CATCH_UP_LOOKS {
            if self.primary().query(&has_all).await? != "0" {
                return self.record(Roles { is_current: true, ..self.roles });
            }
            time::sleep(CATCH_UP_PAUSE).await;
        }
        self.wait_for_nobody().await?;
        Err("the standby does not catch up".to_owned())
    }

    fn report(&self, seen: Seen, problem: Option<String>) {
        let is_reached = seen.primary == Primary::Answers && self.endpoint.address().is_some();
        let server = is_reached.then_some(self.primary().address);
        let is_protected = self.roles.is_current && seen.standby == Standby::Streaming;
        self.status.send_if_modified(|status| {
            let followers = self.followers.clone();
            let now = Status { server, is_protected, failovers: status.failovers, followers, problem };
            let is_new = *status != now;
            *status = now;
            is_new
        });
    }

    /// On disk before it counts.
    fn record(&mut self, roles: Roles) -> Result<(), String> {
        let text = serde_json::to_vec(&roles).map_err(|error| format!("{ROLES}: {error}"))?;
        write_atomically(&self.folder.join(ROLES), &text).map_err(|error| format!("{ROLES}: {}", reason(&error)))?;
        self.roles = roles;
        Ok(())
    }

    /// The standby has had its day; the primary is where it began.
    async fn give_up_standby(&mut self) -> Result<(), String> {
        if self.roles.primary != 0 && self.roles.is_current {
            self.fail_over().await?;
        } else {
            self.commit_alone().await?;
        }
        self.is_replicated = false;
        if let Some(former) = self.nodes.get(self.roles.standby()) {
            former.fence().await;
            former.remove()?;
        }
        Ok(())
    }

    async fn set_parameters(&mut self, change: &Change) -> Result<(), String> {
        let before = self.primary().parameters.clone();
        self.nodes.iter_mut().for_each(|node| node.parameters.clone_from(&change.parameters));
        self.primary().write_settings()?;
        if let Err(problem) = self.primary().check_settings().await {
            self.nodes.iter_mut().for_each(|node| node.parameters.clone_from(&before));
            self.primary().write_settings()?;
            return Err(problem);
        }
        if let Some(standby) = self.standby().filter(|standby| standby.exists()) {
            standby.write_settings()?;
            // A standby that does not take them is made anew by a later round.
            let _ = standby.reload().await;
        }
        self.primary().reload().await
    }

    async fn set_password(&mut self, password: &str) -> Result<(), String> {
        self.primary().change_password(password).await?;
        self.nodes.iter_mut().for_each(|node| password.clone_into(&mut node.access.password));
        let source = self.primary().source_for(STANDBY);
        if let Some(standby) = self.standby().filter(|standby| standby.exists()) {
            standby.follow(&source)?;
            let _ = standby.reload().await;
        }
        Ok(())
    }
}

#[async_trait]
impl Care for Keeper {
    async fn make(&mut self) -> Result<(), String> {
        for node in &self.nodes {
            node.fence().await;
            node.remove()?;
        }
        self.primary().initialise().await?;
        self.primary().check_settings().await?;
        if let Some(standby) = self.standby() {
            // Of a server that has not started yet a copy of its files is a standby: nothing has to be asked for.
            folder::copy(&self.primary().folder, &standby.folder).await?;
            standby.follow(&self.primary().source_for(STANDBY))?;
        }
        self.start_primary().await?;
        let (made, followed) = tokio::join!(self.make_database(), self.start_standby());
        made?;
        followed?;
        folder::sync(&self.folder).await?;
        self.record(self.roles)?;
        self.endpoint.turn_to(self.primary().address).await
    }

    /// What was stopped with everything else is started as it was: that is no reason for a failover.
    async fn resume(&mut self, away: &[bool]) {
        // Where something fails the round that follows sees it.
        let _ = self.endpoint.turn_to(self.primary().address).await;
        let can_start = |number: &usize| !away.get(*number).copied().unwrap_or(false);
        let numbers = [self.roles.primary, self.roles.standby()];
        let nodes = numbers.into_iter().filter(can_start).filter_map(|number| self.nodes.get(number));
        for node in nodes.filter(|node| node.exists() && !node.is_running()) {
            let _ = node.start().await;
        }
    }

    async fn round(&mut self, away: &[bool]) -> Pause {
        if !self.folder.exists() {
            // Somebody removed the data: what ran on it is ended, and nothing is made in its place.
            for node in &self.nodes {
                node.fence().await;
            }
            let seen = Seen { primary: Primary::Dead, standby: Standby::Missing };
            self.report(seen, Some("the data directory was removed".to_owned()));
            return Pause { length: STEP_PAUSE, watched: None };
        }
        let seen = self.look(away).await;
        let step = decide(self.roles, seen);
        let done = self.take(step).await;
        let length = match (&done, step) {
            (Err(_), _) => STEP_PAUSE,
            (Ok(()), Step::Nothing) => PROBE_INTERVAL,
            (Ok(()), _) => Duration::ZERO,
        };
        let opened = self.endpoint.stay_open(self.primary().address).await;
        self.report(seen, done.and(opened).err());
        let watched = (seen.primary == Primary::Answers).then(|| self.primary().folder.clone());
        Pause { length, watched }
    }

    async fn change(&mut self, change: Change) -> Result<(), String> {
        if !change.is_replicated && self.is_replicated {
            self.give_up_standby().await?;
        }
        self.is_replicated = change.is_replicated;
        if change.parameters != self.primary().parameters {
            self.set_parameters(&change).await?;
        }
        if change.password != self.primary().access.password {
            self.set_password(&change.password).await?;
        }
        Ok(())
    }

    async fn stop(&mut self) -> Result<(), String> {
        self.endpoint.close().await;
        // The primary first: until it has ended, the standby gets everything.
        for node in [self.roles.primary, self.roles.standby()].into_iter().filter_map(|number| self.nodes.get(number)) {
            node.stop().await?;
        }
        Ok(())
    }

    async fn remove(&mut self) -> Result<(), String> {
        self.endpoint.close().await;
        join_all(self.nodes.iter().map(Node::fence)).await;
        folder::remove(&self.folder)
    }
}

fn read_roles(folder: &Path) -> Result<Option<Roles>, String> {
    match fs::read(folder.join(ROLES)) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| format!("{ROLES}: {error}")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{ROLES}: {}", reason(&error))),
    }
}
