//! What Prometheus reads: the balancer's counters, then servers and databases, in the text format
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use super::{Agent, Outcome};
use crate::providers::host::protocol::{DatabaseStatus, ServerStatus, Status};
use std::fmt::Write;

impl Agent {
    pub async fn metrics(&self) -> Outcome<String> {
        Ok(self.balancer.metrics() + &render(&self.status().await?))
    }
}

fn render(status: &Status) -> String {
    let server =
        |server: &ServerStatus| labels(&[("server", &server.id), ("name", &server.name), ("zone", &server.zone)]);
    let database = |database: &DatabaseStatus| labels(&[("database", &database.id), ("name", &database.name)]);
    let of_servers = |value: fn(&ServerStatus) -> f64| {
        status.servers.iter().map(|one| (server(one), value(one))).collect::<Vec<_>>()
    };
    let of_databases = |value: fn(&DatabaseStatus) -> f64| {
        status.databases.iter().map(|one| (database(one), value(one))).collect::<Vec<_>>()
    };
    let lags = |value: fn(&(f64, f64)) -> f64| {
        let of_one = |one: &DatabaseStatus| {
            let line = |(follower, lag): (&String, &(f64, f64))| {
                (labels(&[("database", &one.id), ("name", &one.name), ("follower", follower)]), value(lag))
            };
            one.lag.iter().map(line).collect::<Vec<_>>()
        };
        status.databases.iter().flat_map(of_one).collect::<Vec<_>>()
    };
    let zones = status.zones.iter().map(|zone| (labels(&[("zone", &zone.name)]), truth(zone.is_running))).collect();
    let families = [
        ("zone_up", "gauge", "0 where a zone is stopped.", zones),
        ("server_processes", "gauge", "Processes of a server that run.", of_servers(|one| one.processes.len() as f64)),
        (
            "server_restarts_total",
            "counter",
            "Times a process of a server was started again.",
            of_servers(|one| one.restarts as f64),
        ),
        (
            "server_failed",
            "gauge",
            "1 where a server is not started any more.",
            of_servers(|one| truth(one.state == "failed")),
        ),
        ("database_up", "gauge", "1 where a database answers.", of_databases(|one| truth(one.state == "running"))),
        (
            "database_protected",
            "gauge",
            "1 where a standby has every commit.",
            of_databases(|one| truth(one.standby == "in sync")),
        ),
        ("database_failovers_total", "counter", "Times a standby took over.", of_databases(|one| one.failovers as f64)),
        ("database_lag_bytes", "gauge", "Written by a primary and not yet replayed.", lags(|(bytes, _)| *bytes)),
        ("database_lag_seconds", "gauge", "Age of what was replayed last.", lags(|(_, seconds)| *seconds)),
    ];
    families.into_iter().map(|(name, kind, help, lines)| family(name, kind, help, lines)).collect()
}

fn family(name: &str, kind: &str, help: &str, lines: Vec<(String, f64)>) -> String {
    let mut text = format!("# HELP terrace_host_{name} {help}\n# TYPE terrace_host_{name} {kind}\n");
    for (labels, value) in lines {
        // Writing to a string does not fail.
        let _ = writeln!(text, "terrace_host_{name}{{{labels}}} {value}");
    }
    text
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let escaped = |text: &str| text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect::<Vec<_>>().join(",")
}

fn truth(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}
