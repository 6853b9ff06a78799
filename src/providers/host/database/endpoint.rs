//! Where clients connect: a port of its own, which leads to whoever serves now.

use crate::providers::host::balancer::{
    Action, Algorithm, Balancer, Limits, Listener, Protocol, Routing, Target, TargetGroup, WeightedGroup,
};
use crate::providers::host::ports::Ports;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// The one listener and the one group.
const NAME: &str = "endpoint";

/// Dropped, it closes.
pub(super) struct Endpoint {
    address: SocketAddr,
    balancer: Balancer,
}

impl Endpoint {
    pub(super) fn new(address: SocketAddr, ports: Ports) -> Self {
        Self { address, balancer: Balancer::new(ports) }
    }

    /// Where it is open.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.balancer.address(NAME)
    }

    /// Leads to this server from now on; what it led to elsewhere is cut.
    pub(super) async fn turn_to(&self, server: SocketAddr) -> Result<(), String> {
        let target = Target { id: server.to_string(), address: server, zone: String::new(), draining: false };
        let group = TargetGroup {
            members: vec![target],
            algorithm: Algorithm::RoundRobin,
            stickiness: None,
            health_check: None,
            deregistration_delay: Duration::ZERO,
        };
        let listener = Listener {
            load_balancer: "database".to_owned(),
            bind: self.address,
            protocol: Protocol::Tcp,
            certificate: None,
            rules: Vec::new(),
            default_action: Action::Forward(vec![WeightedGroup { group: NAME.to_owned(), weight: 1 }]),
            limits: Limits::default(),
        };
        let wanted = Routing {
            listeners: BTreeMap::from([(NAME.to_owned(), listener)]),
            groups: BTreeMap::from([(NAME.to_owned(), group)]),
        };
        let problems = self.balancer.configure(&wanted).await;
        problems.into_iter().next().map_or(Ok(()), |problem| Err(problem.reason))
    }

    /// Opens where something else had the port until now.
    pub(super) async fn stay_open(&self, server: SocketAddr) -> Result<(), String> {
        if self.address().is_some() { Ok(()) } else { self.turn_to(server).await }
    }

    pub(super) async fn close(&self) {
        self.balancer.configure(&Routing::default()).await;
    }
}
