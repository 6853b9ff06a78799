//! Addresses and ports for new objects, and the other attributes that the host decides.

use super::record::Entry;
use super::{Failure, text};
use crate::providers::host::protocol::Attributes;
use crate::providers::host::zone;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

const POSTGRES_PORT: u16 = 5432;
/// Other data directories may have taken the first ones.
const ENDPOINT_TRIES: usize = 50;

/// Fills in what the configuration left open.
pub fn complete(kind: &str, attributes: &mut Attributes, entries: &BTreeMap<String, Entry>) -> Result<(), Failure> {
    match kind {
        "host_server" => complete_server(attributes, entries),
        "host_listener" => complete_listener(attributes, entries),
        "host_database" => complete_database(attributes, entries),
        _ => Ok(()),
    }
}

fn complete_server(attributes: &mut Attributes, entries: &BTreeMap<String, Entry>) -> Result<(), Failure> {
    let address = free_address(&text(attributes, "zone"), &taken(entries))?;
    let port = open_port(IpAddr::V4(address), wanted_port(attributes))?;
    let workers = attributes.get("workers").and_then(Json::as_u64).unwrap_or(1);
    if workers > 1 {
        let ports: Result<Vec<_>, Failure> = (0..workers).map(|_| open_port(IpAddr::V4(address), 0)).collect();
        attributes.insert("worker_ports".to_owned(), json!(ports?));
    }
    if text(attributes, "name").is_empty() {
        attributes.insert("name".to_owned(), Json::from(text(attributes, "id")));
    }
    attributes.insert("address".to_owned(), Json::from(address.to_string()));
    attributes.insert("port".to_owned(), Json::from(port));
    attributes.insert("url".to_owned(), Json::from(format!("http://{address}:{port}")));
    Ok(())
}

fn complete_database(attributes: &mut Attributes, entries: &BTreeMap<String, Entry>) -> Result<(), Failure> {
    let source = entries.get(&text(attributes, "replicate_source_db")).map(|entry| &entry.attributes);
    for (name, otherwise) in [("db_name", "postgres"), ("username", "postgres")] {
        let inherited = source.map(|source| text(source, name)).unwrap_or_else(|| otherwise.to_owned());
        if text(attributes, name).is_empty() {
            attributes.insert(name.to_owned(), Json::from(inherited));
        }
    }
    if text(attributes, "name").is_empty() {
        attributes.insert("name".to_owned(), Json::from(text(attributes, "id")));
    }
    let taken = taken(entries);
    let zone = text(attributes, "zone");
    // The standby's place is kept for it, wanted or not.
    let nodes = [zone.as_str(), zone::next(&zone)].map(|zone| {
        let address = IpAddr::V4(free_address(zone, &taken)?);
        let port = open_port(address, 0)?;
        Ok(SocketAddr::new(address, port).to_string())
    });
    let nodes: Result<Vec<String>, Failure> = nodes.into_iter().collect();
    let endpoint = endpoint(wanted_port(attributes), &taken, &text(attributes, "id"))?;
    attributes.insert("nodes".to_owned(), json!(nodes?));
    attributes.insert("address".to_owned(), Json::from(endpoint.ip().to_string()));
    attributes.insert("port".to_owned(), Json::from(endpoint.port()));
    attributes.insert("endpoint".to_owned(), Json::from(endpoint.to_string()));
    Ok(())
}

/// An address that no other database has, so that each can have the port that everybody expects. Where to begin follows from the id: of two
/// agents that look at the same time, both would find the same first one free.
fn endpoint(wanted: u16, taken: &BTreeSet<String>, id: &str) -> Result<SocketAddr, Failure> {
    let port = if wanted == 0 { POSTGRES_PORT } else { wanted };
    let first = id.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte))) % 200;
    let free = || {
        let addresses = zone::of_all().skip(first).chain(zone::of_all().take(first));
        addresses.filter(|address| !taken.contains(&address.to_string())).map(IpAddr::V4)
    };
    let opened = free().take(ENDPOINT_TRIES).map(|address| Ok(SocketAddr::new(address, open_port(address, port)?)));
    let mut failures = Vec::new();
    for tried in opened {
        match tried {
            Ok(endpoint) => return Ok(endpoint),
            Err(failure) => failures.push(failure),
        }
    }
    match (free().next(), failures.pop()) {
        (Some(address), _) if wanted == 0 => Ok(SocketAddr::new(address, open_port(address, 0)?)),
        (_, Some(failure)) => Err(failure),
        (_, None) => Err(Failure::new("No address is free", "All addresses for databases are taken.")),
    }
}

/// Addresses of servers, endpoints and databases' servers.
fn taken(entries: &BTreeMap<String, Entry>) -> BTreeSet<String> {
    let nodes = |entry: &Entry| {
        let nodes = entry.attributes.get("nodes").and_then(Json::as_array).cloned().unwrap_or_default();
        let address = |node: Json| Some(node.as_str()?.parse::<SocketAddr>().ok()?.ip().to_string());
        nodes.into_iter().filter_map(address).collect::<Vec<_>>()
    };
    entries.values().flat_map(|entry| [vec![text(&entry.attributes, "address")], nodes(entry)].concat()).collect()
}

fn free_address(zone: &str, taken: &BTreeSet<String>) -> Result<Ipv4Addr, Failure> {
    let address = zone::addresses(zone).find(|address| !taken.contains(&address.to_string()));
    address.ok_or_else(|| {
        let detail = format!("All addresses of zone {zone:?} ({}) are taken.", zone::range(zone));
        Failure::new("No address is free", detail)
    })
}

fn complete_listener(attributes: &mut Attributes, entries: &BTreeMap<String, Entry>) -> Result<(), Failure> {
    let balancer = text(attributes, "load_balancer");
    let found = entries.get(&balancer).map(|entry| text(&entry.attributes, "address"));
    let address = found.and_then(|address| address.parse::<IpAddr>().ok()).ok_or_else(|| {
        Failure::new("No such load balancer", format!("There is no load balancer {balancer:?} with an address."))
    })?;
    let port = open_port(address, wanted_port(attributes))?;
    let is_secure = attributes.get("certificate").is_some_and(|certificate| !certificate.is_null());
    let scheme = match (text(attributes, "protocol").as_str(), is_secure) {
        ("tcp", _) => "tcp",
        (_, true) => "https",
        (_, false) => "http",
    };
    attributes.insert("address".to_owned(), Json::from(address.to_string()));
    attributes.insert("port".to_owned(), Json::from(port));
    attributes.insert("url".to_owned(), Json::from(format!("{scheme}://{}", std::net::SocketAddr::new(address, port))));
    Ok(())
}

fn wanted_port(attributes: &Attributes) -> u16 {
    attributes.get("port").and_then(Json::as_u64).and_then(|port| u16::try_from(port).ok()).unwrap_or_default()
}

/// The port, if it can be opened; one that is free, if it is zero.
fn open_port(address: IpAddr, port: u16) -> Result<u16, Failure> {
    let opened = TcpListener::bind((address, port)).and_then(|listener| listener.local_addr());
    opened.map(|address| address.port()).map_err(|error| {
        let detail = format!("{address}:{port} cannot be opened: {}.", crate::system::reason(&error));
        Failure::new("The port is taken", detail)
    })
}
