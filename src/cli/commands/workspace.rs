//! `terrace workspace`: several states of one configuration.

use crate::cli::refusal::{lock_patience, with_state};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::workspace::{self, Selected};
use crate::render::paint::Paint;

pub const FAMILY: Command = Command::family(
    "workspace",
    "Make, select and delete workspaces",
    "A workspace is a state of its own for the same configuration. There is always one named \"default\".",
);

pub const LIST: Command = Command {
    words: "workspace list",
    group: Group::Member,
    about: "List the workspaces",
    usage: "",
    description: "Lists the workspaces; a star marks the selected one.",
    define: |command| command,
    run: |invocation| with_state(invocation, list),
};

pub const NEW: Command = Command {
    words: "workspace new",
    group: Group::Member,
    about: "Make a workspace and select it",
    usage: "NAME",
    description: "Makes a workspace with an empty state, or with a copy of a state file, and selects it.",
    define: |command| {
        flags::with_locking(command.args([
            flags::value("state", "FILE", "Begin with a copy of this state."),
            flags::argument("name").required(true),
        ]))
    },
    run: |invocation| with_state(invocation, create),
};

pub const SELECT: Command = Command {
    words: "workspace select",
    group: Group::Member,
    about: "Select a workspace",
    usage: "NAME",
    description: "Makes a workspace the one that the other commands work on.",
    define: |command| {
        command.args([
            flags::switch("or-create", "Make it if there is none of this name."),
            flags::argument("name").required(true),
        ])
    },
    run: |invocation| with_state(invocation, select),
};

pub const DELETE: Command = Command {
    words: "workspace delete",
    group: Group::Member,
    about: "Delete a workspace",
    usage: "NAME",
    description: "Deletes a workspace and its state. Objects that the state knows must have been destroyed first, unless -force is given.",
    define: |command| {
        flags::with_locking(command.args([
            flags::switch("force", "Even if its state still knows objects, which then are no longer managed."),
            flags::argument("name").required(true),
        ]))
    },
    run: |invocation| with_state(invocation, delete),
};

pub const SHOW: Command = Command {
    words: "workspace show",
    group: Group::Member,
    about: "Show the name of the selected workspace",
    usage: "",
    description: "Prints the name of the workspace that the other commands work on.",
    define: |command| command,
    run: |invocation| {
        with_state(invocation, |invocation, session| {
            invocation.terminal.print_line(&session.workspace);
            Ok(Exit::SUCCESS)
        })
    },
};

fn list(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    for name in workspace::list(session.backend.as_ref())? {
        let mark = if name == session.workspace { "*" } else { " " };
        invocation.terminal.print_line(&format!("{mark} {name}"));
    }
    invocation.terminal.print("\n");
    if session.is_workspace_overridden() {
        invocation
            .terminal
            .print("\n\nThe active workspace is being overridden using the TF_WORKSPACE environment\nvariable.\n\n");
    }
    Ok(Exit::SUCCESS)
}

fn create(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let name = name_of(invocation);
    let state = match invocation.text("state").map(str::to_owned) {
        Some(path) => {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| Refusal::text(format!("open {path}: {}", crate::system::reason(&error))))?;
            Some((text, path))
        }
        None => None,
    };
    let given = state.as_ref().map(|(text, path)| (text.as_str(), path.as_str()));
    workspace::create(session, &name, given, lock_patience(invocation))?;
    tell_created(invocation, &name);
    Ok(Exit::SUCCESS)
}

fn select(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let name = name_of(invocation);
    match workspace::select(session, &name, invocation.is_set("or-create"))? {
        Selected::Already => {}
        Selected::Created => tell_created(invocation, &name),
        Selected::Switched => {
            let text = Paint(invocation.terminal.color()).green(&format!("Switched to workspace \"{name}\"."));
            invocation.terminal.print_line(&text);
        }
    }
    Ok(Exit::SUCCESS)
}

fn delete(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let name = name_of(invocation);
    let held_objects = workspace::delete(session, &name, invocation.is_set("force"), lock_patience(invocation))?;
    let paint = Paint(invocation.terminal.color());
    invocation.terminal.print_line(&paint.green(&format!("Deleted workspace \"{name}\"!")));
    if held_objects {
        invocation.terminal.print_line(&paint.yellow(&format!(
            "WARNING: \"{name}\" was non-empty.\nThe resources managed by the deleted workspace may still exist,\nbut are no longer \
             manageable by Terraform since the state has\nbeen deleted.\n"
        )));
    }
    Ok(Exit::SUCCESS)
}

fn name_of(invocation: &Invocation) -> String {
    invocation.text("name").unwrap_or_default().to_owned()
}

fn tell_created(invocation: &mut Invocation, name: &str) {
    let paint = Paint(invocation.terminal.color());
    let title = paint.bold_green(&format!("Created and switched to workspace \"{name}\"!"));
    let text = "You're now on a new, empty workspace. Workspaces isolate their state,\nso if you run \"terraform plan\" Terraform will not \
                see any existing state\nfor this configuration.";
    invocation.terminal.print(&format!("{title}\n\n{}\n", paint.green(text)));
}
