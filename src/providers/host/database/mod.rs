//! A PostgreSQL database: a primary, a synchronous standby where one is wanted, and an endpoint that follows the primary.
//!
//! One task looks after it: it probes, decides by [`roles`] and does one step at a time. The servers are processes of their own and go on when this
//! one is killed; opened again, the database is found as it is. A failover fences the old primary first (it is on this machine, so stopping
//! it is certain), then promotes, then turns the endpoint; the old primary comes back as standby.

mod installation;
mod node;
mod roles;

pub use installation::Installation;
pub use node::Access;

use super::balancer::{
    Action, Algorithm, Balancer, Limits, Listener, Protocol, Routing, Target, TargetGroup, WeightedGroup,
};
use crate::system::file::write_atomically;
use crate::system::reason;
use node::Node;
use roles::{Primary, Roles, Seen, Standby, Step, decide};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time;

const PROBE_INTERVAL: Duration = Duration::from_millis(250);
/// A probe that takes longer counts as silence.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// Between two tries of a step that failed.
const STEP_PAUSE: Duration = Duration::from_secs(1);
/// Times that a standby is looked at until it has caught up; after that it is begun again.
const CATCH_UP_PROBES: u32 = 400;
/// What the probe asks, and the standby's state with it.
const STREAMING: &str =
    "SELECT count(*) FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming'";

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Holds the servers' data; the account of the servers must be able to reach it.
    pub folder: PathBuf,
    pub access: Access,
    /// Where clients connect, whoever is primary.
    pub endpoint: SocketAddr,
    pub primary: SocketAddr,
    /// With one, the database is synchronously replicated.
    pub standby: Option<SocketAddr>,
    pub parameters: BTreeMap<String, String>,
    /// Those of the two that must not run for now.
    pub stopped: BTreeSet<SocketAddr>,
}

/// How the database is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub primary: Option<SocketAddr>,
    /// A standby has everything, so that a failover would lose nothing.
    pub is_protected: bool,
    pub failovers: u64,
    /// Why the last step failed; none when it did not.
    pub problem: Option<String>,
}

/// A database that is looked after. Dropped, its servers go on, and its endpoint closes.
pub struct Database {
    keeper: Keeper,
    status: watch::Receiver<Status>,
    stopped: watch::Sender<BTreeSet<SocketAddr>>,
    task: JoinHandle<()>,
}

impl Drop for Database {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Database {
    /// Makes the database, or finds it again, and returns when it accepts connections. A new one that cannot be made leaves nothing behind.
    pub async fn open(installation: Installation, settings: Settings) -> Result<Self, String> {
        let is_new = !settings.folder.join(ROLES).exists();
        let (sender, status) = watch::channel(Status::default());
        let (stopped, told_to_stop) = watch::channel(settings.stopped.clone());
        let mut keeper = Keeper::new(installation, settings, Arc::new(sender), told_to_stop)?;
        let opened = keeper.open(is_new).await;
        if let Err(problem) = opened {
            if is_new {
                // The first failure is the one to tell.
                let _ = keeper.remove().await;
            }
            return Err(problem);
        }
        let task = tokio::spawn(keeper.clone().look_after());
        Ok(Self { keeper, status, stopped, task })
    }

    pub fn endpoint(&self) -> Option<SocketAddr> {
        self.keeper.balancer.address(ENDPOINT)
    }

    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// The status as it changes.
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// From now on these servers must not run; a primary among them is failed over.
    pub fn keep_stopped(&self, servers: BTreeSet<SocketAddr>) {
        self.stopped.send_replace(servers);
    }

    pub async fn change_password(&self, password: &str) -> Result<(), String> {
        let user = self.keeper.primary().access.user.replace('"', "\"\"");
        let password = password.replace('\'', "''");
        let roles = read_roles(&self.keeper.folder)?.unwrap_or(self.keeper.roles);
        let keeper = Keeper { roles, ..self.keeper.clone() };
        keeper.primary().query(&format!("ALTER ROLE \"{user}\" PASSWORD '{password}'")).await.map(drop)
    }

