//! `terrace host`: what runs on this machine. One file a command.

pub mod logs;
pub mod run;
pub mod status;
pub mod stop;

use crate::cli::runtime::block_on;
use crate::cli::{Command, Exit, Invocation, flags};
use crate::diag::Diagnostic;
use crate::providers::host::client::{Client, DEFAULT_DATA};
use crate::providers::host::protocol::{Answer, Request};
use clap::Arg;
use std::path::PathBuf;

pub const FAMILY: Command = Command::family(
    "host",
    "Look after the servers on this machine",
    "The provider \"host\" runs servers and load balancers on this machine. One agent process in a data directory looks after them.",
);

/// Where the agent's things are.
fn data_flag() -> Arg {
    flags::value("data", "DIR", "The data directory; .terrace/host unless given.")
}

fn data_directory(invocation: &Invocation) -> PathBuf {
    PathBuf::from(invocation.text("data").unwrap_or(DEFAULT_DATA))
}

fn client(invocation: &Invocation) -> Client {
    let data = data_directory(invocation);
    Client::new(std::path::absolute(&data).unwrap_or(data))
}

/// Asks the agent, which is started where its servers have none.
fn ask(invocation: &mut Invocation, request: &Request) -> Result<Answer, Exit> {
    let client = client(invocation);
    if !client.has_record() {
        let detail = format!(
            "There is no host in {}. It comes into being with the first apply.",
            data_directory(invocation).display()
        );
        invocation.terminal.print_diagnostic(&Diagnostic::error("Nothing runs here", detail));
        return Err(Exit::FAILURE);
    }
    match block_on(client.ask(request)) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(complaint)) => {
            invocation.terminal.print_diagnostic(&Diagnostic::error(complaint.summary, complaint.detail));
            Err(Exit::FAILURE)
        }
        Err(error) => {
            invocation.terminal.print_diagnostic(&Diagnostic::error("The agent cannot be asked", format!("{error}.")));
            Err(Exit::FAILURE)
        }
    }
}
