//! `terrace host run`, `guard` and `serve`: the programs behind the provider, in the foreground.

use super::{data_directory, data_flag};
use crate::cli::{Command, Exit, Group, Invocation};
use crate::diag::Diagnostic;
use crate::providers::host::{agent, web};
use std::future::Future;

pub const COMMAND: Command = Command {
    words: "host run",
    group: Group::Internal,
    about: "Be the agent of a data directory",
    usage: "",
    description: "Looks after the servers and load balancers of a data directory until nothing is left. The provider starts it when it is \
                  needed; nobody has to.",
    define: |command| command.arg(data_flag()),
    run: |invocation| {
        let data = data_directory(invocation);
        run(invocation, agent::run(&data))
    },
};

pub const GUARD: Command = Command {
    words: "host guard",
    group: Group::Internal,
    about: "Be the guardian of an agent",
    usage: "",
    description: "Starts the agent of a data directory again when it is killed. The agent starts it; nobody has to.",
    define: |command| command.arg(data_flag()),
    run: |invocation| {
        let data = data_directory(invocation);
        run(invocation, async move { agent::guard(&data) })
    },
};

pub const SERVE: Command = Command {
    words: "host serve",
    group: Group::Internal,
    about: "Be a small web program",
    usage: "",
    description: "Answers every request at $ADDRESS:$PORT with $VERSION, $ZONE and $WORKER: a server program for first steps.",
    define: |command| command,
    run: |invocation| {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let port = variable("PORT").parse().unwrap_or(0);
        let page = web::Page {
            version: variable("VERSION"),
            zone: variable("ZONE"),
            server: variable("SERVER_ID"),
            worker: variable("WORKER"),
        };
        let address = variable("ADDRESS");
        let address = if address.is_empty() { "127.0.0.1" } else { &address };
        run(invocation, web::serve(address, port, page))
    },
};

fn run(invocation: &mut Invocation, program: impl Future<Output = std::io::Result<()>>) -> Exit {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(program)) {
        Ok(()) => Exit::SUCCESS,
        Err(error) => {
            invocation.terminal.print_diagnostic(&Diagnostic::error("The program has ended", format!("{error}.")));
            Exit::FAILURE
        }
    }
}