    /// Stops the servers of a database that is not open, and removes the data.
    pub async fn discard(installation: Installation, settings: Settings) -> Result<(), String> {
        let (status, _) = watch::channel(Status::default());
        let (_, stopped) = watch::channel(BTreeSet::new());
        Keeper::new(installation, settings, Arc::new(status), stopped)?.remove().await
    }

    /// Waits for a status; false when it did not come within the time.
    pub async fn wait_until(&self, holds: impl FnMut(&Status) -> bool, longest: Duration) -> bool {
        let mut status = self.status.clone();
        matches!(time::timeout(longest, status.wait_for(holds)).await, Ok(Ok(_)))
    }

    /// Stops the servers; the data stays.
    pub async fn stop(mut self) -> Result<(), String> {
        self.end_task().await;
        self.keeper.remember()?;
        self.keeper.stop().await
    }

    /// Stops the servers and removes the data.
    pub async fn remove(mut self) -> Result<(), String> {
        self.end_task().await;
        self.keeper.remove().await
    }

    async fn end_task(&mut self) {
        self.task.abort();
        // It was cancelled, which is what was wanted.
        let _ = (&mut self.task).await;
    }
}

const ROLES: &str = "roles.json";
const ENDPOINT: &str = "endpoint";

#[derive(Clone)]
struct Keeper {
    folder: PathBuf,
    endpoint: SocketAddr,
    nodes: Vec<Node>,
    roles: Roles,
    balancer: Arc<Balancer>,
    status: Arc<watch::Sender<Status>>,
    /// Addresses of servers that must not run.
    stopped: watch::Receiver<BTreeSet<SocketAddr>>,
    silent_probes: u32,
}

impl Keeper {
    fn new(
        installation: Installation,
        settings: Settings,
        status: Arc<watch::Sender<Status>>,
        stopped: watch::Receiver<BTreeSet<SocketAddr>>,
    ) -> Result<Self, String> {
        let Settings { folder, access, endpoint, primary, standby, parameters, stopped: _ } = settings;
        installation.private_folder(&folder)?;
        let addresses = std::iter::once(primary).chain(standby);
        let nodes = addresses.enumerate().map(|(number, address)| Node {
            installation: installation.clone(),
            folder: folder.join(format!("node-{number}")),
            address,
            access: access.clone(),
            parameters: parameters.clone(),
        });
        let nodes = nodes.collect();
        let roles = read_roles(&folder)?.unwrap_or(Roles { primary: 0, is_current: false });
        Ok(Self {
            folder,
            endpoint,
            nodes,
            roles,
            balancer: Arc::new(Balancer::new()),
            status,
            stopped,
            silent_probes: 0,
        })
    }

    fn primary(&self) -> &Node {
        &self.nodes[self.roles.primary]
    }

    fn standby(&self) -> Option<&Node> {
        self.nodes.get(self.roles.standby())
    }

    async fn open(&mut self, is_new: bool) -> Result<(), String> {
        if self.nodes.get(self.roles.primary).is_none() {
            return Err("the primary is where the standby was; a standby cannot be taken away now".to_owned());
        }
        if is_new {
            self.primary().remove()?;
            self.primary().initialise().await?;
        }
        for node in self.nodes.iter().filter(|node| node.exists()) {
            node.write_settings()?;
        }
        if !self.may_run(self.primary()) {
            // Its zone may come back, or the standby takes over.
            return self.turn_endpoint().await;
        }
        self.start_primary().await?;
        if is_new {
            self.make_database().await?;
            if self.standby().is_none() {
                self.primary().sync().await?;
            }
            self.record(self.roles)?;
        }
        self.turn_endpoint().await
    }

