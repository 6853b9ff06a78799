//! `terrace host status`

use super::{ask, client, data_flag};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::providers::host::protocol::{Answer, Request, Status};

pub const COMMAND: Command = Command {
    words: "host status",
    group: Group::Member,
    about: "Show what runs",
    usage: "",
    description: "Shows zones, servers, databases and load balancers, with the processes behind them.",
    define: |command| {
        command.args([
            data_flag(),
            flags::switch("json", "Print one JSON object."),
            flags::switch("metrics", "Print the metrics of the load balancers, as Prometheus reads them."),
        ])
    },
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    if client(invocation).is_stopped() && !invocation.is_json() {
        invocation.terminal.print_line("Everything is stopped. The next plan or apply starts it again.");
        return Exit::SUCCESS;
    }
    let request = if invocation.is_set("metrics") { Request::Metrics } else { Request::Status };
    match ask(invocation, &request) {
        Ok(Answer::Status(status)) if invocation.is_json() => {
            let text = serde_json::to_string(&status).expect("a status is names and numbers");
            invocation.terminal.print_line(&text);
        }
        Ok(Answer::Status(status)) => invocation.terminal.print(&render(&status)),
        Ok(Answer::Text(text)) => invocation.terminal.print(&text),
        Ok(_) => return Exit::FAILURE,
        Err(exit) => return exit,
    }
    Exit::SUCCESS
}

fn render(status: &Status) -> String {
    let zones = status.zones.iter().map(|zone| {
        let state = if zone.is_running { "running" } else { "stopped" };
        vec![zone.name.clone(), state.to_owned()]
    });
    let servers = status.servers.iter().map(|server| {
        let processes: Vec<String> = server.processes.iter().map(u32::to_string).collect();
        let restarts = server.restarts.to_string();
        let [name, zone, state, url] = [&server.name, &server.zone, &server.state, &server.url].map(Clone::clone);
        vec![name, zone, state, url, processes.join(" "), restarts]
    });
    let databases = status.databases.iter().map(|database| {
        let [name, state, endpoint, standby] =
            [&database.name, &database.state, &database.endpoint, &database.standby].map(Clone::clone);
        let zone = database.zone.clone().unwrap_or_else(|| "-".to_owned());
        let failovers = database.failovers.to_string();
        vec![name, zone, state, endpoint, standby, failovers, database.problem.clone().unwrap_or_default()]
    });
    let listeners = status.listeners.iter().map(|listener| vec![listener.load_balancer.clone(), listener.url.clone()]);
    let targets = status.targets.iter().map(|target| {
        let [group, server, zone, state, reason] =
            [&target.target_group, &target.server, &target.zone, &target.state, &target.reason].map(Clone::clone);
        vec![group, server, zone, state, target.active.to_string(), reason]
    });
    [
        table(&["ZONE", "STATE"], zones.collect()),
        table(&["SERVER", "ZONE", "STATE", "URL", "PROCESSES", "RESTARTS"], servers.collect()),
        table(&["DATABASE", "ZONE", "STATE", "ENDPOINT", "STANDBY", "FAILOVERS", "PROBLEM"], databases.collect()),
        table(&["LOAD BALANCER", "URL"], listeners.collect()),
        table(&["TARGET GROUP", "SERVER", "ZONE", "HEALTH", "ACTIVE", "WHY"], targets.collect()),
        status.metrics.as_ref().map(|url| format!("Metrics: {url}\n")).unwrap_or_default(),
    ]
    .into_iter()
    .filter(|table| !table.is_empty())
    .collect::<Vec<_>>()
    .join("\n")
}

/// Columns as wide as their longest cell, without those that have nothing to say; nothing where there are no rows.
fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let head: Vec<String> = head.iter().map(ToString::to_string).collect();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let rows: Vec<Vec<String>> = [head].into_iter().chain(rows).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&rows[0]).zip(&widths).filter(|(_, width)| **width > 0);
        let cells = cells.map(|((cell, head), width)| format!("{cell:<width$}", width = head.len().max(*width)));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let rows = vec![vec!["a".to_owned(), "running".to_owned()], vec!["long".to_owned(), "x".to_owned()]];
        assert_eq!(super::table(&["ZONE", "STATE"], rows), "ZONE  STATE\na     running\nlong  x\n");
        let rows = vec![vec![String::new(), "x".to_owned()]];
        assert_eq!(super::table(&["PROBLEM", "STATE"], rows), "STATE\nx\n");
    }
}
