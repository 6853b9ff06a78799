//! `terrace host logs`

use super::{ask, data_directory, data_flag};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::diag::Diagnostic;
use crate::providers::host::protocol::{Answer, Request};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::time::Duration;

pub const COMMAND: Command = Command {
    words: "host logs",
    group: Group::Member,
    about: "Show what a server or database has printed",
    usage: "NAME",
    description: "Prints the log of a server or of a database's primary, by its name or id.",
    define: |command| {
        let follow = flags::switch("f", "Go on printing what is added, until interrupted.");
        command.args([data_flag(), follow, flags::argument("name").required(true)])
    },
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let status = match ask(invocation, &Request::Status) {
        Ok(Answer::Status(status)) => status,
        Ok(_) => return Exit::FAILURE,
        Err(exit) => return exit,
    };
    let name = invocation.text("name").unwrap_or_default().to_owned();
    let data = data_directory(invocation);
    let servers = status
        .servers
        .iter()
        .map(|server| (&server.name, &server.id, data.join("logs").join(format!("{}.log", server.id))));
    let databases = status.databases.iter().map(|database| (&database.name, &database.id, database.log.clone()));
    let known: Vec<_> = servers.chain(databases).collect();
    let Some((_, _, path)) = known.iter().find(|(known, id, _)| **known == name || **id == name) else {
        let names: Vec<&str> = known.iter().map(|(name, ..)| name.as_str()).collect();
        let detail = format!("There is no server or database {name:?}. There are: {}.", names.join(", "));
        invocation.terminal.print_diagnostic(&Diagnostic::error("No such server", detail));
        return Exit::FAILURE;
    };
    let printed = File::open(path).and_then(|log| print(invocation, log));
    match printed {
        Ok(()) => Exit::SUCCESS,
        Err(error) => {
            let detail = format!("{}: {error}.", path.display());
            invocation.terminal.print_diagnostic(&Diagnostic::error("The log cannot be read", detail));
            Exit::FAILURE
        }
    }
}

fn print(invocation: &mut Invocation, mut log: File) -> io::Result<()> {
    loop {
        let mut bytes = Vec::new();
        log.read_to_end(&mut bytes)?;
        invocation.terminal.print(&String::from_utf8_lossy(&bytes));
        invocation.terminal.flush();
        if !invocation.is_set("f") {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(200));
        // A rotated log begins anew.
        if log.metadata()?.len() < log.stream_position()? {
            log.rewind()?;
        }
    }
}