    async fn make_database(&self) -> Result<(), String> {
        let name = &self.primary().access.database;
        if name == "postgres" {
            return Ok(());
        }
        self.primary().query(&format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""))).await.map(drop)
    }

    /// Looks, decides, does; for ever.
    async fn look_after(mut self) {
        loop {
            let stopped = self.stop_what_must_not_run().await;
            let seen = self.look().await;
            let step = Some(decide(self.roles, seen)).filter(|step| self.is_possible(*step)).unwrap_or(Step::Nothing);
            let done = stopped.and(self.take(step).await);
            let pause = if done.is_err() { STEP_PAUSE } else { PROBE_INTERVAL };
            self.report(seen, done.err());
            if step == Step::Nothing || pause == STEP_PAUSE {
                time::sleep(pause).await;
            }
        }
    }

    fn may_run(&self, node: &Node) -> bool {
        !self.stopped.borrow().contains(&node.address)
    }

    async fn stop_what_must_not_run(&self) -> Result<(), String> {
        for node in self.nodes.iter().filter(|node| !self.may_run(node)) {
            node.fence().await?;
        }
        Ok(())
    }

    /// Whether the servers that a step starts may run.
    fn is_possible(&self, step: Step) -> bool {
        match step {
            Step::StartPrimary => self.may_run(self.primary()),
            Step::FailOver | Step::Rejoin => self.standby().is_some_and(|standby| self.may_run(standby)),
            Step::Nothing | Step::Distrust | Step::Trust => true,
        }
    }

    async fn look(&mut self) -> Seen {
        let answer = time::timeout(PROBE_TIMEOUT, self.primary().query(STREAMING)).await;
        let streaming = match answer {
            Ok(Ok(count)) => Some(count != "0"),
            _ => None,
        };
        let primary = match streaming {
            Some(_) => Primary::Answers,
            None if self.primary().is_running().await => Primary::Silent(self.silent_probes + 1),
            None => Primary::Dead,
        };
        self.silent_probes = if let Primary::Silent(probes) = primary { probes } else { 0 };
        let standby = match (self.standby(), streaming) {
            (None, _) => Standby::Unwanted,
            (Some(_), Some(true)) => Standby::Streaming,
            (Some(_), _) => Standby::Missing,
        };
        Seen { primary, standby }
    }

    async fn take(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Nothing => Ok(()),
            Step::FailOver => self.fail_over().await,
            Step::StartPrimary => {
                self.primary().fence().await?;
                self.start_primary().await
            }
            Step::Distrust => self.commit_alone().await,
            Step::Rejoin => self.rejoin().await,
            Step::Trust => self.trust().await,
        }
    }

    /// In this order: nobody but the new primary can commit, that it is the primary is on disk, it commits, clients reach it.
    async fn fail_over(&mut self) -> Result<(), String> {
        self.primary().fence().await?;
        self.record(Roles { primary: self.roles.standby(), is_current: false })?;
        self.start_primary().await?;
        self.turn_endpoint().await?;
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

    async fn rejoin(&self) -> Result<(), String> {
        let Some(standby) = self.standby() else { return Ok(()) };
        standby.stop().await?;
        standby.rejoin(self.primary()).await?;
        standby.start().await?;
        self.streams().await
    }

    /// A standby that has just started needs a moment to connect.
    async fn streams(&self) -> Result<(), String> {
        for _ in 0..CATCH_UP_PROBES / 4 {
            if self.primary().query(STREAMING).await? != "0" {
                return Ok(());
            }
            time::sleep(PROBE_INTERVAL / 4).await;
        }
        Err("the standby does not connect to the primary".to_owned())
    }

    async fn trust(&mut self) -> Result<(), String> {
        self.primary().query("ALTER SYSTEM SET synchronous_standby_names = 'standby'").await?;
        self.primary().query("SELECT pg_reload_conf()").await?;
        // Commits that began before the reload do not wait; what is written a moment later is behind all of them.
        time::sleep(PROBE_INTERVAL).await;
        let position = self.primary().query("SELECT pg_current_wal_lsn()").await?;
        let has_all = format!(
            "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync' AND flush_lsn >= '{position}'::pg_lsn"
        );
        for _ in 0..CATCH_UP_PROBES {
            if self.primary().query(&has_all).await? != "0" {
                // A standby that was just made, and a primary perhaps, are not all on disk yet.
                let nodes = self.nodes.iter().map(Node::sync);
                futures::future::try_join_all(nodes).await?;
                return self.record(Roles { is_current: true, ..self.roles });
            }
            time::sleep(PROBE_INTERVAL / 4).await;
        }
        self.wait_for_nobody().await?;
        Err("the standby does not catch up".to_owned())
    }

    /// The endpoint leads to the primary, and what it led to elsewhere is cut.
    async fn turn_endpoint(&self) -> Result<(), String> {
        let target = Target {
            id: self.primary().address.to_string(),
            address: self.primary().address,
            zone: String::new(),
            draining: false,
        };
        let group = TargetGroup {
            members: vec![target],
            algorithm: Algorithm::RoundRobin,
            stickiness: None,
            health_check: None,
            deregistration_delay: Duration::ZERO,
        };
        let listener = Listener {
            load_balancer: "database".to_owned(),
            bind: self.endpoint,
            protocol: Protocol::Tcp,
            certificate: None,
            rules: Vec::new(),
            default_action: Action::Forward(vec![WeightedGroup { group: ENDPOINT.to_owned(), weight: 1 }]),
            limits: Limits::default(),
        };
        let problems = self
            .balancer
            .configure(&Routing {
                listeners: BTreeMap::from([(ENDPOINT.to_owned(), listener)]),
                groups: BTreeMap::from([(ENDPOINT.to_owned(), group)]),
            })
            .await;
        problems.into_iter().next().map_or(Ok(()), |problem| Err(problem.reason))
    }

    fn report(&self, seen: Seen, problem: Option<String>) {
        let primary = (seen.primary == Primary::Answers).then_some(self.primary().address);
        let is_protected = self.roles.is_current && seen.standby == Standby::Streaming;
        self.status.send_if_modified(|status| {
            let now = Status { primary, is_protected, failovers: status.failovers, problem };
            let is_new = *status != now;
            *status = now;
            is_new
        });
    }

    async fn stop(&self) -> Result<(), String> {
        self.balancer.configure(&Routing::default()).await;
        // The primary first: until it has ended, the standby gets everything.
        for node in self.nodes.get(self.roles.primary).into_iter().chain(self.standby()) {
            node.stop().await?;
        }
        Ok(())
    }

    async fn remove(&self) -> Result<(), String> {
        self.balancer.configure(&Routing::default()).await;
        for node in &self.nodes {
            node.fence().await?;
        }
        fs::remove_dir_all(&self.folder).map_err(|error| format!("{}: {}", self.folder.display(), reason(&error)))
    }

    /// The roles as they are on disk, where another copy of this keeper changed them.
    fn remember(&mut self) -> Result<(), String> {
        self.roles = read_roles(&self.folder)?.unwrap_or(self.roles);
        Ok(())
    }

    /// On disk before it counts.
    fn record(&mut self, roles: Roles) -> Result<(), String> {
        let text = serde_json::to_vec(&roles).map_err(|error| format!("{ROLES}: {error}"))?;
        write_atomically(&self.folder.join(ROLES), &text).map_err(|error| format!("{ROLES}: {}", reason(&error)))?;
        self.roles = roles;
        Ok(())
    }
}

fn read_roles(folder: &Path) -> Result<Option<Roles>, String> {
    match fs::read(folder.join(ROLES)) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| format!("{ROLES}: {error}")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{ROLES}: {}", reason(&error))),
    }
}
