//! Addresses and ports for new objects, and the other attributes that the host decides.

use super::databases::{self, Place};
use super::record::Entry;
use super::{Failure, text};
use crate::providers::host::protocol::Attributes;
use crate::providers::host::zone;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

/// What a database and its owner are called where nobody says.
const APP: &str = "app";
/// Where the endpoints of databases are.
const ENDPOINT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Fills in what the configuration left open.
pub fn complete(
    kind: &str,
    attributes: &mut Attributes,
    entries: &BTreeMap<String, Entry>,
    data: &Path,
) -> Result<(), Failure> {
    match kind {
        "host_server" => complete_server(attributes, entries),
        "host_database" => complete_database(attributes, entries, data),
        "host_listener" => complete_listener(attributes, entries),
        _ => Ok(()),
    }
}

fn complete_server(attributes: &mut Attributes, entries: &BTreeMap<String, Entry>) -> Result<(), Failure> {
    let zone = text(attributes, "zone");
    let address = free_address(&zone, entries)?;
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

/// The endpoint, and places in two zones: for the primary, and for a standby should one be wanted.
fn complete_database(
    attributes: &mut Attributes,
    entries: &BTreeMap<String, Entry>,
    data: &Path,
) -> Result<(), Failure> {
    let primary = text(attributes, "zone");
    let at = zone::NAMES.iter().position(|name| *name == primary).unwrap_or_default();
    let standby = zone::NAMES[(at + 1) % zone::NAMES.len()].to_owned();
    let place = |zone: String| {
        let address = IpAddr::V4(free_address(&zone, entries)?);
        Ok(json!(Place { zone, address: SocketAddr::new(address, open_port(address, 0)?) }))
    };
    if !text(attributes, "replicate_source_db").is_empty() {
        return Err(Failure::new("No read replicas yet", "This version of the host cannot run a read replica."));
    }
    attributes.insert("standby_zone".to_owned(), Json::from(standby.clone()));
    let places = [primary, standby].map(place).into_iter().collect::<Result<Vec<_>, Failure>>()?;
    let endpoint = SocketAddr::new(ENDPOINT, open_port(ENDPOINT, wanted_port(attributes))?);
    for (name, otherwise) in
        [("name", text(attributes, "id")), ("db_name", APP.to_owned()), ("username", APP.to_owned())]
    {
        if text(attributes, name).is_empty() {
            attributes.insert(name.to_owned(), Json::from(otherwise));
        }
    }
    let folder = databases::folder(data, &text(attributes, "id"));
    attributes.insert("nodes".to_owned(), Json::from(places));
    attributes.insert("folder".to_owned(), json!(folder));
    attributes.insert("address".to_owned(), Json::from(endpoint.ip().to_string()));
    attributes.insert("port".to_owned(), Json::from(endpoint.port()));
    attributes.insert("endpoint".to_owned(), Json::from(endpoint.to_string()));
    Ok(())
}

/// One that nothing else in the zone has.
fn free_address(zone: &str, entries: &BTreeMap<String, Entry>) -> Result<Ipv4Addr, Failure> {
    let places = entries.values().filter_map(|entry| entry.attributes.get("nodes")?.as_array()).flatten();
    let places = places.filter_map(|place| place.get("address")?.as_str()?.split(':').next().map(str::to_owned));
    let taken: BTreeSet<String> =
        entries.values().map(|entry| text(&entry.attributes, "address")).chain(places).collect();
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
