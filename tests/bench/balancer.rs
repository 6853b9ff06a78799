//! The balancer alone, for `balancer.py`: `balancer LISTEN MEMBER...` serves until it is killed.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;
use terrace::providers::host::balancer::{
    Action, Algorithm, Balancer, Limits, Listener, Protocol, Routing, Target, TargetGroup, WeightedGroup,
};
use terrace::providers::host::ports::Ports;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let addresses = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<Vec<SocketAddr>, _>>()?;
    let [bind, members @ ..] = addresses.as_slice() else { return Err("usage: balancer LISTEN MEMBER...".into()) };
    let members = members.iter().map(|address| Target {
        id: address.to_string(),
        address: *address,
        zone: String::new(),
        draining: false,
    });
    let group = TargetGroup {
        members: members.collect(),
        algorithm: Algorithm::RoundRobin,
        stickiness: None,
        health_check: None,
        deregistration_delay: Duration::ZERO,
    };
    let listener = Listener {
        load_balancer: "bench".to_owned(),
        bind: *bind,
        protocol: Protocol::Http,
        certificate: None,
        rules: Vec::new(),
        default_action: Action::Forward(vec![WeightedGroup { group: "members".to_owned(), weight: 1 }]),
        limits: Limits::default(),
    };
    let balancer = Balancer::new(Ports::default());
    let problems = balancer
        .configure(&Routing {
            listeners: BTreeMap::from([("bench".to_owned(), listener)]),
            groups: BTreeMap::from([("members".to_owned(), group)]),
        })
        .await;
    match problems.first() {
        Some(problem) => Err(problem.reason.clone().into()),
        None => std::future::pending().await,
    }
}
