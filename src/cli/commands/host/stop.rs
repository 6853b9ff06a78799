//! `terrace host stop` and `terrace host zone`

use super::{ask, data_flag};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::providers::host::protocol::Request;

pub const COMMAND: Command = Command {
    words: "host stop",
    group: Group::Member,
    about: "Stop all servers and the agent",
    usage: "",
    description: "Stops all servers, databases, load balancers and the agent. Nothing is forgotten: they run again with the next plan or apply.",
    define: |command| command.arg(data_flag()),
    run: |invocation| done(invocation, &Request::Stop, "Everything is stopped."),
};

pub const ZONE: Command = Command {
    words: "host zone",
    group: Group::Member,
    about: "Stop or start everything in a zone",
    usage: "stop|start ZONE",
    description: "Stops everything in a zone as if it had failed, or starts it again. This is a drill and not maintenance: processes are \
                  killed with requests under way, nothing is drained first, and databases fail over to another zone.",
    define: |command| {
        let does = flags::argument("does").required(true).value_parser(["stop", "start"]);
        command.args([data_flag(), does, flags::argument("zone").required(true)])
    },
    run: |invocation| {
        let zone = invocation.text("zone").unwrap_or_default().to_owned();
        match invocation.text("does") {
            Some("stop") => {
                let said = format!("Zone {zone} is stopped.");
                done(invocation, &Request::StopZone { zone }, &said)
            }
            _ => {
                let said = format!("Zone {zone} is started.");
                done(invocation, &Request::StartZone { zone }, &said)
            }
        }
    },
};

fn done(invocation: &mut Invocation, request: &Request, said: &str) -> Exit {
    match ask(invocation, request) {
        Ok(_) => {
            invocation.terminal.print_line(said);
            Exit::SUCCESS
        }
        Err(exit) => exit,
    }
}
